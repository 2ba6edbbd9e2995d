/**
 * The back-test: how much of what is wrong in a made-up hospital the trail's rules find, and how much else they raise. The
 * hospital (src/sample/trail) was made by somebody who had not seen the rules.
 *
 * Two runs. In the first, wrongs are far more frequent than in life, some thirty of each kind, to measure the sensitivity of each
 * kind. In the second they are as rare as in life, about one in a million accesses: what is raised there besides is the false
 * alarms. One such run has too few wrongs for a share, so precision is corrected to the prior: of a million accesses, one is the
 * start of a wrong, which is found with the mean sensitivity of the kinds (weighted as they occur), and the false alarms are
 * those of the second run: precision = s / (s + f), with f the false alarms a million accesses. Cases a day are counted by
 * 2 M accesses, a day of a large house.
 *
 * A story finds a wrong when it names the login, its time touches that of the wrong, and it names one of the patients; of wrongs
 * that are about an account (after leaving, in two places, shared, bulk, slow, at night) the login is enough.
 *
 * VIGIL_DETECTION_SCALE makes the hospital larger or smaller (1: about 2.6 M accesses in each run), VIGIL_DETECTION_EACH puts
 * more or fewer wrongs of each kind into the first run: should the two differ much, the rules rank by what is scarce.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openTrail } from '#trail/engine.ts'
import { type Story, type StoryKind, storyKinds } from '#trail/model/story.ts'
import type { Trail } from '#trail/trail.ts'
import { openKeyFile } from '../src/platform/keys.ts'
import { drawPeople, loginBook } from '../src/sample/people.ts'
import { seededRandom } from '../src/sample/random.ts'
import { composeWorld, type TrailWorld } from '../src/sample/trail/compose.ts'
import { shareRecorded } from '../src/sample/trail/figures.ts'
import type { Wanted } from '../src/sample/trail/incidents.ts'
import { staffOf } from '../src/sample/trail/index.ts'
import { LogWriter, listLogFiles } from '../src/sample/trail/log-files.ts'
import { listRecordFiles } from '../src/sample/trail/record-files.ts'
import { type KeyedIncident, keyIncident } from '../src/sample/trail/trail-key.ts'
import { type WrongKind, wrongKinds } from '../src/sample/trail/wrongdoing.ts'
import { type Bench, type Figure, timed } from './measure.ts'

const asOf = 20_759
const days = 80
const scale = Number(process.env['VIGIL_DETECTION_SCALE'] ?? '1')
const eachKind = Number(process.env['VIGIL_DETECTION_EACH'] ?? '32')

/** How often each kind occurs in life, as far as anybody publishes it: of what insiders do, most is about the family. */
const occurrence: Readonly<Record<WrongKind, number>> = {
  family: 34,
  'own-record': 14,
  'co-worker': 16,
  neighbour: 7,
  watched: 7,
  unexplained: 8,
  deceased: 2,
  'after-leaving': 2,
  'break-glass': 2,
  bulk: 1,
  'slow-series': 2,
  'out-of-role': 2,
  'out-of-hours': 1,
  'shared-account': 1,
  'two-places': 1,
}

const aboutAccount: ReadonlySet<StoryKind> = new Set([
  'after-leaving',
  'two-places',
  'shared-account',
  'bulk',
  'slow-series',
  'out-of-hours',
])

function makeHospital(seed: number, wanted: Wanted): TrailWorld {
  const people = drawPeople('system', asOf, loginBook(), seededRandom(seed)).slice(0, Math.round(2_600 * scale))
  const accounts = people.map((person) => ({ kind: 'person', username: person.logins.flast, display: '', person }))
  const others = ['svc-hl7', 'svc-report', 'svc-dicom'].map((username) => ({
    kind: 'service',
    username,
    display: username,
    person: undefined,
  }))
  const shared = ['triage1', 'regdesk1', 'edtrack1'].map((username) => ({
    kind: 'shared',
    username,
    display: username,
    person: undefined,
  }))
  return composeWorld({
    seed,
    size: 'hospital',
    from: asOf - days,
    days,
    staff: staffOf([...accounts, ...others, ...shared], people),
    residents: Math.round(100_000 * scale),
    load: { visits: 300 * scale, emergencies: 95 * scale, admissions: 14 * scale, offices: 2.8 * scale },
    wanted,
  })
}

