import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { listSchedules, showJob } from '#core/jobs/service.ts'
import { callOf, openServices, runBound } from '#core/testing.ts'
import type { Lookup } from '#platform/address.ts'
import { sql } from '#platform/database.ts'
import { Refusal } from '#platform/refusal.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { administrator, type Slapd, slapdProgram, startSlapd, suffix } from '../../../test/support/slapd.ts'
import type { Transact } from '../folder.ts'
import { directories } from './index.ts'
import { type DirectoryJob, runDirectory, testDirectory } from './service.ts'

const { database, newOrganisation } = await openTestDatabase()
const dataDirectory = mkdtempSync(join(tmpdir(), 'vigil-directories-'))
after(() => rmSync(dataDirectory, { recursive: true, force: true }))
const careful = await openServices(database, dataDirectory)
const services = { ...careful, config: { ...careful.config, allowLoopbackSources: true } }
const now = new Date('2026-11-02T12:00:00Z')

interface Shown {
  readonly id: number
  readonly url: string
  readonly hasPassword: boolean
  readonly lastJobId: number | null
  readonly cron: string | null
}

const call = async <T>(organisation: number, name: string, input: Readonly<Record<string, unknown>> = {}): Promise<T> =>
  (await callOf(services, organisation, (made) => runBound(directories, name, made, input))).output as T

const connect = (organisation: number, more: Readonly<Record<string, unknown>> = {}) =>
  call<Shown>(organisation, 'directories.connect', { name: 'Clinic', url: 'ldaps://dc1.clinic.example', ...more })

const jobOf = (organisationId: number, more: Partial<DirectoryJob> = {}): DirectoryJob => ({
  organisationId,
  keys: services.keys,
  now,
  allowLoopback: true,
  validDays: {},
  transact: ((work) => asTester(database, organisationId, work, now)) satisfies Transact,
  inOrganisation: (work) => asTester(database, organisationId, work, now),
  ...more,
})

const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code

async function textOfRow(organisation: number): Promise<string> {
  return asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<{ row: string }>`
      select to_jsonb(directory)::text || encode(coalesce(password, ''), 'escape') as row from directory`.execute(db)
    return rows.map(({ row }) => row).join()
  })
}

async function refusedRuns(organisation: number): Promise<readonly { name: string; reason: string }[]> {
  return asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<{ name: string; reason: string }>`
      select file_name as name, reason from source_run where state = 'refused' order by id`.execute(db)
    return rows
  })
}

const secret = 'correct horse battery staple'
const signIn = { bindDn: 'cn=vigil,dc=clinic,dc=example', password: secret }

