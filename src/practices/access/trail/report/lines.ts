/**
 * Reports of accesses as rows of texts, the same for paper and for a spreadsheet. The rules:
 *  - The accounting says of each access date, who, what and for what purpose; repeats by the same person for the same purpose
 *    are one line with the first and the last date and how many there were (45 CFR 164.528(b)(2) and (3)).
 *  - It lists every access that the trail knows of. The law asks for disclosures alone, so it is more than the law asks for.
 *  - Dates and times are those of the organisation's zone.
 */
import type { ToldAccess } from '#trail/trail.ts'

export interface Column {
  readonly title: string
  /** Of the page's width, in shares; on paper alone. */
  readonly share: number
}

export type Row = readonly string[]

const actionWords: Readonly<Record<string, string>> = {
  other: 'other action',
  read: 'read',
  create: 'created',
  update: 'changed',
  delete: 'deleted',
  query: 'searched',
  print: 'printed',
  export: 'exported',
  execute: 'ran',
  'sign-in': 'signed in',
  'sign-out': 'signed out',
  disclose: 'disclosed',
}

const purposeWords: Readonly<Record<string, string>> = {
  TREAT: 'Treatment',
  HPAYMT: 'Payment',
  HOPERAT: 'Health care operations',
  BTG: 'Break-glass',
  ETREAT: 'Emergency treatment',
  PATRQT: 'Patient’s request',
  PUBHLTH: 'Public health',
  HRESCH: 'Research',
  HLEGAL: 'Legal',
}

export const sayPurpose = (code: string) => (code === '' ? 'not said' : (purposeWords[code] ?? code))

/** What was done, in words: "read Chart Review". */
export function sayWhat({ action, object, outcome, breakGlass }: ToldAccess): string {
  const done = `${actionWords[action] ?? action}${object === '' ? '' : ` ${object}`}`
  const failed = outcome === 'failure' ? ', refused' : ''
  return `${done}${failed}${breakGlass ? ', break-glass' : ''}`
}

export const sayWho = ({ person, user, onBehalfOf }: Pick<ToldAccess, 'person' | 'user' | 'onBehalfOf'>) => {
  const name = person === '' || person === user ? user || 'not said' : `${person} (${user})`
  return onBehalfOf === '' ? name : `${name} for ${onBehalfOf}`
}

const sayReasons = ({ explained, reasons }: ToldAccess) =>
  explained ? reasons.map(({ says }) => says).join(' ') || 'explained' : 'no reason found'

/** Writes instants by the clocks of a zone: `2026-11-02`, and `2026-11-02 14:05`. */
export function clockOf(timeZone: string) {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const parts = (at: Date) => Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    day: (at: Date) => {
      const { year, month, day } = parts(at) as Record<'year' | 'month' | 'day', string>
      return `${year}-${month}-${day}`
    },
    minute: (at: Date) => {
      const { year, month, day, hour, minute } = parts(at) as Record<
        'year' | 'month' | 'day' | 'hour' | 'minute',
        string
      >
      return `${year}-${month}-${day} ${hour}:${minute}`
    },
  }
}
export type Clock = ReturnType<typeof clockOf>

export const accountingColumns: readonly Column[] = [
  { title: 'First', share: 13 },
  { title: 'Last', share: 13 },
  { title: 'Times', share: 7 },
  { title: 'Who', share: 26 },
  { title: 'What', share: 25 },
  { title: 'Purpose', share: 16 },
]

interface Repeated {
  firstAt: Date
  lastAt: Date
  times: number
  readonly who: string
  readonly whats: Set<string>
  readonly purpose: string
}

const mostWhats = 4

/** The lines of an accounting, in the order of their first date. */
export class Accounting {
  readonly #lines = new Map<string, Repeated>()

  add(access: ToldAccess): void {
    const key = `${access.user}\n${access.onBehalfOf}\n${access.purpose}`
    const known = this.#lines.get(key)
    const what = sayWhat(access)
    if (!known) {
      const { at: firstAt, at: lastAt, purpose } = access
      this.#lines.set(key, { firstAt, lastAt, times: 1, who: sayWho(access), whats: new Set([what]), purpose })
      return
    }
    known.times += 1
    if (access.at < known.firstAt) known.firstAt = access.at
    if (access.at > known.lastAt) known.lastAt = access.at
    if (known.whats.size <= mostWhats) known.whats.add(what)
  }

  rows(clock: Clock): readonly Row[] {
    return [...this.#lines.values()]
      .sort((a, b) => a.firstAt.getTime() - b.firstAt.getTime())
      .map(({ firstAt, lastAt, times, who, whats, purpose }) => [
        clock.day(firstAt),
        times === 1 ? '' : clock.day(lastAt),
        String(times),
        who,
        // They came the newest first, and are said in the order in which they happened.
        `${[...whats].slice(0, mostWhats).reverse().join(', ')}${whats.size > mostWhats ? ' and more' : ''}`,
        sayPurpose(purpose),
      ])
  }
}

export const accessColumns: readonly Column[] = [
  { title: 'When', share: 16 },
  { title: 'Who', share: 20 },
  { title: 'Department', share: 13 },
  { title: 'What', share: 17 },
  { title: 'Purpose', share: 11 },
  { title: 'Reason found', share: 23 },
]

export function accessRow(access: ToldAccess, clock: Clock): Row {
  return [
    clock.minute(access.at),
    sayWho(access),
    access.department,
    sayWhat(access),
    sayPurpose(access.purpose),
    sayReasons(access),
  ]
}

export const personColumns: readonly Column[] = [
  { title: 'When', share: 16 },
  { title: 'Patient', share: 16 },
  { title: 'What', share: 19 },
  { title: 'Workstation', share: 13 },
  { title: 'Purpose', share: 11 },
  { title: 'Reason found', share: 25 },
]

export function personRow(access: ToldAccess, clock: Clock): Row {
  return [
    clock.minute(access.at),
    access.patient === '' ? (access.unresolved ? 'not told' : 'none') : access.patient,
    sayWhat(access),
    access.workstation,
    sayPurpose(access.purpose),
    sayReasons(access),
  ]
}
