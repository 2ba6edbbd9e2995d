/** The rows of members, their invitations, and the tokens of programs. */
import type { Role } from '#platform/contract.ts'
import { type Database, type Db, sql } from '#platform/database.ts'

export interface InvitationFound {
  readonly id: number
  readonly organisationId: number
  readonly organisation: string
  readonly kind: 'join' | 'recover'
  readonly name: string
  readonly email: string
  readonly roles: readonly string[]
  readonly untilOn: string | null
  readonly memberId: number | null
  readonly madeBy: string
  readonly expiresAt: Date
  readonly usedAt: Date | null
  readonly withdrawnAt: Date | null
}

/** Finds an invitation by the digest of its link, whichever organisation it is of. */
export async function findInvitation(db: Db, hash: Buffer): Promise<InvitationFound | undefined> {
  const { rows } = await sql<InvitationFound>`
    select id, organisation_id as "organisationId", organisation, kind, name, email, roles, until_on as "untilOn",
      member_id as "memberId", made_by as "madeBy", expires_at as "expiresAt", used_at as "usedAt",
      withdrawn_at as "withdrawnAt"
    from find_invitation(${hash})`.execute(db)
  return rows[0]
}

/** Uses an invitation up; false where that was done, or it was withdrawn, in the meantime. */
export async function markInvitationUsed(db: Db, id: number, at: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update invitation set used_at = ${at} where id = ${id} and used_at is null and withdrawn_at is null`.execute(db)
  return numAffectedRows === 1n
}

/** Makes somebody a member; undefined where they are one, disabled or not. */
export async function insertMember(
  db: Db,
  member: {
    identityId: number
    roles: readonly Role[]
    untilOn: string | null
    madeBy: string
    at: Date
  },
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    insert into member (identity_id, roles, until_on, made_by, created_at)
    values (${member.identityId}, ${[...member.roles]}::text[], ${member.untilOn}, ${member.madeBy}, ${member.at})
    on conflict (organisation_id, identity_id) do nothing returning id`.execute(db)
  return rows[0]?.id
}

/** Whether somebody with this address is a member, disabled or not. */
export async function hasMemberByEmail(db: Db, emailKey: string): Promise<boolean> {
  const { rows } = await sql`
    select from member join identity on identity.id = member.identity_id
    where identity.email_key = ${emailKey}`.execute(db)
  return rows.length > 0
}

/** Ties a member to the one person whom lists name by that address; to nobody where there is none or several. */
export async function tiePersonByEmail(db: Db, memberId: number, emailKey: string): Promise<void> {
  await sql`
    update member set person_id = (
      select min(person_id) from person_fact
      where email_key = ${emailKey} and absent_from is null and person_id is not null
      having count(distinct person_id) = 1)
    where id = ${memberId}`.execute(db)
}

/** Ties members to people whom a list has named since. */
export async function tieMembersToPeople(db: Db): Promise<void> {
  await sql`
    update member set person_id = found.person_id
    from (
      select member.id, min(fact.person_id) as person_id
      from member join identity on identity.id = member.identity_id
      join person_fact fact on fact.email_key = identity.email_key and fact.absent_from is null
      where member.person_id is null and fact.person_id is not null
      group by member.id having count(distinct fact.person_id) = 1
    ) found
    where member.id = found.id`.execute(db)
}

export interface MemberRow {
  readonly id: number
  readonly identityId: number
  readonly name: string
  readonly email: string
  readonly roles: readonly string[]
  readonly untilOn: string | null
  readonly disabledAt: Date | null
  readonly personId: number | null
  readonly hasSecondFactor: boolean
  readonly lastSeenAt: Date | null
  readonly createdAt: Date
}

const memberColumns = sql`
  member.id, member.identity_id as "identityId", identity.name, identity.email, member.roles, member.until_on as "untilOn",
  member.disabled_at as "disabledAt", member.person_id as "personId", member.created_at as "createdAt",
  identity.totp_confirmed_at is not null
    or exists (select from identity_passkey where identity_id = identity.id) as "hasSecondFactor",
  -- Of somebody who serves others too, when they were here last would tell when they worked there.
  case when count_memberships(identity.id) = 1
    then (select max(seen_at) from session where identity_id = identity.id and not is_arriving) end as "lastSeenAt"`

/** Members by name. */
export async function listMemberRows(
  db: Db,
  page: { limit: number; after: { name: string; id: number } | undefined },
): Promise<readonly MemberRow[]> {
  const { after, limit } = page
  const { rows } = await sql<MemberRow>`
    select ${memberColumns} from member join identity on identity.id = member.identity_id
    where ${after === undefined ? sql`true` : sql`(identity.name, member.id) > (${after.name}, ${after.id})`}
    order by identity.name, member.id limit ${limit}`.execute(db)
  return rows
}

export async function lockMember(db: Db, id: number): Promise<MemberRow | undefined> {
  const { rows } = await sql<MemberRow>`
    select ${memberColumns} from member join identity on identity.id = member.identity_id
    where member.id = ${id} for update of member`.execute(db)
  return rows[0]
}

