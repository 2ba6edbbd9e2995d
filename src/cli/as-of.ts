/** What is kept goes forward only: nothing is taken in as of a day to come, or as of one before the last judgement. */
import { findNewestJudgement } from '#core/safeguards/store.ts'
import { type Day, dayOf } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import { type Installation, read } from '#server/installation.ts'
import { momentOf } from './commands/days.ts'

const refuse = refusals('as-of', {
  future: [
    'invalid',
    'Nothing can be kept as of {day}: it has not come yet.',
    'leave --as-of out, or name a day before',
  ],
  past: [
    'conflict',
    'Nothing can be kept as of {day}: what is here was judged as of {newest} already.',
    'leave --as-of out, or name a later day; vigil assess FOLDER --as-of DAY without --keep looks at any day',
  ],
})

/** Refuses to keep anything as of a day that is yet to come. */
export function refuseFuture(asOf: Day | undefined): void {
  if (asOf !== undefined && momentOf(asOf) > new Date()) throw refuse('future', { day: asOf })
}

/** Refuses to keep anything as of a moment before the newest one judged. */
export async function refusePast(installation: Installation, asOf: Day | undefined): Promise<void> {
  if (asOf === undefined) return
  const now = momentOf(asOf)
  const newest = await read(installation, now, ({ db }) => findNewestJudgement(db))
  if (newest !== undefined && now < newest) throw refuse('past', { day: asOf, newest: dayOf(newest) })
}
