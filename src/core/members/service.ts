/**
 * Who serves the organisation, and by which roles. The rules:
 *  - There is always an administrator who can act; nobody disables themselves or takes their own administration away.
 *  - An auditor reads for a limited time.
 *  - A disabled member is refused by every way in from the next request on: sessions in this organisation, tokens that they
 *    made, links that wait.
 *  - An administrator renews the sign-in of somebody who serves this organisation alone. Who serves others too keeps their
 *    sign-in out of the reach of each one's administrators; whoever holds the data directory can help.
 */
import { z } from 'zod'
import type { Call, Recorded } from '#core/door.ts'
import { mailLink } from '#core/notifications/mail.ts'
import { emailKey, invitationLifeMs } from '#core/sign-in/model/rules.ts'
import { makeToken } from '#core/sign-in/model/tokens.ts'
import { deleteSessions } from '#core/sign-in/store.ts'
import type { Role } from '#platform/contract.ts'
import { addDays, type Day, endOfDay } from '#platform/days.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import {
  addOrganisationRow,
  countMemberships,
  findOrganisation,
  hasMemberByEmail,
  insertInvitation,
  insertToken,
  listInvitationRows,
  listMemberRows,
  listOrganisationRows,
  listTokenRows,
  lockAdministrators,
  lockMember,
  type MemberRow,
  revokeTokensOf,
  setInvitationWithdrawn,
  setMemberDisabled,
  setMemberRoles,
  setOrganisation,
  setTokenRevoked,
  type TokenRow,
  withdrawInvitationsOf,
} from './store.ts'

/** The longest that an auditor reads, and a token works, before somebody decides on it anew. */
const longestAuditDays = 366
const longestTokenDays = 366

const refuse = refusals('member', {
  unknown: ['missing', 'There is no such member.', 'list the members to see who there is'],
  'last-administrator': [
    'conflict',
    'Nobody would be left to administer the organisation.',
    'make somebody else an administrator first',
  ],
  yourself: ['conflict', 'You cannot do this to yourself.', 'let another administrator do it'],
  'no-end': ['invalid', 'An auditor reads for a limited time.', 'give a last day within a year'],
  'end-past': ['invalid', 'The last day lies in the past.'],
  'end-late': ['invalid', `The last day is at most ${longestAuditDays} days away.`, 'give an earlier one'],
  there: [
    'conflict',
    'Somebody with this address is a member already.',
    'change what they may do, or let them in again, in the list of members',
  ],
  disabled: ['conflict', 'This member is disabled already.'],
  enabled: ['conflict', 'This member is not disabled.'],
  'serves-others': [
    'forbidden',
    'This person serves other organisations too, so no single one of them renews their sign-in.',
    'let who runs this Vigil do it: vigil call members.recover',
  ],
  'sessions-of-others': [
    'conflict',
    'This person serves other organisations too, and their sessions are those of all.',
    'disable them: their sessions then serve your organisation no more',
  ],
  'unknown-invitation': ['missing', 'There is no such invitation.', 'it may have been used or have run out'],
  'no-zone': ['invalid', 'There is no such time zone.', 'name it as Europe/Berlin or America/Chicago'],
})

const refuseToken = refusals('token', {
  unknown: ['missing', 'There is no such token.', 'it may have been revoked already'],
  'unknown-scope': ['invalid', 'There is no scope {scope}.', 'list the scopes to see what there is'],
  'ends-past': ['invalid', 'The last day of a token lies after today.'],
  'ends-late': ['invalid', `A token works for at most ${longestTokenDays} days.`, 'give an earlier last day'],
})

type Done<O> = Recorded & { readonly output: O }

export async function showOrganisation({ db }: Call) {
  const found = await findOrganisation(db)
  if (!found) throw refuse('unknown')
  return found
}

export async function changeOrganisation(
  call: Call,
  input: { readonly name?: string | undefined; readonly timeZone?: string | undefined },
) {
  const before = await showOrganisation(call)
  const after = { ...before, name: input.name ?? before.name, timeZone: input.timeZone ?? before.timeZone }
  judgeTimeZone(after.timeZone)
  await setOrganisation(call.db, after)
  const payload = {
    name: after.name,
    timeZone: after.timeZone,
    before: { name: before.name, timeZone: before.timeZone },
  }
  return { output: after, subjects: [`organisation:${before.id}`], payload }
}

