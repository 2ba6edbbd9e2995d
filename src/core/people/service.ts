/**
 * Matching people across sources, with care: by number, address, user name, and by name only where nothing speaks against
 * it. What stays doubtful is a question for a member, never a guess.
 */
import { z } from 'zod'
import type { Principal } from '#core/door.ts'
import type { Context } from '#platform/context.ts'
import { officers, type Role } from '#platform/contract.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { compareNames, nameKey, usernameFits } from './model.ts'
import {
  collectPersonKeys,
  type Decision,
  findPersonOfMember,
  insertPeople,
  listPersonFacts,
  listPersonNames,
  listReportRows,
  listReports,
  listUndecidedAccounts,
  type PersonFactRow,
  type PersonName,
  proposeOwners,
  type Question,
  type ReportRow,
  replaceQuestions,
  tieFacts,
  tieRecords,
  tieRegistrations,
  type UndecidedAccount,
  writeOwners,
} from './store.ts'

/** Resolves people, the owners of accounts, and whose the trainings, roles and second factors are. Repeatable. */
export async function resolvePeople({ db }: Context): Promise<{ questions: number }> {
  const { ties, groups } = groupPeople(await listPersonFacts(db))
  await tieFacts(
    db,
    ties.map(({ fact }) => fact),
    ties.map(({ person }) => person),
  )
  await insertPeople(db, groups)
  await collectPersonKeys(db)
  await proposeOwners(db)
  const { decisions, questions } = decideOwners(await listUndecidedAccounts(db), await listPersonNames(db))
  await writeOwners(db, decisions)
  await replaceQuestions(db, questions)
  await tieRecords(db)
  await tieRegistrations(db)
  return { questions: questions.length }
}

/**
 * Groups staff-list rows that are one person: the same number; the same address with the same name (a rehire under a new
 * number); the same address or user name where one of the two rows has no number; the same name where neither has any.
 */
export function groupPeople(facts: readonly PersonFactRow[]): {
  ties: readonly { fact: number; person: number }[]
  groups: readonly (readonly number[])[]
} {
  const parent = facts.map((_, index) => index)
  const root = (index: number): number => {
    let at = index
    while (parent[at] !== at) at = parent[at] = parent[parent[at] ?? at] ?? at
    return at
  }
  // The lower index stays the root: rows that have a person come first.
  const unite = (a: number, b: number) => {
    const [low, high] = [root(a), root(b)].sort((x, y) => x - y) as [number, number]
    parent[high] = low
  }
  const firstBy = new Map<string, number>()
  const meet = (key: string, index: number, may: (other: PersonFactRow) => boolean) => {
    const other = firstBy.get(key)
    const row = other === undefined ? undefined : facts[other]
    if (other === undefined || row === undefined) firstBy.set(key, index)
    else if (may(row)) unite(other, index)
  }
  facts.forEach((fact, index) => {
    const numberless = (other: PersonFactRow) => fact.numberKey === null || other.numberKey === null
    if (fact.numberKey) meet(`number ${fact.numberKey}`, index, (other) => mayBeOne(fact.name, other.name))
    if (fact.emailKey) {
      meet(`email ${fact.emailKey}`, index, (other) => {
        return other.nameKey === fact.nameKey || (numberless(other) && mayBeOne(fact.name, other.name))
      })
    }
    if (fact.usernameKey)
      meet(`user ${fact.usernameKey}`, index, (other) => {
        return numberless(other) && mayBeOne(fact.name, other.name)
      })
    if (fact.nameKey && !fact.numberKey && !fact.emailKey && !fact.usernameKey) {
      meet(`name ${fact.nameKey}`, index, () => true)
    }
  })
  const ties: { fact: number; person: number }[] = []
  const fresh = new Map<number, number[]>()
  facts.forEach((fact, index) => {
    const head = root(index)
    const person = facts[head]?.personId
    if (person !== null && person !== undefined) {
      if (fact.personId === null) ties.push({ fact: fact.id, person })
    } else {
      const group = fresh.get(head)
      if (group) group.push(fact.id)
      else fresh.set(head, [fact.id])
    }
  })
  return { ties, groups: [...fresh.values()] }
}

