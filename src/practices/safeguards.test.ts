import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import { responseRoles } from '#core/intake/model.ts'
import { findRequirement } from '#core/requirements/model.ts'
import type { Safeguard } from '#core/safeguards/model.ts'
import { judgeSafeguards } from '#core/safeguards/service.ts'
import { judgeAsOf, writeReference } from '#core/safeguards/store.ts'
import { type Db, sql } from '#platform/database.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { allSafeguards, practices } from './index.ts'

// What is judged is judged as of noon on 2 November 2026, which is when `asTester` acts.
const now = new Date('2026-11-02T12:00:00Z')
const today = '2026-11-02'

type Row = Readonly<Record<string, unknown>>
type Verdict = 'pass' | 'fail' | 'unknown'
interface Judged {
  readonly subject: number
  readonly key: string
  readonly label: string
  readonly verdict: Verdict
  readonly basis: 'measured' | 'stated' | null
  readonly detail: string | null
}
interface SourceOptions {
  readonly basis?: 'measured' | 'stated'
  readonly collectedAt?: string
  readonly complete?: boolean
}
interface World {
  /** A source that says the given rows of one kind; rows bring their identities with them. */
  says(kind: FactKind, rows: readonly Row[], options?: SourceOptions): Promise<void>
  person(name: string): Promise<number>
  system(name: string): Promise<number>
  account(system: string, username: string, owner?: { person: number; link: string }): Promise<number>
  device(name: string): Promise<number>
  vendor(key: string, name: string): Promise<number>
  product(name: string): Promise<number>
  db: Db
}

const { database, newOrganisation } = await openTestDatabase()
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: practices.flatMap((practice) =>
      practice.safeguards.map((safeguard) => ({ ...safeguard, practice: practice.name })),
    ),
    operatingSystems: [
      {
        product: 'windows',
        cycle: '10-22h2',
        label: 'Windows 10 22H2',
        endOfSupportOn: '2025-10-14',
        extendedOn: '2028-10-10',
      },
      { product: 'windows', cycle: '11-25h2', label: 'Windows 11 25H2', endOfSupportOn: '2027-10-12' },
      { product: 'windows', cycle: '11', label: 'Windows 11, version not told', endOfSupportOn: null },
    ],
    responseRoles: responseRoles.map(({ id, key, title }) => ({ id, key, title })),
  }),
)

let count = 0

function worldIn(db: Db): World {
  const made = new Map<string, Promise<number>>()
  const once = (what: string, insert: () => Promise<number>) => {
    const known = made.get(what) ?? insert()
    made.set(what, known)
    return known
  }
  const insert = async (table: string, row: Row) => {
    const columns = sql.raw(Object.keys(row).join(', '))
    const { rows } = await sql<{ id: number }>`
      insert into ${sql.table(table)} (${columns}) select ${columns}
      from jsonb_populate_record(null::${sql.table(table)}, ${JSON.stringify(row)}::jsonb) returning id`.execute(db)
    return rows[0]?.id ?? 0
  }
  const world: World = {
    db,
    async says(kind, rows, { basis = 'measured', collectedAt = '2026-11-02T06:00:00Z', complete = true } = {}) {
      count += 1
      const source = await insert('source', {
        name: `${kind} ${count}`,
        channel: 'file',
        format: kind,
        kinds: [kind],
        basis,
        valid_for: '35 days',
        collected_at: collectedAt,
        complete,
        run_id: count,
      })
      for (const [index, row] of rows.entries()) {
        const fact = { source_id: source, key: `${index}`, line: index + 1, run_id: count, present_from: collectedAt }
        const id = await insert(`${kind}_fact`, { ...fact, ...row })
        if (kind === 'approval' && row['product'] !== undefined) {
          await sql`insert into product_approval (product_id, approval_fact_id)
            select id, ${id} from product where name = ${row['product']}`.execute(db)
        }
        if (kind === 'mfa') {
          await sql`insert into account_mfa (account_id, mfa_fact_id)
            select id, ${id} from account where system_id = ${row['system_id']} and username = ${row['username']}`.execute(
            db,
          )
        }
      }
    },
    person: (name) => once(`person ${name}`, () => insert('person', { created_at: now })),
    system: (name) =>
      once(`system ${name}`, async () => {
        const id = await insert('system', { key: name.toLowerCase(), name })
        await sql`insert into system_name (name, system_id) values (${name}, ${id})`.execute(db)
        return id
      }),
    account: (system, username, owner) =>
      once(`account ${system}/${username}`, async () =>
        insert('account', {
          system_id: await world.system(system),
          key: username,
          username,
          ...(owner ? { person_id: owner.person, link: owner.link } : {}),
        }),
      ),
    device: (name) => once(`device ${name}`, () => insert('device', { key: name, name })),
    vendor: (key, name) => once(`vendor ${key}`, () => insert('vendor', { key, name })),
    product: (name) => once(`product ${name}`, () => insert('product', { key: name, name })),
  }
  return world
}

/** Runs a check as the role that may only read, on the views that its snapshots are taken from. */
async function runCheck(db: Db, safeguard: Safeguard): Promise<readonly Judged[]> {
  await judgeAsOf(db, now, today)
  await sql`set local role ${sql.id(database.checkRole)}`.execute(db)
  const { rows } = await sql<Judged>`select subject, key, label, verdict, basis, detail
    from (${safeguard.check}) answer order by key`.execute(db)
  await sql`set local role none`.execute(db)
  return rows
}

function mustBeWellFormed(name: string, rows: readonly Judged[]) {
  assert.equal(new Set(rows.map(({ subject }) => subject)).size, rows.length, `${name} judges a subject twice`)
  for (const row of rows) {
    assert.ok(row.subject !== null && row.key && row.label, `${name}: a subject without key or label`)
    assert.ok(['pass', 'fail', 'unknown'].includes(row.verdict), `${name}: ${row.key} has no verdict`)
    if (row.verdict === 'pass') assert.ok(row.basis, `${name}: the pass of ${row.key} rests on nothing`)
    else assert.match(row.detail ?? '', /^\S.*\.$/, `${name}: ${row.key} is ${row.verdict} and does not say why`)
  }
}

const safeguardNamed = (name: string): Safeguard => {
  const found = allSafeguards.find((safeguard) => safeguard.name === name)
  assert.ok(found, `there is no safeguard ${name}`)
  return found
}

