import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { intake } from '#core/intake/index.ts'
import { callOf, openServices, runBound } from '#core/testing.ts'
import { sql } from '#platform/database.ts'
import { Refusal } from '#platform/refusal.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { writeSample } from '../../sample/index.ts'
import { importFolder, type Transact } from '../folder.ts'
import { deliveries } from './index.ts'
import { readName } from './names.ts'
import { type DeliveryJob, mostFiles, refuseWhenFull, runDelivery, sweepDeliveries, sweepFolders } from './service.ts'

const { database, newOrganisation } = await openTestDatabase()
const dataDirectory = mkdtempSync(join(tmpdir(), 'vigil-deliveries-'))
after(() => rmSync(dataDirectory, { recursive: true, force: true }))
const services = await openServices(database, dataDirectory)
const now = new Date('2026-11-02T12:00:00Z')

interface Delivered {
  readonly id: string
}
interface Part {
  format: string
  source: string
  kinds: string[]
  reason: string | null
  columns: { header: string; field: string | null; isSaid: boolean }[]
  rows?: { line: number; cells: string[] | null; understood: Record<string, string> | null; reason: string | null }[]
}
interface Shown {
  id: string
  name: string
  bytes: number
  digest: string
  mapping: unknown
  summary: { state: string; parts: Part[] }
  preview: { state: string; parts: Part[]; hasMore: boolean }
  outcome: { state: string; added: number; rejects: number; reason: string | null; sourceId: number | null }[] | null
}

/** Makes one call of an endpoint in a transaction of its own; work for afterwards is done when that has committed. */
async function call<T>(
  organisation: number,
  name: string,
  input: Readonly<Record<string, unknown>> = {},
  bytes?: Buffer,
  at = now,
): Promise<T> {
  const later: (() => Promise<void> | void)[] = []
  const delivered = bytes === undefined ? undefined : spool(bytes)
  const answer = await callOf(
    services,
    organisation,
    (made) =>
      runBound([...deliveries, ...intake], name, { ...made, afterwards: (work) => void later.push(work) }, input),
    { now: at, ...(delivered ? { delivered } : {}) },
  )
  for (const work of later) await work()
  return answer.output as T
}

let spooled = 0
function spool(bytes: Buffer) {
  spooled += 1
  const path = join(dataDirectory, `upload-${spooled}`)
  writeFileSync(path, bytes)
  return { path, bytes: bytes.length, digest: createHash('sha256').update(bytes).digest() }
}

const open = (organisation: number, input = {}, at = now) =>
  call<Delivered>(organisation, 'deliveries.open', input, undefined, at)

const add = (organisation: number, delivery: Delivered, name: string, content: string | Buffer, more = {}) =>
  call<Shown>(organisation, 'deliveries.add', { deliveryId: delivery.id, name, ...more }, Buffer.from(content))

const filesOf = async (organisation: number, delivery: Delivered): Promise<Shown[]> =>
  (await call<{ files: { items: Shown[] } }>(organisation, 'deliveries.show', { deliveryId: delivery.id })).files.items

const stateOf = async (organisation: number, delivery: Delivered): Promise<string> =>
  (await call<{ delivery: { state: string } }>(organisation, 'deliveries.show', { deliveryId: delivery.id })).delivery
    .state

const transactOf =
  (organisation: number): Transact =>
  (work) =>
    asTester(database, organisation, work, now)

const jobOf = (organisation: number, more: Partial<DeliveryJob> = {}): DeliveryJob => ({
  now,
  dataDirectory,
  config: services.config,
  transact: transactOf(organisation),
  inOrganisation: (work) => asTester(database, organisation, work, now),
  ...more,
})

const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code

const staff = `Employee Number,Name,Work Email,Job Title,Department,Employment Status,Hire Date,Termination Date
1001,"Reyes, Marisol",mreyes@clinic.example,Nurse,Nursing,Active,2019-04-01,
1002,Dana Left,dleft@clinic.example,Clerk,Billing,Terminated,2019-03-04,2026-05-29
1003,Okoye Ada,aokoye@clinic.example,Nurse,Nursing,Active,not a day,
`
const oddList = `Kennung,Geburtsort,Rolle
mreyes,Graz,pflege
dleft,Wien,kasse
`

