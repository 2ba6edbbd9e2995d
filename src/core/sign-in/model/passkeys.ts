/**
 * Passkeys (WebAuthn): the options that a browser gets, and what it hands back, verified. The rules:
 *  - The person is verified by the device (PIN, finger, face): asked for and checked, so a passkey is two factors.
 *  - A passkey can be found without a user name, and its user handle must be the one of the identity that it is stored for.
 *  - No attestation is asked for. Certificates that come anyway are refused unread: verifying them would fetch addresses
 *    that stand in them.
 *  - A page inside another site's frame gets nothing.
 *  - A signature counter that does not grow is refused, because the key may have been copied. Synced passkeys keep theirs
 *    at 0, which says nothing.
 *
 * The challenge, the site and the stored passkey are handed in. That a challenge is used once is the rule of who stores it.
 */
import { createHmac, hash, randomBytes } from 'node:crypto'
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { COSEALG, decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers'
import { refusals } from '#platform/refusal.ts'
import type { AuthenticationResponse, RegistrationResponse } from './passkey-responses.ts'

/** Where people sign in: the host name that passkeys belong to, and the addresses of its pages. */
export interface Site {
  /** The relying party: a host name, `vigil.example.org`. */
  readonly host: string
  /** With scheme and port, `https://vigil.example.org`. */
  readonly origins: readonly string[]
}

/** What is stored of a passkey. Nothing in it is secret. */
export interface Passkey {
  /** base64url. */
  readonly id: string
  /** COSE. */
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly transports: readonly string[]
  /** The model of the authenticator; all noughts where it does not say. */
  readonly aaguid: string
  /** Whether it is kept in an account of the person, so that the loss of the device is not its loss. */
  readonly backedUp: boolean
}

/** What changes with each sign-in. */
export type PasskeyUse = Pick<Passkey, 'counter' | 'backedUp'>

export type PasskeyProblem =
  | 'malformed'
  | 'challenge'
  | 'site'
  | 'unverified-person'
  | 'attestation'
  | 'owner'
  | 'signature'
  | 'counter'

export type Registered = { readonly passkey: Passkey } | { readonly problem: PasskeyProblem }
export type Authenticated = { readonly use: PasskeyUse } | { readonly problem: PasskeyProblem }

/** Which of the problems it was is for the log and the ledger; the person can do the same about all of them. */
export const refusePasskey = refusals('passkey', {
  'not-added': [
    'invalid',
    'This passkey could not be added.',
    'begin again; the device must ask for its PIN, a finger or a face, and the page must be open at its own address',
  ],
})

const algorithms: number[] = [COSEALG.ES256, COSEALG.EdDSA, COSEALG.RS256]
const patienceMs = 5 * 60_000

/** 256 random bits, base64url: stored by who asked, handed in again when the answer comes, and good once. */
export function makeChallenge(): string {
  return randomBytes(32).toString('base64url')
}

/** The name under which authenticators know an identity. It tells nothing about the person, and is the same each time. */
export function userHandleOf(key: Uint8Array, identityId: number): Buffer {
  return createHmac('sha256', key).update(`vigil user handle/1\0${identityId}`).digest()
}

export interface RegistrationWanted {
  readonly site: Site
  readonly challenge: string
  readonly userHandle: Uint8Array
  readonly email: string
  readonly name: string
  /** Those that the identity has: a device that holds one of them offers itself no more. */
  readonly existing: readonly Pick<Passkey, 'id' | 'transports'>[]
}

export function makeRegistrationOptions(wanted: RegistrationWanted): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return generateRegistrationOptions({
    rpName: 'Vigil',
    rpID: wanted.site.host,
    userName: wanted.email,
    userDisplayName: wanted.name,
    userID: new Uint8Array(wanted.userHandle),
    challenge: bytesOf(wanted.challenge),
    timeout: patienceMs,
    attestationType: 'none',
    excludeCredentials: wanted.existing.map(describe),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  })
}

export interface AuthenticationWanted {
  readonly site: Site
  readonly challenge: string
  /** The passkeys of an identity that is known already; left out, the device offers what it has for this site. */
  readonly among?: readonly Pick<Passkey, 'id' | 'transports'>[]
}

export function makeAuthenticationOptions(
  wanted: AuthenticationWanted,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: wanted.site.host,
    challenge: bytesOf(wanted.challenge),
    timeout: patienceMs,
    userVerification: 'required',
    ...(wanted.among ? { allowCredentials: wanted.among.map(describe) } : {}),
  })
}

