/** The rules that make cases, as people read them, with what became of their cases. */
import type { Context } from '#platform/context.ts'
import type { OutputOf } from '#platform/contract.ts'
import { rules } from '#trail/rules/rules.ts'
import type * as contract from './contract.ts'
import { precisionOf } from './model.ts'
import { listHistories } from './store.ts'

const nothing = { cases: 0, undecided: 0, appropriate: 0, violation: 0, explained: 0 }

export async function listRules({ db }: Context): Promise<OutputOf<typeof contract.listRules>> {
  const histories = new Map((await listHistories(db)).map(({ kind, ...counts }) => [kind, counts]))
  return {
    items: rules.map(({ name, title, text, why, parameters }) => {
      const counts = histories.get(name) ?? nothing
      return {
        kind: name,
        title,
        text,
        why,
        parameters: Object.entries(parameters).map(([parameter, { default: value, means }]) => ({
          name: parameter,
          value,
          means,
        })),
        history: { ...counts, precision: precisionOf(counts) ?? null },
      }
    }),
  }
}
