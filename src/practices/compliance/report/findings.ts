/** The worst findings in words, and all of them as numbers. People are named here, where somebody can act on it. */

import type { Content, TableCell } from 'pdfmake'
import { columnHead, headedTable, type Margin, note, small } from '#core/paper/layout.ts'
import { colour, size } from '#core/paper/look.ts'
import { plain, sayCount, sayNumber, sentence } from '#core/paper/words.ts'
import { type FindingPosture, type Posture, type Status, severities } from '#core/safeguards/model.ts'
import { addDays, type Day, sayDay } from '#platform/days.ts'
import { heatOf } from './charts.ts'
import { countByPractice, type FindingGroup, isPartial, noFindings, type SeverityCounts } from './grouping.ts'
import { markCell, sectionHeading } from './layout.ts'
import { countFindings, sayCitations, sayDue, sayMore } from './words.ts'

/** How many safeguards with findings are told in words, and how many findings of each: two to three pages at most. */
export const mostGroups = 12
export const mostExamples = 3

export function findingsSection(posture: Posture, groups: readonly FindingGroup[]): Content[] {
  const total = countFindings(posture)
  const lead =
    groups.length === 0
      ? 'Open failures, the most serious first.'
      : 'Open failures, the most serious first, together by safeguard. People are named because somebody has to act on it; pass these pages on with care.'
  if (groups.length === 0) {
    return [
      sectionHeading('findings', lead),
      note(
        total === 0
          ? 'No finding is open. That alone is no pass: what is unknown has no findings either.'
          : `${sayCount(total, 'finding')} are open, and none of them came with this report; see vigil findings.`,
      ),
    ]
  }
  const shown = groups.slice(0, mostGroups)
  const rest = groups.slice(mostGroups)
  return [
    sectionHeading('findings', lead),
    ...shown.flatMap((group) => groupBlock(group, posture.asOf)),
    ...(rest.length === 0 ? [] : [sayRest(rest)]),
  ]
}

function sayRest(rest: readonly FindingGroup[]): Content {
  const findings = rest.reduce((sum, { total }) => sum + total, 0)
  return note(
    `And ${sayNumber(findings)} more ${findings === 1 ? 'finding' : 'findings'} under ${sayCount(rest.length, 'other safeguard')}; see vigil findings.`,
  )
}

/** One safeguard with its findings, in two parts that each stay whole: so a long one does not leave half a page empty. */
function groupBlock(group: FindingGroup, asOf: Day): Content[] {
  const [first, ...others] = group.examples.map(
    (finding): Content => ({
      text: sayFinding(finding, group),
      margin: [0, 0, 0, 3],
    }),
  )
  const more = group.total - group.examples.length
  return [
    {
      columns: [
        { ...markCell('failed', 9, 2), width: 12 },
        {
          width: '*',
          stack: [
            { text: sentence(group.title, 160).replace(/\.$/, ''), bold: true },
            { text: sayTerm(group, asOf), fontSize: size.small, color: colour.soft, margin: [0, 0, 0, 4] },
            ...(first === undefined ? [] : [first]),
          ],
        },
      ],
      columnGap: 8,
      unbreakable: true,
    },
    {
      stack: [
        ...others,
        ...(more > 0
          ? [{ text: `And ${sayMore(more, group.subject)}; see vigil findings.`, margin: [0, 0, 0, 3] as Margin }]
          : []),
        {
          text: [{ text: 'To do  ', bold: true, color: colour.accent }, sentence(group.remedy)],
          margin: [0, 1, 0, 3],
        },
        small([sayCitations(group.citations), sayOwners(group), sayExcepted(group)].filter(Boolean).join('  ·  ')),
      ],
      unbreakable: true,
      margin: [20, 0, 0, 18],
    },
  ]
}

function sayTerm(group: FindingGroup, asOf: Day): Content[] {
  const due = group.firstDueOn === undefined ? 'excepted' : sayDue(group.firstDueOn, asOf)
  const first = group.total - group.excepted > 1 && group.firstDueOn !== undefined ? 'first ' : ''
  return [{ text: capital(group.severity), color: colour.ink }, `, ${first}${due}`]
}

function sayFinding(finding: FindingPosture, group: FindingGroup): string {
  const detail = sentence(finding.detail, 280) || sentence(finding.subject.label, 120)
  if (finding.exceptedUntil === undefined || group.excepted === group.total) return detail
  return `${detail} (Excepted until ${sayDay(finding.exceptedUntil)}.)`
}

