/** A report of accesses on paper, in the look of the posture report: who it is about, how it was made, and one table. */
import type { Content, TableCell } from 'pdfmake'
import { columnHead, headedTable, note, rule } from '#core/paper/layout.ts'
import { colour, contentWidth, size } from '#core/paper/look.ts'
import { sheet } from '#core/paper/sheet.ts'
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
  return sheet({
    title: `${paper.title}, ${plain(paper.organisation, 110)}`,
    organisation: paper.organisation,
    madeAt: paper.madeAt,
    aside: paper.madeOn,
    confidential: 'it says who opened a patient’s record',
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
  })
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
