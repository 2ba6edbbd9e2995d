/**
 * Prints what failed in full and the rest as counts, with the skips by their reasons. In CI a skip fails the run, except of
 * tests that read the shared real inputs, where those are absent. The slowest files are named, since the whole has a limit.
 */
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

const sharedAbsent = /shared\/data/
const slowestTold = 40

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const skips = new Map<string, number>()
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const seconds = new Map<string, number>()
  let barred = 0
  for await (const event of source) {
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      const { name, skip, details, file, nesting } = event.data
      if (nesting === 0 && file !== undefined) {
        // Stories are told by one helper, whose file would stand for all of them.
        const told = file.includes('/test/support/') ? name : relative(process.cwd(), file)
        seconds.set(told, (seconds.get(told) ?? 0) + details.duration_ms / 1000)
      }
      if (details.type === 'suite') continue
      if (skip !== undefined && skip !== false) {
        counts.skipped += 1
        const reason = skip === true ? 'no reason given' : String(skip)
        skips.set(reason, (skips.get(reason) ?? 0) + 1)
        if (process.env['CI'] === 'true' && !sharedAbsent.test(reason)) barred += 1
        continue
      }
      if (event.type === 'test:pass') {
        counts.passed += 1
        continue
      }
      // A file whose tests fail is told again as a failure of the file; the tests themselves said what is wrong.
      counts.failed += 1
      const error = event.data.details.error
      const cause = (error?.cause ?? error) as Error | undefined
      yield `\n✖ ${name}\n  ${file ?? ''}\n  ${String(cause?.stack ?? cause?.message ?? cause).replaceAll('\n', '\n  ')}\n`
    } else if (event.type === 'test:stderr' && process.env['VIGIL_TEST_OUTPUT']) yield event.data.message
  }
  yield '\n'
  for (const [reason, number] of skips) yield `skipped ${number}: ${reason}\n`
  if (barred > 0) {
    yield `In CI nothing may be skipped but for the shared inputs: ${barred} were.\n`
    process.exitCode = 1
  }
  const slowest = [...seconds].sort(([, one], [, other]) => other - one).slice(0, slowestTold)
  for (const [told, took] of slowest) yield `${took.toFixed(0).padStart(5)} s  ${told}\n`
  yield `${counts.passed} passed, ${counts.failed + barred} failed, ${counts.skipped - barred} skipped\n`
}
