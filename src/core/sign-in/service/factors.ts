/**
 * What somebody signs in with, changed by themselves. Whoever holds the first factor alone may set up a second one only
 * where there is none: otherwise a stolen password would be enough to replace what protects it. For the same reason a
 * session that gave the first factor alone changes nothing once there is a second, and ends when the first one is set up
 * elsewhere.
 */
import type { Beforehand, Call, Personal } from '#core/door.ts'
import type { Role } from '#platform/contract.ts'
import type { RegistrationResponse } from '../model/passkey-responses.ts'
import {
  makeChallenge,
  makeRegistrationOptions,
  refusePasskey,
  userHandleOf,
  verifyRegistration,
} from '../model/passkeys.ts'
import { checkPassword, hashPassword, refusePassword, verifyPassword } from '../model/password.ts'
import { hashRecoveryCode, makeRecoveryCodes } from '../model/recovery-codes.ts'
import { refuseSignIn } from '../model/refusals.ts'
import { challengeLifeMs, freshMs, needsSecondFactor, secondFactors } from '../model/rules.ts'
import { findStep, makeTotpSecret, totpUri } from '../model/totp.ts'
import {
  clearTotp,
  confirmTotpRow,
  deletePasskey,
  deleteRecoveryCodes,
  deleteSession,
  deleteSessions,
  findPasswordById,
  type Identity,
  insertChallenge,
  insertPasskey,
  listMemberships,
  listPasskeyRows,
  lockIdentity,
  lockSession,
  replaceRecoveryCodes,
  type SessionLocked,
  setPassword,
  setTotp,
  spendChallenge,
} from '../store.ts'
import { arrive, hasFactor, type Means } from './arrival.ts'
import { openTotp, sealTotp } from './secrets.ts'
import { challengeOf, siteOf } from './site.ts'
import { clearTries, countTry } from './throttle.ts'

interface Standing {
  readonly identity: Identity
  readonly session: SessionLocked
}

/** Locks who asks and their session, which must have proved who they are a short while ago, by all the factors there are. */
async function lockFresh(call: Call): Promise<Standing> {
  const { db, principal, now } = call
  if (principal.kind !== 'identity' && principal.kind !== 'member') throw refuseSignIn('unknown-session')
  const identity = await lockIdentity(db, principal.identityId)
  const session = await lockSession(db, principal.sessionId)
  if (!identity || !session) throw refuseSignIn('unknown-session')
  if (!gaveSecond(session) && hasFactor(identity)) throw refuseSignIn('factor-first')
  // A proof that lies ahead, because the clock was set back, is no fresher than one that lies behind.
  if (Math.abs(now.getTime() - session.provedAt.getTime()) > freshMs) throw refuseSignIn('stale')
  return { identity, session }
}

function gaveSecond({ means }: SessionLocked): boolean {
  return means.some((one) => secondFactors.has(one))
}

export async function beginTotp(call: Call): Promise<Personal<{ uri: string; secret: string }>> {
  const { identity } = await lockFresh(call)
  if (identity.totpConfirmedAt !== null) throw refuseSignIn('totp-there')
  const secret = makeTotpSecret()
  await setTotp(call.db, identity.id, await sealTotp(call.services.keys, identity.id, secret))
  const [first] = await listMemberships(call.db, identity.id)
  const uri = totpUri(secret, { organisation: first?.organisation ?? '', email: identity.email })
  return { output: { uri, secret }, ...about(identity) }
}

export async function confirmTotp(
  call: Call,
  input: { readonly code: string },
): Promise<Personal<{ recoveryCodes: string[] | null }>> {
  const { db, now, services } = call
  const { identity, session } = await lockFresh(call)
  if (identity.totpConfirmedAt !== null) throw refuseSignIn('totp-there')
  const secret = await openTotp(services.keys, identity)
  if (secret === undefined) throw refuseSignIn('not-begun')
  const step = findStep(secret, input.code, now, undefined)
  if (step === undefined) throw refuseSignIn('wrong-code')
  await confirmTotpRow(db, identity.id, step, now)
  await clearTries(call, { what: 'second-factor', identityId: identity.id })
  return finishEnrolment(call, { identity, session }, 'totp')
}

export async function removeTotp(call: Call): Promise<Personal<Record<string, never>>> {
  const { identity } = await lockFresh(call)
  if (identity.totpConfirmedAt === null) throw refuseSignIn('not-begun')
  if (identity.passkeys === 0) await endLastFactor(call, identity)
  await clearTotp(call.db, identity.id)
  return { output: {}, ...about(identity) }
}

export async function listPasskeys(call: Call) {
  const rows = await listPasskeyRows(call.db, identityOf(call))
  return {
    passkeys: rows.map(({ id, name, createdAt, usedAt, backedUp }) => ({
      id,
      name,
      createdAt,
      usedAt,
      isBackedUp: backedUp,
    })),
  }
}

export async function beginPasskey(call: Call): Promise<Personal<{ options: Record<string, unknown> }>> {
  const { db, now, services } = call
  const { identity } = await lockFresh(call)
  const existing = (await listPasskeyRows(db, identity.id)).map((row) => ({
    id: row.credentialId,
    transports: row.transports,
  }))
  const challenge = makeChallenge()
  await insertChallenge(db, {
    text: challenge,
    identityId: identity.id,
    expiresAt: new Date(now.getTime() + challengeLifeMs),
  })
  const { email, name } = identity
  const userHandle = userHandleOf(services.digestKey, identity.id)
  const site = siteOf(services.publicUrl)
  const options = await makeRegistrationOptions({ site, challenge, userHandle, email, name, existing })
  return { output: { options: { ...options } }, ...about(identity) }
}

