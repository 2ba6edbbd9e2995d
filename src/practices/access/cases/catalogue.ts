/** The rules that make cases, as people read them: what each goes by here, and what became of its cases. */
import type { Context } from '#platform/context.ts'
import type { OutputOf } from '#platform/contract.ts'
import { resolveParameters } from '#trail/rules/rule.ts'
import { rules } from '#trail/rules/rules.ts'
import type * as contract from './contract.ts'
import { precisionOf, takesWholeNumbers } from './model.ts'
import { listParameters } from './store/parameters.ts'
import { listHistories } from './store.ts'

const nothing = { cases: 0, undecided: 0, appropriate: 0, violation: 0, explained: 0 }

export async function listRules({ db }: Context): Promise<OutputOf<typeof contract.listRules>> {
  const histories = new Map((await listHistories(db)).map(({ kind, ...counts }) => [kind, counts]))
  const changes = await listParameters(db)
  return {
    items: rules.map(({ name: kind, title, text, why, parameters }) => {
      const counts = histories.get(kind) ?? nothing
      const changed = new Map(changes.flatMap((row) => (row.rule === kind ? [[row.parameter, row]] : [])))
      const chosen = Object.fromEntries([...changed].map(([name, { value }]) => [name, value]))
      const values = resolveParameters(parameters, chosen)
      return {
        kind,
        title,
        text,
        why,
        parameters: Object.entries(parameters).map(([name, parameter]) => {
          const { default: usual, min, max, means } = parameter
          const { changedBy = null, changedAt = null } = changed.get(name) ?? {}
          const isWhole = takesWholeNumbers(parameter)
          return { name, value: values[name] ?? usual, usual, min, max, isWhole, means, changedBy, changedAt }
        }),
        history: { ...counts, precision: precisionOf(counts) ?? null },
      }
    }),
  }
}
