/** Who is signed in, for whom, and where: each session can be ended at once. */
import type { Call, Personal } from '#core/door.ts'
import type { Role } from '#platform/contract.ts'
import { refuseSignIn } from '../model/refusals.ts'
import { needsSecondFactor } from '../model/rules.ts'
import {
  deleteSession,
  deleteSessions,
  listMemberships,
  listSessionRows,
  lockIdentity,
  lockSession,
  setChosenOrganisation,
} from '../store.ts'
import { nextOf } from './arrival.ts'

function holderOf({ principal }: Call): { readonly identityId: number; readonly sessionId: number } {
  if (principal.kind !== 'identity' && principal.kind !== 'member') throw refuseSignIn('unknown-session')
  return principal
}

export async function showMe(call: Call) {
  const { db, principal } = call
  const { identityId, sessionId } = holderOf(call)
  const identity = await lockIdentity(db, identityId)
  const session = await lockSession(db, sessionId)
  if (!identity || !session) throw refuseSignIn('unknown-session')
  const memberships = await listMemberships(db, identityId)
  const served = principal.kind === 'member' ? principal.organisationId : undefined
  const organisations = memberships.map(({ organisationId, organisation, timeZone, roles }) => ({
    id: organisationId,
    name: organisation,
    timeZone,
    roles: roles as Role[],
  }))
  const roles = organisations.flatMap((organisation) => organisation.roles)
  const next = nextOf(identity, roles, session.means)
  const { id, name, email, passwordHash, totpConfirmedAt, passkeys, recoveryCodesLeft } = identity
  return {
    identity: { id, name, email },
    stage: next === 'done' ? ('full' as const) : next,
    organisation: organisations.find((one) => one.id === served) ?? null,
    organisations: next === 'done' ? organisations : [],
    memberId: principal.kind === 'member' ? principal.memberId : null,
    hasPassword: passwordHash !== null,
    hasTotp: totpConfirmedAt !== null,
    passkeys,
    recoveryCodesLeft,
    mustHaveSecondFactor: needsSecondFactor(roles),
  }
}

export async function chooseOrganisation(
  call: Call,
  { organisationId }: { readonly organisationId: number },
): Promise<Personal<Record<string, never>>> {
  const { identityId, sessionId } = holderOf(call)
  const memberships = await listMemberships(call.db, identityId)
  if (!memberships.some((one) => one.organisationId === organisationId)) throw refuseSignIn('not-served')
  await setChosenOrganisation(call.db, sessionId, organisationId)
  return { output: {}, identityId: undefined, subjects: [], payload: {} }
}

export async function listSessions(call: Call) {
  const { identityId, sessionId } = holderOf(call)
  const rows = await listSessionRows(call.db, identityId, call.now)
  return {
    sessions: rows.map(({ id, browser, address, means, createdAt, seenAt, expiresAt }) => ({
      id,
      browser,
      address,
      means: [...means],
      createdAt,
      seenAt,
      expiresAt,
      isThis: id === sessionId,
    })),
  }
}

export async function endSession(
  call: Call,
  input: { readonly sessionId: number },
): Promise<Personal<Record<string, never>>> {
  const { identityId, sessionId } = holderOf(call)
  if (!(await deleteSession(call.db, identityId, input.sessionId))) throw refuseSignIn('unknown-session')
  if (input.sessionId === sessionId) call.setSession(null)
  return { output: {}, identityId, subjects: [`identity:${identityId}`], payload: { session: input.sessionId } }
}

export async function endOtherSessions(call: Call): Promise<Personal<{ ended: number }>> {
  const { identityId, sessionId } = holderOf(call)
  const ended = await deleteSessions(call.db, identityId, sessionId)
  return { output: { ended }, identityId, subjects: [`identity:${identityId}`], payload: { ended } }
}
