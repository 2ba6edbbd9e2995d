import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { storyKinds } from '#trail/model/story.ts'
import { writeSample } from '../index.ts'
import { drawPeople, loginBook } from '../people.ts'
import { seededRandom } from '../random.ts'
import { composeWorld } from './compose.ts'
import { countLookAlikes, shareRecorded } from './figures.ts'
import { planWorld, staffOf, type TrailKey } from './index.ts'
import { LogWriter, listLogFiles } from './log-files.ts'
import { listRecordFiles } from './record-files.ts'
import { keyIncident } from './trail-key.ts'
import { wrongKinds } from './wrongdoing.ts'

const root = await mkdtemp(join(tmpdir(), 'sample-trail-'))
after(() => rm(root, { recursive: true, force: true }))

async function makeClinic(seed: number) {
  const directory = await mkdtemp(join(root, 'clinic-'))
  await writeSample({ size: 'clinic', seed, directory, trail: true })
  const key: TrailKey = JSON.parse(await readFile(join(directory, 'trail-key.json'), 'utf8'))
  return { directory, key }
}

async function digest(directory: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(directory, { recursive: true })).sort())
    if (/\.\w+$/.test(name)) hash.update(name).update(await readFile(join(directory, name)))
  return hash.digest('hex')
}

/** A hospital of two weeks, small enough to be made in every run; its staff as the sample's. */
function makeHospital(seed: number) {
  const asOf = 20_759
  const people = drawPeople('hospital', asOf, loginBook(), seededRandom(seed))
  const accounts = people.map((person) => ({ kind: 'person', username: person.logins.lastf, display: '', person }))
  const plan = planWorld('hospital', seed, asOf, staffOf(accounts, people))
  return composeWorld({
    ...plan,
    residents: 12_000,
    load: { visits: 36, emergencies: 12, admissions: 2, offices: 0.33 },
  })
}

const clinic = await makeClinic(3)
const hospital = makeHospital(5)
const writer = new LogWriter(hospital.world)
const files = listLogFiles(hospital.world)

test('the same seed gives the same bytes, and another seed gives others', async () => {
  assert.equal(await digest((await makeClinic(3)).directory), await digest(clinic.directory))
  assert.notEqual(await digest((await makeClinic(4)).directory), await digest(clinic.directory))
})

test('a sample without its trail is the one that it was', async () => {
  const directory = await mkdtemp(join(root, 'plain-'))
  const { files: written } = await writeSample({ size: 'clinic', seed: 3, directory })
  const withTrail = await readdir(clinic.directory)
  assert.deepEqual([...written, 'answer-key.json', 'ehr', 'trail-key.json'].sort(), withTrail.sort())
  for (const name of written)
    assert.deepEqual(await readFile(join(directory, name)), await readFile(join(clinic.directory, name)), name)
})

test('every access of a clinic’s incidents is in its log, with the login and the patient of the key', async () => {
  const events = new Map<string, { login: string; patients: string[] }>()
  for (const name of await readdir(join(clinic.directory, 'ehr'))) {
    if (!name.endsWith('.ndjson')) continue
    for (const line of (await readFile(join(clinic.directory, 'ehr', name), 'utf8')).trim().split('\n')) {
      const { id, agent, entity } = JSON.parse(line)
      const who = agent.find((each: { requestor: boolean }) => each.requestor)
      const patients = entity.flatMap((each: { what: { reference?: string } }) =>
        each.what.reference?.startsWith('Patient/M') ? [each.what.reference.slice('Patient/'.length)] : [],
      )
      events.set(`ehr/${name}/${id}`, { login: who.who.identifier.value, patients })
    }
  }
  assert.ok(clinic.key.incidents.length >= 4)
  for (const { rows, logins, patients } of clinic.key.incidents) {
    assert.ok(rows.length > 0)
    for (const { file, id } of rows) {
      const event = events.get(`${file}/${id}`)
      assert.ok(event, `${file} ${id}`)
      assert.ok(logins.includes(event.login))
      assert.ok(event.patients.every((patient) => patients.includes(patient)))
    }
  }
})

