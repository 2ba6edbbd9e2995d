/**
 * The terminal. The rules:
 *  - Results go to standard output; everything else to standard error, after the program's name, one `hint:` line.
 *  - Colour and progress only on a terminal (and never with NO_COLOR); piped output is plain text.
 *  - Text from outside is shown without control characters, so that a name cannot move the cursor.
 *  - Marks carry the meaning, colour only helps: ● proved, ◐ attested, ◆ failed, ◌ unknown.
 */
import { styleText } from 'node:util'
import type { Severity, Status } from '#core/safeguards/model.ts'

type Style = Parameters<typeof styleText>[0]

export interface Screen {
  readonly width: number
  readonly isTerminal: boolean
  style(style: Style, text: string): string
  mark(status: Status): string
  out(line?: string): void
}

const marks = { proved: '●', attested: '◐', failed: '◆', unknown: '◌' } as const satisfies Record<Status, string>
const markStyles = { proved: 'green', attested: 'cyan', failed: 'red', unknown: 'yellow' } as const satisfies Record<
  Status,
  Style
>

export const severityStyles = { critical: 'red', high: 'yellow', medium: 'none', low: 'dim' } as const satisfies Record<
  Severity,
  Style | 'none'
>

/** The screen on standard output: as wide as the terminal, between 60 and 110 columns; 100 when piped. */
export function openScreen(
  stream: NodeJS.WriteStream,
  environment: Readonly<Record<string, string | undefined>>,
): Screen {
  const isTerminal = stream.isTTY === true
  const coloured = isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
  const style = (name: Style, text: string) => (coloured ? styleText(name, text, { validateStream: false }) : text)
  return {
    width: Math.max(60, Math.min(110, isTerminal ? (stream.columns ?? 100) : 100)),
    isTerminal,
    style,
    mark: (status) => style(markStyles[status], marks[status]),
    out: (line = '') => {
      stream.write(`${line}\n`)
    },
  }
}

/** A text from outside, made safe to print on one line. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim()
}

/** Breaks a text into lines of at most a width, at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of plain(text).split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
    while (line.length > width) {
      lines.push(line.slice(0, width))
      line = line.slice(width)
    }
  }
  if (line !== '') lines.push(line)
  return lines
}

/** Progress on standard error, one line that is overwritten; silent when that is no terminal. */
export function openProgress(stream: NodeJS.WriteStream) {
  let shown = ''
  let last = 0
  const clear = () => {
    if (shown !== '') stream.write('\r\u001B[K')
    shown = ''
  }
  return {
    clear,
    say(text: string, force = false) {
      if (stream.isTTY !== true) return
      const now = Date.now()
      if (!force && now - last < 80) return
      last = now
      clear()
      shown = plain(text).slice(0, (stream.columns ?? 80) - 1)
      stream.write(shown)
    },
  }
}

/** "1 account", "3 accounts": a count with its noun. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${new Intl.NumberFormat('en-US').format(number)} ${number === 1 ? noun : plural}`
}
