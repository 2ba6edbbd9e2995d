/** Who serves an organisation, by which roles, and the programs that act in its name. */
import { z } from 'zod'
import { day, endpoint, everyMember, id, instant, line, nothing, pageOf, paging, role } from '#platform/contract.ts'

const keepers = ['administrator'] as const
const overseers = ['administrator', 'security-officer', 'privacy-officer', 'auditor'] as const

const organisation = z.object({ id, name: z.string(), timeZone: z.string() })

export const showOrganisation = endpoint({
  name: 'organisation.show',
  method: 'GET',
  path: '/organisation',
  effect: 'read',
  summary: 'See the organisation',
  roles: [...everyMember, 'api-client'],
  input: z.strictObject({}),
  output: organisation,
})

export const changeOrganisation = endpoint({
  name: 'organisation.change',
  method: 'PATCH',
  path: '/organisation',
  effect: 'change',
  summary: 'Rename the organisation, or set its time zone',
  roles: keepers,
  input: z.strictObject({ name: line().optional(), timeZone: line(64).optional() }),
  output: organisation,
})

export const listOrganisations = endpoint({
  name: 'organisations.list',
  method: 'GET',
  path: '/organisations',
  effect: 'read',
  summary: 'List the organisations that this Vigil serves',
  roles: 'operator',
  input: z.strictObject({}),
  output: z.object({ organisations: z.array(organisation) }),
})

export const addOrganisation = endpoint({
  name: 'organisations.add',
  method: 'POST',
  path: '/organisations',
  effect: 'change',
  summary: 'Add an organisation, and invite its first administrator',
  roles: 'operator',
  input: z.strictObject({
    organisation: line(),
    timeZone: line(64),
    name: line(),
    email: z.email().max(254),
  }),
  output: z.object({ organisationId: id, invitationId: id, link: z.string(), expiresAt: instant }),
})

const roles = z
  .array(role)
  .min(1)
  .max(6)
  .refine((all) => new Set(all).size === all.length, 'a role is named once')
  .refine((all) => !all.includes('api-client'), 'a program has a token, not a membership')

const member = z.object({
  id,
  name: z.string(),
  email: z.string(),
  roles: z.array(role),
  state: z.enum(['active', 'disabled', 'ended']),
  untilOn: day.nullable(),
  hasSecondFactor: z.boolean(),
  /** Whether they are tied to somebody on the staff list: a manager sees people by that. */
  isOnStaffList: z.boolean(),
  lastSeenAt: instant.nullable(),
  createdAt: instant,
})

export const listMembers = endpoint({
  name: 'members.list',
  method: 'GET',
  path: '/members',
  effect: 'read',
  summary: 'List the members, by name',
  roles: overseers,
  input: z.strictObject({ ...paging }),
  output: pageOf(member),
})

const link = z.object({
  invitationId: id,
  /** Handed to the person by another way; shown once. */
  link: z.string(),
  expiresAt: instant,
  /** The address that it is sent to as well; null where no mail is set up. */
  sentTo: z.string().nullable(),
})

export const inviteMember = endpoint({
  name: 'members.invite',
  method: 'POST',
  path: '/members/invitations',
  effect: 'change',
  summary: 'Invite somebody by a link that works once',
  roles: keepers,
  input: z.strictObject({ name: line(), email: z.email().max(254), roles, untilOn: day.optional() }),
  output: link,
})

export const listInvitations = endpoint({
  name: 'members.invitations',
  method: 'GET',
  path: '/members/invitations',
  effect: 'read',
  summary: 'List the invitations that wait, the newest first',
  roles: overseers,
  input: z.strictObject({ ...paging }),
  output: pageOf(
    z.object({
      id,
      kind: z.enum(['join', 'recover']),
      name: z.string(),
      email: z.string(),
      roles: z.array(role),
      madeAt: instant,
      expiresAt: instant,
    }),
  ),
})

export const withdrawInvitation = endpoint({
  name: 'members.withdraw-invitation',
  method: 'DELETE',
  path: '/members/invitations/{invitationId}',
  effect: 'change',
  summary: 'Withdraw an invitation',
  roles: keepers,
  input: z.strictObject({ invitationId: id }),
  output: nothing,
})

export const changeMember = endpoint({
  name: 'members.change',
  method: 'PATCH',
  path: '/members/{memberId}',
  effect: 'change',
  summary: 'Change what a member may do, and until when',
  roles: keepers,
  input: z.strictObject({ memberId: id, roles, untilOn: day.nullable() }),
  output: nothing,
})

export const disableMember = endpoint({
  name: 'members.disable',
  method: 'POST',
  path: '/members/{memberId}/disable',
  effect: 'change',
  summary: 'Refuse a member by every way in, at once',
  roles: keepers,
  input: z.strictObject({ memberId: id }),
  output: z.object({ endedSessions: z.int(), endedTokens: z.int() }),
})

export const enableMember = endpoint({
  name: 'members.enable',
  method: 'POST',
  path: '/members/{memberId}/enable',
  effect: 'change',
  summary: 'Let a disabled member in again',
  roles: keepers,
  input: z.strictObject({ memberId: id }),
  output: nothing,
})

export const recoverMember = endpoint({
  name: 'members.recover',
  method: 'POST',
  path: '/members/{memberId}/recover',
  effect: 'change',
  summary: 'Make a link by which a member who lost their sign-in sets it up anew',
  roles: keepers,
  input: z.strictObject({ memberId: id }),
  output: link,
})

export const endMemberSessions = endpoint({
  name: 'members.end-sessions',
  method: 'POST',
  path: '/members/{memberId}/end-sessions',
  effect: 'change',
  summary: 'Sign a member out everywhere, at once',
  roles: ['administrator', 'security-officer'],
  input: z.strictObject({ memberId: id }),
  output: z.object({ ended: z.int() }),
})

const token = z.object({
  id,
  name: z.string(),
  scopes: z.array(z.string()),
  state: z.enum(['works', 'lapsed', 'revoked']),
  createdAt: instant,
  expiresAt: instant,
  usedAt: instant.nullable(),
})

export const listTokens = endpoint({
  name: 'tokens.list',
  method: 'GET',
  path: '/tokens',
  effect: 'read',
  summary: 'List the tokens of programs, the newest first',
  roles: overseers,
  input: z.strictObject({ ...paging }),
  output: pageOf(token),
})

export const listScopes = endpoint({
  name: 'tokens.scopes',
  method: 'GET',
  path: '/tokens/scopes',
  effect: 'read',
  summary: 'List what a token may be allowed',
  roles: overseers,
  input: z.strictObject({}),
  output: z.object({ scopes: z.array(z.object({ name: z.string(), endpoints: z.array(z.string()) })) }),
})

export const createToken = endpoint({
  name: 'tokens.create',
  method: 'POST',
  path: '/tokens',
  effect: 'change',
  summary: 'Make a token for a program; it is shown once',
  roles: keepers,
  input: z.strictObject({
    name: line(),
    /** `<slice>:read` or `<slice>:change`. */
    scopes: z
      .array(z.string().regex(/^[a-z-]+:(read|change)$/))
      .min(1)
      .max(50),
    expiresOn: day,
  }),
  output: z.object({ tokenId: id, token: z.string(), expiresAt: instant }),
})

export const revokeToken = endpoint({
  name: 'tokens.revoke',
  method: 'DELETE',
  path: '/tokens/{tokenId}',
  effect: 'change',
  summary: 'Revoke a token at once',
  roles: keepers,
  input: z.strictObject({ tokenId: id }),
  output: nothing,
})
