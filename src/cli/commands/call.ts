import type { Command } from 'commander'
import type { Program } from '../program.ts'
import type { CallOptions } from './called.ts'

export function registerCall(command: Command, program: Program): void {
  command
    .command('call')
    .description('call any endpoint of the interface by its name, here or on a server; without a name, list them')
    .argument('[name]', 'the endpoint, for example findings.list')
    .argument('[words...]', 'its input as name=value; a name that stands several times is a list')
    .option('--input <json>', 'the whole input as a JSON object')
    .option('--file <file>', 'the file to send, where the endpoint takes one')
    .option('--out <file>', 'where to write the file that the endpoint gives')
    .option('--organisation <number>', 'the organisation; the first when not said')
    .option('--server <url>', 'a server elsewhere, instead of the data directory here')
    .option('--token-file <file>', 'a file with the token for that server; else VIGIL_TOKEN')
    .addHelpText(
      'after',
      `
On this machine it acts as the operator, by possession of the data directory, and the ledger says so. It passes the same
gates as everybody.

  $ vigil call findings.list severity=critical limit=5
  $ vigil call members.invite name='Ana Ruiz' email=ana@clinic.example roles=security-officer
  $ vigil call posture.show --server https://vigil.clinic.example --token-file token`,
    )
    .action(async (name: string | undefined, words: readonly string[], options: CallOptions) => {
      const { call, listEndpoints } = await import('./called.ts')
      if (name === undefined) listEndpoints(program)
      else await call(program, name, words, options)
    })
}
