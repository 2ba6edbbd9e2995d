import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Known, RelationGroup } from '../model/relation.ts'
import { csvLists } from './csv.ts'
import { FileGroups } from './csv-groups.ts'
import { dutyOf } from './duties.ts'
import { fhirRelations } from './fhir.ts'
import type { KnownFormat } from './format.ts'
import { hl7 } from './hl7.ts'
import { knownFormats } from './index.ts'
import { knownNdjson } from './known-ndjson.ts'

interface Read {
  readonly known: Exclude<Known, RelationGroup>[]
  readonly groups: RelationGroup[]
  readonly raw: string[]
  readonly rejects: { where: number; reason: string }[]
}

async function read(format: KnownFormat, content: string | Buffer, piece = 7): Promise<Read> {
  const result: Read = { known: [], groups: [], raw: [], rejects: [] }
  const bytes = Buffer.from(content)
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
  }
  await format.read(
    pieces(),
    { receivedAt: Date.UTC(2026, 10, 21, 3), zone: 'America/New_York' },
    {
      take(raw, known) {
        for (const one of known) {
          if (one.record === 'group') result.groups.push(one)
          else result.known.push(one)
        }
        if (raw.length > 0) result.raw.push(Buffer.from(raw).toString())
      },
      reject: (where, reason) => result.rejects.push({ where, reason }),
      ready: async () => {},
    },
  )
  return result
}

/** Of each record what tells it apart. */
function sum(known: Read['known']): string[] {
  return known.map((one) => {
    if (one.record === 'worker')
      return `W ${one.login}=${one.person} ${one.department}/${one.role} ${one.leftOn ?? ''}`.trim()
    if (one.record === 'patient')
      return `P ${one.patient}${one.same ? `=${one.same}` : ''} ${one.bornOn ?? ''} ${one.diedOn ?? ''}`.trim()
    return `${one.isVoid ? '!' : ''}${one.kind} ${one.patient} ${one.user}@${one.department} ${one.from}..${one.to ?? ''}`
  })
}

test('records of our own form are checked one by one, and what is wrong is said without its values', async () => {
  const lines = [
    '{"record":"worker","login":"amy","name":"Amy Ng","leftOn":"2026-05-01"}',
    '{"record":"relation","kind":"order","key":"o/1","patient":"77","user":"amy","from":"2026-02-30"}',
    'no JSON',
    '{"record":"patient","patient":"77","secret":1}',
    '{"record":"relation","kind":"order","key":"o/1","patient":"77","from":"2026-02-03"}',
    '{"record":"patient","patient":"77","bornOn":"1980-01-02"}',
    '{"record":"relation","kind":"care-team","key":"c/1","patient":"77","user":"amy","from":"2026-02-03","to":"2026-02-01"}',
  ]
  const { known, rejects } = await read(knownNdjson, lines.join('\r\n'))
  assert.deepEqual(sum(known), ['W amy=amy / 2026-05-01', 'P 77 1980-01-02'])
  assert.deepEqual(rejects, [
    { where: 2, reason: 'Its from is not a day that exists (YYYY-MM-DD).' },
    { where: 3, reason: 'The line is not JSON.' },
    { where: 4, reason: 'It has a field that such a record does not have.' },
    { where: 5, reason: 'It names neither a user nor a department.' },
    { where: 7, reason: 'It ends before it begins.' },
  ])
})

