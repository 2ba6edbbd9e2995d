/** The rows of identities, their factors and sessions. They belong to persons, so none of them has an organisation. */
import type { Role } from '#platform/contract.ts'
import { type Database, type Db, sql } from '#platform/database.ts'

export interface SessionFound {
  readonly sessionId: number
  readonly identityId: number
  readonly isArriving: boolean
  readonly seenAt: Date
  readonly expiresAt: Date
  readonly provedAt: Date
  readonly means: readonly string[]
  /** The membership by which they serve the organisation wanted, else the one chosen, else the first. */
  readonly memberId: number | null
  readonly organisationId: number | null
  readonly roles: readonly string[] | null
  readonly timeZone: string | null
}

export async function findSession(
  database: Database,
  hash: Buffer,
  wanted: number | undefined,
): Promise<SessionFound | undefined> {
  const [row] = await database.ask<SessionFound>(
    'find-session',
    `select session_id as "sessionId", identity_id as "identityId", is_arriving as "isArriving", seen_at as "seenAt",
       expires_at as "expiresAt", proved_at as "provedAt", means, member_id as "memberId",
       organisation_id as "organisationId", roles, time_zone as "timeZone"
     from find_session($1, $2)`,
    [hash, wanted ?? null],
  )
  return row
}

export async function touchSession(database: Database, sessionId: number, now: Date): Promise<void> {
  await database.ask('touch-session', 'update session set seen_at = $2 where id = $1 and seen_at < $2', [
    sessionId,
    now,
  ])
}

export interface TokenFound {
  readonly tokenId: number
  readonly organisationId: number
  readonly scopes: readonly string[]
  readonly expiresAt: Date
  readonly usedAt: Date | null
  readonly timeZone: string
}

export async function findApiToken(database: Database, hash: Buffer): Promise<TokenFound | undefined> {
  const [row] = await database.ask<TokenFound>(
    'find-api-token',
    `select token_id as "tokenId", organisation_id as "organisationId", scopes, expires_at as "expiresAt",
       used_at as "usedAt", time_zone as "timeZone"
     from find_api_token($1)`,
    [hash],
  )
  return row
}

export function touchApiToken(database: Database, organisationId: number, tokenId: number, now: Date): Promise<void> {
  return database.inOrganisation(organisationId, async (db) => {
    await sql`update api_token set used_at = ${now} where id = ${tokenId}`.execute(db)
  })
}

export interface Identity {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly passwordHash: string | null
  readonly standsAlone: boolean
  readonly totp: Buffer | null
  readonly totpConfirmedAt: Date | null
  readonly totpStep: number
  readonly disabledAt: Date | null
  readonly passkeys: number
  readonly recoveryCodesLeft: number
}

const identityColumns = sql`
  identity.id, identity.name, identity.email, identity.password_hash as "passwordHash",
  identity.password_stands_alone as "standsAlone", identity.totp, identity.totp_confirmed_at as "totpConfirmedAt",
  identity.totp_step as "totpStep", identity.disabled_at as "disabledAt",
  (select count(*) from identity_passkey where identity_id = identity.id) as passkeys,
  (select count(*) from identity_recovery_code where identity_id = identity.id and used_at is null)
    as "recoveryCodesLeft"`

/** What a sign-in is begun by, read without a transaction: hashing takes a while. */
export async function findPasswordOf(
  database: Database,
  emailKey: string,
): Promise<{ readonly identityId: number; readonly passwordHash: string | null } | undefined> {
  const [row] = await database.ask<{ identityId: number; passwordHash: string | null }>(
    'find-password',
    'select id as "identityId", password_hash as "passwordHash" from identity where email_key = $1',
    [emailKey],
  )
  return row
}

export async function findPasswordById(database: Database, id: number) {
  const [row] = await database.ask<{ passwordHash: string | null; name: string; email: string; hasFactor: boolean }>(
    'find-password-by-id',
    `select password_hash as "passwordHash", name, email, totp_confirmed_at is not null
       or exists (select from identity_passkey where identity_id = identity.id) as "hasFactor"
     from identity where id = $1`,
    [id],
  )
  return row
}

export async function findIdentityByEmail(db: Db, emailKey: string): Promise<Identity | undefined> {
  const { rows } = await sql<Identity>`
    select ${identityColumns} from identity where email_key = ${emailKey}`.execute(db)
  return rows[0]
}

/** Reads and locks an identity, so that two requests cannot spend one code, nor remove each the other's last factor. */
export async function lockIdentity(db: Db, id: number): Promise<Identity | undefined> {
  // Read only once it is locked: a statement that had to wait still counts the factors that there were before.
  await sql`select from identity where id = ${id} for no key update`.execute(db)
  const { rows } = await sql<Identity>`select ${identityColumns} from identity where id = ${id}`.execute(db)
  return rows[0]
}

