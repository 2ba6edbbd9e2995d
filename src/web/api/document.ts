/** Reads an OpenAPI 3.1 document as far as the page of the API shows it. Pure. */
import { t } from '#ui/t.ts'

export interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly $ref?: string
}

interface Media {
  readonly schema?: Schema
}

interface Described {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema?: Schema
  }[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, Media>> }
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>
  readonly 'x-roles'?: readonly string[] | string
}

export interface ApiDocument {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

export interface Field {
  readonly name: string
  readonly place: 'path' | 'query' | 'body'
  readonly isRequired: boolean
  readonly schema: Schema
}

export interface Operation {
  readonly name: string
  readonly slice: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly roles: readonly string[] | string
  readonly fields: readonly Field[]
  /** What a request is made of and what comes back, where it is not JSON. */
  readonly carriage: 'json' | 'upload' | 'download' | 'events'
  readonly output: Schema | undefined
}

const methods = ['get', 'post', 'put', 'patch', 'delete']

export function readOperations(document: ApiDocument): readonly Operation[] {
  const resolve = (schema: Schema = {}): Schema => {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : (document.components?.schemas?.[name] ?? {})
  }
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const described = item[method]
      if (described === undefined) return []
      const body = described.requestBody?.content
      const sent = resolve(body?.['application/json']?.schema)
      const answer = Object.entries(described.responses ?? {}).find(([status]) => status.startsWith('2'))?.[1].content
      const name = described.operationId ?? `${method} ${path}`
      return {
        name,
        slice: described.tags?.[0] ?? name.split('.')[0] ?? '',
        method: method.toUpperCase(),
        path,
        summary: described.summary ?? '',
        roles: described['x-roles'] ?? [],
        fields: [
          ...(described.parameters ?? [])
            .filter(({ in: place }) => place === 'path' || place === 'query')
            .map(
              ({ name, in: place, required, schema }): Field => ({
                name,
                place: place === 'path' ? 'path' : 'query',
                isRequired: required ?? false,
                schema: resolve(schema),
              }),
            ),
          ...Object.entries(sent.properties ?? {}).map(
            ([name, schema]): Field => ({
              name,
              place: 'body',
              isRequired: sent.required?.includes(name) ?? false,
              schema: resolve(schema),
            }),
          ),
        ],
        carriage: carriageOf(body, answer),
        output: answer?.['application/json'] ? resolve(answer['application/json'].schema) : undefined,
      }
    }),
  )
}

function carriageOf(
  sent: Readonly<Record<string, Media>> | undefined,
  answer: Readonly<Record<string, Media>> | undefined,
): Operation['carriage'] {
  if (sent && !('application/json' in sent)) return 'upload'
  if (answer && 'text/event-stream' in answer) return 'events'
  if (answer && Object.keys(answer).length > 0 && !('application/json' in answer)) return 'download'
  return 'json'
}

/** "text, at most 200 letters", "number, 1 to 200", "one of low, medium": a schema in a few words. */
export function saySchema(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return t('one of {choices}', { choices: schema.enum.map(String).join(', ') })
  const options = schema.anyOf ?? schema.oneOf
  if (options) return joinChoices(options.map(saySchema))
  const types = [schema.type ?? 'any'].flat()
  return joinChoices(
    types.map((type) => {
      if (type === 'array') return t('list of {items}', { items: saySchema(schema.items ?? {}) })
      if (type === 'object') {
        const names = Object.keys(schema.properties ?? {})
        return names.length > 0 ? t('object of {fields}', { fields: names.join(', ') }) : t('object')
      }
      if (type === 'string') return [t('text'), sayFormat(schema)].filter(Boolean).join(', ')
      if (type === 'integer' || type === 'number') return [t('number'), sayRange(schema)].filter(Boolean).join(', ')
      if (type === 'boolean') return t('true or false')
      return type === 'null' ? t('nothing') : type
    }),
  )
}

function joinChoices(choices: readonly string[]): string {
  return choices.reduce((first, second) => t('{first}, or {second}', { first, second }))
}

function sayFormat({ format, maxLength }: Schema): string {
  const words: Readonly<Record<string, string>> = {
    date: t('a day as YYYY-MM-DD'),
    'date-time': t('an instant in UTC'),
    email: t('an e-mail address'),
  }
  if (format !== undefined) return words[format] ?? format
  return maxLength === undefined ? '' : t('at most {count} letters', { count: String(maxLength) })
}

function sayRange({ minimum, maximum }: Schema): string {
  const top = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined
  if (minimum !== undefined && top !== undefined)
    return t('{least} to {most}', { least: String(minimum), most: String(top) })
  if (top !== undefined) return t('at most {most}', { most: String(top) })
  return minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER
    ? t('at least {least}', { least: String(minimum) })
    : ''
}

/** What somebody typed for a field, as it is sent; undefined when it is left out. Throws a sentence that says what is wrong. */
export function readTyped({ name, schema }: Pick<Field, 'name' | 'schema'>, typed: string): unknown {
  const text = typed.trim()
  if (text === '') return undefined
  const types = [schema.type ?? (schema.enum ? 'string' : 'any')].flat()
  if (types.includes('string')) return text
  if (types.includes('integer') || types.includes('number')) {
    const number = Number(text)
    if (Number.isNaN(number)) throw new Error(`${name} is a number.`)
    return number
  }
  try {
    return JSON.parse(text)
  } catch {
    if (types.includes('any')) return text
    throw new Error(`${name} is JSON: ${saySchema(schema)}.`)
  }
}

export interface Request {
  readonly method: string
  /** From `/` on. */
  readonly address: string
  readonly body: string | undefined
}

/** Makes the request of what was typed. */
export function makeRequest(operation: Operation, typed: Readonly<Record<string, string>>): Request {
  let address = operation.path.startsWith('/api') ? operation.path : `/api${operation.path}`
  const query = new URLSearchParams()
  const body: Record<string, unknown> = {}
  for (const field of operation.fields) {
    const value = readTyped(field, typed[field.name] ?? '')
    if (value === undefined) continue
    if (field.place === 'path') address = address.replace(`{${field.name}}`, encodeURIComponent(String(value)))
    else if (field.place === 'query') for (const item of [value].flat()) query.append(field.name, String(item))
    else body[field.name] = value
  }
  const words = query.toString()
  const hasBody = operation.method !== 'GET' && operation.carriage !== 'upload'
  return {
    method: operation.method,
    address: words === '' ? address : `${address}?${words}`,
    body: hasBody ? JSON.stringify(body) : undefined,
  }
}

/** The request as a command, which is not translated. The token stands in the environment, never in the history of a shell. */
export function sayCurl({ method, address, body }: Request, origin: string, carriage: Operation['carriage']): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quote(origin + address)}`]
  parts.push('-H "Authorization: Bearer $VIGIL_TOKEN"')
  if (body !== undefined) parts.push("-H 'Content-Type: application/json'", `-d ${quote(body)}`)
  if (carriage === 'upload') parts.push("-H 'Content-Type: application/octet-stream'", '--data-binary @FILE')
  if (carriage === 'events') parts.push('-N')
  if (carriage === 'download') parts.push('-OJ')
  return parts.join(' \\\n  ')
}
