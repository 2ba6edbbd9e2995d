import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { flag } from '../model/access.ts'
import { AtnaReader, atna, readAtnaMessage } from './atna.ts'
import { brief, gather, options, receivedAt } from './testing.ts'

const person =
  '<ActiveParticipant UserID="ann" UserIsRequestor="true" NetworkAccessPointID="10.0.0.7" NetworkAccessPointTypeCode="2"/>'
const system =
  '<ActiveParticipant UserID="gateway" AlternativeUserID="77" UserIsRequestor="true"><RoleIDCode csd-code="110153" codeSystemName="DCM"/></ActiveParticipant>'
const patient = (id: string) =>
  `<ParticipantObjectIdentification ParticipantObjectID="${id}" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"/>`

interface Parts {
  readonly kind?: string
  readonly letter?: string
  readonly time?: string
  readonly outcome?: string
  readonly who?: string
  readonly about?: string
}

function messageOf({
  kind = '<EventID csd-code="110103"/>',
  letter = 'R',
  time = '2026-11-22T08:00:00Z',
  outcome = '0',
  who = person,
  about = patient('123'),
}: Parts): string {
  return `<AuditMessage><EventIdentification EventActionCode="${letter}" EventDateTime="${time}" EventOutcomeIndicator="${outcome}">${kind}</EventIdentification>${who}<AuditSourceIdentification AuditSourceID="pacs" AuditEnterpriseSiteID="North"/>${about}</AuditMessage>`
}

function read(parts: Parts) {
  const found = readAtnaMessage(Buffer.from(messageOf(parts)), options)
  assert.ok(!('reason' in found), 'it was refused')
  return found
}

function refusal(xml: string | Uint8Array): string {
  const found = readAtnaMessage(Buffer.from(xml as string), options)
  return 'reason' in found ? found.reason : `${found.length} accesses`
}

test('a message gives one access for each patient, and every field that it has', () => {
  const about = `${patient('123^^^H&amp;1.2&amp;ISO')}${patient('123')}${patient('9^^^H~10^^^K')}`
  const found = read({ about, kind: '<EventID csd-code="110103"/><PurposeOfUse code="btg"/>' })
  assert.deepEqual(
    found.map((access) => access.patient),
    ['123', '9', '10'],
  )
  assert.deepEqual(brief(found[0]), {
    at: Date.UTC(2026, 10, 22, 8),
    patient: '123',
    user: 'ann',
    action: 'read',
    outcome: 'success',
    flags: flag.breakGlass,
    purpose: 'BTG',
    object: '110103',
    workstation: '10.0.0.7',
    application: 'pacs',
    department: 'North',
  })
})

test('RFC 3881 says the same with other names', () => {
  const found = read({
    kind: '<EventID code="110112" displayName="Query"/><EventTypeCode code="ITI-18" displayName="Registry"/>',
    letter: 'E',
  })
  assert.deepEqual([found[0]?.action, found[0]?.object], ['query', 'Registry'])
})

test('the user is the person who asked; with none it is the system, flagged', () => {
  const cases: [string, string, number][] = [
    [`${system}${person}`, 'ann', 0],
    [system, 'gateway', flag.machine],
    ['<ActiveParticipant UserID="" AlternativeUserID="ann7" UserIsRequestor="true"/>', 'ann7', 0],
    ['<ActiveParticipant UserID="nick&lt;ann@https://idp&gt;" UserIsRequestor="1"/>', 'nick', 0],
    ['<ActiveParticipant UserID="&lt;ann@https://idp&gt;" UserIsRequestor="true"/>', 'ann', 0],
  ]
  for (const [who, user, flags] of cases) {
    const [access] = read({ who })
    assert.deepEqual([access?.user, access?.flags], [user, flags], who)
  }
})

test('the kind of event and its outcome are told', () => {
  const cases: [Parts, string, string][] = [
    [{ kind: '<EventID csd-code="110114"/><EventTypeCode csd-code="110122"/>', about: '' }, 'sign-in', 'success'],
    [
      { kind: '<EventID csd-code="110114"/><EventTypeCode csd-code="110123"/>', about: '', outcome: '4' },
      'sign-out',
      'failure',
    ],
    [{ kind: '<EventID csd-code="110106"/>', outcome: '8' }, 'export', 'failure'],
    [{ kind: '<EventID csd-code="110105"/>', outcome: '12' }, 'delete', 'failure'],
    [{ letter: 'C' }, 'create', 'success'],
    [{ letter: '', outcome: '' }, 'other', 'unknown'],
  ]
  for (const [parts, action, outcome] of cases) {
    const [access] = read(parts)
    assert.deepEqual([access?.action, access?.outcome], [action, outcome], JSON.stringify(parts))
  }
  for (const type of ['110120', '110121']) {
    const kind = `<EventID csd-code="110100"/><EventTypeCode csd-code="${type}"/>`
    assert.deepEqual(read({ kind, letter: 'E', about: '' }), [])
  }
})

test('a query is about the patient that it names, and else is marked as not resolved', () => {
  const about = (query: string) =>
    `<ParticipantObjectIdentification ParticipantObjectID="q" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="24"><ParticipantObjectQuery>${Buffer.from(query).toString('base64')}</ParticipantObjectQuery></ParticipantObjectIdentification>`
  const kind = '<EventID csd-code="110112"/>'
  assert.deepEqual(
    read({ kind, about: about('http://x/Observation?patient=7') }).map((one) => [one.patient, one.flags]),
    [['7', 0]],
  )
  assert.deepEqual(
    read({ kind, about: about('http://x/Patient?family=lee') }).map((one) => [one.patient, one.flags]),
    [['', flag.unresolved]],
  )
})

