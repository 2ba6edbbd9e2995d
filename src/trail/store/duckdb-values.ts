/**
 * Values on their way into DuckDB and out of it. Numbers go in as vectors of 2,048 in the column's own type: anything else
 * costs several times as much. A parameter bound in another type than its column's (INTEGER for UINTEGER) would have the whole
 * table read, so parameters take the type that the statement gives them.
 */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBDataChunk,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  type DuckDBPreparedStatement,
  DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  INTEGER,
  LIST,
  UBIGINT,
  UINTEGER,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api'

type Scalar = number | bigint | boolean | string
export type QueryParameters = Readonly<Record<string, Scalar | null | readonly Scalar[]>>

/** `int64` and `uint64` are for `append` only. */
export const columnTypes = {
  uint8: UTINYINT,
  uint32: UINTEGER,
  int32: INTEGER,
  int64: BIGINT,
  uint64: UBIGINT,
  boolean: BOOLEAN,
} as const

export type RowType = 'uint8' | 'uint32' | 'int32' | 'boolean'

export type Column =
  | readonly ['uint8', Uint8Array]
  | readonly ['uint32', Uint32Array]
  | readonly ['int32', Int32Array]
  /** Whole numbers that a double holds exactly. */
  | readonly ['int64' | 'uint64', Float64Array]

/**
 * The driver keeps a vector's memory as a typed array, in a field that it does not make public. Set value by value through
 * the public way, sixteen columns of integers take half of the time of the whole intake; its version is pinned.
 */
interface VectorMemory {
  readonly items: Uint8Array | Uint32Array | Int32Array | BigInt64Array | BigUint64Array
}

export function fillColumn(
  chunk: DuckDBDataChunk,
  place: number,
  [type, values]: Column,
  from: number,
  to: number,
): void {
  const vector = chunk.getColumnVector(place)
  const { items } = vector as unknown as VectorMemory
  if (type === 'int64' || type === 'uint64') writeWords(items, values, from, to)
  else (items as Uint32Array).set(values.subarray(from, to))
  vector.flush()
}

/** 64-bit integers as two words each, the lower first: making a BigInt of each takes several times as long. */
function writeWords(items: VectorMemory['items'], values: Float64Array, from: number, to: number): void {
  const words = new Uint32Array(items.buffer, items.byteOffset, (to - from) * 2)
  for (let at = from, word = 0; at < to; at += 1, word += 2) {
    const value = values[at] ?? 0
    words[word] = value
    words[word + 1] = Math.floor(value / 2 ** 32)
  }
}

/** Copies a column of a chunk; 64-bit integers become doubles. */
export function readColumn(
  chunk: DuckDBDataChunk,
  place: number,
): Uint8Array | Uint32Array | Int32Array | Float64Array {
  const { items } = chunk.getColumnVector(place) as unknown as VectorMemory
  const isSigned = items instanceof BigInt64Array
  if (!isSigned && !(items instanceof BigUint64Array)) return items.slice()
  const words = new Uint32Array(items.buffer, items.byteOffset, items.length * 2)
  const values = new Float64Array(items.length)
  for (let at = 0; at < items.length; at += 1) {
    const high = words[at * 2 + 1] ?? 0
    values[at] = (isSigned ? high | 0 : high) * 2 ** 32 + (words[at * 2] ?? 0)
  }
  return values
}

export function bindAll(statement: DuckDBPreparedStatement, parameters: QueryParameters): void {
  for (let index = 1; index <= statement.parameterCount; index += 1) {
    const name = statement.parameterName(index)
    const value = parameters[name]
    if (value === undefined) throw new Error(`The statement has a parameter that nothing was given for: ${name}.`)
    if (value === null) statement.bindNull(index)
    else {
      const type = typeOf(statement, index) ?? usualType(value)
      statement.bindValue(index, toDuck(value, type), type)
    }
  }
}

/** The type that a parameter has by where it stands; undefined where that does not say. */
function typeOf(statement: DuckDBPreparedStatement, index: number): DuckDBType | undefined {
  const id = statement.parameterTypeId(index)
  if (id === DuckDBTypeId.INVALID || id === DuckDBTypeId.SQLNULL || id === DuckDBTypeId.ANY) return undefined
  return statement.parameterType(index)
}

/** Lists are mostly of codes; a single number is what it would be if it stood in the text. */
function usualType(value: Scalar | readonly Scalar[]): DuckDBType {
  if (typeof value === 'object') {
    const [first] = value
    if (typeof first === 'string') return LIST(VARCHAR)
    const areCodes = value.every((item) => Number.isInteger(item) && Number(item) >= 0 && Number(item) < 2 ** 32)
    return LIST(areCodes ? UINTEGER : BIGINT)
  }
  if (typeof value === 'string') return VARCHAR
  if (typeof value === 'boolean') return BOOLEAN
  if (typeof value === 'number' && !Number.isInteger(value)) return DOUBLE
  return Number(value) === (Number(value) | 0) ? INTEGER : BIGINT
}

const wide: readonly DuckDBTypeId[] = [
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]

function toDuck(value: Scalar | readonly Scalar[], type: DuckDBType): DuckDBValue {
  if (typeof value === 'object') {
    const item = type instanceof DuckDBListType ? type.valueType : type
    return new DuckDBListValue(value.map((one) => toDuck(one, item)))
  }
  if (wide.includes(type.typeId)) return BigInt(value)
  return typeof value === 'bigint' ? Number(value) : value
}

/** A value as the rest of the trail reads it: numbers where they are exact. */
export function toPlain(value: DuckDBValue): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (value instanceof DuckDBListValue) return value.items.map(toPlain)
  if (value instanceof DuckDBDecimalValue) return value.toDouble()
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, toPlain(item)]))
  }
  return value
}
