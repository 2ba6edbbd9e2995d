import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Noted, SourceBook } from './book.ts'
import { openSourceBook, saveSourceBook } from './file.ts'
import { judgeSources, type SourceProblemKind } from './model.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** A Monday. */
const start = Date.UTC(2026, 5, 1)

const noted = (receivedAt: number, more: Partial<Noted> = {}): Noted => ({
  source: 'ehr',
  at: receivedAt,
  sequence: '',
  receivedAt,
  ...more,
})

const problems = (book: SourceBook, now: number): SourceProblemKind[] =>
  judgeSources(book.list(new Date(now)), new Date(now)).map(({ problem }) => problem)

const hourOf = (at: number) => Math.floor(at / hourMs) % 24
const isSunday = (at: number) => new Date(at).getUTCDay() === 0
const isOpen = (at: number) => hourOf(at) >= 8 && hourOf(at) < 18 && !isSunday(at)

/** A seeded draw from an exponential distribution. */
function pauses(seed: number): (meanMs: number) => number {
  let state = seed
  return (meanMs) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return -Math.log((state + 0.5) / 2 ** 32) * meanMs
  }
}

/** When a source speaks: at random, so often an hour on average. */
function speak(from: number, to: number, rate: (at: number) => number, seed = 1): number[] {
  const draw = pauses(seed)
  const times: number[] = []
  for (let at = from; at < to; ) {
    const often = rate(at)
    if (often === 0) at = (Math.floor(at / hourMs) + 1) * hourMs
    else {
      at += draw(hourMs / often)
      if (rate(at) > 0) times.push(Math.round(at))
    }
  }
  return times
}

/** Notes the times one by one and gives when the source was called silent. */
function listen(book: SourceBook, times: readonly number[], until: number): number[] {
  const alarms: number[] = []
  let place = 0
  for (let now = start; now < until; now += 10 * 60_000) {
    while ((times[place] ?? Number.POSITIVE_INFINITY) <= now) book.note([noted(times[place++] ?? 0)])
    if (problems(book, now).includes('silent')) alarms.push(now)
  }
  return alarms
}

const feeds: readonly [name: string, rate: (at: number) => number][] = [
  ['a hospital, quieter at night and at the weekend', (at) => (isOpen(at) ? 60 : 6)],
  ['a clinic that is closed at night and on Sundays', (at) => (isOpen(at) ? 20 : 0)],
]
for (const [name, rate] of feeds) {
  test(`${name} raises no false alarm in eight weeks, and a true one within hours of its opening`, () => {
    const book = new SourceBook()
    const end = start + 56 * dayMs
    assert.deepEqual(listen(book, speak(start, end, rate), end), [])
    // Nothing comes any more from Monday on.
    let now = end
    while (!problems(book, now).includes('silent')) now += 10 * 60_000
    assert.ok(now - end < 14 * hourMs, `${(now - end) / hourMs} hours`)
    const [silent] = judgeSources(book.list(new Date(now)), new Date(now))
    assert.match(
      silent?.says ?? '',
      /^Nothing has come for [\w ]+; at this time of the week it is due after [\w ]+ at the latest\.$/,
    )
  })
}

test('nothing is said of silence in the first week, and after an outage it is told as soon as ever', () => {
  const book = new SourceBook()
  const times = speak(start, start + 40 * dayMs, () => 60)
  const isOut = (at: number) => at > start + 20 * dayMs && at < start + 22 * dayMs
  const alarms = listen(
    book,
    times.filter((at) => !isOut(at)),
    start + 40 * dayMs,
  )
  assert.ok(alarms.length > 0 && alarms.every((at) => isOut(at) || isOut(at - 10 * 60_000)))
  const usual = book.list(new Date(start + 41.5 * dayMs))[0]?.usualSilenceMs ?? Number.POSITIVE_INFINITY
  assert.ok(usual < hourMs, String(usual))
  const young = new SourceBook()
  assert.deepEqual(
    listen(
      young,
      times.filter((at) => at < start + 3 * dayMs),
      start + 6 * dayMs,
    ),
    [],
  )
  assert.equal(young.list(new Date(start + 6 * dayMs))[0]?.usualSilenceMs, null)
})

test('a heartbeat that the organisation states is taken at its word, and any message is a sign of life', () => {
  const book = new SourceBook({ statements: { ehr: { expectEveryMs: 60_000 } } })
  book.note([noted(start)])
  assert.deepEqual(problems(book, start + 60_000), [])
  assert.deepEqual(problems(book, start + 60_001), ['silent'])
  book.heard('ehr', start + 61_000)
  assert.deepEqual(problems(book, start + 120_000), [])
  book.rejected('ehr', 1, 'It is no syslog message.', start + 180_000)
  assert.deepEqual(problems(book, start + 240_000), [])
  book.duplicate('ehr', 3, start + 300_000)
  assert.deepEqual(problems(book, start + 360_000), [])
  const [state] = book.list(new Date(start))
  assert.deepEqual([state?.accepted, state?.rejected, state?.duplicates], [1, 1, 3])
  book.state({})
  assert.deepEqual(problems(book, start + dayMs), [])
})

