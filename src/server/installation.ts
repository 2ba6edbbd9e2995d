/**
 * Opening what Vigil stands on: the data directory, its database, its keys, its ledger and the organisation. A command on
 * the machine itself acts as `operator:<os user>`: its authority is possession of the data directory.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { responseRoles } from '#core/intake/model.ts'
import { resolveIdentities } from '#core/intake/service.ts'
import { type Happening, Ledger } from '#core/ledger/service.ts'
import { type JudgeResult, judgeSafeguards } from '#core/safeguards/service.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { operatingSystems } from '#core/systems/operating-systems.data.ts'
import type { Config } from '#platform/config.ts'
import type { Context } from '#platform/context.ts'
import { type Database, openDatabase } from '#platform/database.ts'
import { dayOf } from '#platform/days.ts'
import { KeyError, type KeyFile, openKeyFile } from '#platform/keys.ts'
import { type PostgresServer, startPostgres, sweepEphemeral } from '#platform/postgres.ts'
import { Refusal, refusals } from '#platform/refusal.ts'
import { allSafeguards, practices } from '#practices/index.ts'

const refuse = refusals('installation', {
  'no-keys': [
    'unavailable',
    'The keys of this installation cannot be used: {reason}',
    'put the key file back in its place; without it nothing that was sealed can be opened',
  ],
  'no-directory': ['forbidden', 'The data directory {path} cannot be made or used.', 'name another with VIGIL_DATA'],
  'no-organisation': [
    'missing',
    'Nothing is kept here yet.',
    'run vigil import FOLDER, or vigil assess FOLDER --keep, or name another data directory with VIGIL_DATA',
  ],
})

export interface Installation {
  readonly database: Database
  readonly keys: KeyFile
  readonly ledger: Ledger
  readonly organisationId: number
  readonly actor: string
  readonly dataDirectory: string
  readonly config: Config
  close(): Promise<void>
}

const ephemeralPrefix = 'vigil-assess-'

/** The actor of commands run on the machine itself. */
function operator(): string {
  return `operator:${userInfo().username}`
}

/** Opens the installation in the data directory. `create` makes one where there is none yet. */
export async function openInstallation(config: Config, options: { create: boolean }): Promise<Installation> {
  const directory = config.dataDirectory
  // A mistyped directory is said at once, and nothing is made there.
  if (!options.create && config.databaseUrl === undefined && !existsSync(join(directory, 'postgres', 'cluster'))) {
    throw refuse('no-organisation')
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o711 })
    await chmod(directory, process.getuid?.() === 0 ? 0o711 : 0o700)
  } catch (cause) {
    throw refuse('no-directory', { path: directory }, { cause })
  }
  return open(config, directory, { ephemeral: false, create: options.create })
}

