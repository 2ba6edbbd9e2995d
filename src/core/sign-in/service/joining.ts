/**
 * How somebody gets a sign-in: the first administrator by the set-up link, everybody else by an invitation, and who lost
 * theirs by a recovery link. Each link works once. An invitation to an address by which somebody signs in already is
 * accepted by that person signed in, never by whoever holds the link: otherwise an invitation would be a way into the
 * organisations that they serve.
 */
import type { Beforehand, Call, Personal } from '#core/door.ts'
import {
  countMemberships,
  findInvitation,
  insertMember,
  markInvitationUsed,
  tiePersonByEmail,
} from '#core/members/store.ts'
import { notifyMembers } from '#core/notifications/notify.ts'
import type { Role } from '#platform/contract.ts'
import { refusals } from '#platform/refusal.ts'
import { checkPassword, hashPassword, refusePassword } from '../model/password.ts'
import { emailKey } from '../model/rules.ts'
import { hashToken } from '../model/tokens.ts'
import {
  deleteFactors,
  deleteSessions,
  deleteSetUp,
  findIdentityByEmail,
  findSetUp,
  foundOrganisation,
  insertIdentity,
  listMemberships,
  lockIdentity,
  readOrganisation,
  setPassword,
} from '../store.ts'
import { type Arrival, arrive, replaceSession } from './arrival.ts'

const refuseSetUp = refusals('set-up', {
  over: [
    'forbidden',
    'This set-up link does not work, or was used already.',
    'start Vigil again where it runs: it prints a new link as long as nobody has signed in',
  ],
  'no-zone': ['invalid', 'There is no such time zone.', 'name it as Europe/Berlin or America/Chicago'],
})

const refuseInvitation = refusals('invitation', {
  over: ['forbidden', 'This link does not work any more.', 'ask the administrator who gave it to you for another one'],
  'sign-in-first': [
    'conflict',
    'You have a sign-in with this address already.',
    'sign in with it, then open the link again',
  ],
  'no-name': ['invalid', 'A new sign-in takes your name and a password.'],
  'no-password': ['invalid', 'A sign-in that is set up anew takes a new password.'],
  'member-already': [
    'conflict',
    'You are a member of this organisation already.',
    'ask one of its administrators to change what you may do',
  ],
})

interface Chosen {
  readonly hash: string
}

export async function lookAtSetUp(call: Call, { token }: { readonly token: string }) {
  const hash = hashToken(token, 'setup')
  const setUp = hash && (await findSetUp(call.db))
  if (!hash || !setUp?.tokenHash.equals(hash) || setUp.expiresAt <= call.now) throw refuseSetUp('over')
  return readOrganisation(call.services.database)
}

/** Looks at the link before the password is hashed, so that nobody makes Vigil work for nothing. */
export async function judgeSetUp(
  beforehand: Beforehand,
  input: { readonly token: string; readonly organisation: string; readonly timeZone: string } & Person,
): Promise<Chosen> {
  const { services, now } = beforehand
  const hash = hashToken(input.token, 'setup')
  const setUp = hash && (await services.database.outside((db) => findSetUp(db)))
  if (!hash || !setUp?.tokenHash.equals(hash) || setUp.expiresAt <= now) throw refuseSetUp('over')
  if (!isTimeZone(input.timeZone)) throw refuseSetUp('no-zone')
  return choosePassword(beforehand, input.password, [input.organisation, input.name, input.email])
}

interface Person {
  readonly name: string
  readonly email: string
  readonly password: string
}

export async function finishSetUp(
  call: Call,
  input: { readonly token: string; readonly organisation: string; readonly timeZone: string } & Person,
  { hash }: Chosen,
): Promise<Personal<Arrival>> {
  const { db, now, from } = call
  const token = hashToken(input.token, 'setup')
  const setUp = await findSetUp(db, { isLocked: true })
  if (!token || !setUp?.tokenHash.equals(token) || setUp.expiresAt <= now) throw refuseSetUp('over')
  const organisationId = await foundOrganisation(db, input.organisation, input.timeZone)
  if (organisationId === undefined) throw refuseSetUp('over')
  await deleteSetUp(db)
  const identityId = await newIdentity(call, input, hash)
  if (identityId === undefined) throw refuseSetUp('over')
  await call.speakFor(organisationId)
  const roles: readonly Role[] = ['administrator', 'security-officer', 'privacy-officer']
  const memberId = await insertMember(db, { identityId, roles, untilOn: null, madeBy: 'set-up', at: now })
  if (memberId === undefined) throw refuseSetUp('over')
  await tiePersonByEmail(db, memberId, emailKey(input.email))
  return begin(call, identityId, { member: memberId, roles: [...roles], address: from.address })
}

export async function lookAtInvitation(call: Call, { token }: { readonly token: string }) {
  const invitation = await openInvitation(call, token)
  const { kind, organisation, name, email, roles } = invitation
  const known = await findIdentityByEmail(call.db, emailKey(email))
  return { kind, organisation, name, email, roles: [...roles] as Role[], isKnown: known !== undefined }
}

export async function judgeInvitation(
  beforehand: Beforehand,
  input: { readonly token: string; readonly name?: string | undefined; readonly password?: string | undefined },
): Promise<Chosen | undefined> {
  if (input.password === undefined) return undefined
  const invitation = await beforehand.services.database.outside((db) =>
    openInvitation({ db, now: beforehand.now }, input.token),
  )
  const { name, email, organisation } = invitation
  return choosePassword(beforehand, input.password, [organisation, input.name ?? name, email])
}