describe('connecting', () => {
  test('a password goes in and never comes out: not in the list, not in the row, not in what is recorded', async () => {
    const clinic = await newOrganisation()
    const answer = await callOf(services, clinic, (made) =>
      runBound(directories, 'directories.connect', made, {
        name: 'Clinic',
        url: 'ldaps://dc1.clinic.example',
        ...signIn,
      }),
    )
    const listed = await call<{ items: Shown[] }>(clinic, 'directories.list')
    assert.equal(listed.items[0]?.hasPassword, true)
    for (const said of [JSON.stringify(answer), JSON.stringify(listed), await textOfRow(clinic)]) {
      assert.doesNotMatch(said, /correct|battery/)
    }
  })

  test('what is not said stays as it was, the password too', async () => {
    const clinic = await newOrganisation()
    const { id } = await connect(clinic, signIn)
    const changed = await call<Shown & { name: string }>(clinic, 'directories.change', {
      directoryId: id,
      name: 'Main',
      isOn: false,
    })
    assert.deepEqual([changed.name, changed.hasPassword, changed.url], ['Main', true, 'ldaps://dc1.clinic.example'])
  })

  test('a stored password is not sent to another server: where the way changes, it is given again', async () => {
    const clinic = await newOrganisation()
    const { id } = await connect(clinic, signIn)
    const elsewhere = [
      { url: 'ldaps://evil.example' },
      { url: 'ldap://dc1.clinic.example', startTls: true },
      { ca: 'x' },
    ]
    for (const change of elsewhere) {
      await assert.rejects(
        call(clinic, 'directories.change', { directoryId: id, ...change }),
        refusedWith('directory-password-again'),
      )
    }
    const moved = await call<Shown>(clinic, 'directories.change', {
      directoryId: id,
      url: 'ldaps://dc2.clinic.example',
      password: 'another one',
    })
    assert.equal(moved.hasPassword, true)
    const anonymous = await call<Shown>(clinic, 'directories.change', { directoryId: id, bindDn: null })
    assert.equal(anonymous.hasPassword, false)
    assert.doesNotMatch(await textOfRow(clinic), /another one/)
  })

  test('a name without a password, and a password without a name, are refused', async () => {
    const clinic = await newOrganisation()
    for (const half of [{ bindDn: signIn.bindDn }, { password: secret }]) {
      await assert.rejects(connect(clinic, half), refusedWith('directory-password-missing'))
    }
  })

  test('two directories of one name, and one that is not there, are refused', async () => {
    const clinic = await newOrganisation()
    const { id } = await connect(clinic)
    await assert.rejects(connect(clinic), refusedWith('directory-name-taken'))
    await call(clinic, 'directories.remove', { directoryId: id })
    for (const name of ['change', 'remove', 'read', 'test']) {
      await assert.rejects(
        call(clinic, `directories.${name}`, { directoryId: id }),
        refusedWith('directory-unknown'),
        name,
      )
    }
  })

  test('a directory with times is scheduled, one without is not, and a removed one no more', async () => {
    const clinic = await newOrganisation()
    const schedules = async () => {
      const all = await asTester(database, clinic, (context) => listSchedules(context))
      return all.map(({ kind, cron, isOn, input }) => ({ kind, cron, isOn, input }))
    }
    const { id } = await connect(clinic, { cron: '0 6 * * *' })
    const expected = { kind: 'directories.read', cron: '0 6 * * *', isOn: true, input: { directoryId: id } }
    assert.deepEqual(await schedules(), [expected])
    await call(clinic, 'directories.change', { directoryId: id, isOn: false })
    assert.deepEqual(await schedules(), [{ ...expected, isOn: false }])
    await call(clinic, 'directories.change', { directoryId: id, cron: null })
    assert.deepEqual(await schedules(), [])
    await call(clinic, 'directories.change', { directoryId: id, cron: '30 5 * * 1' })
    await call(clinic, 'directories.remove', { directoryId: id })
    assert.deepEqual(await schedules(), [])
    await assert.rejects(connect(clinic, { cron: 'each morning' }), refusedWith('schedule-not-a-time'))
  })

  test('a reading that is asked for is one job, however often it is asked for', async () => {
    const clinic = await newOrganisation()
    const { id } = await connect(clinic)
    const { jobId } = await call<{ jobId: number }>(clinic, 'directories.read', { directoryId: id })
    assert.equal((await call<{ jobId: number }>(clinic, 'directories.read', { directoryId: id })).jobId, jobId)
    const job = await asTester(database, clinic, (context) => showJob(context, { jobId }))
    assert.deepEqual([job.kind, job.input], ['directories.read', { directoryId: id }])
    assert.equal((await call<{ items: Shown[] }>(clinic, 'directories.list')).items[0]?.lastJobId, jobId)
  })

  test('an organisation neither sees nor reaches another’s directories', async () => {
    const [ours, theirs] = [await newOrganisation(), await newOrganisation()]
    const { id } = await connect(theirs, signIn)
    assert.deepEqual((await call<{ items: unknown[] }>(ours, 'directories.list')).items, [])
    for (const name of ['change', 'remove', 'read', 'test']) {
      await assert.rejects(call(ours, `directories.${name}`, { directoryId: id }), refusedWith('directory-unknown'))
    }
    await assert.rejects(runDirectory(jobOf(ours), id), refusedWith('directory-unknown'))
  })
})

