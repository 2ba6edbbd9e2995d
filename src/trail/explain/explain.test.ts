import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { type RelationKind, relationKinds } from '../model/relation.ts'
import { duties } from '../relations/duties.ts'
import { openDesk } from '../store/desk.ts'
import type { Desk } from '../store/store.ts'
import { explainInto, type TouchedPair } from './pairs.ts'
import { People, personOffset } from './people.ts'
import { findReasonsOfPatient, findReasonsOfUsers, type PairRow, sayReason } from './reasons.ts'
import {
  departmentTemplate,
  dutyTemplates,
  reasonsByCode,
  repeatTemplate,
  sayMissed,
  tieTemplates,
  type Window,
} from './templates.ts'

interface World {
  readonly pairs: readonly { usr: number; patient: number; day: number; department: number }[]
  readonly relations: readonly {
    kind: number
    patient: number
    usr: number
    department: number
    from: number
    length: number | null
    isVoid: boolean
  }[]
  readonly workers: readonly { usr: number; person: number; department: number; duty: number }[]
  readonly same: readonly number[]
}

interface Row {
  readonly usr: number
  readonly patient: number
  readonly day: number
  readonly who: number
  readonly subject: number
  readonly strength: number
  readonly reason: number
  readonly relation: number
}

const people = 4
const firstDay = 20_000
const kindOf = (kind: RelationKind) => relationKinds.indexOf(kind)

const plain = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(fields, { noNullPrototype: true }) as fc.Arbitrary<T>

const worlds: fc.Arbitrary<World> = plain<World>({
  pairs: fc.array(
    plain({
      usr: fc.nat({ max: people }),
      patient: fc.nat({ max: people }),
      day: fc.integer({ min: firstDay, max: firstDay + 160 }),
      department: fc.nat({ max: 3 }),
    }),
    { minLength: 80, maxLength: 160, size: 'max' },
  ),
  relations: fc.array(
    plain({
      kind: fc.nat({ max: relationKinds.length - 1 }),
      patient: fc.integer({ min: 1, max: people }),
      usr: fc.nat({ max: people }),
      department: fc.nat({ max: 3 }),
      from: fc.integer({ min: firstDay - 20, max: firstDay + 160 }),
      length: fc.option(fc.nat({ max: 20 }), { freq: 12 }),
      isVoid: fc.nat({ max: 9 }).map((draw) => draw === 0),
    }),
    { minLength: 12, maxLength: 30, size: 'max' },
  ),
  workers: fc.array(
    plain({
      usr: fc.integer({ min: 1, max: people }),
      person: fc.nat({ max: 2 }),
      department: fc.nat({ max: 3 }),
      duty: fc.nat({ max: duties.length - 1 }),
    }),
    { minLength: 3, maxLength: people, size: 'max' },
  ),
  same: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: people })), {
    minLength: people,
    maxLength: people,
  }),
})

let desk: Desk
before(async () => {
  desk = await openDesk(':memory:')
})
after(() => desk.close())

let applied = 0
const noWords = { surname: 0, given: 0, house: 0, street: 0, road: 0, house_number: 0, place: 0, phone: 0, name: 0 }

/** Puts a world where another was. */
async function settle(world: World): Promise<void> {
  const tables = ['pair_day', 'relation', 'worker', 'patient']
  await desk.change(tables.map((table) => ({ sql: `delete from ${table}` })))
  await tell(world)
  if (world.pairs.length === 0) return
  const values = world.pairs.map(
    ({ usr, patient, day, department }) =>
      `(${usr}, ${patient}, ${day}, 1, 1, 0, 0, 0, 1, 1, 0, ${department}, 0, 0, 0)`,
  )
  await desk.change([{ sql: `insert into pair_day values ${values.join(', ')}` }])
}

async function tell(world: Pick<World, 'relations' | 'workers' | 'same'>): Promise<void> {
  applied += 1
  const none = new Uint32Array()
  const codes = new Proxy({}, { get: () => none })
  await desk.apply(
    {
      count: 0,
      seq: new Float64Array(),
      at: new Float64Array(),
      action: new Uint8Array(),
      outcome: new Uint8Array(),
      flags: new Uint8Array(),
      codes: codes as never,
    },
    {
      relation: world.relations.map((one, place) => ({
        key: place + 1,
        kind: one.kind,
        patient: one.patient,
        usr: one.usr,
        department: one.department,
        from_day: one.from,
        to_day: one.length === null ? null : one.from + one.length,
        is_void: one.isVoid,
      })),
      worker: lastOfEach(world).map((one) => ({
        ...noWords,
        ...one,
        role: 0,
        manager: 0,
        hired_day: null,
        left_day: null,
        born_day: null,
        patient: 0,
        is_shared: false,
      })),
      patient: world.same.map((same, place) => ({
        ...noWords,
        patient: place + 1,
        same: same === place + 1 ? 0 : same,
        born_day: null,
        died_day: null,
        is_watched: false,
      })),
    },
    applied,
  )
}

const lastOfEach = (world: Pick<World, 'workers'>) => [...new Map(world.workers.map((one) => [one.usr, one])).values()]

