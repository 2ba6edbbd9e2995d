/**
 * One envelope scheme for every secret and every sealed file.
 *
 * A key store holds key-encryption keys and never gives them out: it wraps data keys, and data keys seal what is to be
 * kept secret. `seal` makes a data key for each value; `createDataKey` makes one that seals many; `sealFile` seals a
 * stream. Everything sealed names the store and the version of the key that opens it. Rotation adds a version, after
 * which `rewrap` changes the wrapping and not the data. Whoever destroys every copy of a wrapped data key has shredded
 * what it sealed.
 *
 * A context is a text that says what the value is and where it stands, such as `credential/<organisation>/<row>`. It is
 * not stored: who opens a value says it again, so a value moved to another row does not open. All encryption is
 * AES-256-GCM with 16-byte tags.
 *
 * Errors are `KeyError`s with a code and a sentence that holds no secret.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hash,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { type FileHandle, link, mkdir, open as openFd, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export type KeyErrorCode =
  | 'key-directory-open-to-others'
  | 'key-file-open-to-others'
  | 'key-file-missing'
  | 'key-file-damaged'
  | 'key-file-unreadable'
  | 'key-missing'
  | 'sealed-damaged'
  | 'data-key-destroyed'
  | 'data-key-spent'

export class KeyError extends Error {
  readonly code: KeyErrorCode

  constructor(code: KeyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KeyError'
    this.code = code
  }
}

/** A data key as its store wrapped it. `store` and `version` name the key-encryption key. */
export interface Wrapped {
  readonly store: string
  readonly version: number
  readonly bytes: Buffer
}

/** Where key-encryption keys live: a file here, or a token or service that does the same elsewhere. */
export interface KeyStore {
  /** At most 64 characters; stands in everything that the store wrapped. */
  readonly id: string
  /** The version with which `wrap` wraps now. */
  readonly currentVersion: number
  wrap(dataKey: Uint8Array, context: string): Promise<Wrapped>
  /** Throws `key-missing` when it never had the key or has it no more, and `sealed-damaged` for bytes or context not as wrapped. */
  unwrap(wrapped: Wrapped, context: string): Promise<Buffer>
  /** Adds a version and makes it the current one; earlier ones still unwrap. */
  rotate(): Promise<number>
  /** Absent where the store cannot sign. */
  readonly signingKey?: SigningKey
}

/** An Ed25519 key that signs and stays where it is; `publicKey` is its 32 raw bytes. */
export interface SigningKey {
  readonly publicKey: Buffer
  sign(message: Uint8Array): Promise<Uint8Array> | Uint8Array
}

const cipher = 'aes-256-gcm'
const keyLength = 32
const nonceLength = 12
const tagLength = 16
const idLength = 16

// The first byte of what is sealed: says how the rest is laid out, and is covered by its tag.
const layouts = { value: 1, dataKey: 2, byDataKey: 3 } as const
type Layout = (typeof layouts)[keyof typeof layouts]

/**
 * Seals a value under a data key of its own. The result is the wrapped data key, a nonce, the encrypted value and its
 * tag: about 150 bytes more than the value. A version of a store's key may wrap 2^32 data keys, so rotate before that.
 */
export async function seal(store: KeyStore, plaintext: Uint8Array, context: string): Promise<Buffer> {
  const dataKey = randomBytes(keyLength)
  try {
    const wrapped = await store.wrap(dataKey, context)
    const body = encrypt(createSecretKey(dataKey), plaintext, additional('value', context))
    return Buffer.concat([writeWrapped(layouts.value, wrapped), ...body])
  } finally {
    dataKey.fill(0)
  }
}

export async function open(store: KeyStore, sealed: Uint8Array, context: string): Promise<Buffer> {
  const { wrapped, rest } = readWrapped(layouts.value, sealed)
  const dataKey = await unwrapKey(store, wrapped, context)
  try {
    return decrypt(createSecretKey(dataKey), rest, additional('value', context))
  } finally {
    dataKey.fill(0)
  }
}

