/**
 * How a slice hands its use cases out: each endpoint of its contract, bound to the function that does it. A slice's
 * `index.ts` exports the list; the gates (`server/gates.ts`) are the only caller.
 */
import type { JobWatcher } from '#core/jobs/watch.ts'
import type { Json } from '#core/ledger/model/entry.ts'
import type { Ledger } from '#core/ledger/service.ts'
import type { BreachedList } from '#core/sign-in/model/breached.ts'
import type { Config } from '#platform/config.ts'
import type { Context } from '#platform/context.ts'
import type { Endpoint, InputOf, OutputOf, Role } from '#platform/contract.ts'
import type { Database } from '#platform/database.ts'
import type { KeyFile } from '#platform/keys.ts'
import { Refusal } from '#platform/refusal.ts'

/** Who is at the door. `operator` holds the data directory; `job` is Vigil itself at work that somebody asked for. */
export type Principal =
  | { readonly kind: 'nobody' }
  /** Signed in, as far as they have come: with the first factor alone (`arriving`), or fully but in no organisation. */
  | { readonly kind: 'identity'; readonly identityId: number; readonly sessionId: number; readonly isArriving: boolean }
  | {
      readonly kind: 'member'
      readonly memberId: number
      readonly organisationId: number
      readonly identityId: number
      readonly sessionId: number
      readonly roles: readonly Role[]
    }
  | { readonly kind: 'token'; readonly tokenId: number; readonly scopes: readonly string[] }
  | { readonly kind: 'operator'; readonly name: string }
  | { readonly kind: 'job'; readonly name: string }

/** What use cases need beside the transaction: opened once, when Vigil starts. */
export interface Services {
  readonly database: Database
  readonly keys: KeyFile
  readonly ledger: Ledger
  readonly config: Config
  readonly dataDirectory: string
  /** The address by which people reach this Vigil, without a path: links and passkeys are made for it. */
  readonly publicUrl: URL
  readonly breached: BreachedList
  /** Makes digests that only this installation can make: marks of browsers, keys of throttles. */
  readonly digestKey: Buffer
  /** Tells how far jobs are; without it (on the command line) none is watched. */
  readonly jobs?: JobWatcher | undefined
}

/** A request that came with bytes: they lie in a file that is removed when the call is over, unless it is moved away. */
export interface Delivered {
  readonly path: string
  readonly bytes: number
  /** SHA-256 of them. */
  readonly digest: Buffer
}

/** What a handler is handed: the context of a use case, who asks, and what Vigil stands on. */
export interface Call extends Context {
  readonly principal: Principal
  /** 0 where the endpoint speaks for no organisation (`anyone`, `arriving`, `nobody`). */
  readonly organisationId: number
  readonly services: Services
  /** Of an upload only. */
  readonly delivered: Delivered | undefined
  /** Where the request comes from, for lists of sessions and for throttling. */
  readonly from: { readonly address: string; readonly userAgent: string; readonly device: string | undefined }
  /**
   * Work that must wait until the change is committed (queueing a job, ending open streams). It is not done where the
   * change is refused, and may be lost when Vigil is stopped in between: what must not be lost is a row that is found again.
   */
  afterwards(work: () => Promise<void> | void): void
  /** Speaks for an organisation from here on: for who came for none and was found to belong to it. */
  speakFor(organisationId: number): Promise<void>
  /** Hands a session's token to the browser, or takes it back. */
  setSession(token: string | null): void
  /** Marks the browser as one from which this person has signed in. */
  setDevice(mark: string): void
}

/** What a change hands to the ledger: opaque ids, and all that was said, sealed. */
export interface Recorded {
  readonly subjects: readonly string[]
  readonly payload: Json
}

/**
 * A refusal that concerns somebody who did not get in. Whoever it was that asked, every organisation that the person serves
 * has it on its ledger.
 */
export class RefusalAbout extends Refusal {
  readonly aboutIdentity: number
  readonly recorded: { readonly subjects: readonly string[]; readonly payload: Readonly<Record<string, Json>> }

  constructor({ kind, code, message, hint }: Refusal, aboutIdentity: number, recorded: RefusalAbout['recorded']) {
    super(kind, code, message, hint)
    this.aboutIdentity = aboutIdentity
    this.recorded = recorded
  }
}

/** A file to send: removed when it is sent. */
export interface Download {
  readonly path: string
  readonly fileName: string
  readonly contentType: string
}

