import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { backUp, inspectBackup, restore } from './backup.ts'
import { Secret } from './config.ts'
import { type Database, openDatabase } from './database.ts'
import { openKeyFile } from './keys.ts'
import type { ServerAddress } from './postgres.ts'
import { Refusal } from './refusal.ts'
import { testServer } from './testing.ts'

const now = new Date('2026-11-02T12:00:00Z')
const passphrase = new Secret('seven random words in a row')
const folder = mkdtempSync(join(tmpdir(), 'vigil-backup-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let address: ServerAddress
let source: Database
let sourceName: string
const dataDirectory = join(folder, 'data')
const evidence = new Map([
  ['evidence/1/a.sealed', randomBytes(200_000)],
  ['evidence/1/Zeugnis – ✓.sealed', Buffer.from('not much')],
  ['evidence/2/empty', Buffer.alloc(0)],
  ['evidence/top', Buffer.alloc(65_536, 1)],
  ['trail/1/log/head', Buffer.from('head')],
  ['trail/1/log/nodes', randomBytes(64)],
  ['trail/1/log/blocks/00000000.blocks', randomBytes(100_000)],
  ['trail/1/log/keys/2026-11.key', randomBytes(150)],
  ['trail/1/manifests/0-12.manifest', randomBytes(2_000)],
])

const newName = () => `test_${randomBytes(6).toString('hex')}`

async function open(name: string, migrations?: string, as: ServerAddress = address): Promise<Database> {
  return openDatabase({ ...as, database: name }, migrations)
}

/** A new place to restore into: an empty database's name, and a folder. */
function newPlace(withKeyOf?: string) {
  const name = newName()
  const place = join(folder, name)
  mkdirSync(place, { mode: 0o700 })
  if (withKeyOf !== undefined) {
    mkdirSync(join(place, 'keys'), { mode: 0o700 })
    writeFileSync(join(place, 'keys', 'vigil.key'), readFileSync(join(withKeyOf, 'keys', 'vigil.key')), { mode: 0o600 })
  }
  return { name, dataDirectory: place, openDatabase: (migrations: string) => open(name, migrations) }
}

const refused = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Refusal, String((error as Error).stack))
  assert.equal(error.code, `backup-${code}`, error.message)
  assert.ok(!/\{\w+\}/.test(error.message), error.message)
  return true
}

interface Column {
  readonly name: string
  readonly type: string
  readonly category: string
  readonly first: string | null
  readonly refersTo: string | null
  readonly refersToColumn: string | null
  readonly allowed: string | null
  /** The greatest number that a constraint lets stand there. */
  readonly most: number | null
}

