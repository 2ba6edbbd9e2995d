import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noKnown, placeFrom, stretch, toColumns } from '../../../test/support/accesses.ts'
import { type KnownRow, mergeKnown } from '../relations/rows.ts'
import { openDesk } from './desk.ts'
import { DuckFile } from './duckdb.ts'
import { accessTables } from './schema.ts'
import type { Desk, GroupRow } from './store.ts'

async function withDesk(work: (desk: Desk) => Promise<void>): Promise<void> {
  const desk = await openDesk(':memory:', { zone: 'Europe/Zurich' })
  try {
    await work(desk)
  } finally {
    await desk.close()
  }
}

const code = fc.nat({ max: 2 ** 32 - 1 })
const day = fc.integer({ min: -30_000, max: 60_000 })
const maybeDay = fc.option(day)
const relation = {
  key: fc.integer({ min: 1, max: 9 }),
  kind: fc.nat({ max: 10 }),
  patient: code,
  usr: code,
  department: code,
  from_day: day,
  to_day: maybeDay,
  is_void: fc.boolean(),
}
const worker = {
  usr: fc.integer({ min: 1, max: 9 }),
  person: code,
  department: code,
  role: code,
  manager: code,
  hired_day: maybeDay,
  left_day: maybeDay,
  born_day: maybeDay,
  surname: code,
  given: code,
  street: code,
  place: code,
  phone: code,
  patient: code,
  is_shared: fc.boolean(),
}
const patient = {
  patient: fc.integer({ min: 1, max: 9 }),
  surname: code,
  given: code,
  born_day: maybeDay,
  died_day: maybeDay,
  street: code,
  place: code,
  phone: code,
  is_watched: fc.boolean(),
}
const columnsOf = {
  relation: Object.keys(relation),
  worker: Object.keys(worker),
  patient: Object.keys(patient),
}
const keys = { relation: 'key', worker: 'usr', patient: 'patient' } as const
const known = fc.record({
  relation: fc.array(fc.record(relation), { maxLength: 12 }),
  worker: fc.array(fc.record(worker), { maxLength: 12 }),
  patient: fc.array(fc.record(patient), { maxLength: 12 }),
})

test('of each relation, worker and patient the newest record stands, once, with what earlier ones alone said', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(known, { maxLength: 4 }), (stretches) =>
      withDesk(async (desk) => {
        for (const [at, told] of stretches.entries()) await desk.apply(toColumns([]), told, at + 1)
        for (const table of ['relation', 'worker', 'patient'] as const) {
          const newest = new Map<number, KnownRow>()
          for (const told of stretches) {
            for (const row of told[table]) {
              const key = Number((row as KnownRow)[keys[table]] ?? 0)
              newest.set(key, { ...mergeKnown(table, newest.get(key), row) })
            }
          }
          const expected = [...newest].sort(([one], [other]) => one - other).map(([, row]) => row)
          // Other columns of the tables stay as they are where nothing is told of them.
          const columns = columnsOf[table].join(', ')
          assert.deepEqual(await desk.ask(`select ${columns} from ${table} order by ${keys[table]}`), expected)
        }
      }),
    ),
    { numRuns: process.env['VIGIL_LONG'] ? 200 : 15 },
  )
})

const tie = fc.record({
  key: fc.integer({ min: 1, max: 6 }),
  grp: fc.nat({ max: 2 }),
  from_day: fc.integer({ min: 10, max: 14 }),
  to_day: fc.option(fc.integer({ min: 14, max: 18 })),
  is_void: fc.boolean(),
})
const grouping = fc.record({
  grp: fc.integer({ min: 1, max: 2 }),
  members: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
  endsDay: fc.option(fc.integer({ min: 8, max: 18 })),
  isMore: fc.nat({ max: 4 }).map((draw) => draw === 0),
})

test('what groups of relations name by now is the same whether it is told one by one or together', async () => {
  const steps = fc.array(fc.oneof({ arbitrary: tie, weight: 2 }, { arbitrary: grouping, weight: 1 }), { maxLength: 14 })
  const rowsOf = async (told: readonly (readonly (KnownRow | GroupRow)[])[]) => {
    let rows: unknown
    await withDesk(async (desk) => {
      for (const [at, stretchOf] of told.entries()) {
        const relations: KnownRow[] = []
        const group: GroupRow[] = []
        for (const one of stretchOf) {
          if ('members' in one) group.push({ ...(one as GroupRow), after: relations.length })
          else relations.push(one as KnownRow)
        }
        await desk.apply(toColumns([]), { ...noKnown, relation: relations, group }, at + 1)
      }
      rows = await desk.ask('select key, grp, from_day, to_day, is_void, is_gone from relation order by key')
    })
    return rows
  }
  await fc.assert(
    fc.asyncProperty(steps, fc.nat({ max: 14 }), async (told, cut) => {
      const all = told.map((one) => ('members' in one ? { ...one, after: 0 } : one))
      const each = await rowsOf(all.map((one) => [one]))
      assert.deepEqual(await rowsOf([all.slice(0, cut), all.slice(cut)]), each)
    }),
    { numRuns: process.env['VIGIL_LONG'] ? 200 : 20 },
  )
})

test('pairs are the same before and after they are added up, however often, also beside what comes in', async () => {
  await withDesk(async (desk) => {
    const accesses = fc.sample(stretch(), { numRuns: 30, seed: 5 })
    const before = 'select * from pair order by usr, patient, day, workstation'
    let to = 0
    for (const one of accesses) {
      const rows = placeFrom(to, 1, one)
      to += one.length + 1
      await desk.apply(toColumns(rows), noKnown, to)
    }
    const pairs = await desk.ask(before)
    await Promise.all([desk.compact(), desk.apply(toColumns([]), noKnown, to + 1), desk.compact()])
    assert.deepEqual(await desk.ask(before), pairs)
    const [count] = await desk.ask<{ n: number }>('select count(*) as n from pair_day')
    assert.equal(count?.n, pairs.length)
  })
})