interface Case {
  readonly given: (world: World) => Promise<void>
  /** By key: the verdict, and the basis of a pass. */
  readonly gives: Readonly<Record<string, 'pass measured' | 'pass stated' | 'fail' | 'unknown'>>
  readonly says?: RegExp
}

const organisation = 'organisation'

/** Somebody on the staff list, by default hired long ago. */
const staff = async (world: World, people: Readonly<Record<string, Row>>, options?: SourceOptions) =>
  world.says(
    'person',
    await Promise.all(
      Object.entries(people).map(async ([name, row]) => ({
        person_id: await world.person(name),
        display_name: name,
        name_key: name.toLowerCase(),
        employee_number: name,
        standing: 'active',
        hired_on: '2015-03-01',
        ...row,
      })),
    ),
    options,
  )
const training = async (world: World, rows: readonly (readonly [name: string, row: Row])[], options?: SourceOptions) =>
  world.says(
    'training',
    await Promise.all(
      rows.map(async ([name, row]) => ({ person_id: await world.person(name), course: 'Security', ...row })),
    ),
    { basis: 'measured', ...options },
  )
const systems = async (world: World, rows: Readonly<Record<string, Row>>, options?: SourceOptions) =>
  world.says(
    'system',
    await Promise.all(
      Object.entries(rows).map(async ([name, row]) => ({ system_id: await world.system(name), name, ...row })),
    ),
    { basis: 'stated', ...options },
  )
const accounts = async (world: World, system: string, rows: Readonly<Record<string, Row>>, options?: SourceOptions) =>
  world.says(
    'account',
    await Promise.all(
      Object.entries(rows).map(async ([username, row]) => ({
        account_id: await world.account(system, username),
        system,
        username,
        enabled: true,
        login_class: 'person',
        ...row,
      })),
    ),
    options,
  )
const devices = async (world: World, rows: Readonly<Record<string, Row>>, options?: SourceOptions) =>
  world.says(
    'device',
    await Promise.all(
      Object.entries(rows).map(async ([name, row]) => ({
        device_id: await world.device(name),
        name,
        device_kind: 'laptop',
        ...row,
      })),
    ),
    options,
  )
const backups = async (world: World, rows: readonly (readonly [system: string, row: Row])[], options?: SourceOptions) =>
  world.says(
    'backup',
    await Promise.all(rows.map(async ([system, row]) => ({ system_id: await world.system(system), system, ...row }))),
    options,
  )
const vendors = async (world: World, rows: Readonly<Record<string, Row>>, options?: SourceOptions) =>
  world.says(
    'vendor',
    await Promise.all(
      Object.entries(rows).map(async ([name, row]) => ({
        vendor_id: await world.vendor(name.toLowerCase(), name),
        vendor_key: name.toLowerCase(),
        name,
        ...row,
      })),
    ),
    { basis: 'stated', ...options },
  )
const components = async (
  world: World,
  rows: readonly (readonly [product: string, device: string])[],
  options?: SourceOptions,
) =>
  world.says(
    'component',
    await Promise.all(
      rows.map(async ([product, device]) => ({
        product_id: await world.product(product),
        device_id: await world.device(device),
        name: product,
        host: device,
      })),
    ),
    options,
  )
const roles = async (world: World, rows: Readonly<Record<string, Row>>, options?: SourceOptions) =>
  world.says(
    'role',
    Object.entries(rows).map(([role, row]) => ({ role, role_key: role, ...row })),
    { basis: 'stated', ...options },
  )

const lapsed: SourceOptions = { collectedAt: '2026-09-01T06:00:00Z' }

/** Names of the response roles that a case does not speak of, all judged the same. */
const otherRoles = (verdict: 'fail' | 'unknown', except: readonly string[]) =>
  Object.fromEntries(responseRoles.filter(({ key }) => !except.includes(key)).map(({ key }) => [key, verdict] as const))

