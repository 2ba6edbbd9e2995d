import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { openKeyFile } from '#platform/keys.ts'
import { type OpenTrail, openTrail } from '../engine.ts'
import { Said } from './said.ts'

const folder = await mkdtemp(join(tmpdir(), 'vigil-said-'))
after(() => rm(folder, { recursive: true, force: true }))
const keys = await openKeyFile(folder)
const clock = () => new Date('2026-11-20T12:00:00Z')
const open = (name: string): Promise<OpenTrail> =>
  openTrail({ directory: join(folder, name), keys, organisationId: 1, zone: 'America/Chicago', clock })

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const accesses =
  'ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME\n2026-11-02 09:00:00,ahansen,P-1,Chart Review\n2026-11-02 09:05:00,bcole,P-2,Chart Review\n'

const booked = (key: string, patient: string, user: string, isVoid: boolean) =>
  `${JSON.stringify({ record: 'relation', kind: 'appointment', key, patient, user, department: '', from: '2026-11-02', to: '2026-11-02', isVoid })}\n`

async function isExplained(trail: OpenTrail, id: string): Promise<boolean> {
  for await (const { explained } of (await trail.who({ by: 'patient', id })).accesses) return explained
  throw new Error('the access is not there')
}

test('an appointment that is booked, cancelled and booked again in the same words explains again, also after a stop', async () => {
  let trail = await open('again')
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  const other = booked('appointment/2', 'P-2', 'bcole', false)
  const say = async (isVoid: boolean) => {
    const list = `${booked('appointment/1', 'P-1', 'ahansen', isVoid)}${other}`
    const { accepted, duplicates } = await trail.import(bytesOf(list), { source: 'scheduling' })
    return [accepted, duplicates, await isExplained(trail, 'P-1'), await isExplained(trail, 'P-2')]
  }
  assert.deepEqual(await say(false), [2, 0, true, true])
  assert.deepEqual(await say(false), [0, 2, true, true])
  assert.deepEqual(await say(true), [1, 1, false, true])
  assert.deepEqual(await say(false), [1, 1, true, true])
  await trail.close()
  trail = await open('again')
  assert.deepEqual(await say(false), [0, 2, true, true])
  assert.deepEqual(await say(true), [1, 1, false, true])
  // Made from the log anew, it is known just as well what was said last.
  await trail.rebuild()
  assert.deepEqual(await say(true), [0, 2, false, true])
  assert.deepEqual(await say(false), [1, 1, true, true])
  await trail.close()
})

test('where it cannot be read what was said last, the trail opens and reads it from its log again', async () => {
  let trail = await open('unreadable')
  const list = booked('appointment/1', 'P-1', 'ahansen', false)
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  await trail.import(bytesOf(list), { source: 'scheduling' })
  await trail.close()
  const path = join(folder, 'unreadable', 'seen', 'said')
  await rm(path)
  await mkdir(path)
  trail = await open('unreadable')
  assert.equal(await isExplained(trail, 'P-1'), true)
  const { accepted, duplicates } = await trail.import(bytesOf(list), { source: 'scheduling' })
  assert.deepEqual([accepted, duplicates], [0, 1])
  await trail.close()
})

test('within one file the last word on a record counts, and what it repeats of it is left out', async () => {
  const trail = await open('within')
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  const [on, off] = [false, true].map((isVoid) => booked('appointment/1', 'P-1', 'ahansen', isVoid))
  const one = await trail.import(bytesOf(`${on}${off}${on}${on}`), { source: 'scheduling' })
  assert.deepEqual([one.accepted, one.duplicates, await isExplained(trail, 'P-1')], [3, 1, true])
  // A list is none of the sources of accesses, of which it is watched whether they are complete.
  await trail.import(bytesOf(`${on}{"record":"relation"}\n`), { source: 'scheduling' })
  assert.deepEqual(
    (await trail.sources()).map(({ source }) => source),
    ['EHR'],
  )
  await trail.close()
})

