import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Codes } from '../store/store.ts'
import { feedbackPenalty } from './facts.ts'
import { resolveParameters } from './rule.ts'
import { rules } from './rules.ts'
import { listStories } from './stories.ts'
import { patient, relation, Stage, today, worker } from './story-cases.ts'
import { sayNumber } from './tell.ts'

const home = { surname: 7001, house: 7002, street: 7003, road: 7004, house_number: 12, place: 7005, phone: 7006 }
const me = worker(1001, { ...home, given: 7007, department: 2 })
const relative = patient(2002, { ...home, given: 7008 })
const looks = [12, 9, 5].map((ago) => ({ usr: 1001, patient: 2002, day: today - ago, count: ago === 5 ? 5 : 3 }))

const codes: Codes = {
  codeOf: () => 0,
  codeOfBytes: () => 0,
  find: (_, text) => Number(text.replace(/\D/g, '')) || undefined,
  textOf: (dictionary, code) => (code === 0 ? '' : `${dictionary}-${code}`),
  count: () => 0,
}

test('a story is told in plain words, without the name of the patient', async () => {
  const stage = await Stage.open({ workers: [me], patients: [relative], looks })
  await stage.run()
  const [story, ...others] = await listStories(stage.desk, codes, 0, 10)
  assert.equal(others.length, 0)
  assert.equal(
    story?.narrative,
    'Opened the record of a patient with the same surname and house, eleven times on three days, between 31 December 2024 and 7 January 2025, outside of any appointment, order or other reason found.',
  )
  assert.deepEqual(story.logins, ['user-1001'])
  assert.deepEqual(
    story.told.map((told) => told.says),
    ['The patient has the same surname and house.'],
  )
  assert.ok(story.missed.some((reason) => reason.startsWith('an appointment')))
  assert.deepEqual([story.state, story.accesses, story.days, story.patientCount], ['open', 11, 3, 1])
  await stage.desk.close()
})

test('a late appointment takes a story back, and its end brings it up again', async () => {
  const stage = await Stage.open({ workers: [me], patients: [relative], looks })
  await stage.run()
  const [before] = await listStories(stage.desk, codes, 0, 10)
  const tie = relation(9001, 'appointment', { usr: 1001, patient: 2002, from_day: today - 10, to_day: today - 10 })
  await stage.add({ relations: [tie] })
  assert.equal(await stage.run({ scope: { users: [], patients: [2002] } }), 1)
  const [after] = await listStories(stage.desk, codes, before?.version ?? 0, 10)
  assert.deepEqual([after?.id, after?.state], [before?.id, 'explained'])
  assert.equal(after?.explainedBy, 'Appointment with this person on 2 January 2025.')
  assert.ok((after?.version ?? 0) > (before?.version ?? 0))
  await stage.add({ relations: [{ ...tie, is_void: true }] })
  await stage.run({ scope: { users: [], patients: [2002] } })
  const [again] = await listStories(stage.desk, codes, after?.version ?? 0, 10)
  assert.deepEqual([again?.id, again?.state, again?.explainedBy], [before?.id, 'open', ''])
  await stage.desk.close()
})

test('a story grows with the next access, and a run without news changes nothing', async () => {
  const stage = await Stage.open({ workers: [me], patients: [relative], looks })
  assert.equal(await stage.run(), 1)
  assert.equal(await stage.run(), 0)
  await stage.add({ looks: [{ usr: 1001, patient: 2002, day: today, count: 4 }] })
  assert.equal(await stage.run({ scope: { users: [], patients: [], pairs: [{ usr: 1001, patient: 2002 }] } }), 1)
  const [story] = await listStories(stage.desk, codes, 1, 10)
  assert.deepEqual([story?.accesses, story?.days], [15, 4])
  await stage.desk.close()
})

test('two people of one household, and two logins of one person, are one story', async () => {
  const stage = await Stage.open({
    workers: [me, { ...me, usr: 1002, person: 1001 }],
    patients: [relative, patient(2003, { ...home, given: 7009 })],
    looks: [...looks, { usr: 1002, patient: 2003, day: today - 1 }],
  })
  await stage.run()
  const stories = await stage.openStories()
  assert.deepEqual(
    stories.map(({ facts }) => [facts.logins, facts.patients]),
    [
      [
        [1001, 1002],
        [2002, 2003],
      ],
    ],
  )
  await stage.desk.close()
})

