/** Proofs changed at random: none is accepted that says anything else than the trail did, and none makes the verifier fail. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type ProofCheck, type TrailProof, verifyProof } from '#trail/proof/verify.ts'
import {
  accessesOf,
  ask,
  openKeys,
  openWorld,
  patientCount,
  patientOf,
  pick,
  randomFrom,
  take,
  writeCsv,
} from '../faults/trail-world.ts'
import { isLong, makeFolder } from '../faults/vigil.ts'

const mutations = isLong ? 10_000 : 1_000
const folder = makeFolder('vigil-trail-proof-')
const keys = await openKeys(folder)
const otherFolder = makeFolder('vigil-trail-proof-keys-')
after(() => {
  for (const made of [folder, otherFolder]) rmSync(made, { recursive: true, force: true })
})

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type Holder = Json[] | { [name: string]: Json }

/** Proofs of several manifests, with and without openings, of patients with two identifiers, one and none. */
async function makeProofs() {
  const trail = await openWorld(join(folder, 'trail'), keys)
  try {
    const proofs: TrailProof[] = []
    // How many accesses each key truly has, up to each place of the log that a proof covers.
    const truth = new Map<number, Map<string, number>>()
    await take(
      trail,
      JSON.stringify({ record: 'patient', patient: 'OLD-1', same: patientOf(1), name: 'A, B' }),
      'registration',
    )
    for (let part = 0; part < 3; part += 1) {
      await take(trail, writeCsv(accessesOf(part * 200, 200)))
      await take(trail, writeCsv(accessesOf(part * 200 + 100, 3).map((access) => ({ ...access, patient: 'OLD-1' }))))
      for (let number = 0; number < patientCount; number += 1) {
        const proved = await (await ask(trail, { by: 'patient', id: patientOf(number) })).proof()
        if (!proved) continue
        const counts = truth.get(proved.coversTo) ?? new Map<string, number>()
        truth.set(proved.coversTo, counts)
        for (const [place, one] of proved.keys.entries()) {
          counts.set(
            one,
            proved.manifests.reduce((sum, { entries }) => sum + (entries[place]?.entry?.count ?? 0), 0),
          )
        }
      }
      for (const id of [patientOf(1), patientOf(8), 'nobody']) {
        const { proof } = await ask(trail, { by: 'patient', id })
        for (const isOpened of [true, false]) {
          const proved = await proof(isOpened)
          if (proved && (part === 2 || isOpened)) proofs.push(proved)
        }
      }
    }
    return { key: (await trail.state()).key, proofs, truth }
  } finally {
    await trail.close()
  }
}

/** Every place of a document that holds something: who holds it, and under which name. */
function placesOf(value: Json, found: { holder: Holder; name: string }[] = []): { holder: Holder; name: string }[] {
  if (value === null || typeof value !== 'object') return found
  for (const name of Object.keys(value)) {
    found.push({ holder: value, name })
    placesOf((value as { [name: string]: Json })[name] ?? null, found)
  }
  return found
}

const get = (holder: Holder, name: string) => (holder as { [name: string]: Json })[name] ?? null
function set(holder: Holder, name: string, value: Json): void {
  const at = holder as { [name: string]: Json }
  at[name] = value
}

const values: readonly Json[] = [
  null,
  '',
  0,
  -1,
  1,
  1.5,
  2 ** 53,
  1e308,
  true,
  [],
  {},
  '0'.repeat(64),
  'M\t{}',
  'A\t0\tx',
  [[]],
  '\ud800',
]

type Way = (text: string, random: () => number, other: string) => unknown

