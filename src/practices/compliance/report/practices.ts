/** Every practice with every safeguard: how it stands, on how many subjects, by which law, and why it is unknown. */

import type { Content, TableCell } from 'pdfmake'
import { small } from '#core/paper/layout.ts'
import { colour, contentWidth, rowLayout, size } from '#core/paper/look.ts'
import { plain, sayInstant, sentence } from '#core/paper/words.ts'
import type { Posture, PracticePosture, SafeguardPosture } from '#core/safeguards/model.ts'
import { type Day, dayOf } from '#platform/days.ts'
import { drawShares } from './charts.ts'
import { markCell, sectionHeading } from './layout.ts'
import { sayCitations, saySubjects, statusTitles } from './words.ts'

const barWidth = 84

export function practicesSection(posture: Posture): Content[] {
  return [
    sectionHeading(
      'practices',
      'Every safeguard with its mark, the subjects it was judged on, and the paragraphs of the HIPAA rules that it meets in whole or in part.',
    ),
    ...posture.practices.flatMap((practice) => practiceBlock(practice, posture.asOf)),
  ]
}

function practiceBlock(practice: PracticePosture, asOf: Day): Content[] {
  const [first, ...rest] = practice.safeguards.map((safeguard) => safeguardRow(safeguard, asOf))
  const heading: Content = {
    columns: [
      { ...markCell(practice.status, 11, 2.5), width: 12 },
      {
        width: '*',
        stack: [
          {
            text: plain(practice.title, 90),
            id: `practice-${practice.name}`,
            fontSize: size.lead,
            bold: true,
            outline: true,
            outlineParentId: 'practices',
            outlineText: plain(practice.title, 90),
          },
          { text: sentence(practice.asks), color: colour.soft },
        ],
      },
    ],
    columnGap: 8,
    margin: [0, 0, 0, 4],
  }
  if (first === undefined) {
    return [
      {
        stack: [heading, small('Vigil has no safeguard for this practice yet, so it is unknown.', [20, 4, 0, 0])],
        unbreakable: true,
        margin: [0, 0, 0, 22],
      },
    ]
  }
  // The heading keeps the first row with it; the others may go over to the next page, each whole.
  return [
    { stack: [heading, rowsTable([first])], unbreakable: true, margin: [0, 0, 0, rest.length === 0 ? 22 : 0] },
    ...(rest.length === 0 ? [] : [{ stack: [hairline(), rowsTable(rest)], margin: [0, 0, 0, 22] } as Content]),
  ]
}

function hairline(): Content {
  return { canvas: [{ type: 'line', x1: 0, y1: 0, x2: contentWidth, y2: 0, lineWidth: 0.6, lineColor: colour.line }] }
}

function rowsTable(rows: TableCell[][]): Content {
  return { table: { widths: [12, '*', barWidth, 92], dontBreakRows: true, body: rows }, layout: rowLayout }
}

function safeguardRow(safeguard: SafeguardPosture, asOf: Day): TableCell[] {
  const { subjects, status, subject } = safeguard
  const judged = subjects.proved + subjects.attested + subjects.failed + subjects.unknown
  const counted = saySubjects(safeguard)
  const why = status === 'unknown' || subjects.unknown > 0 ? safeguard.whyUnknown : undefined
  const reason = status === 'unknown' && why === undefined ? 'It has not been judged yet' : why
  return [
    markCell(status),
    {
      stack: [
        { text: sentence(safeguard.title, 200).replace(/\.$/, '') },
        ...(counted === undefined ? [] : [{ text: counted, fontSize: size.small }]),
        ...(reason === undefined ? [] : [{ text: `Unknown: ${sentence(reason, 260)}`, fontSize: size.small }]),
        ...(safeguard.citations.length === 0 ? [] : [small(sayCitations(safeguard.citations))]),
      ],
    },
    subject === 'organisation' || judged === 0
      ? { text: '' }
      : { canvas: drawShares(subjects, barWidth, 8), margin: [0, 3, 0, 0] },
    {
      stack: [
        { text: statusTitles[status], bold: status === 'failed' },
        ...sayTerm(safeguard, asOf).map((text) => small(text)),
      ],
      alignment: 'right',
    },
  ]
}

function sayTerm({ status, severity, coversUntil }: SafeguardPosture, asOf: Day): string[] {
  if (status === 'failed') return [severity]
  if (coversUntil === undefined || Number.isNaN(coversUntil.getTime())) return []
  const until = dayOf(coversUntil)
  if (until < asOf) return [`lapsed ${sayInstant(coversUntil)}`]
  return status === 'unknown' ? [] : [`until ${sayInstant(coversUntil)}`]
}