/** Two lists may number differently: another given name under the same number is another person. */
function mayBeOne(a: string | null, b: string | null): boolean {
  if (a === null || b === null || compareNames(a, b) !== 'different') return true
  const [given, other] = [nameKey(a).given, nameKey(b).given]
  return given !== '' && given === other
}

/** Decides what names and user names can decide among people, and asks about the rest. */
export function decideOwners(
  accounts: readonly UndecidedAccount[],
  people: readonly PersonName[],
): { decisions: readonly Decision[]; questions: readonly Question[] } {
  const decisions: Decision[] = []
  const questions: Question[] = []
  const byWord = indexByWord(people)
  const byPerson = Map.groupBy(people, ({ personId }) => personId)
  for (const account of accounts) {
    const { accountId } = account
    if (account.conflict) {
      questions.push({
        accountId,
        candidates: account.conflict,
        reason: 'its employee number and its address belong to different people',
      })
      continue
    }
    const name = account.displayName
    const login = account.loginName ?? account.username
    const elsewhere = account.elsewhere === null ? [] : (byPerson.get(account.elsewhere) ?? [])
    if (account.elsewhere !== null && (!name || elsewhere.some((person) => agrees(name, person.name)))) {
      decisions.push({ accountId, personId: account.elsewhere, link: 'username' })
      continue
    }
    if (elsewhere.length > 0 && name) {
      const bearers = distinct(account.nameKey?.split(' ').flatMap((word) => byWord.get(word) ?? []) ?? []).filter(
        (person) => compareNames(name, person.name) === 'same',
      )
      questions.push(ask(accountId, [...elsewhere, ...bearers], 'the user name is one person’s, the name another’s'))
      continue
    }
    if (!name || !account.nameKey) {
      const fitting = distinct(candidatesByLogin(login, byWord).filter((person) => usernameFits(login, person.name)))
      const [only] = fitting
      if (only && fitting.length === 1 && !/\d/.test(login))
        decisions.push({ accountId, personId: only.personId, link: 'username' })
      else if (fitting.length > 0)
        questions.push(ask(accountId, fitting, 'its user name fits, and nothing else is known of it'))
      continue
    }
    const near = distinct(account.nameKey.split(' ').flatMap((word) => byWord.get(word) ?? []))
    const same = near.filter((person) => compareNames(name, person.name) === 'same')
    const [one] = same
    if (one && same.length === 1) {
      if (account.numberKey && one.numberKey && account.numberKey !== one.numberKey) {
        questions.push(ask(accountId, same, 'the name is the same, the employee number is not'))
      } else if (isOpaque(login) || signsFit(account, login, one.name)) {
        decisions.push({ accountId, personId: one.personId, link: 'name' })
      } else {
        questions.push(ask(accountId, same, 'the name is the same, but the user name looks like somebody else’s'))
      }
      continue
    }
    if (same.length > 1) {
      const fitting = same.filter((person) => account.numberKey !== null && account.numberKey === person.numberKey)
      const [sure] = fitting
      if (sure && fitting.length === 1) decisions.push({ accountId, personId: sure.personId, link: 'name' })
      else questions.push(ask(accountId, same, 'several people have this name'))
      continue
    }
    const similar = near.filter((person) => compareNames(name, person.name) === 'similar')
    const fitting = similar.filter(
      (person) => signsFit(account, login, person.name) && !(account.numberKey && person.numberKey),
    )
    const [likely] = fitting
    if (likely && fitting.length === 1 && similar.length === 1) {
      decisions.push({ accountId, personId: likely.personId, link: 'name' })
    } else if (similar.length > 0) {
      questions.push(ask(accountId, similar, 'the name is similar, and nothing else decides it'))
    } else {
      // A family name that changed: the user name is still made from the old one, the given name is the same.
      const given = account.nameKey.split(' ')[0]
      const former = distinct(candidatesByLogin(login, byWord)).filter(
        (person) => person.nameKey.split(' ')[0] === given && usernameFits(login, person.name),
      )
      if (former.length > 0) {
        questions.push(ask(accountId, former, 'the user name is made from this name, the family name is another'))
      }
    }
  }
  return { decisions, questions }
}

