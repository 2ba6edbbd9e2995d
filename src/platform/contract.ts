/**
 * An endpoint is said once. From its declaration come the route, the typed call of the web app, the command
 * (`vigil call NAME`), the OpenAPI description and the name of its entry on the ledger. The rules:
 *  - `roles` say who may; there is no endpoint without them, and nothing else decides it.
 *  - `input` is one strict object: the words of the path in braces, then the query of a read or the JSON body of a change.
 *  - On the wire an instant is an ISO 8601 text in UTC, a day `YYYY-MM-DD`; nothing else is converted.
 *  - Lists are pages: at most so many items, and `next`, which asks for the items after them.
 *
 * This file is seen by the web app too (by its types), so it knows nothing of servers and databases.
 */
import { z } from 'zod'
import { isDay } from './days.ts'

/** An instant: a `Date` here, an ISO 8601 text in UTC on the wire. */
export const instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})

/** A day, `YYYY-MM-DD`. */
export const day = z.string().refine(isDay, 'not a day (YYYY-MM-DD)').meta({ format: 'date' })

/** The number of a row: positive and exact. */
export const id = z.int().positive()

/** The database keeps no NUL in a text; nobody types one. */
const hasNoNul = (text: string) => !text.includes('\0')
const withoutNul = 'holds a character that no text has'

/** Words typed by a person, for a line of a form. */
export const line = (longest = 200) => z.string().trim().min(1).max(longest).refine(hasNoNul, withoutNul)

/** Words typed by a person, several lines of them. */
export const prose = (longest = 4_000) => z.string().trim().min(1).max(longest).refine(hasNoNul, withoutNul)

/** What every list takes: how many, and after which item (the `next` of the page before). */
export const paging = {
  limit: z.int().min(1).max(200).default(50),
  after: z.string().max(300).optional(),
}

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    /** What to hand in as `after` for the next page; null when this is the last one. */
    next: z.string().nullable(),
  })
}

/** The roles of members, of programs with a token, and of who holds the data directory. */
export const roles = {
  'privacy-officer': 'Privacy officer',
  'security-officer': 'Security officer',
  administrator: 'Administrator',
  manager: 'Manager',
  staff: 'Staff',
  auditor: 'Auditor',
  'api-client': 'Program',
} as const
export type Role = keyof typeof roles
export const role = z.enum(Object.keys(roles) as [Role, ...Role[]])

/** Those who run the programme. */
export const officers = ['privacy-officer', 'security-officer', 'administrator'] as const satisfies readonly Role[]
/** Those who may read all of it but patients' records. */
export const readers = [...officers, 'auditor', 'api-client'] as const satisfies readonly Role[]
/** Everybody with a role in the organisation, programs excepted. */
export const everyMember = [...officers, 'manager', 'staff', 'auditor'] as const satisfies readonly Role[]

/**
 * Who may call: members with one of these roles; or one who is signed in, whatever roles they have (`anyone`), also when
 * the second factor is still asked for (`arriving`); or everybody (`nobody` need sign in); or whoever holds the data
 * directory alone (`operator`), who may also do whatever roles may.
 */
export type Audience = readonly Role[] | 'anyone' | 'arriving' | 'nobody' | 'operator'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** JSON both ways; a stream of bytes in (`upload`) or out (`download`); or server-sent events (`events`). */
export type Carriage = 'json' | 'upload' | 'download' | 'events'

export interface Endpoint<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** `slice.verb`: the name of the call, the command and the ledger's entry. */
  readonly name: string
  readonly method: Method
  /** Below `/api`, with the words of the input that stand in it in braces: `/findings/{findingId}`. */
  readonly path: `/${string}`
  readonly effect: 'read' | 'change'
  /** One line in the imperative. */
  readonly summary: string
  readonly roles: Audience
  readonly input: I
  readonly output: O
  readonly carriage: Carriage
  /** Of an upload: it may come with `Content-Encoding: gzip`, for its use case unpacks it. */
  readonly takesGzip?: true
  /**
   * Where a program's token needs a scope: `<slice>:read` or `<slice>:change`, by the name and the effect. A change of
   * nothing (a preview) may say `read`.
   */
  readonly scope: string
}

type Declared<I extends z.ZodType, O extends z.ZodType> = Omit<Endpoint<I, O>, 'carriage' | 'scope'> & {
  readonly carriage?: Carriage
  readonly scope?: string
}

/** Declares an endpoint. Input must be a strict object, so that a misspelt field is refused rather than ignored. */
export function endpoint<const I extends z.ZodType, const O extends z.ZodType>(
  declared: Declared<I, O>,
): Endpoint<I, O> {
  const [slice] = declared.name.split('.')
  return { carriage: 'json', scope: `${slice}:${declared.effect}`, ...declared }
}

/** An endpoint's input as handlers get it, and as callers write it. */
export type InputOf<E extends Endpoint> = z.output<E['input']>
export type WireInputOf<E extends Endpoint> = z.input<E['input']>
/** An endpoint's output as handlers give it, and as callers get it. */
export type OutputOf<E extends Endpoint> = z.output<E['output']>
export type WireOutputOf<E extends Endpoint> = z.input<E['output']>

/** Nothing: the output of a change that has nothing to say. */
export const nothing = z.object({})

/** The words of a path that stand in braces. */
export function wordsOf(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, word]) => word ?? '')
}
