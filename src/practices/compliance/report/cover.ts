/** The first page: how things stand in one sentence, the four marks, and what is needed first. */

import type { Content } from 'pdfmake'
import { rule } from '#core/paper/layout.ts'
import { colour, plainLayout, rowLayout, shownStatuses, size } from '#core/paper/look.ts'
import { plain, sayCount, sayNumber, sentence } from '#core/paper/words.ts'
import type { Posture } from '#core/safeguards/model.ts'
import { sayDay } from '#platform/days.ts'
import type { FindingGroup } from './grouping.ts'
import { markCell, type Section, sections } from './layout.ts'
import { allSafeguards, countStatuses, headline, sayDue, shortFile, statusMeanings, statusTitles } from './words.ts'

export function coverPage(posture: Posture, groups: readonly FindingGroup[]): Content[] {
  const organisation = plain(posture.organisation, 110)
  return [
    { text: 'Security posture report', fontSize: size.lead, color: colour.accent, bold: true, margin: [0, 0, 0, 6] },
    // A long name takes the smaller size, so that the page stays one.
    { text: organisation, fontSize: organisation.length > 70 ? size.heading : size.title, bold: true, lineHeight: 1.1 },
    { text: `As of ${sayDay(posture.asOf)}`, fontSize: size.lead, color: colour.soft, margin: [0, 2, 0, 20] },
    rule([0, 0, 0, 20]),
    { text: headline(posture), fontSize: size.heading, lineHeight: 1.3, margin: [0, 0, 0, 16] },
    fourMarks(posture),
    coverHeading('What to do first'),
    { stack: sayFirst(posture, groups).map((text): Content => ({ text, margin: [0, 0, 0, 5] })), margin: [0, 0, 0, 4] },
    coverHeading('In this report'),
    contents(),
  ]
}

function coverHeading(text: string): Content {
  return { text, fontSize: size.lead, bold: true, margin: [0, 14, 0, 5] }
}

function fourMarks(posture: Posture): Content {
  const counts = countStatuses(allSafeguards(posture))
  return {
    table: {
      widths: [16, 36, 64, '*'],
      body: shownStatuses.map((status) => [
        markCell(status, 14, 5),
        { text: sayNumber(counts[status]), fontSize: size.title, alignment: 'right' },
        { text: statusTitles[status], bold: true, margin: [4, 8, 0, 0] },
        { text: statusMeanings[status], margin: [0, 8, 0, 0] },
      ]),
    },
    layout: { ...rowLayout, paddingTop: () => 3, paddingBottom: () => 3 },
  }
}

/** The next actions before everything else, three at most. */
function sayFirst(posture: Posture, groups: readonly FindingGroup[]): string[] {
  const words: string[] = []
  const first = groups.find(({ firstDueOn }) => firstDueOn !== undefined)
  if (first?.firstDueOn !== undefined) {
    const many = first.total - first.excepted
    words.push(
      `${plain(first.title, 110)}: ${sayCount(many, `${first.severity} finding`)}, ${many > 1 ? 'the first ' : ''}${sayDue(first.firstDueOn, posture.asOf)}. ${sentence(first.remedy, 180)}`,
    )
  }
  const [wanted] = posture.wanted
  if (wanted !== undefined) {
    words.push(
      `Supply ${shortFile(wanted.file)}: ${sayCount(wanted.safeguards.length, 'safeguard')} ${wanted.safeguards.length === 1 ? 'waits' : 'wait'} for it.`,
    )
  }
  if (posture.openQuestions > 0) {
    words.push(`Answer ${sayCount(posture.openQuestions, 'open question')} about who or what a row of a file means.`)
  }
  return words.length > 0
    ? words
    : ['Nothing is waiting. Keep the sources fresh: what lapses becomes unknown by itself.']
}

function contents(): Content {
  return {
    table: {
      widths: ['*', 40],
      body: (Object.keys(sections) as Section[]).map((section) => [
        { text: sections[section], linkToDestination: section },
        { pageReference: section, alignment: 'right', linkToDestination: section, color: colour.soft },
      ]),
    },
    layout: { ...plainLayout, paddingBottom: () => 2.5 },
  }
}
