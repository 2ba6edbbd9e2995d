/** The eleven practices on one page, what fails first. */

import type { Content, TableCell } from 'pdfmake'
import { columnHead } from '#core/paper/layout.ts'
import { colour, headedLayout, shownStatuses, size } from '#core/paper/look.ts'
import { plain, sayNumber } from '#core/paper/words.ts'
import { type Posture, type PracticePosture, type Status, statuses } from '#core/safeguards/model.ts'
import { drawCells } from './charts.ts'
import { countByPractice, noFindings } from './grouping.ts'
import { markCell, sectionHeading } from './layout.ts'
import { allSafeguards, countStatuses, type StatusCounts, sayPractice } from './words.ts'

const barWidth = 128

export function glanceSection(posture: Posture): Content[] {
  const findings = countByPractice(posture)
  const most = Math.max(1, ...posture.practices.map(({ safeguards }) => safeguards.length))
  const unit = Math.min(20, barWidth / most)
  const rows = byStatus(posture.practices).map((practice): TableCell[] => {
    const counts = countStatuses(practice.safeguards)
    return [
      markCell(practice.status, 9, 2),
      {
        stack: [
          { text: plain(practice.title, 60), bold: true, linkToDestination: `practice-${practice.name}` },
          {
            text: sayPractice(practice, findings.get(practice.name) ?? noFindings(), findWanted(posture, practice)),
            fontSize: size.small,
            color: colour.soft,
          },
        ],
      },
      { canvas: drawCells(counts, unit, 11), margin: [0, 2, 0, 0] },
      ...countCells(counts),
    ]
  })
  const total = countStatuses(allSafeguards(posture))
  return [
    sectionHeading(
      'posture',
      'One row for each practice, what fails first. Each cell of a bar is one safeguard; a practice is only as good as its worst one.',
    ),
    {
      table: {
        widths: [12, '*', barWidth, 22, 22, 22, 22],
        dontBreakRows: true,
        body: [
          [columnHead(''), columnHead('Practice'), columnHead('Safeguards'), ...shownStatuses.map(headMark)],
          ...rows,
          [{ text: '' }, { text: 'All practices', bold: true }, { text: '' }, ...countCells(total, true)],
        ],
      },
      layout: headedLayout,
    },
    legend(),
  ]
}

function headMark(status: Status): TableCell {
  return { ...markCell(status), alignment: 'right' }
}

function countCells(counts: StatusCounts, bold = false): TableCell[] {
  return shownStatuses.map((status) => ({
    text: sayNumber(counts[status]),
    alignment: 'right',
    bold,
    color: counts[status] === 0 ? colour.soft : colour.ink,
  }))
}

function legend(): Content {
  return {
    columns: shownStatuses.flatMap((status): Extract<Content, { columns: unknown }>['columns'] => [
      {
        canvas: drawCells({ proved: 0, attested: 0, failed: 0, unknown: 0, [status]: 1 }, 16, 10),
        width: 18,
        margin: [0, 2, 0, 0],
      },
      { text: status, width: 'auto', fontSize: size.small, color: colour.soft, margin: [0, 0, 16, 0] },
    ]),
    columnGap: 4,
    margin: [20, 12, 0, 0],
  }
}

function byStatus(practices: readonly PracticePosture[]): readonly PracticePosture[] {
  return practices.toSorted((one, other) => statuses.indexOf(one.status) - statuses.indexOf(other.status))
}

/** The file that would make most of a practice's unknown safeguards known. */
function findWanted(posture: Posture, practice: PracticePosture): string | undefined {
  const unknown = new Set(practice.safeguards.filter(({ status }) => status === 'unknown').map(({ name }) => name))
  let best: { file: string; count: number } | undefined
  for (const { file, safeguards } of posture.wanted) {
    const count = safeguards.filter((name) => unknown.has(name)).length
    if (count > (best?.count ?? 0)) best = { file, count }
  }
  return best?.file
}