const cases: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  'assessments.risk-analysis-within-12-months': {
    'one completed this spring passes': {
      given: (world) =>
        world.says('assessment', [{ assessment_kind: 'risk-analysis', completed_on: '2026-04-01' }], {
          basis: 'stated',
        }),
      gives: { [organisation]: 'pass stated' },
    },
    'one completed 12 months ago to the day passes': {
      given: (world) => world.says('assessment', [{ assessment_kind: 'risk-analysis', completed_on: '2025-11-02' }]),
      gives: { [organisation]: 'pass measured' },
    },
    'an older one fails and a penetration test does not replace it': {
      given: (world) =>
        world.says('assessment', [
          { assessment_kind: 'risk-analysis', completed_on: '2025-11-01' },
          { assessment_kind: 'penetration-test', completed_on: '2026-10-01' },
        ]),
      gives: { [organisation]: 'fail' },
      says: /completed on 1 November 2025/,
    },
    'a list without one fails': {
      given: (world) => world.says('assessment', []),
      gives: { [organisation]: 'fail' },
    },
    'a planned one is none': {
      given: (world) => world.says('assessment', [{ assessment_kind: 'risk-analysis', completed_on: '2026-12-01' }]),
      gives: { [organisation]: 'fail' },
    },
    'one without a day is unknown': {
      given: (world) => world.says('assessment', [{ assessment_kind: 'risk-analysis' }]),
      gives: { [organisation]: 'unknown' },
    },
    'an extract without one is unknown': {
      given: (world) => world.says('assessment', [], { complete: false }),
      gives: { [organisation]: 'unknown' },
    },
    'without any list it is unknown': { given: async () => undefined, gives: { [organisation]: 'unknown' } },
    'one that only a lapsed list names is unknown': {
      given: async (world) => {
        await world.says('assessment', [{ assessment_kind: 'risk-analysis', completed_on: '2026-04-01' }], lapsed)
        await world.says('assessment', [])
      },
      gives: { [organisation]: 'unknown' },
      says: /has lapsed/,
    },
  },
  'assessments.evaluation-within-12-months': {
    'an audit passes': {
      given: (world) => world.says('assessment', [{ assessment_kind: 'audit', completed_on: '2026-04-01' }]),
      gives: { [organisation]: 'pass measured' },
    },
    'a list that has only a risk analysis fails': {
      given: (world) => world.says('assessment', [{ assessment_kind: 'risk-analysis', completed_on: '2026-04-01' }]),
      gives: { [organisation]: 'fail' },
    },
    'without any list it is unknown': { given: async () => undefined, gives: { [organisation]: 'unknown' } },
  },
  'assessments.systems-registered': {
    'systems met are judged, others are not': {
      given: async (world) => {
        await systems(world, { EHR: {}, Unmet: {} })
        await accounts(world, 'EHR', { a: {} })
        await accounts(world, 'Stray', { a: {} })
        await backups(world, [['Attic', {}]])
      },
      gives: { EHR: 'pass stated', Stray: 'fail', Attic: 'fail' },
      says: /Attic has backups, and is not in the list of systems/,
    },
    'a name that may be another system’s waits': {
      given: async (world) => {
        await systems(world, { EHR: {} })
        await accounts(world, 'EHR2', { a: {} })
        await sql`insert into match_question (kind, system_name, candidates, reason)
          values ('system-name', 'EHR2', '{}', 'alike')`.execute(world.db)
      },
      gives: { EHR2: 'unknown' },
      says: /another name/,
    },
    'without a list it is unknown': {
      given: (world) => accounts(world, 'EHR', { a: {} }),
      gives: { EHR: 'unknown' },
    },
  },
  'training.completed-yearly': {
    'each person is judged by their newest completion': {
      given: async (world) => {
        await staff(world, {
          Fresh: {},
          Old: {},
          Started: {},
          Unspoken: {},
          Undated: {},
          Gone: { left_on: '2026-01-01' },
          Coming: { standing: 'pending' },
          'Hired last week': { hired_on: '2026-10-26' },
          'Hire day untold': { hired_on: null },
        })
        await training(
          world,
          [
            ['Fresh', { completed_on: '2026-02-01', standing: 'completed' }],
            ['Fresh', { completed_on: '2024-02-01' }],
            ['Old', { completed_on: '2025-05-03', standing: 'completed' }],
            ['Old', { completed_on: '2026-05-03', standing: 'failed' }],
            ['Started', { standing: 'in-progress' }],
            ['Undated', { standing: 'completed' }],
            ['Hire day untold', { completed_on: '2026-02-01' }],
          ],
          { complete: false },
        )
      },
      gives: {
        Fresh: 'pass measured',
        Old: 'fail',
        Started: 'fail',
        Unspoken: 'unknown',
        Undated: 'unknown',
        'Hire day untold': 'pass measured',
      },
      says: /Old last completed a security training on 3 May 2025\./,
    },
    'only courses that teach security count, and a name that does not say so is not taken for one': {
      given: async (world) => {
        await staff(world, { Phished: {}, 'Washed hands': {}, 'Also assigned': {} })
        await training(world, [
          ['Phished', { course: 'Spotting phishing', completed_on: '2026-02-01' }],
          ['Washed hands', { course: 'Hand Hygiene', completed_on: '2026-02-01' }],
          ['Also assigned', { course: 'Hand Hygiene', completed_on: '2026-02-01' }],
          ['Also assigned', { course: 'HIPAA basics', standing: 'not-started' }],
        ])
      },
      gives: { Phished: 'pass measured', 'Washed hands': 'unknown', 'Also assigned': 'fail' },
      says: /Washed hands completed the course Hand Hygiene; whether it teaches security cannot be told/,
    },
    'whom a complete list does not name fails': {
      given: async (world) => {
        await staff(world, { Nobody: {} })
        await training(world, [])
      },
      gives: { Nobody: 'fail' },
      says: /Nobody has no completed security training on record\./,
    },
    'a record that could not be tied to one of two namesakes is not held against them': {
      given: async (world) => {
        await staff(world, { 'Ana Lee': {}, 'Ana  Lee': { name_key: 'ana lee' } })
        await world.says('training', [{ name_key: 'ana lee', completed_on: '2026-02-01' }])
      },
      gives: { 'Ana Lee': 'unknown', 'Ana  Lee': 'unknown' },
    },
    'a pass is stated where the records are': {
      given: async (world) => {
        await staff(world, { Fresh: {} })
        await training(world, [['Fresh', { completed_on: '2026-02-01' }]], { basis: 'stated' })
      },
      gives: { Fresh: 'pass stated' },
    },
    'a completion that only lapsed records name is unknown': {
      given: async (world) => {
        await staff(world, { Fresh: {} })
        await training(world, [['Fresh', { completed_on: '2026-02-01' }]], lapsed)
        await training(world, [])
      },
      gives: { Fresh: 'unknown' },
      says: /have lapsed/,
    },
  },
  'training.new-hires-within-30-days': {
    'only those hired within the year are judged': {
      given: async (world) => {
        const hired = { hired_on: '2026-05-01' }
        await staff(world, {
          Early: hired,
          'In time': hired,
          Late: hired,
          Never: hired,
          Veteran: {},
          Untold: { hired_on: null },
        })
        await training(world, [
          ['Early', { completed_on: '2026-04-20' }],
          ['In time', { completed_on: '2026-05-31' }],
          ['Late', { completed_on: '2026-06-01' }],
        ])
      },
      gives: { Early: 'pass measured', 'In time': 'pass measured', Late: 'fail', Never: 'fail', Untold: 'unknown' },
      says: /Late was hired on 1 May 2026 and first completed a security training on 1 June 2026\./,
    },
  },
  'authentication.mfa-on-ephi-accounts': {
    'accounts of people on systems with patient data are judged': {
      given: async (world) => {
        await systems(world, { EHR: { ephi: true }, Lunch: { ephi: false } })
        await accounts(world, 'EHR', {
          with: { mfa_enrolled: true },
          without: { mfa_enrolled: false },
          untold: {},
          off: { enabled: false, mfa_enrolled: false },
          either: { enabled: null, mfa_enrolled: false },
          robot: { login_class: 'service', mfa_enrolled: false },
          desk: { login_class: 'shared', mfa_enrolled: false },
        })
        await accounts(world, 'Lunch', { without: { mfa_enrolled: false } })
      },
      gives: {
        'EHR/with': 'pass stated',
        'EHR/without': 'fail',
        'EHR/untold': 'unknown',
        'EHR/either': 'unknown',
        'EHR/desk': 'fail',
      },
      says: /The account without in EHR has no second factor\./,
    },
    'an MFA report speaks for accounts, and a bypass denies it': {
      given: async (world) => {
        await accounts(world, 'Okta', { good: {}, bypassed: {} })
        const system_id = await world.system('Okta')
        await world.says('mfa', [
          { system_id, username: 'good', enrolled: true },
          { system_id, username: 'bypassed', enrolled: true, bypassed: true },
        ])
      },
      gives: { 'Okta/good': 'pass measured', 'Okta/bypassed': 'fail' },
      says: /counts as reaching patient data/,
    },
    'where nobody says whether the system holds patient data, no factor is unknown': {
      given: (world) => accounts(world, 'Thing', { with: { mfa_enrolled: true }, without: { mfa_enrolled: false } }),
      gives: { 'Thing/with': 'pass measured', 'Thing/without': 'unknown' },
      says: /not in the list of systems/,
    },
    'what the system requires counts where no report speaks': {
      given: async (world) => {
        await systems(world, { Strict: { ephi: true, mfa_required: true }, Lax: { ephi: true, mfa_required: false } })
        await accounts(world, 'Strict', { a: {} })
        await accounts(world, 'Lax', { a: {} })
      },
      gives: { 'Strict/a': 'pass stated', 'Lax/a': 'fail' },
    },
    'who signs in through a directory has the factor that they have there': {
      given: async (world) => {
        const [ann, bob, cid] = await Promise.all(['Ann', 'Bob', 'Cid'].map((name) => world.person(name)))
        await systems(world, {
          EHR: { ephi: true, sign_in_by: 'active directory', mfa_required: true },
          'Active Directory': { ephi: false },
        })
        for (const [username, person = 0] of [
          ['ann', ann],
          ['bob', bob],
          ['cid', cid],
        ] as const) {
          await world.account('EHR', username, { person, link: 'email' })
          await world.account('Active Directory', username, { person, link: 'email' })
        }
        await accounts(world, 'EHR', { ann: {}, bob: {}, cid: {} })
        await accounts(world, 'Active Directory', {
          ann: { mfa_enrolled: true },
          bob: { mfa_enrolled: false },
          cid: {},
        })
      },
      gives: { 'EHR/ann': 'pass stated', 'EHR/bob': 'fail', 'EHR/cid': 'pass stated' },
      says: /signs in through active directory, where its owner has no second factor/,
    },
  },
  'authentication.no-shared-accounts': {
    'shared accounts fail where there is patient data': {
      given: async (world) => {
        await systems(world, { EHR: { ephi: true }, Lunch: { ephi: false }, Vague: {} })
        for (const system of ['EHR', 'Lunch', 'Vague']) {
          await accounts(world, system, { desk: { login_class: 'shared' }, own: {} })
        }
        await accounts(world, 'EHR', {
          typed: { account_type: 'shared' },
          robot: { login_class: 'service' },
          untold: { login_class: null },
          off: { login_class: 'shared', enabled: false },
        })
      },
      gives: {
        'EHR/desk': 'fail',
        'EHR/own': 'pass stated',
        'EHR/typed': 'fail',
        'EHR/untold': 'unknown',
        'Vague/desk': 'unknown',
        'Vague/own': 'pass stated',
      },
    },
  },
  'authentication.no-never-expiring-accounts': {
    'accounts of people are judged': {
      given: (world) =>
        accounts(world, 'AD', {
          never: { password_never_expires: true, password_set_at: '2019-01-05T00:00:00Z' },
          sometime: { password_never_expires: false },
          untold: {},
          robot: { login_class: 'service', password_never_expires: true },
        }),
      gives: { 'AD/never': 'fail', 'AD/sometime': 'pass measured', 'AD/untold': 'unknown' },
      says: /last set on 5 January 2019/,
    },
  },
  'encryption.devices-encrypted': {
    'computers, tablets and phones are judged': {
      given: (world) =>
        devices(world, {
          on: { encrypted: true },
          off: { encrypted: false, model: 'Latitude 5440' },
          untold: {},
          kindless: { device_kind: null, encrypted: true },
          pump: { device_kind: 'medical', encrypted: false },
          retired: { encrypted: false, standing: 'retired' },
        }),
      gives: { on: 'pass measured', off: 'fail', untold: 'unknown', kindless: 'pass measured' },
      says: /off is not encrypted \(Latitude 5440\)\./,
    },
    'a list that says nothing of encryption does not weaken a measurement': {
      given: async (world) => {
        await devices(world, { laptop: { encrypted: true } })
        await devices(world, { laptop: {} }, { basis: 'stated' })
      },
      gives: { laptop: 'pass measured' },
    },
    'one source that denies it is enough': {
      given: async (world) => {
        await devices(world, { laptop: { encrypted: true } })
        await devices(world, { laptop: { encrypted: false } }, { basis: 'stated' })
      },
      gives: { laptop: 'fail' },
    },
  },
  'encryption.backups-encrypted': {
    'the newest job of each kind counts': {
      given: async (world) => {
        await systems(world, {
          EHR: { ephi: true },
          PACS: { ephi: true },
          Lab: { ephi: true },
          Vague: {},
          Lunch: { ephi: false },
        })
        await backups(world, [
          ['EHR', { job: 'full', last_run_at: '2026-11-01T00:00:00Z', encrypted: true }],
          ['EHR', { job: 'full', last_run_at: '2025-11-01T00:00:00Z', encrypted: false }],
          ['PACS', { job: 'disk', encrypted: true }],
          ['PACS', { job: 'tape', encrypted: false }],
          ['Lab', {}],
          ['Vague', { encrypted: true }],
          ['Lunch', { encrypted: false }],
        ])
      },
      gives: { EHR: 'pass stated', PACS: 'fail', Lab: 'unknown', Vague: 'unknown' },
      says: /The backup of PACS \(tape\) is not encrypted\./,
    },
  },
  'encryption.data-in-transit': {
    'systems in use with patient data are judged': {
      given: (world) =>
        systems(world, {
          Good: { ephi: true, encrypted_in_transit: true },
          Bad: { ephi: true, encrypted_in_transit: false },
          Untold: { ephi: true },
          Vague: { encrypted_in_transit: true },
          Lunch: { ephi: false, encrypted_in_transit: false },
          Old: { ephi: true, encrypted_in_transit: false, standing: 'retired' },
        }),
      gives: { Good: 'pass stated', Bad: 'fail', Untold: 'unknown', Vague: 'unknown' },
    },
  },
  'encryption.data-at-rest': {
    'systems in use with patient data are judged': {
      given: (world) =>
        systems(world, {
          Good: { ephi: true, encrypted_at_rest: true },
          Bad: { ephi: true, encrypted_at_rest: false },
          Untold: { ephi: true },
          Vague: { encrypted_at_rest: true },
          Lunch: { ephi: false, encrypted_at_rest: false },
        }),
      gives: { Good: 'pass stated', Bad: 'fail', Untold: 'unknown', Vague: 'unknown' },
    },
  },
  'patching.supported-os': {
    'the day on which support ends decides': {
      given: (world) =>
        devices(world, {
          ended: { os_product: 'windows', os_cycle: '10-22h2', os_label: 'Windows 10 22H2' },
          supported: { os_product: 'windows', os_cycle: '11-25h2', os_label: 'Windows 11 25H2' },
          vague: { os_product: 'windows', os_cycle: '11', os_label: 'Windows 11, version not told' },
          foreign: { os_label: 'SomethingOS 3' },
          untold: { device_kind: 'medical' },
          retired: { os_product: 'windows', os_cycle: '10-22h2', standing: 'retired' },
        }),
      gives: { ended: 'fail', supported: 'pass measured', vague: 'unknown', foreign: 'unknown', untold: 'unknown' },
      says: /Windows 10 22H2.*14 October 2025, unless its extended support until 10 October 2028 was bought\./,
    },
  },
  'patching.devices-check-in': {
    'managed devices are judged against the day of the inventory': {
      given: (world) =>
        devices(
          world,
          {
            here: { last_seen_at: '2026-10-01T06:00:00Z', managed: true },
            silent: { last_seen_at: '2026-09-01T06:00:00Z', managed: true },
            untold: {},
            foreign: { last_seen_at: '2026-01-01T06:00:00Z', managed: false },
            pump: { device_kind: 'medical', last_seen_at: '2026-01-01T06:00:00Z' },
          },
          { collectedAt: '2026-10-20T06:00:00Z' },
        ),
      gives: { here: 'pass measured', silent: 'fail', untold: 'unknown' },
      says: /silent was last seen on 1 September 2026, more than 30 days before the inventory of 20 October 2026\./,
    },
  },
  'patching.malware-protection': {
    'computers are judged': {
      given: (world) =>
        devices(world, {
          on: { malware_protection: true },
          off: { malware_protection: false },
          untold: {},
          phone: { device_kind: 'phone', malware_protection: false },
        }),
      gives: { on: 'pass measured', off: 'fail', untold: 'unknown' },
    },
  },
  'patching.software-inventoried': {
    'a computer that no inventory speaks of is unknown': {
      given: async (world) => {
        await devices(world, { seen: {}, unseen: {}, printer: { device_kind: 'printer' } })
        await components(world, [['Word', 'seen']])
      },
      gives: { seen: 'pass measured', unseen: 'unknown' },
    },
  },
  'continuity.backup-within-rpo': {
    'the last success is held against the objective': {
      given: async (world) => {
        await systems(world, {
          Fresh: { ephi: true },
          Half: { ephi: true },
          Late: { ephi: true, rpo_hours: 4 },
          Failing: { ephi: true },
          'Failed at its end': { ephi: true },
          Silent: { ephi: true },
          Missing: { ephi: true },
          Cloud: { ephi: true, hosting: 'saas' },
          Vague: {},
          Lunch: { ephi: false },
          Old: { ephi: true, standing: 'retired' },
        })
        await backups(world, [
          ['Fresh', { job: 'a', result: 'success', last_run_at: '2026-11-01T08:00:00Z' }],
          ['Half', { job: 'a', result: 'success', last_run_at: '2026-11-01T08:00:00Z' }],
          ['Half', { job: 'b', result: 'failed', last_success_at: '2026-10-01T08:00:00Z' }],
          ['Late', { result: 'success', last_success_at: '2026-11-02T01:00:00Z' }],
          ['Failing', { result: 'failed', last_run_at: '2026-11-02T01:00:00Z' }],
          [
            'Failed at its end',
            { result: 'failed', last_run_at: '2026-11-02T01:00:00Z', last_success_at: '2026-11-02T01:30:00Z' },
          ],
          ['Silent', { job: 'a' }],
          ['Vague', { last_success_at: '2026-11-02T01:00:00Z' }],
        ])
      },
      gives: {
        Fresh: 'pass stated',
        // One job that succeeds does not speak for one that fails.
        Half: 'unknown',
        Late: 'fail',
        Failing: 'fail',
        'Failed at its end': 'fail',
        Silent: 'unknown',
        Missing: 'fail',
        Cloud: 'unknown',
        Vague: 'unknown',
      },
      says: /Late was on 2 November 2026, more than 4 hours before the report of 2 November 2026\./,
    },
    'a report that is not complete accuses nobody by silence': {
      given: async (world) => {
        await systems(world, { EHR: { ephi: true } })
        await backups(world, [], { complete: false })
      },
      gives: { EHR: 'unknown' },
    },
  },
  'continuity.restore-tested': {
    'the newest test decides': {
      given: async (world) => {
        await systems(world, {
          Good: { ephi: true },
          Ran: { ephi: true },
          Old: { ephi: true },
          Broken: { ephi: true },
          Untold: { ephi: true },
          Missing: { ephi: true },
          Vague: {},
        })
        await backups(world, [
          ['Good', { restore_tested_on: '2026-06-01', restore_passed: true }],
          ['Ran', { restore_tested_on: '2026-06-01' }],
          ['Good', { restore_tested_on: '2025-06-01', restore_passed: false }],
          ['Old', { restore_tested_on: '2025-06-01', restore_passed: true }],
          ['Broken', { restore_tested_on: '2026-06-01', restore_passed: false }],
          ['Untold', { last_success_at: '2026-11-02T01:00:00Z' }],
          ['Vague', { restore_tested_on: '2026-06-01' }],
        ])
      },
      gives: {
        Good: 'pass stated',
        // "Ran" is not "tested".
        Ran: 'unknown',
        Old: 'fail',
        Broken: 'fail',
        Untold: 'unknown',
        Missing: 'unknown',
        Vague: 'unknown',
      },
      says: /The restore of Broken that was tried on 1 June 2026 did not work\./,
    },
  },
  'continuity.objectives-set': {
    'what the list leaves out is named': {
      given: (world) =>
        systems(world, {
          Set: { criticality: 'High', rpo_hours: 4, rto_hours: 8 },
          Part: { criticality: 'High', rto_hours: 8 },
        }),
      gives: { Set: 'pass stated', Part: 'unknown' },
      says: /does not say the recovery point objective of Part\./,
    },
  },
  'vendors.agreement-signed': {
    'an agreement must be in force': {
      given: (world) =>
        vendors(world, {
          Signed: { ephi: true, agreement: 'signed' },
          Dated: { ephi: true, agreement_signed_on: '2025-01-01', agreement_expires_on: '2027-01-01' },
          Expired: {
            ephi: true,
            agreement: 'signed',
            agreement_signed_on: '2023-01-01',
            agreement_expires_on: '2026-11-01',
          },
          None: { ephi: true, agreement: 'none' },
          Pending: { ephi: true, agreement: 'pending' },
          Coming: { ephi: true, agreement: 'signed', agreement_signed_on: '2026-12-01' },
          'Not required': { ephi: true, agreement: 'not-required' },
          Untold: { ephi: true },
          Vague: { agreement: 'signed' },
          Caterer: { ephi: false, agreement: 'none' },
          Ended: { ephi: true, agreement: 'none', standing: 'ended' },
        }),
      gives: {
        Signed: 'pass stated',
        Dated: 'pass stated',
        Expired: 'fail',
        None: 'fail',
        Pending: 'fail',
        Coming: 'fail',
        'Not required': 'unknown',
        Untold: 'fail',
        Vague: 'unknown',
      },
      says: /The agreement with Expired, who handles patient data, ran out on 1 November 2026\./,
    },
  },
  'vendors.assessed-yearly': {
    'the day of the last assessment decides': {
      given: (world) =>
        vendors(world, {
          Fresh: { ephi: true, assessed_on: '2026-01-01' },
          Old: { ephi: true, assessed_on: '2025-01-01' },
          Untold: { ephi: true },
          Vague: { assessed_on: '2026-01-01' },
        }),
      gives: { Fresh: 'pass stated', Old: 'fail', Untold: 'unknown', Vague: 'unknown' },
    },
  },
  'vendors.register-complete': {
    'vendors are found by their key': {
      given: async (world) => {
        await systems(world, {
          EHR: { ephi: true, vendor: 'Epic', vendor_key: 'epic' },
          PACS: { ephi: true, vendor: 'Sectra', vendor_key: 'sectra' },
          Lab: { ephi: true, vendor: 'Orchard', vendor_key: 'orchard' },
          Own: { ephi: true },
          Vague: { vendor: 'Epic', vendor_key: 'epic' },
        })
        await vendors(world, { Epic: {}, 'Orchard Software': {} })
      },
      gives: { EHR: 'pass stated', PACS: 'fail', Lab: 'unknown', Vague: 'unknown' },
      says: /Sectra, the vendor of PACS, which holds patient data, is not in the vendor list\./,
    },
  },
  'incidents.response-roles-filled': {
    'a role is held by somebody who is here': {
      given: async (world) => {
        await staff(world, { Here: {}, Gone: { left_on: '2026-08-28', standing: 'left' } })
        await roles(world, {
          'incident-lead': { person_id: await world.person('Here'), person_name: 'Here' },
          'privacy-officer': { person_id: await world.person('Gone'), person_name: 'Gone' },
          'security-officer': { person_name: 'Stranger' },
          communications: {},
        })
      },
      gives: {
        'incident-lead': 'pass stated',
        'privacy-officer': 'fail',
        'security-officer': 'unknown',
        communications: 'fail',
        'it-lead': 'fail',
      },
      says: /Gone, who holds the role of privacy officer, left on 28 August 2026\./,
    },
    'a list that is not complete accuses nobody by silence': {
      given: (world) => roles(world, {}, { complete: false }),
      gives: otherRoles('unknown', []),
    },
  },
  'incidents.drill-within-12-months': {
    'a tabletop passes, whatever it is filed under': {
      given: (world) => world.says('exercise', [{ name: 'Ransomware tabletop', held_on: '2026-03-01' }]),
      gives: { [organisation]: 'pass measured' },
    },
    'an old one fails and a fire drill does not replace it': {
      given: (world) =>
        world.says('exercise', [
          { name: 'Lost laptop', exercise_kind: 'incident', held_on: '2025-03-01' },
          { name: 'Fire drill', exercise_kind: 'evacuation', held_on: '2026-10-01' },
        ]),
      gives: { [organisation]: 'fail' },
      says: /last rehearsed on 1 March 2025/,
    },
    'one without a day is unknown': {
      given: (world) => world.says('exercise', [{ exercise_kind: 'incident' }]),
      gives: { [organisation]: 'unknown' },
    },
  },
  'compliance.security-official-named': {
    'somebody who is here passes': {
      given: async (world) => {
        await staff(world, { Here: {} })
        await roles(world, { 'security-officer': { person_id: await world.person('Here') } })
      },
      gives: { [organisation]: 'pass stated' },
    },
    'somebody who left fails': {
      given: async (world) => {
        await staff(world, { Gone: { left_on: '2026-08-28' } })
        await roles(world, { 'security-officer': { person_id: await world.person('Gone') } })
      },
      gives: { [organisation]: 'fail' },
    },
    'a list without one fails': { given: (world) => roles(world, {}), gives: { [organisation]: 'fail' } },
    'without any list it is unknown': { given: async () => undefined, gives: { [organisation]: 'unknown' } },
    'a person’s word passes without any list': {
      given: async ({ db }) => {
        await sql`insert into attestation (safeguard_id, statement, author, stated_on, valid_until_on, recorded_by, recorded_at)
          select id, 'It is so.', 'Ann', '2026-10-01', '2027-10-01', 'member:1', now() from safeguard
          where name = 'compliance.security-official-named'`.execute(db)
      },
      gives: { [organisation]: 'pass stated' },
    },
  },
  'compliance.privacy-official-named': {
    'somebody whom no staff list names is unknown': {
      given: (world) => roles(world, { 'privacy-officer': { person_name: 'Stranger' } }),
      gives: { [organisation]: 'unknown' },
      says: /Stranger, who is named as privacy officer, is not on a current staff list\./,
    },
    'the security officer is not the privacy officer': {
      given: (world) => roles(world, { 'security-officer': { person_name: 'Stranger' } }),
      gives: { [organisation]: 'fail' },
    },
    'somebody who is here passes': {
      given: async (world) => {
        await staff(world, { Here: {} })
        await roles(world, { 'privacy-officer': { person_id: await world.person('Here') } })
      },
      gives: { [organisation]: 'pass stated' },
    },
  },
  'technologies.software-approved': {
    'what is installed must be approved': {
      given: async (world) => {
        await components(world, [
          ['Word', 'pc1'],
          ['Wave', 'pc1'],
          ['Wave', 'pc2'],
          ['Dropsync', 'pc1'],
          ['Old Reader', 'pc1'],
          ['Both', 'pc1'],
          ['Undecided', 'pc1'],
        ])
        await world.says(
          'approval',
          [
            { product: 'Word', decision: 'approved', expires_on: '2027-01-01' },
            { product: 'Dropsync', decision: 'refused' },
            { product: 'Old Reader', decision: 'approved', expires_on: '2026-01-01' },
            { product: 'Both', decision: 'approved' },
            { product: 'Both', decision: 'retired', versions: '1' },
            { product: 'Undecided' },
          ],
          { basis: 'stated' },
        )
      },
      gives: {
        Word: 'pass stated',
        Wave: 'fail',
        Dropsync: 'fail',
        'Old Reader': 'fail',
        Both: 'unknown',
        Undecided: 'pass stated',
      },
      says: /Wave is installed on 2 devices and not on the list of approved software\./,
    },
    'a list that is not complete accuses nothing by silence': {
      given: async (world) => {
        await components(world, [['Word', 'pc1']])
        await world.says('approval', [], { complete: false })
      },
      gives: { Word: 'unknown' },
    },
  },
  'technologies.approvals-current': {
    'approvals that have not run out pass': {
      given: (world) => world.says('approval', [{ product: 'Word', expires_on: '2027-01-01' }, { product: 'Excel' }]),
      gives: { [organisation]: 'pass measured' },
    },
    'one that has fails': {
      given: (world) => world.says('approval', [{ product: 'Word', expires_on: '2026-01-01' }]),
      gives: { [organisation]: 'fail' },
      says: /The approval of Word ran out on 1 January 2026\./,
    },
    'a list without any is unknown': {
      given: (world) => world.says('approval', []),
      gives: { [organisation]: 'unknown' },
    },
  },
}

