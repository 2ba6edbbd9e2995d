/** What papers of Vigil's are laid out with. */
import type { Content, TableCell } from 'pdfmake'
import { colour, contentWidth, denseLayout, headedLayout, size } from './look.ts'

/** Left, top, right and bottom, in points. */
export type Margin = [number, number, number, number]

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