/** All that is known of an organisation's facts, without what numbers rows and runs. */
async function factsOf(organisation: number): Promise<unknown> {
  return asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<{ name: string }>`
      select relname as name from pg_class where relname like '%\\_fact' and relkind = 'r'
        and relnamespace = 'vigil'::regnamespace order by 1`.execute(db)
    const all: Record<string, unknown> = {}
    for (const { name } of rows) {
      const facts = await sql<{ fact: unknown }>`
        select source.name || ' ' || source.complete::text || ' ' || (to_jsonb(fact) - array['id', 'organisation_id',
          'source_id', 'run_id', 'present_from', 'absent_from', 'person_id', 'account_id', 'device_id', 'system_id',
          'vendor_id', 'product_id'])::text || (fact.absent_from is null)::text as fact
        from ${sql.table(name)} fact join source on source.id = fact.source_id order by 1`.execute(db)
      all[name] = facts.rows.map(({ fact }) => fact)
    }
    return all
  })
}

async function runsOf(organisation: number): Promise<readonly unknown[]> {
  return asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<object>`
      select file_name, state, rows_read, facts_added, rejects from source_run order by id`.execute(db)
    return rows
  })
}

describe('dropping files', () => {
  test('a dropped file is shown as it is understood: each column, the first rows as written, what is wrong with them', async () => {
    const clinic = await newOrganisation()
    const shown = await add(clinic, await open(clinic), 'HR/Staff 2026-11-02.csv', staff)
    const [part] = shown.preview.parts
    assert.ok(part)
    assert.deepEqual([part.format, part.source, part.kinds], ['staff-list', 'HR/Staff.csv', ['person']])
    assert.deepEqual(
      part.columns.map(({ field }) => field),
      ['employeeNumber', 'displayName', 'email', 'title', 'department', 'standing', 'hiredOn', 'leftOn'],
    )
    const [first, , third] = part.rows ?? []
    assert.equal(first?.line, 2)
    assert.equal(first?.cells?.[1], 'Reyes, Marisol')
    assert.equal(first?.understood?.['displayName'], 'Marisol Reyes')
    assert.equal(third?.understood, null)
    assert.equal(third?.reason, 'the value in column "Hire Date" is not a date')
    assert.equal(third?.cells?.[6], 'not a day')
  })

  test('the rows of a file are stored nowhere but in its bytes', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    await add(clinic, delivery, 'Staff.csv', staff)
    const stored = await asTester(database, clinic, async ({ db }) => {
      const { rows } = await sql<{
        file: string
      }>`select to_jsonb(delivery_file)::text as file from delivery_file`.execute(db)
      return rows[0]?.file ?? ''
    })
    assert.match(stored, /Work Email/)
    assert.doesNotMatch(stored, /Marisol|mreyes|not a day/)
    const [listed] = await filesOf(clinic, delivery)
    assert.doesNotMatch(JSON.stringify(listed), /Marisol|mreyes/)
  })

  test('a list that is not recognised shows its columns and rows, so that somebody can say what they are', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    const shown = await add(clinic, delivery, 'export_4711.csv', oddList)
    const [part] = shown.preview.parts
    assert.equal(shown.preview.state, 'unrecognised')
    assert.match(part?.reason ?? '', /columns/)
    assert.deepEqual(
      part?.columns.map(({ header }) => header),
      ['Kennung', 'Geburtsort', 'Rolle'],
    )
    assert.deepEqual(part?.rows?.[0]?.cells, ['mreyes', 'Graz', 'pflege'])
    const mapping = { format: 'accounts', system: 'Clinic Lab', columns: { Kennung: 'username', Rolle: 'groups' } }
    const mapped = await call<Shown>(clinic, 'deliveries.map', { deliveryId: delivery.id, fileId: shown.id, mapping })
    assert.equal(mapped.preview.state, 'recognised')
    assert.deepEqual(mapped.preview.parts[0]?.rows?.[0]?.understood, {
      username: 'mreyes',
      groups: 'pflege',
      system: 'Clinic Lab',
    })
    assert.deepEqual(mapped.preview.parts[0]?.columns[0], { header: 'Kennung', field: 'username', isSaid: true })
  })

  test('a correction is kept for next month’s file of the same name, listed, and forgotten when that is asked', async () => {
    const clinic = await newOrganisation()
    const first = await open(clinic)
    const { id } = await add(clinic, first, 'lab/users 2026-10.csv', oddList)
    const mapping = { format: 'accounts', columns: { Kennung: 'username', Rolle: 'groups' } }
    await call(clinic, 'deliveries.map', { deliveryId: first.id, fileId: id, mapping })
    const next = await add(clinic, await open(clinic), 'lab/users 2026-11.csv', oddList)
    assert.deepEqual([next.preview.state, next.mapping], ['recognised', mapping])
    const { items } = await call<{ items: { id: number; source: string }[] }>(clinic, 'mappings.list')
    assert.deepEqual(
      items.map(({ source }) => source),
      ['lab/users.csv'],
    )
    await call(clinic, 'mappings.remove', { mappingId: items[0]?.id })
    const forgotten = await add(clinic, await open(clinic), 'lab/users 2026-12.csv', oddList)
    assert.equal(forgotten.preview.state, 'unrecognised')
    await assert.rejects(call(clinic, 'mappings.remove', { mappingId: items[0]?.id }), refusedWith('mapping-unknown'))
  })

  test('a vigil.yaml among the files says how the others are read, as it does in a folder', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    const settings =
      'files:\n  "export*.csv":\n    format: accounts\n    columns: { Kennung: username, Rolle: groups }\ndata: /etc\n'
    const said = await add(clinic, delivery, 'vigil.yaml', settings)
    assert.equal(said.preview.state, 'settings')
    const shown = await add(clinic, delivery, 'export_4711.csv', oddList)
    assert.equal(shown.preview.parts[0]?.format, 'accounts')
    await assert.rejects(add(clinic, delivery, 'vigil.yaml', 'fliles: {}'), refusedWith('settings-unreadable'))
  })

  test('the same name again puts the new bytes in place of the old, which are gone', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    const before = await add(clinic, delivery, 'Staff.csv', staff)
    const again = await add(clinic, delivery, 'Staff.csv', oddList)
    assert.deepEqual(readdirSync(join(dataDirectory, 'deliveries', delivery.id)), [again.id])
    assert.equal((await filesOf(clinic, delivery)).length, 1)
    assert.notEqual(before.digest, again.digest)
  })

  test('an upload whose change is undone can be taken in once more', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    const delivered = spool(Buffer.from(staff))
    const input = { deliveryId: delivery.id, name: 'Staff.csv' }
    const once = (fails: boolean) =>
      callOf(
        services,
        clinic,
        async (made) => {
          await runBound(deliveries, 'deliveries.add', made, input)
          if (fails) throw new Error('undone')
        },
        { delivered },
      )
    await assert.rejects(once(true), /undone/)
    await once(false)
    const [file] = await filesOf(clinic, delivery)
    assert.equal(readFileSync(join(dataDirectory, 'deliveries', delivery.id, file?.id ?? ''), 'utf8'), staff)
  })

  test('what is dropped can be read by nobody else on the machine', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    const { id } = await add(clinic, delivery, 'Staff.csv', staff)
    const folder = join(dataDirectory, 'deliveries', delivery.id)
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(join(folder, id)).mode & 0o777, 0o600)
    await call(clinic, 'deliveries.remove', { deliveryId: delivery.id, fileId: id })
    assert.deepEqual(readdirSync(folder), [])
  })
})