const mostCandidates = 5

function ask(accountId: number, people: readonly PersonName[], reason: string): Question {
  return { accountId, candidates: people.slice(0, mostCandidates).map(({ personId }) => personId), reason }
}

function distinct(people: readonly PersonName[]): readonly PersonName[] {
  return [...new Map(people.map((person) => [`${person.personId} ${person.nameKey}`, person])).values()]
}

function agrees(a: string, b: string): boolean {
  return compareNames(a, b) !== 'different'
}

/** Whether the user name, or the local part of the address, is made from this name. */
function signsFit(account: UndecidedAccount, login: string, name: string): boolean {
  const local = account.emailKey?.split('@')[0]
  return usernameFits(login, name) || (local !== undefined && usernameFits(local, name))
}

/** A user name that says nothing of a name ("u10293"), so that it cannot speak against one. */
function isOpaque(login: string): boolean {
  return login.replace(/[^a-z]/g, '').length < 3 || /\d{4,}/.test(login)
}

function indexByWord(people: readonly PersonName[]): ReadonlyMap<string, readonly PersonName[]> {
  const index = new Map<string, PersonName[]>()
  for (const person of people) {
    for (const word of new Set(person.nameKey.split(' '))) {
      const list = index.get(word)
      if (list) list.push(person)
      else index.set(word, [person])
    }
  }
  return index
}

/** People of whose name a word stands in the user name: "mreyes", "reyesm", "marisol.reyes". */
function candidatesByLogin(login: string, byWord: ReadonlyMap<string, readonly PersonName[]>): readonly PersonName[] {
  const letters = login.toLowerCase().replace(/[^a-z]/g, '')
  const found: PersonName[] = []
  for (let from = 0; from < letters.length; from += 1) {
    for (let to = letters.length; to - from >= 3; to -= 1) {
      const people = byWord.get(letters.slice(from, to))
      if (people) found.push(...people)
    }
  }
  return found
}

const seesAll: readonly Role[] = [...officers, 'auditor']

/**
 * Whose matters somebody sees: undefined for everybody's, else those of the people who report to them. Who is also an
 * officer or an auditor sees all; a manager of whom nobody knows which person they are sees nobody.
 */
export async function findPeopleSeen({ db }: Context, principal: Principal): Promise<readonly number[] | undefined> {
  if (principal.kind === 'operator' || principal.kind === 'token' || principal.kind === 'job') return undefined
  if (principal.kind !== 'member') return []
  if (principal.roles.some((role) => seesAll.includes(role))) return undefined
  const personId = principal.roles.includes('manager') ? await findPersonOfMember(db, principal.memberId) : undefined
  return personId === undefined ? [] : listReports(db, personId)
}

/** The people of a manager, and where there are none, why. */
export interface MyPeople {
  readonly items: readonly ReportRow[]
  readonly next: string | null
  readonly whyNobody: 'no-person' | 'no-reports' | undefined
}

const place = z.tuple([z.string().regex(/^\P{Cc}{0,400}$/u), placeId])

/** Lists those who report to a member, by name, with how many open findings concern each. */
export async function listMyPeople(
  { db }: Context,
  input: { readonly memberId: number; readonly limit: number; readonly after?: string | undefined },
): Promise<MyPeople> {
  const personId = await findPersonOfMember(db, input.memberId)
  if (personId === undefined) return { items: [], next: null, whyNobody: 'no-person' }
  const people = await listReports(db, personId)
  if (people.length === 0) return { items: [], next: null, whyNobody: 'no-reports' }
  const after = input.after === undefined ? undefined : readCursor(place, input.after)
  const rows = await listReportRows(db, people, {
    after: after && { name: after[0], id: after[1] },
    limit: input.limit + 1,
  })
  return {
    ...pageFrom(rows, input.limit, (last) => [last.name ?? '', last.personId]),
    whyNobody: undefined,
  }
}
