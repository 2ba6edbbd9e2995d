import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Principal } from '#core/door.ts'
import { refreshEntries } from '#core/people/record/store.ts'
import { type Practice, safeguard } from '#core/safeguards/model.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { callOf, memberWith, openServices, operator, runBound } from '#core/testing.ts'
import { type Db, sql } from '#platform/database.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { search } from './index.ts'
import { fold } from './model.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-search-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

const claim = safeguard({
  name: 'access.leavers',
  title: 'Nobody who has left can sign in',
  meets: ['164.308(a)(3)(ii)(C)'],
  severity: 'high',
  subject: 'account',
  needs: [],
  remedy: 'Close it.',
  check: sql`select 1`,
})
const practices: readonly Practice[] = [{ name: 'access', title: 'Access', asks: 'Ask.', safeguards: [claim] }]
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: practices.flatMap(({ name, safeguards }) => safeguards.map((one) => ({ ...one, practice: name }))),
    operatingSystems: [],
    responseRoles: [],
  }),
)

interface Found {
  readonly people: readonly { readonly id: number; readonly name: string; readonly title: string | null }[]
  readonly systems: readonly { readonly name: string }[]
  readonly devices: readonly { readonly name: string }[]
  readonly findings: readonly { readonly subject: string; readonly title: string; readonly severity: string }[]
  readonly requirements: readonly { readonly citation: string; readonly title: string }[]
  readonly tasks: readonly { readonly title: string }[]
}

const ask = async (organisation: number, words: string, principal: Principal = operator): Promise<Found> =>
  (await callOf(services, organisation, (call) => runBound(search, 'search.find', call, { words }), { principal }))
    .output as Found

const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name)

/** A clinic whose Dana (a member: 1) leads Ines and Zoë; Tom reports to nobody. */
async function clinic(): Promise<number> {
  const organisation = await newOrganisation()
  await asTester(database, organisation, async ({ db }) => {
    const people: Record<string, number> = {}
    for (const [name, number, title, manager] of [
      ['Dana Ruiz', 'E1', 'Charge nurse', null],
      ['Ines Marchetti', 'E2', 'Nurse', 'E1'],
      ['Zoë Østergård', 'E3', 'Nurse', 'E1'],
      ['Tom Marsh', 'E4', 'Porter', null],
    ] as const)
      people[name] = await addPerson(db, { name, number, title, manager })
    await sql`
      insert into identity (name, email, email_key, created_at) values ('Dana', ${`dana@${organisation}.example`},
        ${`dana@${organisation}.example`}, now())`.execute(db)
    await sql`
      insert into system (key, name) values ('epic', 'Épic Hyperspace'), ('mail', 'Mail')`.execute(db)
    await sql`
      insert into system_name (name, system_id) select 'Exchange Online', id from system where key = 'mail'`.execute(db)
    const { rows } = await sql<{ id: number }>`
      insert into device (key, name) values ('lt-0042', 'LT-0042') returning id`.execute(db)
    await sql`
      insert into device_fact (source_id, key, line, run_id, present_from, device_id, name, serial, user_name)
      values (1, 'lt-0042', 1, 1, now(), ${rows[0]?.id}, 'LT-0042', 'C02XK1', 'tmarsh')`.execute(db)
    for (const [label, person, closed] of [
      ['Mail/imarchetti', 'Ines Marchetti', null],
      ['Mail/tmarsh', 'Tom Marsh', null],
      ['Mail/old', 'Tom Marsh', '2026-10-02'],
    ] as const) {
      const account = await sql<{ id: number }>`
        insert into account (system_id, key, username, person_id, link)
        values ((select id from system where key = 'mail'), ${label}, ${label}, ${people[person]}, 'email')
        returning id`.execute(db)
      await sql`
        insert into finding (safeguard_id, subject_kind, subject_id, subject_key, subject_label, severity, detail,
          opened_at, due_on, closed_at)
        values ((select id from safeguard), 'account', ${account.rows[0]?.id}, ${label}, ${label}, 'high', 'It works.',
          now(), '2026-12-01', ${closed})`.execute(db)
    }
    await sql`
      insert into task (kind, title, assignee, opened_at) values
        ('review', 'Review who may enter Mail', 'member:7', now()), ('review', 'Review the mail filter', 'member:8', now())
      `.execute(db)
    await refreshEntries(db)
  })
  return organisation
}

async function addPerson(
  db: Db,
  person: { readonly name: string; readonly number: string; readonly title?: string; readonly manager?: string | null },
): Promise<number> {
  const { rows } = await sql<{ id: number }>`insert into person default values returning id`.execute(db)
  const id = rows[0]?.id ?? 0
  const { name, number, title = null, manager = null } = person
  await sql`
    insert into person_fact (source_id, key, line, run_id, present_from, person_id, number_key, name_key, manager_key,
      employee_number, display_name, title)
    values (1, ${number}, 1, 1, now(), ${id}, ${number.toLowerCase()}, ${name.toLowerCase()},
      ${manager?.toLowerCase() ?? null}, ${number}, ${name}, ${title})`.execute(db)
  return id
}

