/** The one list of commands. */
import type { Command } from 'commander'
import type { Program } from '../program.ts'
import { registerAssess } from './assess.ts'
import { registerAttest } from './attest.ts'
import { registerBackup } from './backup.ts'
import { registerCall } from './call.ts'
import { registerCompletion } from './completion.ts'
import { registerDecide } from './decide.ts'
import { registerDirectory } from './directory.ts'
import { registerEvidence } from './evidence.ts'
import { registerFindings } from './findings.ts'
import { registerImport } from './import.ts'
import { registerLedger } from './ledger.ts'
import { registerQuestions } from './questions.ts'
import { registerRequirements } from './requirements.ts'
import { registerSample } from './sample.ts'
import { registerServe, registerWork } from './serve.ts'
import { registerStatus } from './status.ts'
import { registerTrail } from './trail.ts'

export function registerCommands(command: Command, program: Program): void {
  command
    .description('Run a healthcare organisation’s cybersecurity programme, and prove it.')
    .version('0.1.0')
    // So that --json after a command of a command is that one's.
    .enablePositionalOptions()
    .showHelpAfterError('(vigil --help lists the commands)')
    .addHelpText(
      'after',
      `
Begin with a folder of exports that you already have (a staff list, a list of accounts, a device inventory):
  $ vigil assess exports/
No such folder at hand? Make one:
  $ vigil sample --size clinic demo/ && vigil assess demo/`,
    )
  command.commandsGroup('See where you stand:')
  registerAssess(command, program)
  registerImport(command, program)
  registerDirectory(command, program)
  registerStatus(command, program)
  registerServe(command, program)
  registerWork(command, program)
  command.commandsGroup('Know who opened which record:')
  registerTrail(command, program)
  command.commandsGroup('Work it off:')
  registerFindings(command, program)
  registerQuestions(command, program)
  command.commandsGroup('State, decide and support:')
  registerAttest(command, program)
  registerDecide(command, program)
  registerEvidence(command, program)
  registerRequirements(command, program)
  command.commandsGroup('Prove and preserve:')
  registerLedger(command, program)
  registerBackup(command, program)
  command.commandsGroup('Try and learn:')
  registerSample(command, program)
  registerCall(command, program)
  registerCompletion(command, program)
}
