/** A report of accesses on paper, in the look of the posture report: who it is about, how it was made, and one table. */
import type { Content, TableCell } from 'pdfmake'
import { columnHead, headedTable, note, rule } from '#core/paper/layout.ts'
import { colour, contentWidth, page, size } from '#core/paper/look.ts'
import { plain, sayCount } from '#core/paper/words.ts'
import { type Description, writePdf } from '#core/paper/write.ts'
import type { Column, Row } from './lines.ts'

export interface Paper {
  readonly title: string
  readonly organisation: string
  /** Whose accesses, said: "Patient 4711", "Login a.meier". */
  readonly about: string
  /** Lines under the title: period, purpose, who asked, the size of the log. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly notes: readonly string[]
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  readonly madeAt: Date
  /** As it stands beside every page. */
  readonly madeOn: string
}

export async function writePaper(paper: Paper, file: string): Promise<void> {
  await writePdf(describe(paper), file)
}

function describe(paper: Paper): Description {
  const organisation = plain(paper.organisation, 110)
  return {
    info: {
      title: `${paper.title}, ${organisation}`,
      author: organisation,
      creator: 'Vigil',
      producer: 'Vigil',
      creationDate: paper.madeAt,
      modDate: paper.madeAt,
    },
    language: 'en-GB',
    displayTitle: true,
    // As in the posture report: later versions carry an XML copy of the title that is not escaped.
    version: '1.3',
    pageSize: 'LETTER',
    pageMargins: [page.side, page.top, page.side, page.bottom],
    defaultStyle: { font: 'Roboto', fontSize: size.body, lineHeight: 1.22, color: colour.ink },
    header: {
      columns: [
        { text: plain(paper.organisation, 60), width: '*' },
        { text: paper.madeOn, width: 140, alignment: 'right' },
      ],
      fontSize: size.small,
      color: colour.soft,
      margin: [page.side, 34, page.side, 0],
    },
    footer: (current, count) => ({
      columns: [
        { text: 'Confidential: it says who opened a patient’s record', width: '*' },
        { text: `${current} of ${count}`, width: 80, alignment: 'right' },
      ],
      fontSize: size.small,
      color: colour.soft,
      margin: [page.side, 20, page.side, 0],
    }),
    content: [
      { text: paper.title, fontSize: size.title, bold: true, margin: [0, 0, 0, 2] },
      { text: plain(paper.about, 200), fontSize: size.lead, color: colour.soft, margin: [0, 0, 0, 12] },
      rule([0, 0, 0, 12]),
      ...paper.facts.map(
        ([name, value]): Content => ({
          columns: [
            { text: name, width: 110, color: colour.soft },
            { text: plain(value, 600), width: '*' },
          ],
          margin: [0, 0, 0, 3],
        }),
      ),
      { text: ' ', fontSize: 6 },
      ...paper.notes.map((text): Content => note(text)),
      { text: sayCount(paper.rows.length, 'line'), bold: true, margin: [0, 4, 0, 6] },
      ...(paper.rows.length === 0 ? [note('The trail has no such access.')] : [tableOf(paper)]),
    ],
  }
}

const gap = 8

function tableOf({ columns, rows }: Paper): Content {
  const all = columns.reduce((sum, { share }) => sum + share, 0)
  const room = contentWidth - gap * (columns.length - 1)
  const widths = columns.map(({ share }) => Math.floor((room * share) / all))
  const cells = rows.map((row) =>
    row.map((text): TableCell => ({ text: breakable(plain(text, 300)), fontSize: size.small })),
  )
  return headedTable(
    widths,
    columns.map(({ title }) => columnHead(title)),
    cells,
    { isDense: true },
  )
}

/** Words longer than a column would run into the next one. */
function breakable(text: string): string {
  return text.replace(/\S{18}(?=\S)/g, '$&\u200b')
}
