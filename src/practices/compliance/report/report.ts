/**
 * The report on paper: what a board, an insurer or an auditor is handed. The same posture gives the same bytes; nothing
 * is fetched, and no file is read but the typeface (Roboto, SIL Open Font License, from the pdfmake package).
 */

import { colour, page, size } from '#core/paper/look.ts'
import { plain } from '#core/paper/words.ts'
import { type Description, writePdf } from '#core/paper/write.ts'
import type { Posture } from '#core/safeguards/model.ts'
import { sayDay } from '#platform/days.ts'
import { coverPage } from './cover.ts'
import { findingsSection, mostExamples, severitiesSection } from './findings.ts'
import { glanceSection } from './glance.ts'
import { groupFindings } from './grouping.ts'
import { practicesSection } from './practices.ts'
import { readingSection } from './reading.ts'
import { sourcesSection } from './sources.ts'
import { unknownSection } from './unknown.ts'

/**
 * Writes the report as a PDF to `file`, readable by its owner only, since it names people and weaknesses. A file that is
 * there is replaced. Fails with the system's own error when the place cannot be written.
 */
export async function writeReport(posture: Posture, file: string): Promise<void> {
  await writePdf(describeReport(posture), file)
}

function describeReport(posture: Posture): Description {
  const organisation = plain(posture.organisation, 110)
  const day = sayDay(posture.asOf)
  const groups = groupFindings(posture, mostExamples)
  // With nothing to tell of findings, the short sections share a page.
  const hasFindings = groups.length > 0
  const madeAt = new Date(`${posture.asOf}T00:00:00Z`)
  return {
    info: {
      title: `Security posture of ${organisation}, ${day}`,
      author: organisation,
      subject: 'Safeguards, findings and what is unknown',
      creator: 'Vigil',
      producer: 'Vigil',
      creationDate: madeAt,
      modDate: madeAt,
    },
    language: 'en-GB',
    displayTitle: true,
    // From 1.4 on the engine adds a second, XML copy of the title and does not escape it: "Brook & Sons" would break it.
    version: '1.3',
    pageSize: 'LETTER',
    pageMargins: [page.side, page.top, page.side, page.bottom],
    defaultStyle: { font: 'Roboto', fontSize: size.body, lineHeight: 1.22, color: colour.ink },
    header: (current) =>
      current === 1
        ? null
        : {
            columns: [
              { text: plain(posture.organisation, 60), width: '*' },
              { text: `As of ${day}`, width: 140, alignment: 'right' },
            ],
            fontSize: size.small,
            color: colour.soft,
            margin: [page.side, 34, page.side, 0],
          },
    footer: (current, count) => ({
      columns: [
        { text: 'Confidential: it names people and open weaknesses', width: '*' },
        { text: `${current} of ${count}`, width: 80, alignment: 'right' },
      ],
      fontSize: size.small,
      color: colour.soft,
      margin: [page.side, 20, page.side, 0],
    }),
    content: [
      ...coverPage(posture, groups),
      ...glanceSection(posture),
      ...findingsSection(posture, groups),
      ...unknownSection(posture, hasFindings),
      ...severitiesSection(posture, hasFindings),
      ...practicesSection(posture),
      ...sourcesSection(posture),
      ...readingSection(),
    ],
  }
}
