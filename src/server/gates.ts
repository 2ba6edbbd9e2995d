/**
 * The one door. Every request, whichever way it comes (a browser, a script, a command on the machine itself), passes five
 * gates, here and nowhere else:
 *  1. who   a session, a token, or possession of the data directory says who asks; nothing is remembered between requests
 *  2. may   the endpoint's own declaration says who may, and for which organisation
 *  3. what  the input is what the endpoint declares, strictly
 *  4. do    one transaction: the use case and its entry on the ledger
 *  5. tell  the output is what the endpoint declares; or a refusal, in words; or a defect, of which nothing is told
 *
 * A change that a known actor was refused is on the ledger too, in a transaction of its own after the rollback. Refusals of
 * nobody are only counted, so that a stranger cannot make the ledger grow.
 */
import { createHash } from 'node:crypto'
import {
  type Answer,
  type Bound,
  type Call,
  type Delivered,
  type Download,
  type Occurrence,
  type Principal,
  RefusalAbout,
  type Services,
} from '#core/door.ts'
import { type Admitted, type Credentials, identify } from '#core/sign-in/admission.ts'
import { listMemberships } from '#core/sign-in/store.ts'
import type { Audience, Endpoint, Role } from '#platform/contract.ts'
import type { Db } from '#platform/database.ts'
import { dayOf } from '#platform/days.ts'
import { open, seal } from '#platform/keys.ts'
import { Refusal } from '#platform/refusal.ts'
import { InvalidRequest, refuse } from './refusals.ts'
import { findAnswer, keepAnswer, speakFor, takeKey } from './store.ts'

export interface Cookies {
  /** A new session's token, `null` to take the cookie back; undefined leaves it. */
  session?: string | null
  /** The mark of a browser from which this person has signed in before. */
  device?: string
}

export interface Asked {
  readonly bound: Bound
  readonly input: unknown
  readonly credentials: Credentials
  /** The organisation named by the request, where it names one. */
  readonly organisation: number | undefined
  readonly idempotencyKey: string | undefined
  readonly delivered: Delivered | undefined
  readonly from: { readonly address: string; readonly userAgent: string; readonly device: string | undefined }
  /** Whether a browser may have been made to send this by a page that is not ours. */
  readonly isCrossSite: boolean
}

export type Told =
  | { readonly kind: 'json'; readonly body: unknown; readonly cookies: Cookies }
  | { readonly kind: 'file'; readonly file: Download }
  | {
      readonly kind: 'events'
      readonly events: AsyncIterable<Occurrence>
      readonly isStillAdmitted: () => Promise<boolean>
    }

export interface Gates {
  pass(asked: Asked, seen?: (principal: Principal) => void): Promise<Told>
  /** The first two gates alone, for who comes with much: refuses whoever would be refused anyway. */
  knock(asked: Asked): Promise<void>
}

interface Options {
  readonly services: Services
  readonly clock: () => Date
  /** Takes one request off what this principal or address may ask; throws when nothing is left. */
  readonly spend: (principal: Principal, address: string) => void
}

/** What stands while one request is done. */
interface Standing {
  readonly asked: Asked
  readonly principal: Principal
  readonly organisationId: number
  readonly actor: string
  readonly now: Date
  readonly timeZone: string
}

