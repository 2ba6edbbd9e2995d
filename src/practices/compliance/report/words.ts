/**
 * What the report says, as sentences. Names, details and file names come from outside: they pass through `plain`, which
 * leaves text and nothing else.
 */

import { shownStatuses } from '#core/paper/look.ts'
import { plain, sayCount, sayNumber } from '#core/paper/words.ts'
import { cite } from '#core/requirements/model.ts'
import {
  type Posture,
  type PracticePosture,
  type SafeguardPosture,
  type Severity,
  type Status,
  type SubjectKind,
  severities,
} from '#core/safeguards/model.ts'
import { type Day, sayDay } from '#platform/days.ts'

export type StatusCounts = Readonly<Record<Status, number>>

/** What a file is called, without the explanation in brackets after it. */
export function shortFile(file: string, most = 90): string {
  return plain(file.slice(0, 400).replace(/ \([^()]*\)?$/, ''), most)
}

const subjectNouns: Readonly<Record<SubjectKind, readonly [one: string, many: string]>> = {
  account: ['account', 'accounts'],
  person: ['person', 'people'],
  device: ['device', 'devices'],
  system: ['system', 'systems'],
  vendor: ['vendor', 'vendors'],
  software: ['piece of software', 'pieces of software'],
  role: ['role', 'roles'],
  requirement: ['requirement', 'requirements'],
  organisation: ['organisation', 'organisations'],
}

export function sayMore(count: number, kind: SubjectKind): string {
  const [one, many] = subjectNouns[kind]
  return `${sayNumber(count)} more ${count === 1 ? one : many}`
}

export const statusTitles: Readonly<Record<Status, string>> = {
  proved: 'Proved',
  attested: 'Attested',
  failed: 'Failed',
  unknown: 'Unknown',
}

export const statusMeanings: Readonly<Record<Status, string>> = {
  proved: 'A machine measured it, and it holds.',
  attested: 'A named person or a list kept by people says so, for a limited time.',
  failed: 'It was looked at, and does not hold for at least one subject.',
  unknown: 'Nobody can tell yet. Unknown never counts as a pass.',
}

export function countStatuses(safeguards: readonly SafeguardPosture[]): StatusCounts {
  const counts = { proved: 0, attested: 0, failed: 0, unknown: 0 }
  for (const { status } of safeguards) counts[status] += 1
  return counts
}

export function allSafeguards(posture: Posture): readonly SafeguardPosture[] {
  return posture.practices.flatMap(({ safeguards }) => safeguards)
}

export function countFindings(posture: Posture): number {
  return severities.reduce((total, severity) => total + posture.findingCounts[severity], 0)
}

/** How things stand, in a sentence or two: all four values, and what is most serious. */
export function headline(posture: Posture): string {
  // A number stays on one line with its word.
  return `${sayStanding(allSafeguards(posture))} ${saySeriousness(posture)}`.replace(/(?<=\d) (?=\p{L})/gu, '\u00a0')
}

function sayStanding(safeguards: readonly SafeguardPosture[]): string {
  if (safeguards.length === 0) return 'There are no safeguards to judge yet.'
  const counts = countStatuses(safeguards)
  if (counts.unknown === safeguards.length) return `All ${sayCount(counts.unknown, 'safeguard')} are unknown.`
  const [first, ...rest] = shownStatuses.map((status) => ({ status, count: counts[status] }))
  const say = (count: number) => (count === 0 ? 'none' : sayNumber(count))
  const head = `${say(first?.count ?? 0)} ${first?.count === 1 ? 'is' : 'are'} proved`
  const tail = rest.map(({ status, count }) => `${say(count)} ${status}`)
  return `Of ${sayCount(safeguards.length, 'safeguard')}, ${head}, ${tail.slice(0, -1).join(', ')} and ${tail.at(-1)}.`
}

function saySeriousness(posture: Posture): string {
  const total = countFindings(posture)
  const { critical } = posture.findingCounts
  if (total === 0) return 'No finding is open.'
  if (critical === 0)
    return total === 1
      ? 'The one open finding is not critical.'
      : `None of the ${sayNumber(total)} open findings is critical.`
  return critical === 1 ? '1 finding is critical.' : `${sayNumber(critical)} findings are critical.`
}

