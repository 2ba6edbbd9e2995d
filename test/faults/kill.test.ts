/**
 * `kill -9` at a random moment of an import: what was acknowledged stands whole, the database that lives on is adopted,
 * and the import that goes on ends with what an undisturbed one has.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as until } from 'node:timers/promises'
import { factKinds } from '#core/intake/facts.ts'
import { verifyExport } from '#core/ledger/model/verify.ts'
import { readConfig } from '#platform/config.ts'
import { startPostgres } from '#platform/postgres.ts'
import { Refusal } from '#platform/refusal.ts'
import { writeSample } from '#sample/index.ts'
import { type Installation, openInstallation, read } from '#server/installation.ts'
import { isLong, makeFolder, runVigil, startVigil } from './vigil.ts'

const seed = Number(process.env['VIGIL_SEED'] ?? '20261102')
const kills = isLong ? 30 : 3
const folder = makeFolder('vigil-kill-')
const exports = join(folder, 'exports')
const factTables = Object.keys(factKinds).map((kind) => `${kind}_fact`)

before(async () => {
  await writeSample({ size: 'hospital', seed: 3, directory: exports })
})

after(async () => {
  rmSync(folder, { recursive: true, force: true })
})

/** A seeded source of numbers from 0 to 1 (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const importWords = ['import', exports, '--as-of', '2026-11-02']
const settingsOf = (directory: string) => ({ VIGIL_DATA: directory })

/** The process of the database in a data directory, while it lives. */
function serverOf(directory: string): number | undefined {
  const file = join(directory, 'postgres', 'cluster', 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  try {
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

async function rowsOf<T extends object>(installation: Installation, statement: string): Promise<readonly T[]> {
  return installation.database.asOwner(async (client) => (await client.query<T>(statement)).rows)
}

/** What an import leaves, without numbers that count attempts and moments of reading. */
async function digestOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const installation = await openInstallation(readConfig({ VIGIL_DATA: directory }, []), { create: false })
  try {
    const digests: Record<string, string> = {}
    const statements: Record<string, string> = {
      source: 'select name, channel, format, kinds, basis, product, valid_for, collected_at, complete from source',
      person: `select min(number_key), min(email_key), count(*) from person_fact group by person_id`,
      account: `select system.key, account.key, username, link,
          (select min(coalesce(number_key, email_key)) from person_fact where person_id = account.person_id)
        from account join system on system.id = account.system_id`,
      device: 'select key, name from device',
      system_name:
        'select system_name.name, system.key, doubtful from system_name join system on system.id = system_id',
      entitlement: `select system.key, account.key, entitlement.name from entitlement
        join account on account.id = account_id join system on system.id = account.system_id`,
      finding: `select safeguard.name, subject_key, finding.severity, detail, due_on, closed_at is null
        from finding join safeguard on safeguard.id = safeguard_id`,
    }
    for (const table of factTables) {
      const columns = await rowsOf<{ name: string }>(
        installation,
        `select attname as name from pg_attribute where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped
           and attname not in ('id', 'organisation_id', 'source_id', 'run_id', 'present_from', 'absent_from',
             'person_id', 'account_id', 'device_id', 'product_id', 'system_id', 'vendor_id')`,
      )
      statements[table] =
        `select source.name, fact.absent_from is null, ${columns.map(({ name }) => `fact."${name}"`).join(', ')}
        from ${table} fact join source on source.id = fact.source_id`
    }
    for (const [name, statement] of Object.entries(statements)) {
      const [row] = await rowsOf<{ digest: string }>(
        installation,
        `select count(*) || ' ' || coalesce(md5(string_agg(md5(one::text), '' order by md5(one::text))), '') as digest
         from (${statement}) one`,
      )
      digests[name] = row?.digest ?? ''
    }
    return digests
  } finally {
    await installation.close()
  }
}

/** Whatever has a run has its facts whole, and its entry on a ledger that verifies. */
async function assertConsistent(directory: string): Promise<number> {
  let installation: Installation
  try {
    installation = await openInstallation(readConfig({ VIGIL_DATA: directory }, []), { create: false })
  } catch (error) {
    // Killed before anything was acknowledged.
    assert.ok(error instanceof Refusal && error.code === 'installation-no-organisation', String(error))
    return 0
  }
  try {
    const facts = factTables.map((table) => `select source_id, absent_from from ${table}`).join(' union all ')
    const sources = await rowsOf<{ name: string; kept: number; wanted: number; rejects: number; said: number }>(
      installation,
      `select source.name, run.rows_read - run.rejects as wanted, run.rejects,
         (select count(*) from (${facts}) fact where source_id = source.id and absent_from is null) as kept,
         (select count(*) from source_reject where run_id = run.id) as said
       from source join source_run run on run.id = source.run_id`,
    )
    for (const source of sources) {
      assert.equal(Number(source.kept), Number(source.wanted), `${source.name} is not whole`)
      assert.equal(Number(source.said), Number(source.rejects), `${source.name} has lost rejects`)
    }
    const [strays] = await rowsOf<{ strays: number }>(
      installation,
      `select (select count(*) from source where run_id is null)
         + (select count(*) from (${facts}) fact where source_id not in (select id from source)) as strays`,
    )
    assert.equal(Number(strays?.strays), 0, 'facts or sources of an import that was never acknowledged')

    const [counted] = await rowsOf<{ runs: number; entries: number }>(
      installation,
      `select (select count(*) from source_run) as runs, (select count(*) from ledger_entry) as entries`,
    )
    if (Number(counted?.entries) === 0) {
      assert.equal(Number(counted?.runs), 0, 'a run that the ledger does not know')
      return 0
    }
    const file = join(directory, 'ledger.txt')
    await read(installation, new Date(), (context) => installation.ledger.exportTo(context, file, { open: true }))
    const verified = await verifyExport(createReadStream(file), { key: installation.ledger.verifyingKey })
    assert.equal(verified.state, 'intact')
    // Each run was told to the ledger in its own transaction; a file that was found unchanged is told, and is no run.
    const text = await readFile(file, 'utf8')
    const told = text.match(/"state":"(done|superseded|refused|unrecognised)"/g) ?? []
    assert.equal(told.length, Number(counted?.runs), 'runs and the ledger disagree')
    return Number(counted?.runs)
  } finally {
    await installation.close()
  }
}

test('a first start that is killed while its database is being made is begun again', { timeout: 120_000 }, async () => {
  const directory = join(folder, 'unmade')
  try {
    const child = startVigil(['status'], settingsOf(directory))
    const exit = once(child, 'exit')
    // The folder in which initdb works appears with the cluster's own files.
    while (!isMaking(directory) && child.exitCode === null) await until(2)
    child.kill('SIGKILL')
    await exit
    const next = await runVigil(['status'], settingsOf(directory))
    assert.match(next.errors, /Nothing is kept here yet/)
    assert.equal(next.code, 1)
  } finally {
    await stopServer(directory)
    rmSync(directory, { recursive: true, force: true })
  }
})

function isMaking(directory: string): boolean {
  const home = join(directory, 'postgres')
  return existsSync(home) && readdirSync(home).some((name) => existsSync(join(home, name, 'global')))
}

test('two first commands at once make one database, and both end well', { timeout: 120_000 }, async () => {
  const directory = join(folder, 'twice')
  try {
    const both = await Promise.all([1, 2].map(() => runVigil(importWords, settingsOf(directory))))
    for (const { code, errors } of both) assert.equal(code, 0, errors)
    await assertConsistent(directory)
  } finally {
    await stopServer(directory)
    rmSync(directory, { recursive: true, force: true })
  }
})

test('an import that is killed at any moment loses nothing it has acknowledged, and goes on to the same end', {
  timeout: 3_600_000,
}, async (t) => {
  const calm = join(folder, 'calm')
  const started = performance.now()
  const ended = await runVigil(importWords, settingsOf(calm))
  const tookMs = performance.now() - started
  assert.equal(ended.code, 0, ended.errors)
  assert.ok((await assertConsistent(calm)) > 20)
  const wanted = await digestOf(calm)
  rmSync(calm, { recursive: true, force: true })

  const random = randomFrom(seed)
  for (let kill = 0; kill < kills; kill += 1) {
    // Spread over the whole of it, so that few kills meet its beginning, its middle and its end.
    const moment = ((kill + random()) / kills) * tookMs
    await t.test(
      `killed ${Math.round((moment / tookMs) * 100)} % of the way (seed ${seed}, kill ${kill + 1})`,
      async () => {
        const directory = join(folder, `data-${kill}`)
        try {
          const child = startVigil(importWords, settingsOf(directory))
          const exit = once(child, 'exit')
          await Promise.race([until(moment), exit])
          child.kill('SIGKILL')
          await exit
          const survivor = serverOf(directory)
          // Every second time the database is found running by the next command, not by this test.
          if (kill % 2 === 0) {
            if (survivor !== undefined) await assertAdopted(directory, survivor)
            await assertConsistent(directory)
          }
          const resumed = await runVigil(importWords, settingsOf(directory))
          assert.equal(resumed.code, 0, resumed.errors)
          await assertConsistent(directory)
          assert.deepEqual(await digestOf(directory), wanted)
        } finally {
          await stopServer(directory)
          rmSync(directory, { recursive: true, force: true })
        }
      },
    )
  }
})

/** Whoever comes next takes the server that runs, with the process that it had. */
async function assertAdopted(directory: string, survivor: number): Promise<void> {
  const server = await startPostgres({ directory: join(directory, 'postgres') })
  assert.ok(server.adopted, 'a second server was started beside the one that lives')
  assert.equal(serverOf(directory), survivor)
}

/** Ends the database that a killed import has left, if it still runs. */
async function stopServer(directory: string): Promise<void> {
  const pid = serverOf(directory)
  if (pid === undefined) return
  process.kill(pid, 'SIGINT')
  while (serverOf(directory) !== undefined) await until(20)
}