const bundle = {
  resourceType: 'Bundle',
  entry: [
    {
      resource: {
        resourceType: 'Encounter',
        id: 'e1',
        status: 'in-progress',
        class: { code: 'IMP' },
        subject: { reference: 'urn:uuid:p-1' },
        participant: [{ individual: { reference: 'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|999' } }],
        location: [{ location: { reference: 'Location/l1' } }],
        period: { start: '2026-03-04T01:30:00Z' },
      },
    },
    {
      resource: {
        resourceType: 'Appointment',
        id: 'a1',
        status: 'noshow',
        start: '2026-03-04T14:00:00-05:00',
        participant: [{ actor: { reference: 'Patient/p1' } }, { actor: { reference: 'PractitionerRole/r1' } }],
      },
    },
    {
      resource: {
        resourceType: 'ServiceRequest',
        id: 's1',
        status: 'entered-in-error',
        subject: { reference: 'Patient/p1' },
        requester: { reference: 'Practitioner/d1' },
        authoredOn: '2026-03-05',
      },
    },
    { resource: { resourceType: 'Observation', id: 'o1', subject: { reference: 'Patient/p1' } } },
    {
      resource: {
        resourceType: 'Encounter',
        id: 'e2',
        subject: { reference: 'Patient/p1' },
        participant: [{ individual: { reference: 'Practitioner/d1' } }],
      },
    },
    { resource: { resourceType: 'Location', id: 'l1', name: 'Ward 4' } },
    {
      fullUrl: 'urn:uuid:p-1',
      resource: {
        resourceType: 'Patient',
        id: 'p1',
        identifier: [
          { value: 'MRN9', type: { coding: [{ code: 'MR' }] } },
          { value: '999-12-3456', type: { coding: [{ code: 'SS' }] } },
        ],
        birthDate: '1980-01-02',
        deceasedBoolean: true,
      },
    },
    {
      resource: {
        resourceType: 'PractitionerRole',
        id: 'r1',
        practitioner: { reference: 'Practitioner/d1' },
        location: [{ reference: 'Location/l1' }],
        code: [{ text: 'Nurse' }],
        period: { end: '2026-06-30' },
      },
    },
    {
      resource: {
        resourceType: 'Practitioner',
        id: 'd1',
        identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '999' }],
      },
    },
  ],
}

test('a Bundle tells the same whatever the order of its entries, and each resource keeps its own bytes', async () => {
  const { known, raw, rejects } = await read(fhirRelations, JSON.stringify(bundle, null, 1))
  const nurses = ['d1', '999', 'r1'].map((login) => `W ${login}=999 Ward 4/Nurse 2026-06-30`)
  assert.deepEqual(sum(known), [
    'admission p1 999@Ward 4 2026-03-03..',
    'appointment p1 d1@Ward 4 2026-03-04..2026-03-04',
    '!order p1 d1@ 2026-03-05..2026-03-05',
    'P p1 1980-01-02 2026-11-20',
    'P MRN9=p1 1980-01-02 2026-11-20',
    ...nurses,
    // The role told of all logins; the practitioner tells of their own.
    ...nurses.slice(0, 2),
  ])
  assert.equal(raw.length, 8)
  assert.ok(raw.every((one) => JSON.parse(one).resourceType))
  assert.deepEqual(
    rejects.map((one) => one.where),
    [5],
  )
  const turned = await read(fhirRelations, bundle.entry.map(({ resource }) => JSON.stringify(resource)).join('\n'))
  assert.deepEqual(
    sum(turned.known).map((one) => one.replace('p-1', 'p1')),
    sum(known),
  )
})

const message = (...segments: readonly string[]) => `${segments.join('\r')}\r`
const header = (type: string) => `MSH|^~\\&|A|B|C|D|20260304101500||${type}|1|P|2.5`

test('HL7 v2 is read with its own separators, framed or not, with any line ends, many in a file', async () => {
  const admitted = message(
    header('ADT^A01'),
    'PID|1||77^^^H^MR~123-45-6789^^^S^SS~E9^^^E^PI||O\\T\\Neil^Sean^^^^^L||19800102|M|||1 Elm&&^Apt 2^X^MA^01002^^H||4135822001',
    'PV1|1|I|4W^12^A||||d1^Ray^Ann|d2~d3|||||||||d4||V1|||||||||||||||||||||||||20260303',
  )
  const discharged = admitted.replace('A01', 'A03').replace('20260304', '20260309')
  const booked = message(
    '\x0bMSH*:+\\$*A*B*C*D*20260304101500**SIU:S26*1*P*2.5',
    'SCH*9*8',
    'TQ1*1******20260310090000*20260310093000',
    'PID*1**77:::H:MR**Neil:Sean',
    'AIL*1**4W',
    'AIP*1**d7:Wu',
  )
  const merged = message(header('ADT^A40'), 'PID|1||77^^^H^MR||Neil^Sean', 'MRG|55^^^H^MR')
  const { known, rejects, raw } = await read(
    hl7,
    `FHS|^~\\&\rBHS|^~\\&\r${admitted}${discharged.replaceAll('\r', '\n')}${booked}\x1c\r${merged.replaceAll('\r', '\r\n')}BTS|4\rFTS|1\r`,
  )
  const stay = (to: string) => [
    'P 77 1980-01-02',
    'P E9=77 1980-01-02',
    ...['d1', 'd4'].map((user) => `admission 77 ${user}@4W 2026-03-03..${to}`),
    ...['d2', 'd3'].map((user) => `referral 77 ${user}@4W 2026-03-03..${to}`),
    `admission 77 @4W 2026-03-03..${to}`,
  ]
  assert.deepEqual(sum(known), [
    ...stay(''),
    ...stay('2026-03-09'),
    'P 77',
    'appointment 77 d7@4W 2026-03-10..2026-03-10',
    'P 77',
    'P 55=77',
  ])
  assert.deepEqual(rejects, [])
  assert.equal(raw[0], admitted)
  assert.equal(raw[1], discharged.replaceAll('\r', '\n'))
  const [first] = known
  assert.equal(first?.record === 'patient' && first.name, 'O&Neil, Sean')
  assert.equal(first?.record === 'patient' && first.street, '1 Elm Apt 2')
})

