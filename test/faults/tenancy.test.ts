/**
 * No organisation sees, changes or writes what is another's, whatever a statement forgets. Read off the catalogue of a
 * migrated database, so that a table or view of tomorrow is held to it without being named here.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Db, sql } from '#platform/database.ts'
import { openTestDatabase } from '#platform/testing.ts'

const { database, newOrganisation } = await openTestDatabase()

/** Tables that hold nothing of an organisation's: what was migrated, and the lists of the code itself. */
const commonTables = ['migration', 'os_release', 'response_role', 'safeguard']
/** Tables that belong to persons, who may serve several organisations: how they sign in, and where they are signed in. */
const personalTables = [
  'identity',
  'identity_passkey',
  'identity_recovery_code',
  'session',
  'set_up',
  'sign_in_challenge',
  'sign_in_failure',
]
/** Tables that no check has any business with: what those persons sign in with, and what stands for a secret. */
const privateTables = [
  ...personalTables,
  'api_token',
  'calendar_feed',
  'idempotent_answer',
  'invitation',
  'mail',
  'mail_settings',
  'webhook',
]
/** What runs as the owner: who stands at the door, and what is to be done, is asked before there is an organisation. */
const lendingFunctions = [
  'add_organisation(text,text)',
  'all_organisations()',
  'count_memberships(bigint)',
  'due_schedules(timestamp with time zone)',
  'due_webhooks(timestamp with time zone,integer)',
  'find_api_token(bytea)',
  'find_calendar_feed(bytea)',
  'find_invitation(bytea)',
  'find_session(bytea,bigint)',
  'found_organisation(text,text)',
  'has_members()',
  'memberships_of(bigint)',
  'needed_deliveries()',
  'unfinished_jobs(integer)',
]

interface Column {
  readonly name: string
  readonly type: string
  readonly isEnum: boolean
  readonly isGenerated: boolean
  /** Worked out from others: nobody can write it. */
  readonly isComputed: boolean
}

interface Relation {
  readonly name: string
  readonly kind: string
  readonly options: readonly string[] | null
  readonly secured: boolean
  readonly forced: boolean
  readonly columns: readonly Column[]
}

async function asOwner<T extends object>(statement: string, values: readonly unknown[] = []): Promise<readonly T[]> {
  return database.asOwner(async (client) => (await client.query<T>(statement, [...values])).rows)
}

const relations = await asOwner<Relation>(`
  select relation.relname as name, relation.relkind as kind, relation.reloptions as options,
    relation.relrowsecurity as secured, relation.relforcerowsecurity as forced,
    (select json_agg(json_build_object('name', attname, 'type', format_type(atttypid, null),
        'isEnum', (select typtype = 'e' from pg_type where oid = atttypid),
        'isGenerated', attidentity = 'a' or attgenerated <> '', 'isComputed', attgenerated <> '') order by attnum)
      from pg_attribute where attrelid = relation.oid and attnum > 0 and not attisdropped) as columns
  from pg_class relation
  where relation.relnamespace = 'vigil'::regnamespace and relation.relkind in ('r', 'p', 'v', 'm', 'f')
  order by 1`)
const tables = relations.filter(({ kind }) => kind === 'r' || kind === 'p')
const views = relations.filter(({ kind }) => kind === 'v')
const owned = tables.filter(({ columns }) => columns.some(({ name }) => name === 'organisation_id'))

const mine = await newOrganisation('Mine')
const theirs = await newOrganisation('Theirs')
const numberOf: Readonly<Record<string, number>> = { mine: 3_000_001, theirs: 3_000_002 }

/** A value of a column that says whose it is wherever the type has room for that. */
function fillOf(column: Column, whose: 'mine' | 'theirs', labels: ReadonlyMap<string, string>): string {
  if (column.name === 'organisation_id') return String(whose === 'mine' ? mine : theirs)
  if (column.isEnum) return `'${labels.get(column.type)}'`
  const number = String(numberOf[whose])
  const values: Readonly<Record<string, string>> = {
    text: `'${whose}'`,
    'text[]': `array['${whose}', 'person', 'account']`,
    bigint: number,
    integer: '1',
    'double precision': '1',
    boolean: 'true',
    date: `date '2026-11-01'`,
    'timestamp with time zone': `timestamptz '2026-11-01'`,
    interval: `interval '365 days'`,
    bytea: `'${whose}'::bytea`,
    jsonb: `'{"whose": "${whose}"}'`,
    'bigint[]': `array[${number}]`,
    'boolean[]': 'array[true]',
    uuid: 'uuidv7()',
  }
  const value = values[column.type]
  if (value === undefined) throw new Error(`say what a ${column.type} of ${column.name} is filled with`)
  return value
}

