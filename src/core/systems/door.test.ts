import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { judgeAsOf } from '#core/safeguards/store.ts'
import { callOf, openServices, runBound } from '#core/testing.ts'
import { type OutputOf, readers, type WireOutputOf } from '#platform/contract.ts'
import { type Db, sql } from '#platform/database.ts'
import { writeCursor } from '#platform/paging.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import type * as contract from './contract.ts'
import { systems } from './index.ts'
import { agreementOf, approvalOf } from './pages/model.ts'
import { refreshLogins } from './pages/store.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-systems-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

const current = new Date('2026-11-02T12:00:00Z')
/** All lists of the ward have lapsed by then. */
const later = new Date('2027-01-15T12:00:00Z')

type Listed = WireOutputOf<typeof contract.listSystems>['items'][number]
type Shown = WireOutputOf<typeof contract.showSystem>
type Accounts = WireOutputOf<typeof contract.listSystemAccounts>

const ask = async <T>(organisation: number, name: string, input = {}, now = current): Promise<T> =>
  (await callOf(services, organisation, (call) => runBound(systems, name, call, input), { now })).output as T

const list = async (organisation: number, input = {}, now = current) =>
  (await ask<{ items: Listed[] }>(organisation, 'systems.list', input, now)).items
const names = async (organisation: number, input = {}, now = current) =>
  (await list(organisation, input, now)).map(({ name }) => name)

async function idOf(db: Db, query: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await query.execute(db)
  return (rows[0] as { id: number }).id
}

const source = (db: Db, name: string, kind: string, basis = 'stated') =>
  idOf(
    db,
    sql`insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id)
      values (${name}, 'file', 'test', array[${kind}], ${basis}::basis, '35 days', '2026-11-01T08:00:00Z', true, 1) returning id`,
  )
const system = async (db: Db, name: string) => {
  const id = await idOf(db, sql`insert into system (key, name) values (${name.toLowerCase()}, ${name}) returning id`)
  await sql`insert into system_name (name, system_id) values (${name}, ${id})`.execute(db)
  return id
}
const fact = (of: number, key: string) => sql`${of}, ${key}, 1, 1, timestamptz '2026-10-01'`
const head = sql`source_id, key, line, run_id, present_from`

/**
 * Epic holds patient data and NAS none; of Wiki the list does not say; Portal was met in a list of accounts alone. Epic has
 * an account each of somebody who is here, somebody who has left and nobody.
 */
