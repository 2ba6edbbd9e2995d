/** One input into every store: the same answers, also when a part of the store dies on the way. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { OpenTrail } from '#trail/engine.ts'
import { codedFields } from '#trail/model/access.ts'
import { verifyProof } from '#trail/proof/verify.ts'
import { openStore } from '#trail/store/open.ts'
import { noKnown, type PlainAccess, toColumns } from '../support/accesses.ts'
import { clickHouseProgram, startClickHouse } from '../support/clickhouse.ts'
import {
  accessesOf,
  ask,
  bytesOf,
  everythingOf,
  now,
  openKeys,
  openWorld,
  patientCount,
  patientOf,
  take,
  writeAtna,
  writeCsv,
  writeFhir,
  writeKnown,
} from './trail-world.ts'
import { isLong, makeFolder } from './vigil.ts'

const { skip } = clickHouseProgram
const folder = makeFolder('vigil-trail-stores-')
const keys = await openKeys(folder)
const servers = skip ? [] : await Promise.all([startClickHouse(), startClickHouse()])
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const count = isLong ? 20_000 : 600
const noCodes = Object.fromEntries(codedFields.map((field) => [field, 0])) as PlainAccess['codes']
const away = { kind: 'unavailable', code: 'trail-store-shard-away' }

/** A trail on the servers, emptied of what an earlier test left there: a new directory makes the store anew. */
const openServers = (name: string) =>
  openWorld(join(folder, name), keys, { store: { clickhouse: servers.map(({ url }) => url) } })

/** Patients of several identifiers and people of several logins, what explains, and accesses of every format. */
async function fill(trail: OpenTrail): Promise<void> {
  const third = Math.floor(count / 3)
  await take(trail, writeCsv(accessesOf(0, third)))
  await take(trail, writeKnown(0), 'scheduling')
  const same = [1, 2, 3].map((number) => ({
    record: 'patient',
    patient: `OLD-${number}`,
    same: patientOf(number),
    name: `Person${number}, Other${number}`,
  }))
  const person = ['ahansen', 'ahansen2'].map((login) => ({
    record: 'worker',
    login,
    person: 'staff/1',
    name: 'Hansen, Ann',
  }))
  await take(trail, [...same, ...person].map((one) => JSON.stringify(one)).join('\n'), 'registration')
  const fhir = writeFhir(accessesOf(third, third), (place) => ({
    ...(place % 7 === 0
      ? { outcome: '8', purposeOfEvent: [{ coding: [{ code: 'BTG' }], text: 'found “unconscious”' }] }
      : {}),
    ...(place % 9 === 0
      ? {
          entity: ['OLD-1', patientOf(5)].map((id) => ({
            what: { reference: `Patient/${id}` },
            role: { code: '1' },
            type: { code: '1' },
          })),
        }
      : {}),
    ...(place % 11 === 0
      ? {
          agent: [
            { who: { identifier: { value: 'ahansen2' } }, requestor: true, network: { address: 'WS-3', type: '1' } },
          ],
        }
      : {}),
  }))
  await take(trail, fhir, 'FHIR')
  for (let from = third * 2; from < count; from += 100) {
    const messages = accessesOf(from, Math.min(100, count - from)).map((access) => writeAtna(access))
    await trail.accept(
      messages.map((bytes) => ({ bytes, receivedAt: now.getTime() })),
      'PACS',
    )
  }
  for (let number = 1; number < 8; number += 1) await take(trail, writeKnown(number), 'scheduling')
}

const bounds = [
  {},
  { since: new Date('2026-11-02T07:00:00Z') },
  { until: new Date(accessesOf(Math.floor(count / 2), 1)[0]?.at ?? 0) },
  { since: new Date('2026-11-02T07:00:00Z'), until: new Date('2026-11-02T08:00:00Z'), limit: 5 },
]
const users = ['ahansen', 'ahansen2', 'bcole', 'gwu', 'nobody']