describe('importing a delivery', () => {
  test('the clinic’s files dropped say the same as the folder read on the command line', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'vigil-sample-')), 'clinic')
    after(() => rmSync(folder, { recursive: true, force: true }))
    const { files } = await writeSample({ size: 'clinic', seed: 7, directory: folder })
    const [byFolder, byDrop] = [await newOrganisation(), await newOrganisation()]
    const transact = transactOf(byFolder)
    for await (const outcome of importFolder(folder, {
      transact,
      now,
      collectedOn: undefined,
      mappings: {},
      validDays: {},
    })) {
      assert.notEqual(outcome.state, 'refused')
    }
    const delivery = await open(byDrop)
    for (const name of files) {
      const path = join(folder, name)
      const modifiedAt = statSync(path).mtime.toISOString()
      await add(byDrop, delivery, name, readFileSync(path), { modifiedAt })
    }
    await call(byDrop, 'deliveries.import', { deliveryId: delivery.id })
    const seen: number[] = []
    const taken = await runDelivery(jobOf(byDrop, { progress: ({ done }) => seen.push(done) }), delivery.id)
    assert.equal(taken.files, files.length)
    assert.deepEqual(await factsOf(byDrop), await factsOf(byFolder))
    assert.equal(seen.at(-1), files.length - 1)
    assert.equal(await stateOf(byDrop, delivery), 'done')
    assert.equal(existsSync(join(dataDirectory, 'deliveries', delivery.id)), false, 'the bytes are removed')
  })

  test('what became of each file is told: counts, rejects, the source, and why one was refused', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    await add(clinic, delivery, 'Staff.csv', staff)
    await add(clinic, delivery, 'export_4711.csv', oddList)
    await call(clinic, 'deliveries.import', { deliveryId: delivery.id })
    await runDelivery(jobOf(clinic), delivery.id)
    const [known, odd] = await filesOf(clinic, delivery)
    assert.deepEqual(
      known?.outcome?.map(({ state, added, rejects }) => ({ state, added, rejects })),
      [{ state: 'done', added: 2, rejects: 1 }],
    )
    assert.equal(odd?.outcome?.[0]?.state, 'unrecognised')
    const sourceId = known?.outcome?.[0]?.sourceId
    const source = await call<{ source: { name: string; runId: number }; runs: { items: unknown[] } }>(
      clinic,
      'sources.show',
      { sourceId },
    )
    assert.equal(source.source.name, 'Staff.csv')
    const rejects = await call<{ items: unknown[] }>(clinic, 'sources.rejects', {
      sourceId,
      runId: source.source.runId,
    })
    assert.deepEqual(rejects.items, [{ line: 4, reason: 'the value in column "Hire Date" is not a date' }])
    const refused = await call<{ items: { fileName: string }[] }>(clinic, 'sources.refused')
    assert.deepEqual(
      refused.items.map(({ fileName }) => fileName),
      ['export_4711.csv'],
    )
  })

  test('stopped at any moment and run again, an import ends as if it had not been stopped', async () => {
    const build = async () => {
      const clinic = await newOrganisation()
      const delivery = await open(clinic)
      // Two months of one source, so that what comes second must not be taken in before the first again.
      await add(clinic, delivery, 'Staff 2026-09-01.csv', staff.replace('Nurse', 'Head nurse'))
      await add(clinic, delivery, 'Staff 2026-10-01.csv', staff)
      await add(clinic, delivery, 'export_4711.csv', oddList)
      await call(clinic, 'deliveries.import', { deliveryId: delivery.id })
      return { clinic, delivery }
    }
    const whole = await build()
    const expected = await runDelivery(jobOf(whole.clinic), whole.delivery.id)
    for (let stop = 1; ; stop += 1) {
      const { clinic, delivery } = await build()
      // The process dies right before, or right after, a transaction commits.
      let steps = 0
      const die = () => {
        steps += 1
        if (steps === stop) throw new Error('killed')
      }
      const dying = async <T>(commit: Promise<T>) => {
        const result = await commit
        die()
        return result
      }
      const job = jobOf(clinic, {
        transact: (work, tell) =>
          dying(
            transactOf(clinic)(async (context) => {
              const result = await work(context)
              tell(result)
              die()
              return result
            }, tell),
          ),
        inOrganisation: (work) =>
          dying(
            asTester(database, clinic, async (context) => {
              const result = await work(context)
              die()
              return result
            }),
          ),
      })
      const isStopped = await runDelivery(job, delivery.id).then(
        () => false,
        () => true,
      )
      if (!isStopped) break
      assert.deepEqual(await runDelivery(jobOf(clinic), delivery.id), expected, `stopped at step ${stop}`)
      assert.deepEqual(await factsOf(clinic), await factsOf(whole.clinic), `stopped at step ${stop}`)
      assert.equal(await stateOf(clinic, delivery), 'done')
      const runs = (await runsOf(clinic)).filter((run) => (run as { state: string }).state === 'done')
      assert.deepEqual(
        runs,
        (await runsOf(whole.clinic)).filter((run) => (run as { state: string }).state === 'done'),
      )
    }
  })

  test('a file that is not on the disk as it was received is refused, and the others are read', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    const { id } = await add(clinic, delivery, 'Staff.csv', staff)
    await add(clinic, delivery, 'Other staff.csv', staff)
    await call(clinic, 'deliveries.import', { deliveryId: delivery.id })
    writeFileSync(join(dataDirectory, 'deliveries', delivery.id, id), staff.slice(0, 100))
    const { parts } = await runDelivery(jobOf(clinic), delivery.id)
    assert.deepEqual(
      parts.map(({ name, state }) => [name, state]),
      [
        ['Staff.csv', 'refused'],
        ['Other staff.csv', 'done'],
      ],
    )
  })

  test('an import asked to give up does so between rows and files, and nothing of it is lost', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    await add(clinic, delivery, 'Staff.csv', staff)
    await call(clinic, 'deliveries.import', { deliveryId: delivery.id })
    await assert.rejects(runDelivery(jobOf(clinic, { signal: AbortSignal.abort() }), delivery.id), {
      name: 'AbortError',
    })
    assert.equal(await stateOf(clinic, delivery), 'importing')
    assert.equal((await runDelivery(jobOf(clinic), delivery.id)).parts[0]?.added, 2)
  })

  test('a delivery is imported once, not empty, and closed to more files', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    const input = { deliveryId: delivery.id }
    await assert.rejects(call(clinic, 'deliveries.import', input), refusedWith('delivery-empty'))
    const { id } = await add(clinic, delivery, 'Staff.csv', staff)
    await call(clinic, 'deliveries.import', input)
    for (const attempt of [
      () => call(clinic, 'deliveries.import', input),
      () => call(clinic, 'deliveries.discard', input),
      () => add(clinic, delivery, 'More.csv', staff),
      () => call(clinic, 'deliveries.remove', { ...input, fileId: id }),
      () => call(clinic, 'deliveries.map', { ...input, fileId: id, mapping: null }),
    ]) {
      await assert.rejects(attempt(), refusedWith('delivery-not-open'))
    }
    await runDelivery(jobOf(clinic), delivery.id)
    await assert.rejects(call(clinic, 'deliveries.preview', { ...input, fileId: id }), refusedWith('delivery-gone'))
  })
})

