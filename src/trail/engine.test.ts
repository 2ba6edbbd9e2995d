import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openKeyFile } from '#platform/keys.ts'
import { type OpenTrail, openTrail } from './engine.ts'
import { verifyProof } from './proof/verify.ts'
import type { ToldAccess, WhoQuestion } from './trail.ts'

const folder = await mkdtemp(join(tmpdir(), 'vigil-trail-'))
after(() => rm(folder, { recursive: true, force: true }))
const keys = await openKeyFile(folder)

let trails = 0
const now = new Date('2026-11-20T12:00:00Z')

function open(name = `t${++trails}`): Promise<OpenTrail> {
  return openTrail({
    directory: join(folder, name),
    keys,
    organisationId: 1,
    zone: 'America/Chicago',
    clock: () => now,
  })
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  // In pieces that end where no line does.
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; from += 1_000) yield bytes.subarray(from, from + 1_000)
}

async function ask(trail: OpenTrail, question: WhoQuestion) {
  const answer = await trail.who(question)
  const accesses: ToldAccess[] = []
  for await (const access of answer.accesses) accesses.push(access)
  return { ...answer, accesses }
}

const heading = 'ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME,WORKSTATION_ID,DEPARTMENT'
const accesses = [
  heading,
  '2026-11-02 09:00:00,ahansen,P-100,Chart Review,WS-1,Cardiology',
  '2026-11-02 09:05:00,ahansen,P-101,Chart Review,WS-1,Cardiology',
  '2026-11-03 22:10:00,bcole,P-100,Chart Review,WS-7,Billing',
  '2026-11-04 22:12:00,bcole,P-100,Results Review,WS-7,Billing',
  '',
].join('\n')
const relations = [
  { record: 'relation', kind: 'appointment', key: 'appointment/1', patient: 'P-100', user: 'ahansen', department: '' },
]
  .map((one) => JSON.stringify({ ...one, from: '2026-11-02', to: '2026-11-02', isVoid: false }))
  .join('\n')

test('who opened a patient’s record is told with the reason beside each access, newest first', async () => {
  const trail = await open()
  const taken = await trail.import(bytesOf(accesses), { source: 'EHR' })
  assert.deepEqual(
    { format: taken.format, accepted: taken.accepted, rejected: taken.rejected, duplicates: taken.duplicates },
    { format: 'csv', accepted: 4, rejected: 0, duplicates: 0 },
  )
  assert.equal((await trail.import(bytesOf(relations), { source: 'scheduling' })).relations, 1)
  const { accesses: told, total, complete } = await ask(trail, { by: 'patient', id: 'P-100' })
  assert.equal(total, 3)
  assert.equal(complete, true)
  assert.deepEqual(
    told.map(({ at, user, explained, reasons }) => [
      at.toISOString(),
      user,
      explained,
      reasons.map(({ name }) => name),
    ]),
    [
      ['2026-11-05T04:12:00.000Z', 'bcole', false, []],
      ['2026-11-04T04:10:00.000Z', 'bcole', false, []],
      ['2026-11-02T15:00:00.000Z', 'ahansen', true, ['appointment']],
    ],
  )
  const byUser = await ask(trail, { by: 'user', id: 'ahansen' })
  assert.deepEqual(
    byUser.accesses.map(({ patient, workstation, department }) => [patient, workstation, department]),
    [
      ['P-101', 'WS-1', 'Cardiology'],
      ['P-100', 'WS-1', 'Cardiology'],
    ],
  )
  assert.equal((await ask(trail, { by: 'patient', id: 'P-999' })).total, 0)
  const bounded = await ask(trail, { by: 'patient', id: 'P-100', since: new Date('2026-11-04T00:00:00Z'), limit: 1 })
  assert.deepEqual([bounded.total, bounded.accesses.length], [2, 1])
  await trail.close()
})

test('what comes twice is taken once, also after a stop and in another file', async () => {
  const name = 'twice'
  const trail = await open(name)
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  const again = await trail.import(bytesOf(accesses), { source: 'EHR' })
  assert.deepEqual([again.accepted, again.duplicates], [0, 4])
  await trail.close()
  const reopened = await open(name)
  const overlap = `${heading}\n2026-11-04 22:12:00,bcole,P-100,Results Review,WS-7,Billing\n2026-11-05 08:00:00,bcole,P-103,Chart Review,WS-7,Billing\n`
  const third = await reopened.import(bytesOf(overlap), { source: 'EHR' })
  assert.deepEqual([third.accepted, third.duplicates], [1, 1])
  assert.equal((await reopened.state()).accesses, 5)
  await reopened.close()
})

