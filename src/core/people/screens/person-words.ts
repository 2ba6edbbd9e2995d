/** What screens say of people, in plain words. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import { sayShortDay } from '#ui/words.ts'
import type { listPeople, showPerson, summarisePeople } from '../contract.ts'

export type PersonListed = WireOutputOf<typeof listPeople>['items'][number]
export type PersonShown = WireOutputOf<typeof showPerson>
export type Summary = WireOutputOf<typeof summarisePeople>
export type AccountShown = PersonShown['accounts'][number]
export type Happened = PersonShown['timeline'][number]
type Standing = PersonShown['standing']

export function nameOf({ name }: { readonly name: string | null }): string {
  return name ?? t('Somebody without a name on the list')
}

const sayDay = (day: string) => sayShortDay(new Date(`${day}T00:00:00Z`))

export const standingWords: Readonly<Record<Standing, string>> = {
  here: t('here'),
  leave: t('on leave'),
  starting: t('starting'),
  left: t('left'),
  unknown: t('not known'),
}

/** Accounts that are theirs; those that they only answer for are told apart. */
export function ownAccounts({ accounts }: Pick<PersonShown, 'accounts'>): readonly AccountShown[] {
  return accounts.filter(({ link }) => link !== 'named')
}

/** "Marisol Reyes left on 28 Aug 2026. The account in Mail still works and was used on 2 Nov 2026." */
export function sayPerson(person: PersonShown, timeZone: string): string {
  return `${sayStanding(person)} ${person.standing === 'left' ? sayGettingIn(person, timeZone) : sayOpen(person)}`
}

function sayStanding(person: PersonShown): string {
  const name = nameOf(person)
  const { standing, whyUnknown, wasSaidToHaveLeft, hiredOn, leftOn } = person
  if (standing === 'left') {
    return leftOn === null ? t('{name} has left.', { name }) : t('{name} left on {day}.', { name, day: sayDay(leftOn) })
  }
  if (standing === 'leave') return t('{name} is on leave.', { name })
  if (standing === 'starting') {
    return hiredOn === null
      ? t('{name} is about to start.', { name })
      : t('{name} starts on {day}.', { name, day: sayDay(hiredOn) })
  }
  if (standing === 'here') {
    // The last day of somebody hired again lies before the hire.
    return leftOn === null || (hiredOn !== null && leftOn < hiredOn)
      ? t('{name} works here.', { name })
      : t('{name} works here until {day}.', { name, day: sayDay(leftOn) })
  }
  if (whyUnknown === 'lapsed') {
    return wasSaidToHaveLeft
      ? t('It was said that {name} had left; the lists that said so have lapsed.', { name })
      : t('Whether {name} works here is not known: the lists that said so have lapsed.', { name })
  }
  return wasSaidToHaveLeft
    ? t('It was said that {name} had left; no list names this person any more.', { name })
    : t('Whether {name} works here is not known: no list names this person any more.', { name })
}

/** Whether somebody who has left still gets in. */
function sayGettingIn(person: PersonShown, timeZone: string): string {
  const accounts = ownAccounts(person)
  const working = accounts.filter(({ enabled }) => enabled === true)
  if (working.length === 0) {
    if (accounts.length === 0) return t('No list names an account of theirs.')
    const count = accounts.filter(({ enabled }) => enabled === null).length
    return count === 0
      ? t('No account of theirs works any more.')
      : t('{count, plural, one {Whether # account still works} other {Whether # accounts still work}} is not known.', {
          count,
        })
  }
  const used = working
    .filter(({ lastUsedAt }) => isAfter(lastUsedAt, person.leftOn))
    .toSorted((one, other) => ((one.lastUsedAt ?? '') < (other.lastUsedAt ?? '') ? 1 : -1))[0]
  const day = used?.lastUsedAt ? sayShortDay(new Date(used.lastUsedAt), timeZone) : ''
  const [only] = working
  if (only && working.length === 1) {
    const { system } = only
    return used
      ? t('The account in {system} still works and was used on {day}.', { system, day })
      : t('The account in {system} still works.', { system })
  }
  return used
    ? t('{count, plural, other {# accounts}} still work; the one in {system} was used on {day}.', {
        count: working.length,
        system: used.system,
        day,
      })
    : t('{count, plural, other {# accounts}} still work.', { count: working.length })
}

/** Used on a later day than the last one of work. */
function isAfter(usedAt: string | null, leftOn: string | null): boolean {
  return usedAt !== null && leftOn !== null && usedAt.slice(0, 10) > leftOn
}

function sayOpen({ findings }: PersonShown): string {
  return t('{count, plural, =0 {Nothing is open.} one {One finding is open.} other {# findings are open.}}', {
    count: findings.length,
  })
}

/** "118 people work here. 3 have left and still get in." */
export function saySummary({ standings, leftWithAccount }: Summary): string {
  const here = standings.here + standings.leave
  const all = here + standings.left + standings.starting + standings.unknown
  if (all === 0) return t('No list of people has been brought yet.')
  const said = [
    t('{count, plural, =0 {Nobody is known to work here.} one {One person works here.} other {# people work here.}}', {
      count: here,
    }),
  ]
  if (standings.unknown > 0) {
    said.push(
      t('{count, plural, one {Of one person it is} other {Of # people it is}} not known whether they still do.', {
        count: standings.unknown,
      }),
    )
  }
  if (leftWithAccount > 0) {
    said.push(
      t('{count, plural, one {One person has left and still gets in.} other {# people have left and still get in.}}', {
        count: leftWithAccount,
      }),
    )
  } else if (standings.left > 0) {
    said.push(
      t(
        '{count, plural, one {One person has left} other {# people have left}}; no account of theirs is known to work.',
        {
          count: standings.left,
        },
      ),
    )
  }
  return said.join(' ')
}

/** By which sign an account was tied to its person. */
export function sayLink({ link, isInQuestion }: Pick<AccountShown, 'link' | 'isInQuestion'>): string {
  if (isInQuestion) return t('it is asked whose it is')
  switch (link) {
    case 'employee-number':
      return t('tied by employee number')
    case 'email':
      return t('tied by address')
    case 'username':
      return t('tied by user name')
    case 'name':
      return t('tied by name alone')
    case 'confirmed':
      return t('tied by an answer')
    default:
      return t('answered for')
  }
}

export function sayEvent({ kind, what }: Pick<Happened, 'kind' | 'what'>): string {
  const told = what ?? t('something without a name')
  switch (kind) {
    case 'hired':
      return t('Hired')
    case 'left':
      return t('Last day of work')
    case 'account-created':
      return t('Account made in {system}', { system: told })
    case 'password-set':
      return t('Password set in {system}', { system: told })
    case 'account-used':
      return t('Last used {system}', { system: told })
    case 'training-done':
      return t('Completed: {course}', { course: told })
    case 'finding-opened':
      return t('Found: {finding}', { finding: told })
    case 'finding-closed':
      return t('Put right: {finding}', { finding: told })
  }
}

export const comparedWords: Readonly<Record<PersonShown['disagreements'][number], string>> = {
  standing: t('Lists disagree whether this person has left.'),
  department: t('Lists disagree on the department.'),
  title: t('Lists disagree on the work.'),
  hiredOn: t('Lists disagree on the first day.'),
  leftOn: t('Lists disagree on the last day.'),
}
