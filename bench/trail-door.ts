/**
 * Questions to the access trail as people ask them: over HTTP, by somebody who is signed in, each on the ledger with its purpose
 * before it is answered. Patients who come often are asked for often. `VIGIL_BENCH_EVENTS=N npm run bench -- trail-door`.
 */
import { mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Bench, type Figure, percentile, runNode, timed } from './measure.ts'
import { makeSession, type Running, startServer } from './server-under-test.ts'
import { LargeWorld, patientOf } from './trail-world.ts'

const events = Number(process.env['VIGIL_BENCH_EVENTS'] ?? 2_000_000)
const program = join(import.meta.dirname, '..', 'bin', 'vigil.js')
const firstLookups = 100
const lookups = 300

export const trailDoor: Bench = {
  title: `questions over HTTP, among ${events.toLocaleString('en')} accesses`,
  async measure(folder) {
    const [directory, lists] = [join(folder, 'data'), join(folder, 'lists')]
    mkdirSync(directory, { recursive: true })
    const session = await makeSession(directory, 'privacy-officer')
    await runNode([join(import.meta.dirname, 'trail-world.ts'), '--events', `${events}`, '--directory', lists], {})
    const files = (await readdir(lists)).map((name) => join(lists, name))
    await runNode([program, 'trail', 'import', ...files, '--json'], { VIGIL_DATA: directory })
    const server = await startServer(directory)
    try {
      const ask = asker(server, session)
      // The trail has a process of its own, which is ready a moment after the server.
      while (
        !(await ask('/trail/state').then(
          () => true,
          () => false,
        ))
      )
        await wait(100)
      const patients = drawPatients(new LargeWorld({ events }))
      const first = await times(patients.slice(0, firstLookups), (patient) => ask('/trail/ask/patient', { patient }))
      const warm = await times(patients, (patient) => ask('/trail/ask/patient', { patient }))
      const proven = await times(patients.slice(0, firstLookups), (identifier) =>
        ask('/trail/report', { report: 'proof', format: 'json', identifier }),
      )
      const inbox = await times(Array.from({ length: 50 }), () => ask('/cases?limit=50'))
      return [
        ...figures('a patient’s accesses with reasons, first touch', first, [undefined, 50]),
        ...figures('a patient’s accesses with reasons', warm, [10, undefined]),
        ...figures('the proof of it, as a file', proven, [undefined, undefined]),
        ...figures('the inbox of cases', inbox, [undefined, undefined]),
      ]
    } finally {
      await server.stop()
    }
  },
}

function asker({ url }: Running, session: string) {
  const headers = { cookie: `vigil=${session}`, 'content-type': 'application/json' }
  return async (path: string, said?: Readonly<Record<string, string>>): Promise<void> => {
    const asked = said && { method: 'POST', body: JSON.stringify({ ...said, purpose: 'audit', why: 'a measurement' }) }
    const answer = await fetch(`${url}/api${path}`, { headers, ...asked })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  }
}

function drawPatients(world: LargeWorld): readonly string[] {
  return Array.from({ length: lookups }, (_, at) => {
    const chance = ((at + 1) * 0.618_033_988_7) % 1
    return patientOf(world.drawPatient(() => chance))
  })
}

/** Milliseconds of each, one after the other. */
async function times<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<readonly number[]> {
  const took: number[] = []
  for (const item of items) took.push((await timed(() => work(item))).seconds * 1_000)
  return took
}

function figures(
  what: string,
  took: readonly number[],
  [middle, late]: readonly [number | undefined, number | undefined],
): readonly Figure[] {
  const figure = (part: number, goal: number | undefined): Figure => ({
    what: `${what}, p${part * 100}`,
    unit: 'ms',
    value: percentile(took, part),
    ...(goal === undefined ? {} : { goal }),
  })
  return [figure(0.5, middle), figure(0.99, late)]
}