async function listTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'vigil' and table_type = 'BASE TABLE' and table_name <> 'migration' order by 1`,
  )
  return rows.map(({ name }) => name)
}

async function listColumns(client: pg.Client, table: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `select attname as name, format_type(atttypid, null) as type, typcategory as category,
       (select min(enumlabel) from pg_enum where enumtypid = atttypid) as first,
       confrelid::regclass::text as "refersTo",
       (select attname from pg_attribute other where other.attrelid = confrelid
        and other.attnum = confkey[array_position(conkey, pg_attribute.attnum)]) as "refersToColumn",
       (select substring(pg_get_constraintdef(oid) from '''([^'']+)''::text') from pg_constraint
        where conrelid = attrelid and contype = 'c' and conkey = array[attnum] limit 1) as allowed,
       (select substring(pg_get_constraintdef(oid) from '<= (\\d+)')::bigint from pg_constraint
        where conrelid = attrelid and contype = 'c' and conkey = array[attnum] limit 1) as most
     from pg_attribute join pg_type on pg_type.oid = atttypid
     -- Of several, the one that is of this column alone.
     left join lateral (
       select * from pg_constraint where conrelid = attrelid and contype = 'f' and attnum = any (conkey)
       order by cardinality(conkey) limit 1
     ) reference on true
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  )
  return rows
}

/** Whether a table has one row for each organisation. */
async function isOneEach(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ columns: string[] }>(
    `select array(select attname::text from pg_attribute where attrelid = conrelid and attnum = any (conkey)) as columns
     from pg_constraint where conrelid = $1::regclass and contype = 'p'`,
    [table],
  )
  return rows.some(({ columns }) => columns.join() === 'organisation_id')
}

const awkward = [
  '',
  'tab\there',
  'line\nbreak\r\n',
  'back\\slash \\N \\.',
  '\\.\n',
  'quote \' " $$',
  '名前 🩺 é',
  '\u0001\u007f',
]

/** A value of a column that differs from row to row. */
function valueFor(column: Column, organisation: number, row: number): unknown {
  const number = organisation * 1000 + row
  if (column.name === 'organisation_id') return organisation
  // A constraint that is a pattern holds names, some of the form slice.verb.
  if (column.allowed?.startsWith('^')) return new RegExp(column.allowed).test('slice.verb') ? 'slice.verb' : 'kind'
  if (column.allowed) return column.allowed
  if (column.first) return column.first
  if (column.type === 'uuid') return `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  if (column.type === 'bytea') return Buffer.from([0, 1, 255, 92, 10, organisation, row % 256])
  if (column.type === 'jsonb') return JSON.stringify({ row: number, text: awkward[row % awkward.length] })
  if (column.type === 'double precision') return [0.1 + 0.2, 1e-300, Number.NaN, Infinity, -0][row % 5]
  if (column.type === 'boolean[]') return [row % 2 === 0, null]
  if (column.category === 'A')
    return column.type.startsWith('text') ? [awkward[row % awkward.length], String(number)] : [number]
  if (column.category === 'B') return row % 2 === 0
  if (column.category === 'D') return '2026-03-29T01:59:59.123456+02'
  if (column.category === 'T') return '1 year 2 mons -3 days 04:05:06.789'
  if (column.type === 'smallint') return row % 8
  if (column.category === 'N') return column.most === null ? number : number % (Number(column.most) + 1)
  return `${awkward[row % awkward.length]}${number}`
}

/** Fills every table of the schema, for two organisations, in whatever order the foreign keys allow. */
async function fill(client: pg.Client): Promise<void> {
  await client.query(
    `insert into organisation (id, name) overriding system value values (7, 'Seven'), (8, E'Eight\\t\\\\')`,
  )
  await client.query(`select setval('organisation_id_seq', 8)`)
  let waiting = (await listTables(client)).filter((name) => name !== 'organisation')
  while (waiting.length > 0) {
    const left: string[] = []
    for (const table of waiting) {
      const columns = await listColumns(client, table)
      if (columns.some(({ refersTo }) => refersTo && waiting.includes(refersTo) && refersTo !== table)) {
        left.push(table)
        continue
      }
      // There is one set-up link at most, whoever it is for.
      for (const organisation of table === 'set_up' ? [7] : [7, 8]) {
        for (
          let row = 0;
          row < (table === 'set_up' || (await isOneEach(client, table)) ? 1 : awkward.length);
          row += 1
        ) {
          const values = await Promise.all(
            columns.map(async (column) => {
              // What waits has not ended.
              if (table === 'job' && column.name === 'finished_at') return null
              if (table === 'mail' && column.name === 'ended_at') return null
              if (column.name === 'organisation_id' || !column.refersTo) return valueFor(column, organisation, row)
              // A case is of its own organisation, and its id is a text: its place among all says nothing.
              const isText = column.refersTo === 'access_case'
              const { rows } = await client.query(
                `select ${column.refersToColumn} as id from ${column.refersTo} ${isText ? `where organisation_id = ${organisation}` : ''}
                 order by ${column.refersToColumn} offset $1 limit 1`,
                [isText ? row : (organisation - 7) * awkward.length + row],
              )
              return rows[0]?.id
            }),
          )
          await client.query(
            `insert into ${table} (${columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ')}) overriding system value
             values (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
            values,
          )
        }
      }
      if (columns.some(({ name }) => name === 'id')) {
        await client.query(
          `select setval(sequence, 123456) from pg_get_serial_sequence('${table}', 'id') sequence where sequence is not null`,
        )
      }
    }
    assert.notEqual(left.length, waiting.length, 'tables refer to each other in a ring')
    waiting = left
  }
  await client.query('update ledger_entry set salt = null, payload = null where seq % 2 = 0')
  await client.query('update person_fact set display_name = null, hired_on = null, absent_from = null where id % 2 = 0')
}

/** Every row of every table as text, in an order of their own, with the sequences. */
async function contents(database: Database): Promise<Map<string, readonly string[]>> {
  return database.asOwner(async (client) => {
    const all = new Map<string, readonly string[]>()
    for (const table of await listTables(client)) {
      const { rows } = await client.query<{ row: string }>(`select ${table}::text as row from ${table} order by 1`)
      all.set(
        table,
        rows.map(({ row }) => row),
      )
    }
    const { rows } = await client.query(
      `select sequencename || ' ' || coalesce(last_value::text, '-') as row from pg_sequences where schemaname = 'vigil' order by 1`,
    )
    all.set(
      'sequences',
      rows.map(({ row }) => row),
    )
    return all
  })
}

async function backUpSource(options: Partial<Parameters<typeof backUp>[0]> = {}) {
  const file = join(folder, `${newName()}.backup`)
  return backUp({ database: source, dataDirectory, file, withKey: false, now, ...options })
}

/** Runs a script in a process of its own and waits for it without giving way to anything here. */
function runScript(script: string, given: unknown): void {
  execFileSync(process.execPath, ['--input-type=module', '--eval', script, JSON.stringify(given)], {
    cwd: import.meta.dirname,
    stdio: 'ignore',
  })
}

const acceptAll = async () => undefined

before(async () => {
  address = await testServer()
  sourceName = newName()
  source = await open(sourceName)
  await source.asOwner(fill)
  // What is made from a log is made again.
  mkdirSync(join(dataDirectory, 'trail', '1', 'store'), { recursive: true })
  writeFileSync(join(dataDirectory, 'trail', '1', 'store', 'store.duckdb'), 'made from the log')
  for (const [path, bytes] of evidence) {
    mkdirSync(join(dataDirectory, path, '..'), { recursive: true, mode: 0o700 })
    writeFileSync(join(dataDirectory, path), bytes)
  }
  mkdirSync(join(dataDirectory, 'postgres'))
  writeFileSync(join(dataDirectory, 'postgres', 'password'), 'the password of the database')
  await openKeyFile(dataDirectory)
})
after(() => source.close())

test('a restored backup equals what was backed up, row by row, table by table, file by file', async () => {
  const made = await backUpSource()
  assert.equal(statSync(made.file).mode & 0o777, 0o600)
  assert.equal(statSync(made.file).size, made.bytes)
  assert.equal(readFileSync(made.file).subarray(-32).toString('hex'), made.digest)
  const place = newPlace(dataDirectory)
  const seen: number[] = []
  const done = await restore({
    ...place,
    file: made.file,
    verify: async (client) => {
      const { rows } = await client.query('select organisation_id, seq, line, leaf_hash from ledger_entry')
      seen.push(rows.length)
    },
  })
  assert.deepEqual(seen, [2 * awkward.length])
  assert.equal(done.key, 'present')
  assert.equal(done.createdAt, now.toISOString())
  assert.deepEqual([done.tables, done.rows, done.files], [made.tables, made.rows, made.files])
  const restored = await open(place.name)
  try {
    const before = await contents(source)
    const later = await contents(restored)
    assert.equal(made.tables, before.size - 1, 'every table of the catalogue is in the backup')
    for (const [table, rows] of before) {
      assert.ok(rows.length > 0, `${table} has rows to compare`)
      assert.deepEqual(later.get(table), rows, table)
    }
    assert.deepEqual([...later.keys()], [...before.keys()])
    await restored.asOwner(async (client) => {
      const { rows } = await client.query(`insert into person (organisation_id) values (7) returning id`)
      assert.equal(rows[0]?.id, 123_457, 'sequences go on where they were')
    })
  } finally {
    await restored.close()
  }
  for (const [path, bytes] of evidence) assert.deepEqual(readFileSync(join(place.dataDirectory, path)), bytes)
  assert.deepEqual(readdirSync(place.dataDirectory).sort(), ['evidence', 'keys', 'trail'])
  assert.deepEqual(readdirSync(join(place.dataDirectory, 'trail', '1')).sort(), ['log', 'manifests'])
})

test('a restored database still keeps organisations apart and its ledger append-only', async () => {
  const place = newPlace(dataDirectory)
  await restore({ ...place, file: (await backUpSource()).file, verify: acceptAll })
  const restored = await open(place.name)
  try {
    await restored.asOwner(async (client) => {
      const { rows } = await client.query(
        `select relname from pg_class where relnamespace = 'vigil'::regnamespace and relkind = 'r'
         and relrowsecurity and not relforcerowsecurity`,
      )
      assert.deepEqual(rows, [])
      await assert.rejects(client.query('delete from ledger_entry'), /append-only/)
    })
  } finally {
    await restored.close()
  }
})

test('the key file is in a backup only when asked for, and then under a passphrase', async () => {
  await assert.rejects(backUpSource({ withKey: true }), refused('no-passphrase'))
  await assert.rejects(backUpSource({ withKey: true, passphrase: new Secret('short') }), refused('short-passphrase'))
  const made = await backUpSource({ withKey: true, passphrase })
  assert.equal((await inspectBackup(made.file)).sealedBy, 'passphrase')

  const place = newPlace()
  await assert.rejects(restore({ ...place, file: made.file, verify: acceptAll }), refused('needs-passphrase'))
  const wrong = new Secret('seven random words in a column')
  await assert.rejects(
    restore({ ...place, file: made.file, passphrase: wrong, verify: acceptAll }),
    refused('wrong-passphrase'),
  )
  const done = await restore({ ...place, file: made.file, passphrase, verify: acceptAll })
  assert.equal(done.key, 'restored')
  assert.equal((await openKeyFile(place.dataDirectory, { create: false })).id, (await openKeyFile(dataDirectory)).id)

  const without = await backUpSource({ passphrase })
  const other = newPlace()
  assert.equal((await restore({ ...other, file: without.file, passphrase, verify: acceptAll })).key, 'needed')
  assert.ok(!existsSync(join(other.dataDirectory, 'keys')))
})

test('a backup sealed with the key file asks for that key file, and takes no other', async () => {
  const { file } = await backUpSource()
  const id = (await openKeyFile(dataDirectory)).id
  assert.equal((await inspectBackup(file)).store, id)
  const place = newPlace()
  const asking = restore({ ...place, file, verify: acceptAll })
  await assert.rejects(asking, (error: Error) => refused('needs-key')(error) && error.message.includes(id))
  await openKeyFile(place.dataDirectory)
  await assert.rejects(restore({ ...place, file, verify: acceptAll }), refused('needs-key'))
})

test('nothing of what was copied can be read in the file', async () => {
  const bytes = readFileSync((await backUpSource()).file)
  for (const words of ['Seven', 'not much', 'the password of the database', 'ledger_entry', 'PRIVATE', 'vigil-keys']) {
    assert.equal(bytes.indexOf(words), -1, words)
  }
})

test('a flipped byte is found wherever it is, and leaves the new place as it was', async () => {
  const { file } = await backUpSource()
  const whole = readFileSync(file)
  const places = [
    0,
    5,
    14,
    15,
    40,
    ...Array.from({ length: 40 }, (_, index) => Math.floor((whole.length * index) / 40)),
  ]
  for (const at of [...places, whole.length - 33, whole.length - 32, whole.length - 1]) {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
    const bad = join(folder, 'flipped.backup')
    writeFileSync(bad, bytes)
    await assert.rejects(inspectBackup(bad), refused(at < 15 ? 'unrecognised' : 'damaged'))
    const opened = () => assert.fail('a damaged backup must not open a database')
    const target = { ...newPlace(dataDirectory), openDatabase: opened }
    await assert.rejects(
      restore({ ...target, file: bad, verify: acceptAll }),
      refused(at < 15 ? 'unrecognised' : 'damaged'),
    )
    assert.deepEqual(readdirSync(target.dataDirectory), ['keys'])
  }
})

test('a change whose digest was made to match is found by the seal, and nothing of it is kept', async () => {
  const { file } = await backUpSource()
  const whole = readFileSync(file)
  const header = whole.indexOf('\n', 15)
  const sealedFrom = header + 1 + 200
  const changes = [
    header - 70,
    ...Array.from({ length: 8 }, (_, index) => sealedFrom + Math.floor(((whole.length - sealedFrom - 40) * index) / 7)),
  ]
  const place = newPlace(dataDirectory)
  const bad = join(folder, 'forged.backup')
  const forge = (body: Buffer) => writeFileSync(bad, Buffer.concat([body, createHash('sha256').update(body).digest()]))
  for (const at of changes) {
    const body = Buffer.from(whole.subarray(0, -32))
    // A digit of the header stays a digit; anything else is flipped.
    body[at] = (body[at] ?? 0) ^ 1
    forge(body)
    await assert.rejects(restore({ ...place, file: bad, verify: acceptAll }), (error: unknown) => {
      assert.ok(error instanceof Refusal)
      return ['backup-damaged', 'backup-newer'].includes(error.code)
    })
  }
  forge(whole.subarray(0, -32 - 100))
  await assert.rejects(restore({ ...place, file: bad, verify: acceptAll }), refused('damaged'))
  const target = await open(place.name)
  try {
    for (const [name, rows] of await contents(target)) if (name !== 'sequences') assert.deepEqual(rows, [], name)
  } finally {
    await target.close()
  }
  assert.deepEqual(readdirSync(place.dataDirectory), ['keys'])
  assert.equal((await restore({ ...place, file, verify: acceptAll })).key, 'present', 'the place can still be used')
})

test('a file cut short anywhere is refused', async () => {
  const { file } = await backUpSource()
  const whole = readFileSync(file)
  const bad = join(folder, 'short.backup')
  for (const length of [0, 1, 14, 15, 16, 100, 5_000, 65_536, whole.length - 33, whole.length - 32, whole.length - 1]) {
    writeFileSync(bad, whole.subarray(0, length))
    await assert.rejects(inspectBackup(bad), refused(length < 15 ? 'unrecognised' : 'damaged'), String(length))
  }
  writeFileSync(bad, Buffer.concat([whole, Buffer.of(0)]))
  await assert.rejects(inspectBackup(bad), refused('damaged'))
  await assert.rejects(inspectBackup(join(folder, 'none')), refused('missing'))
  await assert.rejects(inspectBackup(folder), refused('missing'))
})

test('a backup that is killed leaves no file of its name, and what it leaves is refused', async () => {
  const file = join(folder, 'killed.backup')
  const script = `
    import { backUp } from '#platform/backup.ts'
    import { openDatabase } from '#platform/database.ts'
    const { where, dataDirectory, file } = JSON.parse(process.argv[1])
    const database = await openDatabase(where)
    await backUp({ database, dataDirectory, file, withKey: false, now: new Date(),
      onProgress: ({ member }) => member.kind === 'file' && process.kill(process.pid, 'SIGKILL') })`
  const given = { where: { ...address, database: sourceName }, dataDirectory, file }
  assert.throws(() => runScript(script, given), { signal: 'SIGKILL' })
  assert.ok(!existsSync(file))
  const left = readdirSync(folder).filter((name) => name.startsWith('killed.backup'))
  assert.equal(left.length, 1)
  await assert.rejects(inspectBackup(join(folder, left[0] ?? '')), refused('damaged'))
  await backUpSource({ file })
  assert.ok((await inspectBackup(file)).bytes > 0)
})

test('a backup that fails midway leaves nothing behind', async () => {
  const file = join(folder, 'failed.backup')
  symlinkSync('/etc/hostname', join(dataDirectory, 'evidence', 'link'))
  try {
    await assert.rejects(backUpSource({ file }), refused('odd-file'))
  } finally {
    rmSync(join(dataDirectory, 'evidence', 'link'))
  }
  const failing = backUpSource({
    file,
    onProgress: () => {
      throw new Error('stop here')
    },
  })
  await assert.rejects(failing, /stop here/)
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('failed')),
    [],
  )
})

test('a backup is never written over a file, nor into what it copies', async () => {
  const { file } = await backUpSource()
  const bytes = readFileSync(file)
  await assert.rejects(backUpSource({ file }), refused('exists'))
  assert.deepEqual(readFileSync(file), bytes)
  await assert.rejects(backUpSource({ file: join(dataDirectory, 'evidence', '1', 'b.backup') }), refused('inside'))
  await assert.rejects(backUpSource({ file: join(folder, 'no such folder', 'b.backup') }), refused('unwritable'))
})

test('a restore into a place that holds something is refused and changes nothing', async () => {
  const { file } = await backUpSource()
  const used = newPlace(dataDirectory)
  const database = await open(used.name)
  await database.asOwner((client) => client.query(`insert into organisation (name) values ('Already here')`))
  const held = await contents(database)
  await assert.rejects(restore({ ...used, file, verify: acceptAll }), refused('not-empty'))
  assert.deepEqual(await contents(database), held)
  await database.close()

  const filled = newPlace(dataDirectory)
  mkdirSync(join(filled.dataDirectory, 'evidence'))
  writeFileSync(join(filled.dataDirectory, 'evidence', 'mine'), 'mine')
  await assert.rejects(restore({ ...filled, file, verify: acceptAll }), refused('not-empty'))
  assert.deepEqual(readdirSync(join(filled.dataDirectory, 'evidence')), ['mine'])

  const withKey = await backUpSource({ withKey: true, passphrase })
  const keyed = newPlace(dataDirectory)
  await assert.rejects(restore({ ...keyed, file: withKey.file, passphrase, verify: acceptAll }), refused('not-empty'))
})

test('the lists that Vigil writes by itself are no obstacle, and are replaced', async () => {
  const { file } = await backUpSource()
  const place = newPlace(dataDirectory)
  const fresh = await open(place.name)
  await fresh.asOwner((client) => client.query(`insert into response_role (id, key, title) values (1, 'mine', 'Mine')`))
  await restore({ ...place, file, verify: acceptAll })
  assert.deepEqual((await contents(fresh)).get('response_role'), (await contents(source)).get('response_role'))
  await fresh.close()
})

test('what the verification does not accept is not restored', async () => {
  const { file } = await backUpSource()
  const place = newPlace(dataDirectory)
  const verify = async () => {
    throw new Error('the ledger does not match its root')
  }
  await assert.rejects(restore({ ...place, file, verify }), /does not match its root/)
  const target = await open(place.name)
  const { length } = (await contents(target)).get('organisation') ?? ['no such table']
  await target.close()
  assert.equal(length, 0)
  assert.deepEqual(readdirSync(place.dataDirectory), ['keys'])
})

test('writes made while a backup runs are in it wholly or not at all', async () => {
  const name = newName()
  const database = await open(name)
  await database.asOwner((client) => client.query(`insert into organisation (id, name) values (1, 'One')`))
  // Each change adds one vendor, one task and one reject: a backup of two moments would count them apart.
  const change = `begin;
    insert into vendor (organisation_id, key, name) select 1, gen_random_uuid()::text, 'v';
    insert into task (organisation_id, kind, title, opened_at) values (1, 'k', 't', now());
    insert into source_reject (organisation_id, run_id, line, reason) values (1, 1, 1, 'r');
    commit`
  for (let count = 0; count < 3; count += 1) await database.asOwner((client) => client.query(change))
  // Another process commits a change each time that a table has just been read.
  const changeNow = () =>
    runScript(
      `import { openDatabase } from '#platform/database.ts'
       const { where, change } = JSON.parse(process.argv[1])
       const database = await openDatabase(where)
       await database.asOwner((client) => client.query(change))
       await database.close()`,
      { where: { ...address, database: name }, change },
    )
  const read: string[] = []
  const file = join(folder, 'busy.backup')
  await backUp({
    database,
    dataDirectory,
    file,
    withKey: false,
    now,
    onProgress({ member }) {
      if (member.kind !== 'table' || read.includes(member.table)) return
      read.push(member.table)
      changeNow()
    },
  })
  assert.ok(read.length >= 4, 'changes were made between the tables')
  const counts: number[][] = []
  await restore({
    ...newPlace(dataDirectory),
    file,
    verify: async (client) => {
      const { rows } = await client.query(
        'select (select count(*) from vendor) a, (select count(*) from task) b, (select count(*) from source_reject) c',
      )
      counts.push(Object.values(rows[0]).map(Number))
    },
  })
  await database.close()
  assert.deepEqual(counts, [[3, 3, 3]])
})

test('an owner who may not bypass row-level security backs up and restores every row', async () => {
  const role = newName()
  const owner = { ...address, user: role, password: 'of the plain owner' }
  const admin = new pg.Client({ ...address, database: 'postgres' })
  await admin.connect()
  await admin.query(`create role ${role} login createdb createrole password 'of the plain owner'`)
  await admin.query(`grant connect on database postgres to ${role}`)
  try {
    const name = newName()
    const database = await open(name, undefined, owner)
    await database.asOwner(async (client) => {
      for (const id of [3, 900]) {
        await client.query(`set vigil.organisation = '${id}'`)
        await client.query(`insert into organisation (id, name) values ($1, 'Plain')`, [id])
        await client.query(`insert into vendor (key, name) select n::text, 'v' from generate_series(1, 50) n`)
        await client.query(
          `insert into ledger_entry (seq, line, leaf_hash) select n, 'l', '' from generate_series(1, 9) n`,
        )
      }
    })
    const file = join(folder, 'plain.backup')
    const made = await backUp({ database, dataDirectory, file, withKey: false, now })
    assert.equal(made.rows, 2 * (1 + 50 + 9))
    const place = newPlace(dataDirectory)
    let seen = 0
    const done = await restore({
      ...place,
      openDatabase: (migrations) => open(place.name, migrations, owner),
      file,
      verify: async (client) => {
        seen = Number((await client.query('select count(*) as count from ledger_entry')).rows[0].count)
      },
    })
    assert.equal(done.rows, made.rows)
    assert.equal(seen, 18)
    await database.close()
    // By a superuser's eyes, which see all of both.
    const [before, later] = [await open(name), await open(place.name)]
    assert.deepEqual(await contents(later), await contents(before))
    const { rows } = await later.asOwner((client) =>
      client.query(
        `select relname from pg_class where relnamespace = 'vigil'::regnamespace and relrowsecurity and not relforcerowsecurity`,
      ),
    )
    assert.deepEqual(rows, [])
    await before.close()
    await later.close()
  } finally {
    await admin.end()
  }
})

test('a user who sees only some of the rows is refused a backup', async () => {
  const app = await source.asOwner(
    async (client) => (await client.query('select current_database() || $1 as name', ['_app'])).rows[0].name,
  )
  const half: Database = {
    ...source,
    asOwner: (work) =>
      source.asOwner(async (client) => {
        // Signed in as somebody who may read the tables, and is not their owner.
        await client.query(`set role ${app}`)
        return work(client)
      }),
  }
  await assert.rejects(backUpSource({ database: half }), refused('partial-sight'))
})

/** A folder with the migrations of this release and one more. */
function laterMigrations(): string {
  const migrations = mkdtempSync(join(folder, 'migrations-'))
  const ours = join(import.meta.dirname, '..', '..', 'migrations')
  for (const name of readdirSync(ours)) writeFileSync(join(migrations, name), readFileSync(join(ours, name)))
  writeFileSync(
    join(migrations, '9999-later.sql'),
    `create table later (id bigint primary key); alter table person add column later text not null default 'then'`,
  )
  return migrations
}

test('a backup made with migrations that this release does not have is refused', async () => {
  const later = await open(newName(), laterMigrations())
  const { file } = await backUpSource({ database: later })
  await later.close()
  assert.equal((await inspectBackup(file)).migrations.at(-1)?.name, '9999-later.sql')
  await assert.rejects(restore({ ...newPlace(dataDirectory), file, verify: acceptAll }), refused('newer'))
})

test('a backup of an older Vigil is restored as it was, and brought up to date when opened', async () => {
  const { file } = await backUpSource()
  const place = newPlace(dataDirectory)
  const migrations = laterMigrations()
  await restore({ ...place, file, migrations, verify: acceptAll })
  const database = await open(place.name, migrations)
  const rows = await contents(database)
  await database.close()
  assert.deepEqual(rows.get('later'), [])
  assert.equal(rows.get('person')?.length, 2 * awkward.length)
  assert.ok(rows.get('person')?.every((row) => row.endsWith(',then)')))
})
