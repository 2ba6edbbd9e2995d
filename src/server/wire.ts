/**
 * Between HTTP and the input of an endpoint. The words of the path and of the query are texts; the endpoint's own schema
 * says which of them are numbers, truth values and lists. What cannot be read as such is left a text, and refused by the
 * schema in its own words.
 *
 * Each field is said in one place: a word of the path that the query or the body says again is refused, and so is a query
 * where the body is read. Two readers of one request could otherwise take it for two different ones.
 */
import { z } from 'zod'
import { type Endpoint, wordsOf } from '#platform/contract.ts'
import { type Flaw, InvalidRequest } from './refusals.ts'

type JsonSchema = { readonly [key: string]: unknown }
type Kind = 'text' | 'number' | 'boolean' | 'json'
interface Field {
  readonly kind: Kind
  readonly isList: boolean
}

/** Reads what a request carries into the input of one endpoint; refuses `request-invalid`. */
export type ReadInput = (
  words: Readonly<Record<string, string>>,
  query: URLSearchParams,
  body: unknown,
) => Readonly<Record<string, unknown>>

export function openReader(endpoint: Endpoint): ReadInput {
  const fields = fieldsOf(endpoint)
  const inPath = wordsOf(endpoint.path)
  const isByQuery = endpoint.method === 'GET' || endpoint.carriage === 'upload'
  const convert = (name: string, texts: readonly string[]): unknown => {
    const field = fields.get(name) ?? { kind: 'text', isList: false }
    const values = texts.map((text) => convertText(field.kind, text))
    // One that comes twice and is no list stays a list: the schema refuses it.
    return field.isList || values.length > 1 ? values : values[0]
  }
  return (words, query, body) => {
    const flaws: Flaw[] = []
    const flaw = (name: string, message: string) => flaws.push({ path: [name.slice(0, 100)], message })
    for (const [name, text] of [...query, ...Object.entries(words)]) {
      // No column holds a NUL. In JSON it is refused as it is read.
      if (name.includes('\0') || text.includes('\0'))
        flaw(name.replaceAll('\0', ''), 'a text holds what is no character')
    }
    const said = isByQuery || !isObject(body) ? new Set(query.keys()) : new Set([...query.keys(), ...Object.keys(body)])
    for (const name of inPath) if (said.has(name)) flaw(name, 'it stands in the path, and nowhere else')
    if (!isByQuery) {
      for (const name of new Set(query.keys())) {
        if (!inPath.includes(name)) flaw(name, 'the query is not read here: it belongs in the body')
      }
      if (!isObject(body)) flaws.push({ path: [], message: 'the body is not a JSON object' })
    }
    if (flaws.length > 0) throw new InvalidRequest(flaws.slice(0, 20))
    const input: Record<string, unknown> = Object.create(null)
    if (isByQuery) {
      for (const name of new Set(query.keys())) input[name] = convert(name, query.getAll(name))
    } else if (isObject(body)) {
      Object.assign(input, body)
    }
    for (const name of inPath) input[name] = convert(name, [words[name] ?? ''])
    return { ...input }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsOf(endpoint: Endpoint): ReadonlyMap<string, Field> {
  const schema = z.toJSONSchema(endpoint.input, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
  return new Map(Object.entries(properties).map(([name, property]) => [name, fieldOf(property)]))
}

function fieldOf(schema: JsonSchema): Field {
  const types = typesOf(schema)
  if (types.has('array')) return { kind: fieldOf((schema['items'] ?? {}) as JsonSchema).kind, isList: true }
  if (types.has('integer') || types.has('number')) return { kind: 'number', isList: false }
  if (types.has('boolean')) return { kind: 'boolean', isList: false }
  if (types.has('object')) return { kind: 'json', isList: false }
  return { kind: 'text', isList: false }
}

function typesOf(schema: JsonSchema): ReadonlySet<unknown> {
  const { type, anyOf } = schema
  const own = Array.isArray(type) ? type : [type]
  const others = Array.isArray(anyOf) ? anyOf.flatMap((one: JsonSchema) => [...typesOf(one)]) : []
  return new Set([...own, ...others])
}

function convertText(kind: Kind, text: string): unknown {
  switch (kind) {
    case 'number':
      return /^-?\d{1,16}(\.\d{1,16})?$/.test(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'json':
      return readJson(text)
    case 'text':
      return text
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The schema refuses a text where it wants an object.
    return text
  }
}
