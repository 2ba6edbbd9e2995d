import { existsSync } from 'node:fs'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Command } from 'commander'
import { verifyStoredLogs } from '#core/ledger/store.ts'
import { type BackupOutside, backUp, inspectBackup, type RestoreResult, restore } from '#platform/backup.ts'
import { type Config, Secret } from '#platform/config.ts'
import { openDatabase } from '#platform/database.ts'
import { dayOf, sayDay } from '#platform/days.ts'
import { type PostgresServer, startPostgres } from '#platform/postgres.ts'
import { Refusal, refusals } from '#platform/refusal.ts'
import { change, openInstallation } from '#server/installation.ts'
import type { Program } from '../program.ts'
import { count, openProgress } from '../terminal/screen.ts'
import { withInstallation } from './opened.ts'

const refusePassphrase = refusals('passphrase', {
  missing: [
    'invalid',
    'A passphrase is needed: {why}.',
    'set VIGIL_PASSPHRASE, or run this on a terminal, where it is asked for',
  ],
  different: ['invalid', 'The two passphrases are not the same.', 'run it again'],
})

const refuse = refusals('restore', {
  'ledger-broken': [
    'invalid',
    'The ledger in the backup does not hold together: {reason}. Nothing was restored.',
    'use another backup; vigil verify on an earlier export tells what the log was',
  ],
  'no-directory': ['forbidden', 'The data directory {path} cannot be made or used.', 'name another with VIGIL_DATA'],
})

export function registerBackup(command: Command, program: Program): void {
  command
    .command('backup')
    .description('copy everything that is kept into one sealed file, while others work')
    .argument('<file>', 'where to write it; nothing is written over')
    .option('--with-key', 'also the key file; such a backup is sealed under a passphrase always')
    .option('--passphrase', 'ask for a passphrase to seal it under, so that it opens without the key file')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
Without a passphrase the backup is sealed with the key file of the data directory (keys/vigil.key): keep a copy of that
file elsewhere, for without it neither the backup nor anything sealed opens again. A passphrase is read from
VIGIL_PASSPHRASE, or asked for on the terminal; never given on the command line.

  $ vigil backup /mnt/backups/vigil-2026-11-21.backup
  $ vigil backup --with-key /mnt/backups/vigil-2026-11-21.backup
  $ vigil restore --inspect /mnt/backups/vigil-2026-11-21.backup
  $ VIGIL_DATA=/srv/vigil-restored vigil restore /mnt/backups/vigil-2026-11-21.backup`,
    )
    .action(async (file: string, options: { withKey?: true; passphrase?: true; json?: true }) => {
      await withInstallation(program, async (installation) => {
        const now = new Date()
        const withKey = options.withKey === true
        const isWanted = withKey || options.passphrase === true
        const passphrase = installation.config.passphrase ?? (isWanted ? await askTwice(program, withKey) : undefined)
        const progress = openProgress(program.errors)
        try {
          const { database, dataDirectory } = installation
          const written = await backUp({
            database,
            dataDirectory,
            file,
            withKey,
            passphrase,
            now,
            onProgress: ({ bytes }) => progress.say(`copying … ${size(bytes)}`),
          })
          progress.clear()
          await change(
            installation,
            now,
            async () => written,
            ({ digest, bytes, rows }) => ({ action: 'backup.make', payload: { sha256: digest, bytes, rows, withKey } }),
          )
          const sealedBy = passphrase === undefined ? 'key-file' : 'passphrase'
          if (options.json) {
            program.screen.out(JSON.stringify({ ...written, withKey, sealedBy }))
            return
          }
          program.screen.out(
            `${count(written.rows, 'row')} of ${count(written.tables, 'table')} and ${count(written.files, 'file')} in ${written.file} (${size(written.bytes)}).`,
          )
          program.screen.out(
            passphrase === undefined
              ? 'It opens with the key file of this installation only: keep a copy of keys/vigil.key elsewhere.'
              : 'It opens with the passphrase.',
          )
        } finally {
          progress.clear()
        }
      })
    })

  command
    .command('restore')
    .description('put a backup into a new data directory, whole or not at all')
    .argument('<file>', 'a backup')
    .option('--inspect', 'only say whether the file is whole, and what it is; opens nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Name the new data directory with VIGIL_DATA. A backup that is sealed with the key file needs the copy of that file at
keys/vigil.key in it beforehand (file mode 600, folder 700). Before anything stands, every byte of the file is checked
against its digest and every entry of the ledger against its tree.`,
    )
    .action(async (file: string, options: { inspect?: true; json?: true }) => {
      if (options.inspect) printInspected(program, file, await inspectBackup(file), options)
      else await restoreInto(program, file, options)
    })
}

