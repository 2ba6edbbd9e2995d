/** Makes a whole made-up world of accesses: who lives there, who works there, what they do, and what is wrong in it. */
import type { SampleSize } from '../answer-key.ts'
import { seededRandom } from '../random.ts'
import { type Incident, injectIncidents, type Wanted } from './incidents.ts'
import { forgottenScreens, type Load, wrongClicks } from './offices.ts'
import { drawPopulation } from './population.ts'
import { simulate } from './simulate.ts'
import { injectSimultaneous } from './simultaneous.ts'
import { timetable } from './timetable.ts'
import { drawWorkers, listUnits, type StaffSeed } from './units.ts'
import { World } from './world.ts'

export interface TrailWorldPlan {
  readonly seed: number
  readonly size: SampleSize
  /** The first day, counted from 1970, and how many. */
  readonly from: number
  readonly days: number
  readonly staff: readonly StaffSeed[]
  readonly residents: number
  readonly load: Load
  /** How many incidents of each kind. */
  readonly wanted: Wanted
}

export interface TrailWorld {
  readonly world: World
  readonly incidents: readonly Incident[]
}

export function composeWorld(plan: TrailWorldPlan): TrailWorld {
  const random = seededRandom(`trail/${plan.seed}`)
  const asOf = plan.from + plan.days
  const units = listUnits(plan.size, plan.staff.length)
  const { workerResidents, ...population } = drawPopulation(plan.residents, plan.staff, asOf, random)
  const workers = drawWorkers(plan.staff, units, workerResidents, plan.size, plan.from, random)
  const world = new World(
    { from: plan.from, days: plan.days, population, units, workers, length: plan.size === 'clinic' ? 0.75 : 1.3 },
    random,
  )
  simulate(world, plan.load, random)
  const incidents = injectIncidents(world, plan.wanted, random)
  timetable(world, random)
  wrongClicks(world, random.fork('wrong clicks'))
  forgottenScreens(world, random.fork('screens'))
  return { world, incidents: [...incidents, ...injectSimultaneous(world, plan.wanted, incidents.length, random)] }
}