const organisation = await clinic()

test('people are found by parts of their names in any order, without accents and case, those that begin so first', async () => {
  assert.deepEqual(names((await ask(organisation, 'mar')).people), ['Ines Marchetti', 'Tom Marsh'])
  assert.deepEqual(names((await ask(organisation, 'Marsh tom')).people), ['Tom Marsh'])
  assert.deepEqual(names((await ask(organisation, 'OSTERGARD')).people), ['Zoë Østergård'])
  assert.deepEqual(names((await ask(organisation, 'zoë')).people), ['Zoë Østergård'])
  assert.deepEqual(names((await ask(organisation, 'e3')).people), ['Zoë Østergård'])
  const [found] = (await ask(organisation, 'dana')).people
  assert.equal(found?.title, 'Charge nurse')
})

test('systems are found by every name they go by, devices by serial number and user too', async () => {
  assert.deepEqual(names((await ask(organisation, 'epic')).systems), ['Épic Hyperspace'])
  assert.deepEqual(names((await ask(organisation, 'exchange')).systems), ['Mail'])
  for (const words of ['lt-00', 'c02xk', 'tmarsh']) {
    assert.deepEqual(names((await ask(organisation, words)).devices), ['LT-0042'], words)
  }
})

test('open findings are found by their subject and by the claim that does not hold, closed ones are not', async () => {
  const subjects = async (words: string) => (await ask(organisation, words)).findings.map(({ subject }) => subject)
  assert.deepEqual(await subjects('imarch'), ['Mail/imarchetti'])
  assert.deepEqual(await subjects('left'), ['Mail/imarchetti', 'Mail/tmarsh'])
  assert.deepEqual(await subjects('left tmarsh'), ['Mail/tmarsh'])
  assert.deepEqual(await subjects('mail/old'), [])
})

test('requirements are found by citation and title before what only their statement says', async () => {
  assert.equal((await ask(organisation, '164.312(a)(2)(iv)')).requirements[0]?.citation, '164.312(a)(2)(iv)')
  const { requirements } = await ask(organisation, 'encryption')
  assert.match(requirements[0]?.title ?? '', /^Encryption/)
  assert.ok(requirements.length > 1)
  assert.equal((await ask(organisation, 'access')).requirements.length, 5)
})

test('a manager finds their people and what is open about them, and nobody else', async () => {
  const memberId = await asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<{ id: number }>`
      insert into member (identity_id, roles, made_by, created_at, person_id)
      select identity.id, '{manager}', 'test', now(), person_fact.person_id
      from identity, person_fact where identity.name = 'Dana' and person_fact.display_name = 'Dana Ruiz' returning id
      `.execute(db)
    return rows[0]?.id ?? 0
  })
  const dana = memberWith(['manager'], memberId)
  assert.deepEqual(names((await ask(organisation, 'mar', dana)).people), ['Ines Marchetti'])
  const found = await ask(organisation, 'left', dana)
  assert.deepEqual(
    found.findings.map(({ subject }) => subject),
    ['Mail/imarchetti'],
  )
  const mail = await ask(organisation, 'mail', dana)
  assert.deepEqual([mail.systems, mail.tasks, (await ask(organisation, 'lt-', dana)).devices], [[], [], []])
  assert.deepEqual((await ask(organisation, 'encryption', dana)).requirements, [])
})

test('a member of staff finds their own tasks alone', async () => {
  for (const words of ['mail', 'mar', 'left', 'encryption', 'epic']) {
    const { tasks, ...rest } = await ask(organisation, words, memberWith(['staff'], 7))
    assert.deepEqual(Object.values(rest).flat(), [], words)
    assert.deepEqual(
      tasks.map(({ title }) => title),
      words === 'mail' ? ['Review who may enter Mail'] : [],
    )
  }
  assert.equal((await ask(organisation, 'mail')).tasks.length, 2)
})

test('at most five of a kind are found, and nothing of another organisation', async () => {
  const crowded = await newOrganisation()
  await asTester(database, crowded, async ({ db }) => {
    for (let at = 0; at < 8; at += 1) await addPerson(db, { name: `Marta ${at}`, number: `M${at}` })
  })
  assert.deepEqual(names((await ask(crowded, 'mar')).people), ['Marta 0', 'Marta 1', 'Marta 2', 'Marta 3', 'Marta 4'])
  assert.deepEqual((await ask(crowded, 'ines')).people, [])
})

test('the database folds as the program does, whatever is typed', async () => {
  await asTester(database, organisation, async ({ db }) => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Za-zÀ-ɏ'’ .-]{0,40}$/u), async (text) => {
        const { rows } = await sql<{ said: string }>`select folded(${text}::text) as said`.execute(db)
        assert.equal(rows[0]?.said, fold(text))
      }),
      { numRuns: 150 },
    )
  })
})

test('characters that mean something to a database are only characters', async () => {
  for (const words of ['%', '_', "'", '\\', '50%', "o'; drop", '(*)']) {
    assert.deepEqual((await ask(organisation, words)).people, [], words)
  }
})
