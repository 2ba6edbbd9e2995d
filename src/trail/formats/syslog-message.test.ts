import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readSyslogMessage } from './syslog-message.ts'

const options = { receivedAt: Date.UTC(2026, 0, 2), zone: 'UTC' }
const read = (text: string) => {
  const found = readSyslogMessage(Buffer.from(text), options)
  return 'reason' in found ? found.reason : { ...found, body: found.body.toString() }
}

test('an RFC 5424 message gives its header and its body, whatever its structured data', () => {
  const header = '<85>1 2026-01-01T08:53:20.5+01:00 ehr.example audit 77 IHE+RFC-3881'
  const expected = {
    at: Date.UTC(2026, 0, 1, 7, 53, 20, 500),
    host: 'ehr.example',
    app: 'audit',
    messageId: 'IHE+RFC-3881',
    body: '<AuditMessage/>',
  }
  for (const data of ['-', '[a@1 b="c"]', '[a@1 b="\\"]\\\\"][d@2 e="f" g=""]', '[a]']) {
    assert.deepEqual(read(`${header} ${data} <AuditMessage/>`), expected, data)
    assert.deepEqual(read(`${header} ${data} \ufeff<AuditMessage/>`), expected, data)
  }
  assert.deepEqual(read('<85>1 - - - - - -'), { at: undefined, host: '', app: '', messageId: '', body: '' })
})

test('what is no syslog message, or has broken structured data, is refused', () => {
  assert.equal(read('hello'), 'It is not a syslog message.')
  assert.equal(read('<999>1 - - - - - - x'), 'It is not a syslog message.')
  for (const data of ['[a b="c"', '[a b="c]', '-x', 'x', ''])
    assert.equal(read(`<85>1 - - - - - ${data} x`), 'The structured data of the syslog message is not in order.', data)
})

test('an RFC 3164 message is of the year that is nearest to its receipt', () => {
  assert.deepEqual(read('<13>Dec 31 23:00:00 host app[7]: <AuditMessage/>'), {
    at: Date.UTC(2025, 11, 31, 23),
    host: 'host',
    app: 'app',
    messageId: '',
    body: '<AuditMessage/>',
  })
  assert.deepEqual(read('<13><AuditMessage/>'), {
    at: undefined,
    host: '',
    app: '',
    messageId: '',
    body: '<AuditMessage/>',
  })
})

test('no bytes make it throw', () => {
  const piece = fc.constantFrom(
    '<85>1 ',
    '<13>',
    'Nov 22 08:53:20 ',
    '- ',
    '[a b="',
    '"]',
    '\\',
    ']',
    'x',
    '\0',
    '2026-01-01T00:00:00Z ',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 14 }), (pieces) => {
      const found = readSyslogMessage(Buffer.from(pieces.join('')), options)
      assert.ok('reason' in found || found.body.length >= 0)
    }),
  )
})
