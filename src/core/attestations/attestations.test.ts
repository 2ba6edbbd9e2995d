import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { keepEvidence, shredEvidence } from '#core/evidence/service.ts'
import { attestedSafeguard } from '#core/safeguards/model.ts'
import { judgeAsOf, writeReference } from '#core/safeguards/store.ts'
import { sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import { openKeyFile } from '#platform/keys.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { attested as attestedCheck } from './check.ts'
import { type Attested, attest, listAttestations, withdrawAttestation } from './service.ts'

const { database, newOrganisation } = await openTestDatabase()
const directory = await mkdtemp(join(tmpdir(), 'vigil-attestations-'))
after(() => rm(directory, { recursive: true, force: true }))

const reviewed = attestedSafeguard({
  name: 'access.reviewed',
  title: 'Access to patient data was reviewed within the last year',
  meets: ['164.308(a)(4)(ii)(C)'],
  severity: 'medium',
  remedy: 'Review it.',
  statement: 'Access was compared with what work needs.',
  check: attestedCheck('access.reviewed'),
})
await database.asOwner((client) =>
  writeReference(client, {
    safeguards: [{ ...reviewed, practice: 'access' }],
    operatingSystems: [],
    responseRoles: [],
  }),
)

/** Tests stand on 2 November 2026. */
const said: Attested = { safeguard: 'access.reviewed', author: 'Dana Whitfield', statedOn: '2026-10-30' }

/** Whether the check of the safeguard passes on a day. */
function passesOn(organisation: number, day: Day): Promise<boolean> {
  return asTester(
    database,
    organisation,
    async ({ db, now, today }) => {
      await judgeAsOf(db, now, today)
      const { rows } = await sql<{ verdict: string }>`${reviewed.check}`.execute(db)
      return rows[0]?.verdict === 'pass'
    },
    new Date(`${day}T12:00:00Z`),
  )
}

test('a named person’s statement speaks for a year, and then for nothing', async () => {
  const organisation = await newOrganisation()
  assert.equal(await passesOn(organisation, '2026-11-02'), false)
  const made = await asTester(database, organisation, (context) => attest(context, said))
  assert.equal(made.validUntilOn, '2027-10-30')
  assert.deepEqual(made.subjects, [`attestation:${made.attestationId}`])
  assert.equal(await passesOn(organisation, '2026-10-29'), false)
  assert.equal(await passesOn(organisation, '2026-11-02'), true)
  assert.equal(await passesOn(organisation, '2027-10-30'), true)
  assert.equal(await passesOn(organisation, '2027-10-31'), false)
})

test('what was looked at, and who wrote it down, is kept beside the statement', async () => {
  await asTester(database, await newOrganisation(), async (context) => {
    const statement = 'All 84 accounts of the imaging archive were compared with the rota.'
    const { attestationId } = await attest(context, { ...said, statement, population: '84 accounts', sample: 'all' })
    assert.deepEqual(await listAttestations(context, { safeguard: 'access.reviewed' }), [
      {
        id: attestationId,
        safeguard: 'access.reviewed',
        title: reviewed.title,
        statement,
        author: 'Dana Whitfield',
        statedOn: '2026-10-30',
        validUntilOn: '2027-10-30',
        population: '84 accounts',
        sample: 'all',
        evidenceId: undefined,
        recordedBy: 'operator:tester',
        recordedAt: context.now,
        state: 'holds',
      },
    ])
  })
})

test('without words of their own, a person states the claim of the safeguard', async () => {
  await asTester(database, await newOrganisation(), async (context) => {
    await attest(context, said)
    assert.equal((await listAttestations(context))[0]?.statement, `${reviewed.title}.`)
  })
})

test('what nobody could rely on is refused', async () => {
  const organisation = await newOrganisation()
  const cases: readonly (readonly [Partial<Attested>, string])[] = [
    [{ author: '  ' }, 'no-author'],
    [{ safeguard: 'access.none' }, 'unknown-safeguard'],
    [{ statedOn: '2026-11-03' }, 'not-yet'],
    [{ statedOn: 'yesterday' }, 'not-a-day'],
    [{ validUntilOn: '2026-02-30' }, 'not-a-day'],
    [{ validUntilOn: '2026-10-29' }, 'backwards'],
    [{ validUntilOn: '2027-12-05' }, 'too-long'],
    [{ statedOn: '2025-10-30' }, 'over'],
    [{ evidenceId: 'not-an-id' }, 'unknown-evidence'],
    [{ evidenceId: '01936bd5-0000-7000-8000-000000000000' }, 'unknown-evidence'],
  ]
  for (const [change, state] of cases) {
    await assert.rejects(
      asTester(database, organisation, (context) => attest(context, { ...said, ...change })),
      { code: `attestation-${state}` },
    )
  }
  await asTester(database, organisation, (context) => attest(context, { ...said, validUntilOn: '2027-12-04' }))
})

test('a statement made on 29 February is valid until the 28th', async () => {
  const made = await asTester(
    database,
    await newOrganisation(),
    (context) => attest(context, { ...said, statedOn: '2028-02-29' }),
    new Date('2028-03-01T12:00:00Z'),
  )
  assert.equal(made.validUntilOn, '2029-02-28')
})

test('evidence supports a statement unless it was shredded', async () => {
  const store = { keys: await openKeyFile(directory), directory }
  await asTester(database, await newOrganisation(), async (context) => {
    const content = Readable.from([Buffer.from('minutes of the review')])
    const { evidence } = await keepEvidence(context, store, { title: 'Minutes', fileName: 'minutes.txt', content })
    await attest(context, { ...said, evidenceId: evidence.id })
    assert.equal((await listAttestations(context))[0]?.evidenceId, evidence.id)
    await shredEvidence(context, { evidenceId: evidence.id, reason: 'Kept by mistake.' })
    await assert.rejects(attest(context, { ...said, evidenceId: evidence.id }), {
      code: 'attestation-unknown-evidence',
    })
  })
})

test('a statement is withdrawn once, and from then on speaks for nothing', async () => {
  const organisation = await newOrganisation()
  const attestationId = await asTester(
    database,
    organisation,
    async (context) => (await attest(context, said)).attestationId,
  )
  await asTester(database, organisation, async (context) => {
    const done = await withdrawAttestation(context, { attestationId, reason: 'It was the wrong system.' })
    assert.deepEqual(done.payload, {
      attestation: attestationId,
      safeguard: 'access.reviewed',
      author: 'Dana Whitfield',
      statedOn: '2026-10-30',
      reason: 'It was the wrong system.',
    })
    await assert.rejects(withdrawAttestation(context, { attestationId }), { code: 'attestation-withdrawn' })
    assert.equal((await listAttestations(context))[0]?.state, 'withdrawn')
  })
  assert.equal(await passesOn(organisation, '2026-11-02'), false)
})

test('statements are listed newest first, page by page', async () => {
  await asTester(database, await newOrganisation(), async (context) => {
    for (let day = 10; day < 15; day += 1) await attest(context, { ...said, statedOn: `2026-10-${day}` })
    const first = await listAttestations(context, { limit: 3 })
    assert.deepEqual(
      first.map(({ statedOn }) => statedOn),
      ['2026-10-14', '2026-10-13', '2026-10-12'],
    )
    const rest = await listAttestations(context, { limit: 3, after: first.at(-1)?.id })
    assert.deepEqual(
      rest.map(({ statedOn }) => statedOn),
      ['2026-10-11', '2026-10-10'],
    )
  })
})

test('another organisation’s statements count for nothing here', async () => {
  const organisation = await newOrganisation()
  const made = await asTester(database, await newOrganisation(), (context) => attest(context, said))
  assert.equal(await passesOn(organisation, '2026-11-02'), false)
  await asTester(database, organisation, async (context) => {
    assert.deepEqual(await listAttestations(context), [])
    await assert.rejects(withdrawAttestation(context, made), { code: 'attestation-unknown' })
  })
})