async function ward(): Promise<{ organisation: number; epic: number; portal: number; here: number; gone: number }> {
  const organisation = await newOrganisation()
  return asTester(database, organisation, async ({ db }) => {
    const register = await source(db, 'Systems.csv', 'system')
    const [epic, nas, wiki, portal] = [
      await system(db, 'Epic'),
      await system(db, 'NAS'),
      await system(db, 'Wiki'),
      await system(db, 'Portal'),
    ]
    await sql`insert into system_name (name, system_id, doubtful) values ('Epic Hyperspace', ${epic}, false), ('Ep', ${epic}, true)`.execute(
      db,
    )
    await sql`insert into system_fact (${head}, system_id, name, ephi, vendor, vendor_key, owner, rpo_hours, rto_hours) values
      (${fact(register, 'epic')}, ${epic}, 'Epic', true, 'Epic Inc', 'epic', 'Dana', 4, 8),
      (${fact(register, 'nas')}, ${nas}, 'NAS', false, null, null, null, null, null),
      (${fact(register, 'wiki')}, ${wiki}, 'Wiki', null, null, null, null, null, null)`.execute(db)

    const staff = await source(db, 'Staff.csv', 'person')
    const [here, gone] = [
      await idOf(db, sql`insert into person default values returning id`),
      await idOf(db, sql`insert into person default values returning id`),
    ]
    await sql`insert into person_fact (${head}, person_id, display_name, standing, left_on) values
      (${fact(staff, 'h')}, ${here}, 'Ines Okafor', 'active', null),
      (${fact(staff, 'g')}, ${gone}, 'Arjun Rao', 'left', '2026-08-28')`.execute(db)

    const users = await source(db, 'Epic users.csv', 'account', 'measured')
    const account = (of: number, name: string, person: number | null) =>
      idOf(
        db,
        sql`insert into account (system_id, key, username, person_id, link)
          values (${of}, ${name}, ${name}, ${person}, ${person === null ? null : 'email'}) returning id`,
      )
    const [ines, arjun, desk, visitor] = [
      await account(epic, 'ines', here),
      await account(epic, 'arjun', gone),
      await account(epic, 'desk', null),
      await account(portal, 'visitor', null),
    ]
    await sql`insert into account_fact (${head}, account_id, username, display_name, enabled, privileged, mfa_enrolled, last_used_at) values
      (${fact(users, 'ines')}, ${ines}, 'ines', 'Ines', true, true, true, '2026-10-30'),
      (${fact(users, 'arjun')}, ${arjun}, 'arjun', 'Arjun', true, false, true, '2026-10-31'),
      (${fact(users, 'desk')}, ${desk}, 'desk', 'Front Desk', true, null, null, null),
      (${fact(users, 'visitor')}, ${visitor}, 'visitor', null, true, null, null, null)`.execute(db)
    const factors = await source(db, 'Duo.csv', 'mfa', 'measured')
    const duo = await idOf(
      db,
      sql`insert into mfa_fact (${head}, enrolled) values (${fact(factors, 'arjun')}, false) returning id`,
    )
    await sql`insert into account_mfa (account_id, mfa_fact_id) values (${arjun}, ${duo})`.execute(db)
    await refreshLogins(db)

    const report = await source(db, 'Backups.csv', 'backup', 'measured')
    await sql`insert into backup_fact (${head}, system_id, job, last_success_at, restore_tested_on, restore_passed, encrypted) values
      (${fact(report, 'a')}, ${epic}, 'Nightly', '2026-11-01T02:00:00Z', '2026-05-18', true, true),
      (${fact(report, 'b')}, ${epic}, 'Weekly', '2026-10-25T02:00:00Z', null, null, false),
      (${fact(report, 'c')}, ${nas}, 'Weekly', null, null, null, null)`.execute(db)

    const vendors = await source(db, 'Vendors.csv', 'vendor')
    const vendor = await idOf(db, sql`insert into vendor (key, name) values ('epic', 'Epic Systems') returning id`)
    await sql`insert into vendor_fact (${head}, vendor_id, vendor_key, name, agreement, agreement_expires_on)
      values (${fact(vendors, 'epic')}, ${vendor}, 'epic', 'Epic Systems', 'signed', '2026-10-31')`.execute(db)
    return { organisation, epic, portal, here, gone }
  })
}

test('what a list does not say of patient data is not known, which is neither yes nor no', async () => {
  const { organisation } = await ward()
  const said = new Map((await list(organisation)).map(({ name, ephi }) => [name, ephi]))
  assert.deepEqual(
    [...said],
    [
      ['Epic', true],
      ['NAS', false],
      ['Portal', null],
      ['Wiki', null],
    ],
  )
  assert.deepEqual(await names(organisation, { patientData: 'yes' }), ['Epic'])
  assert.deepEqual(await names(organisation, { patientData: 'no' }), ['NAS'])
  assert.deepEqual(await names(organisation, { patientData: 'not-known' }), ['Portal', 'Wiki'])
  assert.deepEqual(await ask(organisation, 'systems.count'), {
    all: 4,
    withPatientData: 1,
    patientDataNotKnown: 2,
    onlySeen: 1,
    withFindings: 0,
  })
})

test('a system that no list names was only seen, and is found by any name that it goes by', async () => {
  const { organisation } = await ward()
  assert.deepEqual(await names(organisation, { standing: 'seen' }), ['Portal'])
  assert.deepEqual(await names(organisation, { standing: 'registered' }), ['Epic', 'NAS', 'Wiki'])
  assert.deepEqual(await names(organisation, { q: 'HYPER' }), ['Epic'])
  assert.deepEqual(await names(organisation, { q: '%' }), [])
})

test('who can get in, when it was backed up and how its agreement stands are said in the list', async () => {
  const { organisation } = await ward()
  const [epic, nas, portal, wiki] = await list(organisation)
  assert.deepEqual(epic?.accounts, { enabled: 3, withoutSecondFactor: 1, secondFactorNotKnown: 1, notKnown: 0 })
  assert.equal(wiki?.accounts, null)
  assert.equal(portal?.accounts?.enabled, 1)
  assert.equal(epic?.lastBackupAt, '2026-11-01T02:00:00.000Z')
  assert.equal(epic?.restoreTestedOn, '2026-05-18')
  assert.equal(epic?.restorePassed, true)
  // Its report is current and knows of no success; of the others no report speaks.
  assert.deepEqual([nas?.lastBackupAt, nas?.isBackupCurrent], [null, true])
  assert.equal(wiki?.isBackupCurrent, null)
  // Signed, but its last day has passed.
  assert.deepEqual(epic?.vendor, { name: 'Epic Inc', agreement: 'expired', agreementExpiresOn: '2026-10-31' })
})