describe('attacks', () => {
  const traversals = [
    '../../etc/passwd',
    'HR/../../staff.csv',
    '..',
    '.',
    '/etc/passwd',
    'HR//staff.csv',
    'HR/',
    'C:\\staff.csv',
    'C:staff.csv',
    '\\\\server\\share\\staff.csv',
    '..\\..\\staff.csv',
    'staff.csv\0.png',
    'staff\n.csv',
    'staff\u202ecsv.exe',
    'staff\u200b.csv',
    'CON',
    'con.csv',
    'HR/nul',
    'lpt1.csv',
    'COM¹',
    'staff.csv.',
    'staff.csv ',
    ' staff.csv',
    '\ud800.csv',
  ]

  test('path traversal in uploads: such a name is refused, and nothing is written', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    for (const name of traversals) {
      await assert.rejects(
        add(clinic, delivery, name, staff),
        refusedWith('delivery-name-invalid'),
        JSON.stringify(name),
      )
    }
    for (const name of ['a'.repeat(5_000), `${'a/'.repeat(21)}b`, `${'ä'.repeat(130)}.csv`]) {
      await assert.rejects(add(clinic, delivery, name, staff), refusedWith('delivery-name-too-long'))
    }
    for (const name of ['.git', '.git/config', 'HR/.DS_Store', 'Thumbs.db', '~$staff.xlsx', 'HR/vigil.yaml']) {
      await assert.rejects(add(clinic, delivery, name, staff), refusedWith('delivery-name-passed-over'), name)
    }
    assert.equal(existsSync(join(dataDirectory, 'deliveries', delivery.id)), false)
    assert.deepEqual(await filesOf(clinic, delivery), [])
  })

  test('names that people use are kept as they are', () => {
    for (const name of [
      'HR/staff.csv',
      'Users & groups (2026-11-02).csv',
      'Personal – März/Löhne.xlsx',
      '従業員.csv',
      "O'Neil's list.csv",
      'conference.csv',
      'a..b.csv',
    ]) {
      assert.deepEqual(readName(name), { name: name.normalize('NFC') })
    }
  })

  test('two names that differ by case, or by how an accent is written, are not two files', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    await add(clinic, delivery, 'HR/Löhne.csv', staff)
    await assert.rejects(add(clinic, delivery, 'hr/LÖHNE.csv', staff), refusedWith('delivery-name-taken'))
    await add(clinic, delivery, 'HR/Löhne.csv'.normalize('NFD'), oddList)
    assert.equal((await filesOf(clinic, delivery)).length, 1)
  })

  test('an injection in a name, a mapping or a header is kept as words', async () => {
    const clinic = await newOrganisation()
    const delivery = await open(clinic)
    const evil = "'); drop table delivery; --.csv"
    const { id, name } = await add(clinic, delivery, evil, `"=cmd|' /C calc'!A0",<script>\n1,2\n`)
    const mapping = { format: 'accounts', system: "'; drop table source; --", columns: { __proto__: 'username' } }
    await call(clinic, 'deliveries.map', { deliveryId: delivery.id, fileId: id, mapping })
    await call(clinic, 'deliveries.import', { deliveryId: delivery.id })
    await runDelivery(jobOf(clinic), delivery.id)
    assert.equal(name, evil)
    assert.equal((await filesOf(clinic, delivery)).length, 1)
    assert.equal(({} as Record<string, unknown>)['username'], undefined)
  })

  test('an organisation reaches nothing of another’s delivery', async () => {
    const [ours, theirs] = [await newOrganisation(), await newOrganisation()]
    const delivery = await open(theirs)
    const { id } = await add(theirs, delivery, 'Staff.csv', staff)
    const input = { deliveryId: delivery.id }
    for (const [name, more] of [
      ['deliveries.show', {}],
      ['deliveries.preview', { fileId: id }],
      ['deliveries.map', { fileId: id, mapping: null }],
      ['deliveries.remove', { fileId: id }],
      ['deliveries.discard', {}],
      ['deliveries.import', {}],
    ] as const) {
      await assert.rejects(call(ours, name, { ...input, ...more }), refusedWith('delivery-unknown'), name)
    }
    await assert.rejects(add(ours, delivery, 'Mine.csv', staff), refusedWith('delivery-unknown'))
    await assert.rejects(runDelivery(jobOf(ours), delivery.id), refusedWith('delivery-unknown'))
    assert.deepEqual((await call<{ items: unknown[] }>(ours, 'deliveries.list')).items, [])
    assert.equal((await filesOf(theirs, delivery)).length, 1)
  })

  test('a file of one delivery is not reached through another', async () => {
    const clinic = await newOrganisation()
    const [one, other] = [await open(clinic), await open(clinic)]
    const { id } = await add(clinic, one, 'Staff.csv', staff)
    const input = { deliveryId: other.id, fileId: id }
    await assert.rejects(call(clinic, 'deliveries.preview', input), refusedWith('delivery-unknown-file'))
    await assert.rejects(call(clinic, 'deliveries.remove', input), refusedWith('delivery-unknown-file'))
  })

  test('a list of patients is refused, and its rows are not shown', async () => {
    const clinic = await newOrganisation()
    const list = 'MRN,Patient Name,Diagnosis\n4711,Nora Quist,E11.9\n'
    const shown = await add(clinic, await open(clinic), 'patients.csv', list)
    assert.match(shown.preview.parts[0]?.reason ?? '', /list of patients/)
    assert.doesNotMatch(JSON.stringify(shown), /Quist|4711|E11/)
  })

  test('a disk without room, too many files and too many open deliveries are refused in words', async () => {
    const clinic = await newOrganisation()
    await assert.rejects(refuseWhenFull(dataDirectory, 2 ** 60), refusedWith('delivery-disk-full'))
    const delivery = await open(clinic)
    const { id } = await add(clinic, delivery, 'Staff.csv', staff)
    await asTester(database, clinic, async ({ db }) => {
      await sql`
        insert into delivery_file (delivery_id, name, folded_name, bytes, digest, modified_at)
        select ${delivery.id}::uuid, 'f' || n, 'f' || n, 1, '', now() from generate_series(1, ${mostFiles - 1}) n`.execute(
        db,
      )
    })
    await assert.rejects(add(clinic, delivery, 'More.csv', staff), refusedWith('delivery-too-many-files'))
    await add(clinic, delivery, 'Staff.csv', oddList)
    assert.ok(id)
    await asTester(database, clinic, async ({ db }) => {
      await sql`update delivery_file set bytes = 50::bigint * 1024 * 1024 * 1024 where name = 'f1'`.execute(db)
    })
    await assert.rejects(add(clinic, delivery, 'Staff.csv', staff), refusedWith('delivery-too-large'))
    for (let more = 1; more < 20; more += 1) await open(clinic)
    await assert.rejects(open(clinic), refusedWith('delivery-too-many'))
  })
})

