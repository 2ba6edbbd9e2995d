/**
 * An authenticator in software: makes passkeys and signs with them as a browser and a device would, so that tests can
 * sign in for real. It does what it is told, also what no honest device does: see `Conduct`.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** The part of the options of registration that is read here. */
export interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id?: string }
  readonly user: { readonly id: string }
}

/** The part of the options of authentication that is read here. */
export interface RequestOptions {
  readonly challenge: string
  readonly rpId?: string
  readonly allowCredentials?: readonly { readonly id: string }[]
}

/** Where an attack or an unusual device departs from the good ceremony. */
export interface Conduct {
  /** Whether the device asked for PIN, finger or face; it did when not said. */
  readonly verifiesPerson?: boolean
  readonly isPresent?: boolean
  /** What the counter says this time; it grows by one when not said. */
  readonly counter?: number
  /** Put into the client data over what belongs there. */
  readonly clientData?: Readonly<Record<string, unknown>>
  /** The site that the device believes it signs for. */
  readonly host?: string
  /** The user handle that it gives out; none for null. */
  readonly userHandle?: string | null
  /** Instead of the attestation statement `none`. */
  readonly attestation?: { readonly format: string; readonly statement: ReadonlyMap<string, Cbor> }
}

export type KeyAlgorithm = 'ES256' | 'EdDSA' | 'RS256' | 'ES384'

export interface AuthenticatorOptions {
  /** The address of the page, with scheme and port. */
  readonly origin: string
  readonly algorithm?: KeyAlgorithm
  /** A synced passkey is backed up and keeps its counter at 0. */
  readonly isSynced?: boolean
}

interface Held {
  readonly id: string
  readonly host: string
  readonly userHandle: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  counter: number
}

const flags = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10, holdsCredential: 0x40 }

export class SoftwareAuthenticator {
  readonly #origin: string
  readonly #algorithm: KeyAlgorithm
  readonly #isSynced: boolean
  readonly #held: Held[] = []

  constructor({ origin, algorithm = 'ES256', isSynced = false }: AuthenticatorOptions) {
    this.#origin = origin
    this.#algorithm = algorithm
    this.#isSynced = isSynced
  }

  /** The ids of the passkeys that it holds. */
  get credentialIds(): readonly string[] {
    return this.#held.map(({ id }) => id)
  }

  /** `navigator.credentials.create` and its answer as JSON. */
  register(options: CreationOptions, conduct: Conduct = {}) {
    const { privateKey, publicKey } = generateKeys(this.#algorithm)
    const held: Held = {
      id: randomBytes(16).toString('base64url'),
      host: options.rp.id ?? new URL(this.#origin).hostname,
      userHandle: options.user.id,
      privateKey,
      publicKey,
      counter: 0,
    }
    this.#held.push(held)
    const id = Buffer.from(held.id, 'base64url')
    const idLength = Buffer.alloc(2)
    idLength.writeUInt16BE(id.length)
    const authenticatorData = Buffer.concat([
      this.#describe(held, conduct, flags.holdsCredential),
      Buffer.alloc(16),
      idLength,
      id,
      encodeCbor(coseKeyOf(publicKey, this.#algorithm)),
    ])
    const { format, statement } = conduct.attestation ?? { format: 'none', statement: new Map<string, Cbor>() }
    const attestationObject = encodeCbor(
      new Map<string, Cbor>([
        ['fmt', format],
        ['attStmt', statement],
        ['authData', authenticatorData],
      ]),
    )
    return {
      id: held.id,
      rawId: held.id,
      type: 'public-key' as const,
      response: {
        clientDataJSON: this.#speak('webauthn.create', options.challenge, conduct).toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal' as const, 'hybrid' as const],
      },
      clientExtensionResults: {},
    }
  }

  /** `navigator.credentials.get` and its answer as JSON. */
  authenticate(options: RequestOptions, conduct: Conduct = {}) {
    const allowed = options.allowCredentials?.map(({ id }) => id)
    const held = this.#held.findLast(({ id }) => !allowed || allowed.includes(id))
    if (!held) throw new Error('The authenticator holds no passkey for this.')
    if (!this.#isSynced) held.counter += 1
    const authenticatorData = this.#describe(held, conduct, 0)
    const clientData = this.#speak('webauthn.get', options.challenge, conduct)
    const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientData).digest()])
    return {
      id: held.id,
      rawId: held.id,
      type: 'public-key' as const,
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: signWith(held.privateKey, this.#algorithm, signed).toString('base64url'),
        userHandle: conduct.userHandle === undefined ? held.userHandle : conduct.userHandle,
      },
      clientExtensionResults: {},
    }
  }

  #describe(held: Held, conduct: Conduct, more: number): Buffer {
    const said =
      (conduct.isPresent === false ? 0 : flags.present) |
      (conduct.verifiesPerson === false ? 0 : flags.verified) |
      (this.#isSynced ? flags.backupEligible | flags.backedUp : 0) |
      more
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(conduct.counter ?? held.counter)
    const site = createHash('sha256')
      .update(conduct.host ?? held.host)
      .digest()
    return Buffer.concat([site, Buffer.from([said]), counter])
  }

  #speak(type: string, challenge: string, conduct: Conduct): Buffer {
    return Buffer.from(
      JSON.stringify({ type, challenge, origin: this.#origin, crossOrigin: false, ...conduct.clientData }),
    )
  }
}

function generateKeys(algorithm: KeyAlgorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'ES384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    case 'EdDSA':
      return generateKeyPairSync('ed25519')
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 })
  }
}

function signWith(key: KeyObject, algorithm: KeyAlgorithm, signed: Buffer): Buffer {
  return sign(algorithm === 'EdDSA' ? null : algorithm === 'ES384' ? 'sha384' : 'sha256', signed, key)
}

/** A public key as authenticators write it (RFC 9052). */
function coseKeyOf(key: KeyObject, algorithm: KeyAlgorithm): Map<number, Cbor> {
  const jwk = key.export({ format: 'jwk' })
  const part = (text: string | undefined) => Buffer.from(text ?? '', 'base64url')
  switch (algorithm) {
    case 'ES256':
    case 'ES384':
      return new Map<number, Cbor>([
        [1, 2],
        [3, algorithm === 'ES256' ? -7 : -35],
        [-1, algorithm === 'ES256' ? 1 : 2],
        [-2, part(jwk.x)],
        [-3, part(jwk.y)],
      ])
    case 'EdDSA':
      return new Map<number, Cbor>([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, part(jwk.x)],
      ])
    case 'RS256':
      return new Map<number, Cbor>([
        [1, 3],
        [3, -257],
        [-1, part(jwk.n)],
        [-2, part(jwk.e)],
      ])
  }
}

export type Cbor = number | string | Uint8Array | readonly Cbor[] | ReadonlyMap<number | string, Cbor>

/** CBOR of the few kinds that stand in a passkey. */
export function encodeCbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? encodeHead(1, -1 - value) : encodeHead(0, value)
  if (typeof value === 'string') return Buffer.concat([encodeHead(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([encodeHead(2, value.length), value])
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<number | string, Cbor>)]
    return Buffer.concat([encodeHead(5, entries.length), ...entries.flatMap((entry) => entry.map(encodeCbor))])
  }
  const items = value as readonly Cbor[]
  return Buffer.concat([encodeHead(4, items.length), ...items.map(encodeCbor)])
}

function encodeHead(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 0x100) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff])
}
