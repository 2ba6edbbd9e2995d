/**
 * What people attest: a named person's statement about a safeguard, on a day, for a period. Only people can speak for some
 * safeguards; where a machine can judge, a statement never outweighs what it measured. Nothing is edited: a statement that
 * was wrong is withdrawn and a new one made.
 */
import type { Principal } from '#core/door.ts'
import { isKept } from '#core/evidence/service.ts'
import type { Happening } from '#core/ledger/service.ts'
import type { Context } from '#platform/context.ts'
import { addDays, type Day, isDay, sayDay } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import {
  type AttestationRow,
  findMemberName,
  findSafeguard,
  insertAttestation,
  listAttestationRows,
  lockAttestation,
  setWithdrawn,
} from './store.ts'

/** For how long a statement speaks at most: a year, and a month to renew it in. */
const longestPeriodDays = 400
const longestPage = 1_000

const refuse = refusals('attestation', {
  unknown: ['missing', 'There is no such attestation.', 'list the attestations to see their numbers'],
  'unknown-safeguard': ['missing', 'There is no such safeguard.', 'its name is practice.claim'],
  'unknown-evidence': [
    'missing',
    'There is no such evidence, or it was shredded.',
    'list the evidence to see what is kept',
  ],
  'no-author': ['invalid', 'An attestation takes the name of the person who states it.'],
  'not-a-day': ['invalid', 'The days of an attestation are days as YYYY-MM-DD.'],
  'not-yet': ['invalid', 'The day on which it was stated lies in the future.'],
  backwards: ['invalid', 'It would be valid until a day before it was stated.'],
  'too-long': [
    'invalid',
    `An attestation is valid for at most ${longestPeriodDays} days.`,
    'let the person state it again each year',
  ],
  over: ['invalid', 'It ran out on {day}: it would say nothing about today.', 'let the person state it again'],
  withdrawn: ['conflict', 'This attestation was already withdrawn.'],
  'page-too-long': ['invalid', `A page holds 1 to ${longestPage} attestations.`],
})

export interface Attested {
  readonly safeguard: string
  /** What is stated, in the person's words; the safeguard's claim when not said. */
  readonly statement?: string | undefined
  /** The person, by name. */
  readonly author: string
  readonly statedOn: Day
  /** The last day of its period; a year after it was stated when not said. */
  readonly validUntilOn?: Day | undefined
  /** How many there are of what was looked at, and which of them were looked at. */
  readonly population?: string | undefined
  readonly sample?: string | undefined
  readonly evidenceId?: string | undefined
}

/** What a change hands to whoever appends its entry to the ledger. */
type Recorded = Pick<Happening, 'subjects' | 'payload'>

export async function attest(
  context: Context,
  input: Attested,
): Promise<Recorded & { readonly attestationId: number; readonly validUntilOn: Day }> {
  const { db, now, today, actor } = context
  const author = input.author.trim()
  if (author === '') throw refuse('no-author')
  const { statedOn } = input
  if (!isDay(statedOn)) throw refuse('not-a-day')
  const validUntilOn = input.validUntilOn ?? yearAfter(statedOn)
  if (!isDay(validUntilOn)) throw refuse('not-a-day')
  if (statedOn > today) throw refuse('not-yet')
  if (validUntilOn < statedOn) throw refuse('backwards')
  if (validUntilOn > addDays(statedOn, longestPeriodDays)) throw refuse('too-long')
  if (validUntilOn < today) throw refuse('over', { day: sayDay(validUntilOn) })
  const safeguard = await findSafeguard(db, input.safeguard)
  if (!safeguard) throw refuse('unknown-safeguard')
  const { evidenceId } = input
  if (evidenceId !== undefined && !(await isKept(context, evidenceId))) throw refuse('unknown-evidence')
  const said = {
    statement: input.statement?.trim() || `${safeguard.title}.`,
    author,
    statedOn,
    validUntilOn,
    population: input.population?.trim() || undefined,
    sample: input.sample?.trim() || undefined,
    evidenceId,
  }
  const id = await insertAttestation(db, { ...said, safeguardId: safeguard.id, recordedBy: actor, recordedAt: now })
  return { attestationId: id, validUntilOn, ...record(id, { safeguard: input.safeguard, ...said }) }
}

/** Who states it when nobody else is named: whoever is signed in. A program has no word of its own. */
export async function nameAuthor({ db }: Context, principal: Principal): Promise<string> {
  const name = principal.kind === 'member' ? await findMemberName(db, principal.memberId) : undefined
  if (name === undefined) throw refuse('no-author')
  return name
}

/** Takes a statement back: from now on it speaks for nothing. What it was stays on record. */
export async function withdrawAttestation(
  { db, now }: Context,
  input: { readonly attestationId: number; readonly reason?: string | undefined },
): Promise<Recorded> {
  const row = await lockAttestation(db, input.attestationId)
  if (!row) throw refuse('unknown')
  if (row.withdrawnAt !== null) throw refuse('withdrawn')
  await setWithdrawn(db, row.id, now)
  const { safeguard, author, statedOn } = row
  return record(row.id, { safeguard, author, statedOn, reason: input.reason?.trim() || undefined })
}

export interface Attestation {
  readonly id: number
  readonly safeguard: string
  /** The safeguard's claim. */
  readonly title: string
  readonly statement: string
  readonly author: string
  readonly statedOn: Day
  readonly validUntilOn: Day
  readonly population: string | undefined
  readonly sample: string | undefined
  readonly evidenceId: string | undefined
  readonly recordedBy: string
  readonly recordedAt: Date
  readonly state: 'holds' | 'lapsed' | 'withdrawn'
}

/** Lists what was attested in Vigil, the newest first. The next page begins `after` the last one's id. */
export async function listAttestations(
  { db, today }: Context,
  wanted: {
    readonly safeguard?: string | undefined
    readonly limit?: number | undefined
    readonly after?: number | undefined
  } = {},
): Promise<readonly Attestation[]> {
  const { safeguard, limit = longestPage, after } = wanted
  if (!Number.isInteger(limit) || limit < 1 || limit > longestPage) throw refuse('page-too-long')
  if (safeguard !== undefined && !(await findSafeguard(db, safeguard))) throw refuse('unknown-safeguard')
  return (await listAttestationRows(db, { safeguard, before: after, limit })).map((row) => attestationOf(row, today))
}

/** The same day a year later; of 29 February the 28th. */
function yearAfter(day: Day): Day {
  const later = `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`
  return isDay(later) ? later : addDays(day, 365)
}

function record(id: number, said: Readonly<Record<string, string | undefined>>): Recorded {
  return { subjects: [`attestation:${id}`], payload: { attestation: id, ...said } }
}

function attestationOf(row: AttestationRow, today: Day): Attestation {
  const { withdrawnAt, population, sample, evidenceId, ...rest } = row
  return {
    ...rest,
    population: population ?? undefined,
    sample: sample ?? undefined,
    evidenceId: evidenceId ?? undefined,
    state: withdrawnAt !== null ? 'withdrawn' : row.validUntilOn < today ? 'lapsed' : 'holds',
  }
}
