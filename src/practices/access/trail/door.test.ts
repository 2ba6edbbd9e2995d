import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { sql } from '#platform/database.ts'
import { addDays } from '#platform/days.ts'
import { writeLists } from '../../../../test/support/populated.ts'
import { type Client, openTestServer } from '../../../../test/support/server.ts'
import { must, openWard, push, reading, refusalOf, tableOf } from './testing.ts'

const server = await openTestServer()
await writeLists(server.services.database)
const ward = await openWard(server)
const { officer, auditor, program, organisationId } = ward

interface Wire {
  readonly seq: number
  readonly at: string
  readonly user: string
}
interface Page {
  readonly items: readonly Wire[]
  readonly next: string | null
}
interface Answer {
  readonly question: {
    readonly questionId: string
    readonly total: number
    readonly unexplained: number
    readonly groups: readonly { readonly key: string; readonly accesses: number; readonly unexplained: number }[]
    readonly proof: { readonly isComplete: boolean; readonly hasFile: boolean }
  }
  readonly accesses: Page
}

const secret = 'P-4711-Quistorp'

const entries = () =>
  server.services.database.inOrganisation(organisationId, async (db) => {
    const { rows } = await sql<{ line: string; action: string }>`
      select line, action from ledger_entry order by seq`.execute(db)
    return rows
  })

test('before anything is handed in, the trail is empty rather than out of reach', async () => {
  const state = await must<{ accesses: number; verified: unknown }>(officer, 'GET', '/trail/state')
  assert.equal(state.accesses, 0)
  const { question } = await must<Answer>(officer, 'POST', '/trail/ask/patient', { patient: secret, ...reading })
  assert.equal(question.total, 0)
  assert.equal(question.proof.isComplete, true)
})

test('what a program hands in, packed or not, is answered by patient and by person, the newest first', async () => {
  await push(program, [
    ['2026-11-01 10:00', 'nurse.a', secret],
    ['2026-11-01 10:05', 'nurse.b', secret],
    ['2026-11-02 09:00', 'nurse.a', secret, 'print', 'Report'],
    ['2026-11-02 09:30', 'nurse.a', 'P-2'],
  ])
  const packed = gzipSync(tableOf([['2026-11-02 10:00', 'nurse.a', 'P-3']]))
  const events = '/trail/events?source=EHR&format=csv'
  const again = await program.call('POST', events, undefined, { raw: packed })
  assert.equal((again.body as { accepted: number }).accepted, 1, JSON.stringify(again.body))
  // The same, said in the header as a FHIR client does.
  const headers = { 'content-encoding': 'gzip' }
  const repeated = await program.call('POST', events, undefined, { raw: packed, headers })
  assert.equal((repeated.body as { duplicates: number }).duplicates, 1, JSON.stringify(repeated.body))

  const { question, accesses } = await must<Answer>(officer, 'POST', '/trail/ask/patient', {
    patient: secret,
    ...reading,
  })
  assert.equal(question.total, 3)
  assert.deepEqual(
    question.groups.map(({ key, accesses: count }) => [key, count]),
    [
      ['nurse.a', 2],
      ['nurse.b', 1],
    ],
  )
  assert.equal(question.proof.hasFile, true)
  assert.deepEqual(
    accesses.items.map(({ at }) => at.slice(0, 16)),
    ['2026-11-02T09:00', '2026-11-01T10:05', '2026-11-01T10:00'],
  )
  const person = await must<Answer>(auditor, 'POST', '/trail/ask/person', { login: 'nurse.a', ...reading })
  assert.equal(person.question.total, 4)
  const day = { since: '2026-11-02', until: '2026-11-02' }
  const bounded = await must<Answer>(officer, 'POST', '/trail/ask/patient', { patient: secret, ...day, ...reading })
  assert.equal(bounded.question.total, 1)
  assert.equal(bounded.question.proof.hasFile, false)
})