test('every safeguard has a name of its own that begins with its practice', () => {
  assert.equal(new Set(allSafeguards.map(({ name }) => name)).size, allSafeguards.length)
  for (const practice of practices) {
    assert.ok(practice.safeguards.length >= 3, `${practice.name} has too few safeguards`)
    for (const { name } of practice.safeguards) assert.match(name, new RegExp(`^${practice.name}\\.[a-z0-9-]+$`))
  }
})

test('the practices stand in the order in which everything lists them', () => {
  assert.equal(
    practices.map(({ name }) => name).join(' '),
    'assessments training authentication encryption patching access continuity vendors incidents compliance technologies',
  )
})

test('every safeguard meets paragraphs that bind, each named once', () => {
  for (const { name, meets } of allSafeguards) {
    assert.ok(meets.length > 0, `${name} meets nothing`)
    assert.equal(new Set(meets).size, meets.length, `${name} names a paragraph twice`)
    for (const citation of meets) {
      const found = findRequirement(citation)
      assert.ok(found && !found.proposed, `${name} cites ${citation}, which is not in the law`)
      assert.ok(found.binding, `${name} cites ${citation}, which obliges to nothing`)
    }
  }
})

test('what names the subjects of a safeguard is something that it needs or uses', () => {
  for (const { name, needs, uses, namedBy } of allSafeguards) {
    if (namedBy !== undefined) assert.ok([...needs, ...uses].includes(namedBy), name)
    assert.equal(new Set([...needs, ...uses]).size, needs.length + uses.length, `${name} names a kind twice`)
  }
})