test('a day with a third of the usual volume is a drop; a file that comes late, and a holiday before, are none', () => {
  const nightly = (day: number, late = 0) => start + day * dayMs + 2 * hourMs + late
  const book = new SourceBook()
  const bring = (at: number, count: number) => book.note(Array.from({ length: count }, () => noted(at)))
  for (let day = 0; day < 34; day += 1) bring(nightly(day), day === 14 ? 3 : 1_000)
  bring(nightly(34, 5 * hourMs), 1_000)
  for (let hour = 0; hour < 20; hour += 1) assert.deepEqual(problems(book, nightly(34, (5 + hour) * hourMs)), [])
  // The fifth Monday: of the four before it one was a holiday.
  bring(nightly(35), 250)
  assert.deepEqual(problems(book, nightly(35, 6 * hourMs)), [])
  bring(nightly(36), 250)
  const now = new Date(nightly(36, 11 * hourMs))
  const [drop] = judgeSources(book.list(now), now)
  assert.deepEqual(drop?.problem, 'drop')
  assert.match(
    drop?.says ?? '',
    /^\d+ accesses came within the last day; at this time of the week there are \d+ or more\.$/,
  )
})

test('rejects are a finding when they are many of the last thousand messages, and no longer when it is over', () => {
  const book = new SourceBook()
  const bring = (count: number) => book.note(Array.from({ length: count }, (_, place) => noted(start + place)))
  bring(400)
  book.rejected('ehr', 4, 'The XML is not well formed.', start + 1_000)
  assert.deepEqual(problems(book, start + 1_000), [])
  book.rejected('ehr', 8, 'It is no syslog message.', start + 2_000)
  const [found] = judgeSources(book.list(new Date(start + 2_000)), new Date(start + 2_000))
  assert.deepEqual(
    [found?.problem, found?.since.getTime(), found?.says],
    ['rejects', start + 1_000, '12 of the last 412 messages could not be read.'],
  )
  assert.deepEqual(book.rejects('ehr'), [
    { reason: 'It is no syslog message.', count: 8 },
    { reason: 'The XML is not well formed.', count: 4 },
  ])
  bring(1_200)
  assert.deepEqual(problems(book, start + 3_000), [])
})

test('a clock that runs ahead, and times that are not believed, are findings; old events are none', () => {
  const book = new SourceBook()
  book.note([noted(start, { at: start - 400 * dayMs }), noted(start, { at: start + 60_000 })])
  assert.deepEqual(problems(book, start), [])
  book.note([noted(start, { at: start + 10 * 60_000 })])
  assert.deepEqual(
    judgeSources(book.list(new Date(start)), new Date(start)).map(({ problem, says }) => [problem, says]),
    [['clock', 'Its clock runs ahead by 10 minutes.']],
  )
  book.note([noted(start, { isClockWrong: true, source: 'lab' })])
  assert.deepEqual(
    judgeSources(book.list(new Date(start)), new Date(start)).map(({ source, problem }) => [source, problem]),
    [
      ['ehr', 'clock'],
      ['lab', 'clock'],
    ],
  )
})

test('a gap in the count of a source is told until it is filled, or a month has passed', () => {
  const book = new SourceBook()
  const bring = (at: number, numbers: readonly number[]) =>
    book.note(numbers.map((number) => noted(at, { sequence: String(number) })))
  // An event that concerns two patients brings its number twice.
  bring(start, [7, 8, 8, 9, 12, 13])
  assert.deepEqual(problems(book, start), [])
  const now = new Date(start + hourMs)
  assert.deepEqual(
    judgeSources(book.list(now), now).map(({ problem, says, since }) => [problem, says, since.getTime()]),
    [['gap', "2 events are missing in the source's own count: numbers 10 to 11.", start]],
  )
  assert.deepEqual(book.list(now)[0]?.gaps, [{ from: '10', to: '11', at: new Date(start) }])
  assert.deepEqual(problems(book, start + 31 * dayMs), [])
  bring(start + hourMs, [11, 10])
  assert.deepEqual([problems(book, now.getTime()), book.list(now)[0]?.missing], [[], 0])
})

test('the book is kept in a file, replaced as a whole, and begins anew where the file is of no use', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vigil-sources-'))
  try {
    const book = await openSourceBook(directory, 100)
    assert.equal(book.logSize, 0)
    book.note(
      speak(start, start + 9 * dayMs, () => 5).map((at, place) =>
        noted(at, { sequence: String(place * 2 - (place % 5)) }),
      ),
    )
    book.rejected('lab', 2, 'It is no syslog message.', start)
    book.logSize = 90
    await saveSourceBook(book, directory)
    await saveSourceBook(book, directory)
    assert.deepEqual(await readdir(directory), ['sources.json'])
    const again = await openSourceBook(directory, 100)
    const now = new Date(start + 10 * dayMs)
    assert.equal(again.logSize, 90)
    assert.deepEqual(again.list(now), book.list(now))
    assert.deepEqual(again.content(), book.content())
    // A log that was put back from a backup is shorter than what the file has seen.
    assert.deepEqual((await openSourceBook(directory, 89)).list(now), [])
    for (const content of ['', '{"version":1', '{"version":2,"logSize":0,"sources":[]}', 'null']) {
      await writeFile(join(directory, 'sources.json'), content)
      assert.deepEqual((await openSourceBook(directory, 100)).list(now), [])
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
