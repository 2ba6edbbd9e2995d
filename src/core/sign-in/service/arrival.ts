/**
 * Signing in. Whichever way somebody comes, all ends in `arrive`: it makes the session, says what is still asked for, and
 * is the only place that does. A token is made anew whenever a session comes to mean more, so that one which was planted
 * before is worth nothing.
 */
import { type Beforehand, type Call, type Personal, RefusalAbout } from '#core/door.ts'
import type { Role } from '#platform/contract.ts'
import { makeDeviceCookie } from '../model/device-cookie.ts'
import type { AuthenticationResponse } from '../model/passkey-responses.ts'
import { makeAuthenticationOptions, makeChallenge, userHandleOf, verifyAuthentication } from '../model/passkeys.ts'
import { hashPassword, needsRehash, verifyPassword } from '../model/password.ts'
import { hashRecoveryCode } from '../model/recovery-codes.ts'
import { refuseSignIn } from '../model/refusals.ts'
import {
  arrivalLifeMs,
  challengeLifeMs,
  emailKey,
  needsSecondFactor,
  sayBrowser,
  secondFactors,
  sessionLifeMs,
} from '../model/rules.ts'
import { makeToken } from '../model/tokens.ts'
import { findStep, normaliseTotpCode } from '../model/totp.ts'
import {
  deleteSession,
  findPasskeyOwner,
  findPasswordOf,
  type Identity,
  insertChallenge,
  insertSession,
  listMemberships,
  lockIdentity,
  lockPasskey,
  lockSession,
  type SessionLocked,
  setPasskeyUsed,
  setPasswordHash,
  setTotpStep,
  spendChallenge,
  spendRecoveryCode,
} from '../store.ts'
import { openTotp } from './secrets.ts'
import { challengeOf, passkeyOf, siteOf } from './site.ts'
import { clearTries, countTry } from './throttle.ts'

export type Means = 'password' | 'totp' | 'recovery-code' | 'passkey'
export interface Arrival {
  readonly next: 'done' | 'second-factor' | 'enrol'
  readonly means: ('totp' | 'passkey' | 'recovery-code')[]
}

/** What is still asked of an identity that has given these means. */
export function nextOf(identity: Identity, roles: readonly Role[], given: readonly string[]): Arrival['next'] {
  if (given.some((means) => secondFactors.has(means))) return 'done'
  if (hasFactor(identity)) return 'second-factor'
  // A password that was long enough only beside a second factor is not enough without one.
  return needsSecondFactor(roles) || !identity.standsAlone ? 'enrol' : 'done'
}

export function hasFactor(identity: Identity): boolean {
  return identity.totpConfirmedAt !== null || identity.passkeys > 0
}

/**
 * Begins or advances a session of somebody who gave these means. One that was complete before ends when it would have: a
 * factor given again does not make it longer.
 */
export async function arrive(
  call: Call,
  identity: Identity,
  given: readonly Means[],
  former?: SessionLocked,
): Promise<Arrival> {
  const { db, now, today, services, from } = call
  const roles = (await listMemberships(db, identity.id)).flatMap((membership) => membership.roles as readonly Role[])
  const next = nextOf(identity, roles, given)
  const token = makeToken('session')
  await insertSession(db, {
    identityId: identity.id,
    tokenHash: token.hash,
    isArriving: next !== 'done',
    means: given,
    browser: sayBrowser(from.userAgent),
    address: from.address,
    at: now,
    expiresAt:
      former && !former.isArriving
        ? former.expiresAt
        : new Date(now.getTime() + (next === 'done' ? sessionLifeMs : arrivalLifeMs)),
  })
  call.setSession(token.text)
  if (next === 'done') call.setDevice(makeDeviceCookie(services.digestKey, identity.id, today))
  const means: Arrival['means'] = []
  if (next === 'second-factor') {
    if (identity.totpConfirmedAt !== null) means.push('totp')
    if (identity.passkeys > 0) means.push('passkey')
    if (identity.recoveryCodesLeft > 0) means.push('recovery-code')
  }
  return { next, means }
}

/** Judges a password before any transaction: it costs the same whether or not there is such a person. */
export async function judgePassword(
  beforehand: Beforehand,
  input: { readonly email: string; readonly password: string },
): Promise<{ readonly identityId: number; readonly passwordHash: string; readonly renewed: string | undefined }> {
  const { services } = beforehand
  const address = emailKey(input.email)
  const found = await findPasswordOf(services.database, address)
  await countTry(beforehand, { what: 'password', identityId: found?.identityId, address })
  const isRight = await verifyPassword(found?.passwordHash ?? undefined, input.password)
  if (!isRight || !found || found.passwordHash === null) throw refuseSignIn('wrong')
  const { identityId, passwordHash } = found
  const renewed = needsRehash(passwordHash) ? await hashPassword(input.password) : undefined
  return { identityId, passwordHash, renewed }
}

export async function signInByPassword(
  call: Call,
  _input: unknown,
  judged: Awaited<ReturnType<typeof judgePassword>>,
): Promise<Personal<Arrival>> {
  const { db } = call
  const identity = await lockServing(call, judged.identityId, 'wrong')
  // Changed since it was judged: the former password does not let anybody in.
  if (identity.passwordHash !== judged.passwordHash) throw refuseSignIn('wrong')
  if (judged.renewed !== undefined) await setPasswordHash(db, identity.id, judged.renewed)
  await clearTries(call, { what: 'password', identityId: identity.id })
  await replaceSession(call)
  const output = await arrive(call, identity, ['password'])
  return said(call, identity, output, { means: 'password', next: output.next })
}

/** Counts the try before the transaction begins. */
export async function countFactorTry(beforehand: Beforehand): Promise<void> {
  const { principal } = beforehand
  if (principal.kind !== 'identity' && principal.kind !== 'member') return
  await countTry(beforehand, { what: 'second-factor', identityId: principal.identityId })
}

