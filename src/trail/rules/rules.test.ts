import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoryKind } from '../model/story.ts'
import { patient, relation, type Scene, Stage, today, worker } from './story-cases.ts'

const home = { surname: 7001, house: 7002, street: 7003, road: 7004, house_number: 12, place: 7005, phone: 7006 }
const me = worker(1001, { ...home, given: 7007, born_day: 4000, patient: 2001 })
const look = { usr: 1001, patient: 2002, day: today - 3 }
const looks = [look]
const elsewhere = { surname: 7101, house: 7102, street: 7103, road: 7104, house_number: 80, place: 7105, phone: 7106 }

/** Each sits at the workstation on two days. */
const seats = (workstation: number, users: readonly number[]) =>
  users.flatMap((usr, at) =>
    [14, 13].map((ago) => ({ usr, patient: 3200 + at, day: today - ago, hour: 12, workstation })),
  )
/** User 3 with a patient at each of two workstations, twice on each day. */
const atOnce = (daysAgo: readonly number[]) =>
  daysAgo.flatMap((ago) =>
    [0, 1, 2, 3].map((at) => ({
      usr: 3,
      patient: 3001 + 10 * ago + at,
      day: today - ago,
      hour: at < 2 ? 11 : 15,
      count: 2,
      workstation: 900 + (at % 2),
    })),
  )
const others = [1101, 1102, 1103].map((usr) => worker(usr, { department: 2 }))

interface Case {
  readonly what: string
  /** The kind of the story; undefined where there must be none. */
  readonly kind: StoryKind | undefined
  readonly scene: Scene
}

const must: readonly Case[] = [
  { what: 'the own record, by identifier', kind: 'own-record', scene: { workers: [me], patients: [patient(2001)], looks: [{ ...look, patient: 2001 }] } },
  { what: 'the own record, while the own department treats them', kind: 'own-record', scene: { workers: [me], patients: [patient(2001)], relations: [relation(9001, 'encounter', { department: 1, patient: 2001, from_day: today - 3, to_day: today })], looks: [{ ...look, patient: 2001 }] } },
  { what: 'the own record, by name and birth day', kind: 'own-record', scene: { workers: [me], patients: [patient(2002, { ...home, given: 7007, born_day: 4000 })], looks } },
  { what: 'the same surname and house', kind: 'family', scene: { workers: [me], patients: [patient(2002, { ...home, given: 1, phone: 0 })], looks } },
  { what: 'the same surname and street', kind: 'family', scene: { workers: [me], patients: [patient(2002, { ...elsewhere, surname: 7001, road: 7004, place: 7005 })], looks } },
  { what: 'the same phone', kind: 'family', scene: { workers: [me], patients: [patient(2002, { ...elsewhere, phone: 7006 })], looks } },
  { what: 'the same house under another surname', kind: 'family', scene: { workers: [me], patients: [patient(2002, { ...home, surname: 7101, phone: 0 })], looks } },
  { what: 'a twin, who has the same birth day', kind: 'family', scene: { workers: [me], patients: [patient(2002, { ...home, given: 1, born_day: 4000 })], looks } },
  { what: 'a colleague of the same department', kind: 'co-worker', scene: { workers: [me, worker(1002, { patient: 2002 })], patients: [patient(2002, elsewhere)], looks } },
  { what: 'the manager', kind: 'co-worker', scene: { workers: [{ ...me, manager: 1002 }, worker(1002, { patient: 2002, department: 9 })], patients: [patient(2002, elsewhere)], looks } },
  { what: 'a colleague known by name and birth day', kind: 'co-worker', scene: { workers: [me, worker(1002, { surname: 7301, given: 7302, born_day: 99 })], patients: [patient(2002, { ...elsewhere, surname: 7301, given: 7302, born_day: 99 })], looks } },
  { what: 'next door', kind: 'neighbour', scene: { workers: [me], patients: [patient(2002, { ...elsewhere, road: 7004, place: 7005, house_number: 14 })], looks: [{ ...look, count: 3 }] } },
  { what: 'the same building', kind: 'neighbour', scene: { workers: [me], patients: [patient(2002, { ...elsewhere, street: 7003, road: 7004, place: 7005, house_number: 12 })], looks } },
  { what: 'a watched record', kind: 'watched', scene: { workers: [me], patients: [patient(2002, { ...elsewhere, is_watched: true })], looks } },
  { what: 'somebody who died two months before', kind: 'deceased', scene: { workers: [me], patients: [patient(2002, { ...elsewhere, died_day: today - 63 })], looks: [{ ...look, count: 3 }] } },
  { what: 'a login used after its owner left', kind: 'after-leaving', scene: { workers: [{ ...me, left_day: today - 10 }], patients: [patient(2002, elsewhere)], looks } },
  { what: 'a login used after its owner left, even with an appointment', kind: 'after-leaving', scene: { workers: [{ ...me, left_day: today - 10 }], patients: [patient(2002, elsewhere)], relations: [relation(9001, 'appointment', { usr: 1001, patient: 2002 })], looks } },
  { what: 'a sign-in without a patient after leaving', kind: 'after-leaving', scene: { workers: [{ ...me, left_day: today - 10 }], looks: [{ ...look, patient: 0, action: 'sign-in' }] } },
  { what: 'broken glass that no care follows', kind: 'break-glass', scene: { workers: [me], patients: [patient(2002, elsewhere)], looks: [{ ...look, flags: 1 }] } },
  { what: 'sixty records in an hour', kind: 'bulk', scene: { looks: Array.from({ length: 60 }, (_, at) => ({ usr: 3, patient: 3001 + at, day: today - 2, hour: 13, minute: at % 60 })) } },
  { what: 'one record on five days of two months', kind: 'slow-series', scene: { looks: [50, 41, 30, 16, 4].map((ago) => ({ usr: 3, patient: 2002, day: today - ago })) } },
  { what: 'three records at three in the morning of two days', kind: 'out-of-hours', scene: { looks: [1, 2, 3].map((at) => ({ usr: 3, patient: 3000 + at, day: today - 8 - (at % 2), hour: 3, count: 3 })) } },
  { what: 'documents that the role never opens', kind: 'out-of-role', scene: { looks: [1, 2, 3].map((at) => ({ usr: 3, patient: 3000 + at, day: today - 9, object: 55, count: 3 })) } },
  { what: 'a login at two workstations of one department at once', kind: 'shared-account', scene: { looks: [...seats(900, [4, 5, 6]), ...seats(901, [7, 8, 9]), ...atOnce([3, 6, 10])] } },
  { what: 'two departments at the same time', kind: 'two-places', scene: { workers: others, looks: [...seats(900, [4, 5, 6]), ...seats(901, [1101, 1102, 1103]), ...atOnce([11])] } },
  { what: 'a record opened forty times on each of four days', kind: 'unexplained', scene: { looks: [1, 2, 3, 4].map((ago) => ({ usr: 3, patient: 2002, day: today - ago, count: 40 })) } },
] // biome-ignore format: a table reads better in rows