test('every safeguard says in sentences what it claims and what to do', () => {
  for (const { name, title, remedy, statement } of allSafeguards) {
    assert.doesNotMatch(title, /\.$/, `the title of ${name} is no sentence of a text`)
    assert.match(remedy, /^[A-Z].*\.$/, name)
    if (statement !== undefined) assert.match(statement, /^[A-Z].*\.$/, name)
  }
})

test('where nothing is known, nothing passes', async () => {
  await asTester(database, await newOrganisation(), async ({ db }) => {
    for (const safeguard of allSafeguards) {
      const rows = await runCheck(db, safeguard)
      mustBeWellFormed(safeguard.name, rows)
      assert.deepEqual(
        rows.filter(({ verdict }) => verdict !== 'unknown'),
        [],
        safeguard.name,
      )
    }
  })
})

test('every attested safeguard waits for a person’s word, and passes while that holds', async () => {
  for (const { name, statement } of allSafeguards.filter(({ statement }) => statement !== undefined)) {
    await asTester(database, await newOrganisation(), async ({ db }) => {
      const attest = (from: string, until: string) =>
        sql`
        insert into attestation (safeguard_id, statement, author, stated_on, valid_until_on, recorded_by, recorded_at)
        select id, ${statement}, 'Ann', ${from}::date, ${until}::date, 'member:1', now() from safeguard
        where name = ${name}`.execute(db)
      const verdicts = async () =>
        (await runCheck(db, safeguardNamed(name))).map(({ verdict, basis }) => [verdict, basis])
      await attest('2025-01-01', '2026-01-01')
      assert.deepEqual((await verdicts())[0]?.[0], 'unknown', name)
      await attest('2026-01-01', '2026-11-02')
      assert.deepEqual(await verdicts(), [['pass', 'stated']], name)
    })
  }
})

