/**
 * What is known of people, read off the facts as they stand now. A manager sees the page of those who report to them;
 * everybody else is to them as if not there.
 */
import { z } from 'zod'
import type { Principal } from '#core/door.ts'
import { type Finding, listFindings } from '#core/findings/service.ts'
import { judgeAsOf } from '#core/safeguards/store.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import type * as contract from '../contract.ts'
import { usernameKey } from '../model.ts'
import { findPeopleSeen } from '../service.ts'
import { findDisagreements, happenedAt, happenedOn, judgeCourse, orderTimeline, standings } from './model.ts'
import {
  type AccountRow,
  countLeftWithAccount,
  countNamesakes,
  countQuestions,
  countStandings,
  type EmploymentRow,
  findByKey,
  findPersonNow,
  listAccountSources,
  listAccounts,
  listDepartments,
  listDevices,
  listEmployment,
  listFindingEvents,
  listFindingIds,
  listPersonRows,
  listRoles,
  listTasksAbout,
  listTraining,
  placeOf,
  type SourceRow,
  severityOf,
} from './store.ts'

const mostDepartments = 500
const mostFindings = 100
const mostEvents = 100

const refuse = refusals('person', {
  unknown: ['missing', 'There is no such person.', 'list the people to see them'],
})

const sortName = z.string().regex(/^\P{Cc}{0,200}$/u)
const placeShapes = {
  name: z.tuple([sortName, placeId]),
  findings: z.tuple([z.int().min(0).max(4), z.int().min(-1_000_000_000).max(0), sortName, placeId]),
} as const satisfies Record<'name' | 'findings', z.ZodType<readonly (string | number)[]>>

/** Lists people; a cursor belongs to the order that it was given in. */
export async function listPeople(
  { db, now, today }: Context,
  input: InputOf<typeof contract.listPeople>,
): Promise<OutputOf<typeof contract.listPeople>> {
  const { q, standing, department, leftWithAccount = false, hasFindings = false, sort, order, limit, after } = input
  const place = after === undefined ? undefined : readCursor(placeShapes[sort], after)
  await judgeAsOf(db, now, today)
  const rows = await listPersonRows(
    db,
    { words: q, standing, department, leftWithAccount, hasFindings },
    { sort, isReversed: order === 'descending', limit: limit + 1, after: place },
  )
  const { items, next } = pageFrom(rows, limit, (last) => placeOf(last, sort))
  return {
    items: items.map(({ sortName: _, withFactor, withoutFactor, unknownFactor, factorBasis, worstRank, ...rest }) => ({
      ...rest,
      secondFactor: { with: withFactor, without: withoutFactor, unknown: unknownFactor, basis: factorBasis },
      worst: severityOf(worstRank),
    })),
    next,
  }
}

export async function summarisePeople({ db, now, today }: Context): Promise<OutputOf<typeof contract.summarisePeople>> {
  await judgeAsOf(db, now, today)
  const counts = new Map((await countStandings(db)).map(({ standing, people }) => [standing, people]))
  const all = standings.map((standing) => [standing, counts.get(standing) ?? 0] as const)
  return {
    standings: Object.fromEntries(all) as OutputOf<typeof contract.summarisePeople>['standings'],
    leftWithAccount: await countLeftWithAccount(db),
    departments: [...(await listDepartments(db, mostDepartments))],
  }
}

