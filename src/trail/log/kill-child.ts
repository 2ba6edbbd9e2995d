/**
 * Run by `kill.test.ts` until it is killed: appends to a log without end, and says on its output what was acknowledged, one
 * `<first> <count> <tag>` a line. Arguments: the directory of keys, the log, a number for the tags, a time.
 */
import { writeSync } from 'node:fs'
import { openKeyFile } from '#platform/keys.ts'
import { madeUp, origin } from './testing.ts'
import { openTrailLog } from './trail-log.ts'

const [home = '', directory = '', round = '', time = ''] = process.argv.slice(2)
const log = await openTrailLog(directory, { keys: await openKeyFile(home), origin })
writeSync(1, 'ready\n')

const [month] = log.months()
if (Number(round) % 5 === 4 && month && month.state === 'kept' && log.months().length > 1)
  await log.destroy(month.month)

let number = 0
async function keepAppending(count: (number: number) => number): Promise<void> {
  for (;;) {
    number += 1
    const tag = `${round}.${number}`
    const records = madeUp(tag, count(number), 150)
    const { first } = await log.append(records, Number(time))
    writeSync(1, `${first} ${records.count} ${tag}\n`)
  }
}
await Promise.all([
  keepAppending(() => 1),
  keepAppending(() => 3),
  keepAppending((n) => 1 + (n % 700)),
  keepAppending((n) => (n % 3 === 0 ? 9000 : 2)),
])