export async function giveSecondFactor(call: Call, input: { readonly code: string }): Promise<Personal<Arrival>> {
  const { db, now, services, principal } = call
  if (principal.kind !== 'identity' && principal.kind !== 'member') throw refuseSignIn('wrong-code')
  const identity = await lockServing(call, principal.identityId, 'wrong-code')
  const session = await lockSession(db, principal.sessionId)
  if (!session) throw refuseSignIn('wrong-code')
  let means: Means
  if (normaliseTotpCode(input.code) !== undefined) {
    const secret = identity.totpConfirmedAt === null ? undefined : await openTotp(services.keys, identity)
    const step = secret === undefined ? undefined : findStep(secret, input.code, now, identity.totpStep)
    if (step === undefined) throw refuseSignIn('wrong-code')
    await setTotpStep(db, identity.id, step)
    means = 'totp'
  } else {
    // A code stands for a factor that is lost; where there never was one, it would be a second password.
    const hash = hasFactor(identity) ? hashRecoveryCode(input.code, identity.id) : undefined
    if (!hash || !(await spendRecoveryCode(db, identity.id, hash, now))) throw refuseSignIn('wrong-code')
    means = 'recovery-code'
  }
  await clearTries(call, { what: 'second-factor', identityId: identity.id })
  await deleteSession(db, identity.id, session.id)
  const given = [...new Set([...session.means, means])] as Means[]
  const output = await arrive(call, identity, given, session)
  return said(call, identity, output, { means, next: output.next })
}

/** Begins a sign-in by passkey, of whoever has one: nothing is said of who that may be. */
export async function beginPasskeySignIn(call: Call): Promise<Personal<{ options: Record<string, unknown> }>> {
  const { db, now, services } = call
  const challenge = makeChallenge()
  const options = await makeAuthenticationOptions({ site: siteOf(services.publicUrl), challenge })
  await insertChallenge(db, {
    text: challenge,
    identityId: undefined,
    expiresAt: new Date(now.getTime() + challengeLifeMs),
  })
  return { output: { options: { ...options } }, identityId: undefined, subjects: [], payload: {} }
}

/** Spends the challenge before the transaction, so that it is spent whatever comes of it. */
export async function spendPasskeyChallenge(
  { services, now }: Beforehand,
  { response }: { readonly response: AuthenticationResponse },
): Promise<string> {
  const text = challengeOf(response.response.clientDataJSON)
  const isSpent =
    text !== undefined &&
    (await services.database.outside((db) => spendChallenge(db, { text, identityId: undefined, now })))
  if (!isSpent) throw refuseSignIn('wrong-passkey')
  return text
}

/** A passkey with user verification is two factors in one. */
export async function signInByPasskey(
  call: Call,
  input: { readonly response: AuthenticationResponse },
  challenge: string,
): Promise<Personal<Arrival>> {
  const { db, now, services } = call
  const { response } = input
  const refused = refuseSignIn('wrong-passkey')
  const owner = await findPasskeyOwner(db, response.id)
  if (owner === undefined) throw refused
  const identity = await lockServing(call, owner, 'wrong-passkey')
  const passkey = await lockPasskey(db, response.id)
  if (passkey?.identityId !== identity.id) throw refused
  const userHandle = userHandleOf(services.digestKey, identity.id)
  const verified = await verifyAuthentication({
    response,
    challenge,
    site: siteOf(services.publicUrl),
    passkey: passkeyOf(passkey),
    userHandle,
    isKnown: false,
  })
  if ('problem' in verified) {
    // The key itself signed this, and it was used since: there are two of it.
    if (verified.problem !== 'counter') throw refused
    const recorded = { subjects: [`passkey:${passkey.id}`, `identity:${identity.id}`], payload: { problem: 'counter' } }
    throw new RefusalAbout(refused, identity.id, recorded)
  }
  await setPasskeyUsed(db, passkey.id, { ...verified.use, at: now })
  await replaceSession(call)
  const output = await arrive(call, identity, ['passkey'])
  return said(call, identity, output, { means: 'passkey', next: output.next })
}

export async function signOut(call: Call): Promise<Personal<Record<string, never>>> {
  const { principal } = call
  if (principal.kind !== 'identity' && principal.kind !== 'member') throw refuseSignIn('unknown-session')
  await deleteSession(call.db, principal.identityId, principal.sessionId)
  call.setSession(null)
  const { identityId } = principal
  return { output: {}, identityId, subjects: [`identity:${identityId}`], payload: { session: principal.sessionId } }
}

/** Locks somebody who may come in: neither disabled nor without an organisation to serve. */
async function lockServing(
  call: Call,
  identityId: number,
  otherwise: 'wrong' | 'wrong-code' | 'wrong-passkey',
): Promise<Identity> {
  const identity = await lockIdentity(call.db, identityId)
  if (!identity || identity.disabledAt !== null) throw refuseSignIn(otherwise)
  if ((await listMemberships(call.db, identityId)).length === 0) throw refuseSignIn(otherwise)
  return identity
}

/** Ends the session that this browser brought, whoever's it is: it is about to hold another. */
export async function replaceSession({ db, principal }: Call): Promise<void> {
  if (principal.kind === 'identity' || principal.kind === 'member') {
    await deleteSession(db, principal.identityId, principal.sessionId)
  }
}

function said<O>(
  { from }: Call,
  identity: Identity,
  output: O,
  payload: Readonly<Record<string, string>>,
): Personal<O> {
  return {
    output,
    identityId: identity.id,
    subjects: [`identity:${identity.id}`],
    payload: { ...payload, address: from.address, browser: sayBrowser(from.userAgent) },
  }
}
