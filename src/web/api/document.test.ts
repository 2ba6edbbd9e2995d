import assert from 'node:assert/strict'
import test from 'node:test'
import { makeRequest, readOperations, readTyped, sayCurl, saySchema } from './document.ts'

const [own, list, send] = readOperations({
  paths: {
    '/findings/{findingId}/owner': {
      put: {
        operationId: 'findings.own',
        summary: 'Take a finding',
        'x-roles': ['administrator'],
        parameters: [{ name: 'findingId', in: 'path', required: true, schema: { type: 'integer' } }],
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Own' } } } },
        responses: { 200: { content: { 'application/json': { schema: { type: 'object' } } } } },
      },
    },
    '/findings': {
      get: {
        operationId: 'findings.list',
        parameters: [{ name: 'severity', in: 'query', schema: { type: 'array', items: { enum: ['low', 'high'] } } }],
      },
    },
    '/uploads': { post: { operationId: 'uploads.send', requestBody: { content: { 'application/octet-stream': {} } } } },
  },
  components: { schemas: { Own: { properties: { note: { type: 'string', maxLength: 40 } }, required: ['note'] } } },
})

test('an operation is read with its fields, their places and its roles', () => {
  assert.ok(own)
  assert.equal(own.slice, 'findings')
  assert.deepEqual(own.roles, ['administrator'])
  assert.deepEqual(
    own.fields.map(({ name, place, isRequired }) => [name, place, isRequired]),
    [
      ['findingId', 'path', true],
      ['note', 'body', true],
    ],
  )
  assert.equal(send?.carriage, 'upload')
})

test('what was typed becomes a request, and a command that a shell takes as it is', () => {
  assert.ok(own && list)
  const request = makeRequest(own, { findingId: '7', note: "it's mine" })
  assert.deepEqual(request, { method: 'PUT', address: '/api/findings/7/owner', body: '{"note":"it\'s mine"}' })
  assert.match(sayCurl(request, 'https://vigil.example', 'json'), /-d '\{"note":"it'\\''s mine"\}'/)
  assert.equal(makeRequest(list, { severity: '["low","high"]' }).address, '/api/findings?severity=low&severity=high')
})

test('what is typed wrongly is said by its field', () => {
  assert.throws(() => readTyped({ name: 'limit', schema: { type: 'integer' } }, 'many'), /limit is a number/)
  assert.throws(() => readTyped({ name: 'roles', schema: { type: 'array' } }, 'staff'), /roles is JSON/)
  assert.equal(readTyped({ name: 'limit', schema: { type: 'integer' } }, ' '), undefined)
})

test('a schema is said in a few words', () => {
  assert.equal(saySchema({ type: 'string', format: 'date' }), 'text, a day as YYYY-MM-DD')
  assert.equal(saySchema({ type: 'integer', minimum: 1, maximum: 200 }), 'number, 1 to 200')
  assert.equal(saySchema({ anyOf: [{ enum: ['low'] }, { type: 'null' }] }), 'one of low, or nothing')
})