test('a proof shows an outsider that nothing was left out, and a changed one is refused', async () => {
  const trail = await open()
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  const { key } = await trail.state()
  const answer = await ask(trail, { by: 'patient', id: 'P-100' })
  const bound = await answer.proof()
  const checked = verifyProof(JSON.parse(JSON.stringify(bound)), key)
  assert.deepEqual([checked.isValid, checked.isValid && checked.accesses], [true, 3])
  const opened = await answer.proof(true)
  const whole = verifyProof(opened, key)
  assert.deepEqual([whole.isValid, whole.isValid && whole.isOpened], [true, true])
  assert.ok(opened?.openings?.every(({ line }) => line.includes('P-100')))
  // More comes, and a second range of the log: the earlier proof still holds, the new one speaks of all.
  await trail.import(bytesOf(`${heading}\n2026-11-06 10:00:00,cdiaz,P-100,Chart Review,WS-2,ICU\n`), { source: 'EHR' })
  const later = verifyProof(await (await ask(trail, { by: 'patient', id: 'P-100' })).proof(true), key)
  assert.equal(later.isValid && later.accesses, 4)
  assert.equal(verifyProof(opened, key).isValid, true)
  const nobody = verifyProof(await (await ask(trail, { by: 'patient', id: 'P-555' })).proof(), key)
  assert.deepEqual([nobody.isValid, nobody.isValid && nobody.accesses], [true, 0])
  // An access left out, another line put in, a manifest left out, another count.
  const text = JSON.stringify(opened)
  const without = JSON.parse(text)
  without.openings.pop()
  assert.equal(verifyProof(without, key).isValid, false)
  assert.equal(verifyProof(JSON.parse(text.replace('bcole', 'xcole')), key).isValid, false)
  const gap = JSON.parse(text)
  gap.manifests.splice(0, 1)
  assert.equal(verifyProof(gap, key).isValid, false)
  const count = JSON.parse(text)
  count.manifests[0].entries[0].entry.count = 2
  assert.equal(verifyProof(count, key).isValid, false)
  await trail.close()
})

test('the query store made anew from the log answers the same', async () => {
  const trail = await open()
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  await trail.import(bytesOf(relations), { source: 'scheduling' })
  const before = await ask(trail, { by: 'patient', id: 'P-100' })
  await before.proof()
  await trail.rebuild()
  const after = await ask(trail, { by: 'patient', id: 'P-100' })
  assert.deepEqual(after.accesses, before.accesses)
  const checked = verifyProof(await after.proof(true), (await trail.state()).key)
  assert.equal(checked.isValid && checked.accesses, 3)
  const again = await trail.import(bytesOf(accesses), { source: 'EHR' })
  assert.deepEqual([again.accepted, again.duplicates], [0, 4])
  assert.deepEqual(await trail.verify(), { isIntact: true, size: (await trail.state()).logSize, problem: undefined })
  await trail.close()
})

