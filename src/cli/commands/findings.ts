import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Argument, type Command, Option } from 'commander'
import { csvHead, csvRow } from '#core/findings/model.ts'
import {
  commentOnFinding,
  endException,
  exceptFinding,
  type Finding,
  type FindingShown,
  type FindingsWanted,
  listFindings,
  ownFinding,
  readFindings,
  showFinding,
} from '#core/findings/service.ts'
import { cite } from '#core/requirements/model.ts'
import { type Severity, severities } from '#core/safeguards/model.ts'
import type { Context } from '#platform/context.ts'
import { type Day, dayOf, sayDay } from '#platform/days.ts'
import { allSafeguards, practices } from '#practices/index.ts'
import { change, type Installation, read } from '#server/installation.ts'
import type { Program } from '../program.ts'
import { count, plain, type Screen, severityStyles, wrap } from '../terminal/screen.ts'
import { parseId, parseNumber, parseText } from './arguments.ts'
import { parseDay } from './days.ts'
import { recordAs, withInstallation } from './opened.ts'
import { whileWriting } from './written.ts'

const usualLimit = 50
const longestLimit = 1_000

interface ListOptions extends FindingsWanted {
  readonly limit?: number
  readonly csv?: string
  readonly json?: true
}

export function registerFindings(command: Command, program: Program): void {
  const findings = command
    .command('findings')
    .description('list what has failed, the worst first; own it, speak about it, except it for a while')
    .enablePositionalOptions()
    .addOption(new Option('--severity <severity>', 'only this severity').choices([...severities]))
    .addOption(new Option('--practice <practice>', 'only this practice').choices(practices.map(({ name }) => name)))
    .option('--safeguard <name>', 'only this safeguard, for example access.leavers-lose-access')
    .option('--owner <name>', 'only those that this person owns')
    .addOption(
      new Option(
        '--state <state>',
        'open (not excepted), excepted, closed, all; open and excepted when not said',
      ).choices(['open', 'excepted', 'closed', 'all']),
    )
    .option('--limit <number>', `print at most so many; ${usualLimit} when not said`, parseNumber(1, longestLimit))
    .option('--csv <file.csv>', 'write all of them to a file for a spreadsheet')
    .option('--json', 'print all of them as JSON')
    .addHelpText(
      'after',
      `
A finding opens when a check fails and closes by itself when the check passes; nobody can close one by hand. An
exception accepts a failure for a while: it stays failed, "excepted until" its last day.

  $ vigil findings --severity critical
  $ vigil findings show 12
  $ vigil findings own 12 "Dana Reyes"
  $ vigil findings except 12 --reason "replaced in May" --control "not on the network" \\
      --approved-by "Ada Okoye" --until 2027-05-31
  $ vigil findings --json | jq -r '.[] | select(.owner == null) | .detail'

In the CSV file a cell that begins with = + - @, a tab or a carriage return has an apostrophe before it, so that no
spreadsheet takes what a system reported for a formula. It is UTF-8 with a byte order mark, as Excel expects.`,
    )
    .action(async (options: ListOptions) => {
      await withInstallation(program, (installation) =>
        read(installation, new Date(), (context) => list(context, program, options)),
      )
    })

  findings
    .command('show')
    .description('show one finding with what to do about it and its history')
    .argument('<id>', 'its number', parseId)
    .option('--json', 'print it as JSON')
    .action(async (findingId: number, options: { json?: true }) => {
      await withInstallation(program, async (installation) => {
        const { shown, today } = await find(installation, findingId)
        if (options.json) program.screen.out(JSON.stringify(shownToJson(shown)))
        else printShown(program.screen, shown, today)
      })
    })

  const own = findings
    .command('own')
    .description('give a finding to a person, or back to nobody')
    .argument('<id>', 'its number', parseId)
    .addArgument(new Argument('[name]', 'who works it off').argParser(parseText))
    .option('--nobody', 'nobody owns it any more')
    .option('--json', 'print the finding as JSON')
    .action(async (findingId: number, name: string | undefined, options: { nobody?: true; json?: true }) => {
      if ((name === undefined) !== (options.nobody === true)) {
        own.error('error: say either the name of its owner or --nobody', { exitCode: 2 })
      }
      await act(program, findingId, options, (installation, now) =>
        change(
          installation,
          now,
          (context) => ownFinding(context, { findingId, owner: name }),
          recordAs('findings.own'),
        ),
      )
    })

  findings
    .command('comment')
    .description('write a comment into the history of a finding')
    .argument('<id>', 'its number', parseId)
    .argument('<text>', 'what to say')
    .option('--json', 'print the finding as JSON')
    .action(async (findingId: number, comment: string, options: { json?: true }) => {
      await act(program, findingId, options, (installation, now) =>
        change(
          installation,
          now,
          (context) => commentOnFinding(context, { findingId, comment }),
          recordAs('findings.comment'),
        ),
      )
    })

  findings
    .command('except')
    .description('accept a failure until a day; it stays failed')
    .argument('<id>', 'its number', parseId)
    .requiredOption('--reason <text>', 'why it is accepted')
    .requiredOption('--control <text>', 'what is done instead')
    .requiredOption('--approved-by <name>', 'the person who accepted it')
    .requiredOption('--until <day>', 'its last day, at most 366 days away', parseDay)
    .option('--json', 'print the finding as JSON')
    .action(
      async (
        findingId: number,
        options: { reason: string; control: string; approvedBy: string; until: Day; json?: true },
      ) => {
        const { reason, control, approvedBy, until } = options
        await act(program, findingId, options, (installation, now) =>
          change(
            installation,
            now,
            (context) =>
              exceptFinding(context, { findingId, reason, compensatingControl: control, approvedBy, expiresOn: until }),
            recordAs('findings.except'),
          ),
        )
      },
    )

  findings
    .command('end-exception')
    .description('end an exception before its last day')
    .argument('<id>', 'the number of the finding', parseId)
    .option('--reason <text>', 'why it ends')
    .option('--json', 'print the finding as JSON')
    .action(async (findingId: number, options: { reason?: string; json?: true }) => {
      await act(program, findingId, options, (installation, now) =>
        change(
          installation,
          now,
          (context) => endException(context, { findingId, reason: options.reason }),
          recordAs('findings.end-exception'),
        ),
      )
    })
}