test('document types and entities are refused, and nothing is fetched', () => {
  const message = messageOf({})
  const dtd = 'It has a document type definition, which is refused.'
  assert.equal(refusal(`<!DOCTYPE AuditMessage SYSTEM "http://127.0.0.1:9/x.dtd">${message}`), dtd)
  assert.equal(
    refusal(
      `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${message.replace('ann', '&x;')}`,
    ),
    dtd,
  )
  const bomb = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('')
  assert.equal(refusal(`<!DOCTYPE a [<!ENTITY l0 "ha">${bomb}]>${message.replace('ann', '&l9;')}`), dtd)
  assert.equal(refusal(message.replace('ann', '&x;')), 'It is not valid XML.')
})

test('what is no audit message is refused in a sentence without any of its values', () => {
  const message = messageOf({})
  assert.equal(refusal(''), 'It is not valid XML.')
  assert.equal(refusal(message.slice(0, -5)), 'It is not valid XML.')
  assert.equal(refusal(`${message}x`), 'It is not valid XML.')
  assert.equal(refusal('<secret/>'), 'It is not an audit message.')
  assert.equal(refusal('<AuditMessage/>'), 'The message does not say what happened.')
  assert.equal(refusal(messageOf({ time: 'secret' })), 'The event has no time that can be read.')
  assert.equal(refusal(message.replace('ann', 'a\0n')), 'It is not valid XML.')
  assert.equal(refusal(Buffer.concat([Buffer.from(message), Buffer.from([0xff])])), 'It is not valid UTF-8.')
  assert.equal(refusal(`${'<a>'.repeat(1001)}${'</a>'.repeat(1001)}`), 'It is nested too deeply.')
  assert.equal(
    refusal(message.replace('</AuditMessage>', `${'<a>'.repeat(900)}${'</a>'.repeat(900)}</AuditMessage>`)),
    '1 accesses',
  )
})

test('two megabytes and ten thousand patients in one message are read', () => {
  const about = Array.from({ length: 10_000 }, (_, at) => patient(`${at}^^^H&amp;1.2.3.4.5.6.7.8.9.10&amp;ISO`)).join(
    '',
  )
  assert.ok(about.length > 1_000_000)
  assert.equal(read({ about }).length, 10_000)
})

test('a clock that cannot be right is not believed', () => {
  const [access] = read({ time: '2099-01-01T00:00:00Z' })
  assert.deepEqual([access?.at, access?.flags], [receivedAt, flag.clock])
})

test('a reader that has learnt gives what one that has not would give', () => {
  const field = fc.oneof(
    fc.stringMatching(/^[a-z0-9 ^|/-]{0,8}$/),
    fc.constantFrom('&amp;', '&lt;', 'é', '&#65;', '<', '\t', '"'),
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(field, field, fc.constantFrom('R', 'C', 'E'), fc.nat(2)), { minLength: 3, maxLength: 12 }),
      (rows) => {
        const reader = new AtnaReader()
        for (const [user, id, letter, more] of rows) {
          const bytes = Buffer.from(
            messageOf({ who: person.replace('ann', () => user), about: patient(id).repeat(more), letter }),
          )
          assert.deepEqual(reader.read(bytes, options), readAtnaMessage(bytes, options))
        }
      },
    ),
  )
})

test('a file of messages is read whatever stands between them, and however it is cut', async () => {
  const [one, two] = [messageOf({}), messageOf({ about: patient('9') })]
  const file = `<85>1 - - - - - - <?xml version="1.0" encoding="UTF-8"?>\n${one}\n<?xml version="1.0"?>${two}\n<AuditMessage><broken></AuditMessage>${one}\n`
  for (const chunk of [1, 13, 65_536]) {
    const found = await gather(atna, file, { chunk })
    assert.deepEqual(
      found.accesses.map((access) => access.patient),
      ['123', '9', '123'],
    )
    assert.deepEqual(found.rejects, ['3: It is not valid XML.'])
    const wrapped = await gather(atna, `<?xml version="1.0"?>\n<Messages>\n${one}\n${two}\n</Messages>\n`, { chunk })
    assert.deepEqual([wrapped.accesses.length, wrapped.rejects], [2, []])
    const cut = await gather(atna, `${one}${two.slice(0, 60)}`, { chunk })
    assert.deepEqual([cut.accesses.length, cut.rejects], [1, ['2: It is not valid XML.']])
  }
  assert.equal(atna.recognise(Buffer.from(file)), 2)
  assert.equal(atna.recognise(Buffer.from('<Bundle/>')), 0)
})

test('no bytes make it throw, and each chunking gives the same', async () => {
  const text = `<85>1 - - - - - - ${messageOf({})}\n<?xml version="1.0"?>${messageOf({ about: patient('9') })}\n${messageOf({})}`
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('<>&;"/!?[]-\n\0 ')), fc.nat(255))
  const changes = fc.array(fc.tuple(fc.nat(text.length - 1), byte), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(changes, fc.integer({ min: 1, max: 97 }), async (all, chunk) => {
      const bytes = Buffer.from(text)
      for (const [place, value] of all) bytes[place] = value
      assert.deepEqual(await gather(atna, bytes, { chunk }), await gather(atna, bytes))
    }),
    { numRuns: process.env['VIGIL_LONG'] === undefined ? 200 : 20_000 },
  )
})