/** Says which store and version a sealed value or a stored data key needs, so that those of old versions can be found. */
export function keyOf(sealed: Uint8Array): { store: string; version: number } {
  const { wrapped } = readWrapped(sealed[0] === layouts.dataKey ? layouts.dataKey : layouts.value, sealed)
  return { store: wrapped.store, version: wrapped.version }
}

/**
 * Wraps the data key of a sealed value, or a stored data key, with the current version of `to`, and leaves the value's
 * bytes as they are. Gives back the same bytes when there is nothing to do.
 */
export async function rewrap(from: KeyStore, sealed: Uint8Array, context: string, to = from): Promise<Buffer> {
  const layout = sealed[0] === layouts.dataKey ? layouts.dataKey : layouts.value
  const { wrapped, rest } = readWrapped(layout, sealed)
  if (wrapped.store === to.id && wrapped.version === to.currentVersion) return Buffer.from(sealed)
  const dataKey = await unwrapKey(from, wrapped, context)
  try {
    return Buffer.concat([writeWrapped(layout, await to.wrap(dataKey, context)), rest])
  } finally {
    dataKey.fill(0)
  }
}

/**
 * How many values one data key may seal: with random nonces of 96 bits the chance of a repeated one stays below 2^-32
 * up to here (NIST SP 800-38D, 8.3). A `DataKey` counts what it sealed since it was opened; whoever opens one again and
 * again for more than that makes a new one in time.
 */
export const maxSealsPerDataKey = 2 ** 32

/** A data key that seals many values, each bound to a context of its own. Sealing needs no store and does not wait. */
export class DataKey {
  /** Derived from the key, in hex; stands in every value it sealed. */
  readonly id: string
  readonly #id: Buffer
  #key: KeyObject | undefined
  #seals = 0

  constructor(key: Uint8Array) {
    if (key.length !== keyLength) throw damaged()
    this.#key = createSecretKey(key)
    this.#id = createHash('sha256').update('vigil data key id\0').update(key).digest().subarray(0, idLength)
    this.id = this.#id.toString('hex')
  }

