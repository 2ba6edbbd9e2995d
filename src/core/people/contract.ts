/**
 * What is known of people: the list for those who run or audit the programme, one page a person, and the people of a
 * manager. Values that rested on a list that has lapsed are null, which is "not known".
 */
import { z } from 'zod'
import { severities } from '#core/safeguards/model.ts'
import { day, endpoint, id, instant, line, pageOf, paging, readers } from '#platform/contract.ts'
import { eventKinds, standings } from './record/model.ts'

const severity = z.enum(severities)
const basis = z.enum(['measured', 'stated'])

/** How many working accounts a second factor is known of, is known to lack, or is not known of. */
const secondFactor = z.object({ with: z.int(), without: z.int(), unknown: z.int(), basis: basis.nullable() })

const personListed = z.object({
  personId: id,
  name: z.string().nullable(),
  title: z.string().nullable(),
  department: z.string().nullable(),
  standing: z.enum(standings),
  leftOn: day.nullable(),
  /** Accounts of theirs that lists speak of; those that they only answer for do not count. */
  accounts: z.int(),
  /** Of those, how many work; null where nothing current says it of any. */
  working: z.int().nullable(),
  secondFactor,
  /** Courses due and not completed; null when no current record speaks of them. */
  trainingOverdue: z.int().nullable(),
  /** Open findings about them, or about an account of theirs. */
  findings: z.int(),
  worst: severity.nullable(),
})

export const listPeople = endpoint({
  name: 'people.list',
  method: 'GET',
  path: '/people',
  effect: 'read',
  summary: 'List people with how they stand, by name or with the worst findings first',
  roles: readers,
  input: z.strictObject({
    /** Words of a name, an employee number, an address or a user name. */
    q: line(100).optional(),
    standing: z.enum(standings).optional(),
    department: line(200).optional(),
    /** Who has left while an account of theirs works. */
    leftWithAccount: z.boolean().optional(),
    hasFindings: z.boolean().optional(),
    sort: z.enum(['name', 'findings']).default('name'),
    order: z.enum(['ascending', 'descending']).default('ascending'),
    ...paging,
  }),
  output: pageOf(personListed),
})

export const summarisePeople = endpoint({
  name: 'people.summary',
  method: 'GET',
  path: '/people/summary',
  effect: 'read',
  summary: 'Count people by standing and department',
  roles: readers,
  input: z.strictObject({}),
  output: z.object({
    standings: z.record(z.enum(standings), z.int()),
    /** Who has left while an account of theirs works. */
    leftWithAccount: z.int(),
    /** By name, at most five hundred. */
    departments: z.array(z.object({ name: z.string(), people: z.int() })),
  }),
})

const sourceOf = z.object({
  sourceId: id,
  name: z.string(),
  basis,
  collectedAt: instant.nullable(),
  isCurrent: z.boolean(),
})

const account = z.object({
  accountId: id,
  systemId: id,
  system: z.string(),
  username: z.string(),
  /** By which sign it was tied to them; `named`: they only answer for it. */
  link: z.enum(['employee-number', 'email', 'username', 'name', 'named', 'confirmed']).nullable(),
  isInQuestion: z.boolean(),
  enabled: z.boolean().nullable(),
  privileged: z.boolean().nullable(),
  createdAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
  neverUsed: z.boolean().nullable(),
  passwordSetAt: instant.nullable(),
  expiresOn: day.nullable(),
  secondFactor: z.boolean().nullable(),
  secondFactorBasis: basis.nullable(),
  basis: basis.nullable(),
  sources: z.array(sourceOf),
})