/** One sentence for a practice: what fails first, then what is not known, then what holds. */
export function sayPractice(
  practice: PracticePosture,
  findings: Readonly<Record<Severity, number>>,
  wantedFile: string | undefined,
): string {
  const counts = countStatuses(practice.safeguards)
  const total = practice.safeguards.length
  if (total === 0) return 'Vigil has no safeguard here yet, so nothing is known.'
  if (counts.failed > 0) {
    const open = severities.reduce((sum, severity) => sum + findings[severity], 0)
    const worst = severities.find((severity) => findings[severity] > 0)
    const fails = `${counts.failed} of ${total} ${counts.failed === 1 ? 'fails' : 'fail'}`
    if (open === 0 || worst === undefined) return `${fails}.`
    if (open === findings[worst])
      return `${fails}, with ${sayNumber(open)} ${worst} ${open === 1 ? 'finding' : 'findings'}.`
    return `${fails}, with ${sayCount(open, 'finding')}; ${sayNumber(findings[worst])} ${findings[worst] === 1 ? 'is' : 'are'} ${worst}.`
  }
  if (counts.unknown > 0) {
    const share =
      counts.unknown === total
        ? total === 1
          ? 'Its one safeguard is'
          : `All ${total} are`
        : `${counts.unknown} of ${total} ${counts.unknown === 1 ? 'is' : 'are'}`
    return wantedFile === undefined ? `${share} unknown.` : `${share} unknown. It takes ${shortFile(wantedFile, 64)}.`
  }
  if (counts.attested === 0)
    return total === 1 ? 'Its one safeguard holds, as measured.' : `All ${total} hold, as measured.`
  if (counts.attested === total)
    return total === 1 ? 'Its one safeguard rests on people’s word.' : `All ${total} hold; they rest on people’s word.`
  return `All ${total} hold; ${sayNumber(counts.attested)} ${counts.attested === 1 ? 'rests' : 'rest'} on people’s word.`
}

/** How many of a safeguard's subjects are in order, with their whole: "212 of 240 accounts are in order". */
export function saySubjects(safeguard: SafeguardPosture): string | undefined {
  const { subject, subjects } = safeguard
  if (subject === 'organisation') return undefined
  const total = subjects.proved + subjects.attested + subjects.failed + subjects.unknown
  const [one, many] = subjectNouns[subject]
  if (total === 0) return safeguard.status === 'unknown' ? undefined : `There are no ${many} to judge.`
  if (subjects.unknown === total) return `${sayCount(total, one, many)}, ${total === 1 ? '' : 'all '}unknown.`
  const inOrder = subjects.proved + subjects.attested
  const rest = [
    subjects.failed > 0 ? `${sayNumber(subjects.failed)} failed` : undefined,
    subjects.unknown > 0 ? `${sayNumber(subjects.unknown)} unknown` : undefined,
  ].filter((words) => words !== undefined)
  const basis =
    inOrder === 0 || subjects.attested === 0
      ? ''
      : subjects.proved === 0
        ? ', on people’s word'
        : `, ${sayNumber(subjects.attested)} of them on people’s word`
  const whole = `${sayNumber(inOrder)} of ${sayNumber(total)} ${total === 1 ? one : many}`
  return `${whole} ${inOrder === 1 ? 'is' : 'are'} in order${basis}${rest.length > 0 ? `; ${rest.join(', ')}` : ''}.`
}

/** "45 CFR 164.308(a)(3)(ii)(A), 164.312(d)": the title of the code once, before its first paragraph. */
export function sayCitations(citations: readonly string[], most = 6): string {
  const shown = citations.slice(0, most).map((citation) => cite(plain(citation, 60)))
  const words = shown.map((text, index) =>
    index > 0 && shown[index - 1]?.startsWith(code) ? text.replace(code, '') : text,
  )
  return `${words.join(', ')}${citations.length > most ? ` and ${citations.length - most} more` : ''}`
}

const code = '45 CFR '

/** How a due day stands against the day of the report. */
export function sayDue(dueOn: Day, asOf: Day): string {
  const days = Math.round((Date.parse(`${dueOn}T00:00:00Z`) - Date.parse(`${asOf}T00:00:00Z`)) / 86_400_000)
  if (Number.isNaN(days)) return 'no due day'
  if (days < 0) return `due ${sayDay(dueOn)}, ${sayCount(-days, 'day')} overdue`
  if (days === 0) return 'due today'
  return `due ${sayDay(dueOn)}`
}
