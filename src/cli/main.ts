/** The program: reads the settings, runs one command, and turns what it throws into words and an exit code. */
import { Command, CommanderError } from 'commander'
import { ofFolder, readConfig, readSettingsFile } from '#platform/config.ts'
import { createLog } from '#platform/log.ts'
import { Refusal } from '#platform/refusal.ts'
import { registerCommands } from './commands/index.ts'
import { exitCodes, type Program } from './program.ts'
import { openScreen } from './terminal/screen.ts'

export { exitCodes, type Program } from './program.ts'

export async function run(words: readonly string[]): Promise<void> {
  const errors = process.stderr
  let code: number = exitCodes.done
  const program: Program = {
    screen: openScreen(process.stdout, process.env),
    errors,
    configure(folder) {
      const config = readConfig(process.env, [
        readSettingsFile('vigil.yaml'),
        ...(folder === undefined ? [] : [ofFolder(readSettingsFile(`${folder}/vigil.yaml`))]),
      ])
      // The database's server is given this environment, and may outlive the command.
      for (const name of ['VIGIL_PASSPHRASE', 'VIGIL_LDAP_PASSWORD']) delete process.env[name]
      return config
    },
    endWith: (other) => {
      code = other
    },
    say: (text) => errors.write(`vigil: ${text}\n`),
  }
  // A reader that stops reading (`vigil findings | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.done)
    throw error
  })
  const command = new Command('vigil').exitOverride().configureOutput({
    writeErr: (text) => errors.write(text.replace(/^error: /, 'vigil: ')),
  })
  registerCommands(command, program)
  try {
    await command.parseAsync([...words], { from: 'user' })
  } catch (error) {
    code = explain(error, program)
  }
  process.exitCode = code
}

function explain(error: unknown, program: Program): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.misused
  if (error instanceof Refusal) {
    program.say(error.message)
    if (error.hint !== undefined) program.errors.write(`hint: ${error.hint}\n`)
    return exitCodes.refused
  }
  program.say('something went wrong that should not have; nothing that was acknowledged is lost')
  program.errors.write('hint: run it again with VIGIL_LOG=debug and report what it prints\n')
  const log = createLog(process.env['VIGIL_LOG'] === 'debug' ? 'debug' : 'error', (line) => program.errors.write(line))
  const { name, stack, code } = error as Error & { code?: string }
  log.error('defect', { name, code })
  // A stack holds places in the code; a message may hold what people typed, so it is shown only to who asks.
  if (process.env['VIGIL_LOG'] === 'debug') program.errors.write(`${stack ?? String(error)}\n`)
  return exitCodes.defect
}
