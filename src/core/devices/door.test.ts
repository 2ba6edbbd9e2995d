import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { writeReference } from '#core/safeguards/store.ts'
import { callOf, openServices, runBound } from '#core/testing.ts'
import { readers, type WireOutputOf } from '#platform/contract.ts'
import { type Db, sql } from '#platform/database.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import type * as contract from './contract.ts'
import { devices } from './index.ts'
import { faultsOf, isSupported } from './model.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-devices-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)
const release = { product: 'windows', extendedOn: undefined, lastUpdateOn: undefined }
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: [],
    operatingSystems: [
      { ...release, cycle: '7', label: 'Windows 7', endOfSupportOn: '2020-01-14' },
      { ...release, cycle: '11', label: 'Windows 11', endOfSupportOn: '2031-10-14' },
    ] as never,
    responseRoles: [],
  }),
)

const current = new Date('2026-11-02T12:00:00Z')
const later = new Date('2027-01-15T12:00:00Z')

type Listed = WireOutputOf<typeof contract.listDevices>['items'][number]
type Shown = WireOutputOf<typeof contract.showDevice>

const ask = async <T>(organisation: number, name: string, input = {}, now = current): Promise<T> =>
  (await callOf(services, organisation, (call) => runBound(devices, name, call, input), { now })).output as T
const list = async (organisation: number, input = {}, now = current) =>
  (await ask<{ items: Listed[] }>(organisation, 'devices.list', input, now)).items
const names = async (organisation: number, input = {}, now = current) =>
  (await list(organisation, input, now)).map(({ name }) => name)

async function idOf(db: Db, query: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await query.execute(db)
  return (rows[0] as { id: number }).id
}
const source = (db: Db, name: string, kind: string, collected = '2026-11-01T08:00:00Z', basis = 'measured') =>
  idOf(
    db,
    sql`insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id)
      values (${name}, 'file', 'test', array[${kind}], ${basis}::basis, '35 days', ${collected}, true, 1) returning id`,
  )
const fact = (of: number, key: string) => sql`${of}, ${key}, 1, 1, timestamptz '2026-10-01'`
const head = sql`source_id, key, line, run_id, present_from`

/** Five devices: one in order, an old laptop, a silent one, a scanner, and a retired one with every fault. */
async function ward(): Promise<{ organisation: number; old: number; person: number }> {
  const organisation = await newOrganisation()
  return asTester(database, organisation, async ({ db }) => {
    const mdm = await source(db, 'Intune.csv', 'device')
    const sheet = await source(db, 'Inventory.xlsx', 'device', '2026-10-30T08:00:00Z', 'stated')
    const device = (name: string) =>
      idOf(db, sql`insert into device (key, name) values (${name}, ${name}) returning id`)
    const [fine, old, silent, scanner, retired] = [
      await device('LT-fine'),
      await device('LT-old'),
      await device('LT-silent'),
      await device('MRI-1'),
      await device('ZZ-retired'),
    ]
    const columns = sql`${head}, device_id, name, device_kind, os_product, os_cycle, os_label, encrypted, last_seen_at, standing, serial, user_email, user_name`
    await sql`insert into device_fact (${columns}) values
      (${fact(mdm, 'a')}, ${fine}, 'LT-fine', 'laptop', 'windows', '11', 'Windows 11', true, '2026-10-31', 'in-use', 'S-1', 'ines@clinic.example', null),
      (${fact(mdm, 'b')}, ${old}, 'LT-old', 'laptop', 'windows', '11', 'Windows 11', true, '2026-10-31', null, 'S-2', null, 'Sam Lee'),
      (${fact(sheet, 'b')}, ${old}, 'LT-old', 'laptop', 'windows', '7', 'Windows 7', false, null, null, 'S-2', null, null),
      (${fact(mdm, 'c')}, ${silent}, 'LT-silent', 'laptop', null, null, null, null, '2026-09-01', null, 'S-3', null, null),
      (${fact(sheet, 'd')}, ${scanner}, 'MRI-1', 'medical', null, null, 'Vendor OS', null, null, null, null, null, null),
      (${fact(sheet, 'e')}, ${retired}, 'ZZ-retired', 'laptop', 'windows', '7', 'Windows 7', false, '2025-01-01', 'retired', null, null, null)
      `.execute(db)
    const staff = await source(db, 'Staff.csv', 'person')
    const person = await idOf(db, sql`insert into person default values returning id`)
    const [one, two] = [
      await idOf(db, sql`insert into person default values returning id`),
      await idOf(db, sql`insert into person default values returning id`),
    ]
    await sql`insert into person_fact (${head}, person_id, display_name, email_key, name_key) values
      (${fact(staff, 'i')}, ${person}, 'Ines Okafor', 'ines@clinic.example', 'ines okafor'),
      (${fact(staff, 's')}, ${one}, 'Sam Lee', null, 'lee sam'), (${fact(staff, 't')}, ${two}, 'Sam Lee', null, 'lee sam'),
      (${fact(staff, 'u')}, ${one}, 'Sam Lee', null, 'sam lee'), (${fact(staff, 'v')}, ${two}, 'Sam Lee', null, 'sam lee')
      `.execute(db)
    return { organisation, old, person }
  })
}