// Open intervals are what a database mostly holds, and what views look for.
const leftEmpty = /^(absent_from|observed_until|closed_at|withdrawn_at|superseded_at|ended_at|done_at|answered_at)$/

function insertInto(table: Relation, whose: 'mine' | 'theirs', labels: ReadonlyMap<string, string>): string {
  const filled = table.columns.filter(({ name, isComputed }) => !isComputed && !leftEmpty.test(name))
  const list = filled.map(({ name }) => `"${name}"`).join(', ')
  const values = filled.map((column) => fillOf(column, whose, labels)).join(', ')
  return `insert into "${table.name}" (${list}) overriding system value values (${values})`
}

let labels: ReadonlyMap<string, string> = new Map()

before(async () => {
  labels = new Map(
    (
      await asOwner<{ type: string; label: string }>(`
        select distinct on (enumtypid) format_type(enumtypid, null) as type, enumlabel as label
        from pg_enum order by enumtypid, enumsortorder desc`)
    ).map(({ type, label }) => [type, label]),
  )
  await database.asOwner(async (client) => {
    await client.query('begin')
    // One row of each table for each of the two: what the values mean is no matter here, only whose they are.
    await client.query('set local session_replication_role = replica')
    const checks = await client.query<{ name: string; table: string }>(
      `select conname as name, conrelid::regclass::text as "table" from pg_constraint
       where contype = 'c' and connamespace = 'vigil'::regnamespace`,
    )
    for (const { name, table } of checks.rows) await client.query(`alter table ${table} drop constraint "${name}"`)
    await client.query(`insert into safeguard (name, practice, title, severity, subject_kind, citations)
      values ('access.test', 'access', 'Test', 'low', 'person', '{}')`)
    for (const table of owned) {
      for (const whose of ['mine', 'theirs'] as const) await client.query(insertInto(table, whose, labels))
    }
    await client.query('commit')
  })
})

async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
  return 'not refused'
}

const inMine = <T>(work: (db: Db) => Promise<T>) => database.inOrganisation(mine, work)
const rowsOf = async (db: Db, name: string) =>
  (
    await sql<{ row: Record<string, unknown> }>`select to_jsonb(one) as row from ${sql.table(name)} one`.execute(db)
  ).rows.map(({ row }) => row)

/** Runs as the read-only role of checks. */
async function asCheck<T>(db: Db, work: () => Promise<T>): Promise<T> {
  await sql`set local role ${sql.id(database.checkRole)}`.execute(db)
  return work()
}

test('there are tables and views to hold to this', () => {
  assert.ok(owned.length > 30)
  assert.ok(views.length > 5)
})

test('every table belongs to an organisation, but for a short list', () => {
  const others = tables.filter((table) => !owned.includes(table)).map(({ name }) => name)
  assert.deepEqual(others.sort(), ['organisation', ...commonTables, ...personalTables].sort())
})

test('every table of an organisation forces row-level security, by policies that bind reading and writing', async () => {
  const policies = await asOwner<{
    table: string
    command: string
    using: string
    check: string
    permissive: boolean
    roles: string[]
  }>(
    `select relation.relname as "table", polcmd as command, pg_get_expr(polqual, polrelid) as using,
       pg_get_expr(polwithcheck, polrelid) as check, polpermissive as permissive,
       array(select coalesce(rolname, 'public') from unnest(polroles) role left join pg_roles on pg_roles.oid = role)::text[] as roles
     from pg_policy join pg_class relation on relation.oid = polrelid`,
  )
  const [owner] = await asOwner<{ name: string }>('select current_user::text as name')
  for (const { table, roles } of policies) {
    assert.ok(
      roles.every((role) => role === 'public' || role === owner?.name),
      `${table} has a policy for ${roles}`,
    )
  }
  for (const table of [...owned, ...tables.filter(({ name }) => name === 'organisation')]) {
    assert.ok(table.secured && table.forced, `${table.name} does not force row-level security`)
    const own = policies.filter((policy) => policy.table === table.name && policy.roles.includes('public'))
    assert.equal(own.length, 1, `${table.name} has ${own.length} policies for everybody`)
    assert.equal(own[0]?.command, '*')
    for (const rule of [own[0]?.using, own[0]?.check]) assert.match(rule ?? '', /current_organisation\(\)/, table.name)
  }
})

