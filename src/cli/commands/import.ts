import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Day } from '#platform/days.ts'
import type { FileOutcome } from '#sources/folder.ts'
import { importInto } from '../assess.ts'
import { judgeAll, openInstallation, resolve } from '../installation.ts'
import type { Program } from '../main.ts'
import { count, openProgress, plain, type Screen } from '../terminal/screen.ts'
import { momentOf, parseDay } from './days.ts'

interface Options {
  json?: true
  asOf?: Day
  collectedOn?: Day
}

export function registerImport(command: Command, program: Program): void {
  command
    .command('import')
    .description('take a folder of exports into the data directory; reading the same file again changes nothing')
    .argument('<folder>', 'a folder (or one file) of exports')
    .option('--json', 'print what became of each file as JSON')
    .option('--as-of <day>', 'take them in as of the end of this day', parseDay)
    .option('--collected-on <day>', 'when the files were made, where they do not say it themselves', parseDay)
    .action(async (folder: string, options: Options) => {
      const config = program.configure(folder)
      const now = momentOf(options.asOf)
      const progress = openProgress(program.errors)
      progress.say('starting the database …', true)
      const installation = await openInstallation(config, { create: true })
      try {
        const outcomes = await importInto(installation, folder, {
          now,
          collectedOn: options.collectedOn,
          progress: (words) => progress.say(words),
        })
        progress.say('matching people, accounts and devices …', true)
        const { questions } = await resolve(installation, now)
        progress.say('checking …', true)
        const judged = await judgeAll(installation, now)
        progress.clear()
        if (options.json) {
          program.screen.out(JSON.stringify({ files: outcomes.map(toJson), judged, questions }))
          return
        }
        for (const outcome of outcomes) printTaken(program.screen, outcome)
        printOutcomes(program.screen, outcomes)
        program.screen.out(
          `${count(judged.opened + judged.reopened, 'finding')} opened, ${judged.closed} closed. vigil status shows where you stand.`,
        )
      } finally {
        progress.clear()
        await installation.close()
      }
    })
}

function printTaken(screen: Screen, outcome: FileOutcome): void {
  if (!('result' in outcome)) return
  const { result } = outcome
  const name = `${plain(outcome.file)}${outcome.part === undefined ? '' : ` / ${plain(outcome.part)}`}`
  const words = {
    done: `${result.format}: ${count(result.rowsRead, 'row')}, ${result.added} new, ${result.changed} changed, ${result.ended} gone`,
    unchanged: `${result.format}: as it was`,
    superseded: `${result.format}: older than what is known, left aside`,
  }[result.state]
  screen.out(`  ${name}  ${screen.style('dim', words)}`)
}

const mostRejects = 5

/** Says which files could not be read, which rows were rejected, and which columns nobody understood. */
export function printOutcomes(screen: Screen, outcomes: readonly FileOutcome[]): void {
  const unread = outcomes.filter((outcome) => 'reason' in outcome)
  const rejecting = outcomes.filter((outcome) => 'result' in outcome && outcome.result.rejectCount > 0)
  if (unread.length > 0) {
    screen.out()
    screen.out(screen.style('bold', 'Files that could not be read'))
    for (const outcome of unread) {
      if (!('reason' in outcome)) continue
      const name = `${plain(outcome.file)}${outcome.part === undefined ? '' : ` / ${plain(outcome.part)}`}`
      screen.out(`  ${name}: ${plain(outcome.reason)}`)
    }
  }
  if (rejecting.length > 0) {
    screen.out()
    screen.out(screen.style('bold', 'Rows that could not be read'))
    for (const outcome of rejecting) {
      if (!('result' in outcome)) continue
      const { rejects, rejectCount } = outcome.result
      for (const { line, reason } of rejects.slice(0, mostRejects)) {
        screen.out(`  ${plain(basename(outcome.file))} line ${line}: ${plain(reason)}`)
      }
      if (rejectCount > mostRejects) {
        screen.out(
          screen.style(
            'dim',
            `  ${plain(basename(outcome.file))}: and ${count(rejectCount - mostRejects, 'more row')}`,
          ),
        )
      }
    }
  }
}

function toJson(outcome: FileOutcome) {
  const { file, part, state } = outcome
  return 'result' in outcome ? { file, part, ...outcome.result } : { file, part, state, reason: outcome.reason }
}