  /** Adds 45 bytes to the value. */
  seal(plaintext: Uint8Array, context: string): Buffer {
    const key = this.#current()
    if (this.#seals >= maxSealsPerDataKey) {
      throw new KeyError('data-key-spent', 'This data key has sealed as many values as it may. Make a new one.')
    }
    this.#seals += 1
    const header = Buffer.concat([Buffer.of(layouts.byDataKey), this.#id])
    return Buffer.concat([header, ...encrypt(key, plaintext, additional('by data key', context))])
  }

  open(sealed: Uint8Array, context: string): Buffer {
    const key = this.#current()
    const bytes = asBuffer(sealed)
    if (bytes[0] !== layouts.byDataKey || bytes.length < 1 + idLength) throw damaged()
    if (!bytes.subarray(1, 1 + idLength).equals(this.#id)) {
      throw new KeyError('key-missing', 'This value was sealed with another data key.')
    }
    return decrypt(key, bytes.subarray(1 + idLength), additional('by data key', context))
  }

  /** Forgets the key. What it sealed is shredded only once its wrapped copies are gone too. */
  destroy(): void {
    this.#key = undefined
  }

  #current(): KeyObject {
    if (!this.#key) throw new KeyError('data-key-destroyed', 'This data key was destroyed.')
    return this.#key
  }
}

/** Makes a data key; `wrapped` is what to store, and deleting it everywhere shreds all that the key sealed. */
export async function createDataKey(store: KeyStore, context: string): Promise<{ dataKey: DataKey; wrapped: Buffer }> {
  const key = randomBytes(keyLength)
  try {
    const wrapped = writeWrapped(layouts.dataKey, await store.wrap(key, context))
    return { dataKey: new DataKey(key), wrapped }
  } finally {
    key.fill(0)
  }
}

export async function openDataKey(store: KeyStore, stored: Uint8Array, context: string): Promise<DataKey> {
  const { wrapped, rest } = readWrapped(layouts.dataKey, stored)
  if (rest.length > 0) throw damaged()
  const key = await unwrapKey(store, wrapped, context)
  try {
    return new DataKey(key)
  } finally {
    key.fill(0)
  }
}

/** Says with which data key a value was sealed: the `id` of that `DataKey`. */
export function dataKeyIdOf(sealed: Uint8Array): string {
  const bytes = asBuffer(sealed)
  if (bytes[0] !== layouts.byDataKey || bytes.length < 1 + idLength + nonceLength + tagLength) throw damaged()
  return bytes.toString('hex', 1, 1 + idLength)
}

/*
 * A sealed file: the magic line, the wrapped data key with its length before it, then chunks of 64 KiB, each with its
 * tag. The nonce of a chunk is its number and whether it is the last (the STREAM construction), so that no chunk can be
 * dropped, repeated or moved; the data key is used for this file only, so that no nonce comes twice.
 */
const magic = Buffer.from('vigil-sealed-file/1\n')
const chunkLength = 64 * 1024
const maxHeaderLength = 4096

type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Seals a stream of any length with constant memory, and ends `writable`. */
export async function sealFile(
  store: KeyStore,
  readable: ByteSource,
  writable: NodeJS.WritableStream,
  context: string,
): Promise<void> {
  // The source is part of the pipeline, so that it is closed too when the writing fails.
  await pipeline(readable, (source) => sealChunks(store, source, context), writable)
}

/**
 * Opens a sealed stream with constant memory, and ends `writable`. Each chunk is verified before it is written, but a
 * missing end shows only at the end: keep what was written only once this resolves.
 */
export async function openFile(
  store: KeyStore,
  readable: ByteSource,
  writable: NodeJS.WritableStream,
  context: string,
): Promise<void> {
  await pipeline(readable, (source) => openChunks(store, source, context), writable)
}

/** Copies a sealed stream with its data key wrapped by the current version of `to`; the chunks are not opened. */
export async function rewrapFile(
  from: KeyStore,
  readable: ByteSource,
  writable: NodeJS.WritableStream,
  context: string,
  to = from,
): Promise<void> {
  await pipeline(readable, (source) => rewrapChunks(from, source, context, to), writable)
}

async function* rewrapChunks(
  from: KeyStore,
  source: ByteSource,
  context: string,
  to: KeyStore,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source)
  try {
    const dataKey = await unwrapKey(from, await readFileHeader(reader), context)
    const header = writeFileHeader(await to.wrap(dataKey, context))
    dataKey.fill(0)
    yield header
    for (let bytes = await reader.read(chunkLength); bytes.length > 0; bytes = await reader.read(chunkLength))
      yield bytes
  } finally {
    await reader.close()
  }
}

/** Seals as `sealFile` does, for whoever writes the chunks in a way of their own. */
export async function* sealChunks(store: KeyStore, source: ByteSource, context: string): AsyncGenerator<Buffer> {
  const dataKey = randomBytes(keyLength)
  const reader = new ByteReader(source)
  try {
    yield writeFileHeader(await store.wrap(dataKey, context))
    const key = createSecretKey(dataKey)
    const aad = additional('file', context)
    let chunk = await reader.read(chunkLength)
    for (let index = 0; ; index += 1) {
      const next = chunk.length === chunkLength ? await reader.read(chunkLength) : Buffer.alloc(0)
      const isLast = next.length === 0
      const [encrypted, tag] = encryptWith(key, chunkNonce(index, isLast), chunk, aad)
      yield Buffer.concat([encrypted, tag])
      if (isLast) return
      chunk = next
    }
  } finally {
    dataKey.fill(0)
    await reader.close()
  }
}

/** Opens as `openFile` does: what came is good, and whether all came shows when this ends without an error. */
export async function* openChunks(store: KeyStore, source: ByteSource, context: string): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source)
  let dataKey: Buffer | undefined
  try {
    dataKey = await unwrapKey(store, await readFileHeader(reader), context)
    const key = createSecretKey(dataKey)
    const aad = additional('file', context)
    const sealedLength = chunkLength + tagLength
    let chunk = await reader.read(sealedLength)
    for (let index = 0; ; index += 1) {
      const next = chunk.length === sealedLength ? await reader.read(sealedLength) : Buffer.alloc(0)
      const isLast = next.length === 0
      // Only an empty file has an empty chunk: otherwise the same file could be sealed in two shapes.
      if (chunk.length < tagLength || (chunk.length === tagLength && index > 0)) throw damaged()
      const plaintext = decryptWith(key, chunkNonce(index, isLast), chunk, aad)
      if (plaintext.length > 0) yield plaintext
      if (isLast) return
      chunk = next
    }
  } finally {
    dataKey?.fill(0)
    await reader.close()
  }
}