test('a question is on the ledger with its purpose, and the identifier stands in no line, address or log', async () => {
  const before = (await entries()).length
  await must(officer, 'POST', '/trail/ask/patient', { patient: secret, ...reading })
  const [entry] = (await entries()).slice(before)
  assert.equal(entry?.action, 'trail.ask-patient')
  assert.match(entry?.line ?? '', /"purpose:patient-request"/)
  for (const { line } of await entries()) assert.ok(!line.includes(secret))
  assert.ok(!server.log.join('\n').includes(secret))
  const rows = await server.services.database.asOwner((client) =>
    client.query<{ row: string }>('select to_jsonb(one)::text as row from trail_question one'),
  )
  for (const { row } of rows.rows) assert.ok(!row.includes(secret))
  // Without a purpose nothing is read, and that somebody tried is on the ledger too.
  assert.equal(await refusalOf(officer, 'POST', '/trail/ask/patient', { patient: secret }), 'request-invalid')
  const last = (await entries()).at(-1)
  assert.match(last?.line ?? '', /"outcome":"refused"/)
})

test('pages of any length join to the whole answer, also where many accesses fall into one instant', async () => {
  const crowd = Array.from(
    { length: 90 },
    (_, index) => ['2026-10-30 08:00', `user${index % 7}`, 'P-9', 'read', `Chart ${index}`] as const,
  )
  await push(program, [...crowd, ['2026-10-29 08:00', 'user1', 'P-9'], ['2026-10-31 08:00', 'user2', 'P-9']])
  for (const limit of [7, 40, 200]) {
    const asked = await must<Answer>(officer, 'POST', '/trail/ask/patient', { patient: 'P-9', limit, ...reading })
    assert.equal(asked.question.total, 92)
    const all = [...asked.accesses.items]
    const path = `/trail/questions/${asked.question.questionId}/accesses?limit=${limit}`
    for (let next = asked.accesses.next; next !== null; ) {
      const page: Page = await must<Page>(officer, 'GET', `${path}&after=${next}`)
      all.push(...page.items)
      next = page.next
    }
    assert.equal(all.length, 92)
    assert.equal(new Set(all.map(({ seq }) => seq)).size, 92)
    assert.deepEqual(
      all.map(({ at }) => at),
      all
        .map(({ at }) => at)
        .toSorted()
        .reverse(),
    )
  }
})

test('any part of an answer is read by its place, and the answer stays as it was when asked', async () => {
  const rows = Array.from(
    { length: 30 },
    (_, index) =>
      [`2026-10-${10 + (index % 20)} 08:${10 + index}`, `user${index % 3}`, 'P-31', 'read', 'Chart'] as const,
  )
  await push(program, rows)
  const asked = await must<Answer>(officer, 'POST', '/trail/ask/patient', { patient: 'P-31', limit: 200, ...reading })
  assert.deepEqual(
    asked.question.groups.map(({ key, accesses, unexplained }) => [key, accesses, unexplained]),
    [
      ['user0', 10, 10],
      ['user1', 10, 10],
      ['user2', 10, 10],
    ],
  )
  await push(program, [['2026-10-31 09:00', 'late', 'P-31']])
  const read = (query: string) =>
    must<Page>(officer, 'GET', `/trail/questions/${asked.question.questionId}/accesses?${query}`)
  const seqs = ({ items }: Page) => items.map(({ seq }) => seq)
  const all = seqs({ ...asked.accesses })
  assert.deepEqual(seqs(await read('limit=200')), all)
  assert.deepEqual(seqs(await read('from=11&limit=7')), all.slice(11, 18))
  assert.deepEqual(seqs(await read('from=30')), [])
  const ofOne = asked.accesses.items.filter(({ user }) => user === 'user1').map(({ seq }) => seq)
  assert.deepEqual(seqs(await read('group=1')), ofOne)
  assert.deepEqual(seqs(await read('group=1&unexplained=true&from=3&limit=4')), ofOne.slice(3, 7))
  assert.deepEqual(seqs(await read('group=3')), [])
  const again = await must<Answer>(officer, 'POST', '/trail/ask/patient', { patient: 'P-31', ...reading })
  assert.equal(again.question.total, 31)
})