test('what lapsed lists said is not known any more, and stays to be seen with its age', async () => {
  const { organisation, epic } = await ward()
  const shown = await ask<Shown>(organisation, 'systems.show', { systemId: epic }, later)
  const { system, told, backups, vendor } = shown
  assert.deepEqual(
    [system.isRegistered, system.isCurrent, system.ephi, system.vendor, system.owner, system.accounts],
    [true, false, null, null, null, null],
  )
  assert.deepEqual([system.lastBackupAt, system.isBackupCurrent], [null, false])
  assert.deepEqual([shown.enabledAccounts, vendor], [null, null])
  assert.deepEqual(
    told.map(({ source, isCurrent, basis }) => ({ source, isCurrent, basis })),
    [{ source: 'Systems.csv', isCurrent: false, basis: 'stated' }],
  )
  assert.deepEqual(
    told[0]?.says.find(({ field }) => field === 'ephi'),
    { field: 'ephi', value: true },
  )
  assert.ok(backups.every(({ isCurrent }) => !isCurrent))
  assert.deepEqual(await names(organisation, { patientData: 'yes' }, later), [])
  const { items } = await ask<Accounts>(organisation, 'systems.accounts', { systemId: epic }, later)
  assert.deepEqual(
    items.map(({ enabled, secondFactor, privileged, isCurrent }) => [enabled, secondFactor, privileged, isCurrent]),
    items.map(() => [null, null, null, false]),
  )
})

test('a system unfolds to its names, backups, vendor and sources', async () => {
  const { organisation, epic } = await ward()
  const shown = await ask<Shown>(organisation, 'systems.show', { systemId: epic })
  assert.deepEqual(shown.names, [
    { name: 'Ep', isDoubtful: true },
    { name: 'Epic', isDoubtful: false },
    { name: 'Epic Hyperspace', isDoubtful: false },
  ])
  assert.deepEqual(
    shown.backups.map(({ job, encrypted }) => [job, encrypted]),
    [
      ['Nightly', true],
      ['Weekly', false],
    ],
  )
  assert.deepEqual(
    [shown.vendor?.name, shown.vendor?.agreement, shown.vendor?.isCurrent],
    ['Epic Systems', 'expired', true],
  )
  assert.deepEqual(shown.enabledAccounts, { left: 1, privileged: 1, nobodys: 1 })
})

test('accounts are listed by group, each with its person', async () => {
  const { organisation, epic, portal, gone } = await ward()
  const users = async (group?: string, more = {}) => {
    const input = { systemId: epic, ...(group && { group }), ...more }
    return (await ask<Accounts>(organisation, 'systems.accounts', input)).items
  }
  const usernames = async (group?: string, more = {}) => (await users(group, more)).map(({ username }) => username)
  assert.deepEqual(await usernames(), ['arjun', 'desk', 'ines'])
  assert.deepEqual(await usernames('left'), ['arjun'])
  assert.deepEqual((await users('left'))[0]?.person, {
    id: gone,
    name: 'Arjun Rao',
    hasLeft: true,
    leftOn: '2026-08-28',
    isAnswering: false,
  })
  // An account that somebody only answers for is not theirs.
  await asTester(database, organisation, ({ db }) =>
    sql`update account set link = 'named' where username = 'arjun'`.execute(db),
  )
  assert.deepEqual(await usernames('left'), [])
  assert.equal((await users(undefined, { q: 'arjun' }))[0]?.person?.isAnswering, true)
  assert.deepEqual(await usernames('privileged'), ['ines'])
  assert.deepEqual(await usernames('nobodys'), ['desk'])
  // One that is not known of is not without.
  assert.deepEqual(await usernames('no-second-factor'), ['arjun'])
  assert.deepEqual(await usernames(undefined, { q: 'front' }), ['desk'])
  // Whether anybody administers it is told by no list.
  const shown = await ask<Shown>(organisation, 'systems.show', { systemId: portal })
  assert.deepEqual(shown.enabledAccounts, { left: 0, privileged: null, nobodys: 1 })
})

