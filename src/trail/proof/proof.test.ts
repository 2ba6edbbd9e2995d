import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OpenTrail } from '../engine.ts'
import { deriveSecrets } from '../intake/beside.ts'
import { openTrailLog } from '../log/trail-log.ts'
import { openTestTrails } from '../testing.ts'
import { type CoveringLine, writeManifestLine } from './manifest.ts'
import { type TrailProof, verifyProof } from './verify.ts'

let now = new Date('2020-11-20T12:00:00Z')
const { folder, keys, open } = await openTestTrails(() => now)

let looks = 0
/** So many accesses of a patient's record, each of another second. */
async function look(trail: OpenTrail, patient: string, times = 1): Promise<void> {
  const rows = Array.from({ length: times }, () => {
    looks += 1
    const at = new Date(Date.UTC(2020, 0, 1) + looks * 1000).toISOString().slice(0, 19).replace('T', ' ')
    return `${at},ahansen,${patient},Chart Review`
  })
  const text = ['ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME', ...rows, ''].join('\n')
  async function* bytes() {
    yield Buffer.from(text)
  }
  await trail.import(bytes(), { source: 'EHR' })
}

async function prove(trail: OpenTrail, id: string, isOpened = true): Promise<TrailProof> {
  const proof = await (await trail.who({ by: 'patient', id })).proof(isOpened)
  assert.ok(proof)
  return proof
}

async function check(trail: OpenTrail, proof: unknown) {
  const checked = verifyProof(proof, (await trail.state()).key)
  assert.ok(checked.isValid, JSON.stringify(checked))
  return checked
}

test('a proof that was shortened is refused, whatever else is made to fit', async () => {
  const trail = await open('shortened')
  await look(trail, 'P1')
  await prove(trail, 'P1')
  await look(trail, 'P1', 2)
  const proof = await prove(trail, 'P1')
  assert.equal((await check(trail, proof)).accesses, 3)
  assert.equal(proof.manifests.length, 2)
  const { key } = await trail.state()
  const end = JSON.parse(proof.manifests[0]?.line.slice(2) ?? '').to
  const first = proof.manifests.slice(0, 1)
  const openings = proof.openings?.filter(({ seq }) => seq < end)
  for (const cut of [
    { ...proof, manifests: first, coversTo: end, openings },
    { ...proof, manifests: first, coversTo: end, openings, behind: [...proof.behind, ...proof.manifests.slice(1)] },
    { ...proof, manifests: [], coversTo: 0, openings: [] },
    { ...proof, manifests: [], coversTo: 0, openings: undefined },
  ]) {
    assert.equal(verifyProof(JSON.parse(JSON.stringify(cut)), key).isValid, false)
  }
  // Made into one, and asked for again with nothing new: it is shown that only lines of manifests stand behind.
  await trail.compact()
  const later = await prove(trail, 'P1')
  assert.equal((await check(trail, later)).accesses, 3)
  assert.equal(later.manifests.length, 1)
  assert.equal(verifyProof({ ...later, behind: [] }, key).isValid, later.behind.length === 0)
  await trail.close()
})

