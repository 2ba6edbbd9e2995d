import assert from 'node:assert/strict'
import test from 'node:test'
import { saySafeguards, saySubjects, sortStanding, splitFile } from './sentences.ts'

const counts = (proved: number, attested: number, failed: number, unknown: number) => {
  return { proved, attested, failed, unknown }
}

test('how safeguards stand is said failures first, and what is unknown is never left out', () => {
  const cases = [
    [counts(3, 2, 0, 0), 'All 5 safeguards hold.'],
    [counts(1, 0, 0, 0), 'Its one safeguard holds.'],
    [counts(0, 0, 4, 0), '4 of 4 safeguards fail.'],
    [counts(0, 1, 1, 3), '1 of 5 safeguards fails and 3 are unknown; 1 holds.'],
    [counts(2, 1, 0, 1), '1 of 4 safeguards is unknown; 3 hold.'],
    [counts(0, 0, 2, 1), '2 of 3 safeguards fail and 1 is unknown.'],
  ] as const
  for (const [given, said] of cases) assert.equal(saySafeguards(given), said)
})

test('subjects are counted with their whole, but the organisation is not counted', () => {
  assert.equal(saySubjects('account', counts(200, 9, 3, 0)), '3 of 212 accounts fail.')
  assert.equal(saySubjects('person', counts(0, 0, 1, 2)), '1 of 3 people fails; 2 are unknown.')
  assert.equal(saySubjects('device', counts(0, 0, 0, 1)), '1 of 1 device is unknown.')
  assert.equal(saySubjects('vendor', counts(4, 0, 0, 0)), 'All 4 vendors pass.')
  assert.equal(saySubjects('organisation', counts(0, 0, 1, 0)), undefined)
  assert.equal(saySubjects('account', counts(0, 0, 0, 0)), undefined)
})

test('what fails gravest stands on top, what holds at the end', () => {
  const practice = (name: string, status: 'failed' | 'unknown' | 'proved', severity?: string) => ({
    name,
    title: name,
    status,
    safeguards: counts(1, 0, 1, 1),
    worstFinding: severity === undefined ? null : { severity },
  })
  const sorted = sortStanding([
    practice('holds', 'proved'),
    practice('unknown', 'unknown'),
    practice('low', 'failed', 'low'),
    practice('critical', 'failed', 'critical'),
  ])
  assert.deepEqual(
    sorted.map(({ name }) => name),
    ['critical', 'low', 'unknown', 'holds'],
  )
})

test('a file that would tell is split into its name and what stands in parentheses', () => {
  assert.deepEqual(splitFile('a staff list (the export of your HR system)'), {
    name: 'A staff list',
    more: 'The export of your HR system',
  })
  assert.deepEqual(splitFile('training records'), { name: 'Training records', more: undefined })
})