test('the counts of a system are those of its accounts one by one, whichever lists have lapsed', async () => {
  const { organisation } = await ward()
  const lists = ['One.csv', 'Two.csv', 'Three.csv']
  const registers = ['Tokens.csv', 'Phones.csv']
  const many = await asTester(database, organisation, async ({ db }) => {
    const made = await system(db, 'Many')
    for (const name of lists) await source(db, name, 'account', 'measured')
    for (const name of registers) await source(db, name, 'mfa', 'measured')
    // Every third is told of by one list, every fifth by another, all by the first or not at all; yes, no and silence in turn.
    await sql`insert into account (system_id, key, username, person_id, link)
      select ${made}, 'u' || i, 'u' || i, case when i % 4 > 0 then (select person_id from person_fact
        where standing = case when i % 4 = 1 then 'left' else 'active' end) end, case when i % 7 = 0 then 'named' else 'email' end
      from generate_series(1, 180) i`.execute(db)
    await sql`insert into account_fact (${head}, account_id, username, enabled, privileged, mfa_enrolled)
      select source.id, 'u' || account.id || 'x' || every, 1, 1, timestamptz '2026-10-01', account.id, account.username,
        (array[true, false, null])[1 + (account.id / every) % 3], (array[true, false, null])[1 + (account.id / every / 3) % 3],
        (array[true, false, null])[1 + (account.id / every / 2) % 3]
      from account cross join (values ('One.csv', 1), ('Two.csv', 3), ('Three.csv', 5)) list (name, every)
      join source on source.name = list.name
      where account.system_id = ${made} and account.id % every = 0 and account.id % 11 > 0`.execute(db)
    await sql`insert into mfa_fact (${head}, enrolled, bypassed)
      select source.id, 'm' || i, 1, 1, timestamptz '2026-10-01', (array[true, true, false, null])[1 + i % 4], i % 8 = 0
      from generate_series(1, 8) i join source on source.name = case when i % 2 = 0 then 'Tokens.csv' else 'Phones.csv' end`.execute(
      db,
    )
    await sql`insert into account_mfa (account_id, mfa_fact_id)
      select account.id, fact.id from account join mfa_fact fact on (account.id + fact.id) % 9 = 0
      where account.system_id = ${made} and fact.key like 'm%'`.execute(db)
    await refreshLogins(db)
    return made
  })
  for (const lapsed of [[], ['One.csv'], ['Two.csv', 'Tokens.csv'], ['One.csv', 'Three.csv', 'Phones.csv'], lists]) {
    await asTester(database, organisation, async ({ db }) => {
      await sql`update source set collected_at = case when name = any (${lapsed}::text[]) then timestamptz '2026-01-01'
        else '2026-11-01' end where name = any (${[...lists, ...registers]}::text[])`.execute(db)
    })
    const { rows } = await callOf(services, organisation, async ({ db }) => {
      await judgeAsOf(db, current, '2026-11-02')
      return sql`
        select count(*) filter (where enabled) as enabled,
          count(*) filter (where enabled is null) as "notKnown",
          count(*) filter (where enabled and not mfa_enrolled) as "withoutSecondFactor",
          count(*) filter (where enabled and mfa_enrolled is null) as "secondFactorNotKnown",
          count(*) filter (where enabled and link <> 'named' and person_id in (
            select person_id from person_now where has_left)) as left,
          case when count(*) filter (where enabled and privileged is not null) > 0
            then count(*) filter (where enabled and privileged) end as privileged,
          count(*) filter (where enabled and person_id is null) as nobodys
        from account_now where system_id = ${many} and basis is not null`.execute(db)
    })
    const { system: shown, enabledAccounts } = await ask<Shown>(organisation, 'systems.show', { systemId: many })
    const counted = { ...shown.accounts, ...enabledAccounts }
    assert.deepEqual(counted, lapsed === lists ? {} : rows[0], lapsed.join(' and '))
  }
})

test('without a current staff list it is not known who has left', async () => {
  const { organisation, epic } = await ward()
  await asTester(database, organisation, ({ db }) =>
    sql`update source set collected_at = '2026-01-01' where name = 'Staff.csv'`.execute(db),
  )
  const shown = await ask<Shown>(organisation, 'systems.show', { systemId: epic })
  assert.equal(shown.enabledAccounts?.left, null)
  const { items } = await ask<Accounts>(organisation, 'systems.accounts', { systemId: epic })
  assert.deepEqual(
    items.map(({ person }) => person?.hasLeft ?? null),
    [null, null, null],
  )
})