describe('sweeping', () => {
  test('a delivery left open for a day is discarded with its bytes, a younger one is not', async () => {
    const clinic = await newOrganisation()
    const old = await open(clinic, {}, new Date(now.getTime() - 86_400_001))
    await add(clinic, old, 'Staff.csv', staff)
    const young = await open(clinic)
    await add(clinic, young, 'Staff.csv', staff)
    assert.equal(await sweepDeliveries(jobOf(clinic)), 1)
    assert.deepEqual([await stateOf(clinic, old), await stateOf(clinic, young)], ['discarded', 'open'])
    assert.equal(existsSync(join(dataDirectory, 'deliveries', old.id)), false)
    assert.equal(existsSync(join(dataDirectory, 'deliveries', young.id)), true)
  })

  test('folders that no delivery needs are removed, those of every organisation’s are kept', async () => {
    const [clinic, other] = [await newOrganisation(), await newOrganisation()]
    const needed = [await open(clinic), await open(other)]
    for (const [at, organisation] of [clinic, other].entries()) {
      await add(organisation, needed[at] ?? { id: '' }, 'Staff.csv', staff)
    }
    const stray = await open(clinic)
    await add(clinic, stray, 'Staff.csv', staff)
    // As when the process was stopped between the commit and what was to be done afterwards.
    await asTester(database, clinic, async ({ db }) => {
      await sql`update delivery set state = 'discarded' where id = ${stray.id}::uuid`.execute(db)
    })
    const folder = (delivery: Delivered) => join(dataDirectory, 'deliveries', delivery.id)
    const longAgo = new Date(now.getTime() - 7_200_000)
    for (const delivery of [...needed, stray]) utimesSync(folder(delivery), longAgo, longAgo)
    await sweepFolders(database, dataDirectory, now)
    assert.deepEqual([...needed, stray].map(folder).map(existsSync), [true, true, false])
  })
})

describe('pages', () => {
  test('deliveries and their files come in pages that neither repeat nor leave out', async () => {
    const clinic = await newOrganisation()
    const made: string[] = []
    for (let at = 0; at < 5; at += 1) made.push((await open(clinic)).id)
    const seen: string[] = []
    let next: string | null = null
    do {
      const page: { items: Delivered[]; next: string | null } = await call(clinic, 'deliveries.list', {
        limit: 2,
        ...(next === null ? {} : { after: next }),
      })
      seen.push(...page.items.map(({ id }) => id))
      next = page.next
    } while (next !== null)
    assert.deepEqual(seen, made.toReversed())
    await assert.rejects(call(clinic, 'deliveries.list', { after: 'x' }), refusedWith('page-unknown'))
  })
})