export async function insertIdentity(
  db: Db,
  made: { name: string; email: string; emailKey: string; at: Date },
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    insert into identity (name, email, email_key, created_at)
    values (${made.name}, ${made.email}, ${made.emailKey}, ${made.at})
    on conflict (email_key) do nothing returning id`.execute(db)
  return rows[0]?.id
}

export async function setPassword(
  db: Db,
  id: number,
  set: { hash: string; standsAlone: boolean; at: Date },
): Promise<void> {
  await sql`
    update identity set password_hash = ${set.hash}, password_stands_alone = ${set.standsAlone},
      password_set_at = ${set.at} where id = ${id}`.execute(db)
}

/** Renews the hash of a password that stays the same. */
export async function setPasswordHash(db: Db, id: number, hash: string): Promise<void> {
  await sql`update identity set password_hash = ${hash} where id = ${id}`.execute(db)
}

export async function setTotp(db: Db, id: number, sealed: Buffer): Promise<void> {
  await sql`update identity set totp = ${sealed}, totp_confirmed_at = null, totp_step = 0 where id = ${id}`.execute(db)
}

export async function confirmTotpRow(db: Db, id: number, step: number, at: Date): Promise<void> {
  await sql`update identity set totp_confirmed_at = ${at}, totp_step = ${step} where id = ${id}`.execute(db)
}

export async function setTotpStep(db: Db, id: number, step: number): Promise<void> {
  await sql`update identity set totp_step = ${step} where id = ${id}`.execute(db)
}

export async function clearTotp(db: Db, id: number): Promise<void> {
  await sql`update identity set totp = null, totp_confirmed_at = null, totp_step = 0 where id = ${id}`.execute(db)
}

export async function replaceRecoveryCodes(db: Db, id: number, hashes: readonly Buffer[]): Promise<void> {
  await sql`delete from identity_recovery_code where identity_id = ${id}`.execute(db)
  await sql`
    insert into identity_recovery_code (identity_id, hash)
    select ${id}, unnest(${[...hashes]}::bytea[])`.execute(db)
}

/** Spends a code; false where it is none or was spent. */
export async function spendRecoveryCode(db: Db, id: number, hash: Buffer, at: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update identity_recovery_code set used_at = ${at}
    where identity_id = ${id} and hash = ${hash} and used_at is null`.execute(db)
  return numAffectedRows === 1n
}

export interface PasskeyRow {
  readonly id: number
  readonly identityId: number
  readonly credentialId: string
  readonly publicKey: Buffer
  readonly counter: number
  readonly transports: readonly string[]
  readonly aaguid: string
  readonly backedUp: boolean
  readonly name: string
  readonly createdAt: Date
  readonly usedAt: Date | null
}

const passkeyColumns = sql`
  id, identity_id as "identityId", credential_id as "credentialId", public_key as "publicKey", counter, transports, aaguid,
  backed_up as "backedUp", name, created_at as "createdAt", used_at as "usedAt"`

export async function listPasskeyRows(db: Db, identityId: number): Promise<readonly PasskeyRow[]> {
  const { rows } = await sql<PasskeyRow>`
    select ${passkeyColumns} from identity_passkey where identity_id = ${identityId} order by id`.execute(db)
  return rows
}

/** Whose a passkey is: their identity is locked before it. */
export async function findPasskeyOwner(db: Db, credentialId: string): Promise<number | undefined> {
  const { rows } = await sql<{ identityId: number }>`
    select identity_id as "identityId" from identity_passkey where credential_id = ${credentialId}`.execute(db)
  return rows[0]?.identityId
}

/** Reads and locks a passkey, so that its counter goes up once a use. */
export async function lockPasskey(db: Db, credentialId: string): Promise<PasskeyRow | undefined> {
  const { rows } = await sql<PasskeyRow>`
    select ${passkeyColumns} from identity_passkey where credential_id = ${credentialId} for update`.execute(db)
  return rows[0]
}

