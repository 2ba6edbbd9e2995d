/** Live runs over what is touched and one run over all end with the same open stories, whatever came in whichever order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codedFields } from '../model/access.ts'
import { openDesk } from '../store/desk.ts'
import type { AccessColumns, Desk, KnownRows } from '../store/store.ts'
import { inventWorld, seeded, type World } from './invented-world.ts'
import { prepareRules, runRules, type Touched } from './stories.ts'
import { openIds } from './story-cases.ts'

const noKnown: KnownRows = { relation: [], worker: [], patient: [] }

test('live runs after each batch, in any order, end with the stories of one run over all', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2 ** 30 }),
      fc.integer({ min: 2, max: process.env['VIGIL_LONG'] ? 12 : 5 }),
      async (seed, batches) => {
        const world = inventWorld({ seed, users: 60, patients: 400, days: 40, sessions: 700, incidents: 1 })
        const live = await openDesk(':memory:')
        const whole = await openDesk(':memory:')
        const [liveIds, wholeIds] = [await openIds(), await openIds()]
        try {
          await prepareRules(live)
          await prepareRules(whole)
          const deal = dealWorld(world, batches, seeded(seed))
          for (const [at, { accesses, known, touched }] of deal.entries()) {
            await live.apply(accesses, known, (at + 1) * 1_000_000)
            await runRules(live, { scope: touched, today: world.lastDay, ids: liveIds })
          }
          await whole.apply(world.accesses, world.known, world.accesses.count)
          await runRules(whole, { scope: 'all', today: world.lastDay, ids: wholeIds })
          for (const table of [
            'rule_day',
            'rule_hit',
            'rule_person_day',
            'rule_profile',
            'rule_use',
            'rule_person',
            'rule_pass',
          ]) {
            const all = `select * from ${table} order by all`
            assert.deepEqual(await live.ask(all), await whole.ask(all), table)
          }
          assert.deepEqual(await readOpen(live), await readOpen(whole))
          // Again over all, on the desk that lived: nothing changes.
          assert.deepEqual(await runRules(live, { scope: 'all', today: world.lastDay, ids: liveIds }), { changed: 0 })
        } finally {
          await live.close()
          await whole.close()
        }
      },
    ),
    { numRuns: process.env['VIGIL_LONG'] ? 60 : 2, ...(process.env['VIGIL_LONG'] ? {} : { seed: 5 }) },
  )
})

function readOpen(desk: Desk) {
  return desk.ask('select id, kind, score, first_at, last_at, facts from story where state = 0 order by id')
}

interface Batch {
  readonly accesses: AccessColumns
  readonly known: KnownRows
  readonly touched: Touched
}

/** Deals everything into batches at random: accesses before their relations, workers and patients last, and so on. */
function dealWorld(world: World, count: number, random: () => number): Batch[] {
  const someBatch = () => Math.floor(random() * count)
  const placeOf = Array.from({ length: world.accesses.count }, someBatch)
  const deal = (rows: KnownRows['worker']) => {
    const batch = rows.map(someBatch)
    return (at: number) => rows.filter((_, place) => batch[place] === at)
  }
  const [relation, worker, patient] = [deal(world.known.relation), deal(world.known.worker), deal(world.known.patient)]
  return Array.from({ length: count }, (_, at) => {
    const known = { relation: relation(at), worker: worker(at), patient: patient(at) }
    const accesses = takeColumns(
      world.accesses,
      placeOf.flatMap((batch, place) => (batch === at ? [place] : [])),
      at,
    )
    return {
      accesses,
      known: at === 0 ? { ...noKnown, ...known } : known,
      touched: {
        users: known.worker.map((row) => Number(row['usr'])),
        patients: [...known.relation, ...known.patient].map((row) => Number(row['patient'])),
        pairs: Array.from({ length: accesses.count }, (__, place) => ({
          usr: accesses.codes.user[place] ?? 0,
          patient: accesses.codes.patient[place] ?? 0,
        })),
      },
    }
  })
}

function takeColumns(from: AccessColumns, places: readonly number[], batch: number): AccessColumns {
  const codes = Object.fromEntries(
    codedFields.map((field) => [field, Uint32Array.from(places, (place) => from.codes[field][place] ?? 0)]),
  ) as Record<(typeof codedFields)[number], Uint32Array>
  return {
    count: places.length,
    seq: Float64Array.from(places, (_, place) => batch * 1_000_000 + place),
    at: Float64Array.from(places, (place) => from.at[place] ?? 0),
    action: Uint8Array.from(places, (place) => from.action[place] ?? 0),
    outcome: Uint8Array.from(places, (place) => from.outcome[place] ?? 0),
    flags: Uint8Array.from(places, (place) => from.flags[place] ?? 0),
    codes,
  }
}
