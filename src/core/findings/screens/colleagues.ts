/** Who is who among the members, as far as the viewer may know it: for histories, and to give work to somebody. */
import { listMembers } from '#core/members/contract.ts'
import { useRead } from '#ui/data.ts'
import { useMay } from '#ui/viewer.tsx'

export interface Colleague {
  readonly id: number
  readonly name: string
}

/** The members who may sign in, by name; none where the viewer may not list them. */
export function useColleagues(): readonly Colleague[] {
  return (useMembers() ?? []).filter(({ state }) => state === 'active')
}

/** Says who did something: `member:3` as their name. */
export function useNaming(): (actor: string | null) => string {
  const members = useMembers() ?? []
  return (actor) => {
    const [kind, rest] = (actor ?? '').split(/:(.*)/s)
    if (kind === 'member') return members.find(({ id }) => String(id) === rest)?.name ?? 'A colleague'
    if (kind === 'token') return 'A program'
    if (kind === 'operator') return 'Whoever runs Vigil'
    return 'Vigil'
  }
}

function useMembers() {
  return useRead(listMembers, { limit: 200 }, { when: useMay()(listMembers) }).data?.items
}