async function restoreInto(program: Program, file: string, options: { readonly json?: true }): Promise<void> {
  const config = program.configure()
  const progress = openProgress(program.errors)
  const logs = { logs: 0, entries: 0 }
  const attempt = async (passphrase: Secret | undefined) => {
    const place = new Place(config)
    let isDone = false
    try {
      const restored = await restore({
        file,
        dataDirectory: config.dataDirectory,
        passphrase,
        openDatabase: (migrations) => place.open(migrations),
        async verify(client) {
          progress.say('verifying the ledger …', true)
          const verified = await verifyStoredLogs(client)
          if (verified.broken !== undefined) throw refuse('ledger-broken', { reason: verified.broken })
          Object.assign(logs, { logs: verified.logs, entries: verified.entries })
        },
        onProgress: ({ bytes }) => progress.say(`restoring … ${size(bytes)}`),
      })
      isDone = true
      return restored
    } finally {
      progress.clear()
      await place.close(isDone)
    }
  }
  let restored: RestoreResult
  try {
    restored = await attempt(config.passphrase)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'backup-needs-passphrase') throw error
    restored = await attempt(await ask(program, 'Passphrase: ', `${file} is sealed under one`))
  }
  if (restored.key !== 'needed') await recordRestored(config, restored)
  if (options.json) {
    program.screen.out(JSON.stringify({ file, dataDirectory: config.dataDirectory, ...restored, ledger: logs }))
    return
  }
  const { screen } = program
  screen.out(
    `${count(restored.rows, 'row')} of ${count(restored.tables, 'table')} and ${count(restored.files, 'file')}, as of ${sayDay(dayOf(new Date(restored.createdAt)))}, are in ${config.dataDirectory}.`,
  )
  screen.out(`${screen.mark('proved')} The ledger holds together: ${count(logs.entries, 'entry', 'entries')}.`)
  if (restored.key === 'needed') {
    screen.out(
      `Put the copy of the key file at ${restored.keyPlace} (mode 600): until then nothing that is sealed opens.`,
    )
  }
}

/** Opens what was restored, which applies newer migrations, and says on its ledger that it was restored. */
async function recordRestored(config: Config, { createdAt, rows }: RestoreResult): Promise<void> {
  const installation = await openInstallation(config, { create: false })
  try {
    await change(
      installation,
      new Date(),
      async () => undefined,
      () => ({ action: 'backup.restore', payload: { createdAt, rows } }),
    )
  } finally {
    await installation.close()
  }
}

/** The database to restore into, of which nothing is left when nothing was restored. */
class Place {
  readonly #config: Config
  readonly #folder: string
  readonly #wasThere: boolean
  #server: PostgresServer | undefined

  constructor(config: Config) {
    this.#config = config
    this.#folder = join(config.dataDirectory, 'postgres')
    this.#wasThere = existsSync(this.#folder)
  }

  async open(migrations: string) {
    const { dataDirectory, databaseUrl } = this.#config
    if (databaseUrl !== undefined) return openDatabase(databaseUrl.reveal(), migrations)
    try {
      await mkdir(dataDirectory, { recursive: true, mode: 0o711 })
      await chmod(dataDirectory, process.getuid?.() === 0 ? 0o711 : 0o700)
    } catch (cause) {
      throw refuse('no-directory', { path: dataDirectory }, { cause })
    }
    this.#server = await startPostgres({ directory: this.#folder })
    return openDatabase(this.#server.address, migrations)
  }

  async close(isDone: boolean): Promise<void> {
    await this.#server?.close()
    if (this.#server && !isDone && !this.#wasThere) await rm(this.#folder, { recursive: true, force: true })
  }
}

function printInspected(
  program: Program,
  file: string,
  inspected: BackupOutside,
  options: { readonly json?: true },
): void {
  const { createdAt, withKey, sealedBy, store, bytes, postgres, migrations } = inspected
  if (options.json) {
    program.screen.out(JSON.stringify({ file, createdAt, withKey, sealedBy, store, bytes, postgres, migrations }))
    return
  }
  const { screen } = program
  screen.out(`${screen.mark('proved')} Whole: every byte of ${file} is as it was written (${size(bytes)}).`)
  screen.out(`  made         ${sayDay(dayOf(new Date(createdAt)))}`)
  screen.out(`  opens with   ${sealedBy === 'passphrase' ? 'a passphrase' : `the key file ${store}`}`)
  screen.out(`  holds a key  ${withKey ? 'yes' : 'no'}`)
}

async function askTwice(program: Program, withKey: boolean): Promise<Secret> {
  const why = withKey ? 'a backup that holds the key file is sealed under one' : 'it is to seal the backup'
  const first = await ask(program, 'Passphrase: ', why)
  const second = await ask(program, 'The same again: ', why)
  if (first.reveal() !== second.reveal()) throw refusePassphrase('different')
  return first
}

/** Asks on the terminal, without showing what is typed. */
async function ask(program: Program, question: string, why: string): Promise<Secret> {
  if (process.stdin.isTTY !== true) throw refusePassphrase('missing', { why })
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  program.errors.write(question)
  try {
    return await new Promise<Secret>((resolve, reject) => {
      // Also after ^C and ^D, which end the question without an answer.
      terminal.once('close', () => reject(refusePassphrase('missing', { why })))
      terminal.question('', (typed) => resolve(new Secret(typed)))
    })
  } finally {
    terminal.close()
    program.errors.write('\n')
  }
}

function size(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 1_000 && unit < units.length - 1; unit += 1) value /= 1_000
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}