function sayOwners(group: FindingGroup): string {
  if (group.owners.size === 0) return 'no owner yet'
  const [owner] = group.owners
  const named =
    group.owners.size === 1 && owner !== undefined ? `owner ${plain(owner, 60)}` : sayCount(group.owners.size, 'owner')
  return group.ownerless > 0 ? `${named}, ${sayNumber(group.ownerless)} without` : named
}

function sayExcepted(group: FindingGroup): string {
  if (group.excepted === 0 || group.exceptedUntil === undefined) return ''
  const many = group.excepted === group.total ? 'all' : sayNumber(group.excepted)
  return `${many} excepted, the first until ${sayDay(group.exceptedUntil)}; they count as failed all the same`
}

export function severitiesSection(posture: Posture, startsPage: boolean): Content[] {
  const total = countFindings(posture)
  const heading = sectionHeading(
    'severities',
    total === 0
      ? 'Numbers of open findings.'
      : 'Numbers of open findings; the darker a cell, the larger the number. What is unknown has no findings, so read a zero beside the mark of its practice.',
    startsPage,
  )
  if (total === 0) return [heading, note('No finding is open.')]
  const counts = countByPractice(posture)
  return [
    heading,
    ...(isPartial(posture)
      ? [
          note(
            `Of ${sayNumber(total)} open findings, the ${sayNumber(posture.findings.length)} worst are counted in these tables.`,
          ),
        ]
      : []),
    heatTable(
      'Practice',
      posture.practices.map(({ name, title, status }) => ({
        title: plain(title, 60),
        status,
        counts: counts.get(name) ?? noFindings(),
      })),
    ),
    { text: 'When they are due', fontSize: size.lead, bold: true, margin: [0, 20, 0, 0] },
    small('Excepted findings stand apart: nothing is due on them until the exception ends.', [0, 0, 0, 4]),
    dueTable(posture),
  ]
}

function dueTable(posture: Posture): Content {
  const terms: readonly (readonly [string, (finding: FindingPosture) => boolean])[] = [
    ['Overdue', ({ dueOn }) => dueOn < posture.asOf],
    ['Within 7 days', ({ dueOn }) => dueOn <= addDays(posture.asOf, 7)],
    ['Within 30 days', ({ dueOn }) => dueOn <= addDays(posture.asOf, 30)],
    ['Within 90 days', ({ dueOn }) => dueOn <= addDays(posture.asOf, 90)],
    ['Later', () => true],
  ]
  const counts = new Map<string, SeverityCounts>(
    ['Excepted', ...terms.map(([title]) => title)].map((title) => [title, noFindings()]),
  )
  for (const finding of posture.findings) {
    const term = finding.exceptedUntil === undefined ? terms.find(([, holds]) => holds(finding))?.[0] : 'Excepted'
    const row = counts.get(term ?? 'Later')
    if (row !== undefined) row[finding.severity] += 1
  }
  const titles = [...terms.map(([title]) => title), 'Excepted']
  return heatTable(
    'Due',
    titles.map((title) => ({ title, counts: counts.get(title) ?? noFindings() })),
  )
}

interface HeatRow {
  readonly title: string
  readonly status?: Status
  readonly counts: Readonly<SeverityCounts>
}

/** Counts by severity, each number on a tint of its magnitude. */
function heatTable(corner: string, rows: readonly HeatRow[]): Content {
  const isMarked = rows.some(({ status }) => status !== undefined)
  const most = Math.max(0, ...rows.flatMap(({ counts }) => Object.values(counts)))
  const body = rows.map(({ title, status, counts }): TableCell[] => [
    ...(isMarked ? [status === undefined ? { text: '' } : markCell(status)] : []),
    { text: title },
    ...severities.map(
      (severity): TableCell => ({
        text: sayNumber(counts[severity]),
        alignment: 'center',
        fillColor: heatOf(counts[severity], most),
        color: counts[severity] === 0 ? colour.soft : colour.ink,
      }),
    ),
    { text: sayNumber(sumOf(severities.map((severity) => counts[severity]))), alignment: 'right' },
  ])
  const totals = severities.map((severity) => sumOf(rows.map(({ counts }) => counts[severity])))
  body.push([
    ...(isMarked ? [{ text: '' }] : []),
    { text: 'All', bold: true },
    ...totals.map((count): TableCell => ({ text: sayNumber(count), alignment: 'center', bold: true })),
    { text: sayNumber(sumOf(totals)), alignment: 'right', bold: true },
  ])
  return headedTable(
    [...(isMarked ? [12] : []), '*', ...severities.map(() => 64), 56],
    [
      ...(isMarked ? [columnHead('')] : []),
      columnHead(corner),
      ...severities.map((severity) => columnHead(capital(severity), 'center')),
      columnHead('All', 'right'),
    ],
    body,
    { isDense: true },
  )
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
