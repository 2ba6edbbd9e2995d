import type { Command } from 'commander'
import { readPosture } from '#core/posture/service.ts'
import type { Posture } from '#core/safeguards/model.ts'
import type { Day } from '#platform/days.ts'
import { practices } from '#practices/index.ts'
import { type Installation, judge, judgeAll, read, tentatively } from '#server/installation.ts'
import { postureToJson } from '../posture-json.ts'
import type { Program } from '../program.ts'
import { printPosture } from '../terminal/posture-page.ts'
import { momentOf, parseDay } from './days.ts'
import { withInstallation } from './opened.ts'

export function registerStatus(command: Command, program: Program): void {
  command
    .command('status')
    .description('judge again what is kept, and print where you stand')
    .option('--json', 'print the result as JSON')
    .option('--as-of <day>', 'only look, as of the end of this day: nothing is changed', parseDay)
    .action(async (options: { json?: true; asOf?: Day }) => {
      const now = momentOf(options.asOf)
      const posture = await withInstallation(program, (installation) =>
        standing(installation, now, options.asOf !== undefined),
      )
      if (options.json) program.screen.out(JSON.stringify(postureToJson(posture)))
      else printPosture(program.screen, posture)
    })
}

/** Judges and reads the posture; where it is `tentative`, nothing of that stays. */
async function standing(installation: Installation, now: Date, tentative: boolean): Promise<Posture> {
  if (tentative) {
    return tentatively(installation, now, async (context) => {
      await judge(installation, context)
      return readPosture(context, practices)
    })
  }
  await judgeAll(installation, now)
  return read(installation, now, (context) => readPosture(context, practices))
}
