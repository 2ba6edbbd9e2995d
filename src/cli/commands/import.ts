import type { Command } from 'commander'
import type { Day } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import { judgeAll, openInstallation, resolve } from '#server/installation.ts'
import type { FileOutcome } from '#sources/folder.ts'
import { refuseFuture, refusePast } from '../as-of.ts'
import { importInto } from '../assess.ts'
import type { Program } from '../program.ts'
import { printOutcomes, printTaken } from '../terminal/outcomes.ts'
import { count, openProgress } from '../terminal/screen.ts'
import { momentOf, parseDay } from './days.ts'

const refuse = refusals('import', {
  directory: ['invalid', 'A directory is read live, not imported.', 'run vigil directory with that address'],
})

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
      if (/^ldaps?:\/\//i.test(folder)) throw refuse('directory')
      refuseFuture(options.asOf)
      const config = program.configure(folder)
      const now = momentOf(options.asOf)
      const progress = openProgress(program.errors)
      progress.say('starting the database …', true)
      const installation = await openInstallation(config, { create: true })
      try {
        await refusePast(installation, options.asOf)
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

function toJson(outcome: FileOutcome) {
  const { file, part, state } = outcome
  return 'result' in outcome ? { file, part, ...outcome.result } : { file, part, state, reason: outcome.reason }
}