test('only who asked reads on, and for half an hour', async () => {
  const { question } = await must<Answer>(officer, 'POST', '/trail/ask/patient', { patient: 'P-9', ...reading })
  const path = `/trail/questions/${question.questionId}/accesses`
  assert.equal(await refusalOf(auditor, 'GET', path), 'trail-question-over')
  await must(officer, 'GET', path)
  assert.equal(await refusalOf(officer, 'GET', `${path}?after=x`), 'page-unknown')
  const then = server.now
  server.now = new Date(then.getTime() + 30 * 60_000)
  assert.equal(await refusalOf(officer, 'GET', path), 'trail-question-over')
  server.now = then
})

test('a report comes as paper, as a table in which nothing is a formula, and as a file that proves it', async () => {
  await push(program, [
    ['2026-09-01 08:00', '=cmd()', 'P-77'],
    ['2026-09-03 08:00', '=cmd()', 'P-77', 'print'],
    ['2026-09-02 08:00', 'other', 'P-77'],
  ])
  const ask = (body: object) => officer.call('POST', '/trail/report', { identifier: 'P-77', ...reading, ...body })
  const table = await ask({ report: 'accounting', format: 'csv' })
  assert.match(table.headers.get('content-disposition') ?? '', /accounting-2026-11-02\.csv/)
  const lines = String(table.body).split('\r\n')
  // Repeats by one person are one line, with the first and the last date and how many there were.
  assert.equal(lines[1], `2026-09-01,2026-09-03,2,'=cmd(),"read Chart, printed Chart",not said`)
  assert.match(lines[2] ?? '', /^2026-09-02,,1,other,/)
  const paper = await ask({ report: 'access-report', format: 'pdf' })
  assert.match(String(paper.body), /^%PDF-1\.3/)
  assert.ok(!(paper.headers.get('content-disposition') ?? '').includes('P-77'))
  const proof = await ask({ report: 'proof', format: 'json' })
  assert.equal(proof.status, 200, JSON.stringify(proof.body))
  assert.match(JSON.stringify(proof.body), /vigil-trail-proof/)
  assert.equal(((await ask({ report: 'proof', format: 'pdf' })).body as { code: string }).code, 'trail-report-format')
  const person = await officer.call('POST', '/trail/report', {
    report: 'person-report',
    format: 'csv',
    identifier: 'other',
    ...reading,
  })
  assert.match(String(person.body), /P-77/)
})

test('a file that somebody brings in is taken in by a job, once, and its bytes are removed', async () => {
  const administrator = await server.member(organisationId, ['administrator'])
  const raw = tableOf([
    ['2026-08-01 08:00', 'late', 'P-5'],
    ['2026-08-01 09:00', 'late', 'P-6'],
  ])
  for (const expected of [2, 0]) {
    const sent = await administrator.call('POST', '/trail/files?source=Archive&format=csv', undefined, { raw })
    const { jobId } = sent.body as { jobId: number }
    await server.runJobs(organisationId)
    const job = await must<{ state: string; result: { accepted: number } }>(administrator, 'GET', `/jobs/${jobId}`)
    assert.equal(job.state, 'done', JSON.stringify(job))
    assert.equal(job.result.accepted, expected)
  }
  const { items } = await must<{ items: { name: string; accepted: number; duplicates: number }[] }>(
    officer,
    'GET',
    '/trail/sources',
  )
  const archive = items.find(({ name }) => name === 'Archive')
  assert.equal(archive?.accepted, 2)
  assert.equal(archive?.duplicates, 2)
})

test('a source’s days are told each by itself, also those on which nothing came', async () => {
  const then = server.now
  server.now = new Date(then.getTime() + 10 * 86_400_000)
  const later = await server.member(organisationId, ['privacy-officer'])
  const { items } = await must<{ items: { name: string; days: { day: string; accepted: number }[] }[] }>(
    later,
    'GET',
    '/trail/sources',
  )
  server.now = then
  const days = items.find(({ name }) => name === 'Archive')?.days ?? []
  assert.deepEqual(
    days.map(({ day }) => day),
    Array.from({ length: 28 }, (_, at) => addDays('2026-11-12', at - 27)),
  )
  assert.deepEqual(
    days.filter(({ accepted }) => accepted > 0),
    [{ day: '2026-11-02', accepted: 2 }],
  )
})