const crowd = Array.from({ length: 30 }, (_, at) =>
  patient(4001 + at, { ...home, surname: 8001 + at, given: 1, phone: 0 }),
)
const namesakes = Array.from({ length: 60 }, (_, at) =>
  patient(4001 + at, { ...elsewhere, surname: 7001, house: 8001 + at, road: 8101 + at }),
)
const mustNot: readonly Case[] = [
  { what: 'a relative who has an appointment with them', kind: undefined, scene: { workers: [me], patients: [patient(2002, home)], relations: [relation(9001, 'appointment', { usr: 1001, patient: 2002, from_day: today - 3, to_day: today - 3 })], looks } },
  { what: 'a colleague treated in the own department', kind: undefined, scene: { workers: [me, worker(1002, { patient: 2002 })], patients: [patient(2002, elsewhere)], relations: [relation(9001, 'encounter', { department: 1, patient: 2002, from_day: today - 3, to_day: today })], looks } },
  { what: 'somebody who lives far down the same street', kind: undefined, scene: { workers: [me], patients: [patient(2002, { ...elsewhere, road: 7004, place: 7005, house_number: 90 })], looks } },
  { what: 'the same street in another place', kind: undefined, scene: { workers: [me], patients: [patient(2002, { ...elsewhere, road: 7004, house_number: 14 })], looks } },
  { what: 'a resident of the nursing home that is the address of a worker', kind: undefined, scene: { workers: [me], patients: crowd, looks: [{ ...look, patient: 4003 }] } },
  { what: 'a surname that many bear', kind: undefined, scene: { workers: [me], patients: namesakes, looks: [{ ...look, patient: 4003 }] } },
  { what: 'unknown names and addresses, which are no match', kind: undefined, scene: { workers: [worker(1001)], patients: [patient(2002)], looks } },
  { what: 'billing after a death', kind: undefined, scene: { workers: [{ ...me, duty: 1 }], patients: [patient(2002, { ...elsewhere, died_day: today - 63 })], looks } },
  { what: 'somebody who died a week before', kind: undefined, scene: { workers: [me], patients: [patient(2002, { ...elsewhere, died_day: today - 10 })], looks } },
  { what: 'the night after the last day of work', kind: undefined, scene: { workers: [{ ...me, left_day: today - 4 }], patients: [patient(2002, elsewhere)], looks } },
  { what: 'a sign-in that failed after leaving', kind: undefined, scene: { workers: [{ ...me, left_day: today - 10 }], looks: [{ ...look, patient: 0, action: 'sign-in', isFailure: true }] } },
  { what: 'broken glass, and an encounter three days later', kind: undefined, scene: { workers: [me], patients: [patient(2002, elsewhere)], relations: [relation(9001, 'encounter', { usr: 1001, patient: 2002 })], looks: [{ ...look, flags: 1 }] } },
  { what: 'sixty records by somebody who opens as many every day', kind: undefined, scene: { workers: [worker(1001, { role: 2, department: 2, duty: 2 })], looks: Array.from({ length: 20 * 60 }, (_, at) => ({ usr: 1001, patient: 3001 + at, day: today - Math.floor(at / 60), hour: 8 + (at % 9), minute: Math.floor(at / 9) % 60, department: 2 })) } },
  { what: 'three records at three in the morning by the night shift', kind: undefined, scene: { workers: [worker(1001, { department: 3, role: 3 })], relations: Array.from({ length: 20 }, (_, at) => relation(9100 + at, 'care-team', { usr: 1001, patient: 3100 + at, from_day: today - 60, to_day: null })), looks: [...Array.from({ length: 20 }, (_, at) => ({ usr: 1001, patient: 3100 + at, day: today - at, hour: 3, department: 3 })), ...[1, 2, 3].map((at) => ({ usr: 1001, patient: 3000 + at, day: today - 2, hour: 3, count: 3, department: 3 }))] } },
  { what: 'a login that is known to be shared', kind: undefined, scene: { workers: [worker(1001, { is_shared: true })], looks: Array.from({ length: 20 }, (_, at) => ({ usr: 1001, patient: 3001, day: today - 2, hour: 11, minute: at, workstation: 900 + (at % 2) })) } },
  { what: 'one workstation that several people use', kind: undefined, scene: { looks: Array.from({ length: 20 }, (_, at) => ({ usr: 1 + (at % 3), patient: 1, day: today - 4, hour: 10, minute: at, workstation: 900 })) } },
  { what: 'one unexplained look at a stranger', kind: undefined, scene: { workers: [me], patients: [patient(2002, elsewhere)], looks } },
  { what: 'an access that failed', kind: undefined, scene: { workers: [me], patients: [patient(2002, home)], looks: [{ ...look, isFailure: true }] } },
] // biome-ignore format: a table reads better in rows

