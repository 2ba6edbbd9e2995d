import type { Command } from 'commander'
import {
  type Evidence,
  keepEvidence,
  listEvidence,
  openEvidence,
  removeShredded,
  shredEvidence,
} from '#core/evidence/service.ts'
import { type Day, dayOf, sayDay } from '#platform/days.ts'
import { change, type Installation, read } from '#server/installation.ts'
import type { Program } from '../program.ts'
import { plain } from '../terminal/screen.ts'
import { parseEvidenceId, parseNumber, parseText } from './arguments.ts'
import { parseDay } from './days.ts'
import { recordAs, withInstallation } from './opened.ts'

const mostListed = 1_000

export function registerEvidence(command: Command, program: Program): void {
  const evidence = command
    .command('evidence')
    .description('keep files that support what is claimed: sealed, with their digest on the ledger')
    .addHelpText(
      'after',
      `
Each file is sealed under a key of its own. Shredding destroys that key, here and in every later backup; what is known
of the file (title, size, digest) stays.

  $ vigil evidence keep risk-analysis-2026.pdf --title "Risk analysis of 2026"
  $ vigil evidence get 019a… copy.pdf
  $ vigil evidence shred 019a… --reason "it named patients"`,
    )

  evidence
    .command('keep')
    .description('seal a file into the data directory')
    .argument('<file>', 'any file')
    .requiredOption('--title <text>', 'what it is', parseText)
    .option('--until <day>', 'the last day for which it speaks', parseDay)
    .option('--json', 'print it as JSON')
    .action(async (file: string, options: { title: string; until?: Day; json?: true }) => {
      await withInstallation(program, async (installation) => {
        const kept = await change(
          installation,
          new Date(),
          (context) =>
            keepEvidence(context, storeOf(installation), {
              title: options.title,
              content: file,
              validUntilOn: options.until,
            }),
          recordAs('evidence.keep'),
        )
        if (options.json) program.screen.out(JSON.stringify(toJson(kept.evidence)))
        else print(program, kept.evidence)
      })
    })

  evidence
    .command('list')
    .description('list what is kept, the newest first')
    .option('--limit <number>', 'at most so many', parseNumber(1, mostListed))
    .option('--json', 'print it as JSON')
    .action(async (options: { limit?: number; json?: true }) => {
      await withInstallation(program, async (installation) => {
        const found = await read(installation, new Date(), (context) => listEvidence(context, { limit: options.limit }))
        if (options.json) program.screen.out(JSON.stringify(found.map(toJson)))
        else for (const one of found) print(program, one)
        if (!options.json && found.length === 0) program.screen.out('No evidence is kept.')
      })
    })

  evidence
    .command('get')
    .description('open a file that was kept; that it was opened goes on the ledger')
    .argument('<id>', 'its id', parseEvidenceId)
    .argument('<file>', 'where to write it')
    .option('--json', 'print what was written as JSON')
    .action(async (evidenceId: string, file: string, options: { json?: true }) => {
      await withInstallation(program, async (installation) => {
        const opened = await change(
          installation,
          new Date(),
          (context) => openEvidence(context, storeOf(installation), { evidenceId, to: file }),
          recordAs('evidence.open'),
        )
        if (options.json) program.screen.out(JSON.stringify({ file, ...toJson(opened.evidence) }))
        else program.screen.out(`${plain(opened.evidence.title)} is in ${file}.`)
      })
    })

  evidence
    .command('shred')
    .description('destroy a file that was kept, for good')
    .argument('<id>', 'its id', parseEvidenceId)
    .requiredOption('--reason <text>', 'why', parseText)
    .option('--json', 'print the result as JSON')
    .action(async (evidenceId: string, options: { reason: string; json?: true }) => {
      await withInstallation(program, async (installation) => {
        const now = new Date()
        await change(
          installation,
          now,
          (context) => shredEvidence(context, { evidenceId, reason: options.reason }),
          recordAs('evidence.shred'),
        )
        // Only now: a rollback would have brought the key back, but not the file.
        await read(installation, now, (context) => removeShredded(context, storeOf(installation)))
        if (options.json) program.screen.out(JSON.stringify({ id: evidenceId, state: 'shredded' }))
        else program.screen.out(`Evidence ${evidenceId} is shredded; nobody can open it any more.`)
      })
    })
}

function storeOf({ keys, dataDirectory }: Installation) {
  return { keys, directory: dataDirectory }
}

function print({ screen }: Program, evidence: Evidence): void {
  const { id, title, fileName, bytes, digest, keptAt, validUntilOn, state } = evidence
  const until = validUntilOn === undefined ? '' : `, until ${sayDay(validUntilOn)}`
  screen.out(`${screen.style('bold', id)}  ${plain(title)}${state === 'kept' ? '' : ` (${state})`}`)
  screen.out(
    screen.style(
      'dim',
      `    ${plain(fileName)}, ${new Intl.NumberFormat('en-US').format(bytes)} bytes, kept ${sayDay(dayOf(keptAt))}${until}`,
    ),
  )
  screen.out(screen.style('dim', `    SHA-256 ${digest}`))
}

function toJson({ validUntilOn, ...rest }: Evidence) {
  return { ...rest, validUntilOn: validUntilOn ?? null }
}
