/** Headings, marked lines and tables: what the sections are put together from. */
import type { Content, TableCell } from 'pdfmake'
import type { Status } from '#core/safeguards/model.ts'
import { colour, contentWidth, denseLayout, headedLayout, size } from './look.ts'
import { drawMark } from './marks.ts'

/** The sections, in order; the key is the place that links and bookmarks lead to. */
export const sections = {
  posture: 'Posture at a glance',
  findings: 'What to fix first',
  unknown: 'What is unknown, and what would tell',
  severities: 'Findings by severity and by day due',
  practices: 'Practice by practice',
  sources: 'Where the facts came from',
  reading: 'How to read and verify this report',
} as const
/** Left, top, right and bottom, in points. */
export type Margin = [number, number, number, number]

export type Section = keyof typeof sections

/** The heading of a section, with the sentence that says what it is for. */
export function sectionHeading(section: Section, lead: string, startsPage = true): Content {
  return {
    stack: [
      {
        text: sections[section],
        id: section,
        fontSize: size.heading,
        bold: true,
        outline: true,
        outlineExpanded: true,
        headlineLevel: 1,
        margin: [0, 0, 0, 4],
      },
      { text: lead, color: colour.soft, margin: [0, 0, 0, 14] },
    ],
    ...(startsPage ? { pageBreak: 'before' as const } : { margin: [0, 30, 0, 0] }),
    unbreakable: true,
  }
}

/** A mark of the size of the text beside it, as a cell or column; `lift` is its distance from the top of the line. */
export function markCell(status: Status, side = 8.5, lift = 2): Extract<Content, { canvas: unknown }> {
  return { canvas: drawMark(status, side), margin: [0, lift, 0, 0] }
}

export function small(text: string, margin: Margin = [0, 0, 0, 0]): Content {
  return { text, fontSize: size.small, color: colour.soft, margin }
}

export function columnHead(text: string, alignment: 'left' | 'right' | 'center' = 'left'): TableCell {
  return { text, fontSize: size.small, color: colour.soft, alignment }
}

/**
 * A table whose heading is repeated on every page and whose rows stay whole; `title` goes with the heading. No diamonds or
 * half discs in there: the layout engine moves their points again for each page.
 */
export function headedTable(
  widths: (number | '*')[],
  head: TableCell[],
  rows: TableCell[][],
  options: { title?: string; isDense?: boolean } = {},
): Content {
  const titleRow: TableCell[][] =
    options.title === undefined
      ? []
      : [
          [
            { text: options.title, fontSize: size.lead, bold: true, colSpan: widths.length },
            ...widths.slice(1).map(() => ({})),
          ],
        ]
  return {
    table: {
      widths,
      headerRows: titleRow.length + 1,
      dontBreakRows: true,
      keepWithHeaderRows: 1,
      body: [...titleRow, head, ...rows],
    },
    layout: options.isDense === true ? denseLayout : headedLayout,
  }
}

export function rule(margin: Margin = [0, 0, 0, 0]): Content {
  return {
    canvas: [{ type: 'line', x1: 0, y1: 0, x2: contentWidth, y2: 0, lineWidth: 0.6, lineColor: colour.line }],
    margin,
  }
}

/** Says in a quiet box what is missing or why there is nothing. */
export function note(text: string): Content {
  return {
    table: { widths: ['*'], body: [[{ text, color: colour.ink, fillColor: colour.wash, margin: [10, 8, 10, 8] }]] },
    layout: 'noBorders',
    margin: [0, 0, 0, 12],
  }
}
