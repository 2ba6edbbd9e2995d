import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queueJob } from '#core/jobs/service.ts'
import { type Db, sql } from '#platform/database.ts'
import { writeLists } from '../../../../test/support/populated.ts'
import { openTestServer } from '../../../../test/support/server.ts'
import { reachTrail } from './reach.ts'
import { must, openWard, push, reading } from './testing.ts'

const server = await openTestServer()
await writeLists(server.services.database)
const { database } = server.services

/** A staff list and two systems' accounts: Dana manages Ines; both systems have an `admin`. */
async function addStaff(db: Db): Promise<void> {
  const id = async (statement: ReturnType<typeof sql<{ id: number }>>) => (await statement.execute(db)).rows[0]?.id ?? 0
  const source = await id(sql`
    insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id)
    values ('Staff', 'file', 'staff', '{person}', 'stated', '35 days', now(), true, 1) returning id`)
  const person = async (key: string, name: string, title: string, managerKey: string | null) => {
    const personId = await id(sql`insert into person (created_at) values (now()) returning id`)
    await sql`
      insert into person_fact (source_id, key, line, run_id, present_from, person_id, number_key, name_key, display_name,
        title, department, hired_on, manager_key)
      values (${source}, ${key}, 1, 1, now(), ${personId}, ${key}, ${name.toLowerCase()}, ${name}, ${title}, 'Ward 3',
        '2019-04-01', ${managerKey})`.execute(db)
    return personId
  }
  const system = async (name: string, kind: string) => {
    const systemId = await id(sql`insert into system (key, name) values (${name}, ${name}) returning id`)
    await sql`
      insert into system_fact (source_id, key, line, run_id, present_from, system_id, name, system_kind)
      values (${source}, ${name}, 1, 1, now(), ${systemId}, ${name}, ${kind})`.execute(db)
    return systemId
  }
  const account = (systemId: number, username: string, personId: number | null) =>
    sql`
      insert into account (system_id, key, username, person_id, link)
      values (${systemId}, ${username.toLowerCase()}, ${username}, ${personId}, ${personId === null ? null : 'username'})`.execute(
      db,
    )
  const dana = await person('1001', 'Dana Reyes', 'Manager', null)
  const ines = await person('1002', 'Ines Duarte', 'Nurse', '1001')
  const [ehr, mail] = [await system('EHR', 'ehr'), await system('Mail', 'mail')]
  await account(ehr, 'd.reyes', dana)
  await account(ehr, 'I.Duarte', ines)
  await account(mail, 'i.duarte', dana)
  await account(ehr, 'admin', dana)
  await account(mail, 'admin', ines)
  await account(mail, 'desk', null)
}

test('the trail is told who works here, by what the staff list says, and of what has changed alone', async () => {
  const ward = await openWard(server)
  await push(ward.program, [
    ['2026-11-01 08:00', 'I.Duarte', 'P-1'],
    ['2026-11-01 08:00', 'd.reyes', 'P-1'],
  ])
  const run = async () => {
    const jobId = await database.inOrganisation(ward.organisationId, (db) =>
      queueJob({ db, actor: 'operator:test', now: server.now, today: '2026-11-02' }, { kind: 'trail.people' }),
    )
    await server.runJobs(ward.organisationId)
    const job = await must<{ state: string; result: { told: number } }>(ward.auditor, 'GET', `/jobs/${jobId}`)
    assert.equal(job.state, 'done', JSON.stringify(job))
    return job.result.told
  }
  await database.inOrganisation(ward.organisationId, addStaff)
  // Four logins: those of the EHR go before those of the same name elsewhere.
  assert.equal(await run(), 4)
  assert.equal(await run(), 0)
  const asked = await must<{ question: { groups: { key: string; name: string }[] } }>(
    ward.officer,
    'POST',
    '/trail/ask/patient',
    { patient: 'P-1', ...reading },
  )
  assert.deepEqual(asked.question.groups.map(({ name }) => name).sort(), ['Dana Reyes', 'Ines Duarte'])
  await database.inOrganisation(ward.organisationId, (db) =>
    sql`update person_fact set title = 'Charge nurse' where key = '1002'`.execute(db),
  )
  assert.equal(await run(), 1)
})

test('a day of leaving that was corrected is taken back from the trail, though the staff list has no departments', async () => {
  const ward = await openWard(server)
  const { organisationId } = ward
  await push(ward.program, [['2026-11-01 08:00', 'I.Duarte', 'P-1']])
  const place = { services: server.services, organisationId }
  const tell = async (change: ReturnType<typeof sql>) => {
    await database.inOrganisation(organisationId, async (db) => {
      await change.execute(db)
      await queueJob({ db, actor: 'operator:test', now: server.now, today: '2026-11-02' }, { kind: 'trail.people' })
    })
    await server.runJobs(organisationId)
    const trail = reachTrail(place)
    await trail.judge()
    const open = (await trail.stories(0, 10)).filter(({ state }) => state === 'open')
    return open.flatMap(({ told }) => told.map(({ kind }) => kind)).includes('after-leaving')
  }
  await database.inOrganisation(organisationId, addStaff)
  const ines = sql`key = '1002'`
  assert.equal(await tell(sql`update person_fact set department = null, left_on = '2026-08-28' where ${ines}`), true)
  assert.equal(await tell(sql`update person_fact set title = 'Charge nurse' where ${ines}`), true)
  assert.equal(await tell(sql`update person_fact set left_on = null where ${ines}`), false)
})