test('what stands against a device is listed and counted alike, without those out of use', async () => {
  const { organisation } = await ward()
  assert.deepEqual(await names(organisation), ['LT-fine', 'LT-old', 'LT-silent', 'MRI-1', 'ZZ-retired'])
  assert.deepEqual(await names(organisation, { group: 'unsupported' }), ['LT-old'])
  assert.deepEqual(await names(organisation, { group: 'not-encrypted' }), ['LT-old'])
  for (const fault of ['unsupported', 'not-encrypted', 'not-seen'] as const) {
    const marked = (await list(organisation)).filter(({ faults }) => faults.includes(fault))
    assert.deepEqual(
      marked.map(({ name }) => name),
      await names(organisation, { group: fault }),
    )
  }
  assert.deepEqual(await names(organisation, { group: 'not-seen' }), ['LT-silent'])
  assert.deepEqual(await names(organisation, { kind: 'medical' }), ['MRI-1'])
  assert.deepEqual(await names(organisation, { q: 's-2' }), ['LT-old'])
  assert.deepEqual(await names(organisation, { q: 'sam' }), ['LT-old'])
  assert.deepEqual(await ask(organisation, 'devices.count'), {
    all: 5,
    outOfUse: 1,
    medical: 1,
    unsupported: 1,
    notEncrypted: 1,
    notSeen: 1,
    lapsed: 0,
  })
})

test('where two inventories disagree, the one that denies is enough', async () => {
  const { organisation } = await ward()
  const [fine, old, silent] = await list(organisation)
  assert.deepEqual([fine?.encrypted, fine?.isSupported, fine?.supportedUntil], [true, true, '2031-10-14'])
  assert.deepEqual([old?.encrypted, old?.isSupported, old?.supportedUntil], [false, false, '2020-01-14'])
  // Nobody says.
  assert.deepEqual([silent?.encrypted, silent?.isSupported, silent?.protected], [null, null, null])
})

test('a device is somebody’s only where no other person may be meant', async () => {
  const { organisation, person } = await ward()
  const [fine, old, silent] = await list(organisation)
  assert.deepEqual(fine?.user, { name: 'ines@clinic.example', personId: person })
  assert.deepEqual(old?.user, { name: 'Sam Lee', personId: null })
  assert.equal(silent?.user, null)
})

test('what lapsed inventories said is not known any more, and stays to be seen with its age', async () => {
  const { organisation, old } = await ward()
  const [fine] = await list(organisation, {}, later)
  assert.deepEqual(
    [fine?.isCurrent, fine?.encrypted, fine?.isSupported, fine?.lastSeenAt, fine?.operatingSystem, fine?.user],
    [false, null, null, null, null, null],
  )
  assert.deepEqual(await names(organisation, { group: 'not-encrypted' }, later), [])
  const { told } = await ask<Shown>(organisation, 'devices.show', { deviceId: old }, later)
  assert.deepEqual(
    told.map(({ source, basis, isCurrent }) => [source, basis, isCurrent]),
    [
      ['Intune.csv', 'measured', false],
      ['Inventory.xlsx', 'stated', false],
    ],
  )
  assert.equal((await ask<{ lapsed: number }>(organisation, 'devices.count', {}, later)).lapsed, 5)
})