async function* bytesOf(pieces: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece)
}

/** Lists come first, then the logs in the order of their months, as a site would begin. */
async function bringIn(trail: Trail, { world }: TrailWorld): Promise<{ accepted: number; rejected: number }> {
  const sums = { accepted: 0, rejected: 0 }
  const choice = { messagesFrom: world.end, asBundle: false }
  for (const { name, content } of listRecordFiles(world, choice, seededRandom('bench'))) {
    const { rejected, relations } = await trail.import(bytesOf(inPieces(content())), {
      source: name.replace(/\.csv$/, ''),
      format: 'relations',
    })
    if (rejected > 0 || relations === 0) throw new Error(`${name}: ${relations} taken, ${rejected} refused`)
  }
  const writer = new LogWriter(world)
  for (const file of listLogFiles(world)) {
    const { accepted, rejected } = await trail.import(bytesOf(writer.write(file)), {
      source: file.isImaging ? 'imaging' : 'ehr',
      format: 'csv',
    })
    sums.accepted += accepted
    sums.rejected += rejected
  }
  return sums
}

function* inPieces(lines: Iterable<string>): Generator<string> {
  let text = ''
  for (const line of lines) {
    text += line
    if (text.length < 100_000) continue
    yield text
    text = ''
  }
  yield text
}

async function listStories(trail: Trail): Promise<Story[]> {
  const byId = new Map<string, Story>()
  for (let version = 0; ; ) {
    const some = await trail.stories(version, 500)
    if (some.length === 0) break
    for (const story of some) {
      byId.set(story.id, story)
      version = Math.max(version, story.version)
    }
  }
  return [...byId.values()]
}

/** The image archive's clock runs ahead by minutes. */
const slackMs = 10 * 60_000

function isFoundBy(incident: KeyedIncident, story: Story): boolean {
  if (!story.logins.some((login) => incident.logins.includes(login))) return false
  const [first, last] = [Date.parse(`${incident.firstAt}Z`) - slackMs, Date.parse(`${incident.lastAt}Z`) + slackMs]
  if (story.lastAt.getTime() < first || story.firstAt.getTime() > last) return false
  return aboutAccount.has(incident.kind) || story.patients.some(({ patient }) => incident.patients.includes(patient))
}

interface Run {
  readonly accesses: number
  readonly recorded: number
  readonly incidents: readonly KeyedIncident[]
  readonly stories: readonly Story[]
  readonly takenInSeconds: number
  readonly judgedSeconds: number
}

async function run(folder: string, seed: number, wanted: Wanted): Promise<Run> {
  const made = makeHospital(seed, wanted)
  const incidents = made.incidents.map((incident) => keyIncident(made.world, incident, []))
  const recorded = shareRecorded(made.world).byNameOrDepartment
  const directory = join(folder, `data-${seed}`)
  await mkdir(directory, { mode: 0o700 })
  const keys = await openKeyFile(directory)
  const trail = await openTrail({
    directory: join(directory, 'trail'),
    keys,
    organisationId: seed,
    zone: 'UTC',
    clock: () => new Date(asOf * 86_400_000),
  })
  try {
    const taken = await timed(() => bringIn(trail, made))
    if (taken.result.rejected > 0) throw new Error(`${taken.result.rejected} accesses were refused`)
    const judged = await timed(() => trail.judge())
    const stories = await listStories(trail)
    return {
      accesses: taken.result.accepted,
      recorded,
      incidents,
      stories: stories.filter(({ state }) => state === 'open'),
      takenInSeconds: taken.seconds,
      judgedSeconds: judged.seconds,
    }
  } finally {
    await trail.close()
  }
}

const everyKind = Object.fromEntries(wrongKinds.map((kind) => [kind, eachKind])) as Wanted