test('when months were destroyed, a proof says of which lines nothing is shown, and is whole for all others', async () => {
  const name = 'destroyed'
  now = new Date('2020-01-15T12:00:00Z')
  let trail = await open(name)
  await look(trail, 'P1', 2)
  await prove(trail, 'P1')
  now = new Date('2020-02-15T12:00:00Z')
  await look(trail, 'P1')
  await prove(trail, 'P1')
  now = new Date('2020-03-15T12:00:00Z')
  await look(trail, 'P1')
  await look(trail, 'P3')
  const before = await prove(trail, 'P1')
  assert.equal((await check(trail, before)).accesses, 4)
  const stillProved = async (lines: number, accesses: number) => {
    for (const [id, own] of [
      ['P1', accesses],
      ['P3', 1],
      ['nobody', 0],
    ] as const) {
      for (const isOpened of [false, true]) {
        const checked = await check(trail, await prove(trail, id, isOpened))
        assert.deepEqual([checked.accesses, checked.destroyed], [own, [{ from: 0, to: lines }]])
      }
    }
    assert.equal((await trail.verify()).problem, undefined)
  }
  const endOf = async (month: string) => {
    const { months } = await trail.state()
    const at = months.findIndex((one) => one.month === month)
    return months.slice(0, at + 1).reduce((sum, { lines }) => sum + lines, 0)
  }
  for (const [month, accesses] of [
    ['2020-01', 2],
    ['2020-02', 1],
  ] as const) {
    await trail.destroy(month)
    const end = await endOf(month)
    await stillProved(end, accesses)
    await trail.rebuild()
    await stillProved(end, accesses)
    // Nor does anything beside the log still count what was destroyed.
    for (const file of await readdir(join(folder, name, 'manifests'))) {
      assert.ok(file === 'index.json' || Number(file.split('-')[0]) >= end, file)
    }
    await trail.close()
    await rm(join(folder, name, 'manifests'), { recursive: true })
    trail = await open(name)
    await stillProved(end, accesses)
  }
  // What was handed over before holds on; and nobody passes accesses over as destroyed.
  assert.equal((await check(trail, before)).accesses, 4)
  const { key } = await trail.state()
  const proof = await prove(trail, 'P1', false)
  const false_ = proof.manifests.map((one, place) =>
    place === 1 ? { ...one, line: one.line.replace(/,"patients".*/, ',"isDestroyed":true}'), entries: [] } : one,
  )
  assert.equal(verifyProof({ ...proof, manifests: false_ }, key).isValid, false)
  await trail.close()
})

test('a proof is whole however much comes in while it is made', async () => {
  now = new Date('2020-11-20T12:00:00Z')
  const trail = await open('busy')
  for (let round = 0; round < 6; round += 1) {
    const asked = [false, true, true].map(async (isOpened) => check(trail, await prove(trail, 'P1', isOpened)))
    const work = round % 3 === 2 ? [trail.compact()] : []
    await Promise.all([look(trail, 'P1', 2), look(trail, 'P1'), look(trail, 'P2', 3), ...asked, ...work])
  }
  assert.equal((await check(trail, await prove(trail, 'P1'))).accesses, 18)
  assert.equal((await trail.verify()).problem, undefined)
  await trail.close()
})

test('whoever may read the log finds a manifest that leaves accesses out, and lines that are only said to be destroyed', async () => {
  const nobody = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const lies: readonly CoveringLine[] = [
    { from: 0, to: 2, patients: 0, accesses: 0, root: nobody },
    { from: 0, to: 2, isDestroyed: true },
    { from: 0, to: 9, patients: 0, accesses: 0, root: nobody },
  ]
  const { origin } = await deriveSecrets(keys, 1)
  for (const [number, lie] of lies.entries()) {
    const trail = await open(`lie-${number}`)
    await look(trail, 'P1')
    assert.equal((await trail.verify()).isIntact, true)
    await trail.close()
    const log = await openTrailLog(join(folder, `lie-${number}`, 'log'), { keys, origin: `vigil/trail/1/${origin}` })
    const lines = Buffer.from(writeManifestLine(lie))
    const none = { raw: Buffer.alloc(0), rawEnds: Uint32Array.of(0), rawOf: Uint32Array.of(0) }
    const at = now.getTime()
    const { first } = await log.append({ count: 1, lines, lineEnds: Uint32Array.of(lines.length), ...none }, at)
    await log.close()
    const again = await open(`lie-${number}`)
    const { isIntact, problem } = await again.verify()
    assert.equal(isIntact, false)
    assert.match(problem ?? '', new RegExp(`line ${first} of the log`))
    // Made anew from the log it is not believed either.
    await again.rebuild()
    assert.equal((await check(again, await prove(again, 'P1'))).accesses, 1)
    await again.close()
  }
})
