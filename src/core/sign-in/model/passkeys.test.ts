import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  type Cbor,
  type Conduct,
  type KeyAlgorithm,
  SoftwareAuthenticator,
} from '../../../../test/support/authenticator.ts'
import { authenticationResponse, registrationResponse } from './passkey-responses.ts'
import {
  makeAuthenticationOptions,
  makeChallenge,
  makeRegistrationOptions,
  type Passkey,
  type PasskeyProblem,
  type Site,
  userHandleOf,
  verifyAuthentication,
  verifyRegistration,
} from './passkeys.ts'

const site: Site = { host: 'vigil.example.org', origins: ['https://vigil.example.org'] }
const origin = 'https://vigil.example.org'
const key = randomBytes(32)
const userHandle = userHandleOf(key, 1)

function optionsFor(handle: Uint8Array = userHandle, existing: readonly Passkey[] = []) {
  const challenge = makeChallenge()
  return makeRegistrationOptions({
    site,
    challenge,
    userHandle: handle,
    email: 'mara@example.org',
    name: 'Mara Lind',
    existing,
  })
}

async function register(device: SoftwareAuthenticator, conduct: Conduct = {}, handle: Uint8Array = userHandle) {
  const options = await optionsFor(handle)
  const response = registrationResponse.parse(device.register(options, conduct))
  return verifyRegistration({ response, challenge: options.challenge, site })
}

async function passkeyOf(device: SoftwareAuthenticator, handle: Uint8Array = userHandle): Promise<Passkey> {
  const registered = await register(device, {}, handle)
  assert.ok('passkey' in registered, JSON.stringify(registered))
  return registered.passkey
}

type Response = ReturnType<SoftwareAuthenticator['authenticate']>

async function signIn(
  device: SoftwareAuthenticator,
  passkey: Passkey,
  conduct: Conduct = {},
  { change = (response: Response): Response => response, isKnown = false } = {},
) {
  const options = await makeAuthenticationOptions({ site, challenge: makeChallenge() })
  const response = authenticationResponse.parse(change(device.authenticate(options, conduct)))
  return verifyAuthentication({ response, challenge: options.challenge, site, passkey, userHandle, isKnown })
}

const problem = (name: PasskeyProblem) => ({ problem: name })

test('the person is verified by the device, always: better-auth asks for it as preferred, which is not checked', async () => {
  const creation = await optionsFor()
  assert.equal(creation.authenticatorSelection?.userVerification, 'required')
  assert.equal(creation.authenticatorSelection?.residentKey, 'required')
  const request = await makeAuthenticationOptions({ site, challenge: makeChallenge() })
  assert.equal(request.userVerification, 'required')
  // Asked is not done: what comes back without the flag is refused too.
  const device = new SoftwareAuthenticator({ origin })
  assert.deepEqual(await register(device, { verifiesPerson: false }), problem('unverified-person'))
  const passkey = await passkeyOf(device)
  assert.deepEqual(await signIn(device, passkey, { verifiesPerson: false }), problem('unverified-person'))
  assert.deepEqual(await signIn(device, passkey, { isPresent: false }), problem('unverified-person'))
})

test('the options ask for no attestation, for three algorithms, and for the challenge that was handed in', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(device)
  const challenge = makeChallenge()
  assert.match(challenge, /^[A-Za-z0-9_-]{43}$/)
  const creation = await makeRegistrationOptions({
    site,
    challenge,
    userHandle,
    email: 'mara@example.org',
    name: 'Mara Lind',
    existing: [passkey],
  })
  assert.equal(creation.challenge, challenge)
  assert.equal(creation.attestation, 'none')
  assert.deepEqual(creation.rp, { name: 'Vigil', id: 'vigil.example.org' })
  assert.deepEqual(
    creation.pubKeyCredParams.map(({ alg }) => alg),
    [-7, -8, -257],
  )
  assert.deepEqual(
    creation.excludeCredentials?.map(({ id }) => id),
    [passkey.id],
  )
  assert.equal(creation.user.id, userHandle.toString('base64url'))
  const request = await makeAuthenticationOptions({ site, challenge, among: [passkey] })
  assert.equal(request.challenge, challenge)
  assert.equal(request.rpId, 'vigil.example.org')
  assert.deepEqual(
    request.allowCredentials?.map(({ id }) => id),
    [passkey.id],
  )
})

test('the user handle of an identity is the same each time, another for each, and does not say which', () => {
  assert.deepEqual(userHandleOf(key, 1), userHandleOf(key, 1))
  assert.notDeepEqual(userHandleOf(key, 1), userHandleOf(key, 2))
  assert.notDeepEqual(userHandleOf(key, 1), userHandleOf(randomBytes(32), 1))
})

