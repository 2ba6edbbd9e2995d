/** The kinds of expected "no", each with the HTTP status that a server answers it by. */
export const refusalKinds = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  slow: 408,
  conflict: 409,
  large: 413,
  unsupported: 415,
  busy: 429,
  unavailable: 503,
} as const

export type RefusalKind = keyof typeof refusalKinds

/** An expected no: a stable code, a sentence for the person, and what to do next. Everything else thrown is a defect. */
export class Refusal extends Error {
  readonly kind: RefusalKind
  readonly code: string
  readonly hint: string | undefined

  constructor(kind: RefusalKind, code: string, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Refusal'
    this.kind = kind
    this.code = code
    this.hint = hint
  }
}

type RefusalTable = Readonly<Record<string, readonly [kind: RefusalKind, sentence: string, hint?: string]>>

/** Everything that any slice may refuse, by code: `docs/refusals.md` is made from it. */
export const refusalRegister = new Map<string, { kind: RefusalKind; sentence: string; hint: string | undefined }>()

/**
 * Declares the refusals of one noun and gives the function that makes them. Words in braces in a sentence are filled
 * from `words`; they must never be patient or person identifiers.
 */
export function refusals<T extends RefusalTable>(noun: string, table: T) {
  for (const [state, [kind, sentence, hint]] of Object.entries(table)) {
    refusalRegister.set(`${noun}-${state}`, { kind, sentence, hint })
  }
  return (
    state: keyof T & string,
    words: Readonly<Record<string, string | number>> = {},
    options?: ErrorOptions,
  ): Refusal => {
    const entry = table[state] as T[string]
    const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, word: string) => String(words[word] ?? whole))
    const hint = entry[2]
    return new Refusal(
      entry[0],
      `${noun}-${state}`,
      fill(entry[1]),
      hint === undefined ? undefined : fill(hint),
      options,
    )
  }
}