test('no row of an organisation’s table may be without one', async () => {
  const rows = await asOwner(
    `select attrelid::regclass::text as "table" from pg_attribute
     join pg_class relation on relation.oid = attrelid and relation.relkind = 'r'
       and relation.relnamespace = 'vigil'::regnamespace
     where attname = 'organisation_id' and not attnotnull`,
  )
  assert.deepEqual(rows, [])
})

test('every view reads as whoever asks it, and none is stored', async () => {
  for (const view of views) assert.ok(view.options?.includes('security_invoker=true'), view.name)
  assert.deepEqual(
    relations.filter(({ kind }) => kind === 'm' || kind === 'f'),
    [],
  )
})

test('few functions lend their maker’s rights: the owner’s, by names that no caller can redirect, to the server alone', async () => {
  const [owner] = await asOwner<{ name: string }>('select current_user::text as name')
  const appRole = database.checkRole.replace(/_check$/, '_app')
  const lending = await asOwner<{ name: string; owner: string; settings: string[] | null; callers: string[] }>(
    `select oid::regprocedure::text as name, pg_get_userbyid(proowner)::text as owner, proconfig as settings,
       array(select coalesce(rolname, 'public') from aclexplode(proacl) granted
         left join pg_roles on pg_roles.oid = granted.grantee where granted.privilege_type = 'EXECUTE'
         order by 1)::text[] as callers
     from pg_proc where pronamespace = 'vigil'::regnamespace and prosecdef order by 1`,
  )
  assert.deepEqual(lending.map(({ name }) => name).sort(), [...lendingFunctions].sort())
  for (const { name, owner: whose, settings, callers } of lending) {
    assert.equal(whose, owner?.name, name)
    // What lies in a temporary schema comes last, so that no table of a caller's stands in for one of ours.
    assert.deepEqual(settings, ['search_path=vigil, pg_temp'], name)
    assert.deepEqual(callers, [owner?.name, appRole].sort(), name)
    const call = `select ${name.replace(/\(.*\)/, '')}(${argumentsOf(name)})`
    assert.equal(await refused(inMine((db) => asCheck(db, () => sql.raw(call).execute(db)))), '42501', call)
  }
  assert.deepEqual(
    await asOwner(
      `select proname from pg_proc where prosecdef and pronamespace <> 'vigil'::regnamespace
       and pronamespace <> 'pg_catalog'::regnamespace`,
    ),
    [],
  )
})

/** Nothing, of each of a function's types. */
function argumentsOf(signature: string): string {
  const [, types = ''] = /\((.*)\)/.exec(signature) ?? []
  return types === ''
    ? ''
    : types
        .split(',')
        .map((type) => `null::${type}`)
        .join(', ')
}

test('what lends the owner’s rights gives nothing to who cannot name a secret or an id', async () => {
  for (const [call, values] of [
    ['select * from find_session($1, null)', [Buffer.alloc(32)]],
    ['select * from find_session(null, null)', []],
    ['select * from find_api_token($1)', [Buffer.alloc(32)]],
    ['select * from find_invitation($1)', [Buffer.alloc(32)]],
    ['select * from memberships_of(null)', []],
  ] as const) {
    assert.deepEqual(await database.ask(call, call, values), [], call)
  }
})

test('the server’s role has no power that passes by the policies', async () => {
  const appRole = database.checkRole.replace(/_check$/, '_app')
  for (const role of [appRole, database.checkRole]) {
    assert.deepEqual(
      await asOwner(
        `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = $1`,
        [role],
      ),
      [{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false }],
    )
    // A table's owner could switch its policies off.
    assert.deepEqual(
      await asOwner(`select relname from pg_class where relowner = (select oid from pg_roles where rolname = $1)`, [
        role,
      ]),
      [],
    )
  }
  const { rows } = await inMine((db) => sql<{ user: string }>`select session_user::text as user`.execute(db))
  assert.equal(rows[0]?.user, appRole)
})