test('two officers destroy a month, and only one that is past its years and not held', async () => {
  const second = await server.member(organisationId, ['security-officer'])
  const { months } = await must<{ months: { month: string }[] }>(officer, 'GET', '/trail/state')
  const month = months[0]?.month ?? ''
  assert.match(month, /^\d{4}-\d\d$/)
  const ask = { reason: 'Past its years.' }
  assert.equal(await refusalOf(officer, 'POST', `/trail/months/${month}/destroy`, ask), 'trail-too-young')
  assert.equal(await refusalOf(officer, 'POST', '/trail/months/1999-01/destroy', ask), 'trail-unknown-month')
  const then = server.now
  server.now = new Date(then.getTime() + 8 * 366 * 86_400_000)
  const later = await server.member(organisationId, ['privacy-officer'])
  const other = await server.member(organisationId, ['security-officer'])
  await must(later, 'POST', `/trail/months/${month}/hold`, { isHeld: true, reason: 'A claim.' })
  assert.equal(await refusalOf(later, 'POST', `/trail/months/${month}/destroy`, ask), 'trail-held')
  await must(later, 'POST', `/trail/months/${month}/hold`, { isHeld: false, reason: 'It is over.' })
  const { destructionId } = await must<{ destructionId: number }>(later, 'POST', `/trail/months/${month}/destroy`, ask)
  assert.equal(await refusalOf(other, 'POST', `/trail/months/${month}/destroy`, ask), 'trail-destruction-asked')
  const confirm = `/trail/destructions/${destructionId}/confirm`
  assert.equal(await refusalOf(later, 'POST', confirm, { month }), 'trail-same-officer')
  assert.equal(await refusalOf(other, 'POST', confirm, { month: '1999-01' }), 'trail-other-month')
  const refused = await must(other, 'POST', `/trail/destructions/${destructionId}/refuse`, { reason: 'Not yet.' })
  assert.deepEqual(refused, {})
  assert.equal(await refusalOf(other, 'POST', confirm, { month }), 'trail-unknown-destruction')
  const again = await must<{ destructionId: number }>(later, 'POST', `/trail/months/${month}/destroy`, ask)
  await must(other, 'POST', `/trail/destructions/${again.destructionId}/confirm`, { month })
  assert.equal(await refusalOf(later, 'POST', `/trail/months/${month}/destroy`, ask), 'trail-destruction-asked')
  server.now = then
  assert.equal(await refusalOf(second, 'POST', confirm, { month }), 'trail-unknown-destruction')
  // The month is not over by the clock of the trail's own process, which keeps it: what was confirmed is asked for again.
  await server.runJobs(organisationId)
  const tried = await must<{
    destructions: { state: string; whyNotDone: string | null }[]
    months: { month: string; state: string }[]
  }>(officer, 'GET', '/trail/state')
  assert.deepEqual(
    tried.destructions.map(({ state }) => state),
    ['asked', 'refused'],
  )
  assert.ok(tried.destructions[0]?.whyNotDone)
  assert.equal(tried.months.find((one) => one.month === month)?.state, 'kept')
})

test('a verification is a job whose finding stands with the state of the trail', async () => {
  await must(auditor, 'POST', '/trail/verify', {})
  await server.runJobs(organisationId)
  const { verified } = await must<{ verified: { isIntact: boolean; size: number } }>(officer, 'GET', '/trail/state')
  assert.equal(verified.isIntact, true)
  assert.ok(verified.size > 90)
})