const ways: Readonly<Record<string, Way>> = {
  'a changed byte': (text, random) => {
    const bytes = Buffer.from(text)
    const at = Math.floor(random() * bytes.length)
    bytes[at] = random() < 0.5 ? (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8)) : 32 + Math.floor(random() * 95)
    return parse(bytes.toString())
  },
  'a dropped byte': (text, random) => {
    const at = Math.floor(random() * text.length)
    return parse(text.slice(0, at) + text.slice(at + 1))
  },
  'another digit': (text, random) => {
    const digits = [...text.matchAll(/\d/g)]
    const at = pick(random, digits).index
    return parse(text.slice(0, at) + Math.floor(random() * 10) + text.slice(at + 1))
  },
  'another value': (text, random) => {
    const proof = JSON.parse(text) as Json
    const { holder, name } = pick(random, placesOf(proof))
    set(holder, name, pick(random, values))
    return proof
  },
  'a number nearby': (text, random) => {
    const proof = JSON.parse(text) as Json
    const numbers = placesOf(proof).filter(({ holder, name }) => typeof get(holder, name) === 'number')
    const { holder, name } = pick(random, numbers)
    set(holder, name, Number(get(holder, name)) + pick(random, [-1, 1, 2, 256]))
    return proof
  },
  'something dropped': (text, random) => {
    const proof = JSON.parse(text) as Json
    const { holder, name } = pick(random, placesOf(proof))
    if (Array.isArray(holder)) holder.splice(Number(name), 1)
    else delete holder[name]
    return proof
  },
  'an entry twice': (text, random) => {
    const proof = JSON.parse(text) as Json
    const { holder, name } = pick(random, listed(proof))
    ;(holder as Json[]).splice(Math.floor(random() * (holder.length as number)), 0, structuredClone(get(holder, name)))
    return proof
  },
  'two entries swapped': (text, random) => {
    const proof = JSON.parse(text) as Json
    const { holder, name } = pick(random, listed(proof))
    const other = String(Math.floor(random() * (holder.length as number)))
    const [one, two] = [get(holder, name), get(holder, other)]
    set(holder, name, two)
    set(holder, other, one)
    return proof
  },
  'two things of one kind swapped': (text, random) => {
    const proof = JSON.parse(text) as Json
    const places = placesOf(proof)
    const one = pick(random, places)
    const two = pick(
      random,
      places.filter(({ name }) => name === one.name),
    )
    const [first, second] = [get(one.holder, one.name), get(two.holder, two.name)]
    set(one.holder, one.name, structuredClone(second))
    set(two.holder, two.name, structuredClone(first))
    return proof
  },
  'cut short': (text, random) => {
    const proof = JSON.parse(text) as { -readonly [K in keyof TrailProof]: TrailProof[K] }
    const cut = proof.manifests.splice(Math.floor(random() * proof.manifests.length))
    const coversTo = Number(/"from":(\d+)/.exec(cut[0]?.line ?? '')?.[1])
    if (proof.openings) proof.openings = proof.openings.filter(({ seq }) => seq < coversTo)
    // With the lines of what was left out, and without.
    if (random() < 0.5) proof.behind.push(...cut.map(({ entries: _, ...line }) => line))
    return { ...proof, coversTo }
  },
  'a part of another proof': (text, random, other) => {
    const proof = JSON.parse(text) as Json
    const { holder, name } = pick(random, placesOf(proof))
    const donors = placesOf(JSON.parse(other) as Json).filter((place) => place.name === name)
    const donor = donors.length > 0 ? pick(random, donors) : undefined
    if (donor) set(holder, name, get(donor.holder, donor.name))
    return proof
  },
}

const listed = (proof: Json) =>
  placesOf(proof).filter(({ holder }) => Array.isArray(holder)) as { holder: Json[]; name: string }[]

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is handed over as it is: a verifier may be given anything.
    return text
  }
}

/**
 * Whether a proof that was accepted says only what is true; what it opens must be word for word what the trail opened, in its
 * order. At which line of the log each stands is bound by the order alone.
 */
function isTrue(check: ProofCheck, changed: TrailProof, whole: Awaited<ReturnType<typeof makeProofs>>): boolean {
  if (!check.isValid || !check.isSigned || check.coversTo !== changed.coversTo) return false
  const counts = whole.truth.get(check.coversTo)
  // A key that nobody has stands for nobody: that it has no access is true.
  const sum = [...new Set(changed.keys)].reduce((total, one) => total + (counts?.get(one) ?? 0), 0)
  if (!counts || check.accesses !== sum || check.isOpened !== (changed.openings !== undefined)) return false
  const isAsFar = ({ checkpoint, coversTo }: TrailProof) =>
    Number(checkpoint.split('\n')[1]) === check.size && coversTo === check.coversTo
  if (!whole.proofs.some(isAsFar)) return false
  if (!changed.openings) return true
  const tell = ({ openings }: TrailProof) =>
    JSON.stringify(openings?.toSorted((one, other) => one.seq - other.seq).map(({ line }) => line))
  return whole.proofs.some((one) => one.coversTo === check.coversTo && tell(one) === tell(changed))
}