/** Changes a finding and prints how it stands afterwards. */
async function act(
  program: Program,
  findingId: number,
  options: { readonly json?: true },
  work: (installation: Installation, now: Date) => Promise<unknown>,
): Promise<void> {
  await withInstallation(program, async (installation) => {
    await work(installation, new Date())
    const { shown, today } = await find(installation, findingId)
    if (options.json) program.screen.out(JSON.stringify(shownToJson(shown)))
    else printFinding(program.screen, shown.finding, today)
  })
}

async function find(installation: Installation, findingId: number): Promise<{ shown: FindingShown; today: Day }> {
  return read(installation, new Date(), async (context) => ({
    shown: await showFinding(context, { findingId }),
    today: context.today,
  }))
}

async function list(context: Context, program: Program, options: ListOptions): Promise<void> {
  const { screen } = program
  const { severity, practice, safeguard, owner, state, limit } = options
  const wanted = { severity, practice, safeguard, owner, state }
  if (options.csv !== undefined) {
    const written = await writeCsv(readFindings(context, wanted), options.csv)
    if (options.json) screen.out(JSON.stringify({ file: options.csv, findings: written }))
    else screen.out(`${count(written, 'finding')} in ${options.csv}.`)
    return
  }
  if (options.json) {
    await printJson(
      screen,
      limit === undefined ? readFindings(context, wanted) : [await listFindings(context, { ...wanted, limit })],
    )
    return
  }
  const most = limit ?? usualLimit
  // One more than is shown tells whether there are more.
  const found = await listFindings(context, { ...wanted, limit: Math.min(most + 1, longestLimit) })
  for (const finding of found.slice(0, most)) printFinding(screen, finding, context.today)
  if (found.length === 0)
    screen.out(state === 'closed' ? 'No finding has closed.' : 'Nothing that was looked for has failed.')
  else if (found.length > most)
    screen.out(screen.style('dim', `More than ${most}: --limit, --csv and --json show more.`))
  else screen.out(screen.style('dim', `${count(found.length, 'finding')}.`))
}

const numberWidth = 6

/** The number and severity, what is wrong, and below it by when, by which paragraph, and whose it is. */
export function printFinding(screen: Screen, finding: Finding, today: Day): void {
  const indent = ' '.repeat(numberWidth + 12)
  const lines = wrap(finding.detail, screen.width - indent.length)
  const number = String(finding.id).padStart(numberWidth)
  screen.out(
    `${screen.style('bold', number)}  ${styled(screen, finding.severity, finding.severity.padEnd(10))}${lines[0] ?? ''}`,
  )
  for (const line of lines.slice(1)) screen.out(`${indent}${line}`)
  for (const line of wrap(standing(finding, today), screen.width - indent.length)) {
    screen.out(`${indent}${screen.style('dim', line)}`)
  }
}

function styled(screen: Screen, severity: Severity, text: string): string {
  const style = severityStyles[severity]
  return style === 'none' ? text : screen.style(style, text)
}

