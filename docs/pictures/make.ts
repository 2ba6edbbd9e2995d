/**
 * Draws docs/pictures/posture.svg from what the program really prints: `node docs/pictures/make.ts`, under Node.js 24.
 *
 * Only colour is added, as the program adds it on a terminal. Every piece of text stands at its own place, so that columns
 * stay straight in any font.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const width = 7.8
const height = 18
const margin = 22
const asOf = '2026-11-02'

const colours = {
  ink: '#1f2328',
  dim: '#59636e',
  green: '#1a7f37',
  cyan: '#1b6c91',
  red: '#b3261e',
  yellow: '#8a5a00',
  paper: '#fbfbf9',
  line: '#d1d9e0',
} as const

type Colour = keyof typeof colours
interface Piece {
  readonly at: number
  readonly text: string
  readonly colour: Colour
  readonly bold: boolean
}

const marks: readonly (readonly [RegExp, Colour, boolean])[] = [
  [/●/g, 'green', false],
  [/◐/g, 'cyan', false],
  [/◆/g, 'red', false],
  [/◌/g, 'yellow', false],
  [/^ {2}critical/g, 'red', false],
  [/^ {2}high /g, 'yellow', false],
  [/^What would.*$/g, 'ink', true],
  [/(?<=^ {2}\S )[A-Z][a-z]+(?= {2})/g, 'ink', true],
  [/^\$ .*$/g, 'dim', false],
  [/(?:and \d+ more · )?45 CFR.*$|^ {2}\d+ more findings.*$/g, 'dim', false],
]

function piecesOf(line: string): Piece[] {
  const found: { at: number; text: string; colour: Colour; bold: boolean }[] = []
  for (const [pattern, colour, bold] of marks) {
    for (const match of line.matchAll(pattern)) found.push({ at: match.index, text: match[0], colour, bold })
  }
  found.sort((a, b) => a.at - b.at)
  const pieces: Piece[] = []
  let next = 0
  const plain = (until: number) => {
    const text = line.slice(next, until)
    for (const word of text.matchAll(/\S+(?: \S+)*/g))
      pieces.push({ at: next + word.index, text: word[0], colour: 'ink', bold: false })
  }
  for (const piece of found) {
    plain(piece.at)
    pieces.push({ ...piece, at: piece.at + piece.text.search(/\S/), text: piece.text.trim() })
    next = piece.at + piece.text.length
  }
  plain(line.length)
  return pieces
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const escapeXml = (text: string) => text.replace(/[&<>]/g, (character) => escapes[character] ?? character)

function draw(lines: readonly string[]): string {
  const columns = Math.max(...lines.map((line) => line.length))
  const size = { x: columns * width + 2 * margin, y: lines.length * height + 2 * margin }
  const texts = lines.flatMap((line, row) =>
    piecesOf(line).map(({ at, text, colour, bold }) => {
      const long = text.length > 1 ? ` textLength="${(text.length * width).toFixed(1)}"` : ''
      const place = `x="${(margin + at * width).toFixed(1)}" y="${margin + (row + 0.75) * height}"${long}`
      return `<text ${place} fill="${colours[colour]}"${bold ? ' font-weight="bold"' : ''}>${escapeXml(text)}</text>`
    }),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.x}" height="${size.y}" viewBox="0 0 ${size.x} ${size.y}" role="img">`,
    '<title>What vigil assess prints of the invented clinic</title>',
    `<rect x="0.5" y="0.5" width="${size.x - 1}" height="${size.y - 1}" rx="8" fill="${colours.paper}" stroke="${colours.line}"/>`,
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13">',
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

const folder = mkdtempSync(join(tmpdir(), 'vigil-picture-'))
try {
  const run = (...words: string[]) =>
    execFileSync(process.execPath, ['bin/vigil.js', ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  const demo = join(folder, 'demo')
  run('sample', demo, '--as-of', asOf)
  const [posture = ''] = run('assess', demo, '--as-of', asOf).split('\nWhat would make more known')
  const lines = [`$ npx vigil assess demo --as-of ${asOf}`, ...posture.trimEnd().split('\n')]
  writeFileSync(join(import.meta.dirname, 'posture.svg'), draw(lines))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