test('lists are told apart by their headings, and their rows become records', async () => {
  const lists: readonly (readonly [csv: string, ...string[]])[] = [
    ['Patient ID,Name,DOB,Zip,VIP\n77,"Neil, Sean",1/2/1980,1002,Y\n', 'P 77 1980-01-02'],
    [
      'Login;NPI;Last Name;First Name;Job Title;Department;Hire Date;Termination Date\nan;999;Ng;Amy;RN;4W;2020-01-31;13.05.2026\n',
      'W an=999 4W/RN 2026-05-13',
      'W 999=999 4W/RN 2026-05-13',
    ],
    [
      'appt_id,mrn,provider,department,appt_date,status\n1,77,an,4W,3/4/2026 09:00,No Show\n2,77,an,4W,3/25/2026,Cancelled\n',
      'appointment 77 an@4W 2026-03-04..2026-03-04',
      '!appointment 77 an@4W 2026-03-25..2026-03-25',
    ],
    [
      'CSN,MRN,Attending Provider,Department,Admit Date,Discharge Date\n5,77,an,4W,2026-03-04,\n',
      'admission 77 an@4W 2026-03-04..',
    ],
    ['patient_id,member_login,role,from,to\n77,an,Nurse,2026-03-04,\n', 'care-team 77 an@ 2026-03-04..'],
    [
      'Care Team ID,MRN,Member Login,Role,From,To\n5,77,an,Nurse,2026-03-04,2026-03-05\n5,77,an,Nurse,2026-03-08,2026-03-08\n',
      'care-team 77 an@ 2026-03-04..2026-03-05',
      'care-team 77 an@ 2026-03-08..2026-03-08',
    ],
    ['claim_id,patient_id,biller,service_date\n5,77,bo,2026-03-04\n', 'billing 77 bo@ 2026-03-04..2026-03-04'],
    [
      'kind,id,patient,user,department,from,to,void\nnote,5,77,an,,2026-03-04,,yes\n',
      '!note 77 an@ 2026-03-04..2026-03-04',
    ],
  ]
  for (const [csv, ...expected] of lists) {
    assert.equal(csvLists.recognise(Buffer.from(csv)), 2, csv)
    const { known, rejects } = await read(csvLists, csv)
    assert.deepEqual(sum(known), expected)
    assert.deepEqual(rejects, [])
  }
})

test('each time on a team is a relation of its own, and of several phones the first that is there is kept', async () => {
  const teams = await read(
    csvLists,
    'Care Team ID,MRN,Member Login,From,To\n5,77,an,2026-03-04,\n5,77,an,2026-03-04,2026-03-05\n5,77,an,2026-03-08,\n',
  )
  // A row that says more of a time replaces what was said of it; one of another time does not.
  assert.equal(new Set(teams.known.map((one) => one.record === 'relation' && one.key)).size, 2)
  const patients = await read(
    csvLists,
    'MRN,Name,DOB,Mobile Phone,Home Phone\n1,Amy Ng,1980-01-02,555-0101,555-0102\n2,Sean Neil,1980-01-02,555-0103,\n3,Bo Li,1980-01-02,,\n',
  )
  assert.deepEqual(
    patients.known.map((one) => one.record === 'patient' && one.phone),
    ['555-0102', '555-0103', ''],
  )
})

test('an access log is no list, and a row that lacks something is refused alone', async () => {
  for (const headings of [
    'Timestamp,User,Patient ID,Action',
    'ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME',
    'date,event,user,patient_id,success',
  ])
    assert.equal(csvLists.recognise(Buffer.from(`${headings}\n1,2,3,4,5\n`)), 0, headings)
  const { known, rejects } = await read(
    csvLists,
    'order_id,patient_id,ordering_provider,order_date\n1,,an,2026-03-04\n2,77,an,never\n3,77,an,2026-03-04\n',
  )
  assert.deepEqual(sum(known), ['order 77 an@ 2026-03-04..2026-03-04'])
  assert.deepEqual(rejects, [
    { where: 2, reason: 'It names no patient.' },
    { where: 3, reason: 'Its day is not one that is known.' },
  ])
})

