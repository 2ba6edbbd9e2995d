/** The look of the report on paper: sizes, colours, and the table layouts that every section shares. */
import type { CustomTableLayout } from 'pdfmake'
import type { Status } from '#core/safeguards/model.ts'

/** Letter paper, since HIPAA is law where that is the paper. In points. */
export const page = { width: 612, height: 792, side: 54, top: 78, bottom: 64 } as const
export const contentWidth = page.width - 2 * page.side

/** The five sizes of the interface (13, 14, 16, 20 and 28 pixels), in points. */
export const size = { small: 9.75, body: 10.5, lead: 12, heading: 15, title: 21 } as const

export const colour = {
  ink: '#1f1b16',
  soft: '#5c554c',
  line: '#ddd6cb',
  wash: '#f6f2ec',
  paper: '#ffffff',
  accent: '#0b5351',
} as const

/** Colour only helps: the four differ by shape and filling too, so that a grey print says the same. */
export const statusColour: Readonly<Record<Status, string>> = {
  proved: '#17634c',
  attested: '#3b5b8c',
  failed: '#964516',
  unknown: '#655d52',
}

/** The order in which the four values are always said and drawn. */
export const shownStatuses = ['proved', 'attested', 'failed', 'unknown'] as const satisfies readonly Status[]

/** Rows apart by a hairline; no vertical lines. */
export const rowLayout: CustomTableLayout = {
  hLineWidth: (row, node) => (row === 0 || row === node.table.body.length ? 0 : 0.6),
  vLineWidth: () => 0,
  hLineColor: () => colour.line,
  paddingLeft: (column) => (column === 0 ? 0 : 8),
  paddingRight: () => 0,
  // The line height puts its surplus below the letters: less padding there sets them in the middle.
  paddingTop: () => 7,
  paddingBottom: () => 5,
}

/** As rows, with a stronger line under the heading rows and at the end. */
export const headedLayout: CustomTableLayout = {
  ...rowLayout,
  hLineWidth: (row, { table }) => {
    const heads = table.headerRows ?? 1
    if (row < heads) return 0
    return row === heads || row === table.body.length ? 0.9 : 0.6
  },
  hLineColor: (row, { table }) =>
    row === (table.headerRows ?? 1) || row === table.body.length ? colour.soft : colour.line,
}

/** For tables of numbers. */
export const denseLayout: CustomTableLayout = { ...headedLayout, paddingTop: () => 4.5, paddingBottom: () => 2.5 }

export const plainLayout: CustomTableLayout = {
  hLineWidth: () => 0,
  vLineWidth: () => 0,
  paddingLeft: (column) => (column === 0 ? 0 : 8),
  paddingRight: () => 0,
  paddingTop: () => 0,
  paddingBottom: () => 0,
}