async function readTable(table: string): Promise<Row[]> {
  return desk.ask<Row>(`select * from ${table} order by usr, patient, day`)
}

async function explainAll(): Promise<Row[]> {
  await explainInto(desk, 'explained_pair', { scope: 'all' })
  return readTable('explained_pair')
}

/** What a pair-day has to be, worked out the plain way: nothing but the rule, one pair and one relation at a time. */
function explainPlainly(
  world: World,
): Map<string, { who: number; subject: number; strength: number; reasons: Set<number> }> {
  const workers = new Map(lastOfEach(world).map((one) => [one.usr, one]))
  const whoOf = (usr: number) => {
    const person = workers.get(usr)?.person ?? 0
    return person === 0 ? usr : person + personOffset
  }
  const subjectOf = (patient: number) => {
    const passed = [patient]
    for (;;) {
      const here = passed.at(-1) ?? 0
      const next = world.same[here - 1] ?? 0
      if (next === 0 || next === here) return here
      if (passed.includes(next)) return Math.min(...passed.slice(passed.indexOf(next)))
      passed.push(next)
    }
  }
  const holds = (relation: World['relations'][number], window: Window | undefined, day: number) =>
    window !== undefined &&
    !relation.isVoid &&
    day >= relation.from - window.before &&
    (relation.length === null || day <= relation.from + relation.length + window.after)
  const found = new Map<string, { who: number; subject: number; strength: number; reasons: Set<number>; day: number }>()
  for (const { usr, patient, day } of world.pairs) {
    if (usr === 0 || patient === 0) continue
    const [who, subject] = [whoOf(usr), subjectOf(patient)]
    const said = world.pairs.filter((one) => one.usr === usr && one.patient === patient && one.day === day)
    const own = workers.get(usr)
    const department = own?.department || Math.max(...said.map((one) => one.department))
    const ties = world.relations.filter((one) => subjectOf(one.patient) === subject)
    const reasons = new Set<number>()
    for (const tie of ties) {
      const template = tieTemplates[tie.kind]
      if (template && tie.usr !== 0 && whoOf(tie.usr) === who && holds(tie, template, day)) reasons.add(template.code)
    }
    let strength = reasons.size > 0 ? 2 : 0
    if (strength === 0) {
      const windows: Partial<Record<RelationKind, Window>> = departmentTemplate.windows
      const duty = dutyTemplates.find((one) => one.duty === duties[own?.duty ?? 0])
      for (const tie of ties) {
        const kind = relationKinds[tie.kind] ?? 'note'
        const isOurs = [tie.department, workers.get(tie.usr)?.department ?? 0].includes(department)
        if (department !== 0 && isOurs && holds(tie, windows[kind], day)) reasons.add(departmentTemplate.code)
        else if (duty && !reasons.has(departmentTemplate.code) && holds(tie, duty.windows[kind], day))
          reasons.add(duty.code)
      }
      if (reasons.has(departmentTemplate.code)) for (const one of dutyTemplates) reasons.delete(one.code)
      strength = reasons.size > 0 ? 1 : 0
    }
    found.set(`${usr}/${patient}/${day}`, { who, subject, strength, reasons, day })
  }
  const first = [...found.values()].filter((one) => one.strength > 0)
  for (const one of [...found.values()].filter((row) => row.strength === 0)) {
    const isRepeat = first.some(
      (earlier) =>
        earlier.who === one.who &&
        earlier.subject === one.subject &&
        !earlier.reasons.has(repeatTemplate.code) &&
        earlier.day < one.day &&
        earlier.day >= one.day - repeatTemplate.within,
    )
    if (!isRepeat) continue
    one.strength = 1
    one.reasons.add(repeatTemplate.code)
  }
  return found
}

const runs = process.env['VIGIL_LONG'] ? 300 : 20

/** The reasons of a patient, whose accesses are all that the desk knows of. */
const ofPatient = (patient: number) =>
  findReasonsOfPatient(
    desk,
    new People(desk),
    patient,
    desk.ask<PairRow>(
      'select usr, patient, day, max(department) as department from pair_day where usr <> 0 and patient <> 0 group by all',
    ),
  )