export const showPerson = endpoint({
  name: 'people.show',
  method: 'GET',
  path: '/people/{personId}',
  effect: 'read',
  summary: 'Show all that is known of a person; managers see those who report to them',
  roles: [...readers, 'manager'],
  input: z.strictObject({ personId: id }),
  output: z.object({
    personId: id,
    name: z.string().nullable(),
    title: z.string().nullable(),
    department: z.string().nullable(),
    employeeNumber: z.string().nullable(),
    email: z.string().nullable(),
    standing: z.enum(standings),
    /** Why the standing is not known: what lists said has lapsed, or no list names them any more. */
    whyUnknown: z.enum(['lapsed', 'unlisted']).nullable(),
    /** What was last said, also by lists that have lapsed. */
    wasSaidToHaveLeft: z.boolean(),
    hiredOn: day.nullable(),
    leftOn: day.nullable(),
    manager: z.object({ personId: id.nullable(), name: z.string() }).nullable(),
    /** How many other people bear the same name. */
    namesakes: z.int(),
    /** How many accounts are asked about that may be theirs. */
    questions: z.int(),
    /** What each list says, those that speak first. */
    employment: z.array(
      z.object({
        source: sourceOf,
        /** Since when the list names them no more. */
        absentFrom: instant.nullable(),
        name: z.string().nullable(),
        employeeNumber: z.string().nullable(),
        email: z.string().nullable(),
        username: z.string().nullable(),
        title: z.string().nullable(),
        department: z.string().nullable(),
        workerType: z.string().nullable(),
        standing: z.string().nullable(),
        hiredOn: day.nullable(),
        leftOn: day.nullable(),
        manager: z.string().nullable(),
        saysLeft: z.boolean().nullable(),
      }),
    ),
    /** Of what lists that speak say different things. */
    disagreements: z.array(z.enum(['standing', 'department', 'title', 'hiredOn', 'leftOn'])),
    accounts: z.array(account),
    devices: z.array(
      z.object({
        deviceId: id,
        name: z.string(),
        kind: z.string().nullable(),
        operatingSystem: z.string().nullable(),
        encrypted: z.boolean().nullable(),
        malwareProtection: z.boolean().nullable(),
        lastSeenAt: instant.nullable(),
        isLost: z.boolean(),
        basis: basis.nullable(),
        /** By what it was found to be theirs; a name is not sure where others bear it. */
        by: z.enum(['email', 'username', 'name']),
      }),
    ),
    training: z.array(
      z.object({
        course: z.string().nullable(),
        dueOn: day.nullable(),
        completedOn: day.nullable(),
        /** `unknown`: the record has lapsed, or does not say. */
        state: z.enum(['done', 'overdue', 'open', 'unknown']),
        basis,
        isCurrent: z.boolean(),
      }),
    ),
    roles: z.array(z.object({ role: z.string(), confirmedOn: day.nullable(), basis, isCurrent: z.boolean() })),
    /** The worst hundred that are open. */
    findings: z.array(
      z.object({
        id,
        severity,
        state: z.enum(['open', 'excepted']),
        detail: z.string(),
        remedy: z.string().nullable(),
        dueOn: day,
        isOverdue: z.boolean(),
        exceptedUntil: day.nullable(),
        owner: z.string().nullable(),
      }),
    ),
    tasks: z.array(
      z.object({
        id,
        title: z.string(),
        dueOn: day.nullable(),
        isOverdue: z.boolean(),
        assignee: z.string().nullable(),
      }),
    ),
    /** What happened, the newest first, at most a hundred. */
    timeline: z.array(
      z.object({
        kind: z.enum(eventKinds),
        /** The day, where the instant is not known. */
        on: day.nullable(),
        at: instant.nullable(),
        /** The system, course or finding that it happened to. */
        what: z.string().nullable(),
        findingId: id.nullable(),
      }),
    ),
  }),
})

const report = z.object({
  personId: id,
  name: z.string().nullable(),
  title: z.string().nullable(),
  department: z.string().nullable(),
  /** Open findings about them, or about an account of theirs. */
  findings: z.int(),
})

export const listMyPeople = endpoint({
  name: 'people.mine',
  method: 'GET',
  path: '/people/mine',
  effect: 'read',
  summary: 'List the people who report to you, with what is open about them',
  roles: ['manager'],
  input: z.strictObject(paging),
  output: pageOf(report).extend({
    /** Why there is nobody: it is not known which person you are, or no staff list says that anybody reports to you. */
    whyNobody: z.enum(['no-person', 'no-reports']).nullable(),
  }),
})