test('a story of two records goes on under its id when the one it began with is explained', async () => {
  const stage = await Stage.open({
    workers: [me],
    patients: [relative, patient(2003, { ...home, given: 7009 })],
    looks: [...looks, ...looks.map((look) => ({ ...look, patient: 2003, hour: 12 }))],
  })
  await stage.run()
  const [before, ...others] = await listStories(stage.desk, codes, 0, 10)
  assert.deepEqual([before?.patientCount, others], [2, []])
  const visit = { usr: 1001, patient: 2002, from_day: today - 20, to_day: today }
  await stage.add({ relations: [relation(9001, 'encounter', visit)] })
  await stage.run({ scope: { users: [], patients: [2002] } })
  const after = await listStories(stage.desk, codes, 0, 10)
  assert.deepEqual(
    after.map(({ id, state, patients }) => [id, state, patients.map((one) => one.patient)]),
    [[before?.id, 'open', ['patient-2003']]],
  )
  await stage.desk.close()
})

test('stories that come together are told as the earlier one, which is said; each is told again when they part', async () => {
  const live = (phone: number) =>
    [2002, 2003].map((code) => patient(code, { is_watched: true, phone: phone && code + phone }))
  const stage = await Stage.open({
    workers: [me],
    patients: live(0),
    looks: [...looks, ...looks.map((look) => ({ ...look, patient: 2003, hour: 12 }))],
  })
  const tell = async () => {
    await stage.run()
    const stories = await listStories(stage.desk, codes, 0, 10)
    return new Map(stories.map(({ id, explainedBy, patients }) => [id, [patients.length, explainedBy]]))
  }
  const [first = '', second = ''] = (await tell()).keys()
  await stage.add({ patients: [2002, 2003].map((code) => patient(code, { is_watched: true, phone: 7006 })) })
  assert.deepEqual(
    await tell(),
    new Map([
      [first, [2, '']],
      [second, [1, 'It is part of another story of the same person now.']],
    ]),
  )
  await stage.add({ patients: live(5000) })
  assert.deepEqual(
    await tell(),
    new Map([
      [first, [1, '']],
      [second, [1, '']],
    ]),
  )
  await stage.desk.close()
})

test('a machine’s accesses are no story', async () => {
  const stage = await Stage.open({
    workers: [me],
    patients: [relative],
    looks: looks.map((look) => ({ ...look, flags: 8 })),
  })
  await stage.run()
  assert.deepEqual(await stage.openStories(), [])
  await stage.desk.close()
})

test('false alarms lower the score of their rule: the more of them, the more, and never by more than 30', async () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), fc.nat(500), (decided, one, other) => {
      const [few, many] = [Math.min(one, other, decided), Math.min(Math.max(one, other), decided)]
      const penalty = (appropriate: number) => feedbackPenalty([{ rule: 'family', decided, appropriate }], 'family')
      assert.ok(penalty(few) <= penalty(many) && penalty(0) === 0 && penalty(many) <= 30)
    }),
  )
  const stage = await Stage.open({ workers: [me], patients: [relative], looks })
  await stage.run()
  const [usual] = await stage.openStories()
  await stage.run({ feedback: [{ rule: 'family', decided: 20, appropriate: 20 }] })
  const [lower] = await stage.openStories()
  assert.equal(lower?.kind, 'family', 'the story itself stays')
  assert.equal((usual?.score ?? 0) - (lower?.score ?? 0), 24)
  await stage.desk.close()
})

test('an organisation’s parameters are kept within their bounds, and change what is found', async () => {
  for (const rule of rules) {
    for (const [name, { default: usual, min, max }] of Object.entries(rule.parameters)) {
      assert.ok(usual >= min && usual <= max, `${rule.name}.${name}`)
      assert.equal(resolveParameters(rule.parameters, { [name]: max * 10 + 1 })[name], max)
      assert.equal(resolveParameters(rule.parameters, { [name]: Number.NaN })[name], usual)
    }
  }
  const stage = await Stage.open({
    workers: [me],
    patients: [patient(2002, { died_day: today - 60 })],
    looks: [{ usr: 1001, patient: 2002, day: today - 1, count: 2 }],
  })
  await stage.run()
  assert.equal((await stage.openStories())[0]?.kind, 'deceased')
  await stage.run({ parameters: { deceased: { days: 90 } } })
  assert.deepEqual(await stage.openStories(), [])
  await stage.desk.close()
})

test('numbers up to twelve are words', () => {
  assert.deepEqual([1, 11, 12, 13, 1300].map(sayNumber), ['one', 'eleven', 'twelve', '13', '1,300'])
})
