import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAbout, validityOf } from './model.ts'
import { placeOf, sayKind, sayThing } from './screens/evidence-words.ts'

test('evidence speaks through its last day, and ends soon in the thirty days before', () => {
  const of = (validUntilOn: string | null, state: 'kept' | 'lapsed' | 'shredded' = 'kept') =>
    validityOf({ state, validUntilOn }, '2026-11-02')
  for (const [validUntilOn, expected] of [
    [null, 'valid'],
    ['2026-12-03', 'valid'],
    ['2026-12-02', 'ending'],
    ['2026-11-02', 'ending'],
    ['2026-11-01', 'over'],
  ] as const) {
    assert.equal(of(validUntilOn), expected, String(validUntilOn))
  }
  assert.equal(of('2030-01-01', 'shredded'), 'destroyed')
})

test('a thing is taken apart at the first colon, and only kinds that evidence supports are known', () => {
  assert.deepEqual(readAbout('requirement:164.308(a)(3)(ii)(C)'), { kind: 'requirement', id: '164.308(a)(3)(ii)(C)' })
  assert.deepEqual(readAbout('safeguard:access.left'), { kind: 'safeguard', id: 'access.left' })
  for (const about of ['finding', 'finding:', 'person:1', '', ':1']) assert.equal(readAbout(about), undefined, about)
})

test('a thing leads to where it is shown, and is named by its title', () => {
  assert.equal(placeOf('finding:12'), '/findings?finding=12')
  assert.equal(placeOf('requirement:164.316(a)'), '/requirements?paragraph=164.316(a)')
  assert.equal(placeOf('safeguard:access.leavers'), '/practices/access/leavers')
  assert.equal(placeOf('person:12'), undefined)
  assert.equal(sayThing({ about: 'task:5', title: 'Ask Dana' }), 'Ask Dana')
  assert.equal(sayThing({ about: 'task:5', title: null }), 'task 5, which is no more')
  assert.equal(sayKind('requirement:164.316(a)'), 'requirement, § 164.316(a)')
})
