import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Day, dayOf } from '#platform/days.ts'
import { writeSample } from '#sample/index.ts'
import type { Program } from '../program.ts'
import { count, openProgress } from '../terminal/screen.ts'
import { parseDay } from './days.ts'

export function registerSample(command: Command, program: Program): void {
  command
    .command('sample')
    .description('write the exports of an invented organisation, with planted faults and an answer key')
    .argument('<folder>', 'a folder that does not exist yet, or is empty')
    .addOption(new Option('--size <size>', 'how large').choices(['clinic', 'hospital', 'system']).default('clinic'))
    .option('--seed <number>', 'the same seed writes the same files', parseSeed, 1)
    .option('--as-of <day>', 'the day on which the exports were made', parseDay, dayOf(new Date()))
    .option('--trail', 'accesses of 90 days to patients’ records too, in the folder ehr, with wrongs planted in them')
    .option('--json', 'print what was written as JSON')
    .action(
      async (
        folder: string,
        options: { size: 'clinic' | 'hospital' | 'system'; seed: number; asOf: Day; trail?: true; json?: true },
      ) => {
        const progress = openProgress(program.errors)
        const written = await writeSample({
          size: options.size,
          seed: options.seed,
          asOf: options.asOf,
          trail: options.trail,
          directory: folder,
          onProgress: (words) => progress.say(String(words)),
        })
        progress.clear()
        if (options.json) program.screen.out(JSON.stringify(written))
        else {
          program.screen.out(
            `${count(written.people, 'person', 'people')} and ${count(written.accounts, 'account')} in ${folder}.`,
          )
          program.screen.out(
            `Next: vigil assess ${folder}${options.asOf === dayOf(new Date()) ? '' : ` --as-of ${options.asOf}`}`,
          )
          if (options.trail) program.screen.out(`Then: vigil trail import ${folder}/ehr/*`)
        }
      },
    )
}

function parseSeed(text: string): number {
  const seed = Number(text)
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InvalidArgumentError('A seed is a whole number, 0 or more.')
  return seed
}