export async function listOrganisations({ services }: Call) {
  return { organisations: [...(await listOrganisationRows(services.database))] }
}

/** Adds an organisation; its own ledger begins with that. */
export async function addOrganisation(
  call: Call,
  input: { readonly organisation: string; readonly timeZone: string; readonly name: string; readonly email: string },
) {
  const { organisation, timeZone, name, email } = input
  judgeTimeZone(timeZone)
  const organisationId = await addOrganisationRow(call.db, organisation, timeZone)
  await call.speakFor(organisationId)
  const roles: readonly Role[] = ['administrator', 'security-officer', 'privacy-officer']
  const made = await makeLink(call, {
    kind: 'join',
    name,
    email,
    roles,
    untilOn: null,
    memberId: null,
    isMailed: false,
  })
  const payload = { organisation: organisationId, called: organisation, timeZone, invitation: made.output.invitationId }
  const output = { organisationId, ...made.output }
  return { output, subjects: [`organisation:${organisationId}`], payload, identityId: undefined, organisationId }
}

function judgeTimeZone(zone: string): void {
  if (zone !== 'UTC' && !Intl.supportedValuesOf('timeZone').includes(zone)) throw refuse('no-zone')
}

const memberPlace = z.tuple([z.string(), placeId])
const rowPlace = z.tuple([placeId])

export async function listMembers(
  { db, today }: Call,
  input: { readonly limit: number; readonly after?: string | undefined },
) {
  const [name, id] = input.after === undefined ? [] : readCursor(memberPlace, input.after)
  const after = name === undefined || id === undefined ? undefined : { name, id }
  const rows = await listMemberRows(db, { limit: input.limit + 1, after })
  const { items, next } = pageFrom(rows, input.limit, (last) => [last.name, last.id])
  return { items: items.map((row) => memberOf(row, today)), next }
}

export interface Invited {
  readonly invitationId: number
  readonly link: string
  readonly expiresAt: Date
  /** The address that it is sent to as well; null where no mail is set up. */
  readonly sentTo: string | null
}

export async function inviteMember(
  call: Call,
  input: {
    readonly name: string
    readonly email: string
    readonly roles: readonly Role[]
    readonly untilOn?: Day | undefined
  },
): Promise<Done<Invited>> {
  const untilOn = judgeEnd(call, input.roles, input.untilOn ?? null)
  if (await hasMemberByEmail(call.db, emailKey(input.email))) throw refuse('there')
  return makeLink(call, { kind: 'join', ...input, untilOn, memberId: null, isMailed: true })
}

export async function listInvitations(
  { db, now }: Call,
  input: { readonly limit: number; readonly after?: string | undefined },
) {
  const rows = await listInvitationRows(db, { limit: input.limit + 1, before: idAfter(input.after), now })
  const { items, next } = pageFrom(rows, input.limit, (last) => [last.id])
  return { items: items.map((row) => ({ ...row, roles: row.roles as Role[] })), next }
}

export async function withdrawInvitation(
  { db, now }: Call,
  { invitationId }: { readonly invitationId: number },
): Promise<Done<Record<string, never>>> {
  if (!(await setInvitationWithdrawn(db, invitationId, now))) throw refuse('unknown-invitation')
  return { output: {}, subjects: [`invitation:${invitationId}`], payload: { invitation: invitationId } }
}

export async function changeMember(
  call: Call,
  input: { readonly memberId: number; readonly roles: readonly Role[]; readonly untilOn: Day | null },
): Promise<Done<Record<string, never>>> {
  const { db } = call
  const untilOn = judgeEnd(call, input.roles, input.untilOn)
  const member = await lock(call, input.memberId)
  if (!input.roles.includes('administrator') && member.roles.includes('administrator')) {
    if (isSelf(call, member)) throw refuse('yourself')
    await keepAdministrator(call, member.id)
  } else if (untilOn !== null && member.roles.includes('administrator')) {
    await keepAdministrator(call, member.id)
  }
  await setMemberRoles(db, member.id, { roles: input.roles, untilOn })
  return about(member, {
    roles: [...input.roles],
    untilOn,
    before: { roles: [...member.roles], untilOn: member.untilOn },
  })
}

