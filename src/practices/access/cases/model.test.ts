import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Story } from '#trail/model/story.ts'
import { caseStates } from './contract.ts'
import {
  daysOf,
  digestStory,
  extentOf,
  hasGrown,
  isNamesake,
  moveOf,
  personKeyOf,
  precisionOf,
  type Standing,
} from './model.ts'
import { makeStory } from './testing.ts'

const count = fc.integer({ min: 0, max: 500 })
const extent = fc.record({ accesses: count, patients: count, score: fc.integer({ min: 0, max: 100 }) })
const story: fc.Arbitrary<Story> = fc
  .record({
    state: fc.constantFrom('open' as const, 'explained' as const),
    accesses: count,
    patientCount: count,
    score: fc.integer({ min: 0, max: 100 }),
  })
  .map((some) => makeStory(some))
const standing: fc.Arbitrary<Standing> = fc.record({
  state: fc.constantFrom(...caseStates),
  storyState: fc.constantFrom('open' as const, 'explained' as const),
  decided: fc.option(extent, { nil: undefined }),
  last: extent,
})

test('a story that nothing explains opens a case, and one that is explained when it comes does not', () => {
  assert.deepEqual(moveOf(undefined, makeStory({ state: 'open' })), { kind: 'open' })
  assert.equal(moveOf(undefined, makeStory({ state: 'explained' })), undefined)
})

test('what explains a story takes back only what nobody has decided', () => {
  fc.assert(
    fc.property(standing, story, (before, after) => {
      const move = moveOf(before, { ...after, state: 'explained' })
      const isUndecided = before.state === 'open' || before.state === 'talk'
      assert.equal(move?.kind, isUndecided && before.storyState === 'open' ? 'explain' : 'update')
    }),
  )
})

test('a decision opens again only for a story that grew since, and never for one that shrank', () => {
  fc.assert(
    fc.property(extent, extent, fc.constantFrom('appropriate' as const, 'violation' as const), (then, now, state) => {
      const after = makeStory({ state: 'open', accesses: now.accesses, patientCount: now.patients, score: now.score })
      const move = moveOf({ state, storyState: 'open', decided: then, last: then }, after)
      assert.equal(move?.kind, hasGrown(then, now) ? 'reopen' : 'update')
      const hasShrunk = now.accesses <= then.accesses && now.patients <= then.patients && now.score <= then.score
      if (hasShrunk) assert.equal(move?.kind, 'update')
    }),
  )
})

test('one access more on a long story is no growth, another patient is', () => {
  const then = { accesses: 40, patients: 2, score: 50 }
  for (const [now, grew] of [
    [{ ...then, accesses: 41 }, false],
    [{ ...then, accesses: 49 }, false],
    [{ ...then, accesses: 50 }, true],
    [{ ...then, patients: 3 }, true],
    [{ ...then, score: 64 }, false],
    [{ ...then, score: 65 }, true],
  ] as const) {
    assert.equal(hasGrown(then, now), grew, JSON.stringify(now))
  }
})

test('a story handed over again under another version says the same', () => {
  const one = makeStory({})
  const key = Buffer.alloc(32, 1)
  assert.deepEqual(digestStory(key, one), digestStory(key, { ...one, version: 99 }))
  assert.notDeepEqual(digestStory(key, one), digestStory(key, { ...one, accesses: one.accesses + 1 }))
  assert.notDeepEqual(digestStory(key, one), digestStory(Buffer.alloc(32, 2), one))
  assert.equal(extentOf({ ...one, score: 12.6 }).score, 13)
})

test('cases of one person are told by the staff list, else by a login', () => {
  const of = { person: 'Dana Reyes', logins: ['z.reyes', 'D.Reyes'] }
  assert.equal(personKeyOf(7, of), 'person:7')
  assert.equal(personKeyOf(null, of), personKeyOf(null, { ...of, logins: of.logins.toReversed() }))
  assert.equal(personKeyOf(null, { person: 'Dana', logins: [] }), 'login:dana')
})

test('where no list ties a case to anybody, a member is its person by the name, or by the login in their address', () => {
  const member = { name: 'Dana Reyes', email: 'dreyes@clinic.example' }
  for (const [personName, logins, is] of [
    ['Reyes, Dana', ['x17'], true],
    ['Dana Grant', ['x17'], false],
    ['CLINIC\\DReyes', ['CLINIC\\DReyes'], true],
    ['x17', ['x17'], false],
    // One initial only: the login decides.
    ['D. Reyes', ['dreyes'], true],
    ['D. Reyes', ['x17'], false],
    // Somebody else of the same login.
    ['Diego Grant', ['dreyes'], false],
  ] as const) {
    assert.equal(isNamesake(member, { personName, logins }), is, personName)
  }
})

test('days are counted from the day on which the case opened', () => {
  assert.deepEqual(daysOf('2026-12-30', { reviewWithinDays: 3, decideWithinDays: 14 }), {
    reviewBy: '2027-01-02',
    dueOn: '2027-01-13',
  })
})

test('a rule’s precision is said of five decisions or more', () => {
  assert.equal(precisionOf({ appropriate: 2, violation: 2 }), undefined)
  assert.equal(precisionOf({ appropriate: 1, violation: 4 }), 0.8)
})

test('a case that a person opened again stays open, though its story is still explained', () => {
  const last = { accesses: 11, patients: 1, score: 60 }
  const story = makeStory({ state: 'explained', explainedBy: 'An appointment.' })
  const standing = (storyState: 'open' | 'explained'): Standing => ({
    state: 'open',
    storyState,
    decided: undefined,
    last,
  })
  assert.deepEqual(moveOf(standing('explained'), story), { kind: 'update', grew: false })
  assert.deepEqual(moveOf(standing('open'), story), { kind: 'explain' })
})
