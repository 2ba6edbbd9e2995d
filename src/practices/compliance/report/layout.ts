/** Headings, marked lines and tables: what the sections are put together from. */
import type { Content } from 'pdfmake'
import { colour, size } from '#core/paper/look.ts'
import type { Status } from '#core/safeguards/model.ts'
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