export async function disableMember(
  call: Call,
  { memberId }: { readonly memberId: number },
): Promise<Done<{ endedSessions: number; endedTokens: number }>> {
  const { db, now } = call
  const member = await lock(call, memberId)
  if (member.disabledAt !== null) throw refuse('disabled')
  if (isSelf(call, member)) throw refuse('yourself')
  if (member.roles.includes('administrator')) await keepAdministrator(call, member.id)
  await setMemberDisabled(db, member.id, now)
  const endedTokens = await revokeTokensOf(db, member.id, now)
  await withdrawInvitationsOf(db, member.id, now)
  // A session may serve other organisations: there it goes on, here it is refused by the membership itself.
  const servesOthers = (await countMemberships(db, member.identityId)) > 1
  const endedSessions = servesOthers ? 0 : await deleteSessions(db, member.identityId)
  return { ...about(member, { endedSessions, endedTokens }), output: { endedSessions, endedTokens } }
}

export async function enableMember(
  call: Call,
  { memberId }: { readonly memberId: number },
): Promise<Done<Record<string, never>>> {
  const member = await lock(call, memberId)
  if (member.disabledAt === null) throw refuse('enabled')
  await setMemberDisabled(call.db, member.id, null)
  return about(member, {})
}

export async function recoverMember(call: Call, { memberId }: { readonly memberId: number }): Promise<Done<Invited>> {
  const member = await lock(call, memberId)
  if (member.disabledAt !== null) throw refuse('disabled')
  if (isSelf(call, member)) throw refuse('yourself')
  const isOperator = call.principal.kind === 'operator'
  if (!isOperator && (await countMemberships(call.db, member.identityId)) > 1) throw refuse('serves-others')
  await withdrawInvitationsOf(call.db, member.id, call.now)
  const { name, email, roles } = member
  // Who runs Vigil speaks for no organisation's mail: they hand the link over.
  const isMailed = !isOperator
  return makeLink(call, { kind: 'recover', name, email, roles, untilOn: null, memberId: member.id, isMailed })
}

export async function endMemberSessions(
  call: Call,
  { memberId }: { readonly memberId: number },
): Promise<Done<{ ended: number }>> {
  const member = await lock(call, memberId)
  // A session serves all organisations of a person: one of them does not end what is the others'.
  if ((await countMemberships(call.db, member.identityId)) > 1) throw refuse('sessions-of-others')
  const ended = await deleteSessions(call.db, member.identityId)
  return { ...about(member, { ended }), output: { ended } }
}

export async function listTokens(
  { db, now }: Call,
  input: { readonly limit: number; readonly after?: string | undefined },
) {
  const rows = await listTokenRows(db, { limit: input.limit + 1, before: idAfter(input.after) })
  const { items, next } = pageFrom(rows, input.limit, (last) => [last.id])
  return { items: items.map((row) => tokenOf(row, now)), next }
}

function tokenOf({ revokedAt, scopes, ...row }: TokenRow, now: Date) {
  const state = revokedAt !== null ? 'revoked' : row.expiresAt <= now ? 'lapsed' : 'works'
  return { ...row, scopes: [...scopes], state: state as 'works' | 'lapsed' | 'revoked' }
}

