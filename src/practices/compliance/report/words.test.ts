import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { plain, sentence } from '#core/paper/words.ts'
import type { SafeguardPosture } from '#core/safeguards/model.ts'
import { clinicPosture, soundPosture, unknownPosture } from './testing.ts'
import { headline, sayDue, sayPractice, saySubjects, shortFile } from './words.ts'

const none = { critical: 0, high: 0, medium: 0, low: 0 }

suite('Words of the report', () => {
  test('text from outside stays one line of a bounded length, without control or direction characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), fc.integer({ min: 1, max: 300 }), (text, most) => {
        const line = plain(text, most)
        assert.ok([...line].length <= most)
        assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u)
        assert.ok(line.isWellFormed())
      }),
    )
  })

  test('a sentence begins with a capital and ends once', () => {
    assert.equal(sentence('nothing is known of people'), 'Nothing is known of people.')
    assert.equal(sentence('Who is it?'), 'Who is it?')
    assert.equal(sentence('  '), '')
  })

  test('a file is named without the explanation after it', () => {
    assert.equal(shortFile('a staff list (the export of your HR system)'), 'a staff list')
    assert.equal(shortFile('backups'), 'backups')
  })

  test('the headline says all four values and what is most serious', () => {
    const say = (posture: ReturnType<typeof clinicPosture>) => headline(posture).replaceAll('\u00a0', ' ')
    assert.match(
      say(clinicPosture()),
      /^Of 31 safeguards, 3 are proved, 8 attested, 12 failed and 8 unknown\. 46 findings/,
    )
    assert.equal(say(unknownPosture()), 'All 31 safeguards are unknown. No finding is open.')
    assert.match(say(soundPosture()), /none failed and none unknown\. No finding is open\.$/)
    const calm = { ...clinicPosture(), findingCounts: { ...none, low: 1 } }
    assert.match(say(calm), /The one open finding is not critical\.$/)
    assert.match(say({ ...calm, findingCounts: { ...none, critical: 1 } }), / 1 finding is critical\.$/)
    assert.equal(
      say({ ...calm, practices: [], findingCounts: none }),
      'There are no safeguards to judge yet. No finding is open.',
    )
  })

  test('a practice is told by what fails, then by what is unknown, then by what it rests on', () => {
    const practices = new Map(clinicPosture().practices.map((practice) => [practice.name, practice]))
    const cases: readonly (readonly [string, string])[] = [
      ['access', '4 of 5 fail, with 3 findings; 2 are critical.'],
      ['continuity', '2 of 3 are unknown. It takes a backup report.'],
      ['technologies', 'Its one safeguard rests on people’s word.'],
    ]
    for (const [name, expected] of cases) {
      const practice = practices.get(name)
      assert.ok(practice)
      assert.equal(sayPractice(practice, { ...none, critical: 2, low: 1 }, 'a backup report (what ran)'), expected)
    }
  })

  test('subjects are counted with their whole', () => {
    const [access] = clinicPosture().practices.filter(({ name }) => name === 'access')
    const [base] = access?.safeguards ?? []
    assert.ok(base)
    const cases: readonly (readonly [Partial<SafeguardPosture>, string | undefined])[] = [
      [{}, '212 of 240 accounts are in order, 14 of them on people’s word; 28 failed.'],
      [{ subjects: { proved: 1, attested: 0, failed: 0, unknown: 0 } }, '1 of 1 account is in order.'],
      [{ subjects: { proved: 0, attested: 0, failed: 0, unknown: 2400 } }, '2,400 accounts, all unknown.'],
      [{ subjects: { ...zero }, status: 'proved' }, 'There are no accounts to judge.'],
      [{ subjects: { ...zero }, status: 'unknown' }, undefined],
      [{ subject: 'organisation' }, undefined],
    ]
    for (const [changes, expected] of cases) assert.equal(saySubjects({ ...base, ...changes }), expected)
  })

  test('a due day is said against the day of the report', () => {
    assert.equal(sayDue('2026-11-12', '2026-11-12'), 'due today')
    assert.equal(sayDue('2026-11-11', '2026-11-12'), 'due 11 November 2026, 1 day overdue')
    assert.equal(sayDue('2026-12-12', '2026-11-12'), 'due 12 December 2026')
  })
})

const zero = { proved: 0, attested: 0, failed: 0, unknown: 0 }
