import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { AuditEventReader } from './fhir.ts'
import { readAuditEvent } from './fhir-event.ts'
import { jsonGrammar } from './json-grammar.ts'
import { Templates } from './templates.ts'
import { options } from './testing.ts'
import { parseXml, type Xml, xmlGrammar } from './xml-grammar.ts'

const runs = process.env['VIGIL_LONG'] === undefined ? 400 : 20_000
const event = (id: string, user: string, code: string, patient: string) =>
  `{"resourceType":"AuditEvent","id":"${id}","text":{"div":"<p>${user}</p>"},"n":-1.5e3,"ok":true,"none":null,"empty":[],"void":{ },` +
  ` "agent":[{"who":{"identifier":{"value":"${user}"}},"requestor":true}],\t"entity":[{"what":{"reference":"Patient/${patient}"}},"${code}"]}`

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What nobody reads is not kept by a template. */
function withoutText(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'text'))
}

const word = fc.oneof(
  fc.stringMatching(/^[a-z0-9]{0,6}$/),
  fc.constantFrom('é', '\\"', '\\u0041', '\\', '\n', '"', '\u0000', '\ud83d\ude00', 'x","id":"y', '', 'a'.repeat(300)),
)
const mutation = fc.record({
  at: fc.nat(2000),
  what: fc.constantFrom('flip', 'drop', 'double', 'insert'),
  byte: fc.nat(255),
})

function mutate(bytes: Buffer, changes: readonly { at: number; what: string; byte: number }[]): Buffer {
  let result = bytes
  for (const { at, what, byte } of changes) {
    const place = at % Math.max(result.length, 1)
    const [before, after] = [result.subarray(0, place), result.subarray(place)]
    if (what === 'flip') result = Buffer.concat([before, Buffer.from([byte]), after.subarray(1)])
    else if (what === 'drop') result = Buffer.concat([before, after.subarray(1 + (byte % 8))])
    else if (what === 'double') result = Buffer.concat([before, after.subarray(0, 1 + (byte % 16)), after])
    else result = Buffer.concat([before, Buffer.from([byte, 0x22]), after])
  }
  return result
}

test('a line read by a template is what JSON.parse reads, for any values and any damage', () => {
  let quick = 0
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word, word, word, word, fc.array(mutation, { maxLength: 2 })), { minLength: 4, maxLength: 12 }),
      (rows) => {
        const templates = new Templates(jsonGrammar)
        // Lines that teach it, so that the rest meet a template.
        for (const at of [1, 2]) {
          const bytes = Buffer.from(event(`i${at}`, `u${at}`, `c${at}`, `p${at}`))
          templates.learn(bytes, 0, bytes.length, JSON.parse(bytes.toString()))
        }
        for (const [id, user, code, patient, changes] of rows) {
          const bytes = mutate(Buffer.from(event(id, user, code, patient)), changes)
          // Bytes of others lie around the message.
          const buffer = Buffer.concat([Buffer.from('x"'), bytes, Buffer.from('"]}')])
          const found = templates.parse(buffer, 2, 2 + bytes.length)
          const expected = parse(bytes.toString('utf8'))
          if (found === undefined) {
            if (expected !== undefined) templates.learn(buffer, 2, 2 + bytes.length, expected)
            continue
          }
          quick += 1
          assert.notEqual(expected, undefined, bytes.toString())
          assert.deepEqual(withoutText(found), withoutText(expected), bytes.toString())
        }
      },
    ),
    { numRuns: runs },
  )
  assert.ok(quick > runs / 2, `only ${quick} lines were read by a template`)
})

