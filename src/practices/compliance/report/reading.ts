/** How to read the report, and how an outsider verifies what it says without trusting it. */
import type { Content } from 'pdfmake'
import { colour, plainLayout, shownStatuses, size } from '#core/paper/look.ts'
import { markCell, sectionHeading } from './layout.ts'
import { statusTitles } from './words.ts'

const explanations = {
  proved:
    'Every subject passed a check that a machine made over facts read from the systems themselves. It proves what was measured and no more: a backup that is configured does not prove a restore.',
  attested:
    'It holds, but some of it rests on people’s word: on a statement by a named person, or on a list that people keep. Each has a period of validity.',
  failed:
    'At least one subject does not pass. Each failure is an open finding with a due day, which closes by itself when the check passes. An exception that somebody approved does not change the mark.',
  unknown:
    'The facts are missing, incomplete or have lapsed, so nobody can tell. Unknown is never counted as a pass, and it says which file or whose word would make it known.',
} as const

export function readingSection(): Content[] {
  return [
    sectionHeading(
      'reading',
      'Nobody can set a mark. Marks follow from facts, by rules that are the same for everybody.',
    ),
    {
      table: {
        widths: [12, 66, '*'],
        body: shownStatuses.map((status) => [
          markCell(status, 9, 2.5),
          { text: statusTitles[status], bold: true },
          { text: explanations[status] },
        ]),
      },
      layout: { ...plainLayout, paddingBottom: () => 6 },
    },
    heading('Totals'),
    paragraph(
      'The worst of its safeguards gives the mark of a practice: failed before unknown, unknown before attested, attested before proved. There is no single score: it would hide whether things were measured, said or never looked at.',
    ),
    heading('Severity and days'),
    paragraph(
      'Severity (critical, high, medium, low) says how much harm a failure can do to patients’ data and care; it sets the day by which a finding is due. Measured and stated facts are valid for a limited time. When a source is not read again, what rests on it becomes unknown by itself.',
    ),
    heading('Citations'),
    paragraph(
      'Paragraphs are those of title 45 of the Code of Federal Regulations, parts 160 and 164 (HIPAA). A safeguard meets a paragraph in whole or in part. This report informs a decision; it is neither a certificate nor legal advice.',
    ),
    heading('Verify it without trusting it'),
    paragraph(
      'This document is for reading; the proof is the ledger, an append-only log with signed checkpoints. Ask for its export (vigil export FILE), for the verifying key by another way and, if you were given one before, an earlier checkpoint. Then, on any machine and without a connection:',
    ),
    {
      table: {
        widths: ['*'],
        body: [
          [
            {
              stack: [
                { text: 'vigil verify FILE --key KEY' },
                { text: 'vigil verify FILE --key KEY --at-least CHECKPOINT' },
              ],
              fillColor: colour.wash,
              margin: [10, 7, 10, 7],
            },
          ],
        ],
      },
      layout: 'noBorders',
      margin: [0, 0, 0, 8],
    },
    {
      table: {
        widths: [46, '*'],
        body: [
          ['Exit 0', 'The log is intact and signed by that key.'],
          ['Exit 1', 'It is broken, or shorter than the checkpoint; the first bad entry is named.'],
          ['Exit 3', 'It is consistent, but no key was given, so who signed it was not checked.'],
        ].map(([code, meaning]) => [{ text: code ?? '', bold: true }, { text: meaning ?? '' }]),
      },
      layout: { ...plainLayout, paddingBottom: () => 2 },
    },
  ]
}

function heading(text: string): Content {
  return { text, fontSize: size.lead, bold: true, margin: [0, 8, 0, 2] }
}

function paragraph(text: string, above = 0): Content {
  return { text, margin: [0, above, 0, 6] }
}
