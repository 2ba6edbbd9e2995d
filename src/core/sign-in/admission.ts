/** Who holds a session or a token: one indexed query each, asked on every request and never remembered. */
import type { Principal } from '#core/door.ts'
import type { Role } from '#platform/contract.ts'
import type { Database } from '#platform/database.ts'
import { needsSecondFactor, secondFactors, sessionIdleMs } from './model/rules.ts'
import { hashToken } from './model/tokens.ts'
import { findApiToken, findSession, listRolesOf, touchApiToken, touchSession } from './store.ts'

/** What a request carries. `operator` is known by the socket that it came over, never by what it says. */
export interface Credentials {
  readonly session?: string | undefined
  readonly token?: string | undefined
  readonly operator?: string | undefined
}

export interface Admitted {
  readonly principal: Principal
  /** The organisation spoken for; undefined where there is none. */
  readonly organisationId: number | undefined
  readonly timeZone: string
}

const nobody: Admitted = { principal: { kind: 'nobody' }, organisationId: undefined, timeZone: 'UTC' }
/** How often a session or token is noted as seen. */
const touchedEveryMs = 60_000

/**
 * Finds who this is. What is expired, ended, disabled or unknown is nobody, whichever it is. A token is looked at before a
 * session, so that a request never has two holders.
 */
export async function identify(
  database: Database,
  credentials: Credentials,
  wanted: number | undefined,
  now: Date,
): Promise<Admitted> {
  const { token, session } = credentials
  if (token !== undefined) return identifyToken(database, token, wanted, now)
  if (session !== undefined) return identifySession(database, session, wanted, now)
  return nobody
}

async function identifySession(
  database: Database,
  text: string,
  wanted: number | undefined,
  now: Date,
): Promise<Admitted> {
  const hash = hashToken(text, 'session')
  if (!hash) return nobody
  const row = await findSession(database, hash, wanted)
  if (!row || row.expiresAt <= now || isIdle(row.seenAt, now)) return nobody
  if (now.getTime() - row.seenAt.getTime() > touchedEveryMs) await touchSession(database, row.sessionId, now)
  const { sessionId, identityId, memberId, organisationId, roles } = row
  // Whichever way they came in, and whichever organisation they name: who has more than a member of staff's rights anywhere
  // gave a second factor, or is still arriving.
  const hasSecond = row.means.some((means) => secondFactors.has(means))
  const isArriving = row.isArriving || (!hasSecond && needsSecondFactor(await listRolesOf(database, identityId)))
  if (isArriving || memberId === null || organisationId === null || roles === null) {
    return {
      principal: { kind: 'identity', identityId, sessionId, isArriving },
      organisationId: undefined,
      timeZone: 'UTC',
    }
  }
  return {
    principal: { kind: 'member', memberId, organisationId, identityId, sessionId, roles: roles as readonly Role[] },
    organisationId,
    timeZone: row.timeZone ?? 'UTC',
  }
}

/** Not seen for too long; or seen in a future that a clock set back has left behind, where nothing can be said of it. */
function isIdle(seenAt: Date, now: Date): boolean {
  return Math.abs(now.getTime() - seenAt.getTime()) > sessionIdleMs
}

async function identifyToken(
  database: Database,
  text: string,
  wanted: number | undefined,
  now: Date,
): Promise<Admitted> {
  const hash = hashToken(text, 'token')
  const row = hash && (await findApiToken(database, hash))
  if (!row || row.expiresAt <= now || (wanted !== undefined && wanted !== row.organisationId)) return nobody
  if (row.usedAt === null || now.getTime() - row.usedAt.getTime() > touchedEveryMs) {
    await touchApiToken(database, row.organisationId, row.tokenId, now)
  }
  return {
    principal: { kind: 'token', tokenId: row.tokenId, scopes: row.scopes },
    organisationId: row.organisationId,
    timeZone: row.timeZone,
  }
}