test('nothing of plain daily work is a story', async () => {
  const stage = await Stage.open()
  await stage.run()
  assert.deepEqual(await stage.openStories(), [])
  await stage.desk.close()
})

const browse = (usr: number, first: number) =>
  Array.from({ length: 108 }, (_, at) => ({ usr, patient: first + at, day: today - 4 - Math.floor(at / 3), count: 2 }))

test('three strangers on each of 36 days are browsing, save where a colleague of the same role has as many', async () => {
  const one = await Stage.open({ looks: browse(3, 3001) })
  await one.run()
  assert.deepEqual(
    (await one.openStories()).map(({ kind, facts }) => [kind, facts.logins]),
    [['browsing', [3]]],
  )
  await one.desk.close()
  const both = await Stage.open({ looks: [...browse(3, 3001), ...browse(4, 3101)] })
  await both.run()
  assert.deepEqual(await both.openStories(), [])
  await both.desk.close()
})

/** Gives each case people of its own, so that all of them are played on one desk. */
function moveScene({ workers = [], patients = [], relations = [], looks = [] }: Scene, place: number): Scene {
  const isTime = /_day$|^house_number$/
  const move = (value: number) => (value >= 1000 ? value + place * 10_000 : value)
  const moveRow = (row: Readonly<Record<string, number | boolean | null>>) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'number' && !isTime.test(name) ? move(value) : value,
      ]),
    )
  return {
    workers: workers.map(moveRow),
    patients: patients.map(moveRow),
    relations: relations.map(moveRow),
    looks: looks.map((one) => ({
      ...one,
      // Whoever is of the daily staff is another of them in each case.
      usr: one.usr === 3 ? 1 + (place % 30) : move(one.usr),
      patient: move(one.patient),
      workstation:
        one.workstation === undefined
          ? 1 + (one.usr === 3 ? 1 + (place % 30) : move(one.usr))
          : one.workstation + 10 * place,
    })),
  }
}

const loginsOf = (scene: Scene) => new Set(scene.looks?.map((one) => one.usr))

async function playAll(cases: readonly Case[]) {
  const scenes = cases.map(({ scene }, place) => moveScene(scene, place))
  const stage = await Stage.open({
    workers: scenes.flatMap((scene) => scene.workers ?? []),
    patients: scenes.flatMap((scene) => scene.patients ?? []),
    relations: scenes.flatMap((scene) => scene.relations ?? []),
    looks: scenes.flatMap((scene) => scene.looks ?? []),
  })
  await stage.run()
  const stories = await stage.openStories()
  await stage.desk.close()
  return cases.map((one, place) => {
    const logins = loginsOf(scenes[place] ?? {})
    return { ...one, stories: stories.filter((story) => story.facts.logins.some((login) => logins.has(login))) }
  })
}

test('each of these is one story of its kind', async (context) => {
  for (const { what, kind, stories } of await playAll(must)) {
    await context.test(what, () => {
      assert.deepEqual(
        stories.map((story) => story.kind),
        [kind],
      )
      assert.ok((stories[0]?.score ?? 0) > 30)
    })
  }
})

test('none of these look-alikes is a story', async (context) => {
  for (const { what, stories } of await playAll(mustNot)) {
    await context.test(what, () => {
      assert.deepEqual(stories, [])
    })
  }
})
