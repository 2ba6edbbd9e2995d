/**
 * Reads messages that are alike without parsing each. A source writes all its messages by the same few templates: of a message that
 * was parsed, the bytes of its values ("leaves") are told from all others, and those leaves that differ from one message to the next
 * become slots. A message whose every other byte is that of a template holds, in the slots, what a parser would find there; any
 * other is parsed. So both ways always give the same value.
 */
import { ByteMemo } from './byte-memo.ts'

export interface Leaf {
  readonly start: number
  readonly end: number
  /** Where the value is kept; undefined where nobody reads it. */
  readonly target: Record<string, unknown> | unknown[] | undefined
  readonly key: string | number
  /** Leaves of a group decide together on something that is remembered (`remember`); 0 is none. */
  readonly group?: number
}

export interface Grammar {
  /** The values of a valid message that may vary, in their order; undefined where it cannot serve as a template. */
  leavesOf(buffer: Buffer, start: number, end: number, value: unknown): readonly Leaf[] | undefined
  /** Finds where the value of a slot ends: the place of its closing byte, or -1 where it needs a parser. */
  endOf(buffer: Buffer, start: number, end: number): number
  readonly decode: (buffer: Buffer, start: number, end: number) => string
}

interface Template {
  readonly skeleton: string
  readonly bytes: Buffer
  readonly value: unknown
  readonly leaves: readonly Leaf[]
  readonly isSlot: Uint8Array
  slots: readonly Slot[]
  /** By group: what was made of the values of its slots. */
  memories: Memory[]
  /** Where the bytes after the last slot begin. */
  tail: number
}

interface Memory {
  readonly known: Map<string, unknown>
  asked: number
  missed: number
  isWorthIt: boolean
}

interface Slot {
  /** The constant bytes before it, by their places in the template. */
  readonly from: number
  readonly to: number
  readonly target: Record<string | number, unknown> | undefined
  readonly key: string | number
  readonly memo: ByteMemo<string>
  readonly group: number
  text: string
}

const mostTemplates = 48
const longestTemplate = 64 * 1024
/** A source whose messages are all different is not learnt from for ever. */
const trials = 2000
const longestMemory = 50_000
/** After so many questions it is judged whether the answers come again. */
const memoryTrial = 4096

export class Templates {
  readonly #grammar: Grammar
  readonly #templates: Template[] = []
  #hits = 0
  #lessons = 0
  #last: Template | undefined

  constructor(grammar: Grammar) {
    this.#grammar = grammar
  }

  /** The value of a message that a template fits. It is used again for the next one: nobody may keep it. */
  parse(buffer: Buffer, start: number, end: number): unknown {
    const templates = this.#templates
    for (let at = 0; at < templates.length; at += 1) {
      const template = templates[at] as Template
      if (!this.#fits(template, buffer, start, end)) continue
      this.#hits += 1
      this.#last = template
      if (at > 0) {
        templates[at] = templates[at - 1] as Template
        templates[at - 1] = template
      }
      return template.value
    }
    return undefined
  }

  #fits(template: Template, buffer: Buffer, start: number, end: number): boolean {
    const { bytes, slots } = template
    const grammar = this.#grammar
    let at = start
    for (let place = 0; place < slots.length; place += 1) {
      const slot = slots[place] as Slot
      const length = slot.to - slot.from
      if (at + length > end || !isSame(bytes, slot.from, slot.to, buffer, at)) return false
      at += length
      const close = grammar.endOf(buffer, at, end)
      if (close === -1) return false
      if (slot.target !== undefined) {
        slot.text = slot.memo.take(buffer, at, close)
        slot.target[slot.key] = slot.text
      }
      at = close
    }
    const { tail } = template
    return end - at === bytes.length - tail && isSame(bytes, tail, bytes.length, buffer, at)
  }

  /**
   * What `make` gives for the message that was read last. It may look at nothing but constants and the leaves of this group, so it
   * is asked once for each of their values.
   */
  remember<T>(group: number, make: () => T): T {
    const template = this.#last
    if (template === undefined) return make()
    template.memories[group] ??= { known: new Map(), asked: 0, missed: 0, isWorthIt: true }
    const memory = template.memories[group]
    if (!memory.isWorthIt) return make()
    let key: string | undefined
    for (const slot of template.slots) {
      // No slot holds a control character, so no two lists of values give the same key.
      if (slot.group === group) key = key === undefined ? slot.text : `${key}\0${slot.text}`
    }
    key ??= ''
    memory.asked += 1
    const known = memory.known.get(key)
    if (known !== undefined) return known as T
    memory.missed += 1
    const made = make()
    if (memory.asked % memoryTrial === 0 || memory.known.size >= longestMemory) {
      memory.isWorthIt = memory.missed < memory.asked / 2
      memory.asked = 0
      memory.missed = 0
      if (!memory.isWorthIt || memory.known.size >= longestMemory) memory.known.clear()
    }
    memory.known.set(key, made)
    return made
  }

  /** Learns from a message that was parsed. The value given is kept, and changed later. */
  learn(buffer: Buffer, start: number, end: number, value: unknown): void {
    if (end - start > longestTemplate || (this.#lessons >= trials && this.#hits < this.#lessons)) return
    this.#lessons += 1
    const leaves = this.#grammar.leavesOf(buffer, start, end, value)
    if (leaves === undefined) return
    const skeleton = skeletonOf(buffer, start, end, leaves)
    const known = this.#templates.find((one) => one.skeleton === skeleton)
    if (known === undefined) {
      const bytes = Buffer.from(buffer.subarray(start, end))
      const own = leaves.map((leaf) => ({ ...leaf, start: leaf.start - start, end: leaf.end - start }))
      const isSlot = new Uint8Array(leaves.length)
      const template: Template = { skeleton, bytes, value, leaves: own, isSlot, slots: [], memories: [], tail: 0 }
      if (this.#templates.length >= mostTemplates) this.#templates.pop()
      this.#templates.push(template)
      return
    }
    for (const [place, leaf] of known.leaves.entries()) {
      const here = leaves[place]
      if (here === undefined || known.isSlot[place] === 1) continue
      const isEqual = known.bytes.compare(buffer, here.start, here.end, leaf.start, leaf.end) === 0
      if (!isEqual) known.isSlot[place] = 1
    }
    this.#compile(known)
  }

  #compile(template: Template): void {
    const slots: Slot[] = []
    let from = 0
    for (const [place, leaf] of template.leaves.entries()) {
      if (template.isSlot[place] !== 1) continue
      slots.push({
        from,
        to: leaf.start,
        target: leaf.target as Record<string | number, unknown> | undefined,
        key: leaf.key,
        memo: new ByteMemo(this.#grammar.decode),
        group: leaf.group ?? 0,
        text: '',
      })
      from = leaf.end
    }
    template.slots = slots
    template.memories = []
    template.tail = from
  }
}

function isSame(bytes: Buffer, from: number, to: number, buffer: Buffer, at: number): boolean {
  const length = to - from
  // The call of the native comparison costs as much as some dozens of bytes.
  if (length > 48) return buffer.compare(bytes, from, to, at, at + length) === 0
  for (let place = 0; place < length; place += 1) if (bytes[from + place] !== buffer[at + place]) return false
  return true
}

function skeletonOf(buffer: Buffer, start: number, end: number, leaves: readonly Leaf[]): string {
  const parts: string[] = []
  let from = start
  for (const leaf of leaves) {
    parts.push(buffer.toString('latin1', from, leaf.start))
    from = leaf.end
  }
  parts.push(buffer.toString('latin1', from, end))
  return parts.join('\0')
}