test('an HL7 message that is delivered again does not undo what came after it', async () => {
  const trail = await open('hl7')
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  const message = (event: string, number: string) =>
    [
      `MSH|^~\\&|SCHED|H|VIGIL|H|2026110107000${number}||SIU^${event}|${number}|P|2.5`,
      'SCH|7^SCHED|||||||||^^^20261102090000^20261102093000|||||||||||||Booked',
      'PID|1||P-1||Quistorp^Ada',
      'AIP|1||ahansen^Hansen^Anna',
      '',
    ].join('\r')
  const take = async (text: string) => (await trail.import(bytesOf(text), { source: 'scheduling' })).accepted
  assert.equal(await take(message('S12', '1')), 1)
  assert.equal(await isExplained(trail, 'P-1'), true)
  assert.equal(await take(message('S15', '2')), 1)
  assert.equal(await isExplained(trail, 'P-1'), false)
  assert.equal(await take(message('S12', '1')), 0)
  assert.equal(await isExplained(trail, 'P-1'), false)
  assert.equal(await take(message('S12', '3')), 1)
  assert.equal(await isExplained(trail, 'P-1'), true)
  await trail.close()
})

test('patients that were merged by mistake are parted again, by a list and by HL7, and no list without it takes that back', async () => {
  const trail = await open('merged')
  await trail.import(bytesOf(accesses), { source: 'EHR' })
  const patient = (more: object) =>
    `${JSON.stringify({ record: 'patient', patient: 'P-2', name: 'Bo Unger', ...more })}\n`
  const say = async (text: string) => {
    await trail.import(bytesOf(text), { source: 'patients' })
    const counts = await Promise.all(['P-1', 'P-2'].map(async (id) => (await trail.who({ by: 'patient', id })).total))
    return counts.join()
  }
  const hl7 = (event: string, number: string, rest: string) =>
    `MSH|^~\\&|ADT|H|VIGIL|H|2026110107000${number}||ADT^${event}|${number}|P|2.5\rPID|1||P-1^^^H^MR||Quistorp^Ada\r${rest}\r`
  assert.equal(await say(patient({})), '1,1')
  assert.equal(await say(patient({ same: 'P-1' })), '2,2')
  assert.equal(await say(patient({})), '2,2')
  assert.equal(await say(patient({ same: 'P-2' })), '1,1')
  assert.equal(await say(patient({})), '1,1')
  // Also where both come together.
  assert.equal(await say(`${patient({ same: 'P-1' })}${patient({ same: 'P-2' })}`), '1,1')
  assert.equal(await say(hl7('A40', '1', 'MRG|P-2^^^H^MR')), '2,2')
  assert.equal(await say(hl7('A37', '2', 'PID|2||P-2^^^H^MR||Unger^Bo')), '1,1')
  await trail.rebuild()
  assert.equal(await say(patient({ street: 'Elm St 4' })), '1,1')
  await trail.close()
})

const word = fc.integer({ min: 0, max: 0xffff_ffff })
const entry = fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 40 }), fc.constantFrom(1, 2), word)

test('the last word of each record is known, whatever came before, however often it was written down', async () => {
  let directories = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(entry, { maxLength: 60 }), { maxLength: 5 }), async (runs) => {
      const directory = await mkdtemp(join(folder, `s${++directories}-`))
      let said = await Said.make(directory)
      const model = new Map<string, readonly [number, number]>()
      for (const run of runs) {
        for (const [high, low, line, message] of run) {
          said.put(high, low, line, message)
          model.set(high === 0 && low === 0 ? '0 1' : `${high} ${low}`, [line, message])
        }
        await said.save()
        // A torn end is written over.
        await writeFile(
          join(directory, 'said'),
          Buffer.concat([await readFile(join(directory, 'said')), Buffer.alloc(5)]),
        )
        const again = await Said.open(directory)
        assert.ok(again)
        said = again
      }
      assert.equal(said.size, model.size)
      for (const [key, [line, message]] of model) {
        const [high = 0, low = 0] = key.split(' ').map(Number)
        assert.equal(said.isLast(high, low, line, message), true)
        assert.equal(said.isLast(high, low, line, message ^ 1), true)
        assert.equal(said.isLast(high, low, line ^ 4, message), true)
        assert.equal(said.isLast(high, low, line ^ 4, message ^ 1), false)
      }
      assert.equal(said.isLast(9, 9, 1, 1), false)
    }),
    { numRuns: 20 },
  )
})
