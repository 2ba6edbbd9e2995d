import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from '#platform/refusal.ts'
import {
  answerOf,
  hoursOf,
  inOrder,
  noKnown,
  type PlainAccess,
  placeFrom,
  readAll,
  stretch,
  toColumns,
} from '../../../test/support/accesses.ts'
import { openDuckAccessStore } from './access-store.ts'
import { collapseAccesses } from './collapse.ts'
import { openEmbeddedStore } from './embedded.ts'
import type { QueryStore } from './store.ts'
import { openZone } from './zone.ts'

const zone = 'Europe/Zurich'

async function withStore(work: (store: QueryStore, directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'vigil-store-'))
  const store = await openEmbeddedStore(directory, { zone })
  try {
    await work(store, directory)
  } finally {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: stretch().map((accesses) => ({ does: 'apply' as const, accesses })) },
  { weight: 1, arbitrary: fc.constant({ does: 'again' as const }) },
  { weight: 2, arbitrary: fc.constant({ does: 'compact' as const }) },
  { weight: 1, arbitrary: fc.nat({ max: 80 }).map((beforeSeq) => ({ does: 'forget' as const, beforeSeq })) },
  { weight: 1, arbitrary: fc.constant({ does: 'reopen' as const }) },
)
const query = fc.record(
  {
    by: fc.constantFrom('patient' as const, 'user' as const),
    codes: fc.uniqueArray(fc.nat({ max: 7 }), { maxLength: 3 }),
    since: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }),
    until: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 11, 31) }),
  },
  { requiredKeys: ['by', 'codes'] },
)

const dayOfYear = fc.integer({ min: 20_400, max: 20_900 })
const hoursQuery = fc.record({
  users: fc.uniqueArray(fc.nat({ max: 7 }), { maxLength: 4 }),
  fromDay: fc.oneof(dayOfYear, fc.integer({ min: -4, max: 4 })),
  toDay: dayOfYear,
  by: fc.constantFrom('day' as const, 'user' as const),
})

const pairOrder = 'order by usr, patient, day, workstation'

/** The rows of `pair`, worked out by the code that collapses a stretch, which is tested by itself. */
function pairsOf(rows: readonly PlainAccess[]): Record<string, number>[] {
  const pairs = collapseAccesses(toColumns(rows), openZone(zone))
  return Array.from({ length: pairs.count }, (_, at) => ({
    usr: pairs.usr[at] ?? 0,
    patient: pairs.patient[at] ?? 0,
    day: pairs.day[at] ?? 0,
    workstation: pairs.workstation[at] ?? 0,
    n: pairs.n[at] ?? 0,
    failed: pairs.failed[at] ?? 0,
    first_at: pairs.firstAt[at] ?? 0,
    last_at: pairs.lastAt[at] ?? 0,
    hours: pairs.hours[at] ?? 0,
    actions: pairs.actions[at] ?? 0,
    flags: pairs.flags[at] ?? 0,
    department: pairs.department[at] ?? 0,
    application: pairs.application[at] ?? 0,
    object: pairs.object[at] ?? 0,
    purpose: pairs.purpose[at] ?? 0,
  })).sort((one, other) => {
    const columns = ['usr', 'patient', 'day', 'workstation'] as const
    return columns.map((column) => one[column] - other[column]).find((difference) => difference !== 0) ?? 0
  })
}