export function openGates({ services, clock, spend }: Options): Gates {
  const { database, ledger } = services

  async function pass(asked: Asked, seen?: (principal: Principal) => void): Promise<Told> {
    const { endpoint } = asked.bound
    const now = clock()
    const admitted = await admit(asked, now)
    const { principal } = admitted
    seen?.(principal)
    spend(principal, asked.from.address)
    const standing = standingOf(asked, admitted, now)
    try {
      mayCall(endpoint, principal, asked)
      if (isListed(endpoint.roles) && standing.organisationId === 0) throw refuse('no-organisation')
      return await act(standing, read(endpoint, asked.input))
    } catch (error) {
      if (error instanceof Refusal && endpoint.effect === 'change') await tellRefused(standing, error)
      throw error
    }
  }

  /** Gate 1. */
  async function admit({ credentials, organisation }: Asked, now: Date): Promise<Admitted> {
    if (credentials.operator !== undefined) {
      const timeZone = services.config.timeZone
      const principal: Principal = { kind: 'operator', name: credentials.operator }
      return { principal, organisationId: organisation, timeZone }
    }
    return identify(database, credentials, organisation, now)
  }

  /** Gate 4. */
  async function act(standing: Standing, input: unknown): Promise<Told> {
    const { asked, organisationId } = standing
    const { endpoint } = asked.bound
    const afterwards: (() => Promise<void> | void)[] = []
    const cookies: Cookies = {}
    const { before } = asked.bound
    const prepared = before && (await before({ ...beforehandOf(standing), services }, input as never))
    const run = (db: Db) =>
      asked.bound.run(callOf(standing, db, afterwards, cookies), input as never, prepared as never)
    let body: unknown
    let answer: Answer
    if (endpoint.effect === 'read') {
      answer = await (organisationId === 0
        ? database.outside(run)
        : database.inOrganisation(organisationId, run, { isPrepared: true }))
    } else if (organisationId === 0) {
      answer = await again(() =>
        database.outside(async (db) => {
          afterwards.length = 0
          const done = await run(db)
          await tellOrganisations(standing, db, done)
          return done
        }),
      )
    } else {
      // A file that was sent is gone; who lost it asks again, and that is a second time.
      const isKept = endpoint.carriage === 'json' || endpoint.carriage === 'upload'
      const key = isKept ? keyOf(standing, input) : undefined
      answer = await again(() =>
        database.inOrganisation(organisationId, async (db) => {
          afterwards.length = 0
          if (key !== undefined) {
            const known = await replay(standing, db, key)
            if (known !== undefined) {
              body = known
              return { output: undefined, recorded: undefined }
            }
          }
          const done = await run(db)
          if (done.recorded) {
            await ledger.append(contextOf(standing, db), [{ action: endpoint.name, outcome: 'done', ...done.recorded }])
          }
          if (key !== undefined) {
            body = tell(endpoint, done.output)
            await keepAnswer(db, standing.actor, key.text, 200, await sealAnswer(standing, key.text, body))
          }
          return done
        }),
      )
    }
    for (const work of afterwards) await work()
    if (endpoint.carriage === 'download') return { kind: 'file', file: answer.output as Download }
    if (endpoint.carriage === 'events') {
      return {
        kind: 'events',
        events: answer.output as AsyncIterable<Occurrence>,
        isStillAdmitted: () => isStillAdmitted(standing),
      }
    }
    return { kind: 'json', body: body === undefined ? tell(endpoint, answer.output) : body, cookies }
  }

  /** What a person did to their own sign-in concerns every organisation that they serve; an operator's word the one it made. */
  async function tellOrganisations(standing: Standing, db: Db, done: Answer): Promise<void> {
    if (!done.recorded) return
    const { name } = standing.asked.bound.endpoint
    if (standing.principal.kind === 'operator' && done.organisationId !== undefined) {
      await speakFor(db, done.organisationId)
      await ledger.append(contextOf(standing, db), [{ action: name, outcome: 'done', ...done.recorded }])
    }
    if (done.identityId === undefined) return
    for (const { organisationId, memberId, timeZone } of await listMemberships(db, done.identityId)) {
      if (done.organisationId !== undefined && done.organisationId !== organisationId) continue
      await speakFor(db, organisationId)
      const context = { ...contextOf({ ...standing, timeZone }, db), actor: `member:${memberId}` }
      await ledger.append(context, [{ action: name, outcome: 'done', ...done.recorded }])
    }
  }

  async function tellRefused(standing: Standing, refusal: Refusal): Promise<void> {
    const { principal, organisationId, asked } = standing
    const about = refusal instanceof RefusalAbout ? refusal : undefined
    const { subjects, payload } = about?.recorded ?? { subjects: [], payload: {} }
    const { name: action } = asked.bound.endpoint
    const refused = { action, outcome: 'refused', subjects, payload: { ...payload, code: refusal.code } } as const
    if (organisationId !== 0) {
      await database.inOrganisation(organisationId, (db) => ledger.append(contextOf(standing, db), [refused]))
      return
    }
    const isPerson = principal.kind === 'identity' || principal.kind === 'member'
    const identityId = about?.aboutIdentity ?? (isPerson ? principal.identityId : undefined)
    if (identityId === undefined) return
    await database.outside(async (db) => {
      for (const { organisationId: served, memberId } of await listMemberships(db, identityId)) {
        await speakFor(db, served)
        // Whom it is about did not do it, as far as anybody knows.
        const actor = about ? 'nobody' : `member:${memberId}`
        await ledger.append({ ...contextOf(standing, db), actor }, [refused])
      }
    })
  }

  function callOf(standing: Standing, db: Db, afterwards: (() => Promise<void> | void)[], cookies: Cookies): Call {
    const { asked, principal, organisationId } = standing
    return {
      ...contextOf(standing, db),
      principal,
      organisationId,
      services,
      delivered: asked.delivered,
      from: asked.from,
      afterwards: (work) => {
        afterwards.push(work)
      },
      speakFor: (served) => {
        // Only who came for no organisation may be found to belong to one.
        if (organisationId !== 0) throw new Error('a call for one organisation speaks for no other')
        return speakFor(db, served)
      },
      setSession: (token) => {
        cookies.session = token
      },
      setDevice: (mark) => {
        cookies.device = mark
      },
    }
  }

  /** Finds what was answered to this very request before, or takes its key, for which a second asker waits. */
  async function replay(standing: Standing, db: Db, key: { text: string; digest: Buffer }): Promise<unknown> {
    if (await takeKey(db, standing.actor, key.text, key.digest, standing.now)) return undefined
    const found = await findAnswer(db, standing.actor, key.text)
    if (!found?.digest.equals(key.digest)) throw refuse('key-reused')
    if (found.answer === null) return {}
    const text = await open(services.keys, found.answer, answerContext(standing, key.text))
    return JSON.parse(text.toString()) as unknown
  }

  const answerContext = ({ organisationId, actor }: Standing, key: string) => `answer/${organisationId}/${actor}/${key}`
  const sealAnswer = (standing: Standing, key: string, body: unknown) =>
    seal(services.keys, Buffer.from(JSON.stringify(body)), answerContext(standing, key))

  /** Whether who watches would be let in again, as the same and for the same organisation. */
  async function isStillAdmitted({ asked, actor, organisationId: watched }: Standing): Promise<boolean> {
    const { principal, organisationId } = await admit(asked, clock())
    try {
      mayCall(asked.bound.endpoint, principal, asked)
      // Somebody who serves several organisations and was shut out of this one is now let in to the next.
      return actorOf(principal) === actor && (watched === 0 || organisationId === watched)
    } catch (error) {
      if (error instanceof Refusal) return false
      throw error
    }
  }

  async function knock(asked: Asked): Promise<void> {
    const { endpoint } = asked.bound
    const now = clock()
    const admitted = await admit(asked, now)
    const { principal } = admitted
    spend(principal, asked.from.address)
    try {
      mayCall(endpoint, principal, asked)
    } catch (error) {
      // Whoever is refused here never comes to the other gates: the ledger is told now.
      if (error instanceof Refusal && endpoint.effect === 'change') {
        await tellRefused(standingOf(asked, admitted, now), error)
      }
      throw error
    }
  }

  return { pass, knock }
}