test('an addressable specification is decided until the day on which it is reviewed again', async () => {
  await asTester(database, await newOrganisation(), async ({ db }) => {
    const decide = (citation: string, decision: string, reviewOn: string) =>
      sql`
      insert into addressable_decision (citation, decision, why, approved_by, decided_on, review_on, recorded_by, recorded_at)
      values (${citation}, ${decision}, 'why', 'Ann', '2025-11-02', ${reviewOn}::date, 'member:1', now())`.execute(db)
    await decide('164.312(a)(2)(iv)', 'implement', '2026-11-02')
    await decide('164.312(a)(2)(iii)', 'alternative', '2027-11-02')
    await decide('164.312(e)(2)(i)', 'not-reasonable', '2026-11-01')
    const rows = await runCheck(db, safeguardNamed('compliance.addressable-decided'))
    mustBeWellFormed('compliance.addressable-decided', rows)
    assert.equal(rows.length, 22)
    const passed = rows.filter(({ verdict }) => verdict === 'pass')
    assert.deepEqual(
      passed.map(({ key, basis }) => [key, basis]),
      [
        ['164.312(a)(2)(iii)', 'stated'],
        ['164.312(a)(2)(iv)', 'stated'],
      ],
    )
    const late = rows.find(({ key }) => key === '164.312(e)(2)(i)')
    assert.match(late?.detail ?? '', /was to be reviewed by 1 November 2026/)
  })
})

