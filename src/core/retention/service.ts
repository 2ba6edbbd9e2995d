/** For how long what proves nothing is kept; housekeeping (server/jobs.ts) goes by it. */
import type { Recorded } from '#core/door.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { refusals } from '#platform/refusal.ts'
import type * as contract from './contract.ts'
import { type Retention, type RetentionKind, retentionKinds, retentionOf } from './model.ts'
import { listRetention, upsertRetention } from './store.ts'

const refuse = refusals('retention', {
  'too-short': [
    'invalid',
    'This is kept for at least {least} days.',
    'what happened has to be found when it is asked for',
  ],
  'too-long': ['invalid', 'This is kept for at most {most} days.'],
})

export async function readRetention({ db }: Pick<Context, 'db'>): Promise<Retention> {
  return retentionOf(await listRetention(db))
}

type Shown = OutputOf<typeof contract.showRetention>

export async function showRetention(context: Context): Promise<Shown> {
  const days = await readRetention(context)
  const kept = (Object.keys(retentionKinds) as RetentionKind[]).map((kind) => {
    const { least, most, days: usual } = retentionKinds[kind]
    return { kind, days: days[kind], least, most, usual }
  })
  return { kept }
}

export async function setRetention(
  context: Context,
  { kind, days }: InputOf<typeof contract.setRetention>,
): Promise<Recorded & { readonly output: Shown }> {
  const { least, most } = retentionKinds[kind]
  if (days < least) throw refuse('too-short', { least })
  if (days > most) throw refuse('too-long', { most })
  await upsertRetention(context.db, kind, days)
  return { output: await showRetention(context), subjects: [], payload: { kind, days } }
}
