import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import { verifyExport } from '#core/ledger/model/verify.ts'
import { refusals } from '#platform/refusal.ts'
import { parseVkey } from '#platform/transparency/checkpoint.ts'
import { read } from '#server/installation.ts'
import type { Program } from '../program.ts'
import { count } from '../terminal/screen.ts'
import { withInstallation } from './opened.ts'
import { whileWriting } from './written.ts'

const refuse = refusals('verify', {
  'no-file': ['missing', 'There is no file {file}.'],
  'no-key': [
    'invalid',
    'That is no verifying key: {reason}',
    'a key looks like vigil+1a2b3c4d+AbCd…; vigil export prints it',
  ],
})

/** The exit codes of `vigil verify`, documented in docs/ledger.md. */
const verifyCodes = { intact: 0, 'unsigned-check': 3, broken: 1 } as const

export function registerLedger(command: Command, program: Program): void {
  command
    .command('export')
    .description('write the ledger to a file that anybody can verify without Vigil’s help')
    .argument('<file>', 'where to write it')
    .option('--open', 'also open the payloads: what was said and done, with names; without it they stay sealed')
    .option('--json', 'print what was written as JSON')
    .action(async (file: string, options: { open?: true; json?: true }) => {
      await withInstallation(program, async (installation) => {
        const { ledger } = installation
        const written = await whileWriting(file, () =>
          read(installation, new Date(), (context) => ledger.exportTo(context, file, { open: options.open === true })),
        )
        if (options.json) {
          program.screen.out(JSON.stringify({ file, ...written, key: ledger.verifyingKey }))
          return
        }
        program.screen.out(`${count(written.entries, 'entry', 'entries')} of ${written.origin} in ${file}.`)
        program.screen.out('Give the auditor this key by another way than the file:')
        program.screen.out(`  ${ledger.verifyingKey}`)
      })
    })

  command
    .command('verify')
    .description('verify an exported ledger, offline: 0 intact and signed, 3 signer not checked, 1 broken')
    .argument('<file>', 'an export')
    .option('--key <key>', 'the verifying key, or a file that holds it')
    .option('--at-least <checkpoint>', 'a file with a checkpoint that you kept: detects a shortened or rewritten log')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, options: { key?: string; atLeast?: string; json?: true }) => {
      if (!existsSync(file) || !statSync(file).isFile()) throw refuse('no-file', { file })
      const key = options.key === undefined ? undefined : readArgument(options.key).trim()
      if (key !== undefined) {
        const parsed = parseVkey(key)
        if (!parsed.ok) throw refuse('no-key', { reason: parsed.reason })
      }
      if (options.atLeast !== undefined && !existsSync(options.atLeast))
        throw refuse('no-file', { file: options.atLeast })
      const result = await verifyExport(createReadStream(file, { highWaterMark: 1 << 20 }), {
        ...(key === undefined ? {} : { key }),
        ...(options.atLeast === undefined ? {} : { atLeast: readFileSync(options.atLeast, 'utf8') }),
      })
      program.endWith(verifyCodes[result.state])
      if (options.json) {
        program.screen.out(JSON.stringify(result))
        return
      }
      const { screen } = program
      if (result.state === 'broken') {
        const place =
          result.firstBad !== undefined
            ? `Entry ${result.firstBad} is the first bad one`
            : result.among
              ? `One of the entries ${result.among.from} to ${result.among.to} is bad`
              : `The ${result.part} is bad`
        screen.out(
          `${screen.mark('failed')} Broken. ${place}${result.line > 0 ? ` (line ${result.line})` : ''}: ${result.reason}`,
        )
        return
      }
      const mark = result.state === 'intact' ? screen.mark('proved') : screen.mark('attested')
      screen.out(
        result.state === 'intact'
          ? `${mark} Intact: ${count(result.entries, 'entry', 'entries')}, signed by the key that you gave.`
          : `${mark} Consistent: ${count(result.entries, 'entry', 'entries')}; who signed it was not checked, as no key was given.`,
      )
      screen.out(`  log          ${result.origin}`)
      screen.out(`  fingerprint  ${result.fingerprint}`)
      if (result.state !== 'intact') screen.out(`  key in file  ${result.vkey}`)
    })
}

function readArgument(text: string): string {
  return existsSync(text) && statSync(text).isFile() ? readFileSync(text, 'utf8') : text
}