for (const [name, some] of Object.entries(cases)) {
  for (const [title, { given, gives, says }] of Object.entries(some)) {
    test(`${name}: ${title}`, async () => {
      const safeguard = safeguardNamed(name)
      await asTester(database, await newOrganisation(), async ({ db }) => {
        await given(worldIn(db))
        const rows = await runCheck(db, safeguard)
        mustBeWellFormed(name, rows)
        const found = rows.map(({ key, verdict, basis }) => [key, verdict === 'pass' ? `pass ${basis}` : verdict])
        assert.deepEqual(Object.fromEntries(found), gives, JSON.stringify(rows, undefined, 1))
        if (says)
          assert.ok(
            rows.some(({ detail }) => says.test(detail ?? '')),
            rows.map(({ detail }) => detail).join('\n'),
          )

        // When everything has lapsed nothing is known any more, and no subject may vanish for it.
        await sql`update source set collected_at = '2026-01-01T06:00:00Z'`.execute(db)
        const after = await runCheck(db, safeguard)
        mustBeWellFormed(name, after)
        const isAttested = title.includes('word')
        if (!isAttested) {
          assert.deepEqual(
            after.filter(({ verdict }) => verdict !== 'unknown'),
            [],
            'something is still known when every source has lapsed',
          )
        }
        const keys = new Set(after.map(({ key }) => key))
        assert.deepEqual(
          rows.filter(({ key }) => !keys.has(key)),
          [],
          'a subject vanished when its source lapsed',
        )
      })
    })
  }
}

