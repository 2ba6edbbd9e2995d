/**
 * The report on paper: what a board, an insurer or an auditor is handed. The same posture gives the same bytes; nothing
 * is fetched, and no file is read but the typeface (Roboto, SIL Open Font License, from the pdfmake package).
 */

import { sheet } from '#core/paper/sheet.ts'
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
  const day = sayDay(posture.asOf)
  const groups = groupFindings(posture, mostExamples)
  // With nothing to tell of findings, the short sections share a page.
  const hasFindings = groups.length > 0
  return sheet({
    title: `Security posture of ${plain(posture.organisation, 110)}, ${day}`,
    subject: 'Safeguards, findings and what is unknown',
    organisation: posture.organisation,
    madeAt: new Date(`${posture.asOf}T00:00:00Z`),
    aside: `As of ${day}`,
    hasCover: true,
    confidential: 'it names people and open weaknesses',
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
  })
}