function standingOf(asked: Asked, admitted: Admitted, now: Date): Standing {
  const { principal, organisationId, timeZone } = admitted
  return {
    asked,
    principal,
    organisationId: isListed(asked.bound.endpoint.roles) ? (organisationId ?? 0) : 0,
    actor: actorOf(principal),
    now,
    timeZone,
  }
}

function isListed(audience: Audience): audience is readonly Role[] {
  return typeof audience !== 'string'
}

/** Gate 2. */
function mayCall(endpoint: Endpoint, principal: Principal, asked: Asked): void {
  // Also where no session came: signing somebody in as somebody else is an attack too.
  if (asked.isCrossSite && asked.credentials.token === undefined && endpoint.method !== 'GET')
    throw refuse('cross-site')
  const audience = endpoint.roles
  if (audience === 'nobody') return
  if (audience === 'operator' && principal.kind !== 'nobody') {
    if (principal.kind !== 'operator') throw refuse('not-allowed')
    return
  }
  const isForRoles = isListed(audience)
  switch (principal.kind) {
    case 'nobody':
      throw refuse('not-signed-in')
    case 'operator':
      if (!isForRoles) throw refuse('needs-person')
      return
    case 'job':
      throw refuse('needs-person')
    case 'token':
      if (!isForRoles) throw refuse('needs-person')
      if (!audience.includes('api-client')) throw refuse('not-allowed')
      if (!principal.scopes.includes(endpoint.scope)) throw refuse('no-scope', { scope: endpoint.scope })
      return
    case 'identity':
      if (audience === 'arriving') return
      if (principal.isArriving) throw refuse('second-factor-needed')
      if (audience !== 'anyone') throw refuse('no-organisation')
      return
    case 'member':
      if (isForRoles && !principal.roles.some((role) => audience.includes(role))) {
        throw refuse('not-allowed')
      }
      return
  }
}

