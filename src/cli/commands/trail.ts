import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { change } from '#server/installation.ts'
import { isOwnFeed } from '#trail/own-feeds.ts'
import { tableFields } from '#trail/table-fields.ts'
import type { ImportResult } from '#trail/trail.ts'
import type { Program } from '../program.ts'
import { count, openProgress, plain } from '../terminal/screen.ts'
import { recordAs } from './opened.ts'
import { isFile, refuse, withTrail } from './trail-opened.ts'
import { registerVerify } from './trail-verify.ts'
import { registerWho } from './trail-who.ts'

const formats = ['fhir', 'atna', 'csv', 'relations'] as const

interface ImportOptions {
  source?: string
  format?: (typeof formats)[number]
  column?: Readonly<Record<string, string>>
  json?: true
}

export function registerTrail(command: Command, program: Program): void {
  const trail = command
    .command('trail')
    .description('the access trail: who opened which patient’s record, when, from where and why')

  trail
    .command('import')
    .description('take in access logs (FHIR AuditEvent, ATNA, CSV) and what explains them (FHIR, HL7 v2, CSV)')
    .argument('<file...>', 'files, packed by gzip or not; - is the standard input')
    .option('--source <name>', 'the feed that they are of, where it is not files brought by hand')
    .option('--format <format>', `${formats.join(', ')}; recognised by itself when not said`, one(formats))
    .option(
      '--column <field=heading>',
      'which column of a table holds what, where its heading does not say so; may be said for several (at=When)',
      column,
    )
    .option('--json', 'end with the counts as JSON')
    .action(async (files: string[], options: ImportOptions) => {
      if (options.source !== undefined && isOwnFeed(options.source)) throw refuse('own-feed')
      for (const file of files) if (file !== '-' && !isFile(file)) throw refuse('no-file', { file })
      await withTrail(
        program,
        async (opened, installation) => {
          const progress = openProgress(program.errors)
          const sums = { accepted: 0, rejected: 0, duplicates: 0, relations: 0, bytes: 0 }
          const startedAt = performance.now()
          for (const file of files) {
            const bytes = file === '-' ? 0 : statSync(file).size
            const result = await opened.import(
              file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 }),
              {
                source: options.source ?? 'Files',
                ...(options.format ? { format: options.format } : {}),
                ...(options.column ? { columns: options.column } : {}),
              },
              (so) => progress.say(sayProgress(file, so.bytes, bytes, so.accepted)),
            )
            progress.clear()
            await change(
              installation,
              new Date(),
              async () => ({ subjects: [], payload: countsOf(options.source ?? 'Files', result) }),
              recordAs('trail.taken'),
            )
            for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += result[name]
            if (options.json) continue
            program.screen.out(
              `${plain(file)}: ${count(result.accepted, 'message')} taken in (${result.format}), ${count(result.duplicates, 'duplicate')}, ${result.rejected} rejected.`,
            )
            for (const { where, reason } of result.rejects.slice(0, 5)) program.screen.out(`  ${where}: ${reason}`)
            if (result.rejected > 5) program.screen.out(`  and ${count(result.rejected - 5, 'other')}`)
          }
          const seconds = (performance.now() - startedAt) / 1000
          const eventsPerSecond = Math.round(sums.accepted / Math.max(seconds, 0.001))
          if (options.json) program.screen.out(JSON.stringify({ files: files.length, ...sums, eventsPerSecond }))
          else
            program.screen.out(
              `${count(sums.accepted, 'message')} in ${seconds.toFixed(1)} s, ${count(eventsPerSecond, 'message')} a second.`,
            )
        },
        { create: true },
      )
    })

  registerWho(trail, program)

  trail
    .command('state')
    .description('what the trail holds, its sources and what is wrong with them')
    .option('--json', 'print it as JSON')
    .action(async (options: { json?: true }) => {
      await withTrail(program, async (opened) => {
        const [state, sources] = await Promise.all([opened.state(), opened.sources()])
        if (options.json) {
          program.screen.out(JSON.stringify({ ...state, sources }))
          return
        }
        const { screen } = program
        screen.out(
          `${count(state.accesses, 'access', 'accesses')} of ${count(state.patients, 'patient')} by ${count(state.users, 'login')}.`,
        )
        screen.out(`  log    ${count(state.logSize, 'line')}, ${sayBytes(state.logBytes)}`)
        screen.out(`  store  ${state.engine}, ${sayBytes(state.storeBytes)}`)
        for (const source of sources) {
          const last = source.lastReceivedAt ? source.lastReceivedAt.toISOString() : 'never'
          screen.out(
            `  ${plain(source.source)}: ${count(source.accepted, 'message')}, last ${last}, ${count(source.missing, 'missing', 'missing')}`,
          )
        }
      })
    })

  trail
    .command('judge')
    .description('work out anew what nothing explains, over everything')
    .option('--json', 'print the counts as JSON')
    .action(async (options: { json?: true }) => {
      await withTrail(program, async (opened) => {
        const judged = await opened.judge()
        if (options.json) program.screen.out(JSON.stringify(judged))
        else
          program.screen.out(`${count(judged.stories, 'story', 'stories')} (${(judged.tookMs / 1000).toFixed(1)} s).`)
      })
    })

  trail
    .command('rebuild')
    .description('make the query store anew from the log')
    .action(async () => {
      await withTrail(program, async (opened) => {
        const progress = openProgress(program.errors)
        await opened.rebuild((done, total) => progress.say(`read ${count(done, 'line')} of ${count(total, 'line')}`))
        progress.clear()
        program.screen.out('The query store is made anew.')
      })
    })

  registerVerify(trail, program)

  trail
    .command('key')
    .description(
      'print the key that verifies this trail’s proofs; give it to the verifier by another way than the proof',
    )
    .action(async () => {
      await withTrail(program, async (opened) => program.screen.out((await opened.state()).key))
    })
}

/** What the ledger has of a file that was taken in. */
function countsOf(source: string, { format, accepted, rejected, duplicates, relations }: ImportResult) {
  return { source, format, accepted, rejected, duplicates, relations }
}

function sayProgress(file: string, done: number, total: number, accepted: number): string {
  const share = total > 0 ? ` ${Math.min(100, Math.floor((done / total) * 100))} %` : ''
  return `${basename(file)}${share}: ${count(accepted, 'message')}`
}

function sayBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let [value, unit] = [bytes, 0]
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** Adds `field=heading` to those that were said before. */
function column(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, field = '', heading = ''] = /^\s*(\w+)\s*=\s*(.*\S)\s*$/.exec(text) ?? []
  if (!tableFields.includes(field)) {
    throw new InvalidArgumentError(`Say FIELD=HEADING; the fields are ${tableFields.join(', ')}.`)
  }
  return { ...before, [field]: heading }
}

function one<T extends string>(values: readonly T[]) {
  return (text: string): T => {
    const found = values.find((value) => value === text)
    if (!found) throw new InvalidArgumentError(`Say one of ${values.join(', ')}.`)
    return found
  }
}