describe('reading', { skip: slapdProgram.skip }, () => {
  let server: Slapd
  const clinicEntries = Array.from(
    { length: 9 },
    (_, at) => `dn: uid=p${at},${suffix}\nobjectClass: inetOrgPerson\nuid: p${at}\ncn: P ${at}\nsn: P\n`,
  ).join('\n')
  before(async () => {
    server = await startSlapd({ ldif: clinicEntries })
  })
  after(() => server.stop())
  const access = () => ({ url: server.url, ...administrator })

  test('a connected directory is taken in as a source, and its accounts are facts', async () => {
    const clinic = await newOrganisation()
    const { id } = await connect(clinic, access())
    const taken = await runDirectory(jobOf(clinic), id)
    assert.deepEqual([taken.state, taken.format, taken.added], ['done', 'ldap', 10])
    assert.equal((await runDirectory(jobOf(clinic), id)).added, 0)
    assert.deepEqual(await refusedRuns(clinic), [])
    const some = await connect(clinic, { ...access(), name: 'Some', filter: '(uid=p1)' })
    await runDirectory(jobOf(clinic), some.id)
    const complete = await asTester(database, clinic, async ({ db }) => {
      const { rows } = await sql<{ complete: boolean }>`select complete from source order by name`.execute(db)
      return rows.map((row) => row.complete)
    })
    // All of it tells who is gone, some of it does not.
    assert.deepEqual(complete, [true, false])
  })

  test('a trial looks at a few entries, says which fields they tell, and keeps nothing', async () => {
    const clinic = await newOrganisation()
    const { id } = await connect(clinic, access())
    const tried = await call<{ entries: number; fields: string[]; product: string; warnings: string[] }>(
      clinic,
      'directories.test',
      { directoryId: id },
    )
    assert.deepEqual([tried.entries, tried.product, tried.warnings], [5, 'OpenLDAP', []])
    for (const field of ['username', 'displayName', 'externalId']) assert.ok(tried.fields.includes(field), field)
    const kept = await asTester(database, clinic, async ({ db }) => {
      const { rows } = await sql`select 1 from source union all select 1 from source_run`.execute(db)
      return rows.length
    })
    assert.equal(kept, 0)
  })

  test('a wrong password is refused in words, and the refusal is a run that can be read', async () => {
    const clinic = await newOrganisation()
    const { id } = await connect(clinic, { ...access(), password: 'wrong' })
    const reason = 'The directory refused the name or the password; check sign-in name and password.'
    await assert.rejects(runDirectory(jobOf(clinic), id), {
      code: 'directory-not-read',
      message: `The directory was not read: ${reason}`,
    })
    assert.deepEqual(await refusedRuns(clinic), [{ name: `ldap://127.0.0.1:${server.port}/`, reason }])
    await assert.rejects(call(clinic, 'directories.test', { directoryId: id }), refusedWith('directory-not-read'))
  })

  test('a password sealed for one directory does not open for another', async () => {
    const clinic = await newOrganisation()
    const { id } = await connect(clinic, access())
    const other = await connect(clinic, { ...access(), name: 'Other', password: 'wrong' })
    await asTester(database, clinic, async ({ db }) => {
      await sql`
        update directory set password = (select password from directory where id = ${id}) where id = ${other.id}`.execute(
        db,
      )
    })
    await assert.rejects(runDirectory(jobOf(clinic), other.id), { code: 'sealed-damaged' })
  })

  test('DNS rebinding: the connection goes to the address that was judged, and TLS is held against the name', async () => {
    const clinic = await newOrganisation()
    // A name that nobody else knows: only the address that was judged can have been connected to.
    const lookup: Lookup = async () => [{ address: '127.0.0.1', family: 4 }]
    const port = new URL(server.secureUrl).port
    const plain = await connect(clinic, {
      ...access(),
      url: `ldap://only-here.invalid:${server.port}`,
      ...{ bindDn: null, password: null },
    })
    assert.equal((await runDirectory(jobOf(clinic, { lookup }), plain.id)).state, 'done')
    const ca = server.ca ?? ''
    const named = await connect(clinic, { ...access(), name: 'Named', url: `ldaps://localhost:${port}`, ca })
    assert.equal((await runDirectory(jobOf(clinic, { lookup }), named.id)).state, 'done')
    for (const [name, url, startTls] of [
      ['Foreign', `ldaps://only-here.invalid:${port}`, false],
      ['Foreign too', `ldap://only-here.invalid:${server.port}`, true],
    ] as const) {
      const { id } = await connect(clinic, { ...access(), name, url, ca, startTls })
      await assert.rejects(runDirectory(jobOf(clinic, { lookup }), id), /certificate is for another name/)
    }
  })
})

/** A server that answers whoever connects with these bytes, and counts who did. */
async function answering(bytes: string | undefined): Promise<{ server: Server; port: number; seen: Socket[] }> {
  const seen: Socket[] = []
  const server = createServer((socket) => {
    seen.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => bytes !== undefined && socket.write(bytes))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address !== 'string')
  after(() => {
    for (const socket of seen) socket.destroy()
    server.close()
  })
  return { server, port: address.port, seen }
}

