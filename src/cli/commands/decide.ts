import { type Command, Option } from 'commander'
import { cite, findRequirement } from '#core/requirements/model.ts'
import {
  type AddressableDecision,
  type Decision,
  decideAddressable,
  listDecisions,
  requirementStatus,
} from '#core/requirements/service.ts'
import { addDays, type Day, sayDay } from '#platform/days.ts'
import { change, judgeAll, read } from '#server/installation.ts'
import type { Program } from '../program.ts'
import { count, plain, wrap } from '../terminal/screen.ts'
import { parseText } from './arguments.ts'
import { parseDay } from './days.ts'
import { recordAs, withInstallation } from './opened.ts'

const decisionWords = {
  implement: 'to be implemented as the rule describes it',
  alternative: 'met by an equivalent alternative',
  'not-reasonable': 'not reasonable and appropriate here',
} as const satisfies Record<AddressableDecision, string>

interface Options {
  readonly decision?: AddressableDecision
  readonly why?: string
  readonly approvedBy?: string
  readonly on?: Day
  readonly review?: Day
  readonly json?: true
}

export function registerDecide(command: Command, program: Program): void {
  const deciding = command
    .command('decide')
    .description('record what is decided on an addressable specification; without one, list those that wait')
    .enablePositionalOptions()
    .argument('[citation]', 'for example 164.312(a)(2)(iv)')
    .addOption(
      new Option(
        '--decision <decision>',
        'implement it, do something equivalent, or why neither is reasonable',
      ).choices(Object.keys(decisionWords)),
    )
    .option('--why <text>', 'the reason', parseText)
    .option('--approved-by <name>', 'the person who approved it', parseText)
    .option('--on <day>', 'when it was decided; today when not said', parseDay)
    .option('--review <day>', 'when it is looked at again; a year later when not said', parseDay)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Addressable does not mean optional: for each such specification the rule asks for a decision, its reason and its
documentation (45 CFR 164.306(d)(3)). What a safeguard measures speaks, whatever was decided.

  $ vigil decide
  $ vigil decide '164.310(a)(2)(i)' --decision alternative --why "the landlord keeps the building open" \\
      --approved-by "Ada Okoye" --review 2027-10-01
  $ vigil decide list`,
    )
    .action(async (citation: string | undefined, options: Options) => {
      if (citation === undefined) {
        if (Object.keys(options).some((name) => name !== 'json')) {
          deciding.error('error: say which specification is decided on', { exitCode: 2 })
        }
        await listWaiting(program, options)
        return
      }
      const { decision, why, approvedBy } = options
      if (decision === undefined || why === undefined || approvedBy === undefined) {
        return deciding.error('error: a decision takes --decision, --why and --approved-by', { exitCode: 2 })
      }
      await withInstallation(program, async (installation) => {
        const now = new Date()
        const made = await change(
          installation,
          now,
          async (context) => {
            const decidedOn = options.on ?? context.today
            const reviewOn = options.review ?? addDays(decidedOn, 365)
            const said = { citation, decision, why, approvedBy, decidedOn, reviewOn }
            return { reviewOn, ...(await decideAddressable(context, said)) }
          },
          recordAs('requirements.decide'),
        )
        await judgeAll(installation, now)
        const paragraph = findRequirement(citation)?.citation ?? citation
        if (options.json) {
          program.screen.out(
            JSON.stringify({ id: made.decisionId, citation: paragraph, decision, reviewOn: made.reviewOn }),
          )
          return
        }
        program.screen.out(`${cite(paragraph)}: ${decisionWords[decision]}; reviewed by ${sayDay(made.reviewOn)}.`)
      })
    })

  deciding
    .command('list')
    .description('list what was decided')
    .option('--history', 'also decisions that others have replaced')
    .option('--json', 'print them as JSON')
    .action(async (options: { history?: true; json?: true }) => {
      await withInstallation(program, async (installation) => {
        const found = await read(installation, new Date(), (context) =>
          listDecisions(context, { history: options.history === true }),
        )
        if (options.json) {
          program.screen.out(JSON.stringify(found))
          return
        }
        for (const decision of found) print(program, decision)
        if (found.length === 0) program.screen.out('Nothing is decided yet. vigil decide lists what waits.')
      })
    })
}

function print({ screen }: Program, decision: Decision): void {
  const state = {
    'in-force': `reviewed by ${sayDay(decision.reviewOn)}`,
    'review-overdue': `was to be reviewed by ${sayDay(decision.reviewOn)}`,
    superseded: 'replaced since',
  }[decision.state]
  screen.out(`${screen.style('bold', cite(decision.citation))}  ${decisionWords[decision.decision]}`)
  for (const line of wrap(decision.why, screen.width - 4)) screen.out(`    ${line}`)
  screen.out(`    ${screen.style('dim', `${plain(decision.approvedBy)}, ${sayDay(decision.decidedOn)} · ${state}`)}`)
}

/** Addressable specifications without a decision in force. */
async function listWaiting(program: Program, options: { readonly json?: true }): Promise<void> {
  await withInstallation(program, async (installation) => {
    const { screen } = program
    const all = await read(installation, new Date(), requirementStatus)
    const waiting = all.filter(({ required, decision }) => required === 'addressable' && decision?.state !== 'in-force')
    if (options.json) {
      screen.out(JSON.stringify(waiting.map(({ citation, title, status }) => ({ citation, title, status }))))
      return
    }
    for (const { citation, title, status } of waiting) {
      screen.out(`${screen.mark(status)} ${screen.style('bold', cite(citation))}  ${title}`)
    }
    screen.out(
      waiting.length === 0
        ? 'Every addressable specification has a decision in force.'
        : `${count(waiting.length, 'addressable specification')} ${waiting.length === 1 ? 'waits' : 'wait'} for a decision: vigil decide CITATION --decision …`,
    )
  })
}