test('what a message says again and again costs no more than reading it', { timeout: 60_000 }, async () => {
  const identified = Array(100_000).fill('PID|||1')
  const of = await read(hl7, message(header('ORU^R01'), ...identified), 65_536)
  assert.equal(of.raw.length, 1)
  const result = `OBR|1|2|3||||${'2'.repeat(1_000_000)}`
  const results = await read(hl7, message(header('ORU^R01'), 'PID|||1', result, ...Array(30_000).fill('OBX')), 65_536)
  assert.equal(results.raw.length, 1)
  const role = (number: number) => ({
    resource: { resourceType: 'PractitionerRole', id: `r${number}`, practitioner: { reference: 'Practitioner/d1' } },
  })
  const entry = [...bundle.entry.slice(-1), ...Array.from({ length: 10_000 }, (_, number) => role(number))]
  const { known, raw } = await read(fhirRelations, JSON.stringify({ resourceType: 'Bundle', entry }), 65_536)
  // The practitioner tells of their two logins and of each role's, and each role of its own.
  assert.deepEqual([raw.length, known.length], [10_001, 20_002])
  const reference = `${'/Aa?'.repeat(250_000)}\n`
  const odd = { resourceType: 'Appointment', id: 'a', participant: [{ actor: { reference } }] }
  assert.equal((await read(fhirRelations, JSON.stringify(odd), 65_536)).rejects.length, 1)
})

/** Of each group what follows its name in the keys of those whom it names. */
const named = (groups: readonly RelationGroup[]) =>
  groups.map(({ key, members, endsOn, isMore }) =>
    [
      isMore ? `${key}+` : key,
      ...members.map((one) => one.split('/').at(-1)),
      ...(endsOn ? [`until ${endsOn}`] : []),
    ].join(' '),
  )

test('a FHIR resource says all whom it ties, each for their own time', async () => {
  const participant = (user: string, start?: string, end?: string) => ({
    member: { reference: `Practitioner/${user}` },
    ...(start || end ? { period: { ...(start && { start }), ...(end && { end }) } } : {}),
  })
  const team = {
    resourceType: 'CareTeam',
    id: 'c1',
    subject: { reference: 'Patient/p1' },
    period: { start: '2026-01-01', end: '2026-09-30' },
    participant: [
      participant('a'),
      participant('b', '2026-02-01', '2026-03-01'),
      participant('c', undefined, '2026-04-01'),
      participant('b', '2026-05-01', '2026-06-01'),
      participant('d', '2026-08-01', '2027-01-01'),
    ],
  }
  const { known, groups } = await read(fhirRelations, JSON.stringify(team))
  assert.deepEqual(sum(known), [
    'care-team p1 a@ 2026-01-01..2026-09-30',
    'care-team p1 b@ 2026-02-01..2026-06-01',
    'care-team p1 c@ 2026-01-01..2026-04-01',
    'care-team p1 d@ 2026-08-01..2026-09-30',
  ])
  assert.deepEqual(named(groups), ['fhir/CareTeam/c1 a b c d'])
})