test('numbers, lists and words are given as they are meant, and come back as plain values', async () => {
  await withDesk(async (desk) => {
    const patient = {
      surname: 0,
      given: 0,
      born_day: null,
      died_day: -5,
      street: 0,
      place: 0,
      phone: 0,
      is_watched: true,
    }
    const patients = [1, 2, 2 ** 32 - 1].map((code) => ({ ...patient, patient: code }))
    await desk.apply(toColumns([]), { ...noKnown, patient: patients }, 1)
    const select = async (sql: string, parameters: Parameters<Desk['ask']>[1]) =>
      (await desk.ask<{ patient: number }>(`select patient from patient where ${sql} order by 1`, parameters)).map(
        (row) => row.patient,
      )
    assert.deepEqual(await select('patient = $code', { code: 2 ** 32 - 1 }), [2 ** 32 - 1])
    assert.deepEqual(await select('patient in (select unnest($codes))', { codes: [2, 1, 7] }), [1, 2])
    assert.deepEqual(await select('patient in (select unnest($codes))', { codes: [] }), [])
    assert.deepEqual(await select('list_contains($codes, patient)', { codes: [2 ** 32 - 1] }), [2 ** 32 - 1])
    assert.deepEqual(await select('died_day > $day - 1 and is_watched = $yes', { day: -5, yes: true }), [
      1,
      2,
      2 ** 32 - 1,
    ])
    assert.deepEqual(await select('born_day is not distinct from $none', { none: null }), [1, 2, 2 ** 32 - 1])
    await assert.rejects(select('patient = $code', {}), /nothing was given/)
    const [row] = await desk.ask(
      'select $big as big, $word as word, $words as words, $part as part, sum(patient) as sum, [1, null] as list from patient',
      { big: 1_750_000_000_000, word: "O'Brien", words: ['a', 'b'] as never, part: 0.25 },
    )
    assert.deepEqual(row, {
      big: 1_750_000_000_000,
      word: "O'Brien",
      words: ['a', 'b'],
      part: 0.25,
      sum: 2 ** 32 + 2,
      list: [1, null],
    })
  })
})

test('statements of one change happen all or not at all', async () => {
  await withDesk(async (desk) => {
    await desk.change([
      { sql: 'create table note (code uinteger)' },
      { sql: 'insert into note values ($c)', parameters: { c: 1 } },
    ])
    await assert.rejects(
      desk.change([{ sql: 'insert into note values (2)' }, { sql: 'insert into nowhere values (3)' }]),
    )
    assert.deepEqual(await desk.ask('select code from note'), [{ code: 1 }])
    await desk.change([{ sql: 'insert into note select unnest($codes)', parameters: { codes: [4, 5] } }])
    assert.deepEqual(await desk.ask('select sum(code) as sum from note'), [{ sum: 10 }])
  })
})

test('an SQL text reaches neither files nor the network', async () => {
  await withDesk(async (desk) => {
    for (const sql of [
      "select * from read_text('/etc/hostname')",
      "copy patient to '/tmp/vigil-out.csv'",
      'install httpfs',
    ]) {
      await assert.rejects(desk.ask(sql), /disabled by configuration/)
    }
  })
})

test('a question for one patient reads that patient, not the table', async () => {
  const duck = await DuckFile.open(':memory:')
  try {
    for (const table of accessTables) await duck.aside((session) => session.run(table))
    await duck.aside((session) =>
      session.run(`insert into access_sorted select ${Array(15).fill('unnest([3, 5])').join(', ')}`),
    )
    const [plan] = await duck.all<{ explain_value: string }>(
      'explain select * from access where patient = $code::uinteger',
      {
        code: 3,
      },
    )
    assert.match(plan?.explain_value ?? '', /patient\s*=\s*3/i)
    assert.doesNotMatch(plan?.explain_value ?? '', /CAST/i)
  } finally {
    await duck.close()
  }
})

test('a question that was asked before answers from what is there now, also beside what is being written', async () => {
  await withDesk(async (desk) => {
    const unwatched: KnownRow = {
      patient: 7,
      surname: 1,
      given: 1,
      born_day: null,
      died_day: null,
      street: 1,
      place: 1,
      phone: 1,
      name: 1,
      is_watched: false,
    }
    const count = async (where: string) =>
      Number((await desk.ask<{ n: number }>(`select count(*) as n from patient where ${where}`))[0]?.n)
    // Of both answers a plan would say that there is nothing, for as long as it was kept.
    await desk.apply(toColumns([]), { ...noKnown, patient: [unwatched] }, 1)
    assert.equal(await count('is_watched'), 0)
    assert.equal(await count('surname <> 1'), 0)
    await desk.change([{ sql: 'update patient set is_watched = true, surname = 2' }])
    assert.equal(await count('is_watched'), 1)
    assert.equal(await count('surname <> 1'), 1)
    // While a row is replaced it is there, as it was or as it will be.
    const writing = (async () => {
      for (let turn = 0; turn < 60; turn += 1) {
        await desk.change([
          { sql: 'create or replace temp table kept as select * from patient' },
          { sql: 'delete from patient where patient = 7' },
          { sql: `insert into patient select * replace (${turn + 3} as surname) from kept` },
        ])
      }
    })()
    let asked = 0
    let isWriting = true
    const ended = writing.finally(() => {
      isWriting = false
    })
    for (; isWriting; asked += 1) assert.equal(await count('surname <> 1'), 1)
    await ended
    assert.ok(asked > 5)
  })
})
