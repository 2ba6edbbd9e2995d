/**
 * Run by `trail-kill.test.ts` until it is killed: takes in, compacts, judges, proves and rebuilds, and says each thing that was
 * acknowledged on its output. Arguments: the folder of keys, the trail, a seed, the first batch of accesses and of relations, and
 * the servers that keep the accesses, if any.
 */
import { writeSync } from 'node:fs'
import {
  accessesOf,
  ask,
  openKeys,
  openWorld,
  patientOf,
  randomFrom,
  storeOn,
  take,
  writeCsv,
  writeKnown,
} from './trail-world.ts'

export const batchAccesses = 150

async function serve([
  home = '',
  directory = '',
  seed = '0',
  accesses = '0',
  known = '0',
  ...shards
]: readonly string[]) {
  const random = randomFrom(Number(seed))
  writeSync(1, 'begun\n')
  const trail = await openWorld(directory, await openKeys(home), storeOn(shards))
  writeSync(1, 'open\n')
  const turns = [
    () => trail.compact(),
    () => trail.judge(),
    () => trail.rebuild(),
    async () => (await ask(trail, { by: 'patient', id: patientOf(1) })).proof(true),
  ]
  let [batch, relation] = [Number(accesses), Number(known)]
  async function takeAccesses(): Promise<void> {
    const number = batch
    batch += 1
    writeSync(1, `accesses-begun ${number}\n`)
    const { accepted } = await take(trail, writeCsv(accessesOf(number * batchAccesses, batchAccesses)))
    writeSync(1, `accesses ${number} ${accepted}\n`)
  }
  async function takeKnown(): Promise<void> {
    const number = relation
    relation += 1
    writeSync(1, `known-begun ${number}\n`)
    await take(trail, writeKnown(number), 'scheduling')
    writeSync(1, `known ${number}\n`)
  }
  for (;;) {
    const turn = turns[Math.floor(random() * turns.length)]
    const work = random() < 0.35 ? [takeAccesses, takeKnown] : [takeAccesses]
    // A rebuild is asked for by itself; the others go on beside what comes in.
    if (turn === turns[2]) {
      for (const one of work) await one()
      if (random() < 0.5) await turn?.()
    } else await Promise.all([...work, ...(random() < 0.6 && turn ? [turn] : [])].map((one) => one()))
  }
}

if (import.meta.main) await serve(process.argv.slice(2))