test('who is watched is listed once, sealed where it lies, and taken off again', async () => {
  const list = async () =>
    (await must<{ items: { id: number; patient: string; note: string }[] }>(officer, 'GET', '/trail/watched')).items
  assert.deepEqual(
    await must(officer, 'POST', '/trail/watched', { patients: [secret, secret, 'P-2'], note: 'In the news' }),
    {
      added: 2,
    },
  )
  assert.deepEqual(await must(officer, 'POST', '/trail/watched', { patients: [secret] }), { added: 0 })
  const items = await list()
  assert.deepEqual(items.map(({ patient }) => patient).sort(), ['P-2', secret])
  const { rows } = await server.services.database.asOwner((client) =>
    client.query<{ sealed: Buffer; row: string }>('select sealed, to_jsonb(one)::text as row from trail_watched one'),
  )
  for (const { sealed, row } of rows) assert.ok(!row.includes(secret) && !sealed.includes(secret))
  await must(officer, 'DELETE', `/trail/watched/${items[0]?.id}`)
  assert.equal((await list()).length, 1)
  assert.equal(await refusalOf(officer, 'DELETE', `/trail/watched/${items[0]?.id}`), 'trail-not-watched')
})

test('a person’s days are drawn by hour, for three months at most', async () => {
  const days = { login: 'nurse.a', from: '2026-11-01', to: '2026-11-30', ...reading }
  const drawn = await must<{ total: number; hours: { day: string; hour: number; count: number }[] }>(
    officer,
    'POST',
    '/trail/person-days',
    days,
  )
  assert.equal(drawn.total, 4)
  assert.ok(drawn.hours.some(({ day, hour }) => day === '2026-11-01' && hour === 10))
  const long = { ...days, from: '2026-01-01' }
  assert.equal(await refusalOf(officer, 'POST', '/trail/person-days', long), 'trail-too-many-days')
})

test('nobody speaks in the name of Vigil’s own feeds, and what a person hands in is on the ledger', async () => {
  const unwatched = Buffer.from(`${JSON.stringify({ record: 'patient', patient: 'P-2', isWatched: false })}\n`)
  const administrator = await server.member(organisationId, ['administrator'])
  for (const path of ['/trail/events', '/trail/files']) {
    for (const source of ['vigil-watch-list', 'VIGIL-people']) {
      const sent = await administrator.call('POST', `${path}?source=${source}&format=relations`, undefined, {
        raw: unwatched,
      })
      assert.deepEqual([sent.status, (sent.body as { code: string }).code], [422, 'trail-own-feed'])
    }
  }
  const pushes = async () =>
    (await must<{ items: { actor: string; outcome: string }[] }>(officer, 'GET', '/ledger?action=trail.push')).items
      .filter(({ outcome }) => outcome === 'done')
      .map(({ actor }) => actor.split(':')[0])
  assert.deepEqual(await pushes(), [])
  const raw = Buffer.from(
    `${JSON.stringify({ record: 'relation', kind: 'appointment', key: 'a/1', patient: 'P-2', user: 'other', from: '2026-11-01', to: null })}\n`,
  )
  const path = '/trail/events?source=scheduling&format=relations'
  assert.equal((await administrator.call('POST', path, undefined, { raw })).status, 200)
  assert.deepEqual(await pushes(), ['member'])
  assert.equal((await program.call('POST', path, undefined, { raw })).status, 200)
  assert.deepEqual(await pushes(), ['member'])
})

test('what was said with a question is read on the ledger by those alone who may ask it', async () => {
  const patient = 'P-withheld-61'
  await must(officer, 'POST', '/trail/ask/patient', { patient, ...reading })
  const { items } = await must<{ items: { seq: number }[] }>(officer, 'GET', '/ledger?action=trail.ask-patient&limit=1')
  const show = (client: Client) =>
    must<{ payload: string | null; salt: string | null; isWithheld: boolean }>(
      client,
      'GET',
      `/ledger/entries/${items[0]?.seq}`,
    )
  for (const client of [officer, auditor]) {
    const shown = await show(client)
    assert.ok(!shown.isWithheld && shown.payload?.includes(patient))
    assert.ok(String((await client.call('GET', '/ledger/export?open=true')).body).includes(patient))
  }
  for (const role of ['security-officer', 'administrator'] as const) {
    const client = await server.member(organisationId, [role])
    const { payload, salt, isWithheld } = await show(client)
    assert.deepEqual({ payload, salt, isWithheld }, { payload: null, salt: null, isWithheld: true })
    const file = await client.call('GET', '/ledger/export?open=true')
    assert.equal(file.status, 200)
    assert.ok(!String(file.body).includes(patient))
  }
})
