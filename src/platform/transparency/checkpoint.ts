/**
 * Signed checkpoints: what the log held at one size, in a text that other tools verify too.
 *
 * The text follows C2SP `tlog-checkpoint` (origin, size, root, further lines) inside C2SP `signed-note` (a blank line,
 * then signature lines) with Ed25519 keys, and a key is written as the `vkey` of signed-note. Reading is strict: a text
 * that would be written differently is refused, so that there is one text for one checkpoint and its signatures.
 */
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { hashLength } from './merkle.ts'

/** The state of a log at one size. `extensions` are further non-empty lines that the signature covers. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
  readonly extensions?: readonly string[]
}

/** A key that signs under a name; `publicKey` is the 32 raw bytes of an Ed25519 key. */
export interface Signer {
  readonly name: string
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Promise<Uint8Array> | Uint8Array
}

export interface NoteSignature {
  readonly name: string
  /** Four bytes that hint at the key. */
  readonly keyId: Buffer
  readonly signature: Buffer
}

export interface SignedCheckpoint extends Checkpoint {
  readonly root: Buffer
  readonly extensions: readonly string[]
  /** The signed text, up to and with the newline before the blank line. */
  readonly body: string
  readonly signatures: readonly NoteSignature[]
}

export interface VerifyingKey {
  readonly name: string
  readonly keyId: Buffer
  readonly publicKey: Buffer
  readonly vkey: string
  readonly key: KeyObject
}

/** A value that was read, or a plain sentence on why it was not. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }

const ed25519 = 0x01
const maxSignatures = 100
const signatureStart = '\u2014 '

/** Writes and signs a checkpoint; throws a RangeError when it could not be read back. */
export async function signCheckpoint(checkpoint: Checkpoint, signer: Signer): Promise<string> {
  const body = writeBody(checkpoint)
  const signature = await signer.sign(Buffer.from(body))
  const signed = Buffer.concat([keyIdOf(signer.name, signer.publicKey), signature])
  const text = `${body}\n${signatureStart}${signer.name} ${signed.toString('base64')}\n`
  const read = parseCheckpoint(text)
  if (!read.ok) throw new RangeError(`This checkpoint cannot be written. ${read.reason}`)
  if (
    read.value.origin !== checkpoint.origin ||
    read.value.extensions.length !== (checkpoint.extensions?.length ?? 0)
  ) {
    throw new RangeError('This checkpoint cannot be written. A line of it has a newline inside.')
  }
  return text
}

/** Reads a checkpoint without verifying any signature. */
export function parseCheckpoint(text: string): Read<SignedCheckpoint> {
  if (!text.isWellFormed()) return bad('The checkpoint is not Unicode text.')
  if (hasControls(text)) return bad('The checkpoint has control characters.')
  if (!text.endsWith('\n')) return bad('The checkpoint does not end with a newline.')
  // Extension lines are not empty, so the first blank line ends the body.
  const blank = text.indexOf('\n\n')
  if (blank < 0) return bad('The checkpoint has no blank line between its text and its signatures.')
  const body = text.slice(0, blank + 1)
  const [origin, sizeText, rootText, ...extensions] = body.slice(0, -1).split('\n')
  if (!origin) return bad('The checkpoint does not name its log.')
  if (sizeText === undefined || rootText === undefined) return bad('The checkpoint has fewer than three lines.')
  const size = Number(sizeText)
  if (!/^(0|[1-9]\d{0,15})$/.test(sizeText) || !Number.isSafeInteger(size)) {
    return bad('The size in the checkpoint is not a whole number in plain decimal.')
  }
  const root = decodeBase64(rootText)
  if (root?.length !== hashLength) return bad('The root in the checkpoint is not 32 bytes in base64.')

  const lines = text.slice(blank + 2, -1).split('\n')
  if (lines.length > maxSignatures) return bad('The checkpoint has too many signatures.')
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const signature = parseSignature(line)
    if (!signature) return bad('A signature line of the checkpoint is malformed.')
    signatures.push(signature)
  }
  return { ok: true, value: { origin, size, root, extensions, body, signatures } }
}