test('software of a host that bears a name of the system runs there', async () => {
  const { organisation, epic } = await ward()
  await asTester(database, organisation, async ({ db }) => {
    const sbom = await source(db, 'Epic.cdx.json', 'component', 'measured')
    await sql`insert into component_fact (${head}, host, host_key, name, version) values
      (${fact(sbom, '1')}, 'Epic Hyperspace', 'epic hyperspace', 'openssl', '3.0.2'),
      (${fact(sbom, '2')}, 'Epic', 'epic', 'zlib', '1.3'),
      (${fact(sbom, '3')}, 'Other', 'other', 'bash', '5.2'),
      (${fact(sbom, '4')}, 'Ep', 'ep', 'perl', '5.4')`.execute(db)
  })
  const { items } = await ask<{ items: { name: string; approval: string }[] }>(organisation, 'systems.software', {
    systemId: epic,
  })
  // Not what runs on a host of a doubtful name.
  assert.deepEqual(
    items.map(({ name }) => name),
    ['openssl', 'zlib'],
  )
  assert.equal((await ask<Shown>(organisation, 'systems.show', { systemId: epic })).software, 2)
})

test('pages join to one list without gap or repeat', async () => {
  const { organisation, epic } = await ward()
  for (const [name, input] of [
    ['systems.list', {}],
    ['systems.accounts', { systemId: epic }],
  ] as const) {
    const whole = await ask<{ items: { id: number }[] }>(organisation, name, { ...input, limit: 200 })
    const joined: { id: number }[] = []
    let next: string | null | undefined
    do {
      const page: { items: { id: number }[]; next: string | null } = await ask(organisation, name, {
        ...input,
        limit: 1,
        ...(next && { after: next }),
      })
      joined.push(...page.items)
      next = page.next
    } while (next !== null)
    assert.ok(whole.items.length > 2)
    assert.deepEqual(joined, whole.items)
  }
  await assert.rejects(ask(organisation, 'systems.list', { after: writeCursor([1, 2]) }), { code: 'page-unknown' })
})

test('another organisation sees nothing of it, and where nothing was brought nothing is listed', async () => {
  const { epic } = await ward()
  const other = await newOrganisation()
  assert.deepEqual(await list(other), [])
  for (const name of ['systems.show', 'systems.accounts', 'systems.software']) {
    await assert.rejects(ask(other, name, { systemId: epic }), { code: 'system-unknown' })
  }
})

test('everything about systems is read by those who run or audit the programme', () => {
  for (const { endpoint } of systems) assert.deepEqual(endpoint.roles, readers, endpoint.name)
})

test('an agreement whose last day has passed is expired; none that is not named is signed', () => {
  const cases: readonly (readonly [string | null, string | null, ReturnType<typeof agreementOf>])[] = [
    ['signed', null, 'signed'],
    ['signed', '2026-11-02', 'signed'],
    ['signed', '2026-11-01', 'expired'],
    ['none', null, 'none'],
    [null, '2027-01-01', undefined],
    ['something else', null, undefined],
  ]
  for (const [said, until, stands] of cases) assert.equal(agreementOf(said, until, '2026-11-02'), stands)
})

test('software is approved by one line, not by two that contradict each other', () => {
  const none = {
    productId: 1,
    isApproved: false,
    isRefused: false,
    hasExpired: false,
    someLapsed: false,
    isListComplete: true,
  }
  const cases: readonly (readonly [
    Partial<typeof none> | { productId: null },
    OutputOf<typeof contract.listSystemSoftware>['items'][number]['approval'],
  ])[] = [
    [{}, 'not-listed'],
    [{ isListComplete: false }, 'not-known'],
    [{ someLapsed: true }, 'not-known'],
    [{ isApproved: true }, 'approved'],
    [{ isRefused: true }, 'refused'],
    [{ isApproved: true, isRefused: true }, 'not-known'],
    [{ hasExpired: true }, 'expired'],
    [{ productId: null }, 'part'],
  ]
  for (const [piece, approval] of cases) assert.equal(approvalOf({ ...none, ...piece }), approval)
})