describe('attacks', () => {
  test('SSRF: an address of this machine or of a cloud’s metadata is refused, and nothing is connected to', async () => {
    const { port, seen } = await answering('secret of the machine')
    const clinic = await newOrganisation()
    const cases: readonly (readonly [host: string, code: string, lookup?: Lookup])[] = [
      ['127.0.0.1', 'directory-loopback'],
      ['[::1]', 'directory-loopback'],
      ['[::ffff:127.0.0.1]', 'directory-loopback'],
      ['localhost', 'directory-loopback'],
      ['0.0.0.0', 'directory-forbidden'],
      ['[::]', 'directory-forbidden'],
      ['169.254.169.254', 'directory-forbidden'],
      ['[fe80::1]', 'directory-forbidden'],
      ['[::ffff:169.254.169.254]', 'directory-forbidden'],
      ['metadata.clinic.example', 'directory-forbidden', async () => [{ address: '169.254.169.254', family: 4 }]],
      ['inside.clinic.example', 'directory-loopback', async () => [{ address: '::ffff:127.0.0.1', family: 6 }]],
      ['unknown.clinic.example', 'directory-unknown-host', async () => []],
    ]
    for (const [host, code, lookup] of cases) {
      const { id } = await connect(clinic, { name: host, url: `ldap://${host}:${port}` })
      await assert.rejects(runDirectory(jobOf(clinic, { allowLoopback: false, lookup }), id), refusedWith(code), host)
      await assert.rejects(
        callOf(careful, clinic, (made) => testDirectory(made, { directoryId: id }, lookup ? { lookup } : {})),
        refusedWith(code),
        host,
      )
    }
    assert.equal(seen.length, 0)
    assert.equal((await refusedRuns(clinic)).length, cases.length)
  })

  test('only ldap and ldaps, and no name, password, path or query in the address', async () => {
    const clinic = await newOrganisation()
    for (const url of [
      'http://10.0.0.1',
      'file:///etc/passwd',
      'gopher://10.0.0.1',
      'ldapi://%2fvar%2frun%2fslapd.sock',
      'ldap://user:secret@10.0.0.1',
      'ldap://user@10.0.0.1',
      'ldap://10.0.0.1/dc=clinic',
      'ldap://10.0.0.1/?x',
      'ldap://10.0.0.1#x',
      'ldap://',
      'ldap:10.0.0.1',
      'ldap://10.0.0.1:99999',
      'dc1.clinic.example',
    ]) {
      await assert.rejects(connect(clinic, { url }), refusedWith('directory-url-invalid'), url)
    }
  })

  test('what another service answers is not told, neither to the caller nor in the run', async () => {
    const clinic = await newOrganisation()
    const token = 'AKIA4711SECRETTOKEN'
    // As HTTP, as a message that is cut off, and as LDAP with a message of its own.
    const texts = [`HTTP/1.1 400 Bad Request\r\n\r\n${token}`, `0\x84\xff\xff\xff\xff${token}`, `0\x05\x02\x01${token}`]
    for (const [at, text] of texts.entries()) {
      const { port, seen } = await answering(text)
      const { id } = await connect(clinic, { name: `No directory ${at}`, url: `ldap://127.0.0.1:${port}` })
      const error: unknown = await callOf(services, clinic, (made) =>
        testDirectory(made, { directoryId: id }, { timeoutMs: 400 }),
      ).then(
        () => assert.fail('it was read'),
        (reason: unknown) => reason,
      )
      assert.ok(refusedWith('directory-not-read')(error), String(error))
      assert.doesNotMatch(`${String(error)} ${JSON.stringify(error)}`, /AKIA|HTTP/)
      assert.ok(seen.length > 0)
    }
  })

  test('a server that never answers is given up in time', async () => {
    const clinic = await newOrganisation()
    const { port } = await answering(undefined)
    const { id } = await connect(clinic, { url: `ldap://127.0.0.1:${port}` })
    await assert.rejects(
      callOf(services, clinic, (made) => testDirectory(made, { directoryId: id }, { timeoutMs: 200 })),
      /did not answer in time/,
    )
  })
})
