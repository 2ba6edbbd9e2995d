import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeProof } from './proof-file.ts'

const shown = {
  entry: {
    seq: 0,
    at: '2026-11-02T12:00:00.000Z',
    actor: 'member:1',
    action: 'a.b',
    outcome: 'done' as const,
    subjects: [],
  },
  line: '{"seq":0}',
  payload: '{"said":"so"}',
  isWithheld: false,
  salt: 'AAAA',
  proof: { leafHash: 'BBBB', size: 1, path: [], checkpoint: 'a\n1\nc\n' },
}

test('a proof holds all that is needed to check it, and what was said only while that is kept', () => {
  assert.deepEqual(JSON.parse(writeProof(shown, 'vigil+1+key')), {
    format: 'vigil-entry-proof/1',
    key: 'vigil+1+key',
    index: 0,
    size: 1,
    entry: shown.line,
    leafHash: 'BBBB',
    path: [],
    checkpoint: shown.proof.checkpoint,
    payload: shown.payload,
    salt: 'AAAA',
  })
  const shredded = JSON.parse(writeProof({ ...shown, payload: null, salt: null }, 'key'))
  assert.equal('payload' in shredded || 'salt' in shredded, false)
})
