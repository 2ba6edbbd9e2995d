/** The guided start of an organisation: what it answered, the three files that follow, and which of them have arrived. */
import type { Happening } from '#core/ledger/service.ts'
import { listSources } from '#core/posture/store.ts'
import { judgeAsOf } from '#core/safeguards/store.ts'
import type { Context } from '#platform/context.ts'
import { type Answers, chooseFiles, type Guide } from './model.ts'
import { findAnswers, writeAnswers } from './store.ts'

export interface FileWanted extends Guide {
  /** The newest source that speaks of it now. */
  readonly arrived: { readonly name: string; readonly collectedAt: Date } | undefined
}

export interface Start {
  readonly answers: Answers | undefined
  readonly files: readonly FileWanted[]
}

export async function showStart({ db, now, today }: Context): Promise<Start> {
  const answers = await findAnswers(db)
  if (!answers) return { answers, files: [] }
  await judgeAsOf(db, now, today)
  const current = (await listSources(db)).filter(({ isCurrent }) => isCurrent)
  return {
    answers,
    files: chooseFiles(answers).map((guide) => {
      const [newest] = current
        .filter(({ kinds }) => kinds.includes(guide.kind))
        .sort((a, b) => b.collectedAt.getTime() - a.collectedAt.getTime())
      return { ...guide, arrived: newest && { name: newest.name, collectedAt: newest.collectedAt } }
    }),
  }
}

/** Keeps what the organisation says of itself; it may be said anew at any time. */
export async function answerStart(
  context: Context,
  answers: Answers,
): Promise<Pick<Happening, 'subjects' | 'payload'> & { readonly start: Start }> {
  await writeAnswers(context.db, answers, context.actor, context.now)
  return { start: await showStart(context), subjects: [], payload: { ...answers } }
}
