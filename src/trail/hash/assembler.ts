/**
 * As much of an assembler for WebAssembly (binary format 1.0 with SIMD) as the hash module needs: functions of locals,
 * one exported memory, mutable globals. Nothing is checked here: an error in what is written shows when it is compiled.
 */
export const i32 = 0x7f
export const i64 = 0x7e
export const v128 = 0x7b

type ValueType = typeof i32 | typeof i64 | typeof v128

/** Instructions without an immediate, by the names of the specification. */
const plain = {
  return: [0x0f],
  'i32.eqz': [0x45],
  'i32.ne': [0x47],
  'i32.lt_s': [0x48],
  'i32.gt_s': [0x4a],
  'i32.le_s': [0x4c],
  'i32.ge_u': [0x4f],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.shl': [0x74],
  'i32.shr_u': [0x76],
  'i32.rotl': [0x77],
  'i32.rotr': [0x78],
  'i64.add': [0x7c],
  'i64.sub': [0x7d],
  'i64.and': [0x83],
  'i64.or': [0x84],
  'i64.xor': [0x85],
  'i64.shl': [0x86],
  'i64.rotl': [0x89],
  'i64.extend_i32_u': [0xad],
  'v128.and': [0xfd, 0x4e],
  'v128.or': [0xfd, 0x50],
  'v128.xor': [0xfd, 0x51],
  'v128.bitselect': [0xfd, 0x52],
  'i32x4.shl': [0xfd, 0xab, 0x01],
  'i32x4.shr_u': [0xfd, 0xad, 0x01],
  'i32x4.add': [0xfd, 0xae, 0x01],
} as const

const memory = {
  'i32.load': [0x28],
  'i64.load': [0x29],
  'i32.store': [0x36],
  'i64.store': [0x37],
  'i32.store8': [0x3a],
  'v128.load': [0xfd, 0x00],
  'v128.store': [0xfd, 0x0b],
} as const

export type Plain = keyof typeof plain
export type Access = keyof typeof memory

/** The body of one function, written from front to back; parameters are the first locals. */
export class Body {
  readonly bytes: number[] = []
  readonly #locals: ValueType[] = []
  readonly #parameters: number

  constructor(parameters: number) {
    this.#parameters = parameters
  }

  local(type: ValueType): number {
    return this.#parameters + this.#locals.push(type) - 1
  }

  do(...names: Plain[]): this {
    for (const name of names) this.bytes.push(...plain[name])
    return this
  }

  get(...locals: number[]): this {
    for (const local of locals) this.bytes.push(0x20, ...unsigned(local))
    return this
  }

  set(local: number): this {
    this.bytes.push(0x21, ...unsigned(local))
    return this
  }

  tee(local: number): this {
    this.bytes.push(0x22, ...unsigned(local))
    return this
  }

  getGlobal(index: number): this {
    this.bytes.push(0x23, ...unsigned(index))
    return this
  }

  setGlobal(index: number): this {
    this.bytes.push(0x24, ...unsigned(index))
    return this
  }

  /** A constant of 32 bits. */
  int(value: number): this {
    this.bytes.push(0x41, ...signed(BigInt(value | 0)))
    return this
  }

  /** A constant of 64 bits. */
  long(value: bigint): this {
    this.bytes.push(0x42, ...signed(BigInt.asIntN(64, value)))
    return this
  }

  /** Four equal lanes. */
  splat(value: number): this {
    const lane = [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]
    this.bytes.push(0xfd, 0x0c, ...lane, ...lane, ...lane, ...lane)
    return this
  }

  /** Takes bytes of the two vectors on the stack: 0 to 15 are the first's. */
  shuffle(places: readonly number[]): this {
    this.bytes.push(0xfd, 0x0d, ...places)
    return this
  }

  access(name: Access, offset = 0): this {
    // An alignment of one byte is always true.
    this.bytes.push(...memory[name], 0, ...unsigned(offset))
    return this
  }

  call(index: number): this {
    this.bytes.push(0x10, ...unsigned(index))
    return this
  }

  when(inside: () => void): this {
    this.bytes.push(0x04, 0x40)
    inside()
    this.bytes.push(0x0b)
    return this
  }

  /** Goes round for as long as the condition, which leaves one number on the stack, is not 0. */
  loopWhile(condition: () => void, inside: () => void): this {
    this.bytes.push(0x02, 0x40, 0x03, 0x40)
    condition()
    this.bytes.push(0x45, 0x0d, 1)
    inside()
    this.bytes.push(0x0c, 0, 0x0b, 0x0b)
    return this
  }

  encode(): number[] {
    const locals = this.#locals.flatMap((type) => [1, type])
    return sized([...unsigned(this.#locals.length), ...locals, ...this.bytes, 0x0b])
  }
}

export interface Procedure {
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
  /** Under this name it can be called from outside. */
  readonly name?: string
  readonly body: Body
}

/** Writes a module with one memory of so many pages of 64 KiB, exported as `memory`, and i32 globals that begin at 0. */
export function encodeModule(
  procedures: readonly Procedure[],
  globals: number,
  pages: number,
): Uint8Array<ArrayBuffer> {
  const types = procedures.map(({ parameters, results }) => [
    0x60,
    ...unsigned(parameters.length),
    ...parameters,
    ...unsigned(results.length),
    ...results,
  ])
  const exported = procedures.flatMap(({ name }, i) =>
    name === undefined ? [] : [[...nameOf(name), 0, ...unsigned(i)]],
  )
  const sections: readonly (readonly [id: number, items: readonly (readonly number[])[]])[] = [
    [1, types],
    [3, procedures.map((_, i) => unsigned(i))],
    [5, [[0, ...unsigned(pages)]]],
    [6, Array.from({ length: globals }, () => [i32, 1, 0x41, 0, 0x0b])],
    [7, [[...nameOf('memory'), 2, 0], ...exported]],
    [10, procedures.map(({ body }) => body.encode())],
  ]
  const bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  for (const [id, items] of sections) {
    bytes.push(id)
    for (const byte of sized([...unsigned(items.length), ...items.flat()])) bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

function nameOf(name: string): number[] {
  return sized([...Buffer.from(name)])
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes]
}

function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  return [...bytes, rest]
}

function signed(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 127n)
    // The last byte's sixth bit is the sign.
    if (rest >= -64n && rest < 64n) return [...bytes, low]
    bytes.push(low | 128)
  }
}
