import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { flag } from '../model/access.ts'
import { fhir } from './fhir.ts'
import { readAuditEvent } from './fhir-event.ts'
import { brief, gather, options, receivedAt } from './testing.ts'

const coding = (code: string, system = 'urn:any') => ({ coding: [{ system, code }] })
const patientEntity = (reference: string) => ({ what: { reference }, role: { code: '1' }, type: { code: '1' } })

function eventOf(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    resourceType: 'AuditEvent',
    id: 'e1',
    type: { code: 'rest' },
    subtype: [{ code: 'read' }],
    action: 'R',
    recorded: '2026-11-22T08:00:00Z',
    outcome: '0',
    agent: [{ who: { identifier: { value: 'ann' } }, requestor: true, network: { address: '10.0.0.7', type: '2' } }],
    source: { site: 'Ward 3', observer: { display: 'EHR' } },
    entity: [patientEntity('Patient/123')],
    ...more,
  }
}

function read(more: Record<string, unknown>) {
  const found = readAuditEvent(eventOf(more), options)
  assert.ok(!('reason' in found), 'it was refused')
  return found
}

test('an event gives one access for each patient that it names, by the same text however they are referred to', () => {
  const entity = [
    patientEntity('Patient/123'),
    patientEntity('https://ehr.example/fhir/Patient/123/_history/4'),
    { what: { identifier: { value: '77^^^H&1.2.3&ISO' } }, role: { code: '1' } },
    { what: { reference: 'Patient/9' }, type: { code: '2' } },
    { what: { reference: 'Patient?identifier=urn:mrn|88' } },
  ]
  assert.deepEqual(
    read({ entity }).map((access) => access.patient),
    ['123', '77', '9', '88'],
  )
})

test('an event gives every field that the trail keeps', () => {
  assert.deepEqual(read({})[0], {
    at: Date.UTC(2026, 10, 22, 8),
    patient: '123',
    user: 'ann',
    onBehalfOf: '',
    action: 'read',
    outcome: 'success',
    flags: 0,
    purpose: '',
    object: 'Patient',
    workstation: '10.0.0.7',
    application: 'EHR',
    department: 'Ward 3',
    reason: '',
    event: 'e1',
    sequence: '',
  })
})

test('R5 and R6 say the same in other members', () => {
  const found = readAuditEvent(
    {
      resourceType: 'AuditEvent',
      id: 'r5',
      category: [coding('rest')],
      code: coding('search-type'),
      action: 'E',
      occurredPeriod: { start: '2026-11-22T07:00:00+01:00', end: '2026-11-22T08:00:00Z' },
      recorded: '2026-11-22T09:00:00Z',
      outcome: { code: { code: 'error' } },
      authorization: [{ ...coding('BTG'), text: 'unconscious' }],
      patient: { reference: 'Patient/5' },
      agent: [
        {
          type: coding('humanuser'),
          who: { reference: 'Practitioner/p7' },
          requestor: true,
          networkString: 'pc-7',
          authorization: [coding('TREAT')],
        },
      ],
      source: { site: { display: 'North' }, observer: { reference: 'Device/d1' } },
      entity: [{ what: { reference: 'Observation/1' }, role: coding('4') }],
    },
    options,
  )
  assert.ok(!('reason' in found))
  assert.deepEqual(found.map(brief), [
    {
      at: Date.UTC(2026, 10, 22, 6),
      patient: '5',
      user: 'p7',
      action: 'query',
      outcome: 'failure',
      flags: flag.breakGlass,
      purpose: 'BTG',
      object: 'Observation',
      workstation: 'pc-7',
      application: 'd1',
      department: 'North',
      reason: 'unconscious',
      event: 'r5',
    },
  ])
})