export interface Occurrence {
  readonly event: string
  readonly data: Json
}

export interface Bound {
  readonly endpoint: Endpoint
  /** Slow work that needs no transaction, such as hashing a password: so that no connection waits for it. */
  readonly before?: (beforehand: Beforehand, input: never) => Promise<unknown>
  readonly run: (call: Call, input: never, prepared: never) => Promise<Answer>
}

/** What is known before the transaction begins. */
export type Beforehand = Pick<
  Call,
  'principal' | 'organisationId' | 'services' | 'delivered' | 'from' | 'now' | 'today'
>

/** What a handler answers: of a change, what the ledger is told of it; undefined when nothing was changed after all. */
export interface Answer {
  readonly output: unknown
  readonly recorded: Recorded | undefined
  /** Whose own sign-in was changed: every organisation that they serve is told. */
  readonly identityId?: number | undefined
  /** The one of them that is told, where it is no matter of the others. */
  readonly organisationId?: number | undefined
}

/** Binds a read to the function that answers it. */
export function bindRead<E extends Endpoint>(
  endpoint: E,
  read: (call: Call, input: InputOf<E>) => Promise<OutputOf<E>>,
): Bound {
  return { endpoint, run: async (call, input) => ({ output: await read(call, input), recorded: undefined }) }
}

/** Binds a change to the function that does it; what it records is appended to the ledger in the same transaction. */
export function bindChange<E extends Endpoint>(
  endpoint: E,
  change: (call: Call, input: InputOf<E>) => Promise<Recorded & { readonly output: OutputOf<E> }>,
): Bound {
  return {
    endpoint,
    run: async (call, input) => {
      const { output, subjects, payload } = await change(call, input)
      return { output, recorded: { subjects, payload } }
    },
  }
}

/**
 * Binds a change before which something slow is done that needs no transaction, such as asking the access trail: so that no
 * connection waits for it. What was prepared is told to nobody where the change is refused after all.
 */
export function bindPrepared<E extends Endpoint, P>(
  endpoint: E,
  before: (beforehand: Beforehand, input: InputOf<E>) => Promise<P>,
  change: (call: Call, input: InputOf<E>, prepared: P) => Promise<Recorded & { readonly output: OutputOf<E> }>,
): Bound {
  return {
    endpoint,
    before,
    run: async (call, input, prepared) => {
      const { output, subjects, payload } = await change(call, input, prepared)
      return { output, recorded: { subjects, payload } }
    },
  }
}

/** What a personal change answers; with no identity, no organisation is told. */
export type Personal<O> = Recorded & {
  readonly output: O
  readonly identityId: number | undefined
  /** The one that is told, where it is no matter of the others. */
  readonly organisationId?: number | undefined
}

/**
 * Binds a change that a person makes to their own sign-in, outside of any organisation. `before` does what is slow, and
 * may refuse.
 */
export function bindPersonal<E extends Endpoint, P = undefined>(
  endpoint: E,
  change: (call: Call, input: InputOf<E>, prepared: P) => Promise<Personal<OutputOf<E>>>,
  before?: (beforehand: Beforehand, input: InputOf<E>) => Promise<P>,
): Bound {
  return {
    endpoint,
    ...(before ? { before } : {}),
    run: async (call, input, prepared) => {
      const { output, subjects, payload, identityId, organisationId } = await change(call, input, prepared)
      return { output, recorded: { subjects, payload }, identityId, organisationId }
    },
  }
}

/** Binds a download: the file is written first and sent after the transaction, so that no slow reader holds one open. */
export function bindDownload<E extends Endpoint>(
  endpoint: E,
  write: (
    call: Call,
    input: InputOf<E>,
  ) => Promise<{ readonly file: Download; readonly recorded: Recorded | undefined }>,
): Bound {
  return {
    endpoint,
    run: async (call, input) => {
      const { file, recorded } = await write(call, input)
      return { output: file, recorded }
    },
  }
}

/** Binds a stream of server-sent events; the iteration runs outside of any transaction, and ends when the reader goes. */
export function bindEvents<E extends Endpoint>(
  endpoint: E,
  watch: (call: Call, input: InputOf<E>) => Promise<AsyncIterable<Occurrence>>,
): Bound {
  return { endpoint, run: async (call, input) => ({ output: await watch(call, input), recorded: undefined }) }
}
