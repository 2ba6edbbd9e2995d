import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findDisagreements, happenedAt, happenedOn, judgeCourse, orderTimeline, type Said } from './model.ts'

const said = (row: Partial<Said>): Said => ({
  isSpeaking: true,
  standing: null,
  saysLeft: null,
  department: null,
  title: null,
  hiredOn: null,
  leftOn: null,
  ...row,
})

test('lists disagree only where two that speak say different things', () => {
  assert.deepEqual(findDisagreements([said({ department: 'Ward' }), said({ department: 'ward ' }), said({})]), [])
  assert.deepEqual(findDisagreements([said({ saysLeft: true }), said({ saysLeft: false, title: 'Nurse' })]), [
    'standing',
  ])
  assert.deepEqual(
    findDisagreements([said({ leftOn: '2026-01-01' }), said({ leftOn: '2026-01-02', isSpeaking: false })]),
    [],
  )
})

test('what happened stands newest first, once, and no more of it than asked', () => {
  const events = [
    ...happenedOn('hired', '2020-01-01'),
    ...happenedOn('hired', '2020-01-01'),
    ...happenedAt('account-used', new Date('2026-11-02T08:00:00Z'), 'Mail'),
    ...happenedOn('left', '2026-08-28'),
    ...happenedOn('left', null),
    ...happenedAt('password-set', null, 'Mail'),
  ]
  assert.deepEqual(
    orderTimeline(events, 10).map(({ kind }) => kind),
    ['account-used', 'left', 'hired'],
  )
  assert.equal(orderTimeline(events, 2).length, 2)
})

test('a course is overdue from the day after its last one, and a lapsed record does not say that it is', () => {
  const course = { isCurrent: true, isDone: false, dueOn: '2026-11-02' }
  assert.equal(judgeCourse(course, '2026-11-02'), 'open')
  assert.equal(judgeCourse(course, '2026-11-03'), 'overdue')
  assert.equal(judgeCourse({ ...course, isCurrent: false }, '2026-11-03'), 'unknown')
  assert.equal(judgeCourse({ ...course, isDone: true }, '2026-11-03'), 'done')
})