export async function verifyRegistration(answer: {
  readonly response: RegistrationResponse
  readonly challenge: string
  readonly site: Site
}): Promise<Registered> {
  const { response, challenge, site } = answer
  const problem =
    checkClientData(response.response.clientDataJSON, 'webauthn.create', challenge, site) ??
    checkAttestation(response.response.attestationObject, site)
  if (problem) return { problem }
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...response, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: [...site.origins],
      expectedRPID: site.host,
      requireUserPresence: true,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified || !registrationInfo) return { problem: 'signature' }
    const { credential, aaguid, credentialBackedUp } = registrationInfo
    // The browser names the credential beside the authenticator; only what the authenticator says is stored.
    if (credential.id !== response.id) return { problem: 'malformed' }
    return {
      passkey: {
        id: credential.id,
        publicKey: credential.publicKey,
        counter: credential.counter,
        transports: response.response.transports,
        aaguid,
        backedUp: credentialBackedUp,
      },
    }
  } catch {
    // The library throws errors of many kinds for one reason: what came in cannot be right.
    return { problem: 'malformed' }
  }
}

export async function verifyAuthentication(answer: {
  readonly response: AuthenticationResponse
  readonly challenge: string
  readonly site: Site
  /** The passkey stored under `response.id`, and the handle of the identity that it is stored for. */
  readonly passkey: Passkey
  readonly userHandle: Uint8Array
  /** Whether the identity was known before, by its password: then the device need not say whose passkey it is. */
  readonly isKnown: boolean
}): Promise<Authenticated> {
  const { response, challenge, site, passkey, isKnown } = answer
  const problem =
    checkClientData(response.response.clientDataJSON, 'webauthn.get', challenge, site) ??
    checkOwner(response, passkey, answer.userHandle, isKnown) ??
    checkAuthenticatorData(Buffer.from(response.response.authenticatorData, 'base64url'), site)
  if (problem) return { problem }
  const { userHandle, ...assertion } = response.response
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        ...response,
        response: { ...assertion, ...(userHandle ? { userHandle } : {}) },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: [...site.origins],
      expectedRPID: site.host,
      requireUserVerification: true,
      // The counter is judged below, after the signature: only the key itself may raise the suspicion that it was copied.
      credential: { id: passkey.id, publicKey: new Uint8Array(passkey.publicKey), counter: 0 },
    })
    if (!verified) return { problem: 'signature' }
    const counter = authenticationInfo.newCounter
    if ((counter !== 0 || passkey.counter !== 0) && counter <= passkey.counter) return { problem: 'counter' }
    return { use: { counter, backedUp: authenticationInfo.credentialBackedUp } }
  } catch {
    // The library throws errors of many kinds for one reason: what came in cannot be right.
    return { problem: 'malformed' }
  }
}

/** What the browser says of the ceremony. The library looks again; here a refusal gets its name. */
function checkClientData(encoded: string, type: string, challenge: string, site: Site): PasskeyProblem | undefined {
  const said = readClientData(encoded)
  if (said?.['type'] !== type) return 'malformed'
  if (said['challenge'] !== challenge) return 'challenge'
  const { origin, crossOrigin, topOrigin } = said
  if (typeof origin !== 'string' || !site.origins.includes(origin)) return 'site'
  return crossOrigin === true || topOrigin !== undefined ? 'site' : undefined
}

function readClientData(encoded: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const said: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString())
    return typeof said === 'object' && said !== null ? { ...said } : undefined
  } catch {
    return undefined
  }
}

/** Nothing, or the passkey's signature over itself, which some devices give unasked. No certificates. */
function checkAttestation(encoded: string, site: Site): PasskeyProblem | undefined {
  try {
    const attestation = decodeAttestationObject(isoBase64URL.toBuffer(encoded))
    const format: string = attestation.get('fmt')
    const isSelf = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined
    if (format !== 'none' && !isSelf) return 'attestation'
    return checkAuthenticatorData(attestation.get('authData'), site)
  } catch {
    return 'malformed'
  }
}

/** What the device says: the hash of the site that it signed for, then a byte of flags and more. */
function checkAuthenticatorData(data: Uint8Array, site: Site): PasskeyProblem | undefined {
  const flags = data[32]
  if (flags === undefined) return 'malformed'
  if (!hash('sha256', site.host, 'buffer').equals(data.subarray(0, 32))) return 'site'
  // Bit 0 is a person who is present, bit 2 one who is verified.
  return (flags & 0b101) === 0b101 ? undefined : 'unverified-person'
}

function checkOwner(
  response: AuthenticationResponse,
  passkey: Passkey,
  userHandle: Uint8Array,
  isKnown: boolean,
): PasskeyProblem | undefined {
  if (response.id !== passkey.id) return 'owner'
  const said = response.response.userHandle
  if (!said) return isKnown ? undefined : 'owner'
  return Buffer.from(said, 'base64url').equals(userHandle) ? undefined : 'owner'
}

function describe({ id, transports }: Pick<Passkey, 'id' | 'transports'>) {
  return { id, transports: [...transports] }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64url, 'base64url'))
}
