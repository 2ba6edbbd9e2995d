/** The one list of commands. */
import type { Command } from 'commander'
import type { Program } from '../main.ts'
import { registerAssess } from './assess.ts'
import { registerImport } from './import.ts'
import { registerLedger } from './ledger.ts'
import { registerRequirements } from './requirements.ts'
import { registerSample } from './sample.ts'
import { registerStatus } from './status.ts'

export function registerCommands(command: Command, program: Program): void {
  command
    .description('Run a healthcare organisation’s cybersecurity programme, and prove it.')
    .version('0.1.0')
    .showHelpAfterError('(vigil --help lists the commands)')
    .addHelpText(
      'after',
      `
Begin with a folder of exports that you already have (a staff list, a list of accounts, a device inventory):
  $ vigil assess exports/
No such folder at hand? Make one:
  $ vigil sample --size clinic demo/ && vigil assess demo/`,
    )
  registerAssess(command, program)
  registerImport(command, program)
  registerStatus(command, program)
  registerRequirements(command, program)
  registerLedger(command, program)
  registerSample(command, program)
}
