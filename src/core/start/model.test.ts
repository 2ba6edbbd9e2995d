import assert from 'node:assert/strict'
import { test } from 'node:test'
import { factKinds } from '#core/intake/facts.ts'
import { practices } from '#practices/index.ts'
import {
  type Answers,
  chooseFiles,
  type Directory,
  directories,
  ehrs,
  type It,
  its,
  type Size,
  sizes,
} from './model.ts'

const every: readonly Answers[] = sizes.flatMap((size) =>
  ehrs.flatMap((ehr) => directories.flatMap((directory) => its.map((it) => ({ size, ehr, directory, it })))),
)

test('whatever is answered, there are three files of three kinds that safeguards cannot do without', () => {
  const needed = new Set<string>(practices.flatMap(({ safeguards }) => safeguards.flatMap(({ needs }) => needs)))
  assert.equal(every.length, 4 * 9 * 4 * 4)
  for (const answers of every) {
    const kinds = chooseFiles(answers).map(({ kind }) => kind)
    assert.equal(new Set(kinds).size, 3, JSON.stringify(answers))
    for (const kind of kinds) assert.ok(kind in factKinds && needed.has(kind), `${kind} for ${JSON.stringify(answers)}`)
  }
})

test('every way is short, and says where to go and what to take', () => {
  for (const guide of every.flatMap((answers) => chooseFiles(answers))) {
    for (const { place, steps } of [guide.way, ...(guide.otherWay ? [guide.otherWay] : [])]) {
      assert.ok(place.length > 0 && place.length <= 60, place)
      assert.ok(steps.length >= 1 && steps.length <= 3, place)
      for (const step of steps) {
        assert.match(step, /^[A-Z].*\.”?$/)
        assert.ok(step.length <= 120, step)
        assert.doesNotMatch(step, /!/)
      }
    }
    assert.ok(guide.columns.length >= 5)
  }
})

test('the accounts are found in the product that was named, and the directory is the other way', () => {
  const [, epic] = chooseFiles({ size: 'over-500', ehr: 'epic', directory: 'entra', it: 'team' })
  assert.equal(epic.way.place, 'Epic')
  assert.match(epic.otherWay?.place ?? '', /entra\.microsoft\.com/)
  const places = ehrs.map((ehr) => chooseFiles({ size: 'under-10', ehr, directory: 'none', it: 'nobody' })[1].way.place)
  assert.equal(new Set(places).size, places.length)
})

test('who has neither a directory nor anybody for IT lists vendors; an IT company is asked for its device list', () => {
  const third = (directory: Directory, it: It) => chooseFiles({ size: 'under-10', ehr: 'other', directory, it })[2]
  assert.equal(third('none', 'nobody').kind, 'vendor')
  assert.equal(third('none', 'one-of-us').kind, 'device')
  assert.equal(third('entra', 'company').way.place, 'Your IT company')
  assert.match(third('entra', 'company').otherWay?.place ?? '', /Intune/)
  assert.match(third('google', 'team').otherWay?.place ?? '', /Jamf/)
})

test('a small practice looks into its payroll, a hospital asks HR', () => {
  const staff = (size: Size) => chooseFiles({ size, ehr: 'epic', directory: 'entra', it: 'team' })[0].way.place
  assert.match(staff('under-10'), /payroll/)
  assert.match(staff('over-500'), /HR/)
})