export async function insertPasskey(db: Db, passkey: Omit<PasskeyRow, 'id' | 'usedAt'>): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    insert into identity_passkey
      (identity_id, credential_id, public_key, counter, transports, aaguid, backed_up, name, created_at)
    values (${passkey.identityId}, ${passkey.credentialId}, ${passkey.publicKey}, ${passkey.counter},
      ${[...passkey.transports]}::text[], ${passkey.aaguid}, ${passkey.backedUp}, ${passkey.name}, ${passkey.createdAt})
    on conflict do nothing returning id`.execute(db)
  return rows[0]?.id
}

export async function setPasskeyUsed(
  db: Db,
  id: number,
  used: { counter: number; backedUp: boolean; at: Date },
): Promise<void> {
  await sql`
    update identity_passkey set counter = ${used.counter}, backed_up = ${used.backedUp}, used_at = ${used.at}
    where id = ${id}`.execute(db)
}

export async function deletePasskey(db: Db, identityId: number, id: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from identity_passkey where id = ${id} and identity_id = ${identityId}`.execute(db)
  return numAffectedRows === 1n
}

/** Takes every factor away, for a sign-in that is set up anew. */
export async function deleteFactors(db: Db, identityId: number): Promise<void> {
  await sql`delete from identity_passkey where identity_id = ${identityId}`.execute(db)
  await deleteRecoveryCodes(db, identityId)
  await clearTotp(db, identityId)
}

export async function deleteRecoveryCodes(db: Db, identityId: number): Promise<void> {
  await sql`delete from identity_recovery_code where identity_id = ${identityId}`.execute(db)
}

export interface SessionRow {
  readonly id: number
  readonly browser: string
  readonly address: string
  readonly means: readonly string[]
  readonly isArriving: boolean
  readonly createdAt: Date
  readonly seenAt: Date
  readonly expiresAt: Date
}

export async function insertSession(
  db: Db,
  session: {
    identityId: number
    tokenHash: Buffer
    isArriving: boolean
    means: readonly string[]
    browser: string
    address: string
    at: Date
    expiresAt: Date
  },
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into session
      (identity_id, token_hash, is_arriving, means, proved_at, browser, address, created_at, seen_at, expires_at)
    values (${session.identityId}, ${session.tokenHash}, ${session.isArriving}, ${[...session.means]}::text[],
      ${session.at}, ${session.browser}, ${session.address}, ${session.at}, ${session.at}, ${session.expiresAt})
    returning id`.execute(db)
  return rows[0]?.id ?? 0
}

export interface SessionLocked extends SessionRow {
  readonly identityId: number
  readonly provedAt: Date
}

export async function lockSession(db: Db, id: number): Promise<SessionLocked | undefined> {
  const { rows } = await sql<SessionLocked>`
    select id, identity_id as "identityId", browser, address, means, is_arriving as "isArriving",
      created_at as "createdAt", seen_at as "seenAt", expires_at as "expiresAt", proved_at as "provedAt"
    from session where id = ${id} for update`.execute(db)
  return rows[0]
}

export async function listSessionRows(db: Db, identityId: number, now: Date): Promise<readonly SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    select id, browser, address, means, is_arriving as "isArriving", created_at as "createdAt", seen_at as "seenAt",
      expires_at as "expiresAt"
    from session where identity_id = ${identityId} and expires_at > ${now} order by seen_at desc, id desc
    limit 200`.execute(db)
  return rows
}