test('HL7 says whom a visit, a booking or an order names by now, and of what is empty nothing', async () => {
  const pid = 'PID|1||77^^^H^MR||Neil^Sean'
  const cases: readonly (readonly [type: string, segments: readonly string[], ...groups: string[]])[] = [
    ['ADT^A08', ['PV1|1|I|||||d1||||||||||||V1'], 'hl7/visit/V1/attending d1 until 2026-03-04'],
    ['ADT^A08', ['PV1|1|I|||||""||||||||||||V1'], 'hl7/visit/V1/attending until 2026-03-04'],
    [
      'ADT^A11',
      ['PV1|1|I|4W||||d1||||||||||||V1'],
      'hl7/visit/V1/attending d1',
      ...['admitting', 'other', 'referring', 'consulting'].map((role) => `hl7/visit/V1/${role}`),
      'hl7/visit/V1 @4W',
    ],
    ['ADT^A31', ['PD1||||d8'], 'hl7/primary/77 d8 until 2026-03-04'],
    ['SIU^S13', ['SCH|9|8', 'AIP|1|A|d1', 'AIP|2|D|d2', 'AIP|3|U|d3'], 'hl7/appointment/8 d1 d3'],
    ['SIU^S13', ['SCH|9|8', 'AIL|1||4W']],
    ['SIU^S15', ['SCH|9|8', 'AIL|1||4W'], 'hl7/appointment/8 @4W'],
    ['ORM^O01', ['ORC|XO|o1||||||||d1||d2'], 'hl7/order/o1/by d2'],
    ['ORU^R01', ['ORC|RE|o1||||||||d1||d2']],
    ['ORM^O01', ['ORC|SC|o1||||||||d1']],
    ['ORM^O01', ['ORC|CA|o1||||||||d1'], 'hl7/order/o1 d1', 'hl7/order/o1/by'],
  ]
  for (const [type, segments, ...expected] of cases) {
    const { groups } = await read(hl7, message(header(type), pid, ...segments))
    assert.deepEqual(named(groups), expected, `${type} ${segments[0]}`)
  }
})

test('rows of one file with the same number name it together, however far apart they stand', async () => {
  const rows = ['1,77,an', '2,77,an', '1,77,bo', '3,77,an']
  const list = `appt_id,mrn,provider,appt_date\n${rows.map((row) => `${row},2026-03-04\n`).join('')}`
  const { groups, known } = await read(csvLists, list)
  assert.deepEqual(named(groups), [
    'csv/appointment/1 provider an bo',
    'csv/appointment/2 provider an',
    'csv/appointment/3 provider an',
  ])
  const told: RelationGroup[] = []
  const take = (_: Uint8Array, [one]: readonly Known[]) => {
    if (one?.record === 'group') told.push(one)
  }
  const parts = new FileGroups({ take, reject: () => {}, ready: async () => {} }, 2)
  for (const one of known) {
    parts.add([one])
    await parts.tellWhenMany()
  }
  await parts.end()
  assert.deepEqual(
    named(told).map((one) => one.replace(/^\S*\//, '')),
    ['1 provider an', '2 provider an', '1 provider+ bo', '3 provider an'],
  )
  // Nobody takes over what was written or billed; without a number nothing is the same as before.
  for (const other of [
    'note_id,mrn,author,note_date\n5,77,an,2026-03-04\n',
    'mrn,provider,appt_date\n77,an,2026-03-04\n',
  ])
    assert.deepEqual((await read(csvLists, other)).groups, [])
})

test('no bytes stop a reader', async () => {
  const seeds = [
    JSON.stringify(bundle),
    `${header('ADT^A01')}\rPID|1||77\rPV1||I|4W|||||d1\r`,
    'Login,Name,Role\nan,Amy,RN\n',
  ]
  const inputs = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(fc.constantFrom(...seeds), fc.nat(), fc.uint8Array({ maxLength: 4 })).map(([seed, at, bytes]) => {
      const place = at % seed.length
      return Buffer.concat([
        Buffer.from(seed.slice(0, place)),
        Buffer.from(bytes),
        Buffer.from(seed.slice(place + bytes.length)),
      ])
    }),
  )
  await fc.assert(
    fc.asyncProperty(inputs, fc.integer({ min: 1, max: 64 }), async (input, piece) => {
      for (const format of knownFormats) {
        assert.ok([0, 1, 2].includes(format.recognise(input)))
        await read(format, input, piece)
      }
    }),
    { numRuns: process.env['VIGIL_LONG'] ? 3000 : 150, seed: 5 },
  )
})

test('duties are known by the words of a role', () => {
  const cases = {
    billing: ['Medical Coder II', 'Billing Specialist', 'Revenue Cycle Analyst', 'Insurance Verification Clerk'],
    registration: ['Patient Access Representative', 'Registrar', 'Front Desk', 'Scheduler'],
    records: ['HIM Technician', 'Release of Information Clerk'],
    laboratory: ['Lab Tech', 'Phlebotomist'],
    imaging: ['Radiology Technologist', 'Sonographer'],
    pharmacy: ['Pharmacist', 'Pharmacy Technician'],
    none: ['Registered Nurse', 'Physician', 'Collaborating Surgeon', ''],
  }
  for (const [duty, roles] of Object.entries(cases)) {
    for (const role of roles) assert.equal(dutyOf(role, ''), duty, role)
  }
  assert.equal(dutyOf('', 'Radiology'), 'imaging')
})
