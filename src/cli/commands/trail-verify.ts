/** `vigil trail verify`: the whole log, or a proof by itself, on any machine and without Vigil's data. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { parseVkey } from '#platform/transparency/checkpoint.ts'
import { verifyProof } from '#trail/proof/verify.ts'
import type { Program } from '../program.ts'
import { count, openProgress } from '../terminal/screen.ts'
import { isFile, refuse, withTrail } from './trail-opened.ts'

interface Options {
  readonly key?: string
  readonly json?: true
}

export function registerVerify(trail: Command, program: Program): void {
  trail
    .command('verify')
    .description(
      'verify the whole log; or, with a file, a proof, offline: 0 proved and signed, 3 signer not checked, 1 broken',
    )
    .argument('[proof]', 'a proof that vigil trail who --proof wrote')
    .option('--key <key>', 'the verifying key, or a file that holds it')
    .option('--json', 'print the result as JSON')
    .action(async (file: string | undefined, options: Options) => {
      if (file === undefined) await verifyLog(program, options)
      else verifyFile(program, file, options)
    })
}

async function verifyLog(program: Program, options: Options): Promise<void> {
  await withTrail(program, async (trail) => {
    const progress = openProgress(program.errors)
    const result = await trail.verify((done, total) => progress.say(`verified ${done} of ${count(total, 'line')}`))
    progress.clear()
    program.endWith(result.isIntact ? 0 : 1)
    const { screen } = program
    if (options.json) screen.out(JSON.stringify(result))
    else if (result.isIntact) screen.out(`${screen.mark('proved')} Intact: ${count(result.size, 'line')}.`)
    else screen.out(`${screen.mark('failed')} Broken. ${result.problem}`)
  })
}

function verifyFile(program: Program, file: string, options: Options): void {
  if (!isFile(file)) throw refuse('no-file', { file })
  const key = readKey(options.key)
  const result = verifyProof(readProof(file), key)
  program.endWith(result.isValid ? (result.isSigned ? 0 : 3) : 1)
  const { screen } = program
  if (options.json) screen.out(JSON.stringify(result))
  else if (!result.isValid) screen.out(`${screen.mark('failed')} Broken. ${result.problem}`)
  else {
    const found = `${count(result.accesses, 'access', 'accesses')}, in a log of ${count(result.size, 'line')}`
    const unsigned = result.isSigned ? '' : '; who signed it was not checked, as no key was given'
    screen.out(`${screen.mark(result.isSigned ? 'proved' : 'attested')} Complete: ${found}${unsigned}.`)
    for (const { from, to } of result.destroyed) {
      screen.out(
        `  Lines ${from} to ${to - 1} were destroyed with their months: what they said, nobody can show any more.`,
      )
    }
    if (!result.isOpened) screen.out('  The proof binds their number; the accesses themselves are not in it.')
  }
}

function readKey(option: string | undefined): string | undefined {
  if (option === undefined) return undefined
  const key = (isFile(option) ? readFileSync(option, 'utf8') : option).trim()
  const parsed = parseVkey(key)
  if (!parsed.ok) throw refuse('no-key', { reason: parsed.reason })
  return key
}

function readProof(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw refuse('not-json', { file }, { cause })
  }
}
