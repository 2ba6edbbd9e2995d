import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { sql } from '#platform/database.ts'
import { createLog } from '#platform/log.ts'
import { rules } from '#trail/rules/rules.ts'
import { type Client, openTestServer } from '../../../../test/support/server.ts'
import { must, openWard, push, refusalOf, type Ward } from '../trail/testing.ts'
import { startCaseFollower } from './follower.ts'

const server = await openTestServer()
const { services } = server

interface Figure {
  readonly name: string
  readonly value: number
  readonly usual: number
  readonly min: number
  readonly max: number
  readonly isWhole: boolean
  readonly changedBy: string | null
  readonly changedAt: string | null
}
interface Rule {
  readonly kind: string
  readonly parameters: readonly Figure[]
}

const path = '/case-rules/family'
const listed = async (client: Client, kind = 'family') =>
  (await must<{ items: Rule[] }>(client, 'GET', '/case-rules')).items.find((one) => one.kind === kind)
const figureOf = (rule: Rule | undefined, name: string) => rule?.parameters.find((one) => one.name === name)
const set = (ward: Ward, parameters: object, kind = 'family') =>
  must<Rule>(ward.officer, 'PUT', `/case-rules/${kind}`, { parameters })
const kept = ({ organisationId }: Ward) =>
  services.database.inOrganisation(organisationId, async (db) => {
    const { rows } = await sql<object>`
      select rule, parameter, value from access_rule_parameter order by rule, parameter`.execute(db)
    return rows
  })
/** What the ledger was told of each setting, the newest first. */
async function recorded({ officer }: Ward): Promise<readonly unknown[]> {
  const { items } = await must<{ items: { seq: number; outcome: string; subjects: string[] }[] }>(
    officer,
    'GET',
    '/ledger?action=cases.rule-set',
  )
  return Promise.all(
    items.map(async ({ seq, outcome, subjects }) => {
      const { payload } = await must<{ payload: string }>(officer, 'GET', `/ledger/entries/${seq}`)
      return { outcome, subjects, ...JSON.parse(payload) }
    }),
  )
}

test('a privacy officer sets what a rule goes by, who and when is told, and what is left out stays', async () => {
  const ward = await openWard(server)
  const before = await listed(ward.officer)
  const usual = { name: 'crowd', value: 8, usual: 8, min: 2, max: 50, isWhole: true, changedBy: null, changedAt: null }
  assert.deepEqual({ ...figureOf(before, 'crowd'), means: undefined }, { ...usual, means: undefined })
  const output = await set(ward, { crowd: 12 })
  assert.deepEqual(output, await listed(ward.officer))
  const by = { changedBy: `member:${ward.officer.memberId}`, changedAt: server.now.toISOString() }
  assert.deepEqual({ ...figureOf(output, 'crowd'), means: undefined }, { ...usual, value: 12, ...by, means: undefined })
  await set(ward, { rareSurname: 0.0125 })
  assert.deepEqual(await kept(ward), [
    { rule: 'family', parameter: 'crowd', value: 12 },
    { rule: 'family', parameter: 'rareSurname', value: 0.0125 },
  ])
  assert.deepEqual(await recorded(ward), [
    { outcome: 'done', subjects: ['rule:family'], was: { rareSurname: 0.005 }, is: { rareSurname: 0.0125 } },
    { outcome: 'done', subjects: ['rule:family'], was: { crowd: 8 }, is: { crowd: 12 } },
  ])
})

test('a usual value is nobody’s: by null or by its number, nothing of it is kept', async () => {
  const ward = await openWard(server)
  await set(ward, { crowd: 12, rareSurname: 0 })
  const output = await set(ward, { crowd: null, rareSurname: 0.005 })
  assert.deepEqual(
    output.parameters.map(({ value, usual, changedBy, changedAt }) => [value === usual, changedBy, changedAt]),
    [
      [true, null, null],
      [true, null, null],
    ],
  )
  assert.deepEqual(await kept(ward), [])
  const [last] = await recorded(ward)
  assert.deepEqual(last, {
    outcome: 'done',
    subjects: ['rule:family'],
    was: { crowd: 12, rareSurname: 0 },
    is: { crowd: 8, rareSurname: 0.005 },
  })
})

test('setting it twice is setting it once: who changed it first stays', async () => {
  const ward = await openWard(server)
  const first = await set(ward, { crowd: 12 })
  const then = server.now
  server.now = new Date(then.getTime() + 60_000)
  const colleague = await server.member(ward.organisationId, ['privacy-officer'])
  assert.deepEqual(await must(colleague, 'PUT', path, { parameters: { crowd: 12 } }), first)
  assert.deepEqual(await must(colleague, 'PUT', path, { parameters: {} }), first)
  const [last] = await recorded(ward)
  assert.deepEqual(last, { outcome: 'done', subjects: ['rule:family'], was: {}, is: {} })
  server.now = then
})

