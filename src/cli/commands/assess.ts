import { rename } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { Posture } from '#core/safeguards/model.ts'
import type { Day } from '#platform/days.ts'
import type { FileOutcome } from '#sources/folder.ts'
import { assessFolder } from '../assess.ts'
import { postureToJson } from '../posture-json.ts'
import { exitCodes, type Program } from '../program.ts'
import { printOutcomes } from '../terminal/outcomes.ts'
import { printPosture } from '../terminal/posture-page.ts'
import { openProgress } from '../terminal/screen.ts'
import { momentOf, parseDay } from './days.ts'
import { whileWriting } from './written.ts'

interface Options {
  json?: true
  report?: string
  keep?: true
  failOn?: 'critical' | 'high'
  asOf?: Day
  collectedOn?: Day
}

export function registerAssess(command: Command, program: Program): void {
  command
    .command('assess')
    .description('read a folder of exports and print where you stand, what would fail, and what would make more known')
    .argument('<folder>', 'a folder (or one file) of exports: CSV, Excel, LDIF, osquery, SBOM … see docs/formats.md')
    .option('--json', 'print the result as JSON')
    .option('--report <file.pdf>', 'also write a report that a board can read')
    .option('--keep', 'keep the result in the data directory, where the other commands find it')
    .addOption(
      new Option('--fail-on <severity>', 'end with 1 when a finding of this severity or worse is open').choices([
        'critical',
        'high',
      ]),
    )
    .option('--as-of <day>', 'judge as of the end of this day', parseDay)
    .option('--collected-on <day>', 'when the files were made, where they do not say it themselves', parseDay)
    .addHelpText(
      'after',
      `
Nothing is installed, sent or left behind unless you say --keep. The exit code is 0 when it ran, whatever it found.

  $ vigil assess exports/ --report posture.pdf
  $ vigil assess exports/ --json | jq '.findings[] | select(.severity == "critical")'
  $ vigil assess exports/ --fail-on critical && echo nothing critical`,
    )
    .action(async (folder: string, options: Options) => {
      const config = program.configure(folder)
      const now = momentOf(options.asOf)
      const progress = openProgress(program.errors)
      const { posture, outcomes } = await assessFolder(config, folder, {
        now,
        asOf: options.asOf,
        collectedOn: options.collectedOn,
        keep: options.keep,
        progress: (words) => progress.say(words),
      }).finally(() => progress.clear())
      if (options.json) program.screen.out(JSON.stringify(toJson(posture, outcomes)))
      else {
        printPosture(program.screen, posture)
        printOutcomes(program.screen, outcomes)
      }
      if (options.report !== undefined) {
        // Loaded only when asked for: the PDF's fonts and layout cost a third of a second.
        const { writeReport } = await import('#practices/compliance/report/report.ts')
        const { report } = options
        await whileWriting(report, async () => {
          await writeReport(posture, `${report}.part`)
          await rename(`${report}.part`, report)
        })
        if (!options.json) program.screen.out(`The report is in ${options.report}.`)
      }
      if (options.failOn && failsOn(posture, options.failOn)) program.endWith(exitCodes.refused)
    })
}

function failsOn(posture: Posture, severity: 'critical' | 'high'): boolean {
  const { critical, high } = posture.findingCounts
  return severity === 'critical' ? critical > 0 : critical + high > 0
}

/** The documented shape of `--json`: the posture, and what became of each file. */
function toJson(posture: Posture, outcomes: readonly FileOutcome[]) {
  return {
    ...postureToJson(posture),
    files: outcomes.map((outcome) => ({
      file: outcome.file,
      ...(outcome.part === undefined ? {} : { part: outcome.part }),
      state: outcome.state,
      ...('result' in outcome
        ? {
            format: outcome.result.format,
            rows: outcome.result.rowsRead,
            rejects: outcome.result.rejectCount,
            unknownColumns: outcome.result.unknownColumns,
          }
        : {}),
    })),
    rejects: outcomes.flatMap((outcome) =>
      'result' in outcome
        ? outcome.result.rejects.map(({ line, reason }) => ({
            file: outcome.file,
            ...(outcome.part === undefined ? {} : { part: outcome.part }),
            line,
            reason,
          }))
        : outcome.state === 'refused'
          ? [{ file: outcome.file, line: 0, reason: outcome.reason }]
          : [],
    ),
    unrecognised: outcomes.flatMap((outcome) =>
      outcome.state === 'unrecognised' ? [{ file: outcome.file, reason: outcome.reason }] : [],
    ),
  }
}
