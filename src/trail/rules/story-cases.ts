/** A small desk for tests: people and accesses said in a line each, among enough daily work that something can stand out. */
import { actions, type CodedField, codedFields } from '../model/access.ts'
import { relationKinds } from '../model/relation.ts'
import { type StoryKind, storyKinds } from '../model/story.ts'
import { openDesk } from '../store/desk.ts'
import type { AccessColumns, Desk } from '../store/store.ts'
import type { StoryFacts } from './facts.ts'
import { StoryIds } from './ids.ts'
import { prepareRules, type RunOptions, runRules } from './stories.ts'

export const today = 20_100
const dayMs = 86_400_000

export interface Look {
  readonly usr: number
  readonly patient: number
  readonly day: number
  readonly hour?: number
  readonly minute?: number
  readonly count?: number
  readonly flags?: number
  readonly action?: (typeof actions)[number]
  readonly workstation?: number
  readonly department?: number
  readonly object?: number
  readonly isFailure?: boolean
}

type Columns = Readonly<Record<string, number | boolean | null>>

const nobody = {
  name: 0,
  surname: 0,
  given: 0,
  born_day: null,
  house: 0,
  street: 0,
  road: 0,
  house_number: 0,
  place: 0,
  phone: 0,
}

export const worker = (usr: number, more: Columns = {}): Columns => ({
  ...nobody,
  usr,
  person: usr,
  department: 1,
  role: 1,
  duty: 0,
  manager: 0,
  hired_day: null,
  left_day: null,
  patient: 0,
  is_shared: false,
  ...more,
})

export const patient = (code: number, more: Columns = {}): Columns => ({
  ...nobody,
  patient: code,
  same: 0,
  died_day: null,
  is_watched: false,
  ...more,
})

export const relation = (key: number, kind: (typeof relationKinds)[number], more: Columns): Columns => ({
  key,
  kind: relationKinds.indexOf(kind),
  patient: 0,
  usr: 0,
  department: 0,
  from_day: today,
  to_day: today,
  is_void: false,
  ...more,
})

export interface Scene {
  readonly workers?: readonly Columns[]
  readonly patients?: readonly Columns[]
  readonly relations?: readonly Columns[]
  readonly looks?: readonly Look[]
}

/**
 * Thirty people of department 1 and role 1 at work by day for eight weeks, each with patients of their own by appointment; now and
 * then one opens a record for no reason that is known. Users 1 to 30, patients 1 to 1000. Scenes use codes above 1000.
 */
function daily(): Required<Scene> {
  const looks: Look[] = []
  const relations: Columns[] = []
  const workers = Array.from({ length: 30 }, (_, at) => worker(at + 1))
  const patients = Array.from({ length: 1000 }, (_, at) =>
    patient(at + 1, {
      surname: 100_000 + at,
      given: 90_000,
      house: 200_000 + at,
      street: 200_000 + at,
      road: 300_000 + at,
      house_number: 1,
      place: 400_000,
    }),
  )
  for (let usr = 1; usr <= 30; usr += 1) {
    for (let day = today - 56; day <= today; day += 1) {
      if (day % 7 < 2) continue
      for (let one = 0; one < 4; one += 1) {
        const code = 1 + ((usr * 20 + one * 5 + (day % 5)) % 600)
        looks.push({ usr, patient: code, day, hour: 8 + one * 2, count: 2 })
        if (day % 20 === 0 || day === today - 56) {
          relations.push(
            relation(relations.length + 1, 'appointment', { usr, patient: code, from_day: day, to_day: day + 30 }),
          )
        }
      }
      if ((usr * 7 + day) % 5 === 0)
        looks.push({ usr, patient: 601 + ((usr * 131 + day * 17) % 400), day, hour: 10, count: 1 })
    }
  }
  for (const usr of workers.map((one) => Number(one['usr']))) {
    for (let code = 1; code <= 600; code += 1) {
      if (Math.floor((((code - 1 - usr * 20) % 600) + 600) % 600) < 20) {
        relations.push(
          relation(relations.length + 1, 'care-team', { usr, patient: code, from_day: today - 60, to_day: null }),
        )
      }
    }
  }
  return { workers, patients, relations, looks }
}