test('the server’s role cannot become the owner, nor write migrations, nor touch what makes it safe', async () => {
  const [owner] = await asOwner<{ name: string }>('select current_user::text as name')
  const statements = [
    `set role "${owner?.name}"`,
    `set session authorization "${owner?.name}"`,
    'set local row_security = off; select * from person',
    `insert into migration (name, digest) values ('9999-x.sql', 'x')`,
    `update migration set digest = 'x'`,
    'delete from migration',
    `insert into organisation (name) values ('Third')`,
    `insert into safeguard (name) values ('access.mine')`,
    `update safeguard set severity = 'low'`,
    'delete from safeguard',
    'delete from os_release',
    `update response_role set title = 'x'`,
    'update organisation set id = 9',
    'update organisation set created_at = now()',
    'alter function find_session(bytea, bigint) security invoker',
    `create or replace function has_members() returns boolean language sql as 'select true'`,
    'delete from organisation',
    'alter table person disable row level security',
    'alter table person no force row level security',
    'drop policy tenancy on person',
    'create policy everything on person using (true)',
    'truncate person_fact',
    'alter table ledger_entry disable trigger append_only',
    'set session_replication_role = replica',
    'create table vigil.mine (x int)',
    `select pg_read_file('/etc/passwd')`,
    `copy person to program 'cat'`,
  ]
  for (const statement of statements) {
    assert.equal(await refused(inMine((db) => sql.raw(statement).execute(db))), '42501', statement)
  }
})

test('an organisation renames itself alone', async () => {
  const names = () => asOwner<{ id: number; name: string }>('select id, name from organisation order by id')
  const before = await names()
  await inMine((db) => sql`update organisation set name = 'Renamed'`.execute(db))
  assert.deepEqual(
    await names(),
    before.map((one) => (Number(one.id) === mine ? { ...one, name: 'Renamed' } : one)),
  )
  await inMine((db) => sql`update organisation set name = 'Mine'`.execute(db))
  assert.deepEqual(await names(), before)
})

test('ledger entries are neither deleted nor rewritten, by the server or by the owner', async () => {
  assert.equal(await refused(inMine((db) => sql`delete from ledger_entry`.execute(db))), '42501')
  assert.equal(await refused(inMine((db) => sql`delete from ledger_checkpoint`.execute(db))), '42501')
  assert.equal(await refused(inMine((db) => sql`delete from ledger_log`.execute(db))), '42501')
  for (const change of ["line = 'x'", "leaf_hash = 'x'", "payload = 'x'", "salt = 'x'", 'seq = 9']) {
    assert.equal(
      await refused(inMine((db) => sql.raw(`update ledger_entry set ${change}`).execute(db))),
      'P0001',
      change,
    )
    assert.equal(await refused(asOwner(`update ledger_entry set ${change}`)), 'P0001', change)
  }
  assert.equal(await refused(asOwner('delete from ledger_entry')), 'P0001')
})

test('a statement that says nothing of the organisation sees only its own rows, in every table', async () => {
  for (const { name } of owned) {
    const rows = await inMine((db) => rowsOf(db, name))
    assert.deepEqual(
      rows.map((row) => row['organisation_id']),
      [mine],
      name,
    )
  }
  assert.deepEqual(
    (await inMine((db) => rowsOf(db, 'organisation'))).map(({ id }) => id),
    [mine],
  )
})

test('no view shows anything of another organisation', async () => {
  for (const { name } of views) {
    const said = JSON.stringify(await inMine((db) => rowsOf(db, name)))
    assert.doesNotMatch(said, /theirs|3000002/, name)
  }
  // The rows that were made do reach views: else this would be an empty promise.
  const filled = await Promise.all(views.map(async ({ name }) => (await inMine((db) => rowsOf(db, name))).length > 0))
  assert.ok(filled.filter(Boolean).length >= views.length / 2, `${filled.filter(Boolean).length} of ${views.length}`)
})

test('without an organisation nothing is seen, in any table or view', async () => {
  for (const { name } of [...owned, ...tables.filter((table) => table.name === 'organisation')]) {
    assert.deepEqual(await database.outside((db) => rowsOf(db, name)), [], name)
  }
  for (const { name } of views) {
    const said = JSON.stringify(await database.outside((db) => rowsOf(db, name)))
    assert.doesNotMatch(said, /mine|theirs|300000/, name)
  }
})