for (const algorithm of ['ES256', 'EdDSA', 'RS256'] satisfies KeyAlgorithm[]) {
  test(`a passkey with ${algorithm} is added, and signs in with a counter that grows`, async () => {
    const device = new SoftwareAuthenticator({ origin, algorithm })
    const passkey = await passkeyOf(device)
    assert.deepEqual(device.credentialIds, [passkey.id])
    assert.equal(passkey.counter, 0)
    assert.equal(passkey.aaguid, '00000000-0000-0000-0000-000000000000')
    assert.deepEqual(passkey.transports, ['hybrid', 'internal'])
    assert.equal(passkey.backedUp, false)
    assert.deepEqual(await signIn(device, passkey), { use: { counter: 1, backedUp: false } })
    assert.deepEqual(await signIn(device, { ...passkey, counter: 1 }), { use: { counter: 2, backedUp: false } })
  })
}

test('a passkey read back from the database, as a Buffer, signs in', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(device)
  assert.ok('use' in (await signIn(device, { ...passkey, publicKey: Buffer.from(passkey.publicKey) })))
})

test('an algorithm that was not offered is refused', async () => {
  const device = new SoftwareAuthenticator({ origin, algorithm: 'ES384' })
  assert.deepEqual(await register(device), problem('malformed'))
})

test('a synced passkey, whose counter stays at 0, signs in each time', async () => {
  const device = new SoftwareAuthenticator({ origin, isSynced: true })
  const passkey = await passkeyOf(device)
  assert.equal(passkey.backedUp, true)
  assert.deepEqual(await signIn(device, passkey), { use: { counter: 0, backedUp: true } })
  assert.deepEqual(await signIn(device, passkey), { use: { counter: 0, backedUp: true } })
})

test('a copied key is noticed: a counter that does not grow is refused', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(device)
  const used = { ...passkey, counter: 7 }
  for (const counter of [0, 1, 6, 7]) assert.deepEqual(await signIn(device, used, { counter }), problem('counter'))
  assert.deepEqual(await signIn(device, used, { counter: 8 }), { use: { counter: 8, backedUp: false } })
})

test('nobody without the key can raise the suspicion that it was copied: the signature is judged first', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(device)
  const outcome = await signIn(device, { ...passkey, counter: 7 }, { counter: 3 }, { change: flipSignature })
  assert.notDeepEqual(outcome, problem('counter'))
  assert.ok('problem' in outcome)
})

test('an answer to another challenge is refused, in both ceremonies', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const clientData = { challenge: makeChallenge() }
  assert.deepEqual(await register(device, { clientData }), problem('challenge'))
  const passkey = await passkeyOf(device)
  assert.deepEqual(await signIn(device, passkey, { clientData }), problem('challenge'))
})

test('an answer replayed to a new challenge is refused', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(device)
  const recorded = authenticationResponse.parse(
    device.authenticate(await makeAuthenticationOptions({ site, challenge: makeChallenge() })),
  )
  const given = { response: recorded, challenge: makeChallenge(), site, passkey, userHandle, isKnown: false }
  assert.deepEqual(await verifyAuthentication(given), problem('challenge'))
})

test('a phishing page gets nothing: another origin, another port, plain HTTP, a longer name', async () => {
  const honest = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(honest)
  for (const other of [
    'https://vigil.example.org.evil.example',
    'https://evil.example',
    'http://vigil.example.org',
    'https://vigil.example.org:8443',
    'https://VIGIL.example.org',
    'null',
  ]) {
    const clientData = { origin: other }
    assert.deepEqual(await register(honest, { clientData }), problem('site'), other)
    assert.deepEqual(await signIn(honest, passkey, { clientData }), problem('site'), other)
  }
})

test('a passkey that was made for another host is refused', async () => {
  const device = new SoftwareAuthenticator({ origin })
  assert.deepEqual(await register(device, { host: 'evil.example' }), problem('site'))
  const passkey = await passkeyOf(device)
  assert.deepEqual(await signIn(device, passkey, { host: 'evil.example' }), problem('site'))
})

test('a page framed by another site gets nothing, also where the browser does not name that site', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(device)
  for (const clientData of [
    { crossOrigin: true },
    { crossOrigin: true, topOrigin: 'https://evil.example' },
    { topOrigin: 'https://evil.example' },
  ]) {
    assert.deepEqual(await register(device, { clientData }), problem('site'))
    assert.deepEqual(await signIn(device, passkey, { clientData }), problem('site'))
  }
})

test('an answer of one ceremony is none in the other', async () => {
  const device = new SoftwareAuthenticator({ origin })
  assert.deepEqual(await register(device, { clientData: { type: 'webauthn.get' } }), problem('malformed'))
  const passkey = await passkeyOf(device)
  const conduct = { clientData: { type: 'webauthn.create' } }
  assert.deepEqual(await signIn(device, passkey, conduct), problem('malformed'))
})

function flipSignature(response: Response): Response {
  const signature = Buffer.from(response.response.signature, 'base64url')
  // The last byte: the form stays whole, the number is another.
  signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
  return { ...response, response: { ...response.response, signature: signature.toString('base64url') } }
}