test(`of ${mutations} changed proofs none is accepted that says anything else`, { timeout: 600_000 }, async (t) => {
  const whole = await makeProofs()
  const { key, proofs } = whole
  const texts = proofs.map((proof) => JSON.stringify(proof))
  const checks = proofs.map((proof) => verifyProof(proof, key))
  for (const check of checks) assert.ok(check.isValid, JSON.stringify(check))
  const random = randomFrom(20_261_122)
  const accepted = new Map<string, number>()
  let refused = 0
  for (let mutation = 0; mutation < mutations; mutation += 1) {
    const [name, way] = pick(random, Object.entries(ways))
    const place = Math.floor(random() * texts.length)
    const changed = way(texts[place] ?? '', random, pick(random, texts))
    const check = verifyProof(changed, key)
    if (!check.isValid) {
      refused += 1
      assert.match(check.problem, /^[A-Z].*\.$/s)
      assert.ok(!check.problem.includes('MRN-'))
      continue
    }
    accepted.set(name, (accepted.get(name) ?? 0) + 1)
    assert.ok(isTrue(check, changed as TrailProof, whole), `mutation ${mutation}, ${name}: ${JSON.stringify(check)}`)
  }
  t.diagnostic(`${refused} refused; the others say what is true: ${JSON.stringify(Object.fromEntries(accepted))}`)
  assert.ok(refused > mutations / 2)
})

test('a proof that another key signed, and one that is whatever was sent, are refused in plain words', async () => {
  const other = await openWorld(join(folder, 'other'), keys)
  const foreignKeys = await openKeys(otherFolder)
  const foreign = await openWorld(join(folder, 'foreign'), foreignKeys)
  try {
    for (const trail of [other, foreign]) await take(trail, writeCsv(accessesOf(0, 20)))
    const { proof } = await ask(foreign, { by: 'patient', id: patientOf(1) })
    const check = verifyProof(await proof(true), (await other.state()).key)
    assert.equal(check.isValid, false)
    for (const anything of [
      undefined,
      null,
      1,
      '',
      [],
      {},
      new Map(),
      { version: 'vigil-trail-proof/1' },
      Symbol('x'),
    ]) {
      assert.equal(verifyProof(anything, (await other.state()).key).isValid, false)
    }
    assert.equal(verifyProof(await proof(true), 'no key at all').isValid, false)
  } finally {
    await other.close()
    await foreign.close()
  }
})

test('a proof that names a key twice, so that its accesses count twice, is refused', async () => {
  const trail = await openWorld(join(folder, 'twice'), keys)
  try {
    await take(trail, writeCsv(accessesOf(0, 100)))
    const proof = await (await ask(trail, { by: 'patient', id: patientOf(1) })).proof()
    assert.ok(proof)
    const doubled = {
      ...proof,
      keys: [...proof.keys, ...proof.keys],
      manifests: proof.manifests.map((manifest) => ({
        ...manifest,
        entries: [...manifest.entries, ...manifest.entries],
      })),
    }
    assert.equal(verifyProof(doubled, (await trail.state()).key).isValid, false)
  } finally {
    await trail.close()
  }
})

test('an opened access that is said to stand at another line of the log is refused', async () => {
  const trail = await openWorld(join(folder, 'place'), keys)
  try {
    await take(trail, writeCsv(accessesOf(0, 100)))
    const proof = await (await ask(trail, { by: 'patient', id: patientOf(1) })).proof(true)
    assert.ok(proof?.openings && proof.openings.length > 1)
    const taken = new Set(proof.openings.map(({ seq }) => seq))
    const moved = proof.openings.find(({ seq }) => seq > 0 && !taken.has(seq - 1))
    const openings = proof.openings.map((one) => (one === moved ? { ...one, seq: one.seq - 1 } : one))
    assert.equal(verifyProof({ ...proof, openings }, (await trail.state()).key).isValid, false)
  } finally {
    await trail.close()
  }
})
