import type { Command } from 'commander'
import { readPosture } from '#core/posture/service.ts'
import type { Day } from '#platform/days.ts'
import { practices } from '#practices/index.ts'
import { judgeAll, openInstallation, read } from '../installation.ts'
import type { Program } from '../program.ts'
import { printPosture } from '../terminal/posture-page.ts'
import { momentOf, parseDay } from './days.ts'

export function registerStatus(command: Command, program: Program): void {
  command
    .command('status')
    .description('judge again what is kept, and print where you stand')
    .option('--json', 'print the result as JSON')
    .option('--as-of <day>', 'judge as of the end of this day', parseDay)
    .action(async (options: { json?: true; asOf?: Day }) => {
      const now = momentOf(options.asOf)
      const installation = await openInstallation(program.configure(), { create: false })
      try {
        await judgeAll(installation, now)
        const posture = await read(installation, now, (context) => readPosture(context, practices))
        if (options.json) program.screen.out(JSON.stringify(posture))
        else printPosture(program.screen, posture)
      } finally {
        await installation.close()
      }
    })
}
