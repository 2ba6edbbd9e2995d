import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { severities } from '#core/safeguards/model.ts'
import { countByPractice, groupFindings, isPartial } from './grouping.ts'
import { clinicPosture, crowdedPosture } from './testing.ts'

suite('Findings in groups', () => {
  test('every finding is counted once, the critical first', () => {
    for (const posture of [clinicPosture(), crowdedPosture()]) {
      const groups = groupFindings(posture, 3)
      assert.equal(
        groups.reduce((sum, { total }) => sum + total, 0),
        posture.findings.length,
      )
      const ranks = groups.map(({ severity }) => severities.indexOf(severity))
      assert.deepEqual(ranks, ranks.toSorted())
      for (const { examples } of groups) assert.ok(examples.length <= 3)
    }
  })

  test('an excepted finding is told after those that are due, and sets no due day', () => {
    const posture = clinicPosture()
    const [one, two] = posture.findings.filter(({ safeguard }) => safeguard === 'access.leavers-lose-access')
    assert.ok(one && two)
    const findings = [
      { ...one, exceptedUntil: '2027-01-01', dueOn: '2026-11-01' },
      { ...two, exceptedUntil: undefined, dueOn: '2026-11-20' },
    ]
    const [group] = groupFindings(
      { ...posture, findings, findingCounts: { critical: 2, high: 0, medium: 0, low: 0 } },
      3,
    )
    assert.equal(group?.firstDueOn, '2026-11-20')
    assert.equal(group?.exceptedUntil, '2027-01-01')
    assert.equal(group?.overdue, 0)
    assert.deepEqual(
      group?.examples.map(({ id }) => id),
      [two.id, one.id],
    )
  })

  test('a list that was cut before it came is known as such, and the failures of its safeguards are counted', () => {
    const posture = clinicPosture()
    const cut = { ...posture, findings: posture.findings.slice(0, 2) }
    assert.equal(isPartial(posture), false)
    assert.equal(isPartial(cut), true)
    const [first] = cut.findings
    const failed = posture.practices
      .flatMap(({ safeguards }) => safeguards)
      .find(({ name }) => name === first?.safeguard)?.subjects.failed
    assert.equal(groupFindings(cut, 3).find(({ safeguard }) => safeguard === first?.safeguard)?.total, failed)
  })

  test('the counts by practice and severity add up to all findings', () => {
    const posture = clinicPosture()
    const sum = [...countByPractice(posture).values()].flatMap(Object.values).reduce((total, count) => total + count, 0)
    assert.equal(sum, posture.findings.length)
  })
})