test('the user is the person who asked, by the name that staff records know; a program is flagged', () => {
  const program = { type: coding('110153'), who: { display: 'gateway' }, requestor: false }
  const cases: [Record<string, unknown>[], string, number][] = [
    [[program, { who: { identifier: { value: 'ann' } }, altId: 'x', name: 'Ann', requestor: true }], 'ann', 0],
    [[{ altId: 'ann7', name: 'Ann Lee', requestor: true }], 'ann7', 0],
    [[{ who: { reference: 'Practitioner/7', display: 'Ann' }, requestor: true }], '7', 0],
    [[{ name: 'Ann Lee', who: { display: 'A. Lee' }, requestor: true }], 'Ann Lee', 0],
    [[program, { type: coding('110152'), who: { display: 'server' } }], 'gateway', flag.machine],
    [[{ type: coding('110153'), who: { reference: 'Device/d' }, requestor: true }], 'd', flag.machine],
    [[program, { type: coding('humanuser'), who: { identifier: { value: 'ann' } }, requestor: false }], 'ann', 0],
    [[{ userId: { value: 'ann' }, requestor: true }], 'ann', 0],
  ]
  for (const [agent, user, flags] of cases) {
    const [access] = read({ agent })
    assert.deepEqual([access?.user, access?.flags], [user, flags], JSON.stringify(agent))
  }
})

test('who acts on behalf of another is told from whom it was done for', () => {
  const url = 'http://hl7.org/fhir/StructureDefinition/auditevent-OnBehalfOf'
  const extension = [{ url, valueReference: { reference: 'Practitioner/boss' } }]
  const ann = { who: { identifier: { value: 'ann' } }, requestor: true }
  const boss = { who: { identifier: { value: 'boss' } }, requestor: false }
  for (const agent of [
    [{ ...ann, extension }],
    [ann, { ...boss, type: coding('DELEGATOR') }],
    [
      { ...boss, type: coding('HCP') },
      { ...ann, type: coding('ASS') },
    ],
  ]) {
    const [access] = read({ agent })
    assert.deepEqual([access?.user, access?.onBehalfOf], ['ann', 'boss'], JSON.stringify(agent))
  }
})

test('the action is what was done, told from subtype and type before the letter', () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ subtype: [{ code: 'vread' }], action: 'E' }, 'read'],
    [{ subtype: [{ code: 'search-type' }], action: 'E' }, 'query'],
    [{ subtype: [], type: { code: '110112' }, action: 'E' }, 'query'],
    [{ subtype: [], action: 'E' }, 'execute'],
    [{ subtype: [], action: 'U' }, 'update'],
    [{ subtype: [{ code: 'patch' }], action: 'U' }, 'update'],
    [{ subtype: [], action: undefined }, 'other'],
    [{ type: { code: '110106' }, subtype: [{ code: 'ITI-32' }] }, 'export'],
    [{ type: { code: '110106' }, subtype: [{ code: 'disclose' }, { code: 'read' }] }, 'disclose'],
    [{ type: { code: '110114' }, subtype: [{ code: '110122' }], action: 'E', entity: [] }, 'sign-in'],
    [{ type: { code: '110114' }, subtype: [{ code: '110123' }], action: 'E', entity: [] }, 'sign-out'],
  ]
  for (const [more, action] of cases) assert.equal(read(more)[0]?.action, action, JSON.stringify(more))
})

test('codes that are names of every object are codes like any other', () => {
  for (const code of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.equal(read({ subtype: [{ code }], action: code })[0]?.action, 'other')
    const agent = [{ type: coding(code), who: { identifier: { value: 'ann' } }, requestor: true }]
    assert.equal(read({ agent })[0]?.onBehalfOf, '')
  }
})

test('broken glass is told by BTG and its like; emergency treatment is an everyday purpose', () => {
  const agentFor = (code: string) => [
    { who: { identifier: { value: 'a' } }, requestor: true, purposeOfUse: [coding(code)] },
  ]
  assert.deepEqual(brief(read({ agent: agentFor('BTG') })[0])['flags'], flag.breakGlass)
  assert.equal(read({ agent: agentFor('ETREAT') })[0]?.flags, 0)
  assert.equal(read({ agent: agentFor('ETREAT') })[0]?.purpose, 'ETREAT')
  for (const more of [
    { subtype: [{ code: '110127' }] },
    { meta: { security: [{ code: 'BTG' }] } },
    { purposeOfEvent: [coding('TREAT'), coding('btg')] },
    { entity: [{ ...patientEntity('Patient/1'), securityLabel: [{ code: 'break-glass' }] }] },
  ])
    assert.equal(read(more)[0]?.flags, flag.breakGlass, JSON.stringify(more))
})

