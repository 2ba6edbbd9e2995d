/**
 * A calendar that is read by its address. The rules:
 *  - The address is a secret of 256 bits; only its hash is kept, so it is shown once and made anew when it is lost.
 *  - It shows a member what they may see today, and ends with their membership.
 *  - Reading it needs no sign-in, so it says counts and days, nothing else (model.ts).
 */
import { writeFile } from 'node:fs/promises'
import type { Call, Download, Recorded } from '#core/door.ts'
import { hashToken, makeToken } from '#core/sign-in/model/tokens.ts'
import { officers, type Role } from '#platform/contract.ts'
import { addDays, dayOf } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import { writeSpooled } from '#platform/spool.ts'
import { type Due, writeCalendar } from './model.ts'
import {
  countProgrammeDue,
  countTasksDue,
  deleteFeed,
  type FeedRow,
  findFeed,
  findFeedByToken,
  findOrganisationName,
  touchFeed,
  upsertFeed,
} from './store.ts'

/** How far a calendar looks ahead. */
const aheadDays = 400

const refuse = refusals('calendar', {
  'no-member': ['forbidden', 'Only members have a calendar.'],
  none: ['missing', 'Your calendar reads nothing from here.'],
  unknown: ['missing', 'There is no calendar at this address.', 'make a new address in Settings, Calendar'],
})

export async function showFeed(call: Call): Promise<FeedRow | undefined> {
  return findFeed(call.db, memberOf(call))
}

export async function makeFeed(call: Call): Promise<Recorded & { readonly output: { readonly url: string } }> {
  const memberId = memberOf(call)
  const token = makeToken('calendar')
  await upsertFeed(call.db, memberId, token.hash, call.now)
  const url = new URL(`/api/calendar/${token.text}.ics`, call.services.publicUrl).href
  return { output: { url }, subjects: [`member:${memberId}`], payload: { member: memberId } }
}

export async function endFeed(call: Call): Promise<Recorded> {
  const memberId = memberOf(call)
  if (!(await deleteFeed(call.db, memberId))) throw refuse('none')
  return { subjects: [`member:${memberId}`], payload: { member: memberId } }
}

export async function readFeed(call: Call, text: string): Promise<Download> {
  const hash = hashToken(text.replace(/\.ics$/, ''), 'calendar')
  const feed = hash && (await findFeedByToken(call.db, hash))
  if (!feed) throw refuse('unknown')
  await call.speakFor(feed.organisationId)
  await touchFeed(call.db, feed.memberId, call.now)
  const today = dayOf(call.now, feed.timeZone)
  const until = addDays(today, aheadDays)
  const dues: Due[] = [...(await countTasksDue(call.db, `member:${feed.memberId}`, today, until))]
  const isOfficer = feed.roles.some((role) => (officers as readonly Role[]).includes(role as Role))
  if (isOfficer) dues.push(...(await countProgrammeDue(call.db, today, until)))
  const organisation = await findOrganisationName(call.db)
  const written = writeCalendar(dues, { organisation, origin: call.services.publicUrl.origin, now: call.now })
  const { path } = await writeSpooled(call.services.dataDirectory, (to) => writeFile(to, written, { mode: 0o600 }))
  return { path, fileName: 'vigil.ics', contentType: 'text/calendar; charset=utf-8' }
}

function memberOf({ principal }: Call): number {
  if (principal.kind !== 'member') throw refuse('no-member')
  return principal.memberId
}