/** As many as life has in so many accesses, the kinds as they occur. */
function rare(accesses: number): Wanted {
  const random = seededRandom('bench/rare')
  const weights = wrongKinds.flatMap((kind) => Array.from({ length: occurrence[kind] }, () => kind))
  const wanted: Partial<Record<WrongKind, number>> = {}
  for (let each = Math.max(1, Math.round(accesses / 1_000_000)); each > 0; each--) {
    const kind = random.pick(weights)
    wanted[kind] = (wanted[kind] ?? 0) + 1
  }
  return wanted
}

function describe(kind: WrongKind, { incidents, stories }: Run): { line: string; share: number } {
  const own = incidents.filter((incident) => incident.kind === kind)
  const found = own.filter((incident) => stories.some((story) => isFoundBy(incident, story)))
  const named = own.filter((incident) => stories.some((story) => story.kind === kind && isFoundBy(incident, story)))
  const of = (some: readonly KeyedIncident[]) => some.filter((incident) => found.includes(incident)).length
  const hard = own.filter((incident) => incident.hard !== '')
  // A record happens to give a reason for all of it: nothing but the tie itself can tell of the wrong.
  const covered = own.filter((incident) => incident.covered === 1)
  const single = own.filter((incident) => incident.accesses <= 2)
  return {
    share: own.length === 0 ? Number.NaN : found.length / own.length,
    line: `  ${kind.padEnd(15)} ${found.length}/${own.length}, named so ${named.length}; hard ones ${of(hard)}/${hard.length}, with a recorded reason ${of(covered)}/${covered.length}, of one or two accesses ${of(single)}/${single.length}`,
  }
}

export const trailDetection: Bench = {
  title: 'wrongs found in a made-up hospital, and what else is raised',
  async measure(folder) {
    const raised = await run(folder, 1, everyKind)
    const tally = new Map(wrongKinds.map((kind) => [kind, describe(kind, raised)]))
    const lines = [
      `with ${raised.incidents.length} wrongs in ${raised.accesses.toLocaleString('en')} accesses, ${(100 * raised.recorded).toFixed(1)} % of the right ones with a recorded reason:`,
      ...[...tally.values()].map(({ line }) => line),
    ]
    const life = await run(folder, 2, rare(raised.accesses))
    const isHit = (story: Story) => life.incidents.some((incident) => isFoundBy(incident, story))
    const falseAlarms = life.stories.filter((story) => !isHit(story))
    const millions = life.accesses / 1_000_000
    lines.push(
      `with ${life.incidents.length} wrongs (${life.incidents.map(({ kind }) => kind).join(', ')}) in ${life.accesses.toLocaleString('en')}: ${life.stories.length} stories, ${falseAlarms.length} of them false`,
      ...storyKinds.flatMap((kind) => {
        const some = falseAlarms.filter((story) => story.kind === kind)
        return some.length > 0 ? [`  ${kind.padEnd(15)} ${some.length} false`] : []
      }),
    )
    process.stdout.write(`${lines.join('\n')}\n`)
    const weights = wrongKinds.filter((kind) => !Number.isNaN(tally.get(kind)?.share ?? Number.NaN))
    const sum = weights.reduce((total, kind) => total + occurrence[kind], 0)
    const mean = weights.reduce((total, kind) => total + occurrence[kind] * (tally.get(kind)?.share ?? 0), 0) / sum
    const points = { unit: 'points' } as const
    return [
      ...wrongKinds.map(
        (kind): Figure => ({
          ...points,
          what: `sensitivity ${kind}`,
          value: 100 * (tally.get(kind)?.share ?? 0),
          goal: 95,
        }),
      ),
      { ...points, what: 'sensitivity, as the kinds occur', value: 100 * mean },
      {
        ...points,
        what: 'precision at one in a million',
        value: (100 * mean) / (mean + falseAlarms.length / millions),
        goal: 50,
      },
      { unit: 'cases', what: 'cases a day of 2 M accesses', value: (life.stories.length * 2) / millions, goal: 20 },
      { unit: 's', what: `taking in ${Math.round(millions * 10) / 10} M accesses`, value: life.takenInSeconds },
      { unit: 's', what: 'judging them all', value: life.judgedSeconds },
    ]
  },
}