export interface Found {
  readonly kind: StoryKind
  readonly score: number
  readonly told: readonly StoryKind[]
  readonly facts: StoryFacts
}

/** Ids of a desk whose codes stand for themselves. */
export const openIds = (): Promise<StoryIds> =>
  StoryIds.open({ secret: Buffer.alloc(32), codes: { textOf: (dictionary, code) => `${dictionary}-${code}` } })

/** Plays scenes on one desk; what they say of the same code later stands. */
export class Stage {
  readonly desk: Desk
  readonly ids: StoryIds
  #seq = 0

  private constructor(desk: Desk, ids: StoryIds) {
    this.desk = desk
    this.ids = ids
  }

  static async open(scene: Scene = {}): Promise<Stage> {
    const stage = new Stage(await openDesk(':memory:'), await openIds())
    await prepareRules(stage.desk)
    const usual = daily()
    await stage.add({
      workers: [...usual.workers, ...(scene.workers ?? [])],
      patients: [...usual.patients, ...(scene.patients ?? [])],
      relations: [...usual.relations, ...(scene.relations ?? [])],
      looks: [...usual.looks, ...(scene.looks ?? [])],
    })
    return stage
  }

  async add({ workers = [], patients = [], relations = [], looks = [] }: Scene): Promise<void> {
    const accesses = toColumns(looks, this.#seq)
    this.#seq += Math.max(1, accesses.count)
    await this.desk.apply(accesses, { worker: workers, patient: patients, relation: relations }, this.#seq)
  }

  async run(options: Partial<RunOptions> = {}): Promise<number> {
    return (await runRules(this.desk, { scope: 'all', today, ids: this.ids, ...options })).changed
  }

  async openStories(): Promise<readonly Found[]> {
    return this.#read(0)
  }

  async explainedStories(): Promise<readonly Found[]> {
    return this.#read(1)
  }

  async #read(state: number): Promise<Found[]> {
    const rows = await this.desk.ask<{ kind: number; score: number; facts: string }>(
      `select kind, score, facts from story where state = ${state} order by id`,
    )
    return rows.map(({ kind, score, facts }) => {
      const read = JSON.parse(facts) as StoryFacts
      return { kind: nameOf(kind), score, told: read.told.map((fact) => nameOf(fact.kind)), facts: read }
    })
  }
}

const nameOf = (code: number): StoryKind => storyKinds[code] ?? 'unexplained'

function toColumns(looks: readonly Look[], fromSeq: number): AccessColumns {
  const all = looks.flatMap((look) => Array.from({ length: look.count ?? 1 }, (_, at) => ({ ...look, at })))
  const values = (field: CodedField) => (look: (typeof all)[number]) => {
    if (field === 'user') return look.usr
    if (field === 'workstation') return look.workstation ?? 1 + look.usr
    if (field === 'department') return look.department ?? 1
    if (field === 'object') return look.object ?? 1
    return field === 'patient' ? look.patient : 0
  }
  return {
    count: all.length,
    seq: Float64Array.from(all, (_, at) => fromSeq + at),
    at: Float64Array.from(
      all,
      (look) => look.day * dayMs + ((look.hour ?? 10) * 60 + (look.minute ?? 0)) * 60_000 + look.at * 20_000,
    ),
    action: Uint8Array.from(all, (look) => actions.indexOf(look.action ?? 'read')),
    outcome: Uint8Array.from(all, (look) => (look.isFailure ? 1 : 0)),
    flags: Uint8Array.from(all, (look) => look.flags ?? 0),
    codes: Object.fromEntries(codedFields.map((field) => [field, Uint32Array.from(all, values(field))])) as Record<
      CodedField,
      Uint32Array
    >,
  }
}