function standing(finding: Finding, today: Day): string {
  return [
    finding.closedAt !== undefined
      ? `closed ${sayDay(dayOf(finding.closedAt))}`
      : finding.dueOn < today
        ? `overdue since ${sayDay(finding.dueOn)}`
        : `due ${sayDay(finding.dueOn)}`,
    ...(finding.exceptedUntil === undefined ? [] : [`excepted until ${sayDay(finding.exceptedUntil)}`]),
    finding.owner === undefined ? 'nobody owns it' : plain(finding.owner),
    finding.citations.map(cite).join(', '),
  ].join(' · ')
}

function printShown(screen: Screen, { finding, exception, events }: FindingShown, today: Day): void {
  const paragraph = (text: string) => {
    for (const line of wrap(text, screen.width - 2)) screen.out(`  ${line}`)
  }
  screen.out(
    `${screen.style('bold', `Finding ${finding.id}`)}  ${styled(screen, finding.severity, finding.severity)}, ${finding.state}`,
  )
  paragraph(finding.detail)
  paragraph(standing(finding, today))
  screen.out()
  screen.out(screen.style('bold', 'What should be true'))
  paragraph(`${finding.title}. (${finding.safeguard})`)
  const remedy = remedyOf(finding)
  if (remedy !== undefined) {
    screen.out(screen.style('bold', 'What to do'))
    paragraph(remedy)
  }
  if (exception) {
    screen.out(screen.style('bold', `Excepted until ${sayDay(exception.expiresOn)}`))
    paragraph(`Why: ${exception.reason}`)
    paragraph(`Instead: ${exception.compensatingControl}`)
    paragraph(`Approved by ${exception.approvedBy} on ${sayDay(dayOf(exception.approvedAt))}`)
  }
  screen.out(screen.style('bold', 'History'))
  for (const { kind, body, actor, at } of events) {
    paragraph(`${sayDay(dayOf(at))}  ${eventWords[kind]}${body ? `: ${body}` : ''} (${actor})`)
  }
}

const eventWords = {
  opened: 'opened',
  closed: 'closed, as its check passed',
  reopened: 'opened again',
  owned: 'owner',
  commented: 'comment',
  excepted: 'excepted',
  'exception-ended': 'the exception ended',
} as const satisfies Record<FindingShown['events'][number]['kind'], string>

const remedies = new Map(allSafeguards.map(({ name, remedy }) => [name, remedy]))

/** The remedy of a safeguard that this release still has. */
function remedyOf(finding: Finding): string | undefined {
  return remedies.get(finding.safeguard)
}

/** The documented shape of a finding in `--json`. */
export function findingToJson(finding: Finding) {
  return {
    id: finding.id,
    safeguard: finding.safeguard,
    title: finding.title,
    practice: finding.practice,
    severity: finding.severity,
    state: finding.state,
    subject: finding.subject,
    citations: finding.citations.map(cite),
    detail: finding.detail,
    remedy: remedyOf(finding) ?? null,
    openedAt: finding.openedAt,
    reopenedAt: finding.reopenedAt ?? null,
    closedAt: finding.closedAt ?? null,
    dueOn: finding.dueOn,
    owner: finding.owner ?? null,
    exceptedUntil: finding.exceptedUntil ?? null,
  }
}

function shownToJson({ finding, exception, events }: FindingShown) {
  return { ...findingToJson(finding), exception: exception ?? null, events }
}

/** One array, one finding a line, with constant memory. */
async function printJson(
  screen: Screen,
  batches: AsyncIterable<readonly Finding[]> | Iterable<readonly Finding[]>,
): Promise<void> {
  let waiting: string | undefined
  screen.out('[')
  for await (const batch of batches) {
    for (const finding of batch) {
      if (waiting !== undefined) screen.out(`${waiting},`)
      waiting = JSON.stringify(findingToJson(finding))
    }
  }
  if (waiting !== undefined) screen.out(waiting)
  screen.out(']')
}

async function writeCsv(batches: AsyncIterable<readonly Finding[]>, file: string): Promise<number> {
  let written = 0
  async function* lines(): AsyncGenerator<string> {
    yield csvHead
    for await (const batch of batches) {
      written += batch.length
      yield batch.map((finding) => csvRow(finding, remedyOf(finding))).join('')
    }
  }
  const partial = `${file}.part`
  await whileWriting(file, async () => {
    try {
      await pipeline(Readable.from(lines()), createWriteStream(partial, { mode: 0o600 }))
      await rename(partial, file)
    } finally {
      await rm(partial, { force: true })
    }
  })
  return written
}