export async function acceptInvitation(
  call: Call,
  input: { readonly token: string; readonly name?: string | undefined },
  chosen: Chosen | undefined,
): Promise<Personal<Arrival>> {
  const { db, now, principal } = call
  const invitation = await openInvitation(call, input.token)
  const { organisationId, roles, untilOn } = invitation
  await call.speakFor(organisationId)
  // A second request with the same link waits here, and then finds it used.
  if (!(await markInvitationUsed(db, invitation.id, now))) throw refuseInvitation('over')
  const known = await findIdentityByEmail(db, emailKey(invitation.email))
  if (invitation.kind === 'recover') {
    if (!chosen) throw refuseInvitation('no-password')
    if (!known || !(await mayRecover(call, known.id, invitation))) throw refuseInvitation('over')
    await deleteFactors(db, known.id)
    await deleteSessions(db, known.id)
    await setPassword(db, known.id, { hash: chosen.hash, standsAlone: true, at: now })
    return begin(call, known.id, { invitation: invitation.id, recovered: true })
  }
  if (known) {
    const isThem = principal.kind === 'member' || (principal.kind === 'identity' && !principal.isArriving)
    if (!isThem || principal.identityId !== known.id) throw refuseInvitation('sign-in-first')
    const memberId = await join(call, known.id, invitation)
    return {
      output: { next: 'done', means: [] },
      identityId: known.id,
      // Whom else they serve learns nothing of it.
      organisationId,
      subjects: [`member:${memberId}`],
      payload: { invitation: invitation.id, roles: [...roles], untilOn: untilOn ?? null },
    }
  }
  if (!chosen || input.name === undefined) throw refuseInvitation('no-name')
  const person = { name: input.name, email: invitation.email }
  const identityId = await newIdentity(call, person, chosen.hash)
  if (identityId === undefined) throw refuseInvitation('sign-in-first')
  const memberId = await join(call, identityId, invitation)
  return begin(call, identityId, { invitation: invitation.id, member: memberId, roles: [...roles] })
}

async function join(
  call: Call,
  identityId: number,
  invitation: {
    readonly roles: readonly string[]
    readonly untilOn: string | null
    readonly madeBy: string
    readonly name: string
    readonly email: string
  },
): Promise<number> {
  const { db, now } = call
  const { untilOn, madeBy } = invitation
  const roles = invitation.roles as readonly Role[]
  const memberId = await insertMember(db, { identityId, roles, untilOn, madeBy, at: now })
  // Also where they are disabled: what an invitation says would else undo it, or take an administrator's roles.
  if (memberId === undefined) throw refuseInvitation('member-already')
  await tiePersonByEmail(db, memberId, emailKey(invitation.email))
  const inviter = Number(/^member:(\d{1,15})$/.exec(madeBy)?.[1] ?? 0)
  if (inviter > 0) {
    const news = { kind: 'invitation-used', about: `member:${memberId}`, words: { name: invitation.name } } as const
    await notifyMembers(call, [{ ...news, memberIds: [inviter] }])
  }
  return memberId
}

/**
 * Whether a recovery link still may do what it could when it was made: its holder serves the organisation, and no other
 * one whose administrators had no say in it, unless whoever runs Vigil made it.
 */
async function mayRecover(
  { db }: Call,
  identityId: number,
  { organisationId, madeBy }: { readonly organisationId: number; readonly madeBy: string },
): Promise<boolean> {
  await lockIdentity(db, identityId)
  const served = await listMemberships(db, identityId)
  if (!served.some((one) => one.organisationId === organisationId)) return false
  return madeBy.startsWith('operator:') || (await countMemberships(db, identityId)) === 1
}

async function openInvitation({ db, now }: Pick<Call, 'db' | 'now'>, token: string) {
  const hash = hashToken(token, 'invite')
  const found = hash && (await findInvitation(db, hash))
  if (!found || found.usedAt !== null || found.withdrawnAt !== null || found.expiresAt <= now) {
    throw refuseInvitation('over')
  }
  return found
}

/** A new sign-in has no second factor yet, so its password stands alone at first. */
async function choosePassword({ services }: Beforehand, password: string, context: readonly string[]): Promise<Chosen> {
  const problem = await checkPassword(password, { context, standsAlone: true, breached: services.breached })
  if (problem !== undefined) throw refusePassword(problem)
  return { hash: await hashPassword(password) }
}

async function newIdentity(
  { db, now }: Call,
  { name, email }: { readonly name: string; readonly email: string },
  hash: string,
): Promise<number | undefined> {
  const made = { name, email, emailKey: emailKey(email), at: now }
  const identityId = await insertIdentity(db, made)
  if (identityId !== undefined) await setPassword(db, identityId, { hash, standsAlone: true, at: now })
  return identityId
}

async function begin(
  call: Call,
  identityId: number,
  payload: Readonly<Record<string, string | number | boolean | readonly string[]>>,
): Promise<Personal<Arrival>> {
  const identity = await lockIdentity(call.db, identityId)
  if (!identity) throw refuseInvitation('over')
  await replaceSession(call)
  const output = await arrive(call, identity, ['password'])
  return { output, identityId, subjects: [`identity:${identityId}`], payload: { ...payload } }
}

function isTimeZone(zone: string): boolean {
  return zone === 'UTC' || Intl.supportedValuesOf('timeZone').includes(zone)
}
