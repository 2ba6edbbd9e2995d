/** Real patients' files and messages as relations: every one is recognised, none is rejected, and the counts are true of them. */
import assert from 'node:assert/strict'
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { csv } from '../../src/trail/formats/csv.ts'
import type { Known } from '../../src/trail/model/relation.ts'
import { knownFormats } from '../../src/trail/relations/index.ts'

const data = new URL('../../../shared/data/', import.meta.url)
const skip = existsSync(data) ? false : 'the folder of real inputs (../shared/data) is absent'

async function readAll(file: URL): Promise<{ format: string; known: Known[]; messages: number; rejects: string[] }> {
  const head = readFileSync(file).subarray(0, 65_536)
  const [format] = knownFormats.filter((one) => one.recognise(head) === 2)
  assert.ok(format, file.pathname)
  const known: Known[] = []
  const rejects: string[] = []
  let messages = 0
  await format.read(
    createReadStream(file, { highWaterMark: 5_000 }),
    { receivedAt: Date.UTC(2026, 10, 21), zone: 'UTC' },
    {
      take(_, found) {
        messages += 1
        known.push(...found)
      },
      reject: (_, reason) => rejects.push(reason),
      ready: async () => {},
    },
  )
  return { format: format.name, known, messages, rejects }
}

function count(known: readonly Known[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of known) {
    if (one.record === 'group') continue
    const name = one.record === 'relation' ? one.kind : one.record
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

test('Synthea’s patients are read whole: encounters with their practitioner, bills, medications, both identifiers', {
  skip,
}, async () => {
  const expected: Record<string, readonly [entries: number, counts: Record<string, number>]> = {
    Buster: [66, { patient: 2, worker: 2, encounter: 6, billing: 7, medication: 1 }],
    Clemente: [70, { patient: 2, worker: 2, encounter: 3, billing: 3 }],
    Ned: [71, { patient: 2, worker: 2, encounter: 6, billing: 8, medication: 2 }],
  }
  const folder = new URL('access/synthea/', data)
  const files = readdirSync(folder)
  assert.equal(files.length, 3)
  for (const file of files) {
    const { format, known, messages, rejects } = await readAll(new URL(file, folder))
    assert.deepEqual([messages, count(known)], expected[file.split('_')[0] ?? ''])
    assert.deepEqual([format, rejects], ['fhir', []])
    const [first, second] = known.filter((one) => one.record === 'patient')
    assert.equal(second?.same, first?.patient)
    assert.ok(known.every((one) => one.record !== 'relation' || one.patient === first?.patient))
    // Each resource names all its relations.
    assert.deepEqual(
      known.flatMap((one) => (one.record === 'group' ? one.members : [])),
      known.flatMap((one) => (one.record === 'relation' ? one.key : [])),
    )
  }
})

test('HL7 v2 messages are read whole: visits with their doctors, bookings, results, merged records', {
  skip,
}, async () => {
  const folder = new URL('access/hl7v2/', data)
  const files = readdirSync(folder)
  const all: Known[] = []
  const byFile = new Map<string, Record<string, number>>()
  for (const file of files) {
    const { format, known, messages, rejects } = await readAll(new URL(file, folder))
    assert.deepEqual([format, messages, rejects], ['hl7', 1, []], file)
    byFile.set(file, count(known))
    all.push(...known)
  }
  assert.equal(files.length, 22)
  assert.deepEqual(byFile.get('ADT-A01-01.hl7'), { patient: 3, admission: 5, referral: 1, consult: 1, 'care-team': 3 })
  assert.deepEqual(byFile.get('ADT-A40-02.hl7'), { patient: 4 })
  assert.deepEqual(byFile.get('ORU-R01-01.hl7'), { result: 4, note: 3, billing: 3 })
  assert.deepEqual(byFile.get('SIU-S12-02.hl7'), { patient: 3, appointment: 3 })
  assert.deepEqual(count(all), {
    patient: 56,
    admission: 66,
    referral: 16,
    consult: 12,
    'care-team': 21,
    encounter: 6,
    result: 4,
    note: 3,
    billing: 3,
    order: 1,
    appointment: 5,
  })
  const merged = all.filter((one) => one.record === 'patient' && one.patient === '56789')
  assert.ok(merged.every((one) => one.record === 'patient' && one.same === '12345'))
  const [dead] = all.filter((one) => one.record === 'patient' && one.patient === 'PATID1234')
  assert.equal(dead?.record === 'patient' && dead.diedOn, '2008-08-25')
})

test('audit events are never taken for relations', { skip }, () => {
  for (const folder of ['access/balp/', 'access/fhir/', 'access/atna/']) {
    for (const file of readdirSync(new URL(folder, data)).filter(
      (name) => name.includes('AuditEvent') || name.endsWith('.xml'),
    )) {
      const head = readFileSync(new URL(folder + file, data))
      for (const format of knownFormats) assert.equal(format.recognise(head), 0, `${format.name}: ${file}`)
    }
  }
})

test('a list is not also an access log: one of the two is surer', () => {
  for (const headings of [
    'Patient ID,Name,DOB',
    'Login,Name,Department,Role',
    'appt_id,mrn,provider,appt_date,status',
  ]) {
    const head = Buffer.from(`${headings}\n1,2,3,4,5\n`)
    assert.ok(Math.max(...knownFormats.map((one) => one.recognise(head))) > csv.recognise(head), headings)
  }
})
