/**
 * Proves in the browser, without believing the server's word, that an entry stands in the log of a checkpoint (the audit
 * path of RFC 9162) and that its payload is the one that was recorded. Who signed the checkpoint is checked with the
 * verifying key, offline.
 */

export interface Provable {
  readonly entry: { readonly seq: number }
  readonly line: string
  readonly payload: string | null
  readonly salt: string | null
  readonly proof: { readonly size: number; readonly path: readonly string[]; readonly checkpoint: string }
}

export type Verdict = 'holds' | 'broken' | 'cannot-tell'

/** `cannot-tell` where the browser has no cryptography, which is so over a connection that is not safe. */
export async function prove({ entry, line, payload, salt, proof }: Provable): Promise<Verdict> {
  // Over a connection that is not safe there is none, whatever its type says.
  if (!(globalThis.crypto as Crypto | undefined)?.subtle) return 'cannot-tell'
  const [, size, root] = proof.checkpoint.split('\n')
  if (Number(size) !== proof.size || root === undefined) return 'broken'
  const hash = await rootOf(await leafOf(line), entry.seq, proof.size, proof.path.map(bytesOf))
  if (hash === undefined || !isSame(hash, bytesOf(root))) return 'broken'
  if (payload === null || salt === null) return 'holds'
  const { digest } = JSON.parse(line) as { digest: string }
  const said = await digestOf(bytesOf(salt), new TextEncoder().encode(payload))
  return isSame(said, bytesOf(digest)) ? 'holds' : 'broken'
}

const leafOf = (line: string) => digestOf(Uint8Array.of(0), new TextEncoder().encode(line))

/** The root to which a leaf and its path lead; undefined when the path does not fit. */
async function rootOf(
  leaf: Uint8Array,
  at: number,
  size: number,
  path: readonly Uint8Array[],
): Promise<Uint8Array | undefined> {
  if (at >= size) return undefined
  let [hash, node, last] = [leaf, at, size - 1]
  for (const beside of path) {
    if (last === 0) return undefined
    if (node % 2 === 1 || node === last) {
      hash = await digestOf(Uint8Array.of(1), beside, hash)
      while (node % 2 === 0 && node !== 0) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)]
    } else {
      hash = await digestOf(Uint8Array.of(1), hash, beside)
    }
    ;[node, last] = [Math.floor(node / 2), Math.floor(last / 2)]
  }
  return last === 0 ? hash : undefined
}

async function digestOf(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let place = 0
  for (const part of parts) {
    all.set(part, place)
    place += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all))
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

const isSame = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, at) => byte === b[at])