/** Reads a checkpoint and verifies that `vkey` signed it. Signatures of other keys are allowed and not judged. */
export function verifyCheckpoint(text: string, vkey: string | VerifyingKey): Read<SignedCheckpoint> {
  const key = typeof vkey === 'string' ? parseVkey(vkey) : { ok: true as const, value: vkey }
  if (!key.ok) return key
  const { name, keyId, key: publicKey } = key.value
  const read = parseCheckpoint(text)
  if (!read.ok) return read
  const { body, signatures } = read.value
  const own = signatures.filter((each) => each.name === name && each.keyId.equals(keyId))
  const [signature, second] = own
  if (!signature) return bad('The checkpoint is not signed by this key.')
  if (second) return bad('The checkpoint is signed twice by this key.')
  if (!verify(null, Buffer.from(body), publicKey, signature.signature)) {
    return bad('The signature of the checkpoint does not fit its text.')
  }
  return read
}

/** Writes a public key as signed-note does: `name+keyid+base64(0x01 || key)`. */
export function vkeyOf(name: string, publicKey: Uint8Array): string {
  const vkey = `${name}+${keyIdOf(name, publicKey).toString('hex')}+${typedKey(publicKey).toString('base64')}`
  const read = parseVkey(vkey)
  if (!read.ok) throw new RangeError(read.reason)
  return vkey
}

export function parseVkey(vkey: string): Read<VerifyingKey> {
  const [name, id, encoded, ...rest] = splitVkey(vkey)
  if (!name || id === undefined || encoded === undefined || rest.length > 0 || !isKeyName(name)) {
    return bad('The key is not of the form name+id+base64.')
  }
  const typed = decodeBase64(encoded)
  if (typed?.length !== 33 || typed[0] !== ed25519) return bad('The key is not an Ed25519 key in base64.')
  const publicKey = typed.subarray(1)
  const keyId = keyIdOf(name, publicKey)
  if (keyId.toString('hex') !== id) return bad('The id in the key does not fit its name and bytes.')
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') },
    format: 'jwk',
  })
  return { ok: true, value: { name, keyId, publicKey, vkey, key } }
}

/** What people compare to know a key again: SHA-256 of its 32 bytes, independent of the name it signs under. */
export function fingerprintOf(publicKey: Uint8Array): string {
  return `SHA256:${hash('sha256', publicKey, 'base64').replace(/=+$/, '')}`
}

/** Decodes padded standard base64; undefined when it is not written in the one canonical way. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function writeBody({ origin, size, root, extensions = [] }: Checkpoint): string {
  return [origin, size, Buffer.from(root).toString('base64'), ...extensions].map((line) => `${line}\n`).join('')
}

function parseSignature(line: string): NoteSignature | undefined {
  if (!line.startsWith(signatureStart)) return undefined
  const [name, encoded, ...rest] = line.slice(signatureStart.length).split(' ')
  if (!name || encoded === undefined || rest.length > 0 || !isKeyName(name)) return undefined
  const bytes = decodeBase64(encoded)
  if (!bytes || bytes.length < 5) return undefined
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) }
}

function keyIdOf(name: string, publicKey: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typedKey(publicKey)]), 'buffer').subarray(0, 4)
}

function typedKey(publicKey: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(ed25519), publicKey])
}

// The base64 part may hold plus signs; the name and the id may not.
function splitVkey(vkey: string): string[] {
  const first = vkey.indexOf('+')
  const second = vkey.indexOf('+', first + 1)
  return first < 0 || second < 0 ? [] : [vkey.slice(0, first), vkey.slice(first + 1, second), vkey.slice(second + 1)]
}

function isKeyName(name: string): boolean {
  return name.isWellFormed() && !hasControls(name) && !/[\s\u0085+]/.test(name)
}

function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code < 0x20 && code !== 0x0a) return true
  }
  return false
}

function bad(reason: string): { ok: false; reason: string } {
  return { ok: false, reason }
}
