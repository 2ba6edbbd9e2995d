/** What every paper of Vigil's has alike: its description, its page, and what stands above and below each page. */
import { colour, page, size } from './look.ts'
import { plain } from './words.ts'
import type { Description } from './write.ts'

interface Sheet {
  readonly title: string
  readonly subject?: string
  readonly organisation: string
  readonly madeAt: Date
  /** Above each page, right of the organisation's name. */
  readonly aside: string
  /** A first page that is a cover has nothing above it. */
  readonly hasCover?: true
  /** Below each page: why it is confidential. */
  readonly confidential: string
  readonly content: Description['content']
}

export function sheet(paper: Sheet): Description {
  const author = plain(paper.organisation, 110)
  const soft = { fontSize: size.small, color: colour.soft }
  return {
    info: {
      title: paper.title,
      author,
      ...(paper.subject === undefined ? {} : { subject: paper.subject }),
      creator: 'Vigil',
      producer: 'Vigil',
      creationDate: paper.madeAt,
      modDate: paper.madeAt,
    },
    language: 'en-GB',
    displayTitle: true,
    // From 1.4 on the engine adds a second, XML copy of the title and does not escape it: "Brook & Sons" would break it.
    version: '1.3',
    pageSize: 'LETTER',
    pageMargins: [page.side, page.top, page.side, page.bottom],
    defaultStyle: { font: 'Roboto', fontSize: size.body, lineHeight: 1.22, color: colour.ink },
    header: (current) =>
      paper.hasCover && current === 1
        ? null
        : {
            columns: [
              { text: plain(paper.organisation, 60), width: '*' },
              { text: paper.aside, width: 140, alignment: 'right' },
            ],
            ...soft,
            margin: [page.side, 34, page.side, 0],
          },
    footer: (current, count) => ({
      columns: [
        { text: `Confidential: ${paper.confidential}`, width: '*' },
        { text: `${current} of ${count}`, width: 80, alignment: 'right' },
      ],
      ...soft,
      margin: [page.side, 20, page.side, 0],
    }),
    content: paper.content,
  }
}