/** Gate 3. */
function read(endpoint: Endpoint, input: unknown): unknown {
  const parsed = endpoint.input.safeParse(input)
  if (parsed.success) return parsed.data
  throw new InvalidRequest(
    parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
      path: path.map((part) => (typeof part === 'number' ? part : String(part).slice(0, 100))),
      message: message.slice(0, 300),
    })),
  )
}

/** Gate 5. What does not fit what was declared is a defect of ours. */
function tell(endpoint: Endpoint, output: unknown): unknown {
  return endpoint.output.encode(output)
}

function contextOf({ actor, now, timeZone }: Standing, db: Db) {
  return { db, actor, now, today: dayOf(now, timeZone) }
}

function beforehandOf({ asked, principal, organisationId, now, timeZone }: Standing) {
  return { principal, organisationId, delivered: asked.delivered, from: asked.from, now, today: dayOf(now, timeZone) }
}

/** How the ledger names who acts. */
export function actorOf(principal: Principal): string {
  switch (principal.kind) {
    case 'nobody':
      return 'nobody'
    case 'identity':
      return `identity:${principal.identityId}`
    case 'member':
      return `member:${principal.memberId}`
    case 'token':
      return `token:${principal.tokenId}`
    case 'operator':
      return `operator:${principal.name}`
    case 'job':
      return `job:${principal.name}`
  }
}

function keyOf({ asked }: Standing, input: unknown): { text: string; digest: Buffer } | undefined {
  const text = asked.idempotencyKey
  if (text === undefined) return undefined
  if (!/^[\w-]{8,100}$/.test(text)) throw refuse('bad-key')
  const hash = createHash('sha256').update(`${asked.bound.endpoint.name}\n${JSON.stringify(input)}`)
  return { text, digest: hash.update(asked.delivered?.digest ?? '').digest() }
}

/** Two changes that wait for each other are no fault of who asked: the one that was broken off is done again. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 2; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      const code = (error as { code?: string }).code
      if (left === 0 || (code !== '40001' && code !== '40P01')) throw error
    }
  }
}
