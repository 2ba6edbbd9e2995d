/** Who is who among the members, as far as the viewer may know it: for histories, and to give work to somebody. */
import { listMembers } from '#core/members/contract.ts'
import { showMe } from '#core/sign-in/contract.ts'
import { useRead } from '#ui/data.ts'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { listReaders } from '../contract.ts'

export interface Colleague {
  readonly id: number
  readonly name: string
}

/** The members who may sign in, by name; none where the viewer may not list them. */
export function useColleagues(): readonly Colleague[] {
  return (useMembers() ?? []).filter(({ state }) => state === 'active')
}

/** The members who may see a finding, or, without one, all of them: who can own it and be mentioned. */
export function useReaders(findingId?: number): readonly Colleague[] {
  const may = useMay()
  // A manager sees some findings only, and so has no list that is about none of them.
  const when = findingId === undefined ? may(listMembers) : may(listReaders)
  return useRead(listReaders, findingId === undefined ? {} : { findingId }, { when }).data?.items ?? []
}

/** The number of whoever looks at the page, as a member. */
export function useMyself(): number | undefined {
  return useRead(showMe, {}).data?.memberId ?? undefined
}

/** Says who did something: `member:3` as their name. */
export function useNaming(known: readonly Colleague[] = []): (actor: string | null) => string {
  const members = useMembers() ?? []
  return (actor) => {
    const [kind, rest] = (actor ?? '').split(/:(.*)/s)
    if (kind === 'member') {
      const isThem = ({ id }: Colleague) => String(id) === rest
      return known.find(isThem)?.name ?? members.find(isThem)?.name ?? t('A colleague')
    }
    if (kind === 'token') return t('A program')
    if (kind === 'operator') return t('Whoever runs Vigil')
    return 'Vigil'
  }
}

function useMembers() {
  return useRead(listMembers, { limit: 200 }, { when: useMay()(listMembers) }).data?.items
}
