/**
 * `vigil trail who`: the answer to who opened whose record, as text or as JSON, and the file that proves it.
 *
 * It is a reading of the trail like any other: the question is on the ledger, with its purpose, before anybody sees the answer.
 */
import { writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { Day } from '#platform/days.ts'
import { type Purpose, purposes } from '#practices/access/trail/contract.ts'
import { findTrailBounds, recordTrailReading } from '#practices/index.ts'
import { change, type Installation } from '#server/installation.ts'
import { localTimeOf } from '#trail/store/zone.ts'
import type { ToldAccess, WhoAnswer, WhoQuestion } from '#trail/trail.ts'
import type { Program } from '../program.ts'
import { count, plain, type Screen } from '../terminal/screen.ts'
import { parseNumber, parseText } from './arguments.ts'
import { parseDay } from './days.ts'
import { refuse, withTrail } from './trail-opened.ts'
import { whileWriting } from './written.ts'

interface Options {
  readonly patient?: string
  readonly user?: string
  readonly since?: Day
  readonly until?: Day
  readonly limit?: number
  readonly purpose: Purpose
  readonly why: string
  readonly proof?: string
  readonly json?: true
}

export function registerWho(trail: Command, program: Program): void {
  trail
    .command('who')
    .description('who accessed a patient’s record, or whose records a person accessed, with the reasons')
    .option('--patient <id>', 'the patient, as the source names them', parseText)
    .option('--user <login>', 'the person, by their login', parseText)
    .option('--since <day>', 'from this day on, in the organisation’s time zone', parseDay)
    .option('--until <day>', 'up to the end of this day', parseDay)
    .option('--limit <number>', 'the newest so many alone', parseNumber(1, 999_999_999))
    .addOption(new Option('--purpose <purpose>', 'what it is asked for').choices(purposes).default('audit'))
    .option(
      '--why <text>',
      'which request, whose complaint; sealed on the ledger',
      parseText,
      'asked at the command line',
    )
    .option('--proof <file>', 'write the proof with all that it opens to a file, for an outsider to verify')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      `
Whoever asks is on the ledger, with the purpose.

  $ vigil trail who --patient 4711
  $ vigil trail who --patient 4711 --purpose complaint --why "letter of 3 November" --proof answer.json
  $ vigil trail who --user ahansen --since 2026-11-01 --json`,
    )
    .action(async (options: Options) => {
      const by = checkQuestion(options)
      await withTrail(program, async (trail, installation) => {
        const { question, timeZone } = await record(installation, by, options)
        const answer = await trail.who(question)
        if (options.proof !== undefined) await writeProof(answer, options.proof)
        if (options.json) await printJson(answer, program.screen)
        else await printText(answer, by, timeZone, program.screen)
        if (options.proof !== undefined && !options.json) program.screen.out(`The proof is in ${options.proof}.`)
      })
    })
}

function checkQuestion({ patient, user, since, until, limit, proof }: Options): 'patient' | 'user' {
  if ((patient === undefined) === (user === undefined)) throw refuse('one-of')
  const isWhole = patient !== undefined && since === undefined && until === undefined && limit === undefined
  if (proof !== undefined && !isWhole) throw refuse('no-proof')
  return patient === undefined ? 'user' : 'patient'
}

/** Puts the question on the ledger; then it may be asked. */
async function record(
  installation: Installation,
  by: 'patient' | 'user',
  { patient, user, since, until, limit, purpose, why }: Options,
): Promise<{ readonly question: WhoQuestion; readonly timeZone: string }> {
  const id = patient ?? user ?? ''
  const ofWhom = by === 'patient' ? 'patient' : 'person'
  const bounds = await change(
    installation,
    new Date(),
    ({ db }) => findTrailBounds(db, since, until),
    Object.assign(
      () => ({
        action: `trail.ask-${ofWhom}`,
        ...recordTrailReading({ purpose, why, since, until }, { by: ofWhom, id }, {}),
      }),
      { action: `trail.ask-${ofWhom}` },
    ),
  )
  return {
    timeZone: bounds.timeZone,
    question: {
      by,
      id,
      ...(bounds.since ? { since: bounds.since } : {}),
      ...(bounds.until ? { until: bounds.until } : {}),
      ...(limit === undefined ? {} : { limit }),
    },
  }
}

async function writeProof(answer: WhoAnswer, file: string): Promise<void> {
  const proof = await answer.proof(true)
  await whileWriting(file, () => writeFile(file, `${JSON.stringify(proof)}\n`, { mode: 0o600 }))
}

async function printJson(answer: WhoAnswer, screen: Screen): Promise<void> {
  process.stdout.write('{"complete":true,"accesses":[')
  let isFirst = true
  for await (const access of answer.accesses) {
    if (!process.stdout.write(`${isFirst ? '' : ','}\n${JSON.stringify(toJson(access))}`)) {
      await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
    isFirst = false
  }
  screen.out(`\n],"total":${answer.total},"proof":${JSON.stringify((await answer.proof()) ?? null)}}`)
}

async function printText(answer: WhoAnswer, by: 'patient' | 'user', timeZone: string, screen: Screen): Promise<void> {
  const timeOf = localTimeOf(timeZone)
  let [told, unexplained] = [0, 0]
  for await (const access of answer.accesses) {
    told += 1
    if (!access.explained) unexplained += 1
    screen.out(sayAccess(access, by, timeOf(access.at)))
  }
  if (told === 0) {
    screen.out('Nobody: the trail holds no such access.')
    return
  }
  const left = answer.total > told ? ` (the newest ${told} are above)` : ''
  screen.out(
    `${count(answer.total, 'access', 'accesses')}${left}, ${unexplained} without a reason that is known. Times are those of ${timeZone}.`,
  )
}

/** An access as the answer's JSON has it; documented in docs/trail.md. */
function toJson(access: ToldAccess) {
  const { explained, reasons, ...rest } = access
  return { ...rest, explained, reasons: reasons.map(({ says }) => says) }
}

function sayAccess(access: ToldAccess, by: 'patient' | 'user', time: string): string {
  const whom =
    by === 'patient' ? `${access.user}${access.person ? ` (${access.person})` : ''}` : access.patient || 'no patient'
  const why = access.explained ? access.reasons.map(({ says }) => says).join('; ') : 'nothing that is known explains it'
  return plain(`${time}  ${whom}  ${access.action}${access.object ? ` ${access.object}` : ''}  ${why}`)
}
