/** Where the facts came from, so that every number can be asked for its ground. */

import type { Content, TableCell } from 'pdfmake'
import { columnHead, headedTable, note, small } from '#core/paper/layout.ts'
import { colour } from '#core/paper/look.ts'
import { plain, sayCount, sayInstant } from '#core/paper/words.ts'
import type { Posture, SourcePosture } from '#core/safeguards/model.ts'
import { sectionHeading } from './layout.ts'

const mostSources = 80

export function sourcesSection(posture: Posture): Content[] {
  const heading = sectionHeading(
    'sources',
    'Measured facts were read from a system itself and can prove; stated facts were typed or kept by people and can only attest. What has lapsed no longer counts.',
  )
  if (posture.sources.length === 0) return [heading, note('No source has been read yet, so nothing is known.')]
  const left = posture.sources.length - mostSources
  return [
    heading,
    headedTable(
      ['*', 124, 54, 68, 104],
      [
        columnHead('Source'),
        columnHead('Format'),
        columnHead('Basis'),
        columnHead('Collected'),
        columnHead('Valid until'),
      ],
      posture.sources.slice(0, mostSources).map(sourceRow),
    ),
    ...(left > 0 ? [small(`And ${sayCount(left, 'more source')}.`, [0, 8, 0, 0])] : []),
  ]
}

function sourceRow(source: SourcePosture): TableCell[] {
  const color = source.isCurrent ? colour.ink : colour.soft
  const until = sayInstant(source.validUntil)
  return [
    { text: plain(source.name, 120), color },
    { text: plain(source.format, 60), color },
    { text: source.basis, color },
    { text: sayInstant(source.collectedAt), color },
    { text: source.isCurrent ? until : `lapsed ${until}`, color },
  ]
}