test('a flipped signature is refused', async () => {
  for (const algorithm of ['ES256', 'EdDSA', 'RS256'] satisfies KeyAlgorithm[]) {
    const device = new SoftwareAuthenticator({ origin, algorithm })
    const passkey = await passkeyOf(device)
    assert.deepEqual(await signIn(device, passkey, {}, { change: flipSignature }), problem('signature'), algorithm)
  }
})

test('what was signed cannot be changed: a counter raised on the way is refused', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(device)
  const change = (response: Response): Response => {
    const data = Buffer.from(response.response.authenticatorData, 'base64url')
    data.writeUInt32BE(1_000, 33)
    return { ...response, response: { ...response.response, authenticatorData: data.toString('base64url') } }
  }
  assert.deepEqual(await signIn(device, passkey, {}, { change }), problem('signature'))
})

test('the passkey of another identity opens nothing', async () => {
  const theirs = new SoftwareAuthenticator({ origin })
  const theirPasskey = await passkeyOf(theirs, userHandleOf(key, 2))
  // Offered as what it is: the device says whose it is.
  assert.deepEqual(await signIn(theirs, theirPasskey), problem('owner'))
  // Passed off as the passkey of the identity attacked.
  const mine = await passkeyOf(new SoftwareAuthenticator({ origin }))
  const userHandleSaid = userHandle.toString('base64url')
  const asMine = (response: Response): Response => ({ ...response, id: mine.id, rawId: mine.id })
  assert.deepEqual(await signIn(theirs, mine, { userHandle: userHandleSaid }), problem('owner'))
  assert.deepEqual(await signIn(theirs, mine, { userHandle: userHandleSaid }, { change: asMine }), problem('signature'))
})

test('a device that does not say whose passkey it is serves only where the identity is known already', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(device)
  assert.deepEqual(await signIn(device, passkey, { userHandle: null }), problem('owner'))
  assert.ok('use' in (await signIn(device, passkey, { userHandle: null }, { isKnown: true })))
})

test('attestation with certificates is refused unread, so that no address in them is fetched', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const certificates = new Map<string, Cbor>([
    ['sig', randomBytes(70)],
    ['x5c', [randomBytes(500)]],
  ])
  for (const format of ['packed', 'tpm', 'android-key', 'android-safetynet', 'apple', 'fido-u2f', 'other']) {
    const attestation = { format, statement: certificates }
    assert.deepEqual(await register(device, { attestation }), problem('attestation'), format)
  }
})

test('a self-attestation that is not signed by the passkey is refused', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const statement = new Map<string, Cbor>([
    ['alg', -7],
    ['sig', randomBytes(64)],
  ])
  const outcome = await register(device, { attestation: { format: 'packed', statement } })
  assert.ok('problem' in outcome)
})

test('rubbish in any part is refused, and breaks nothing', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const passkey = await passkeyOf(device)
  const rubbish = ['AA', 'bnVsbA', randomBytes(37).toString('base64url'), randomBytes(600).toString('base64url')]
  for (const part of ['clientDataJSON', 'authenticatorData', 'signature'] as const) {
    for (const bytes of rubbish) {
      const change = (response: Response): Response => ({
        ...response,
        response: { ...response.response, [part]: bytes },
      })
      assert.ok('problem' in (await signIn(device, passkey, {}, { change })), part)
    }
  }
  for (const part of ['clientDataJSON', 'attestationObject'] as const) {
    for (const bytes of rubbish) {
      const options = await optionsFor()
      const made = device.register(options)
      const response = registrationResponse.parse({ ...made, response: { ...made.response, [part]: bytes } })
      assert.ok('problem' in (await verifyRegistration({ response, challenge: options.challenge, site })), part)
    }
  }
})

test('an id that the browser invents beside the authenticator is not stored', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const options = await optionsFor()
  const other = randomBytes(16).toString('base64url')
  const response = registrationResponse.parse({ ...device.register(options), id: other, rawId: other })
  assert.deepEqual(await verifyRegistration({ response, challenge: options.challenge, site }), problem('malformed'))
})

test('what a browser sends is bounded, and what is not known is left out', async () => {
  const device = new SoftwareAuthenticator({ origin })
  const made = device.register(await optionsFor())
  const parsed = registrationResponse.parse({
    ...made,
    extra: 1,
    response: { ...made.response, transports: ['usb', 'telepathy'], publicKey: 'AA' },
  })
  assert.deepEqual(Object.keys(parsed), ['id', 'rawId', 'type', 'response'])
  assert.deepEqual(parsed.response.transports, ['usb'])
  const long = { ...made.response, attestationObject: 'A'.repeat(1_000_000) }
  assert.equal(registrationResponse.safeParse({ ...made, response: long }).success, false)
  assert.equal(authenticationResponse.safeParse({ id: { $ne: null } }).success, false)
})
