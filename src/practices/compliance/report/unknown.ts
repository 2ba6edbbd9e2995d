/** What nobody can tell yet, and the file or the word that would tell. */

import type { Content, TableCell } from 'pdfmake'
import { columnHead, headedTable, type Margin, note } from '#core/paper/layout.ts'
import { colour } from '#core/paper/look.ts'
import { plain, sayCount, sayNumber, sentence } from '#core/paper/words.ts'
import type { Posture } from '#core/safeguards/model.ts'
import { markCell, sectionHeading } from './layout.ts'
import { allSafeguards } from './words.ts'

const mostFiles = 24
const mostTitles = 12
const mostOthers = 60

export function unknownSection(posture: Posture, startsPage: boolean): Content[] {
  const safeguards = allSafeguards(posture)
  const titles = new Map(safeguards.map(({ name, title }) => [name, title]))
  const unknown = safeguards.filter(({ status }) => status === 'unknown')
  const wanted = new Set(posture.wanted.flatMap(({ safeguards: names }) => names))
  const others = unknown.filter(({ name }) => !wanted.has(name))
  const heading = sectionHeading(
    'unknown',
    'Unknown is not a failure and not a pass. Each line says what would make it known.',
    startsPage,
  )
  if (unknown.length === 0 && posture.wanted.length === 0 && posture.openQuestions === 0) {
    return [
      heading,
      note('Nothing is unknown today. What is known lapses by itself when its source is not read again.'),
    ]
  }
  return [
    heading,
    ...(posture.openQuestions > 0
      ? [
          note(
            `${sayCount(posture.openQuestions, 'question')} about who or what a row in a file means ${posture.openQuestions === 1 ? 'waits' : 'wait'} for an answer.`,
          ),
        ]
      : []),
    ...(posture.wanted.length > 0 ? [filesTable(posture, titles), { text: '', margin: [0, 4, 0, 0] as Margin }] : []),
    ...(others.length > 0
      ? [
          headedTable(
            [12, 196, '*'],
            [columnHead(''), columnHead('Safeguard'), columnHead('Why, and what would tell')],
            others.slice(0, mostOthers).map(({ title, whyUnknown }): TableCell[] => [
              markCell('unknown'),
              { text: plain(title, 160) },
              {
                text: sentence(
                  whyUnknown ?? 'It takes the word of a named person, or a source that names what to judge',
                  280,
                ),
                color: colour.soft,
              },
            ]),
            { title: posture.wanted.length > 0 ? 'Unknown for another reason' : 'Unknown, and why' },
          ),
          ...(others.length > mostOthers
            ? [note(`And ${sayNumber(others.length - mostOthers)} more; each stands under its practice.`)]
            : []),
        ]
      : []),
  ]
}

function filesTable(posture: Posture, titles: ReadonlyMap<string, string>): Content {
  const rows = posture.wanted.slice(0, mostFiles).map(({ file, safeguards }): TableCell[] => [
    markCell('unknown'),
    { text: sentence(file, 200).replace(/\.$/, '') },
    {
      stack: [
        ...safeguards
          .slice(0, mostTitles)
          .map((name): Content => ({ text: plain(titles.get(name) ?? name, 160), margin: [0, 0, 0, 2] })),
        ...(safeguards.length > mostTitles ? [{ text: `and ${sayNumber(safeguards.length - mostTitles)} more` }] : []),
      ],
      color: colour.soft,
    },
  ])
  const left = posture.wanted.length - mostFiles
  return {
    stack: [
      headedTable([12, 196, '*'], [columnHead(''), columnHead('Supply'), columnHead('and this becomes known')], rows),
      ...(left > 0 ? [{ text: `And ${sayCount(left, 'more file')}.`, margin: [20, 6, 0, 0] as Margin }] : []),
    ],
  }
}