test('nothing is written for another organisation, nor given to it, nor changed or deleted there', async () => {
  for (const table of owned) {
    const insert = insertInto(table, 'theirs', labels)
    assert.equal(await refused(inMine((db) => sql.raw(insert).execute(db))), '42501', insert)
    const give = `update "${table.name}" set organisation_id = ${theirs}`
    const given = await refused(inMine((db) => sql.raw(give).execute(db)))
    assert.ok(['42501', 'P0001'].includes(given), `${give}: ${given}`)
  }
  const undo = new Error('undo')
  for (const { name } of owned) {
    const reached = await inMine(async (db) => {
      const { numAffectedRows } = await sql`delete from ${sql.table(name)}`.execute(db)
      assert.ok((numAffectedRows ?? 0n) <= 1n, name)
      throw undo
    }).catch((error: unknown) => (error === undo ? 'one' : ((error as { code?: string }).code ?? String(error))))
    assert.ok(['one', '42501', '23503'].includes(reached), `${name}: ${reached}`)
  }
  for (const { name } of owned) {
    assert.deepEqual(await asOwner(`select count(*) as rows from "${name}"`), [{ rows: 2 }], name)
  }
})

test('checks read, by the same policies, and write nothing; how people sign in they do not even read', async () => {
  for (const name of privateTables) {
    const code = await refused(inMine((db) => asCheck(db, () => rowsOf(db, name))))
    assert.equal(code, '42501', name)
  }
  for (const { name } of owned) {
    if (privateTables.includes(name)) continue
    const rows = await inMine((db) => asCheck(db, () => rowsOf(db, name)))
    assert.deepEqual(
      rows.map((row) => row['organisation_id']),
      [mine],
      name,
    )
  }
  for (const table of tables) {
    for (const statement of [
      table.name === 'migration'
        ? `insert into migration (name, digest) values ('x', 'x')`
        : insertInto(table, 'mine', labels),
      `update "${table.name}" set "${table.columns[0]?.name}" = "${table.columns[0]?.name}"`,
      `delete from "${table.name}"`,
      `truncate "${table.name}"`,
    ]) {
      const code = await refused(inMine((db) => asCheck(db, () => sql.raw(statement).execute(db))))
      // 428C9: a column that is always generated; the privilege is judged after that.
      assert.ok(['42501', '428C9'].includes(code), `${statement}: ${code}`)
    }
  }
  for (const statement of [
    'create table vigil.mine (x int)',
    'create table public.mine (x int)',
    'create schema mine',
  ]) {
    assert.equal(await refused(inMine((db) => asCheck(db, () => sql.raw(statement).execute(db)))), '42501', statement)
  }
})

test('what stands for an organisation’s number becomes a number or nothing: no text reaches the statement', async () => {
  const words = [
    `${theirs}'; set local vigil.organisation = '${theirs}`,
    `0'; select set_config('vigil.organisation', '${theirs}', false); --`,
    `${mine}' or '1'='1`,
    '',
    'null',
    null,
    undefined,
    Number.NaN,
    -1,
    0,
    { toString: () => `'; drop schema vigil cascade; --`, valueOf: () => `'; drop schema vigil cascade; --` },
  ]
  for (const word of words) {
    const seen = await database
      .inOrganisation(word as number, (db) => rowsOf(db, 'person'))
      .catch((error: { code?: string }) => error.code)
    // 22P02: it is no number for PostgreSQL either, so nothing can be read.
    assert.ok(
      seen === '22P02' || (Array.isArray(seen) && seen.length === 0),
      `${String(word)}: ${JSON.stringify(seen)}`,
    )
  }
  assert.equal((await inMine((db) => rowsOf(db, 'person'))).length, 1)
})

test('the organisation of one transaction is forgotten before the next', async () => {
  await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      database.inOrganisation(at % 2 ? mine : theirs, (db) => rowsOf(db, 'person')),
    ),
  )
  const left = await Promise.all(Array.from({ length: 20 }, () => database.outside((db) => rowsOf(db, 'person'))))
  assert.ok(left.every((rows) => rows.length === 0))
  await assert.rejects(
    inMine(() => Promise.reject(new Error('stop'))),
    /stop/,
  )
  assert.deepEqual(await database.outside((db) => rowsOf(db, 'person')), [])
})