/** Shows a person to whoever may see them; to others there is no such person. */
export async function showPerson(
  context: Context,
  input: {
    readonly personId: number
    readonly principal: Principal
    readonly remedyOf: (safeguard: string) => string | undefined
  },
): Promise<OutputOf<typeof contract.showPerson>> {
  const { db, now, today } = context
  const { personId, principal, remedyOf } = input
  const seen = await findPeopleSeen(context, principal)
  if (seen !== undefined && !seen.includes(personId)) throw refuse('unknown')
  await judgeAsOf(db, now, today)
  const person = await findPersonNow(db, personId)
  if (!person) throw refuse('unknown')
  const { accountIds, answersForIds, isListed, ...head } = person
  const employment = await listEmployment(db, personId)
  const accounts = await listAccounts(db, [...accountIds, ...answersForIds])
  const sources = Map.groupBy(
    await listAccountSources(db, [...accountIds, ...answersForIds]),
    ({ accountId }) => accountId,
  )
  const theirs = accounts.filter(({ link }) => link !== 'named')
  const training = await listTraining(db, personId)
  const findings = await listFindings(context, { people: [personId], limit: mostFindings })
  const findingIds = await listFindingIds(db, personId, accountIds)
  const tasks = await listTasksAbout(db, [
    `person:${personId}`,
    ...accountIds.map((id) => `account:${id}`),
    ...findingIds.map((id) => `finding:${id}`),
  ])
  const listed = employment.filter(({ absentFrom }) => absentFrom === null)
  const timeline = orderTimeline(
    [
      ...listed.flatMap(({ hiredOn, leftOn }) => [...happenedOn('hired', hiredOn), ...happenedOn('left', leftOn)]),
      ...theirs.flatMap(({ system, createdAt, passwordSetAt, lastUsedAt }) => [
        ...happenedAt('account-created', createdAt, system),
        ...happenedAt('password-set', passwordSetAt, system),
        ...happenedAt('account-used', lastUsedAt, system),
      ]),
      ...training.flatMap(({ course, completedOn }) => happenedOn('training-done', completedOn, course)),
      ...(await listFindingEvents(db, findingIds, mostEvents)).flatMap(({ kind, at, detail, findingId }) =>
        happenedAt(kind, at, detail, findingId),
      ),
    ],
    mostEvents,
  )
  return {
    ...head,
    whyUnknown: head.standing !== 'unknown' ? null : isListed ? 'lapsed' : 'unlisted',
    manager: await findManager(db, employment),
    namesakes: await countNamesakes(db, personId, distinct(employment.map(({ nameKey }) => nameKey))),
    questions: await countQuestions(db, personId),
    employment: employment.map(toEmployment),
    disagreements: [...findDisagreements(employment.map(toSaid))],
    accounts: accounts.map((account) => ({
      ...account,
      sources: (sources.get(account.accountId) ?? []).map(toSource),
    })),
    devices: [...(await listDevices(db, keysOf(employment, theirs)))],
    training: training.map((row) => ({
      course: row.course,
      dueOn: row.dueOn,
      completedOn: row.completedOn,
      state: judgeCourse(row, today),
      basis: row.basis,
      isCurrent: row.isCurrent,
    })),
    roles: (await listRoles(db, personId)).map(({ role, confirmedOn, basis, isCurrent }) => ({
      role,
      confirmedOn,
      basis,
      isCurrent,
    })),
    findings: findings.map((finding) => toFinding(finding, today, remedyOf)),
    tasks: tasks.map((task) => ({ ...task, isOverdue: task.dueOn !== null && task.dueOn < today })),
    timeline: [...timeline],
  }
}

type Shown = OutputOf<typeof contract.showPerson>

function toFinding(
  { id, safeguard, severity, state, detail, dueOn, exceptedUntil, owner }: Finding,
  today: string,
  remedyOf: (safeguard: string) => string | undefined,
): Shown['findings'][number] {
  return {
    id,
    severity,
    state: state === 'excepted' ? state : 'open',
    detail,
    remedy: remedyOf(safeguard) ?? null,
    dueOn,
    isOverdue: dueOn < today,
    exceptedUntil: exceptedUntil ?? null,
    owner: owner ?? null,
  }
}

function toSource({
  sourceId,
  source,
  basis,
  collectedAt,
  isCurrent,
}: SourceRow): Shown['employment'][number]['source'] {
  return { sourceId, name: source, basis, collectedAt, isCurrent }
}

function toEmployment(row: EmploymentRow): Shown['employment'][number] {
  const { managerKey: _key, nameKey: _name, sourceId, source, basis, collectedAt, isCurrent, ...said } = row
  return { source: toSource({ sourceId, source, basis, collectedAt, isCurrent }), ...said }
}

const toSaid = (row: EmploymentRow) => ({ ...row, isSpeaking: row.isCurrent && row.absentFrom === null })

/** Who a list says that they report to; by the same signs by which a manager's people are found. */
async function findManager(db: Context['db'], employment: readonly EmploymentRow[]): Promise<Shown['manager']> {
  const told = employment.find(({ managerKey, absentFrom }) => managerKey !== null && absentFrom === null)
  if (!told?.managerKey) return null
  const found = await findByKey(db, told.managerKey)
  const name = found?.name ?? told.manager
  return name === null ? null : { personId: found?.personId ?? null, name }
}

/** The addresses, user names and names by which an inventory may mean a person. */
function keysOf(employment: readonly EmploymentRow[], accounts: readonly AccountRow[]) {
  const written = distinct(employment.map(({ name }) => name))
  return {
    emails: distinct(employment.map(({ email }) => email?.trim().toLowerCase())),
    usernames: distinct(
      [...employment.map(({ username }) => username), ...accounts.map(({ username }) => username)].map((username) =>
        username === null ? undefined : usernameKey(username),
      ),
    ),
    names: distinct(written.flatMap((name) => [foldName(name), foldName(name.replace(/^(.+)\s(\S+)$/u, '$2, $1'))])),
  }
}

const foldName = (name: string) => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

function distinct(values: readonly (string | null | undefined)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null && value !== undefined && value !== ''))] as string[]
}
