/**
 * The head file: the newest signed checkpoint and what must not be put back beside it. It is signed as a whole, replaced
 * in one step, and counts its versions; what the log's other files say must reach at least as far.
 */
import { createPublicKey, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyFile } from '#platform/keys.ts'
import { type SignedCheckpoint, signCheckpoint, verifyCheckpoint, vkeyOf } from '#platform/transparency/checkpoint.ts'
import { writeDurably } from './durable.ts'
import { Damage } from './refusals.ts'

export interface Head {
  readonly version: number
  /** Tree hashes that were durable. */
  readonly nodes: number
  /** The tail as far as it was durable; generation 0 is none. */
  readonly tail: { readonly generation: number; readonly length: number }
  /** Months by their numbers. */
  readonly held: readonly number[]
  readonly destroyed: readonly number[]
  readonly checkpoint: string
}

const format = 'vigil-trail-log/1'
const signedAs = 'vigil trail head/1\n'

function headPath(directory: string): string {
  return join(directory, 'head')
}

export async function writeHead(directory: string, head: Head, keys: KeyFile): Promise<void> {
  const text = JSON.stringify({ format, ...head })
  const signature = await keys.signingKey.sign(Buffer.from(signedAs + text))
  await writeDurably(headPath(directory), `${text}\n${Buffer.from(signature).toString('base64')}\n`)
}

export interface ReadHead extends Head {
  readonly signed: SignedCheckpoint
}

/** Undefined when there is none. Throws `Damage` when it is not as it was signed, or of another log than the one named. */
export async function readHeadFile(
  directory: string,
  keys: KeyFile,
  origin: string | undefined,
): Promise<ReadHead | undefined> {
  let text: string
  try {
    text = await readFile(headPath(directory), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const [body, signature, ...rest] = text.split('\n')
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: keys.signingKey.publicKey.toString('base64url') },
    format: 'jwk',
  })
  const bytes = Buffer.from(signature ?? '', 'base64')
  const isSigned =
    body !== undefined &&
    rest.length === 1 &&
    rest[0] === '' &&
    bytes.toString('base64') === signature &&
    verify(null, Buffer.from(signedAs + body), key, bytes)
  if (!isSigned) throw new Damage('head is not as it was signed with the key of this installation.')
  const head = JSON.parse(body) as Head & { readonly format: string }
  const [named = ''] = head.checkpoint.split('\n')
  const signed = readOwnCheckpoint(head.checkpoint, keys, origin ?? named)
  if (head.format !== format || !signed) throw new Damage('head belongs to another log.')
  return { ...head, signed }
}

/** Undefined when this installation did not sign it for this log. */
export function readOwnCheckpoint(text: string, keys: KeyFile, origin: string): SignedCheckpoint | undefined {
  const read = verifyCheckpoint(text, vkeyOf(origin, keys.signingKey.publicKey))
  return read.ok && read.value.origin === origin ? read.value : undefined
}

export function signTreeHead(keys: KeyFile, origin: string, size: number, root: Uint8Array): Promise<string> {
  const { publicKey } = keys.signingKey
  const sign = (message: Uint8Array) => keys.signingKey.sign(message)
  return signCheckpoint({ origin, size, root }, { name: origin, publicKey, sign })
}