test('whatever is taken in, compacted, forgotten and handed over twice, answers are those of a plain list', async () => {
  const runs = process.env['VIGIL_LONG'] ? 200 : 8
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 10 }),
      fc.array(query, { minLength: 1, maxLength: 5 }),
      fc.array(hoursQuery, { minLength: 1, maxLength: 4 }),
      (steps, queries, hours) =>
        withStore(async (first, directory) => {
          let store = first
          let rows: PlainAccess[] = []
          let to = 0
          let last: readonly [PlainAccess[], number] | undefined
          for (const one of steps) {
            if (one.does === 'apply') {
              const placed = placeFrom(to + 1, 2, one.accesses)
              to += one.accesses.length * 2 + 1
              rows.push(...placed)
              last = [placed, to]
              await store.apply(toColumns(placed), noKnown, to)
            } else if (one.does === 'again' && last) {
              await store.apply(toColumns(last[0]), noKnown, last[1])
            } else if (one.does === 'compact') {
              await store.compact()
            } else if (one.does === 'forget') {
              rows = rows.filter(({ seq }) => seq >= one.beforeSeq)
              last = undefined
              await store.forget(one.beforeSeq)
            } else if (one.does === 'reopen') {
              await store.close()
              store = await openEmbeddedStore(directory, { zone })
            }
          }
          try {
            assert.equal(await store.appliedTo(), to)
            assert.equal((await store.accesses.counts()).accesses, rows.length)
            for (const asked of queries) {
              assert.deepEqual(await readAll(store.accesses.read(asked)), answerOf(rows, asked))
            }
            for (const asked of hours) {
              const counted = await store.accesses.hours(asked, openZone(zone))
              assert.deepEqual(inOrder(counted), hoursOf(rows, asked, openZone(zone)))
            }
            assert.deepEqual(await store.desk.ask(`select * from pair ${pairOrder}`), pairsOf(rows))
          } finally {
            await store.close()
          }
        }),
    ),
    { numRuns: runs },
  )
})

test('a stretch that overlaps what was taken in adds only what is new', async () => {
  await withStore(async (store) => {
    const rows = placeFrom(0, 1, fc.sample(stretch(), { numRuns: 50, seed: 7 }).flat())
    await store.apply(toColumns(rows.slice(0, 20)), noKnown, 20)
    await store.apply(toColumns(rows.slice(10)), noKnown, rows.length)
    await store.apply(toColumns(rows.slice(0, 5)), noKnown, 5)
    assert.equal(await store.appliedTo(), rows.length)
    const everybody = { by: 'user', codes: [0, 1, 2, 3, 4, 5] } as const
    assert.deepEqual(await readAll(store.accesses.read(everybody)), answerOf(rows, everybody))
    assert.deepEqual(await store.desk.ask(`select * from pair ${pairOrder}`), pairsOf(rows))
  })
})

test('a patient with 100,000 accesses is answered piece by piece, also while all is put in order', async () => {
  await withStore(async (store) => {
    const count = 100_000
    const [shape] = fc.sample(
      stretch().filter(({ length }) => length > 0),
      { numRuns: 1, seed: 1 },
    )
    const [access] = shape ?? []
    assert.ok(access)
    const rows = Array.from({ length: count }, (_, seq) => ({
      ...access,
      seq,
      at: Date.UTC(2026, 0, 1) + ((seq * 7_919) % count) * 1_000,
      codes: { ...access.codes, patient: 1 },
    }))
    await store.apply(toColumns(rows.slice(0, 60_000)), noKnown, 60_000)
    await store.compact()
    await store.apply(toColumns(rows.slice(60_000)), noKnown, count)
    let pieces = 0
    let seen = 0
    let before = -1
    for await (const piece of store.accesses.read({ by: 'patient', codes: [1] })) {
      // Once it has begun to answer, nothing that happens to the tables may change what it says.
      if (pieces === 2) await store.compact()
      if (pieces === 4) await store.apply(toColumns([{ ...rows[0], seq: count } as PlainAccess]), noKnown, count + 1)
      for (const at of piece.at) {
        assert.ok(at > before)
        before = at
      }
      pieces += 1
      seen += piece.count
    }
    assert.equal(seen, count)
    assert.ok(pieces >= count / 2_048)
    // Whoever stops early leaves nothing behind that would be in the way of others.
    for await (const piece of store.accesses.read({ by: 'patient', codes: [1] })) {
      assert.ok(piece.count > 0)
      break
    }
    await store.compact()
    assert.equal((await readAll(store.accesses.read({ by: 'patient', codes: [1] }))).length, count + 1)
  })
})