export async function createToken(
  call: Call,
  input: { readonly name: string; readonly scopes: readonly string[]; readonly expiresOn: Day },
  known: ReadonlySet<string>,
): Promise<Done<{ tokenId: number; token: string; expiresAt: Date }>> {
  const { db, now, today, actor, principal } = call
  const scope = input.scopes.find((one) => !known.has(one))
  if (scope !== undefined) throw refuseToken('unknown-scope', { scope })
  if (input.expiresOn <= today) throw refuseToken('ends-past')
  if (input.expiresOn > addDays(today, longestTokenDays)) throw refuseToken('ends-late')
  const { text, hash } = makeToken('token')
  const expiresAt = endOfDay(input.expiresOn)
  const scopes = [...new Set(input.scopes)].sort()
  const madeByMember = principal.kind === 'member' ? principal.memberId : null
  const { name } = input
  const tokenId = await insertToken(db, {
    name,
    tokenHash: hash,
    scopes,
    madeBy: actor,
    madeByMember,
    createdAt: now,
    expiresAt,
  })
  return {
    output: { tokenId, token: text, expiresAt },
    subjects: [`token:${tokenId}`],
    payload: { token: tokenId, name, scopes, expiresOn: input.expiresOn },
  }
}

export async function revokeToken(
  { db, now }: Call,
  { tokenId }: { readonly tokenId: number },
): Promise<Done<Record<string, never>>> {
  if (!(await setTokenRevoked(db, tokenId, now))) throw refuseToken('unknown')
  return { output: {}, subjects: [`token:${tokenId}`], payload: { token: tokenId } }
}

async function makeLink(
  call: Call,
  wanted: {
    readonly kind: 'join' | 'recover'
    readonly name: string
    readonly email: string
    readonly roles: readonly string[]
    readonly untilOn: Day | null
    readonly memberId: number | null
    readonly isMailed: boolean
  },
): Promise<Done<Invited>> {
  const { db, now, actor, services } = call
  const { text, hash } = makeToken('invite')
  const expiresAt = new Date(now.getTime() + invitationLifeMs)
  const { kind, name, email, untilOn, memberId } = wanted
  const roles = [...wanted.roles]
  const made = { kind, name, email, roles, untilOn, memberId }
  const invitationId = await insertInvitation(db, { ...made, tokenHash: hash, madeBy: actor, madeAt: now, expiresAt })
  // Behind the hash sign, so that it reaches no server's log.
  const link = new URL(`/join#${text}`, services.publicUrl).href
  const sentTo = wanted.isMailed ? await mailLink(call, { id: invitationId, kind, link, email }) : null
  const subjects = [`invitation:${invitationId}`, ...(memberId === null ? [] : [`member:${memberId}`])]
  const payload = { invitation: invitationId, ...made, isMailed: sentTo !== null }
  return { output: { invitationId, link, expiresAt, sentTo }, subjects, payload }
}

async function lock({ db }: Call, memberId: number): Promise<MemberRow> {
  const member = await lockMember(db, memberId)
  if (!member) throw refuse('unknown')
  return member
}

function isSelf({ principal }: Call, member: MemberRow): boolean {
  return principal.kind === 'member' && principal.memberId === member.id
}

async function keepAdministrator({ db, today }: Call, without: number): Promise<void> {
  if ((await lockAdministrators(db, today)).every((id) => id === without)) throw refuse('last-administrator')
}

function judgeEnd({ today }: Call, roles: readonly Role[], untilOn: Day | null): Day | null {
  if (untilOn === null) {
    if (roles.includes('auditor')) throw refuse('no-end')
    return null
  }
  if (untilOn < today) throw refuse('end-past')
  if (untilOn > addDays(today, longestAuditDays)) throw refuse('end-late')
  return untilOn
}

function memberOf(row: MemberRow, today: Day) {
  const { id, name, email, untilOn, hasSecondFactor, lastSeenAt, createdAt, personId } = row
  const state =
    row.disabledAt !== null
      ? ('disabled' as const)
      : untilOn !== null && untilOn < today
        ? ('ended' as const)
        : ('active' as const)
  return {
    id,
    name,
    email,
    roles: row.roles as Role[],
    state,
    untilOn,
    hasSecondFactor,
    isOnStaffList: personId !== null,
    lastSeenAt,
    createdAt,
  }
}

function about(member: MemberRow, payload: Recorded['payload'] & object): Done<Record<string, never>> {
  return { output: {}, subjects: [`member:${member.id}`], payload: { member: member.id, ...payload } }
}

function idAfter(after: string | undefined): number | undefined {
  return after === undefined ? undefined : readCursor(rowPlace, after)[0]
}
