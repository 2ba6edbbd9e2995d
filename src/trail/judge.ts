/** The rules at work: soon after something came over what it touched, nightly over all; one run at a time. */
import { EventEmitter, once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import type { Touched } from './intake/follow.ts'
import type { Story } from './model/story.ts'
import type { StoryIds } from './rules/ids.ts'
import { listStories, prepareRules, runRules } from './rules/stories.ts'
import type { Codes, Desk } from './store/store.ts'
import type { Feedback, RuleParameters } from './trail.ts'

/** How long after something came it is judged, so that what comes together is judged together. */
const afterMs = 150

export class Judge {
  readonly #desk: Desk
  readonly #codes: Codes
  readonly #ids: StoryIds
  readonly #events = new EventEmitter()
  feedback: readonly Feedback[] = []
  #parameters: RuleParameters = {}
  #turn: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  /** How long the last run over what was touched took: as long again is left for everything else. */
  #tookMs = 0
  #hasStopped = false
  /** Whether a run failed, and with it what it was to look at: the next one looks at everything. */
  #isBehind = false

  constructor(desk: Desk, codes: Codes, ids: StoryIds) {
    this.#desk = desk
    this.#codes = codes
    this.#ids = ids
    this.#events.setMaxListeners(0)
  }

  /**
   * Versions of stories are counted from the moment at which they were first worked out, in milliseconds: so those of a desk that
   * is made anew come after all that were handed out before.
   */
  async prepare(now: number): Promise<void> {
    await prepareRules(this.#desk, now)
    const [state] = await this.#desk.ask<{ upTo: number | null; parameters: string | null }>(
      'select judged_to as "upTo", parameters from rule_state',
    )
    // By what all was judged last, until somebody says otherwise.
    if (state?.parameters) this.#parameters = JSON.parse(state.parameters) as RuleParameters
    // What was taken in right before a stop may not have been judged.
    this.#isBehind = Number(state?.upTo ?? 0) < (await this.#desk.appliedTo())
  }

  get parameters(): RuleParameters {
    return this.#parameters
  }

  /** Judges by other parameters from here on; gives whether they are others, so that all has to be judged anew. */
  tune(chosen: RuleParameters): boolean {
    if (isDeepStrictEqual(chosen, this.#parameters)) return false
    this.#parameters = chosen
    this.#isBehind = true
    return true
  }

  /** Whether all has to be judged anew. */
  get isBehind(): boolean {
    return this.#isBehind
  }

  /** Judges what was touched, in a moment; what else is touched until then goes with it. */
  soon(today: number, take: () => Touched): void {
    if (this.#timer || this.#hasStopped) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        void this.#alone(async () => {
          const upTo = await this.#desk.appliedTo()
          const touched = take()
          if (touched.isEmpty && !this.#isBehind) return
          const startedAt = performance.now()
          await this.#run(touched, today, upTo)
          this.#tookMs = performance.now() - startedAt
        }).catch(() => {
          this.#isBehind = true
        })
      },
      Math.max(afterMs, this.#tookMs),
    )
  }

  async runAll(today: number): Promise<{ readonly stories: number; readonly tookMs: number }> {
    const startedAt = performance.now()
    await this.#alone(async () => this.#run(undefined, today, await this.#desk.appliedTo()))
    const rows = await this.#desk.ask<{ stories: number }>('select count(*)::integer as stories from story')
    return { stories: Number(rows[0]?.stories ?? 0), tookMs: performance.now() - startedAt }
  }

  stories(since: number, limit: number): Promise<readonly Story[]> {
    return listStories(this.#desk, this.#codes, since, limit)
  }

  async changed(since: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      const waiting = once(this.#events, 'changed', { signal })
      // Nobody may wait for it, once the newest is known.
      waiting.catch(() => undefined)
      const version = await this.#newest()
      if (version > since || signal.aborted || this.#hasStopped) return version
      await waiting.catch(() => undefined)
    }
  }

  /** Ends what runs and whoever waits. */
  async stop(): Promise<void> {
    this.#hasStopped = true
    clearTimeout(this.#timer)
    this.#events.emit('changed')
    await this.#turn.catch(() => undefined)
  }

  async #newest(): Promise<number> {
    // Where there is no story yet there is none to wait for, wherever versions begin.
    const [row] = await this.#desk.ask<{ version: number }>('select coalesce(max(version), 0) as version from story')
    return Number(row?.version ?? 0)
  }

  /** Remembers that all up to here was judged, where nothing of it waits. */
  async close(upTo: number): Promise<void> {
    if (!this.#isBehind) await this.#judged(upTo)
  }

  #judged(upTo: number): Promise<void> {
    return this.#desk.change([{ sql: `update rule_state set judged_to = ${upTo}` }])
  }

  async #run(touched: Touched | undefined, today: number, upTo: number): Promise<void> {
    const scope = this.#isBehind ? 'all' : (touched?.scope ?? 'all')
    const { feedback } = this
    const parameters = this.#parameters
    const { changed } = await runRules(this.#desk, { scope, today, ids: this.#ids, parameters, feedback })
    // Others may have been chosen meanwhile: then all is judged once more.
    this.#isBehind = parameters !== this.#parameters
    if (scope === 'all') {
      await this.#desk.change([
        {
          sql: 'update rule_state set parameters = $parameters',
          parameters: { parameters: JSON.stringify(parameters) },
        },
      ])
    }
    await this.#judged(upTo)
    if (changed > 0) this.#events.emit('changed')
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work)
    this.#turn = done.catch(() => undefined)
    return done
  }
}