test('while a long import is under way nothing is made anew, and questions are answered', async () => {
  const trail = await open()
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  const [more, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  async function* slow() {
    yield Buffer.from(`${heading}\n`)
    begun.resolve()
    await more.promise
    yield Buffer.from('2026-11-07 09:00:00,bcole,P-100,Chart Review,WS-7,Billing\n')
  }
  const importing = trail.import(slow(), { source: 'EHR' })
  await begun.promise
  const refused = assert.rejects(trail.rebuild(), { code: 'trail-importing' })
  assert.equal((await ask(trail, { by: 'patient', id: 'P-100' })).total, 3)
  await refused
  more.resolve()
  assert.equal((await importing).accepted, 1)
  await trail.rebuild()
  assert.equal((await ask(trail, { by: 'patient', id: 'P-100' })).total, 4)
  await trail.close()
})

test('in another zone days and hours are told anew; what comes meanwhile waits, and questions are refused', async () => {
  const name = 'moved'
  const trail = await open(name)
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  const days = async (of: OpenTrail) =>
    (await of.pattern('ahansen', '2026-11-01', '2026-11-30')).hours.map(({ day, hour }) => `${day} ${hour}`)
  assert.deepEqual(await days(trail), ['2026-11-02 9'])
  const moving = trail.setZone('Pacific/Auckland')
  const meanwhile = trail.import(
    bytesOf(`${heading}\n2026-11-10 08:00:00,ahansen,P-9,Chart Review,WS-1,Cardiology\n`),
    {
      source: 'EHR',
    },
  )
  await assert.rejects(days(trail), { code: 'trail-rebuilding' })
  await moving
  assert.equal(trail.zone, 'Pacific/Auckland')
  assert.equal((await meanwhile).accepted, 1)
  // A time that is told without a zone is of the one that held when it was told.
  const moved = ['2026-11-03 4', '2026-11-10 8']
  assert.deepEqual(await days(trail), moved)
  const [newest] = (await ask(trail, { by: 'user', id: 'ahansen' })).accesses
  assert.equal(newest?.at.toISOString(), '2026-11-09T19:00:00.000Z')
  await trail.close()
})

test('a query store that is damaged or lost is made anew when the trail is opened', async () => {
  const name = 'damaged'
  const trail = await open(name)
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  await trail.close()
  const path = join(folder, name, 'store', 'store.duckdb')
  const bytes = await readFile(path)
  bytes.fill(0x41, 0, 8_192)
  await writeFile(path, bytes)
  const opened = await open(name)
  assert.equal((await ask(opened, { by: 'patient', id: 'P-100' })).total, 3)
  await opened.close()
})

test('more accesses of one login than are told at once are refused, and told by the day', async () => {
  const trail = await open()
  const perDay = 340_000
  async function* interfaceLog() {
    yield Buffer.from(`${heading}\n`)
    for (const day of ['04', '05', '06']) {
      for (let from = 0; from < perDay; from += 10_000) {
        const rows = Array.from({ length: 10_000 }, (_, at) => {
          const second = String(Math.floor(((from + at) / perDay) * 59)).padStart(2, '0')
          return `2026-11-${day} 10:00:${second},interface,P-${(from + at) % 5_000},View ${from + at},WS-1,Billing\n`
        })
        yield Buffer.from(rows.join(''))
      }
    }
  }
  assert.equal((await trail.import(interfaceLog(), { source: 'EHR' })).accepted, 3 * perDay)
  await assert.rejects(trail.who({ by: 'user', id: 'interface', limit: 10 }), {
    code: 'trail-question-too-many',
    message: 'These are 1,020,000 accesses by one person or program, and at most 1,000,000 are told at once.',
  })
  const [since, until] = [new Date('2026-11-06T06:00:00Z'), new Date('2026-11-07T06:00:00Z')]
  const day = await ask(trail, { by: 'user', id: 'interface', since, until, limit: 10 })
  assert.deepEqual([day.total, day.accesses.length], [perDay, 10])
  await trail.close()
})

test('a live message is answered for when it was accepted', async () => {
  const trail = await open()
  const xml = `<AuditMessage><EventIdentification EventActionCode="R" EventDateTime="2026-11-19T10:00:00Z" EventOutcomeIndicator="0"><EventID csd-code="110110" codeSystemName="DCM" originalText="Patient Record"/></EventIdentification><ActiveParticipant UserID="dmoss" UserIsRequestor="true" NetworkAccessPointID="WS-9" NetworkAccessPointTypeCode="1"/><AuditSourceIdentification AuditSourceID="PACS"/><ParticipantObjectIdentification ParticipantObjectID="P-200" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881" originalText="Patient Number"/></ParticipantObjectIdentification></AuditMessage>`
  const bytes = Buffer.from(`<85>1 2026-11-19T10:00:01Z pacs app - IHE+DICOM - ${xml}`)
  await trail.accept([{ bytes, receivedAt: now.getTime() }], 'PACS')
  const { accesses: told } = await ask(trail, { by: 'patient', id: 'P-200' })
  assert.deepEqual(
    told.map(({ user, source, action }) => [user, source, action]),
    [['dmoss', 'PACS', 'read']],
  )
  await trail.accept([{ bytes: Buffer.from('<85>1 nonsense'), receivedAt: now.getTime() }], 'PACS')
  const [state] = await trail.sources()
  assert.deepEqual([state?.accepted, state?.rejected], [1, 1])
  await trail.close()
})

test('what is no access log is refused, and nothing is taken', async () => {
  const trail = await open()
  await assert.rejects(trail.import(bytesOf('%PDF-1.7 something'), { source: 'x' }), {
    code: 'trail-import-unrecognised',
  })
  await assert.rejects(trail.import(bytesOf(''), { source: 'x' }), { code: 'trail-import-empty' })
  assert.equal((await trail.state()).logSize, 0)
  await trail.close()
})

test('what one list knows of somebody is not lost by another that does not say it', async () => {
  const trail = await open()
  const patient = { record: 'patient', patient: 'P-1', bornOn: null, diedOn: null, street: '', place: '', phone: '' }
  const worker = {
    record: 'worker',
    person: '',
    manager: '',
    hiredOn: null,
    leftOn: null,
    bornOn: null,
    phone: '',
    patient: '',
    isShared: false,
  }
  const home = { street: '12 Mill Lane', place: '60614' }
  const tell = (...known: object[]) =>
    trail.import(bytesOf(known.map((one) => JSON.stringify(one)).join('\n')), { source: 'lists', format: 'relations' })
  await tell(
    { ...patient, name: 'Carl Weaver', isWatched: false, ...home },
    { ...worker, login: 'nw', name: 'Nora Weaver', department: 'Surgery', role: 'Nurse', ...home },
  )
  // The watch list names no address; the list of people that Vigil itself keeps neither.
  await tell({ ...patient, name: '', isWatched: true })
  await tell({
    ...worker,
    login: 'nw',
    name: 'Nora Weaver',
    department: 'Surgery',
    role: 'Nurse',
    street: '',
    place: '',
  })
  const looks = [1, 2, 3].map((day) => `2026-11-0${day} 21:00:00,nw,P-1,Chart Review,WS-1,Surgery`)
  await trail.import(bytesOf(`${heading}\n${looks.join('\n')}\n`), { source: 'EHR' })
  await trail.judge()
  const [story] = await trail.stories(0, 10)
  assert.equal(story?.patients[0]?.name, 'Carl Weaver')
  assert.deepEqual(new Set(story.told.map(({ kind }) => kind)).has('family'), true)
  assert.deepEqual(new Set(story.told.map(({ kind }) => kind)).has('watched'), true)
  await trail.close()
})
