import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Framing, keptRejectBytes } from './framing.ts'

const limit = 2_000

/** What is found in a stream that comes in steps; a message that is flushed afterwards is marked. */
function read(stream: Buffer | string, step = 1_000_000): { found: string[]; framing: Framing } {
  const found: string[] = []
  const framing = new Framing(
    {
      message: (bytes) => found.push(bytes.toString('latin1')),
      reject: (reason, raw) => {
        assert.ok(raw.length <= keptRejectBytes)
        found.push(`${reason} ${raw.toString('latin1')}`)
      },
    },
    limit,
  )
  const bytes = Buffer.from(stream)
  for (let from = 0; from < bytes.length; from += step) framing.push(bytes.subarray(from, from + step))
  return { found, framing }
}

function readWhole(stream: Buffer | string, step?: number): string[] {
  const { found, framing } = read(stream, step)
  framing.end()
  assert.equal(framing.openFrame, 0)
  return found
}

const xml = `<?xml version="1.0"?>\n<AuditMessage>\n  <EventIdentification/>\n\n</AuditMessage>`

for (const step of [1, 3, 64, 100_000]) {
  test(`XML on several lines is one message, which takes no other with it, in steps of ${step}`, () => {
    const whole = `<85>1 - - - - - - ${xml}`
    const cut = '<85>1 - - - - - - <AuditMessage>\n  <EventIdent'
    assert.deepEqual(readWhole(`${whole}\n<86>1 a\n${whole}\n`, step), [whole, '<86>1 a', whole])
    assert.deepEqual(readWhole(`${cut}\n<86>1 a\r\n${cut}\n${whole}\n${cut}`, step), [cut, '<86>1 a', cut, whole, cut])
    const { found, framing } = read(`${cut}\n`, step)
    assert.deepEqual([found, framing.openFrame], [[], 1])
    assert.equal(framing.flush(), true)
    assert.deepEqual([found, framing.openFrame], [[cut], 0])
    framing.push(Buffer.from('<87>1 b\n<88>1 c'))
    assert.deepEqual([found.slice(1), framing.flush()], [['<87>1 b'], false])
  })
}

const text = fc.string({ unit: fc.constantFrom('a', ' ', '<', '1', '>', '\\', 'é'), maxLength: 60 })

test('any mix of both frames is read alike, however it is cut', () => {
  const message = fc.record({
    body: text,
    isCounted: fc.boolean(),
    between: fc.constantFrom('', '\n', '\r\n', '\0', ' '),
  })
  fc.assert(
    fc.property(fc.array(message), fc.integer({ min: 1, max: 90 }), (messages, step) => {
      const bodies = messages.map(({ body }) => `<85>1 ${body}`)
      const stream = messages.map(({ isCounted, between }, place) => {
        const body = bodies[place] ?? ''
        return isCounted ? `${Buffer.byteLength(body)} ${body}${between}` : `${body}\n${between}`
      })
      const found = readWhole(stream.join(''), step).map((each) => Buffer.from(each, 'latin1').toString())
      assert.deepEqual(found, bodies)
    }),
    { numRuns: 300 },
  )
})

test('anything at all is read to its end, alike in every cut, with nothing held beyond the limit', () => {
  const part = fc.oneof(
    text,
    fc.constantFrom(
      '\n',
      '\r\n',
      '\0',
      '\ufeff',
      '12 <85>1 hello ',
      '5 <',
      '<85>1 x\n',
      '2001 <',
      '40000 <',
      '<AuditMessage>\n',
    ),
    fc.nat(60_000).map((count) => `${count} `),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (parts, step) => {
      const stream = parts.join('')
      const { framing } = read(stream, step)
      assert.ok(framing.heldBytes <= 2 * limit + 4_096)
      assert.deepEqual(readWhole(stream, step), readWhole(stream))
    }),
    { numRuns: process.env['VIGIL_LONG'] ? 20_000 : 1_000 },
  )
})