export async function addPasskey(
  call: Call,
  input: { readonly name: string; readonly response: RegistrationResponse },
): Promise<Personal<{ recoveryCodes: string[] | null }>> {
  const { db, now, services } = call
  const standing = await lockFresh(call)
  const { identity } = standing
  const challenge = challengeOf(input.response.response.clientDataJSON)
  if (challenge === undefined || !(await spendChallenge(db, { text: challenge, identityId: identity.id, now }))) {
    throw refusePasskey('not-added')
  }
  const verified = await verifyRegistration({
    response: input.response,
    challenge,
    site: siteOf(services.publicUrl),
  })
  if ('problem' in verified) throw refusePasskey('not-added')
  const { id: credentialId, publicKey, ...rest } = verified.passkey
  const added = await insertPasskey(db, {
    ...rest,
    credentialId,
    publicKey: Buffer.from(publicKey),
    identityId: identity.id,
    name: input.name,
    createdAt: now,
  })
  if (added === undefined) throw refuseSignIn('passkey-there')
  return finishEnrolment(call, standing, 'passkey')
}

export async function removePasskey(
  call: Call,
  input: { readonly passkeyId: number },
): Promise<Personal<Record<string, never>>> {
  const { identity } = await lockFresh(call)
  if (identity.totpConfirmedAt === null && identity.passkeys === 1) await endLastFactor(call, identity)
  if (!(await deletePasskey(call.db, identity.id, input.passkeyId))) throw refuseSignIn('unknown-passkey')
  return { output: {}, ...about(identity, { passkey: input.passkeyId }) }
}

export async function renewRecoveryCodes(call: Call): Promise<Personal<{ recoveryCodes: string[] }>> {
  const { identity } = await lockFresh(call)
  if (!hasFactor(identity)) throw refuseSignIn('no-factor')
  return { output: { recoveryCodes: await makeCodes(call, identity.id) }, ...about(identity) }
}

/** Judges and hashes a new password before the transaction. */
export async function judgeNewPassword(
  beforehand: Beforehand,
  input: { readonly current?: string | undefined; readonly password: string },
): Promise<{ readonly hash: string; readonly standsAlone: boolean; readonly former: string | null }> {
  const { services, principal } = beforehand
  if (principal.kind !== 'identity' && principal.kind !== 'member') throw refuseSignIn('unknown-session')
  const { identityId } = principal
  const found = await findPasswordById(services.database, identityId)
  if (!found) throw refuseSignIn('unknown-session')
  if (found.passwordHash !== null) {
    await countTry(beforehand, { what: 'password', identityId })
    if (!(await verifyPassword(found.passwordHash, input.current ?? ''))) throw refuseSignIn('wrong')
  }
  const circumstances = { context: [found.name, found.email], breached: services.breached }
  const problem = await checkPassword(input.password, { ...circumstances, standsAlone: !found.hasFactor })
  if (problem !== undefined) throw refusePassword(problem)
  const standsAlone = (await checkPassword(input.password, { ...circumstances, standsAlone: true })) === undefined
  return { hash: await hashPassword(input.password), standsAlone, former: found.passwordHash }
}

export async function changePassword(
  call: Call,
  _input: unknown,
  judged: Awaited<ReturnType<typeof judgeNewPassword>>,
): Promise<Personal<Record<string, never>>> {
  const { db, now } = call
  const { identity, session } = await lockFresh(call)
  if (identity.passwordHash !== judged.former) throw refuseSignIn('wrong')
  await setPassword(db, identity.id, { ...judged, at: now })
  await clearTries(call, { what: 'password', identityId: identity.id })
  const ended = await deleteSessions(db, identity.id, session.id)
  return { output: {}, ...about(identity, { endedSessions: ended }) }
}

/** Gives recovery codes where there are none, and lets who was arriving in. */
async function finishEnrolment(
  call: Call,
  { identity, session }: Standing,
  means: Means,
): Promise<Personal<{ recoveryCodes: string[] | null }>> {
  const recoveryCodes = identity.recoveryCodesLeft > 0 ? null : await makeCodes(call, identity.id)
  // Whoever signed in before by the password alone, and need not be the same, is to give the factor too.
  if (!hasFactor(identity)) await deleteSessions(call.db, identity.id, session.id)
  if (!gaveSecond(session)) {
    await deleteSession(call.db, identity.id, session.id)
    await arrive(call, identity, [...session.means, means] as Means[], session)
  }
  return { output: { recoveryCodes }, ...about(identity, { means }) }
}

async function makeCodes({ db }: Call, identityId: number): Promise<string[]> {
  const codes = makeRecoveryCodes()
  await replaceRecoveryCodes(
    db,
    identityId,
    codes.flatMap((code) => hashRecoveryCode(code, identityId) ?? []),
  )
  return [...codes]
}

/** Refuses to take the last factor from who needs one; from anybody else the codes that stood for it go too. */
async function endLastFactor({ db }: Call, identity: Identity): Promise<void> {
  const roles = (await listMemberships(db, identity.id)).flatMap((membership) => membership.roles as readonly Role[])
  if (needsSecondFactor(roles) || !identity.standsAlone) throw refuseSignIn('last-factor')
  await deleteRecoveryCodes(db, identity.id)
}

function identityOf({ principal }: Call): number {
  if (principal.kind !== 'identity' && principal.kind !== 'member') throw refuseSignIn('unknown-session')
  return principal.identityId
}

function about(identity: Identity, payload: Readonly<Record<string, string | number>> = {}) {
  return { identityId: identity.id, subjects: [`identity:${identity.id}`], payload }
}
