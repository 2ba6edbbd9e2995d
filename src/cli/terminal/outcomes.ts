/** What became of the files of a folder: what was taken in, and what could not be read and why. */
import { basename } from 'node:path'
import type { FileOutcome } from '#sources/folder.ts'
import { count, plain, type Screen } from './screen.ts'

/** One line for a file that was taken in. */
export function printTaken(screen: Screen, outcome: FileOutcome): void {
  if (!('result' in outcome)) return
  const { result } = outcome
  const name = `${plain(outcome.file)}${outcome.part === undefined ? '' : ` / ${plain(outcome.part)}`}`
  const words = {
    done: `${result.format}: ${count(result.rowsRead, 'row')}, ${result.added} new, ${result.changed} changed, ${result.ended} gone`,
    unchanged: `${result.format}: as it was`,
    superseded: `${result.format}: older than what is known, left aside`,
  }[result.state]
  screen.out(`  ${name}  ${screen.style('dim', words)}`)
}

const mostRejects = 5

/** Says which files could not be read, which rows were rejected, and which columns nobody understood. */
export function printOutcomes(screen: Screen, outcomes: readonly FileOutcome[]): void {
  const unread = outcomes.filter((outcome) => 'reason' in outcome)
  const rejecting = outcomes.filter((outcome) => 'result' in outcome && outcome.result.rejectCount > 0)
  if (unread.length > 0) {
    screen.out()
    screen.out(screen.style('bold', 'Files that could not be read'))
    for (const outcome of unread) {
      if (!('reason' in outcome)) continue
      const name = `${plain(outcome.file)}${outcome.part === undefined ? '' : ` / ${plain(outcome.part)}`}`
      screen.out(`  ${name}: ${plain(outcome.reason)}`)
    }
  }
  if (rejecting.length > 0) {
    screen.out()
    screen.out(screen.style('bold', 'Rows that could not be read'))
    for (const outcome of rejecting) {
      if (!('result' in outcome)) continue
      const { rejects, rejectCount } = outcome.result
      for (const { line, reason } of rejects.slice(0, mostRejects)) {
        screen.out(`  ${plain(basename(outcome.file))} line ${line}: ${plain(reason)}`)
      }
      if (rejectCount > mostRejects) {
        screen.out(
          screen.style(
            'dim',
            `  ${plain(basename(outcome.file))}: and ${count(rejectCount - mostRejects, 'more row')}`,
          ),
        )
      }
    }
  }
}