test('every pair-day is explained as the rule says, over all as over what was touched, and in words as in the table', async () => {
  const touched = fc.array(plain<TouchedPair>({ usr: fc.nat({ max: people }), patient: fc.nat({ max: people }) }), {
    maxLength: 3,
  })
  await fc.assert(
    fc.asyncProperty(worlds, touched, fc.integer({ min: 1, max: people }), async (world, pairs, one) => {
      await settle(world)
      const all = await explainAll()
      const expected = explainPlainly(world)
      assert.equal(all.length, expected.size)
      for (const row of all) {
        const plainly = expected.get(`${row.usr}/${row.patient}/${row.day}`)
        assert.deepEqual(
          { who: row.who, subject: row.subject, strength: row.strength },
          { who: plainly?.who, subject: plainly?.subject, strength: plainly?.strength },
        )
        assert.ok(row.strength === 0 ? row.reason === 0 : plainly?.reasons.has(row.reason), `reason ${row.reason}`)
      }
      await explainInto(desk, 'explained_live', { scope: 'touched', pairs })
      const of = (usr: number) => all.find((row) => row.usr === usr)?.who ?? usr
      const isTouched = (row: Row) =>
        pairs.some(
          ({ usr, patient }) =>
            usr + patient > 0 &&
            (usr === 0 || row.who === of(usr)) &&
            (patient === 0 || row.subject === all.find((other) => other.patient === patient)?.subject),
        )
      const live = await readTable('explained_live')
      const keys = new Set(live.map((row) => `${row.usr}/${row.patient}/${row.day}`))
      assert.deepEqual(
        live,
        all.filter((row) => keys.has(`${row.usr}/${row.patient}/${row.day}`)),
      )
      for (const row of all.filter(isTouched)) assert.ok(keys.has(`${row.usr}/${row.patient}/${row.day}`))
      const found = await ofPatient(one)
      const foundOfUser = await findReasonsOfUsers(desk, new People(desk), [one])
      const someDays = { from: 20_050, to: 20_140 }
      const foundOfDays = await findReasonsOfUsers(desk, new People(desk), [one], someDays)
      for (const row of all) {
        const codes = expected.get(`${row.usr}/${row.patient}/${row.day}`)?.reasons
        const subject = all.find((other) => other.patient === one)?.subject
        const check = (reasons: readonly { code: number }[]) =>
          assert.deepEqual(new Set(reasons.map((reason) => reason.code)), codes)
        if (row.patient === one || row.subject === subject) check(found.of(row.usr, row.patient, row.day))
        if (row.usr !== one) continue
        check(foundOfUser.of(row.usr, row.patient, row.day))
        if (row.day >= someDays.from && row.day <= someDays.to) check(foundOfDays.of(row.usr, row.patient, row.day))
      }
    }),
    { numRuns: runs, seed: 5 },
  )
})

const nobody: World = { pairs: [], relations: [], workers: [], same: [0, 0] }
const visit = { kind: kindOf('appointment'), patient: 1, usr: 1, department: 0, from: 20_100, length: 0, isVoid: false }
const access = (day: number, usr = 1, patient = 1) => ({ usr, patient, day, department: 0 })

async function strengths(world: World): Promise<number[]> {
  await settle(world)
  return (await explainAll()).map((row) => row.strength)
}

test('a repeat explains only if the first access was explained, and repeats do not hang on one another', async () => {
  const pairs = [access(20_030), access(20_120), access(20_175), access(20_230)]
  assert.deepEqual(await strengths({ ...nobody, pairs, relations: [visit] }), [0, 2, 1, 0])
  assert.deepEqual(await strengths({ ...nobody, pairs }), [0, 0, 0, 0])
  const before = [access(20_069), access(20_070), access(20_131)]
  assert.deepEqual(await strengths({ ...nobody, pairs: before, relations: [visit] }), [0, 2, 0])
})

test('what was cancelled explains nothing, and what comes later explains afterwards', async () => {
  const pairs = [access(20_100)]
  assert.deepEqual(await strengths({ ...nobody, pairs, relations: [{ ...visit, isVoid: true }] }), [0])
  await tell({ ...nobody, relations: [visit] })
  assert.equal((await explainAll())[0]?.strength, 2)
})

test('a tie to one login or identifier explains by every login of the person and every identifier of the patient', async () => {
  const workers = [1, 2].map((usr) => ({ usr, person: 9, department: 0, duty: 0 }))
  const world = { ...nobody, relations: [visit], pairs: [access(20_100, 2, 2)] }
  assert.deepEqual(await strengths(world), [0])
  assert.deepEqual(await strengths({ ...world, workers, same: [0, 1] }), [2])
})

test('a colleague of whoever the patient saw is explained weakly, also where only their own department is known', async () => {
  const workers = [1, 2].map((usr) => ({ usr, person: 0, department: 1, duty: 0 }))
  const world = { ...nobody, relations: [visit], pairs: [access(20_100, 2), access(20_190, 2)], workers }
  assert.deepEqual(await strengths(world), [1, 0])
})

test('a department that is the whole organisation explains nothing', async () => {
  const workers = Array.from({ length: 60 }, (_, place) => ({ usr: place + 1, person: 0, department: 1, duty: 0 }))
  const world = { ...nobody, relations: [{ ...visit, department: 1 }], pairs: [access(20_100, 2)] }
  assert.deepEqual(await strengths({ ...world, workers: workers.slice(0, 40) }), [1])
  assert.deepEqual(await strengths({ ...world, workers }), [0])
  assert.deepEqual((await ofPatient(1)).of(2, 1, 20_100), [])
})

test('reasons are said with their days, and what was missed is said with its window', () => {
  assert.deepEqual(sayReason(1, 20_516), { name: 'appointment', says: 'Appointment with this person on 4 March 2026' })
  for (const [code, { says }] of reasonsByCode) assert.match(sayReason(code, 20_516).says, /4 March 2026/, says)
  assert.ok(sayMissed().includes('an appointment of this person within 30 days'))
  assert.ok(sayMissed('billing').some((one) => one.startsWith('business of a billing role')))
  assert.throws(() => sayReason(999, 0))
})