export async function deleteSession(db: Db, identityId: number, id: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from session where id = ${id} and identity_id = ${identityId}`.execute(db)
  return numAffectedRows === 1n
}

/** Ends all sessions of an identity but one; how many those were. */
export async function deleteSessions(db: Db, identityId: number, except?: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from session where identity_id = ${identityId} and id is distinct from ${except ?? null}`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

export async function setChosenOrganisation(db: Db, sessionId: number, organisationId: number): Promise<void> {
  await sql`update session set chosen_organisation = ${organisationId} where id = ${sessionId}`.execute(db)
}

export async function insertChallenge(
  db: Db,
  challenge: { text: string; identityId: number | undefined; expiresAt: Date },
): Promise<void> {
  await sql`
    insert into sign_in_challenge (challenge, identity_id, expires_at)
    values (${challenge.text}, ${challenge.identityId ?? null}, ${challenge.expiresAt})`.execute(db)
}

/** Spends a challenge; false where there is no such one any more. */
export async function spendChallenge(
  db: Db,
  challenge: { text: string; identityId: number | undefined; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from sign_in_challenge
    where challenge = ${challenge.text} and identity_id is not distinct from ${challenge.identityId ?? null}
      and expires_at > ${challenge.now}`.execute(db)
  return numAffectedRows === 1n
}

export interface Failure {
  readonly key: Buffer
  readonly failures: number
  readonly lastAt: Date
}

/** Reads and locks counts, in the order of their keys, so that no two requests wait for each other. */
export async function lockFailures(db: Db, keys: readonly Buffer[], now: Date): Promise<readonly Failure[]> {
  await sql`
    insert into sign_in_failure (key, failures, last_at)
    select key, 0, ${now} from unnest(${[...keys]}::bytea[]) key order by key on conflict do nothing`.execute(db)
  const { rows } = await sql<Failure>`
    select key, failures, last_at as "lastAt" from sign_in_failure
    where key = any(${[...keys]}::bytea[]) order by key for update`.execute(db)
  return rows
}

/** Notes a failure under keys that are locked; what lies further off than the window is forgotten. */
export async function noteFailure(db: Db, keys: readonly Buffer[], now: Date, windowMs: number): Promise<void> {
  const from = new Date(now.getTime() - windowMs)
  const until = new Date(now.getTime() + windowMs)
  await sql`
    update sign_in_failure set last_at = ${now},
      failures = case when last_at between ${from} and ${until} then failures + 1 else 1 end
    where key = any(${[...keys]}::bytea[])`.execute(db)
}

export async function clearFailures(db: Db, key: Buffer): Promise<void> {
  await sql`update sign_in_failure set failures = 0 where key = ${key}`.execute(db)
}

export async function forgiveFailure(db: Db, key: Buffer): Promise<void> {
  await sql`update sign_in_failure set failures = failures - 1 where key = ${key} and failures > 0`.execute(db)
}

export interface Membership {
  readonly memberId: number
  readonly organisationId: number
  readonly organisation: string
  readonly timeZone: string
  readonly roles: readonly string[]
}

/** The organisations that an identity serves today. */
export async function listMemberships(db: Db, identityId: number): Promise<readonly Membership[]> {
  const { rows } = await sql<Membership>`
    select member_id as "memberId", organisation_id as "organisationId", organisation, time_zone as "timeZone", roles
    from memberships_of(${identityId})`.execute(db)
  return rows
}

/** The roles that an identity holds today, in whichever organisation. */
export async function listRolesOf(database: Database, identityId: number): Promise<readonly Role[]> {
  const rows = await database.ask<{ roles: readonly Role[] }>('list-roles-of', 'select roles from memberships_of($1)', [
    identityId,
  ])
  return rows.flatMap(({ roles }) => roles)
}

/** Removes what no longer works: sessions, challenges, failures. */
export async function deleteExpired(db: Db, now: Date): Promise<void> {
  const dayAgo = new Date(now.getTime() - 86_400_000)
  await sql`delete from session where expires_at < ${now} or seen_at < ${dayAgo}`.execute(db)
  await sql`delete from sign_in_challenge where expires_at < ${now}`.execute(db)
  await sql`delete from sign_in_failure where last_at < ${dayAgo}`.execute(db)
}

export interface SetUp {
  readonly tokenHash: Buffer
  readonly expiresAt: Date
}

/** The link that finishes the set-up; locked, so that two requests cannot both use it. */
export async function findSetUp(db: Db, { isLocked = false } = {}): Promise<SetUp | undefined> {
  const { rows } = await sql<SetUp>`
    select token_hash as "tokenHash", expires_at as "expiresAt" from set_up
    ${isLocked ? sql`for update` : sql``}`.execute(db)
  return rows[0]
}

export async function replaceSetUp(db: Db, setUp: SetUp): Promise<void> {
  await sql`
    insert into set_up (token_hash, expires_at) values (${setUp.tokenHash}, ${setUp.expiresAt})
    on conflict (is_only) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at`.execute(db)
}

export async function deleteSetUp(db: Db): Promise<void> {
  await sql`delete from set_up`.execute(db)
}

export async function hasMembers(db: Db): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`select has_members() as has`.execute(db)
  return rows[0]?.has ?? false
}

/** Names the organisation that an import made, or founds one; undefined once somebody belongs to any. */
export async function foundOrganisation(db: Db, name: string, timeZone: string): Promise<number | undefined> {
  const { rows } = await sql<{ id: number | null }>`select found_organisation(${name}, ${timeZone}) as id`.execute(db)
  return rows[0]?.id ?? undefined
}

/** What the first organisation is called so far, for the form that names it. */
export async function readOrganisation(database: Database): Promise<{ organisation: string | null; timeZone: string }> {
  return database.asOwner(async (client) => {
    const { rows } = await client.query<{ organisation: string; timeZone: string }>(
      'select name as organisation, time_zone as "timeZone" from organisation order by id limit 1',
    )
    return rows[0] ?? { organisation: null, timeZone: 'UTC' }
  })
}

/** Every organisation, for what Vigil does by itself. */
export async function listOrganisations(db: Db): Promise<readonly { id: number; timeZone: string }[]> {
  const { rows } = await sql<{ id: number; timeZone: string }>`
    select id, time_zone as "timeZone" from all_organisations()`.execute(db)
  return rows
}