/** Locks all administrators, so that the last two cannot remove each other at once; the ids of those who can act. */
export async function lockAdministrators(db: Db, today: string): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from member
    where 'administrator' = any (roles) and disabled_at is null and (until_on is null or until_on >= ${today})
    order by id for update`.execute(db)
  return rows.map(({ id }) => id)
}

export async function setMemberRoles(
  db: Db,
  id: number,
  set: { roles: readonly Role[]; untilOn: string | null },
): Promise<void> {
  await sql`
    update member set roles = ${[...set.roles]}::text[], until_on = ${set.untilOn} where id = ${id}`.execute(db)
}

export async function setMemberDisabled(db: Db, id: number, at: Date | null): Promise<void> {
  await sql`update member set disabled_at = ${at} where id = ${id}`.execute(db)
}

/** How many organisations an identity belongs to, these days or not. */
export async function countMemberships(db: Db, identityId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count_memberships(${identityId}) as count`.execute(db)
  return rows[0]?.count ?? 0
}

export interface InvitationRow {
  readonly id: number
  readonly kind: 'join' | 'recover'
  readonly name: string
  readonly email: string
  readonly roles: readonly string[]
  readonly madeAt: Date
  readonly expiresAt: Date
}

export async function insertInvitation(
  db: Db,
  invitation: {
    kind: 'join' | 'recover'
    name: string
    email: string
    roles: readonly string[]
    untilOn: string | null
    memberId: number | null
    tokenHash: Buffer
    madeBy: string
    madeAt: Date
    expiresAt: Date
  },
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into invitation
      (kind, name, email, roles, until_on, member_id, token_hash, made_by, made_at, expires_at)
    values (${invitation.kind}, ${invitation.name}, ${invitation.email}, ${[...invitation.roles]}::text[],
      ${invitation.untilOn}, ${invitation.memberId}, ${invitation.tokenHash}, ${invitation.madeBy},
      ${invitation.madeAt}, ${invitation.expiresAt})
    returning id`.execute(db)
  return rows[0]?.id ?? 0
}

/** Invitations that wait, the newest first. */
export async function listInvitationRows(
  db: Db,
  page: { limit: number; before: number | undefined; now: Date },
): Promise<readonly InvitationRow[]> {
  const { rows } = await sql<InvitationRow>`
    select id, kind, name, email, roles, made_at as "madeAt", expires_at as "expiresAt" from invitation
    where used_at is null and withdrawn_at is null and expires_at > ${page.now}
      and ${page.before === undefined ? sql`true` : sql`id < ${page.before}`}
    order by id desc limit ${page.limit}`.execute(db)
  return rows
}

export async function setInvitationWithdrawn(db: Db, id: number, at: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update invitation set withdrawn_at = ${at}
    where id = ${id} and used_at is null and withdrawn_at is null`.execute(db)
  return numAffectedRows === 1n
}

/** Ends the links that would let a member in again. */
export async function withdrawInvitationsOf(db: Db, memberId: number, at: Date): Promise<void> {
  await sql`
    update invitation set withdrawn_at = ${at}
    where member_id = ${memberId} and used_at is null and withdrawn_at is null`.execute(db)
}

export interface TokenRow {
  readonly id: number
  readonly name: string
  readonly scopes: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | null
  readonly usedAt: Date | null
}

export async function insertToken(
  db: Db,
  token: {
    name: string
    tokenHash: Buffer
    scopes: readonly string[]
    madeBy: string
    madeByMember: number | null
    createdAt: Date
    expiresAt: Date
  },
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into api_token (name, token_hash, scopes, made_by, made_by_member, created_at, expires_at)
    values (${token.name}, ${token.tokenHash}, ${[...token.scopes]}::text[], ${token.madeBy}, ${token.madeByMember},
      ${token.createdAt}, ${token.expiresAt})
    returning id`.execute(db)
  return rows[0]?.id ?? 0
}

/** Tokens, the newest first. */
export async function listTokenRows(
  db: Db,
  page: { limit: number; before: number | undefined },
): Promise<readonly TokenRow[]> {
  const { rows } = await sql<TokenRow>`
    select id, name, scopes, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt",
      used_at as "usedAt"
    from api_token where ${page.before === undefined ? sql`true` : sql`id < ${page.before}`}
    order by id desc limit ${page.limit}`.execute(db)
  return rows
}

export async function setTokenRevoked(db: Db, id: number, at: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update api_token set revoked_at = ${at} where id = ${id} and revoked_at is null`.execute(db)
  return numAffectedRows === 1n
}

/** Revokes what a member made, whose holder they may be; how many those were. */
export async function revokeTokensOf(db: Db, memberId: number, at: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    update api_token set revoked_at = ${at} where made_by_member = ${memberId} and revoked_at is null`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

export interface OrganisationRow {
  readonly id: number
  readonly name: string
  readonly timeZone: string
}

export async function findOrganisation(db: Db): Promise<OrganisationRow | undefined> {
  const { rows } = await sql<OrganisationRow>`select id, name, time_zone as "timeZone" from organisation`.execute(db)
  return rows[0]
}

export async function setOrganisation(db: Db, set: { name: string; timeZone: string }): Promise<void> {
  await sql`
    update organisation set name = ${set.name}, time_zone = ${set.timeZone}
    where id = current_organisation()`.execute(db)
}

/** Every organisation of the installation. */
export async function listOrganisationRows(database: Database): Promise<readonly OrganisationRow[]> {
  return database.asOwner(async (client) => {
    const { rows } = await client.query<OrganisationRow>(
      'select id, name, time_zone as "timeZone" from organisation order by id',
    )
    return rows
  })
}

export async function addOrganisationRow(db: Db, name: string, timeZone: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`select add_organisation(${name}, ${timeZone}) as id`.execute(db)
  return rows[0]?.id ?? 0
}
