/**
 * Under which id a story is told. A case is kept by it and it stands in addresses, so it stays while anything of the story does,
 * is never another's, and gives nothing away. The rules:
 *  - A story has parts: each login with each identifier of a patient; of days, each login of the person; after leaving, each
 *    login. A part's key is a keyed hash of these texts. Neither who a login belongs to, nor where a patient lives, nor the codes
 *    of the dictionary, which are others after a month was destroyed, change it.
 *  - A story's own id is the key of its first part, so it follows from the accesses alone.
 *  - What makes a story of several parts may change: one is explained, or destroyed, or an earlier one comes in late. A story is
 *    told under the id under which one of its parts was told before, the open stories first.
 *  - No two are told under one id. Where a story falls apart, the one that keeps its own id keeps the id that was told, and where
 *    several come together, the id of the earliest part goes on.
 */
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeDurably } from '../log/durable.ts'
import type { Code, Codes } from '../store/store.ts'

/** A story that was found, with the keys of its parts, the first first: its own id is the first of them. */
export interface Found {
  readonly id: string
  readonly keys: readonly string[]
  readonly firstAt: number
}

/** A story that is kept: its own id, and the one under which it is told. */
export interface Kept {
  readonly id: string
  readonly told: string
  readonly isOpen: boolean
}

export interface Assigned {
  /** By the stories' own ids. */
  readonly told: ReadonlyMap<string, string>
  /** Ids under which something was told that is part of these stories now. */
  readonly covered: ReadonlySet<string>
}

/** What a part is of: a login's accesses to a record, all that they do after leaving, or the days of a person. */
export type PartKind = 'record' | 'left' | 'days'

const id = z.string().regex(/^[0-9a-f]{32}$/)
const content = z.object({ version: z.literal(1), told: z.record(id, id) })

export interface StoryIdsOptions {
  /** 32 bytes that nobody else knows (`Secrets.stories`). */
  readonly secret: Uint8Array
  readonly codes: Pick<Codes, 'textOf'>
  /** Where it is kept what was told otherwise than by its own key; in memory alone where none is given. */
  readonly path?: string | undefined
}

export class StoryIds {
  readonly #options: StoryIdsOptions
  #told: Map<string, string>

  private constructor(options: StoryIdsOptions, told: Map<string, string>) {
    this.#options = options
    this.#told = told
  }

  /** A file that cannot be read is begun anew: stories of one part are told as before. */
  static async open(options: StoryIdsOptions): Promise<StoryIds> {
    return new StoryIds(options, options.path === undefined ? new Map() : await readTold(options.path))
  }

  keyOf(kind: PartKind, usr: Code, patient: Code = 0): string {
    const { codes } = this.#options
    return this.#hash([kind, codes.textOf('user', usr), codes.textOf('patient', patient)])
  }

  /** Says under which ids stories are told, beside what is kept. Remembers nothing. */
  assign(stories: readonly Found[], kept: readonly Kept[]): Assigned {
    const open = new Map(kept.filter(({ isOpen }) => isOpen).map((story) => [story.id, story.told]))
    const openIds = new Set(open.values())
    const allIds = new Set(kept.map((story) => story.told))
    const told = new Map<string, string>()
    const taken = new Set<string>()
    const take = (story: Found, id: string) => {
      told.set(story.id, id)
      taken.add(id)
    }
    const waiting: Found[] = []
    for (const story of stories) {
      const own = open.get(story.id)
      if (own === undefined) waiting.push(story)
      else take(story, own)
    }
    const candidates = new Map(stories.map((story) => [story.id, this.#candidates(story, open.get(story.id))]))
    // Whoever is told under a key of their own goes before those that were once told under it beside them.
    const isOwn = (story: Found) => candidates.get(story.id)?.[0] === story.id
    waiting.sort(
      (one, other) =>
        Number(isOwn(other)) - Number(isOwn(one)) || one.firstAt - other.firstAt || (one.id < other.id ? -1 : 1),
    )
    for (const story of waiting) {
      const free = candidates.get(story.id)?.filter((id) => !taken.has(id)) ?? []
      const known = free.find((id) => openIds.has(id)) ?? free.find((id) => allIds.has(id))
      take(story, known ?? free[0] ?? this.#another(story.id, new Set([...taken, ...allIds])))
    }
    return { told, covered: new Set([...candidates.values()].flat()) }
  }

  /** The ids under which a story may be told, the likeliest first. */
  #candidates({ keys }: Found, before: string | undefined): readonly string[] {
    const known = keys.map((key) => this.#told.get(key) ?? key)
    return [...new Set([...(before === undefined ? [] : [before]), ...known, ...keys])]
  }

  /** A further id for a story whose own is told of another. */
  #another(id: string, taken: ReadonlySet<string>): string {
    for (let count = 1; ; count += 1) {
      const other = this.#hash([id, String(count)])
      if (!taken.has(other)) return other
    }
  }

  /** Remembers under which ids parts are told; durable when it resolves. */
  async keep(told: Iterable<readonly [key: string, id: string]>): Promise<void> {
    const next = new Map(this.#told)
    for (const [key, toldAs] of told) {
      if (key === toldAs) next.delete(key)
      else next.set(key, toldAs)
    }
    const isSame = next.size === this.#told.size && [...next].every(([key, one]) => this.#told.get(key) === one)
    if (isSame) return
    const { path } = this.#options
    if (path !== undefined) await writeDurably(path, JSON.stringify({ version: 1, told: Object.fromEntries(next) }))
    this.#told = next
  }

  #hash(words: readonly string[]): string {
    return createHmac('sha256', this.#options.secret).update(JSON.stringify(words)).digest('hex').slice(0, 32)
  }
}

async function readTold(path: string): Promise<Map<string, string>> {
  try {
    const parsed = content.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return new Map(parsed.success ? Object.entries(parsed.data.told) : [])
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw error
  }
}