test('a reader that has learnt gives the accesses that one would give that parses each line', () => {
  const value = fc.constantFrom(
    'a',
    'b',
    '',
    'Patient/1',
    'Patient/2',
    'List/1',
    '110114',
    '110122',
    'BTG',
    'x^^^y',
    'read',
    'C',
  )
  const time = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2099-01-01T00:00:00Z', 'x')
  const row = fc.record({
    id: value,
    time,
    type: value,
    action: value,
    user: value,
    address: value,
    role: value,
    what: value,
    label: value,
    purpose: value,
    site: value,
    stamp: value,
  })
  fc.assert(
    fc.property(fc.array(row, { minLength: 4, maxLength: 25 }), (rows) => {
      const taken: unknown[] = []
      const reader = new AuditEventReader(options, {
        take: (_, accesses) => taken.push(accesses),
        reject: (_, reason) => taken.push({ reason }),
        ready: async () => {},
      })
      for (const one of rows) {
        const event = {
          resourceType: 'AuditEvent',
          id: one.id,
          meta: { lastUpdated: one.stamp, security: [{ code: one.label }] },
          type: { code: one.type },
          subtype: [{ code: one.action }],
          action: one.action,
          recorded: one.time,
          agent: [
            {
              type: { coding: [{ code: one.role }] },
              who: { identifier: { value: one.user } },
              requestor: true,
              network: { address: one.address },
              purposeOfUse: [{ coding: [{ code: one.purpose }] }],
            },
            { who: { reference: one.what }, requestor: false },
          ],
          source: { site: one.site, observer: { display: one.user } },
          entity: [
            { what: { reference: one.what }, role: { code: '1' } },
            { what: { identifier: { value: one.user } }, type: { code: one.type } },
          ],
        }
        const bytes = Buffer.from(JSON.stringify(event))
        reader.read(bytes, 0, bytes.length, 1)
        assert.deepEqual(taken.at(-1), readAuditEvent(event, options))
      }
      assert.equal(taken.length, rows.length)
    }),
    { numRuns: runs },
  )
})

test('JSON that names a member twice, or __proto__, is left to the parser', () => {
  for (const text of ['{"a":"1","a":"2"}', '{"__proto__":"1"}', '{"\\u0061":"1"}']) {
    const bytes = Buffer.from(text)
    assert.equal(jsonGrammar.leavesOf(bytes, 0, bytes.length, JSON.parse(text)), undefined, text)
  }
})

const sample = new URL('../../../../shared/data/access/atna/pixfeedmerge.xml', import.meta.url)

test('a message read by a template is what the XML parser reads, for any values and any damage', {
  skip: !existsSync(sample),
}, () => {
  const base = readFileSync(sample, 'utf8')
  const render = (time: string, user: string, patient: string) =>
    base
      .replace('2019-03-19T13:48:59.399Z', () => time)
      .replace('NIST|NIST_SENDER', () => user)
      .replace('MW-10001', () => patient)
  const value = fc.oneof(
    fc.stringMatching(/^[a-zA-Z0-9 .-]{0,8}$/),
    fc.constantFrom('&amp;', '&lt;b', '&#65;', '&bad;', 'é', '<', '>', ']]>', '\n', '\t', "'", '&amp', '&quot;', ''),
  )
  let quick = 0
  fc.assert(
    fc.property(
      fc.array(fc.tuple(value, value, value, fc.array(mutation, { maxLength: 1 })), { minLength: 4, maxLength: 10 }),
      (rows) => {
        const templates = new Templates(xmlGrammar)
        for (const at of [1, 2]) {
          const bytes = Buffer.from(render(`t${at}`, `u${at}`, `p${at}`))
          const parsed = parseXml(bytes)
          assert.ok(!('reason' in parsed))
          templates.learn(bytes, 0, bytes.length, parsed)
        }
        for (const [time, user, patient, changes] of rows) {
          const bytes = mutate(Buffer.from(render(time, user, patient)), changes)
          const found = templates.parse(bytes, 0, bytes.length) as Xml | undefined
          const expected = parseXml(bytes)
          if (found === undefined) {
            if (!('reason' in expected)) templates.learn(bytes, 0, bytes.length, expected)
            continue
          }
          quick += 1
          assert.ok(!('reason' in expected), bytes.toString())
          assert.deepEqual(found.root, expected.root)
        }
      },
    ),
    { numRuns: runs / 2 },
  )
  assert.ok(quick > runs / 8, `only ${quick} messages were read by a template`)
})
