import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameSplitter } from './frame-splitter.ts'

const xml = '<AuditMessage>\n <a/>\n</AuditMessage>'
const limit = 200

function split(text: string, cuts: readonly number[]): string[] {
  const splitter = new FrameSplitter(limit)
  const bytes = Buffer.from(text)
  const found: string[] = []
  let from = 0
  const note = (frames: ReturnType<FrameSplitter['write']>) => {
    for (const frame of frames)
      found.push(frame.kind === 'message' ? `m ${frame.bytes.toString()}` : `r ${frame.reason}`)
  }
  for (const cut of [...cuts].sort((a, b) => a - b).concat(bytes.length)) {
    const to = Math.min(Math.max(cut, from), bytes.length)
    // The giver uses its buffer again.
    const chunk = Buffer.from(bytes.subarray(from, to))
    note(splitter.write(chunk))
    chunk.fill(0x21)
    from = to
  }
  note(splitter.end())
  return found
}

test('messages are cut by their counted length or by a newline, in one stream', () => {
  assert.deepEqual(split(`9 <85>1 a b10 <85>1 a\n c<85>1 d\n<85>1 ${xml}\n<85>1 last`, []), [
    'm <85>1 a b',
    'm <85>1 a\n c',
    'm <85>1 d',
    `m <85>1 ${xml}`,
    'm <85>1 last',
  ])
})

test('a message that is too long is told of and skipped, and the next is read', () => {
  const reason = 'r The message is longer than is taken.'
  assert.deepEqual(split(`300 ${'<'.padEnd(300, 'x')}5 <1>ab`, []), [reason, 'm <1>ab'])
  assert.deepEqual(split(`${'<'.padEnd(300, 'x')}\n<1>ab\n`, []), [reason, 'm <1>ab'])
})

test('a length that cannot be read ends the stream; a line that is no message is told of alone', () => {
  const splitter = new FrameSplitter(limit)
  const [frame] = splitter.write(Buffer.from('12x <85>1 a'))
  assert.deepEqual(frame, { kind: 'rejected', reason: 'The length before a message cannot be read.', isLost: true })
  assert.deepEqual(splitter.write(Buffer.from('5 <1>ab')), [])
  assert.deepEqual(split('GET / HTTP/1.1\n<1>ab\n', []), [
    'r A line does not begin as a syslog message does.',
    'm <1>ab',
  ])
})

test('a message that the end of the connection cut off is told of', () => {
  assert.deepEqual(split('9 <85>1', []), ['r The connection ended in the middle of a message.'])
  assert.deepEqual(split('<85>1 <AuditMessage>\n', []), ['r The connection ended in the middle of a message.'])
})

test('however a stream is cut into chunks, the messages are the same', () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 30 }).map((text) => `${Buffer.byteLength(text)} ${text}`),
    fc.string({ maxLength: 30 }).map((text) => `<13>${text}\n`),
    fc.constantFrom(
      `<85>1 ${xml}\n`,
      '\n',
      ' ',
      '\0',
      `250 ${'y'.repeat(250)}`,
      `<${'z'.repeat(250)}\n`,
      '12x',
      '<AuditMessage>',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (pieces, cuts) => {
      const text = pieces.join('')
      const size = Buffer.byteLength(text)
      const whole = split(text, [])
      assert.deepEqual(split(text, cuts), whole)
      assert.deepEqual(
        split(
          text,
          Array.from({ length: size }, (_, at) => at),
        ),
        whole,
      )
    }),
    { numRuns: 300 },
  )
})