test('a search is about the patient that it names; of any other it is not known who was seen', () => {
  const query = (text: string) => ({
    subtype: [{ code: 'search' }],
    action: 'E',
    entity: [{ role: { code: '24' }, query: Buffer.from(text).toString('base64') }],
  })
  const cases: [string, string[], string][] = [
    ['http://x/fhir/Observation?patient=Patient/7&_count=2', ['7'], 'Observation'],
    ['GET http://x/fhir/Encounter?subject=9 HTTP/1.1\r\nHost: x', ['9'], 'Encounter'],
    ['Patient?identifier=urn:mrn%7C0012,13', ['0012', '13'], 'Patient'],
    ['/fhir/Patient/44/$everything?start=2020', ['44'], 'Patient'],
    ['Condition?subject:Patient=7', ['7'], 'Condition'],
    ['GET Encounter?subject=9 \t HTTP/1.1 ', ['9'], 'Encounter'],
  ]
  for (const [text, patients, kind] of cases) {
    const found = read(query(text))
    assert.deepEqual([found.map((one) => one.patient), found[0]?.object, found[0]?.flags], [patients, kind, 0], text)
  }
  for (const text of ['Patient?family=lee', 'Encounter?participant=13', '<xml/>', '\0\0', 'Group?subject=Group/1']) {
    const [access] = read(query(text))
    assert.deepEqual([access?.patient, access?.flags], ['', flag.unresolved], text)
  }
})

test('queries and references that are made of nothing cost no more than reading them', { timeout: 60_000 }, () => {
  const blank = `GET /x?${' '.repeat(64_000)}y`
  const what = { reference: `${'/Aa?'.repeat(500_000)}\n` }
  const entity = [...Array(200).fill({ role: { code: '24' }, query: blank }), { what }]
  assert.deepEqual(
    read({ entity }).map((one) => one.patient),
    [''],
  )
})

test('programs that start and stop are nobody’s access', () => {
  assert.deepEqual(read({ type: { code: '110100' }, subtype: [{ code: '110120' }], action: 'E', entity: [] }), [])
})

test('a clock that cannot be right is not believed, and the access says so', () => {
  for (const recorded of ['2099-01-01T00:00:00Z', '1970-01-01T00:00:00Z']) {
    const [access] = read({ recorded })
    assert.deepEqual([access?.at, access?.flags], [receivedAt, flag.clock], recorded)
  }
})

test('what is no audit event is refused in a sentence without any of its values', () => {
  for (const value of [
    null,
    7,
    'x',
    [],
    {},
    { resourceType: 'Patient', id: 'secret' },
    eventOf({ recorded: 'secret' }),
  ]) {
    const found = readAuditEvent(value, options)
    assert.ok('reason' in found && !found.reason.includes('secret'))
  }
})

const lines = [eventOf(), eventOf({ id: 'e2' }), eventOf({ id: 'e3', entity: [patientEntity('Patient/4')] })]
const ids = ['e1', 'e2', 'e3']

test('lines, arrays, documents in a row and Bundles give the same accesses, however they are cut', async () => {
  const bundle = {
    resourceType: 'Bundle',
    type: 'batch',
    total: 3,
    entry: lines.map((resource) => ({ fullUrl: 'u', resource })),
  }
  const inputs = {
    lines: lines.map((one) => JSON.stringify(one)).join('\n'),
    windows: `\ufeff${lines.map((one) => JSON.stringify(one)).join('\r\n\r\n')}\r\n`,
    array: JSON.stringify(lines),
    'pretty array': JSON.stringify(lines, undefined, 2),
    documents: lines.map((one) => JSON.stringify(one, undefined, '\t')).join('\n'),
    bundle: JSON.stringify(bundle),
    'pretty bundle': JSON.stringify(bundle, undefined, 2),
    'entries first': JSON.stringify({ entry: bundle.entry, resourceType: 'Bundle' }),
    'bundles by line': `${JSON.stringify({ ...bundle, entry: bundle.entry.slice(0, 2) })}\n${JSON.stringify({ resourceType: 'Bundle', entry: bundle.entry.slice(2) })}`,
  }
  for (const [name, text] of Object.entries(inputs)) {
    assert.equal(fhir.recognise(Buffer.from(text)), 2, name)
    for (const chunk of [1, 7, 65_536]) {
      const found = await gather(fhir, text, { chunk })
      assert.deepEqual(found.rejects, [], name)
      assert.deepEqual(
        found.accesses.map((access) => access.event),
        ids,
        `${name} by ${chunk}`,
      )
      assert.deepEqual(
        found.raws.map((raw) => JSON.parse(raw)),
        lines,
        name,
      )
    }
  }
})

