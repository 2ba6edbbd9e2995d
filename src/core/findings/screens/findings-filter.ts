/**
 * Which findings the page shows. All of it stands in the address but the words of a search: they may name a person, and
 * addresses are kept in histories and logs. An owner stands there by their number as a member.
 */
import { useState } from 'react'
import type { WireInputOf } from '#platform/contract.ts'
import { useWords } from '#ui/link.tsx'
import type { countFindings } from '../contract.ts'
import { type Colleague, useReaders } from './colleagues.ts'

export type Filter = WireInputOf<typeof countFindings>

export interface FindingsFilter {
  readonly filter: Filter
  /** The words of the address, for the controls. */
  readonly severity: string | null
  readonly practice: string | null
  readonly state: string | null
  readonly owner: string | null
  readonly due: string | null
  /** Within how many days it opened. */
  readonly opened: string | null
  readonly safeguard: string | null
  readonly person: string | null
  readonly words: string
  readonly isNarrowed: boolean
  readonly colleagues: readonly Colleague[]
  readonly set: (name: 'severity' | 'practice' | 'state' | 'owner' | 'due', value: string | null) => void
  readonly search: (words: string) => void
  /** Shows every open finding again; the order stays. */
  readonly clear: () => void
}

const severities = ['critical', 'high', 'medium', 'low'] as const
const states = ['open', 'excepted', 'closed', 'all'] as const

function pick<T extends string>(all: readonly T[], word: string | null): T | undefined {
  return all.find((one) => one === word)
}

export function useFindingsFilter(): FindingsFilter {
  const { words: address, set } = useWords()
  const colleagues = useReaders()
  const [words, search] = useState('')
  const word = (key: string) => address.get(key)
  const [severity, practice, state, owner, due, opened, safeguard, person] = [
    pick(severities, word('severity')),
    word('practice'),
    pick(states, word('state')),
    word('owner'),
    pick(['overdue', '7', '30'], word('due')),
    pick(['7', '30'], word('opened')),
    word('safeguard'),
    word('person'),
  ] as const
  const isMember = owner !== null && /^[1-9]\d{0,14}$/.test(owner)
  const ownerWord = isMember ? `member:${owner}` : pick(['me', 'nobody'], owner)
  const filter: Filter = {
    ...(severity && { severity: [severity] }),
    ...(practice && { practice }),
    ...(safeguard && { safeguard }),
    ...(person && /^[1-9]\d{0,14}$/.test(person) && { person: Number(person) }),
    ...(state && { state }),
    ...(ownerWord && { owner: ownerWord }),
    ...(opened && { openedWithinDays: Number(opened) }),
    ...(due === 'overdue' ? { overdue: true } : due && { dueWithinDays: Number(due) }),
    ...(words.trim() !== '' && { q: words.trim() }),
  }
  return {
    filter,
    severity: severity ?? null,
    practice,
    state: state ?? null,
    owner,
    due: due ?? null,
    opened: opened ?? null,
    safeguard,
    person,
    words,
    isNarrowed: Object.keys(filter).length > 0,
    colleagues,
    set: (key, value) => set({ [key]: value ?? undefined }, { replace: true }),
    search,
    clear: () => {
      search('')
      const none = ['severity', 'practice', 'safeguard', 'person', 'state', 'owner', 'due', 'opened'].map((key) => [
        key,
        undefined,
      ])
      set(Object.fromEntries(none), { replace: true })
    },
  }
}