test('both stores answer the same, reason by reason, and prove it the same', { skip, timeout: 600_000 }, async () => {
  const [one, other] = [await openWorld(join(folder, 'duck'), keys), await openServers('click')]
  try {
    for (const trail of [one, other]) await fill(trail)
    const patients = [
      ...Array.from({ length: isLong ? patientCount : 5 }, (_, number) => patientOf(number)),
      'OLD-1',
      'OLD-2',
      'none',
    ]
    const compare = async (within = bounds) => {
      for (const bound of within) {
        for (const question of [
          ...patients.map((id) => ({ by: 'patient' as const, id, ...bound })),
          ...users.map((id) => ({ by: 'user' as const, id, ...bound })),
        ]) {
          const [wanted, got] = [await ask(one, question), await ask(other, question)]
          assert.equal(got.total, wanted.total, `${JSON.stringify(question)}`)
          assert.deepEqual(got.accesses, wanted.accesses)
        }
      }
    }
    await compare()
    const { key } = await one.state()
    const keyOfOther = (await other.state()).key
    for (const id of ['OLD-1', patientOf(1), patientOf(9), 'none']) {
      const [wanted, got] = [await ask(one, { by: 'patient', id }), await ask(other, { by: 'patient', id })]
      const [proof, otherProof] = [await wanted.proof(true), await got.proof(true)]
      const [checked, otherChecked] = [verifyProof(proof, key), verifyProof(otherProof, keyOfOther)]
      assert.ok(checked.isValid && otherChecked.isValid)
      assert.equal(checked.accesses, wanted.total)
      assert.equal(otherChecked.accesses, wanted.total)
      assert.deepEqual(otherProof?.keys, proof?.keys)
      assert.deepEqual(
        otherProof?.openings?.map(({ line }) => line),
        proof?.openings?.map(({ line }) => line),
      )
    }
    await Promise.all([one.judge(), other.judge()])
    const tell = async (trail: OpenTrail) =>
      (await trail.stories(0, 1_000))
        .filter(({ state }) => state === 'open')
        .map(({ version: _, ...story }) => story)
        .sort((a, b) => a.id.localeCompare(b.id))
    assert.deepEqual(await tell(other), await tell(one))
    const [counts, otherCounts] = [await one.state(), await other.state()]
    assert.equal(otherCounts.engine, 'ClickHouse')
    assert.equal(otherCounts.accesses, counts.accesses)
    assert.deepEqual([otherCounts.patients, otherCounts.users], [counts.patients, counts.users])
    await other.rebuild()
    await compare(bounds.slice(0, 1))
  } finally {
    await one.close()
    await other.close()
  }
})

test('with one server dead its patients are refused, the others answered, and nobody half', {
  skip,
  timeout: 120_000,
}, async () => {
  const second = servers[1]
  assert.ok(second)
  const trail = await openServers('dead')
  try {
    await take(trail, writeCsv(accessesOf(0, 600)))
    // Two identifiers of one patient, and of many one pair at least lies on two servers.
    const pairs = Array.from(
      { length: patientCount / 2 },
      (_, pair) => [patientOf(pair * 2), patientOf(pair * 2 + 1)] as const,
    )
    const wanted = new Map<string, number>()
    for (let number = 0; number < patientCount; number += 1) {
      wanted.set(patientOf(number), (await ask(trail, { by: 'patient', id: patientOf(number) })).total)
    }
    await second.kill()
    const isAnswered = new Map<string, boolean>()
    for (const [id, total] of wanted) {
      try {
        const answer = await ask(trail, { by: 'patient', id })
        assert.equal(answer.total, total)
        isAnswered.set(id, true)
      } catch (error) {
        assert.equal((error as { code?: string }).code, away.code)
        isAnswered.set(id, false)
      }
    }
    assert.deepEqual(new Set(isAnswered.values()), new Set([true, false]))
    await assert.rejects(ask(trail, { by: 'user', id: 'bcole' }), away)
    await assert.rejects(trail.state(), away)
    await second.start()
    for (const [id, total] of wanted) assert.equal((await ask(trail, { by: 'patient', id })).total, total)
    const same = pairs.map(([id, other]) =>
      JSON.stringify({ record: 'patient', patient: id, same: other, name: 'A, B' }),
    )
    await take(trail, same.join('\n'), 'registration')
    await second.kill()
    let split = 0
    for (const [id, other] of pairs) {
      const total = (wanted.get(id) ?? 0) + (wanted.get(other) ?? 0)
      if (isAnswered.get(id) && isAnswered.get(other)) {
        assert.equal((await ask(trail, { by: 'patient', id })).total, total)
      } else {
        if (isAnswered.get(id) !== isAnswered.get(other)) split += 1
        await assert.rejects(ask(trail, { by: 'patient', id }), away)
        await assert.rejects(ask(trail, { by: 'patient', id: other }), away)
      }
    }
    assert.ok(split > 0, 'no patient lies on both servers')
  } finally {
    await second.start()
    await trail.close()
  }
})

