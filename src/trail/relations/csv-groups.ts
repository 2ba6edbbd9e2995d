/**
 * Whom the rows of one file name together. What is gathered is told in between where it becomes much, and only hashes are kept
 * of what was told: a group whose rows lie far apart is told in parts.
 */
import { hash64 } from '../hash/hash.ts'
import { HashSet } from '../intake/seen.ts'
import type { Known, RelationGroup } from '../model/relation.ts'
import type { KnownSink } from './format.ts'

const membersAtMost = 500_000
/** Groups that are handed on before it is asked whether the receiver follows. */
const groupsAtOnce = 4_096
const nothing = Buffer.alloc(0)
const seed = new Uint8Array(16)

export class FileGroups {
  readonly #sink: KnownSink
  readonly #atMost: number
  readonly #told = new HashSet(0)
  #members = new Map<string, Set<string>>()
  #size = 0

  constructor(sink: KnownSink, atMost = membersAtMost) {
    this.#sink = sink
    this.#atMost = atMost
  }

  add(known: readonly Known[]): void {
    for (const one of known) {
      if (one.record !== 'relation' || one.group === undefined) continue
      const members = this.#members.get(one.group)
      if (members) members.add(one.key)
      else this.#members.set(one.group, new Set([one.key]))
      this.#size += 1
    }
  }

  async tellWhenMany(): Promise<void> {
    if (this.#size >= this.#atMost) await this.#tell((key) => this.#note(key))
  }

  /** Tells the rest. */
  async end(): Promise<void> {
    await this.#tell(this.#told.size === 0 ? () => true : (key) => this.#note(key))
  }

  async #tell(isFirst: (key: string) => boolean): Promise<void> {
    let count = 0
    for (const [key, members] of this.#members) {
      const group: RelationGroup = { record: 'group', key, members: [...members] }
      this.#sink.take(nothing, [isFirst(key) ? group : { ...group, isMore: true }])
      count += 1
      if (count % groupsAtOnce === 0) await this.#sink.ready()
    }
    this.#members = new Map()
    this.#size = 0
  }

  /** False where a part of it was told before. */
  #note(key: string): boolean {
    const bytes = Buffer.from(key)
    const words = new Uint32Array(hash64(seed, bytes, Uint32Array.of(bytes.length)).buffer)
    return this.#told.add(words[1] ?? 0, words[0] ?? 0)
  }
}