test('bad messages are rejected one by one, and the rest is read', async () => {
  const good = lines.map((one) => JSON.stringify(one))
  const deep = `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`
  const bad = ['{"resourceType":"AuditEvent"', 'nonsense', '{}\0', `${good[0]} trailing`, deep, '[1,2]', 'null', '"x"']
  const found = await gather(fhir, [good[0], ...bad, good[1], good[2]].join('\n'))
  assert.deepEqual(
    found.accesses.map((access) => access.event),
    ids,
  )
  assert.deepEqual([...new Set(found.rejects.map((one) => Number.parseInt(one, 10)))], [2, 3, 4, 5, 6, 7, 8, 9])
})

test('an array keeps what is good beside what is broken, and a file that was cut off says so', async () => {
  const [first, second] = lines.map((one) => JSON.stringify(one))
  const found = await gather(fhir, `[${first}, 7, {"resourceType":"AuditEvent","id":x}, ${second}, {"resourceType":`)
  assert.deepEqual(
    found.accesses.map((access) => access.event),
    ['e1', 'e2'],
  )
  assert.deepEqual(found.rejects, [
    '2: It is not a JSON object.',
    '3: It is not valid JSON.',
    '5: The file ends in the middle of a message.',
  ])
})

test('ten thousand patients in one event are ten thousand accesses', () => {
  const entity = Array.from({ length: 10_000 }, (_, at) => patientEntity(`Patient/${at}`))
  assert.equal(read({ entity }).length, 10_000)
})

test('values of the wrong type everywhere never throw', () => {
  const any = fc.anything({ withNullPrototype: true, maxDepth: 3 })
  const keys = Object.keys(eventOf())
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...keys, 'code', 'category', 'patient', 'meta', 'occurredPeriod'), any),
      (more) => {
        const found = readAuditEvent({ ...eventOf(), ...more, resourceType: 'AuditEvent' }, options)
        assert.ok('reason' in found || Array.isArray(found))
      },
    ),
    { numRuns: 300 },
  )
  const deepAny = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.integer(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 2 }),
      tie('object'),
    ),
    object: fc.dictionary(
      fc.constantFrom(
        'code',
        'coding',
        'what',
        'who',
        'reference',
        'identifier',
        'value',
        'query',
        'type',
        'role',
        'detail',
        'network',
        'address',
        'url',
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
  })).object
  fc.assert(
    fc.property(deepAny, deepAny, deepAny, (agent, entity, source) => {
      const found = readAuditEvent(eventOf({ agent: [agent], entity: [entity], source, type: agent }), options)
      assert.ok(
        'reason' in found || found.every((one) => typeof one.user === 'string' && typeof one.patient === 'string'),
      )
    }),
    { numRuns: 500 },
  )
})

test('no bytes make it throw, and each chunking gives the same', async () => {
  const bundle = { resourceType: 'Bundle', entry: lines.map((resource) => ({ resource })) }
  const inputs = [
    lines.map((one) => JSON.stringify(one)).join('\n'),
    JSON.stringify(bundle),
    JSON.stringify(lines, undefined, 1),
  ]
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]":,\\\n\0 ')), fc.nat(255))
  const changes = fc.array(fc.tuple(fc.nat(3000), byte), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...inputs), changes, fc.integer({ min: 1, max: 97 }), async (text, all, chunk) => {
      const bytes = Buffer.from(text)
      for (const [place, value] of all) bytes[place % bytes.length] = value
      assert.deepEqual(await gather(fhir, bytes, { chunk }), await gather(fhir, bytes))
    }),
    { numRuns: process.env['VIGIL_LONG'] === undefined ? 300 : 20_000 },
  )
})
