/** The one-time link by which the first administrator finishes the set-up: there is one as long as nobody has signed in. */
import { setUpLifeMs } from '#core/sign-in/model/rules.ts'
import { makeToken } from '#core/sign-in/model/tokens.ts'
import { hasMembers, replaceSetUp } from '#core/sign-in/store.ts'
import type { Database } from '#platform/database.ts'

/** Makes the link, in place of an earlier one; undefined where somebody has signed in. */
export function makeSetUpLink(database: Database, publicUrl: URL, now: Date): Promise<string | undefined> {
  return database.outside(async (db) => {
    if (await hasMembers(db)) return undefined
    const { text, hash } = makeToken('setup')
    await replaceSetUp(db, { tokenHash: hash, expiresAt: new Date(now.getTime() + setUpLifeMs) })
    // Behind the hash sign, so that it reaches no server's log.
    return new URL(`/set-up#${text}`, publicUrl).href
  })
}
