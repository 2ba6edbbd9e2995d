/** Rows that could not be read, corrected in a table and brought again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#platform/database.ts'
import { writeLists } from '../../../test/support/populated.ts'
import { openTestServer, type SignedIn } from '../../../test/support/server.ts'

const server = await openTestServer()
await writeLists(server.services.database)

const staff = [
  'Employee ID,Name,Email,Department,Status,Hire Date',
  '1001,Ines Okafor,ines@clinic.example,Lab,Active,2024-03-01',
  '1002,Arjun Mehta,arjun@clinic.example,Ward,Active,31-Foo-2024',
  '1003,=HYPERLINK("https://evil.example"),marisol@clinic.example,Ward,Active,yesterday',
  '1004,"O’Hara, Tom",tom@clinic.example,Front desk,Active,2020-05-05',
].join('\r\n')

const bytesOf = (text: string) => ({ raw: new TextEncoder().encode(text) })

async function bring(officer: SignedIn, organisationId: number, name: string, text: string) {
  const { id } = (await officer.call('POST', '/deliveries', {})).body as { readonly id: string }
  const added = await officer.call(
    'PUT',
    `/deliveries/${id}/files?name=${encodeURIComponent(name)}`,
    null,
    bytesOf(text),
  )
  assert.equal(added.status, 200, JSON.stringify(added.body))
  await officer.call('POST', `/deliveries/${id}/import`)
  await server.runJobs(organisationId)
  const sources = (await officer.call('GET', '/sources')).body as {
    readonly items: readonly {
      readonly id: number
      readonly runId: number
      readonly rejects: number
      readonly name: string
    }[]
  }
  const source = sources.items[0]
  assert.ok(source)
  return source
}

async function begin(text = staff) {
  const organisationId = await server.newOrganisation()
  const officer = await server.member(organisationId, ['security-officer'])
  const source = await bring(officer, organisationId, 'staff-2026-11-01.csv', text)
  const place = `/sources/${source.id}/runs/${source.runId}`
  const table = async () => String((await officer.call('GET', `${place}/rejects/table`)).body)
  const correct = (corrected: string) => officer.call('PUT', `${place}/corrections`, null, bytesOf(corrected))
  const names = () =>
    server.services.database.inOrganisation(organisationId, async (db) => {
      const { rows } = await sql<{ name: string; on: string }>`
        select display_name as name, hired_on as on from person_fact where absent_from is null order by employee_number`.execute(
        db,
      )
      return rows
    })
  return { organisationId, officer, source, place, table, correct, names }
}

test('the rejected rows come as a table with their lines and what is wrong, and no cell of it computes', async () => {
  const { source, table } = await begin()
  assert.equal(source.rejects, 2)
  const lines = (await table()).replace('\uFEFF', '').trim().split('\r\n')
  assert.equal(lines.length, 3)
  assert.match(lines[0] ?? '', /^Line in the file,What is wrong,Employee ID,Name,Email/)
  assert.match(lines[1] ?? '', /^3,.*1002,Arjun Mehta/)
  assert.ok(lines[2]?.includes(`"'=HYPERLINK(""https`))
})

test('corrected, they are added to what the source said, and everybody who was there stays', async () => {
  const { organisationId, officer, source, table, correct, names } = await begin()
  assert.equal((await names()).length, 2)
  const corrected = (await table()).replace('31-Foo-2024', '2024-01-31').replace('yesterday', '2025-02-01')
  const answer = await correct(corrected)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  assert.deepEqual(
    { ...(answer.body as object), runId: 0 },
    { runId: 0, rowsRead: 2, added: 2, changed: 0, rejects: 0 },
  )
  await server.runJobs(organisationId)
  const people = await names()
  assert.deepEqual(
    people.map(({ name }) => name),
    ['Ines Okafor', 'Arjun Mehta', '=HYPERLINK("https://evil.example")', 'Tom O’Hara'],
  )
  const { items } = (await officer.call('GET', '/sources')).body as {
    readonly items: readonly { readonly id: number }[]
  }
  assert.deepEqual(
    items.map(({ id }) => id),
    [source.id],
  )
})

test('what is still wrong is rejected again, and can be corrected again', async () => {
  const { officer, source, table, correct } = await begin()
  const answer = (await correct((await table()).replace('31-Foo-2024', '2024-01-31'))).body as {
    readonly runId: number
    readonly rejects: number
  }
  assert.equal(answer.rejects, 1)
  const again = await officer.call('GET', `/sources/${source.id}/runs/${answer.runId}/rejects/table`)
  assert.match(String(again.body), /marisol@clinic\.example/)
})

test('a table that is not ours, or has other columns, is refused and nothing changes', async () => {
  const { table, correct, names } = await begin()
  const before = await names()
  const codeOf = async (text: string) => ((await correct(text)).body as { readonly code: string }).code
  assert.equal(await codeOf(staff), 'correction-not-ours')
  assert.equal(await codeOf((await table()).replace('Employee ID', 'Number')), 'correction-other-columns')
  assert.equal(await codeOf('\u0000\u0001\u0002'), 'correction-unreadable')
  assert.equal(await codeOf(''), 'correction-unreadable')
  assert.deepEqual(await names(), before)
})

test('a run that is not the newest is not corrected', async () => {
  const { organisationId, officer, table, correct } = await begin()
  const old = await table()
  await bring(officer, organisationId, 'staff-2026-11-02.csv', staff.replace('31-Foo-2024', '2024-01-31'))
  assert.equal(((await correct(old)).body as { readonly code: string }).code, 'correction-not-newest')
})

test('an auditor does not get rows, and no other organisation does', async () => {
  const { organisationId, place } = await begin()
  const auditor = await server.member(organisationId, ['auditor'])
  assert.equal((await auditor.call('GET', `${place}/rejects/table`)).status, 403)
  const foreign = await server.member(await server.newOrganisation(), ['security-officer'])
  assert.equal((await foreign.call('GET', `${place}/rejects/table`)).status, 404)
})
