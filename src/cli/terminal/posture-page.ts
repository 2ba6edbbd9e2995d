/**
 * One screen: how things stand in a sentence, eleven lines with their marks, the five worst findings in words, what is
 * unknown and the file that would tell.
 */
import { cite } from '#core/requirements/model.ts'
import type { FindingPosture, Posture, PracticePosture, SafeguardPosture, Status } from '#core/safeguards/model.ts'
import { sayDay } from '#platform/days.ts'
import { count, plain, type Screen, severityStyles, wrap } from './screen.ts'

const worstFindings = 5

export function printPosture(screen: Screen, posture: Posture): void {
  const safeguards = posture.practices.flatMap((practice) => practice.safeguards)
  const have = (status: Status) => safeguards.filter((safeguard) => safeguard.status === status).length
  screen.out()
  screen.out(
    `${screen.style('bold', plain(posture.organisation))} ${screen.style('dim', `as of ${sayDay(posture.asOf)}`)}`,
  )
  for (const line of wrap(headline(posture, have), screen.width)) screen.out(line)
  screen.out()
  for (const practice of posture.practices) printPractice(screen, practice)
  screen.out()
  screen.out(
    screen.style('dim', `  ${screen.mark('proved')} proved  ${screen.mark('attested')} attested (a person said so)  `) +
      screen.style(
        'dim',
        `${screen.mark('failed')} failed  ${screen.mark('unknown')} unknown   numbers count safeguards`,
      ),
  )
  printFindings(screen, posture)
  printUnknown(screen, posture)
}

function headline(posture: Posture, have: (status: Status) => number): string {
  const { critical, high } = posture.findingCounts
  const all = have('proved') + have('attested') + have('failed') + have('unknown')
  const standing = `Of ${all} safeguards, ${have('proved')} are proved, ${have('attested')} attested, ${have('failed')} failed and ${have('unknown')} unknown.`
  if (critical + high === 0) return `${standing} Nothing critical or high is open.`
  return `${standing} ${count(critical, 'finding')} ${critical === 1 ? 'is' : 'are'} critical, ${new Intl.NumberFormat('en-US').format(high)} high.`
}

const barWidth = 12

function printPractice(screen: Screen, practice: PracticePosture): void {
  const name = practice.title.padEnd(15)
  const counts = (['proved', 'attested', 'failed', 'unknown'] as const).map((status) => {
    const number = practice.safeguards.filter((safeguard) => safeguard.status === status).length
    return number === 0 ? screen.style('dim', '  ·') : `${screen.mark(status)}${String(number).padStart(2)}`
  })
  const bar = `${screen.mark(practice.status)} ${screen.style('bold', name)} ${counts.join(' ')}  `
  const room = screen.width - (2 + 15 + 1 + barWidth + 3 + 2 + 2)
  screen.out(`  ${bar}${clip(sentenceOf(practice), room)}`)
}

/** What a person should know of a practice first: its worst safeguard, in its own words. */
function sentenceOf(practice: PracticePosture): string {
  const worst = practice.safeguards.find((safeguard) => safeguard.status === practice.status)
  if (!worst) return ''
  if (practice.status === 'failed') {
    const of = worst.subject === 'organisation' ? 'fails' : `${subjectsOf(worst)} fail`
    return `${of}: ${lower(worst.title)}`
  }
  if (practice.status === 'unknown') return `not known: ${lower(worst.title)}`
  return practice.status === 'attested' ? 'stated by people or their lists' : 'measured'
}

/** "3 of 29": how many subjects fail; which they are, the safeguard's sentence says. */
function subjectsOf({ subjects }: SafeguardPosture): string {
  const { failed, proved, attested, unknown } = subjects
  const number = (value: number) => new Intl.NumberFormat('en-US').format(value)
  return `${number(failed)} of ${number(failed + proved + attested + unknown)}`
}

function printFindings(screen: Screen, posture: Posture): void {
  const { critical, high, medium, low } = posture.findingCounts
  const all = critical + high + medium + low
  if (all === 0) return
  screen.out()
  screen.out(screen.style('bold', 'What would fail an audit now'))
  const shown = pickWorst(posture.findings)
  for (const { finding, more } of shown) {
    const style = severityStyles[finding.severity]
    const word = finding.severity.padEnd(8)
    const lines = wrap(finding.detail, screen.width - 11)
    screen.out(`  ${style === 'none' ? word : screen.style(style, word)} ${lines[0] ?? ''}`)
    for (const line of lines.slice(1)) screen.out(`           ${line}`)
    const beside = [
      ...(more > 0 ? [`and ${new Intl.NumberFormat('en-US').format(more)} more`] : []),
      finding.citations.slice(0, 2).map(cite).join(', '),
    ].join(' · ')
    screen.out(`           ${screen.style('dim', beside)}`)
  }
  const rest = all - shown.reduce((sum, { more }) => sum + 1 + more, 0)
  if (rest > 0) screen.out(screen.style('dim', `  ${count(rest, 'more finding')} of other kinds.`))
}

/** The worst findings, one of each safeguard, with how many more of its kind are among those read. */
function pickWorst(findings: readonly FindingPosture[]): readonly { finding: FindingPosture; more: number }[] {
  const byKind = new Map<string, { finding: FindingPosture; more: number }>()
  for (const finding of findings) {
    const kind = byKind.get(finding.safeguard)
    if (kind) kind.more += 1
    else byKind.set(finding.safeguard, { finding, more: 0 })
  }
  return [...byKind.values()].slice(0, worstFindings)
}

function printUnknown(screen: Screen, posture: Posture): void {
  if (posture.wanted.length > 0) {
    screen.out()
    screen.out(screen.style('bold', 'What would make more known'))
    for (const { file, safeguards } of posture.wanted.slice(0, 6)) {
      const lines = wrap(`${file}: ${count(safeguards.length, 'safeguard')}`, screen.width - 4)
      screen.out(`  ${screen.style('yellow', '◌')} ${lines[0] ?? ''}`)
      for (const line of lines.slice(1)) screen.out(`    ${line}`)
    }
    if (posture.wanted.length > 6) screen.out(screen.style('dim', `    and ${posture.wanted.length - 6} more`))
  }
  if (posture.openQuestions > 0) {
    screen.out()
    screen.out(
      `${count(posture.openQuestions, 'question')} of who is who ${posture.openQuestions === 1 ? 'waits' : 'wait'} for an answer; until then those accounts are unknown.`,
    )
  }
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1)).trimEnd()}…`
}

function lower(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