test('what a rule does not have or cannot go by is refused with what it can, and then nothing is taken', async () => {
  const ward = await openWard(server)
  const refuse = async (parameters: object, kind = 'family') => {
    const { status, body } = await ward.officer.call('PUT', `/case-rules/${kind}`, { parameters: { ...parameters } })
    const { code, title, detail, hint } = body as Record<string, string>
    return { status, code, said: [title, detail, hint].join(' ') }
  }
  for (const [parameters, code, says] of [
    [{ crowds: 3 }, 'rule-unknown-parameter', /it has crowd, rareSurname/],
    [{ toString: 3 }, 'rule-unknown-parameter', /it has crowd, rareSurname/],
    [{ crowd: 51 }, 'rule-out-of-bounds', /crowd is from 2 to 50.*usual 8/],
    [{ crowd: 1 }, 'rule-out-of-bounds', /crowd is from 2 to 50/],
    [{ rareSurname: 0.06 }, 'rule-out-of-bounds', /rareSurname is from 0 to 0.05/],
    [{ crowd: 8.5 }, 'rule-not-whole', /crowd is a whole number.*from 2 to 50/],
  ] as const) {
    const refused = await refuse({ rareSurname: 0.01, ...parameters })
    assert.deepEqual([refused.status, refused.code], [422, code], JSON.stringify(parameters))
    assert.match(refused.said, says)
  }
  const without = rules.find(({ parameters }) => Object.keys(parameters).length === 0)
  assert.ok(without)
  assert.equal((await refuse({ crowd: 3 }, without.name)).code, 'rule-no-parameters')
  for (const wrong of [{ crowd: '9' }, { crowd: true }]) assert.equal((await refuse(wrong)).status, 422)
  assert.equal((await refuse({}, 'no-such-rule')).status, 422)
  assert.deepEqual(await kept(ward), [])
  assert.deepEqual(await set(ward, {}), await listed(ward.officer))
})

test('every value within its bounds is taken, the usual ones first of all', async () => {
  const ward = await openWard(server)
  for (const { name, parameters } of rules) {
    for (const side of ['min', 'max', 'default'] as const) {
      const wanted = Object.fromEntries(Object.entries(parameters).map(([key, one]) => [key, one[side]]))
      const { parameters: given } = await set(ward, wanted, name)
      assert.deepEqual(Object.fromEntries(given.map((one) => [one.name, one.value])), wanted, `${name} ${side}`)
    }
  }
  assert.deepEqual(await kept(ward), [])
})

test('auditors and security officers see what is set and by whom, and set nothing; another organisation sees nothing', async () => {
  const [ward, other] = [await openWard(server), await openWard(server)]
  const security = await server.member(ward.organisationId, ['security-officer', 'administrator'])
  await set(ward, { crowd: 12 })
  for (const client of [ward.auditor, security]) {
    assert.equal(await refusalOf(client, 'PUT', path, { parameters: { crowd: 3 } }), 'request-not-allowed')
    const seen = figureOf(await listed(client), 'crowd')
    assert.deepEqual([seen?.value, seen?.changedBy], [12, `member:${ward.officer.memberId}`])
  }
  assert.equal((await ward.auditor.call('PUT', path, { parameters: { crowd: 3 } })).status, 403)
  assert.deepEqual([figureOf(await listed(other.officer), 'crowd')?.value, await kept(other)], [8, []])
  await set(other, { crowd: 3 })
  assert.equal(figureOf(await listed(ward.officer), 'crowd')?.value, 12)
})

test('a case closes by itself when its rule is set so that it is none, and opens again with the usual value', async () => {
  const ward = await openWard(server)
  const known = [
    { record: 'worker', login: 'own', name: 'Olive Own', patient: 'P-7', department: 'Ward' },
    { record: 'relation', key: 'R-1', kind: 'encounter', patient: 'P-7', department: 'Ward', from: '2026-10-31' },
  ]
  const raw = Buffer.from(known.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const sent = await ward.program.call('POST', '/trail/events?source=HR&format=relations', undefined, { raw })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  const log: string[] = []
  const follow = () =>
    startCaseFollower(
      services,
      createLog('debug', (line) => log.push(line)),
      () => server.now,
    )
  const becomes = async (state: string) => {
    const until = performance.now() + 20_000
    let found: string | undefined
    while (found !== state && performance.now() < until) {
      await once(AbortSignal.timeout(20), 'abort')
      const { items } = await must<{ items: { state: string }[] }>(ward.officer, 'GET', '/cases?state=all')
      found = items[0]?.state
    }
    assert.equal(found, state, log.join('\n'))
  }
  let follower = follow()
  try {
    await push(ward.program, [['2026-11-01 08:00', 'own', 'P-7']])
    await becomes('open')
    await set(ward, { explained: 0 }, 'own-record')
    await becomes('explained')
    await set(ward, { explained: null }, 'own-record')
    await becomes('open')
    // Nobody told the trail: the next one who follows it does.
    await follower.stop()
    await services.database.inOrganisation(ward.organisationId, (db) =>
      sql`insert into access_rule_parameter (rule, parameter, value, changed_by, changed_at)
        values ('own-record', 'explained', 0, 'test', ${server.now})`.execute(db),
    )
    follower = follow()
    await becomes('explained')
  } finally {
    await follower.stop()
  }
  assert.ok(!log.some((line) => line.includes('defect')), log.join('\n'))
})

test('the other officers are told that a rule was set, who sets it is not, and nobody where nothing changed', async () => {
  const ward = await openWard(server)
  const security = await server.member(ward.organisationId, ['security-officer'])
  await set(ward, { crowd: 12 })
  await set(ward, { crowd: 12 })
  const told = async (client: Client) =>
    (
      await must<{ items: { kind: string; about: string; words: object }[] }>(client, 'GET', '/notifications')
    ).items.map(({ kind, about, words }) => [kind, about, words])
  assert.deepEqual(await told(security), [['rule-set', 'rule:family', { count: 1 }]])
  assert.deepEqual(await told(ward.officer), [])
})