test('many questions at once and a rewriting of all get whole answers', async () => {
  await withStore(async (store) => {
    const rows = placeFrom(0, 1, fc.sample(stretch(30, 9), { numRuns: 60, seed: 3 }).flat())
    const half = rows.length >> 1
    await store.apply(toColumns(rows.slice(0, half)), noKnown, half)
    const ask = async (patient: number) => {
      const asked = { by: 'patient', codes: [patient] } as const
      const got = await readAll(store.accesses.read(asked))
      const isWhole = [half, rows.length].some((size) => {
        const expected = answerOf(rows.slice(0, size), asked)
        return expected.length === got.length
      })
      assert.ok(isWhole)
    }
    const work = [store.compact(), store.apply(toColumns(rows.slice(half)), noKnown, rows.length), store.compact()]
    await Promise.all([...work, ...Array.from({ length: 60 }, (_, at) => ask(at % 30))])
    const everybody = { by: 'patient', codes: Array.from({ length: 31 }, (_, at) => at) } as const
    assert.deepEqual(await readAll(store.accesses.read(everybody)), answerOf(rows, everybody))
  })
})

test('closed in the middle of an answer, the answer is an error, and the store opens again with all', async () => {
  await withStore(async (store, directory) => {
    const [shape] = fc.sample(
      stretch().filter(({ length }) => length > 0),
      { numRuns: 1, seed: 1 },
    )
    const [access] = shape ?? []
    assert.ok(access)
    const rows = Array.from({ length: 20_000 }, (_, seq) => ({
      ...access,
      seq,
      codes: { ...access.codes, patient: 1 },
    }))
    await store.apply(toColumns(rows), noKnown, rows.length)
    const answer = store.accesses.read({ by: 'patient', codes: [1] })[Symbol.asyncIterator]()
    assert.equal((await answer.next()).value?.count, 2_048)
    await store.close()
    await assert.rejects(answer.next(), /closed/)
    const again = await openEmbeddedStore(directory, { zone })
    assert.equal((await again.accesses.counts()).accesses, rows.length)
    await again.close()
  })
})

test('accesses alone, without a desk, are kept and answered in the same way', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-store-'))
  try {
    const path = join(folder, 'accesses.duckdb')
    const rows = placeFrom(3, 2, fc.sample(stretch(), { numRuns: 9, seed: 4 }).flat())
    const to = rows.length * 2 + 3
    const everybody = { by: 'user', codes: [0, 1, 2, 3, 4, 5] } as const
    let store = await openDuckAccessStore(path)
    await store.apply(toColumns(rows.slice(0, 9)), 3 + 9 * 2)
    await store.compact()
    await store.apply(toColumns(rows), to)
    await store.apply(toColumns(rows), to)
    assert.deepEqual(await readAll(store.read(everybody)), answerOf(rows, everybody))
    await store.close()
    store = await openDuckAccessStore(path)
    assert.equal(await store.appliedTo(), to)
    await store.forget(30)
    const left = rows.filter(({ seq }) => seq >= 30)
    assert.deepEqual(await readAll(store.read(everybody)), answerOf(left, everybody))
    await store.close()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('a store that is damaged, in use or of another zone is refused, and says that it can be rebuilt', async () => {
  await withStore(async (store, directory) => {
    await store.close()
    await assert.rejects(openEmbeddedStore(directory, { zone: 'UTC' }), isRefusal('trail-store-zone'))
    await writeFile(join(directory, 'store.duckdb'), Buffer.alloc(65_536, 7))
    await assert.rejects(openEmbeddedStore(directory, { zone }), isRefusal('trail-store-damaged'))
  })
})

const isRefusal = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Refusal)
  assert.equal(error.code, code)
  assert.match(error.hint ?? '', /vigil trail rebuild/)
  return true
}
