/** A PostgreSQL of the organisation's own, reached by DATABASE_URL: everything works there as on the built-in one. */
import assert from 'node:assert/strict'
import { createReadStream, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { verifyExport } from '#core/ledger/model/verify.ts'
import { type PostgresServer, startPostgres } from '#platform/postgres.ts'
import { writeSample } from '#sample/index.ts'
import { makeFolder, runVigil } from './vigil.ts'

const folder = makeFolder('vigil-second-')
const exports = join(folder, 'exports')
const asOf = ['--as-of', '2026-11-02']
let server: PostgresServer | undefined

before(async () => {
  server = await startPostgres({ directory: join(folder, 'postgres'), ephemeral: true })
  await writeSample({ size: 'clinic', seed: 7, directory: exports })
})

after(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

const address = () => {
  if (!server) throw new Error('the second server was not started')
  return server.address
}

function urlOf(user: string, password: string, database: string): string {
  const { host, port } = address()
  return `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
}

async function onServer(statement: string, database = 'postgres'): Promise<readonly unknown[]> {
  const client = new pg.Client({ ...address(), database })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

/** Assesses, looks again and exports; each in a process of its own, as an administrator would. */
async function useEverything(url: string, dataDirectory: string): Promise<void> {
  const settings = { DATABASE_URL: url, VIGIL_DATA: dataDirectory }
  const assessed = await runVigil(['assess', exports, '--keep', '--json', ...asOf], settings)
  assert.equal(assessed.code, 0, assessed.errors)
  const posture = JSON.parse(assessed.out)
  assert.ok(posture.findings.length > 0)

  const again = await runVigil(['status', '--json', ...asOf], settings)
  assert.equal(again.code, 0, again.errors)
  assert.equal(JSON.parse(again.out).findings.length, posture.findings.length)

  const imported = await runVigil(['import', exports, '--json', ...asOf], settings)
  assert.equal(imported.code, 0, imported.errors)

  const file = join(dataDirectory, 'ledger.txt')
  const exported = await runVigil(['export', file, '--json'], settings)
  assert.equal(exported.code, 0, exported.errors)
  const { key, entries } = JSON.parse(exported.out)
  const verified = await verifyExport(createReadStream(file), { key })
  assert.equal(verified.state, 'intact')
  assert.ok(entries > 0)

  // Nothing of ours runs beside it, and no password of theirs is said.
  assert.ok(!existsSync(join(dataDirectory, 'postgres')))
  const { password } = new URL(url)
  for (const { out, errors } of [assessed, again, imported, exported]) assert.ok(!`${out}${errors}`.includes(password))
}

test('an assessment is kept, read again and exported on a server of yours, signed in as a superuser', {
  timeout: 180_000,
}, async () => {
  await useEverything(urlOf(address().user, address().password, 'clinic'), join(folder, 'data-one'))
})

test('it works as well for a user who may only make databases and roles', { timeout: 180_000 }, async () => {
  await onServer(`create role site_admin login password 'pass:w/rd@1' createdb createrole nosuperuser nobypassrls`)
  await useEverything(urlOf('site_admin', 'pass:w/rd@1', 'hospital'), join(folder, 'data-two'))
})

test('it works as well for the owner of a database that an administrator made', { timeout: 180_000 }, async () => {
  await onServer(`create role site_owner login password 'secret-2' createrole nosuperuser nobypassrls`)
  await onServer('create database site owner site_owner')
  await useEverything(urlOf('site_owner', 'secret-2', 'site'), join(folder, 'data-three'))
})

test('two installations on one server do not see each other', async () => {
  const counts = await Promise.all(
    ['clinic', 'hospital'].map((database) => onServer('select count(*) as people from vigil.person', database)),
  )
  assert.deepEqual(counts[0], counts[1])
  const apart = await onServer(
    `select has_database_privilege('clinic_app', 'postgres', 'create') as creates,
       pg_has_role('clinic_app', 'hospital_app', 'member') as member`,
  )
  assert.deepEqual(apart, [{ creates: false, member: false }])
  const app = new pg.Client({ ...address(), user: 'clinic_app', password: 'guess', database: 'hospital' })
  await assert.rejects(app.connect(), { code: '28P01' })
})

const refusals: readonly { title: string; url: () => string; says: RegExp }[] = [
  { title: 'a wrong password', url: () => urlOf(address().user, 'wrong', 'clinic'), says: /database/i },
  { title: 'an unknown user', url: () => urlOf('nobody', 'wrong', 'clinic'), says: /database/i },
  {
    title: 'nobody listening',
    url: () => 'postgres://owner:secret-3@127.0.0.1:1/vigil',
    says: /does not answer: ECONNREFUSED/,
  },
  {
    title: 'a host that does not exist',
    url: () => 'postgres://owner:secret-3@host.invalid/vigil',
    says: /does not answer/,
  },
  {
    title: 'another kind of address',
    url: () => 'mysql://owner:secret-3@localhost/vigil',
    says: /begins with postgres:/,
  },
  { title: 'an address that is none', url: () => 'postgres://owner:secret-3@[:/vigil', says: /DATABASE_URL/ },
  {
    title: 'a user who may create nothing',
    url: () => urlOf('reader', 'secret-3', 'readable'),
    says: /may not create|permission/,
  },
]

for (const { title, url, says } of refusals) {
  test(`${title} in DATABASE_URL is refused in words, and the password is not repeated`, {
    timeout: 60_000,
  }, async () => {
    if (url().includes('/readable')) {
      await onServer(`create role reader login password 'secret-3'`)
      await onServer('create database readable')
    }
    const ended = await runVigil(['status'], { DATABASE_URL: url(), VIGIL_DATA: join(folder, 'data-none') }, 45_000)
    assert.equal(ended.code, 1, ended.errors)
    assert.match(ended.errors, says)
    assert.match(ended.errors, /^hint: /m)
    assert.doesNotMatch(ended.errors, /wrong|secret-3|\n\s+at /)
  })
}

test('an assessment that is not kept does not touch a server of yours', { timeout: 60_000 }, async () => {
  const ended = await runVigil(['assess', exports, '--json', ...asOf], {
    DATABASE_URL: urlOf(address().user, address().password, 'untouched'),
    VIGIL_DATA: join(folder, 'data-none'),
  })
  assert.equal(ended.code, 0, ended.errors)
  assert.deepEqual(await onServer(`select 1 from pg_database where datname = 'untouched'`), [])
})