/** Takes in much, and kills a server once some of it is on its way; what the import says is handed back. */
async function killInTheMiddle(trail: OpenTrail, text: string): Promise<unknown> {
  const second = servers[1]
  assert.ok(second)
  let killed: Promise<void> | undefined
  async function* stream() {
    let sent = 0
    for await (const piece of bytesOf(text, 64 * 1024)) {
      sent += piece.length
      if (sent > text.length / 2) killed ??= second?.kill()
      await killed
      yield piece
    }
  }
  try {
    await trail.import(stream(), { source: 'EHR' })
    return undefined
  } catch (error) {
    return error
  } finally {
    await killed
  }
}

test('a server that dies while much is taken in is told of; once it is back all is there, once', {
  skip,
  timeout: 300_000,
}, async () => {
  const second = servers[1]
  assert.ok(second)
  const total = isLong ? 200_000 : 20_000
  const text = writeCsv(accessesOf(0, total))
  let trail = await openServers('middle')
  try {
    const error = await killInTheMiddle(trail, text)
    assert.equal((error as { code?: string } | undefined)?.code, away.code)
    assert.ok(!everythingOf(error).includes('MRN-'))
    await assert.rejects(ask(trail, { by: 'user', id: 'bcole' }), away)
    await second.start()
    // Ended and begun again, as `vigil serve` is.
    await trail.close()
    trail = await openServers('middle')
    const { accepted, duplicates } = await take(trail, text)
    assert.equal(accepted + duplicates, total)
    assert.ok(duplicates > 0)
    assert.equal((await trail.state()).accesses, total)
    let sum = 0
    for (let number = 0; number < patientCount; number += 1) {
      const { accesses } = await ask(trail, { by: 'patient', id: patientOf(number) })
      assert.equal(new Set(accesses.map(({ seq }) => seq)).size, accesses.length)
      assert.ok(accesses.every(({ patient }) => patient === patientOf(number)))
      sum += accesses.length
    }
    assert.equal(sum, total)
  } finally {
    await second.start().catch(() => undefined)
    await trail.close()
  }
})

test('a text is kept before any server holds a row that names it by its code', { skip }, async () => {
  const [first, second] = servers
  assert.ok(first && second)
  const { store, codes } = await openStore(join(folder, 'texts'), {
    keys,
    organisation: 'texts',
    zone: 'UTC',
    clickhouse: [first.url, second.url],
  })
  try {
    await second.kill()
    const patients = Array.from({ length: 8 }, (_, number) => codes.codeOf('patient', patientOf(number)))
    const rows = patients.map((patient, seq) => ({
      seq,
      at: seq,
      action: 0,
      outcome: 0,
      flags: 0,
      codes: { ...noCodes, patient },
    }))
    await assert.rejects(store.apply(toColumns(rows), noKnown, rows.length), away)
    assert.equal(codes.savedTo, rows.length)
  } finally {
    await second.start()
    await store.close()
    await codes.close()
  }
})

test('a trail that is open goes on by itself once the server is back', {
  skip,
  timeout: 120_000,
}, async () => {
  const second = servers[1]
  assert.ok(second)
  const trail = await openServers('again')
  try {
    await take(trail, writeCsv(accessesOf(0, 300)))
    await second.kill()
    await assert.rejects(take(trail, writeCsv(accessesOf(300, 300))), away)
    await second.start()
    await take(trail, writeCsv(accessesOf(300, 300)))
    assert.equal((await trail.state()).accesses, 600)
  } finally {
    await trail.close()
  }
})
