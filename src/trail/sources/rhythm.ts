/**
 * How a source usually speaks, learnt from when it spoke in the last four weeks: for every hour the longest silence that it
 * had reached by then, and how much came. Both are kept by hours since 1970; the same hour of the week lies 168 back, and the
 * hours around it make up for the change of clocks in spring and autumn.
 *
 * A holiday or an outage in the past must not make a source look quieter than it is: with three weeks or more to go by, a
 * silence far beyond the others is left out, and so is the smallest volume.
 */

const hourMs = 3_600_000
const weekHours = 168
const silenceHours = 4 * weekHours
const volumeHours = 5 * weekHours
/** Hours before and after that count as the same time of the week. */
const around = 2
/** A week's longest silence that is more than this many times the next one was a holiday or an outage. */
const outlier = 3
/** Nobody is called for a shorter silence. */
const shortestMs = 5 * 60_000

export interface RhythmContent {
  readonly firstAt: number | null
  readonly lastAt: number | null
  /** Seconds, 32 bits each, little-endian, base64. */
  readonly silence: string
  readonly volume: string
}

export class Rhythm {
  readonly #silence: Uint32Array
  readonly #volume: Uint32Array
  #firstAt: number | null = null
  #lastAt: number | null = null

  constructor(content?: RhythmContent) {
    this.#silence = decode(content?.silence, silenceHours)
    this.#volume = decode(content?.volume, volumeHours)
    this.#firstAt = content?.firstAt ?? null
    this.#lastAt = content?.lastAt ?? null
  }

  get firstAt(): number | null {
    return this.#firstAt
  }

  /** The last sign of life. */
  get lastAt(): number | null {
    return this.#lastAt
  }

  content(): RhythmContent {
    return {
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      silence: encode(this.#silence),
      volume: encode(this.#volume),
    }
  }

  /** Notes a sign of life, and how many accesses came with it. A clock that has stepped back counts as standing still. */
  note(receivedAt: number, accesses: number): void {
    if (this.#lastAt === null || this.#firstAt === null) {
      this.#firstAt = receivedAt
      this.#lastAt = receivedAt
    } else if (receivedAt > this.#lastAt) {
      this.#teach(this.#lastAt, receivedAt)
      this.#lastAt = receivedAt
    }
    const place = hourOf(this.#lastAt) % volumeHours
    this.#volume[place] = (this.#volume[place] ?? 0) + accesses
  }

  #teach(from: number, to: number): void {
    const [first, last] = [hourOf(from), hourOf(to)]
    for (let hour = Math.max(first + 1, last - volumeHours + 1); hour <= last; hour += 1) {
      this.#volume[hour % volumeHours] = 0
      this.#silence[hour % silenceHours] = 0
    }
    // Away for longer than is remembered: what was learnt before says nothing any more.
    if (last - first >= silenceHours) {
      this.#firstAt = to
      return
    }
    for (let hour = first; hour <= last; hour += 1) {
      const reached = Math.ceil((Math.min(to, (hour + 1) * hourMs) - from) / 1000)
      const place = hour % silenceHours
      if (reached > (this.#silence[place] ?? 0)) this.#silence[place] = reached
    }
  }

  /**
   * After which silence the source is overdue at this time of the week; null until a week of it is known. A single week says
   * little about the longest pause to expect, so it is stretched more than four.
   */
  usualSilenceMs(now: number): number | null {
    const known = this.#known()
    if (known === undefined) return null
    const longest: number[] = []
    let hour = hourOf(now) - weekHours
    while (hour > known.last) hour -= weekHours
    for (; longest.length < 4 && hour >= known.first; hour -= weekHours) {
      let most = 0
      for (let near = Math.max(known.first, hour - around); near <= Math.min(known.last, hour + around); near += 1) {
        most = Math.max(most, this.#silence[near % silenceHours] ?? 0)
      }
      longest.push(most)
    }
    if (longest.length === 0) return null
    const [most = 0, second = 0] = longest.sort((a, b) => b - a)
    const usual = longest.length >= 3 && most > second * outlier ? second : most
    return Math.max(shortestMs, Math.round(usual * 1000 * (3 + 2 / longest.length)))
  }

  #known(): { readonly first: number; readonly last: number } | undefined {
    if (this.#firstAt === null || this.#lastAt === null) return undefined
    const last = hourOf(this.#lastAt)
    const first = Math.max(hourOf(this.#firstAt), last - silenceHours + 1)
    return last - first >= weekHours ? { first, last } : undefined
  }

  /**
   * Accesses of the last day beside what is the least to expect at this time of the week; null until three weeks are known. A
   * file that comes an hour later than usual is no drop: of one day and a day and a half the better one is told.
   */
  volume(now: number): { readonly last: number; readonly usual: number } | null {
    const day = this.#volumeOver(now, 24)
    const longer = this.#volumeOver(now, 36)
    if (day === null || longer === null) return null
    return day.last * longer.usual >= longer.last * day.usual ? day : longer
  }

  #volumeOver(now: number, hours: number): { readonly last: number; readonly usual: number } | null {
    if (this.#firstAt === null || this.#lastAt === null) return null
    const end = hourOf(now)
    const [first, last] = [hourOf(this.#firstAt), hourOf(this.#lastAt)]
    const sum = (from: number) => {
      let total = 0
      for (let hour = from; hour < from + hours; hour += 1) {
        if (hour <= last && hour > last - volumeHours) total += this.#volume[hour % volumeHours] ?? 0
      }
      return total
    }
    const before: number[] = []
    for (let week = 1; week <= 4; week += 1) {
      const from = end - hours - week * weekHours
      if (from > first && from > last - volumeHours) before.push(sum(from))
    }
    if (before.length < 3) return null
    return { last: sum(end - hours), usual: before.sort((a, b) => a - b)[1] ?? 0 }
  }
}

function hourOf(at: number): number {
  return Math.floor(at / hourMs)
}

function encode(numbers: Uint32Array): string {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [place, number] of numbers.entries()) bytes.writeUInt32LE(number, place * 4)
  return bytes.toString('base64')
}

/** Reads numbers back; all nought where they are not as many as they should be. */
function decode(text: string | undefined, count: number): Uint32Array {
  const numbers = new Uint32Array(count)
  const bytes = Buffer.from(text ?? '', 'base64')
  if (bytes.length !== count * 4) return numbers
  for (let place = 0; place < count; place += 1) numbers[place] = bytes.readUInt32LE(place * 4)
  return numbers
}