test('a device shows its software, whether it was approved, and what happened', async () => {
  const { organisation, old } = await ward()
  await asTester(database, organisation, async ({ db }) => {
    const inventory = await source(db, 'Software.csv', 'component')
    const approved = await source(db, 'Approved.csv', 'approval', '2026-11-01T08:00:00Z', 'stated')
    const product = (name: string) =>
      idOf(db, sql`insert into product (key, name) values (${name}, ${name}) returning id`)
    const [zoom, game] = [await product('Zoom'), await product('Game')]
    const approval = await idOf(
      db,
      sql`insert into approval_fact (${head}, product, decision) values (${fact(approved, 'z')}, 'Zoom', 'approved') returning id`,
    )
    await sql`insert into product_approval (product_id, approval_fact_id) values (${zoom}, ${approval})`.execute(db)
    await sql`insert into component_fact (${head}, device_id, product_id, name, version) values
      (${fact(inventory, '1')}, ${old}, ${zoom}, 'Zoom', '6.1'), (${fact(inventory, '2')}, ${old}, ${game}, 'Game', '1'),
      (${fact(inventory, '3')}, ${old}, null, 'libz', '1.3')`.execute(db)
  })
  const page = (input = {}) =>
    ask<{ items: { name: string; approval: string }[]; next: string | null }>(organisation, 'devices.software', {
      deviceId: old,
      ...input,
    })
  assert.deepEqual(
    (await page()).items.map(({ name, approval }) => [name, approval]),
    [
      ['Game', 'not-listed'],
      ['libz', 'part'],
      ['Zoom', 'approved'],
    ],
  )
  assert.deepEqual(
    (await page({ q: 'zoo' })).items.map(({ name }) => name),
    ['Zoom'],
  )
  const first = await page({ limit: 2 })
  assert.deepEqual(
    (await page({ limit: 2, after: first.next })).items.map(({ name }) => name),
    ['Zoom'],
  )
  const shown = await ask<Shown>(organisation, 'devices.show', { deviceId: old })
  assert.deepEqual(shown.software, { pieces: 3, isCurrent: true })
  assert.deepEqual(
    shown.events.map(({ kind, what, count }) => [kind, what, count]),
    [
      ['listed', 'Intune.csv', null],
      ['listed', 'Inventory.xlsx', null],
      ['software-seen', 'Software.csv', 3],
    ].toSorted() as never,
  )
})

test('a device that no list names any more is shown with what happened, and listed no more', async () => {
  const { organisation, old } = await ward()
  await asTester(database, organisation, ({ db }) =>
    sql`update device_fact set absent_from = '2026-11-01' where device_id = ${old}`.execute(db),
  )
  assert.ok(!(await names(organisation)).includes('LT-old'))
  const shown = await ask<Shown>(organisation, 'devices.show', { deviceId: old })
  assert.deepEqual([shown.device.isCurrent, shown.told], [false, []])
  assert.equal(shown.events[0]?.kind, 'not-listed')
})

test('pages join to one list without gap or repeat', async () => {
  const { organisation } = await ward()
  const whole = await list(organisation)
  const joined: Listed[] = []
  let next: string | null | undefined
  do {
    const page: { items: Listed[]; next: string | null } = await ask(organisation, 'devices.list', {
      limit: 2,
      ...(next && { after: next }),
    })
    joined.push(...page.items)
    next = page.next
  } while (next !== null)
  assert.deepEqual(joined, whole)
})

test('another organisation sees nothing of it, and where nothing was brought nothing is listed', async () => {
  const { old } = await ward()
  const other = await newOrganisation()
  assert.deepEqual(await list(other), [])
  for (const name of ['devices.show', 'devices.software']) {
    await assert.rejects(ask(other, name, { deviceId: old }), { code: 'device-unknown' })
  }
})

test('everything about devices is read by those who run or audit the programme', () => {
  for (const { endpoint } of devices) assert.deepEqual(endpoint.roles, readers, endpoint.name)
})

test('an operating system is supported until its last day, and while its maker updates it where none is named', () => {
  const today = '2026-11-02'
  assert.equal(isSupported({ worstEnd: '2026-11-02', lastUpdateOn: null }, today), true)
  assert.equal(isSupported({ worstEnd: '2026-11-01', lastUpdateOn: '2026-11-01' }, today), false)
  assert.equal(isSupported({ worstEnd: null, lastUpdateOn: '2026-08-01' }, today), true)
  assert.equal(isSupported({ worstEnd: null, lastUpdateOn: '2025-08-01' }, today), undefined)
  assert.equal(isSupported({ worstEnd: null, lastUpdateOn: null }, today), undefined)
})

test('only what a kind is judged by is a fault of it, and nothing of a device out of use', () => {
  const bad = {
    kind: 'laptop',
    isOutOfUse: false,
    encrypted: false,
    protected: false,
    managed: true,
    lastSeenAt: new Date('2026-09-01T00:00:00Z'),
    seenAsOf: new Date('2026-11-01T00:00:00Z'),
    worstEnd: '2020-01-14',
    lastUpdateOn: null,
  }
  const cases: readonly (readonly [Partial<Record<keyof typeof bad, unknown>>, readonly string[]])[] = [
    [{}, ['unsupported', 'not-encrypted', 'not-protected', 'not-seen']],
    [{ kind: null }, ['unsupported', 'not-encrypted', 'not-protected', 'not-seen']],
    [{ kind: 'printer' }, ['unsupported']],
    [{ kind: 'phone' }, ['unsupported', 'not-encrypted', 'not-seen']],
    [{ managed: false }, ['unsupported', 'not-encrypted', 'not-protected']],
    [{ isOutOfUse: true }, []],
    [{ encrypted: null, protected: null, lastSeenAt: null, worstEnd: null }, []],
  ]
  for (const [more, faults] of cases) assert.deepEqual(faultsOf({ ...bad, ...more } as never, '2026-11-02'), faults)
})
