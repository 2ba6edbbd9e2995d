/**
 * What is appended to a log goes through here, so that it can be held up for a moment: the line of the last manifest of a proof
 * then stands right behind the lines that it covers, whatever comes in meanwhile.
 */
import type { TrailLog } from '../log/log.ts'

export class Gate {
  readonly #append: TrailLog['append']
  readonly #underWay = new Set<Promise<unknown>>()
  #held: Promise<void> | undefined

  constructor(append: TrailLog['append']) {
    this.#append = append
  }

  append: TrailLog['append'] = async (records, receivedAt) => {
    while (this.#held) await this.#held
    const appended = this.#append(records, receivedAt)
    this.#underWay.add(appended)
    try {
      return await appended
    } finally {
      this.#underWay.delete(appended)
    }
  }

  /** Does the work when nothing else is being appended, and while nothing else is. One at a time, and short. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    while (this.#held) await this.#held
    const done = Promise.allSettled(this.#underWay).then(work)
    const over = () => {
      this.#held = undefined
    }
    this.#held = done.then(over, over)
    return done
  }
}
