/** Real audit events and messages that nobody here wrote, with what is true of them, found by reading them. */
import assert from 'node:assert/strict'
import { createReadStream, existsSync } from 'node:fs'
import { glob, open, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { readAtnaMessage } from '../../src/trail/formats/atna.ts'
import { recogniseAccessLog } from '../../src/trail/formats/index.ts'
import { type Access, flag } from '../../src/trail/model/access.ts'

const data = new URL('../../../shared/data/', import.meta.url)
const skip = existsSync(new URL('access/', data))
  ? false
  : 'the folder of real inputs (../shared/data/access) is absent'
const options = { receivedAt: Date.UTC(2026, 10, 22), zone: 'UTC' }
const { machine, unresolved } = flag

async function headOf(path: string): Promise<Buffer> {
  const file = await open(new URL(path, data))
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function readWhole(path: string): Promise<{ format: string | undefined; accesses: Access[]; rejects: string[] }> {
  const format = recogniseAccessLog(await headOf(path))
  const accesses: Access[] = []
  const rejects: string[] = []
  await format?.read(createReadStream(new URL(path, data), { highWaterMark: 100 }), options, {
    take: (_, found) => accesses.push(...found),
    reject: (where, reason) => rejects.push(`${where}: ${reason}`),
    ready: async () => {},
  })
  return { format: format?.name, accesses, rejects }
}

/** Per file: the time, then of each access the user, the patient, the action, the object and the flags. */
type Expected = readonly [time: string, ...accesses: string[]]
const balp = '2020-04-29T09:49:00.000Z'
const none = '-'

const events: Readonly<Record<string, Expected>> = {
  'fhir/AuditEvent-example.json': [none],
  'fhir/AuditEvent-example-disclosure.json': [
    '2013-09-22T00:08:00.000Z',
    'SomeIdiot@nowhere example disclose Patient 0',
  ],
  'fhir/AuditEvent-example-error.json': ['2017-09-07T23:42:24.000Z', '95 - create OperationOutcome 0'],
  'fhir/AuditEvent-example-login.json': ['2013-06-20T23:41:23.000Z', '95 - sign-in - 0'],
  'fhir/AuditEvent-example-logout.json': ['2013-06-20T23:46:41.000Z', '95 - sign-out - 0'],
  'fhir/AuditEvent-example-media.json': ['2015-08-27T23:42:24.000Z', '95 e3cdfc81a0d24bd export DocumentManifest 0'],
  'fhir/AuditEvent-example-pixQuery.json': ['2015-08-26T23:42:24.000Z', '95 e3cdfc81a0d24bd query Patient 0'],
  'fhir/AuditEvent-example-rest.json': ['2013-06-20T23:42:24.000Z', '95 example read Patient 0'],
  'fhir/AuditEvent-example-search.json': ['2015-08-22T23:42:24.000Z', `95 - query Encounter ${unresolved}`],
  'balp/AuditEvent-ex-auditBasicCreate1.json': [balp, 'Betty_Jones ex-patient create List 0'],
  'balp/AuditEvent-ex-auditBasicCreateNoPatient.json': [balp, 'John_Smith - create MeasureReport 0'],
  'balp/AuditEvent-ex-auditBasicCreateNoUserReport.json': [
    balp,
    `myMachine.example.org ex-patient create DocumentReference ${machine}`,
  ],
  'balp/AuditEvent-ex-auditBasicDeleteClient.json': [balp, 'John_Smith ex-patient delete List 0'],
  'balp/AuditEvent-ex-auditBasicDeleteNoUser.json': [balp, `myMachine.example.org ex-patient delete List ${machine}`],
  'balp/AuditEvent-ex-auditBasicDeleteServer.json': [balp, 'John_Smith ex-patient delete List 0'],
  'balp/AuditEvent-ex-auditBasicQueryGetNoPatient.json': [balp, `John_Smith - query MeasureReport ${unresolved}`],
  'balp/AuditEvent-ex-auditBasicReadClient.json': [balp, 'John_Smith ex-patient read List 0'],
  'balp/AuditEvent-ex-auditBasicReadOClient.json': [balp, 'JohnSmith ex-patient read List 0'],
  'balp/AuditEvent-ex-auditBasicReadServer.json': [balp, 'John_Smith ex-patient read List 0'],
  'balp/AuditEvent-ex-auditBasicUpdateNoPatient.json': [
    balp,
    `myMachine.example.org - update DocumentReference ${machine}`,
  ],
  'balp/AuditEvent-ex-auditBasicUpdateNoUserReport.json': [
    balp,
    `myMachine.example.org ex-patient update DocumentReference ${machine}`,
  ],
  'balp/AuditEvent-ex-auditPoke-SAML-Min2.json': ['2021-12-03T09:49:00.000Z', 'JoeL - read - 0'],
  'balp/AuditEvent-ex-auditPrivacyDisclosure-measurereport.json': [
    balp,
    'ex-patient ex-patient disclose MeasureReport 0',
  ],
  'balp/AuditEvent-ex-auditPrivacyDisclosure-source.json': [balp, 'ex-patient ex-patient disclose DocumentReference 0'],
}

const query = machine
const messages: Readonly<Record<string, Expected>> = {
  'atna/pdqm.xml': [
    '2020-03-19T14:25:02.926Z',
    `/app-gateway/fhir/Patient - query Mobile_Patient_Demographics_Query ${machine | unresolved}`,
  ],
  'atna/pdqv3.xml': [
    '2020-03-19T14:17:28.705Z',
    ...['IHERED-2340', 'IHEGREEN-2340', 'IHEBLUE-2340', 'IHEBLUE-2342', 'IHEFACILITY-2340', 'IHEFACILITY-2342'].map(
      (id) => `unknown ${id} query Patient_Demographics_Query ${query}`,
    ),
  ],
  'atna/pixfeedmerge.xml': ['2019-03-19T13:48:59.399Z', `NIST_SENDER MW-10001 delete Patient_Identity_Feed ${machine}`],
  'atna/pixfeedsource.xml': [
    '2020-03-19T13:59:32.253Z',
    ...['IHERED-2342', 'IHEBLUE-2342', 'IHEFACILITY-2342'].map(
      (id) => `IHE_SYS_IHERED ${id} update Patient_Identity_Feed ${machine}`,
    ),
  ],
  'atna/pixquery.xml': [
    '2020-03-19T12:34:06.367Z',
    `MESA_PIX_CLIENT 27 query PIX_Query ${query}`,
    `MESA_PIX_CLIENT 78106 query PIX_Query ${query}`,
  ],
  'atna/pixv3feed.xml': ['2020-03-19T13:40:14.259Z', `unknown JW-824-v3 create Patient_Identity_Feed ${machine}`],
  'atna/pixv3sourcefeed.xml': ['2020-04-08T15:44:24.580Z', `- PIX create Patient_Identity_Feed ${machine}`],
  'atna/stop.xml': [none],
  'atna/xpidsource.xml': [
    '2020-03-19T13:59:32.298Z',
    ...['IHEGREEN-2340', 'IHEGREEN-2342', 'IHERED-2340', 'IHERED-2342'].map(
      (id) => `IHE_SYS_IHERED ${id} update Notify_XAD-PID_Link_Change ${machine}`,
    ),
  ],
}

const word = (text: string) => (text === '' ? none : text.replaceAll(' ', '_'))

function describe(accesses: readonly Access[]): Expected {
  const times = new Set(accesses.map((access) => new Date(access.at).toISOString()))
  assert.ok(times.size <= 1)
  return [
    [...times][0] ?? none,
    ...accesses.map((one) => `${word(one.user)} ${word(one.patient)} ${one.action} ${word(one.object)} ${one.flags}`),
  ]
}

test('every published audit event is read, with its time, its person, its patients and what was done', {
  skip,
}, async () => {
  for (const [path, expected] of Object.entries(events)) {
    const found = await readWhole(`access/${path}`)
    assert.equal(found.format, 'fhir', path)
    assert.deepEqual(found.rejects, [], path)
    assert.deepEqual(describe(found.accesses), expected, path)
  }
  let files = 0
  for await (const _ of glob('access/{fhir,balp}/AuditEvent*.json', { cwd: data })) files += 1
  assert.equal(files, Object.keys(events).length)
})

test('published events give where, with what and why, too', { skip }, async () => {
  const disclosure = (await readWhole('access/fhir/AuditEvent-example-disclosure.json')).accesses[0]
  assert.equal(disclosure?.purpose, 'HMARKT')
  assert.equal(disclosure?.application, 'Watchers Accounting of Disclosures Application')
  assert.equal(disclosure?.workstation, 'custodian.net')
  const error = (await readWhole('access/fhir/AuditEvent-example-error.json')).accesses[0]
  assert.equal(error?.outcome, 'failure')
  assert.equal(error?.workstation, 'Workstation1.ehr.familyclinic.com')
  const client = (await readWhole('access/balp/AuditEvent-ex-auditBasicReadOClient.json')).accesses[0]
  assert.equal(client?.workstation, '2001:0db8:85a3:0000:0000:8a2e:0370:7334')
  assert.equal(client?.event, 'ex-auditBasicReadOClient')
  const saml = (await readWhole('access/balp/AuditEvent-ex-auditPoke-SAML-Min2.json')).accesses[0]
  assert.equal(saml?.purpose, 'TREAT')
  assert.equal(saml?.department, 'server.example.com')
})

test('every audit message of the IHE transactions is read, alone and in one file', { skip }, async () => {
  const all: Buffer[] = []
  const expectedAll: string[] = []
  for (const [path, expected] of Object.entries(messages)) {
    const bytes = await readFile(new URL(`access/${path}`, data))
    const alone = readAtnaMessage(bytes, options)
    assert.ok(!('reason' in alone), path)
    assert.deepEqual(describe(alone), expected, path)
    const found = await readWhole(`access/${path}`)
    assert.equal(found.format, 'atna', path)
    assert.deepEqual([found.accesses, found.rejects], [alone, []], path)
    all.push(bytes, Buffer.from('\n'))
    expectedAll.push(...alone.map((access) => access.patient))
  }
  const format = recogniseAccessLog(Buffer.concat(all))
  const patients: string[] = []
  await format?.read(
    (async function* () {
      yield* all
    })(),
    options,
    {
      take: (_, found) => patients.push(...found.map((access) => access.patient)),
      reject: (where) => assert.fail(`message ${where} was rejected`),
      ready: async () => {},
    },
  )
  assert.deepEqual(patients, expectedAll)
})

test('no other record, and no table of breaches or findings, is taken for a log of accesses', { skip }, async () => {
  let files = 0
  for await (const path of glob(['access/**/*', '**/*.{csv,tsv}'], { cwd: data })) {
    if (/AuditEvent[^/]*$|access\/atna\/|access\/[a-z0-9]+$/.test(path)) continue
    files += 1
    assert.equal(recogniseAccessLog(await headOf(path))?.name, undefined, path)
  }
  assert.ok(files > 40)
})