test('every safeguard that a machine judges has cases that pass, that are unknown and, unless it never does, that fail', () => {
  const neverFail = ['patching.software-inventoried', 'continuity.objectives-set']
  const elsewhere = ['compliance.addressable-decided']
  for (const { name, statement } of allSafeguards) {
    if (statement !== undefined || name.startsWith('access.') || elsewhere.includes(name)) continue
    const verdicts = Object.values(cases[name] ?? {}).flatMap(({ gives }) => Object.values(gives))
    assert.ok(
      verdicts.some((verdict) => verdict.startsWith('pass')),
      `${name} never passes`,
    )
    assert.equal(verdicts.includes('fail'), !neverFail.includes(name), `${name} and failing`)
  }
})

test('what a source leaves empty never passes', async () => {
  // Being there at all is what these claim, or an approval without a word against it is one.
  const passByBeingThere = ['assessments.systems-registered', 'patching.software-inventoried', 'technologies.']
  await asTester(database, await newOrganisation(), async ({ db }) => {
    const world = worldIn(db)
    const person_id = await world.person('Nobody')
    const system_id = await world.system('Thing')
    const account_id = await world.account('Thing', 'nobody', { person: person_id, link: 'email' })
    const device_id = await world.device('box')
    const product_id = await world.product('Tool')
    await world.says('person', [{ person_id, display_name: 'Nobody' }])
    await world.says('system', [{ system_id, name: 'Thing' }])
    await world.says('account', [{ account_id, username: 'nobody' }])
    await world.says('mfa', [{ system_id, username: 'nobody' }])
    await world.says('device', [{ device_id, name: 'box' }])
    await world.says('component', [{ product_id, device_id, name: 'Tool' }])
    await world.says('vendor', [{ vendor_id: await world.vendor('someone', 'Someone'), vendor_key: 'someone' }])
    await world.says('backup', [{ system_id, system: 'Thing' }])
    await world.says('training', [{ person_id }])
    await world.says('role', [{ role_key: 'security-officer' }])
    await world.says('exercise', [{ name: 'Something' }])
    await world.says('assessment', [{ name: 'Something' }])
    await world.says('approval', [{ product: 'Tool' }])
    assert.equal((await sql`select from source`.execute(db)).rows.length, Object.keys(factKinds).length - 1)
    for (const safeguard of allSafeguards) {
      const rows = await runCheck(db, safeguard)
      mustBeWellFormed(safeguard.name, rows)
      if (passByBeingThere.some((name) => safeguard.name.startsWith(name))) continue
      assert.deepEqual(
        rows.filter(({ verdict }) => verdict === 'pass'),
        [],
        safeguard.name,
      )
    }
  })
})

test('all safeguards are judged together, again without change, and lapse by themselves', async () => {
  const organisationId = await newOrganisation()
  const options = {
    safeguards: allSafeguards,
    checkRole: database.checkRole,
    dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
  }
  await asTester(database, organisationId, async ({ db }) => {
    for (const some of Object.values(cases)) await Object.values(some)[0]?.given(freshNames(worldIn(db)))
  })
  const first = await asTester(database, organisationId, (context) => judgeSafeguards(context, options))
  assert.equal(first.checked, allSafeguards.length)
  assert.ok(first.opened > 0)
  const again = await asTester(database, organisationId, (context) => judgeSafeguards(context, options))
  assert.deepEqual(again, { checked: 0, opened: 0, reopened: 0, closed: 0 })
  const later = new Date('2027-02-02T12:00:00Z')
  const lapse = await asTester(database, organisationId, (context) => judgeSafeguards(context, options), later)
  assert.equal(lapse.closed, 0)
  await asTester(
    database,
    organisationId,
    async ({ db }) => {
      await judgeAsOf(db, later, '2027-02-02')
      const { rows } = await sql<{ name: string; status: string }>`select name, status from safeguard_status`.execute(
        db,
      )
      assert.deepEqual(
        rows.filter(({ status }) => status !== 'unknown'),
        [],
      )
    },
    later,
  )
})

let worlds = 0
/** A world beside others in one organisation: its sources and things get names of their own. */
function freshNames(world: World): World {
  worlds += 1
  const mark = ` ${worlds}`
  return {
    ...world,
    person: (name) => world.person(name + mark),
    system: (name) => world.system(name + mark),
    account: (system, username, owner) => world.account(system + mark, username, owner),
    device: (name) => world.device(name + mark),
    vendor: (key, name) => world.vendor(key + mark, name + mark),
    product: (name) => world.product(name + mark),
  }
}