/** Opens an installation in the temporary directory, of which nothing is left when it is closed. */
export async function openEphemeral(config: Config): Promise<Installation> {
  await sweepEphemeral(ephemeralPrefix)
  const directory = mkdtempSync(join(tmpdir(), `${ephemeralPrefix}${process.pid}-`))
  await chmod(directory, process.getuid?.() === 0 ? 0o711 : 0o700)
  try {
    const opened = await open(config, directory, { ephemeral: true, create: true })
    return {
      ...opened,
      async close() {
        await opened.close()
        rmSync(directory, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

async function open(
  config: Config,
  directory: string,
  options: { ephemeral: boolean; create: boolean },
): Promise<Installation> {
  let server: PostgresServer | undefined
  let database: Database | undefined
  try {
    // An assessment that leaves nothing behind never touches a database of yours.
    if (options.ephemeral || config.databaseUrl === undefined) {
      server = await startPostgres({ directory: join(directory, 'postgres'), ephemeral: options.ephemeral })
    }
    database = await openDatabase(server?.address ?? config.databaseUrl?.reveal() ?? '')
    await database.asOwner((client) =>
      writeReference(client, {
        safeguards: practices.flatMap((practice) =>
          practice.safeguards.map((safeguard) => ({ ...safeguard, practice: practice.name })),
        ),
        operatingSystems,
        responseRoles,
      }),
    )
    const organisation = await findOrganisation(database, config, options.create)
    const keys = await openKeys(directory, organisation.isNew)
    const opened = database
    return {
      database,
      keys,
      ledger: new Ledger(keys),
      organisationId: organisation.id,
      actor: operator(),
      dataDirectory: directory,
      config,
      async close() {
        await opened.close()
        await server?.close()
      },
    }
  } catch (error) {
    await database?.close()
    await server?.close()
    throw error
  }
}

async function openKeys(directory: string, isNew: boolean): Promise<KeyFile> {
  try {
    // A key file that is missing where something was sealed must not be replaced by a new one.
    return await openKeyFile(directory, { create: isNew })
  } catch (error) {
    if (error instanceof KeyError) throw refuse('no-keys', { reason: error.message }, { cause: error })
    throw error
  }
}

async function findOrganisation(
  database: Database,
  config: Config,
  create: boolean,
): Promise<{ id: number; isNew: boolean }> {
  return database.asOwner(async (client) => {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock(7420, 2)')
    const { rows } = await client.query<{ id: number; entries: string }>(
      `select id, (select count(*) from ledger_log) as entries from organisation order by id limit 1`,
    )
    const [found] = rows
    if (found) {
      await client.query('commit')
      return { id: Number(found.id), isNew: Number(found.entries) === 0 }
    }
    if (!create) {
      await client.query('rollback')
      throw refuse('no-organisation')
    }
    const made = await client.query<{ id: number }>(
      'insert into organisation (name, time_zone) values ($1, $2) returning id',
      [config.organisation ?? 'The organisation', config.timeZone],
    )
    await client.query('commit')
    return { id: Number(made.rows[0]?.id), isNew: true }
  })
}

/** Reads: one transaction, nothing on the ledger. */
export function read<T>(installation: Installation, now: Date, work: (context: Context) => Promise<T>): Promise<T> {
  const { database, organisationId, actor, config } = installation
  return database.inOrganisation(organisationId, (db) => work({ db, actor, now, today: dayOf(now, config.timeZone) }))
}

/** Carries the result of work out of a transaction that is rolled back. */
class Undone<T> extends Error {
  readonly result: T

  constructor(result: T) {
    super('undone on purpose')
    this.result = result
  }
}

/** Reads what would be: whatever the work changes is undone when it is done. */
export async function tentatively<T>(
  installation: Installation,
  now: Date,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  try {
    return await read(installation, now, async (context) => {
      throw new Undone(await work(context))
    })
  } catch (error) {
    if (error instanceof Undone) return error.result as T
    throw error
  }
}

/** What the ledger is told of a change, from its result; `action` names it also where it was refused. */
export type Tell<T> = ((
  result: T,
) => Omit<Happening, 'outcome' | 'subjects'> & { readonly subjects?: readonly string[] }) & {
  readonly action?: string
}

/**
 * Changes: what is done and its entry on the ledger commit together. A change that is refused is rolled back and then told
 * in a transaction of its own.
 */
export async function change<T>(
  installation: Installation,
  now: Date,
  work: (context: Context) => Promise<T>,
  tell: Tell<T>,
): Promise<T> {
  try {
    return await read(installation, now, async (context) => {
      const result = await work(context)
      await append(installation, context, { subjects: [], outcome: 'done', ...tell(result) })
      return result
    })
  } catch (error) {
    const { action } = tell
    if (error instanceof Refusal && action !== undefined) {
      await read(installation, now, (context) =>
        append(installation, context, { action, outcome: 'refused', subjects: [], payload: { code: error.code } }),
      )
    }
    throw error
  }
}

/** The ledger says when a thing was done, by the clock, whatever moment it was judged as of. */
function append(installation: Installation, context: Context, happening: Happening): Promise<void> {
  return installation.ledger.append({ ...context, now: new Date() }, [happening])
}

/** Resolves identities after an import: who is who, what is what. */
export function resolve(installation: Installation, now: Date): Promise<{ questions: number }> {
  return read(installation, now, async (context) => {
    const resolved = await resolveIdentities(context, { anew: true })
    return resolved ?? { questions: 0 }
  })
}

/** Runs every check whose inputs have changed, in the transaction at hand and without the ledger. */
export async function judge(
  installation: Pick<Installation, 'database' | 'config'>,
  context: Context,
  onChecked?: (name: string, tookMs: number) => void,
): Promise<JudgeResult> {
  // An import that was stopped before its rows were tied to anything must not be judged as it lies.
  await resolveIdentities(context, { anew: false })
  return judgeSafeguards(context, {
    safeguards: allSafeguards,
    checkRole: installation.database.checkRole,
    dueDays: installation.config.dueDays,
    onChecked,
  })
}

/** Runs every check whose inputs have changed, and records on the ledger what that moved. */
export function judgeAll(
  installation: Installation,
  now: Date,
  onChecked?: (name: string, tookMs: number) => void,
): Promise<JudgeResult> {
  return read(installation, now, async (context) => {
    const result = await judge(installation, context, onChecked)
    if (result.checked > 0) {
      await append(installation, context, {
        action: 'safeguards.judge',
        outcome: 'done',
        subjects: [],
        payload: { ...result, asOf: now.toISOString() },
      })
    }
    return result
  })
}
