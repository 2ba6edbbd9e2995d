/** Giving findings to somebody, with the way back. */
import { problemOf } from '#ui/call.ts'
import { useChange } from '#ui/data.ts'
import { tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { ownFindings, restoreOwners } from '../contract.ts'

/** Whose findings become: a member's, anybody's by name, or nobody's. */
export type To =
  | { readonly memberId: number; readonly name: string }
  | { readonly memberId?: undefined; readonly name: string | null }

/** What shows whose findings are, beside the slice itself. */
const shownIn = ['posture', 'practices', 'today', 'notifications'] as const

export function useGiving() {
  const own = useChange(ownFindings, { refreshes: shownIn })
  const restore = useChange(restoreOwners, { refreshes: shownIn })
  const give = async (findingIds: readonly number[], to: To) => {
    const given = to.memberId === undefined ? { owner: to.name } : { memberId: to.memberId }
    const { changed, before } = await own.run({ findingIds: [...findingIds], ...given })
    const takeBack = async () => {
      try {
        const { restored, left } = await restore.run({ before, given })
        tell(sayRestored(restored, left))
      } catch (thrown) {
        tell(problemOf(thrown).message)
      }
    }
    tell(sayGiven(changed, to.name), before.length === 0 ? undefined : { does: t('Undo'), onDo: takeBack })
  }
  return { give, isBusy: own.isBusy, problem: own.problem }
}

function sayGiven(count: number, name: string | null): string {
  if (name === null) {
    return t(
      '{count, plural, =0 {Nobody owned any of them.} one {One finding belongs to nobody now.} other {# findings belong to nobody now.}}',
      { count },
    )
  }
  return t(
    '{count, plural, =0 {All of them belonged to {name} already.} one {One finding belongs to {name} now.} other {# findings belong to {name} now.}}',
    { count, name },
  )
}

function sayRestored(restored: number, left: number): string {
  if (left === 0) {
    return t(
      '{count, plural, one {One finding is back with whose it was.} other {# findings are back with whose they were.}}',
      {
        count: restored,
      },
    )
  }
  return t(
    '{restored, plural, =0 {None went back} one {One went back} other {# went back}}; {left, plural, one {one has changed since and was left alone} other {# have changed since and were left alone}}.',
    { restored, left },
  )
}