/** A key store in one file of the data directory, for its owner's eyes only. Nothing that prints it shows a key. */
export class KeyFile implements KeyStore {
  readonly #path: string
  #content: KeyFileContent
  readonly signingKey: SigningKey

  private constructor(path: string, content: KeyFileContent) {
    this.#path = path
    this.#content = content
    this.signingKey = signingKeyOf(content.signingSeed)
  }

  static async open(directory: string, options: { create: boolean }): Promise<KeyFile> {
    const path = join(directory, 'vigil.key')
    if (options.create) await mkdir(directory, { recursive: true, mode: 0o700 })
    let content = await readKeyFile(directory, path)
    if (!content) {
      if (!options.create) {
        throw new KeyError(
          'key-file-missing',
          `There is no key file at ${path}. Put it back from where you keep its copy.`,
        )
      }
      await writeKeyFile(directory, path, newContent(), 'create')
      // Of two who create it at once one wins; both read the winner's.
      content = await readKeyFile(directory, path)
      if (!content) throw new KeyError('key-file-missing', `The key file at ${path} is gone again.`)
    }
    await removeLeftovers(directory)
    return new KeyFile(path, content)
  }

  get id(): string {
    return this.#content.id
  }

  get currentVersion(): number {
    return this.#content.current
  }

  /** All versions that still unwrap, ascending. */
  get versions(): readonly number[] {
    return [...this.#content.keys.keys()].sort((a, b) => a - b)
  }

  async wrap(dataKey: Uint8Array, context: string): Promise<Wrapped> {
    const { id, current, keys } = this.#content
    const key = keys.get(current)
    if (!key) throw missingVersion(current)
    return { store: id, version: current, bytes: Buffer.concat(encrypt(key, dataKey, wrapAad(id, current, context))) }
  }

  async unwrap({ store, version, bytes }: Wrapped, context: string): Promise<Buffer> {
    if (store !== this.id) {
      throw new KeyError('key-missing', 'This was sealed with the key of another key store than the one in use.')
    }
    // Another process may have rotated since the file was read.
    if (!this.#content.keys.has(version)) await this.#reload()
    const key = this.#content.keys.get(version)
    if (!key) throw missingVersion(version)
    return decrypt(key, bytes, wrapAad(store, version, context))
  }

  async rotate(): Promise<number> {
    await this.#reload()
    const version = Math.max(...this.#content.keys.keys()) + 1
    const keys = new Map(this.#content.keys).set(version, createSecretKey(randomBytes(keyLength)))
    await this.#replace({ ...this.#content, current: version, keys })
    return version
  }

  /** Destroys an earlier version. What is still wrapped with it never opens again, so rewrap everything first. */
  async discard(version: number): Promise<void> {
    await this.#reload()
    if (version === this.#content.current) throw new RangeError('The current key cannot be discarded.')
    const keys = new Map(this.#content.keys)
    if (keys.delete(version)) await this.#replace({ ...this.#content, keys })
  }

  async #replace(content: KeyFileContent): Promise<void> {
    await writeKeyFile(join(this.#path, '..'), this.#path, content, 'replace')
    this.#content = content
  }

  async #reload(): Promise<void> {
    const content = await readKeyFile(join(this.#path, '..'), this.#path)
    if (!content) throw new KeyError('key-file-missing', `The key file at ${this.#path} is gone.`)
    if (content.id !== this.#content.id) {
      throw new KeyError('key-file-damaged', `The key file at ${this.#path} was replaced by another one.`)
    }
    this.#content = content
  }
}

/**
 * Opens `<data directory>/keys/vigil.key`. Unless `create` is false, makes the file where there is none: pass false
 * once there is anything sealed, since a new file would not open it. Throws `key-file-missing`, `key-file-damaged`,
 * `key-file-unreadable`, `key-file-open-to-others` or `key-directory-open-to-others`.
 */
export function openKeyFile(dataDirectory: string, { create = true }: { create?: boolean } = {}): Promise<KeyFile> {
  return KeyFile.open(join(dataDirectory, 'keys'), { create })
}

interface KeyFileContent {
  readonly id: string
  readonly current: number
  readonly keys: ReadonlyMap<number, KeyObject>
  readonly signingSeed: Buffer
}

const keyFileFormat = 'vigil-keys/1'
const maxKeyFileLength = 1024 * 1024
// Windows has no such modes; there the directory's own access list decides.
const hasModes = process.platform !== 'win32'

function newContent(): KeyFileContent {
  const keys = new Map([[1, createSecretKey(randomBytes(keyLength))]])
  return { id: `file-${randomBytes(8).toString('hex')}`, current: 1, keys, signingSeed: randomBytes(32) }
}

/** Undefined when there is no such file. */
async function readKeyFile(directory: string, path: string): Promise<KeyFileContent | undefined> {
  let file: FileHandle
  try {
    file = await openFd(path, 'r')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw new KeyError('key-file-unreadable', `The key file at ${path} cannot be read by this user.`, { cause: error })
  }
  try {
    // Asked of the open file, so that nobody exchanges it in between.
    const { mode, size } = await file.stat()
    refuseOpen(mode, 'key-file-open-to-others', `The key file ${path}`, `chmod 600 '${path}'`)
    const directoryMode = (await stat(directory)).mode
    refuseOpen(directoryMode, 'key-directory-open-to-others', `The directory ${directory}`, `chmod 700 '${directory}'`)
    if (size > maxKeyFileLength) throw damagedFile(path)
    return parseKeyFile(await file.readFile('utf8'), path)
  } finally {
    await file.close()
  }
}

function refuseOpen(mode: number, code: KeyErrorCode, what: string, remedy: string): void {
  if (hasModes && (mode & 0o077) !== 0) {
    throw new KeyError(code, `${what} is open to others than its owner. Run: ${remedy}`)
  }
}

function parseKeyFile(text: string, path: string): KeyFileContent {
  let content: KeyFileContent | undefined
  try {
    const { id, current, keys, signingSeed } = JSON.parse(text) as Record<string, unknown>
    if (typeof id === 'string' && typeof current === 'number' && typeof signingSeed === 'string' && isRecord(keys)) {
      const read = Object.entries(keys).map(
        ([version, key]) => [Number(version), createSecretKey(Buffer.from(String(key), 'base64'))] as const,
      )
      content = { id, current, keys: new Map(read), signingSeed: Buffer.from(signingSeed, 'base64') }
    }
  } catch {
    // The parser's message would quote the file.
    throw damagedFile(path)
  }
  // One text for one content, with a checksum in it: a damaged key must not pass for another key.
  if (!content || formatKeyFile(content) !== text || !content.keys.has(content.current)) throw damagedFile(path)
  const isWhole = [...content.keys.values()].every((key) => key.symmetricKeySize === keyLength)
  if (!isWhole || content.signingSeed.length !== keyLength) throw damagedFile(path)
  return content
}

function formatKeyFile({ id, current, keys, signingSeed }: KeyFileContent): string {
  const listed = [...keys].sort(([a], [b]) => a - b).map(([version, key]) => [version, key.export().toString('base64')])
  const body = {
    format: keyFileFormat,
    id,
    current,
    keys: Object.fromEntries(listed) as Record<string, string>,
    signingSeed: signingSeed.toString('base64'),
  }
  return `${JSON.stringify({ ...body, checksum: hash('sha256', JSON.stringify(body), 'base64') }, null, 2)}\n`
}

/**
 * Writes the whole file beside its place, forces it to the disk and then puts it in place in one step, so that whoever
 * pulls the plug finds the old file or the new one. Creating never replaces a file that came to be in the meantime.
 */
async function writeKeyFile(
  directory: string,
  path: string,
  content: KeyFileContent,
  how: 'create' | 'replace',
): Promise<void> {
  const draft = join(directory, `${draftStart}${randomBytes(8).toString('hex')}`)
  try {
    const file = await openFd(draft, 'wx', 0o600)
    try {
      await file.writeFile(formatKeyFile(content))
      await file.sync()
    } finally {
      await file.close()
    }
    if (how === 'replace') await rename(draft, path)
    else {
      try {
        await link(draft, path)
      } catch (error) {
        // Some file systems have no links: there the later of two would win, and the earlier reads the file again.
        if (isCode(error, 'EPERM') || isCode(error, 'ENOTSUP')) await rename(draft, path)
        else if (!isCode(error, 'EEXIST')) throw error
      }
    }
  } finally {
    await rm(draft, { force: true })
  }
  if (!hasModes) return
  const entry = await openFd(directory, 'r')
  try {
    await entry.sync()
  } finally {
    await entry.close()
  }
}

const draftStart = '.vigil.key.'
const leftoverAfterMs = 60_000

/** Removes drafts of writers that were stopped; a younger one may still be written. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(draftStart)) continue
    const path = join(directory, name)
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > leftoverAfterMs) await rm(path, { force: true })
  }
}

function signingKeyOf(seed: Buffer): SigningKey {
  // A seed is made a key by the fixed head of its PKCS #8 form (RFC 8410).
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const privateKey: KeyObject = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  return { publicKey, sign: (message) => sign(null, message, privateKey) }
}

/** Layout, then store id and wrapped bytes with their lengths before them, and the version between. */
function writeWrapped(layout: Layout, { store, version, bytes }: Wrapped): Buffer {
  const id = Buffer.from(store)
  if (id.length === 0 || id.length > 64 || bytes.length > 2048) throw new RangeError('The wrapped key is too long.')
  const header = Buffer.alloc(2 + id.length + 6)
  header.writeUInt8(layout, 0)
  header.writeUInt8(id.length, 1)
  id.copy(header, 2)
  header.writeUInt32BE(version, 2 + id.length)
  header.writeUInt16BE(bytes.length, 6 + id.length)
  return Buffer.concat([header, bytes])
}

function readWrapped(layout: Layout, sealed: Uint8Array): { wrapped: Wrapped; rest: Buffer } {
  const bytes = asBuffer(sealed)
  const idEnd = 2 + (bytes[1] ?? 0)
  if (bytes[0] !== layout || idEnd === 2 || bytes.length < idEnd + 6) throw damaged()
  const wrappedEnd = idEnd + 6 + bytes.readUInt16BE(idEnd + 4)
  if (bytes.length < wrappedEnd) throw damaged()
  const wrapped = {
    store: bytes.toString('latin1', 2, idEnd),
    version: bytes.readUInt32BE(idEnd),
    bytes: bytes.subarray(idEnd + 6, wrappedEnd),
  }
  return { wrapped, rest: bytes.subarray(wrappedEnd) }
}

async function unwrapKey(store: KeyStore, wrapped: Wrapped, context: string): Promise<Buffer> {
  const key = await store.unwrap(wrapped, context)
  if (key.length !== keyLength) throw damaged()
  return key
}

function writeFileHeader(wrapped: Wrapped): Buffer {
  const header = writeWrapped(layouts.value, wrapped)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(header.length)
  return Buffer.concat([magic, length, header])
}

async function readFileHeader(reader: ByteReader): Promise<Wrapped> {
  const start = await reader.read(magic.length + 2)
  if (start.length !== magic.length + 2 || !start.subarray(0, magic.length).equals(magic)) {
    throw new KeyError('sealed-damaged', 'This is not a sealed file, or its beginning is damaged.')
  }
  const length = start.readUInt16BE(magic.length)
  if (length > maxHeaderLength) throw damaged()
  const { wrapped, rest } = readWrapped(layouts.value, await reader.read(length))
  if (rest.length > 0) throw damaged()
  return wrapped
}

function chunkNonce(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(nonceLength)
  nonce.writeBigUInt64BE(BigInt(index), 3)
  nonce.writeUInt8(isLast ? 1 : 0, 11)
  return nonce
}

/** What a tag covers beside the value: for what it was made, so that nothing passes for something else. */
function additional(kind: string, context: string): Buffer {
  return Buffer.from(`vigil sealed/1\0${kind}\0${context}`)
}

function wrapAad(store: string, version: number, context: string): Buffer {
  return additional('wrapped key', `${store}\0${version}\0${context}`)
}

let pool = Buffer.alloc(0)

/** Gives random bytes that nobody else got. Asking the system for each few of them would take longer than sealing. */
export function takeRandom(length: number): Buffer {
  if (pool.length < length) pool = randomBytes(Math.max(length, 16_384))
  const taken = Buffer.from(pool.subarray(0, length))
  pool = pool.subarray(length)
  return taken
}

/** Nonce, encrypted bytes and tag. */
function encrypt(key: KeyObject, plaintext: Uint8Array, aad: Uint8Array): Buffer[] {
  const nonce = takeRandom(nonceLength)
  return [nonce, ...encryptWith(key, nonce, plaintext, aad)]
}

function decrypt(key: KeyObject, sealed: Buffer, aad: Uint8Array): Buffer {
  if (sealed.length < nonceLength + tagLength) throw damaged()
  return decryptWith(key, sealed.subarray(0, nonceLength), sealed.subarray(nonceLength), aad)
}

function encryptWith(key: KeyObject, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): [Buffer, Buffer] {
  // The key as an object: given as bytes, preparing it takes longer than all the rest for a short value.
  const aes = createCipheriv(cipher, key, nonce, { authTagLength: tagLength })
  aes.setAAD(aad)
  const encrypted = aes.update(plaintext)
  aes.final()
  return [encrypted, aes.getAuthTag()]
}

function decryptWith(key: KeyObject, nonce: Uint8Array, sealed: Buffer, aad: Uint8Array): Buffer {
  const aes = createDecipheriv(cipher, key, nonce, { authTagLength: tagLength })
  aes.setAAD(aad)
  aes.setAuthTag(sealed.subarray(sealed.length - tagLength))
  const plaintext = aes.update(sealed.subarray(0, sealed.length - tagLength))
  try {
    aes.final()
  } catch (cause) {
    throw damaged(cause)
  }
  return plaintext
}

/** Reads a stream in pieces of the lengths asked for. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #pieces: Buffer[] = []
  #waiting = 0

  constructor(source: ByteSource) {
    this.#chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  }

  /** Gives exactly `length` bytes, or fewer at the end of the stream. */
  async read(length: number): Promise<Buffer> {
    while (this.#waiting < length) {
      const { done, value } = await this.#chunks.next()
      if (done) break
      this.#pieces.push(asBuffer(value))
      this.#waiting += value.length
    }
    const [only] = this.#pieces
    const all = only && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces)
    const end = Math.min(length, all.length)
    this.#pieces = [all.subarray(end)]
    this.#waiting = all.length - end
    return all.subarray(0, end)
  }

  /** Lets go of the stream, wherever reading stopped. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function damaged(cause?: unknown): KeyError {
  const message = 'What was sealed is damaged, or was sealed for another place than the one it stands in.'
  return new KeyError('sealed-damaged', message, cause === undefined ? undefined : { cause })
}

function damagedFile(path: string): KeyError {
  return new KeyError(
    'key-file-damaged',
    `The key file at ${path} is damaged. Put it back from where you keep its copy.`,
  )
}

function missingVersion(version: number): KeyError {
  return new KeyError('key-missing', `Version ${version} of the key that sealed this is not in the key store.`)
}