test('a hospital has a wrong of every kind, and every access of it is in a log within the times of the key', () => {
  const rows = writer.incidentRows(files)
  const keyed = hospital.incidents.map((incident, at) => keyIncident(hospital.world, incident, rows.get(at) ?? []))
  assert.deepEqual([...new Set(keyed.map(({ kind }) => kind))].sort(), [...wrongKinds].sort())
  assert.deepEqual(
    wrongKinds.filter((kind) => !storyKinds.includes(kind)),
    [],
  )
  const wanted = new Set(keyed.flatMap((incident) => incident.rows.map(({ file, id }) => `${file}/${id}`)))
  const lines = new Map<string, Record<string, string>>()
  for (const file of files) {
    const text = [...writer.write(file)].join('').split('\n')
    const told = text.filter((line, at) => at === 0 || wanted.has(`${file.name}/${line.slice(0, line.indexOf(','))}`))
    for (const row of parse(told.join('\n'), { columns: true }) as Record<string, string>[])
      lines.set(`${file.name}/${row['ACCESS_LOG_ID'] ?? row['Event ID']}`, row)
  }
  for (const { kind, accesses, logins, patients, firstAt, lastAt, rows: told } of keyed) {
    assert.equal(told.length, accesses, kind)
    for (const { file, id } of told) {
      const row = lines.get(`${file}/${id}`)
      assert.ok(row, `${kind}: ${file} ${id}`)
      assert.ok(logins.includes(row['USER_ID'] ?? row['Login'] ?? ''))
      assert.ok(patients.includes(row['PAT_ID'] ?? row['MRN'] ?? ''))
      const at = row['ACCESS_TIME']?.replace(' ', 'T')
      if (at) assert.ok(at >= firstAt && at <= lastAt, `${kind}: ${at} is not within ${firstAt} and ${lastAt}`)
    }
  }
})

test('most of what is right has a recorded reason, and a part has none', () => {
  const { byName, byNameOrDepartment } = shareRecorded(hospital.world)
  assert.ok(byNameOrDepartment > 0.85 && byNameOrDepartment < 0.965, String(byNameOrDepartment))
  assert.ok(byName > 0.5 && byName < byNameOrDepartment)
})

test('what is right looks wrong in every way that matters', () => {
  const counts = countLookAlikes(hospital.world)
  for (const name of [
    'same surname, another household',
    'colleague as patient',
    'same street',
    'watched patient, with a record',
    'after the death',
    'broken glass',
    'at night, by somebody of the day',
    'while busy at another computer',
    'no recorded reason',
  ])
    assert.ok((counts[name] ?? 0) > 5, `${name}: ${counts[name]}`)
  assert.equal(counts['own record'], 0)
})

test('nobody but a marked sitting is at two computers at once', () => {
  const byUser = Map.groupBy(
    hospital.world.log.sessions.filter(({ overlaps, place }) => !overlaps && place === 'desk'),
    ({ user }) => user,
  )
  for (const sessions of byUser.values()) {
    let end = -1
    for (const session of sessions.sort((one, other) => one.at - other.at)) {
      assert.ok(session.at > end)
      end = session.end
    }
  }
})

test('the records name logins, departments and patients that exist', () => {
  const choice = { messagesFrom: hospital.world.end, asBundle: false }
  const tables = new Map(
    listRecordFiles(hospital.world, choice, seededRandom(1)).map(({ name, content }) => [
      name,
      parse([...content()].join(''), { columns: true }) as Record<string, string>[],
    ]),
  )
  const logins = new Set(tables.get('ehr-staff.csv')?.map((row) => row['Login']))
  const patients = new Set(tables.get('patients.csv')?.map((row) => row['Patient ID']))
  const people = new Set(['Provider', 'Author', 'Ordered By', 'Attending Provider', 'Member', 'Performed By', 'Biller'])
  for (const [name, rows] of tables) {
    assert.ok(rows.length > 20, name)
    for (const row of rows) {
      if (row['Patient ID']) assert.ok(patients.has(row['Patient ID']), name)
      const login = Object.entries(row).find(([heading]) => people.has(heading))?.[1]
      if (login) assert.ok(logins.has(login), `${name}: ${login}`)
    }
  }
})
