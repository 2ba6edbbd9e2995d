import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountShown, type PersonShown, sayPerson, saySummary } from './person-words.ts'

const account = (given: Partial<AccountShown>) =>
  ({ system: 'Mail', link: 'email', enabled: true, lastUsedAt: null, ...given }) as AccountShown
const person = (given: Partial<PersonShown>) =>
  ({
    name: 'Marisol Reyes',
    standing: 'left',
    leftOn: '2026-08-28',
    hiredOn: null,
    whyUnknown: null,
    wasSaidToHaveLeft: true,
    accounts: [],
    findings: [],
    ...given,
  }) as unknown as PersonShown
const used = account({ lastUsedAt: '2026-11-02T09:00:00Z' })

const cases: readonly (readonly [Partial<PersonShown>, string])[] = [
  [
    { accounts: [used] },
    'Marisol Reyes left on 28 Aug 2026. The account in Mail still works and was used on 2 Nov 2026.',
  ],
  [{ accounts: [account({})] }, 'Marisol Reyes left on 28 Aug 2026. The account in Mail still works.'],
  [
    { accounts: [used, account({ system: 'EHR' })] },
    'Marisol Reyes left on 28 Aug 2026. 2 accounts still work; the one in Mail was used on 2 Nov 2026.',
  ],
  [{ accounts: [account({}), account({})] }, 'Marisol Reyes left on 28 Aug 2026. 2 accounts still work.'],
  [
    { accounts: [account({ lastUsedAt: '2026-08-28T23:00:00Z' })] },
    'Marisol Reyes left on 28 Aug 2026. The account in Mail still works.',
  ],
  [
    { accounts: [account({ enabled: false })] },
    'Marisol Reyes left on 28 Aug 2026. No account of theirs works any more.',
  ],
  [
    { accounts: [account({ enabled: null })], leftOn: null },
    'Marisol Reyes has left. Whether 1 account still works is not known.',
  ],
  [
    { accounts: [account({ link: 'named' })] },
    'Marisol Reyes left on 28 Aug 2026. No list names an account of theirs.',
  ],
  [{ standing: 'here', leftOn: '2026-12-19' }, 'Marisol Reyes works here until 19 Dec 2026. Nothing is open.'],
  [{ standing: 'here', leftOn: '2024-12-19', hiredOn: '2025-02-01' }, 'Marisol Reyes works here. Nothing is open.'],
  [{ standing: 'here', leftOn: null, accounts: [used] }, 'Marisol Reyes works here. Nothing is open.'],
  [{ standing: 'leave' }, 'Marisol Reyes is on leave. Nothing is open.'],
  [{ standing: 'starting', hiredOn: '2026-12-01' }, 'Marisol Reyes starts on 1 Dec 2026. Nothing is open.'],
  [
    { standing: 'unknown', whyUnknown: 'lapsed', wasSaidToHaveLeft: false },
    'Whether Marisol Reyes works here is not known: the lists that said so have lapsed. Nothing is open.',
  ],
  [
    { standing: 'unknown', whyUnknown: 'unlisted' },
    'It was said that Marisol Reyes had left; no list names this person any more. Nothing is open.',
  ],
]

for (const [given, words] of cases) {
  test(words, () => assert.equal(sayPerson(person(given), 'UTC'), words))
}

test('how everybody stands is one or two sentences', () => {
  const standings = { here: 117, leave: 1, starting: 2, left: 9, unknown: 0 }
  assert.equal(
    saySummary({ standings, leftWithAccount: 1, departments: [] }),
    '118 people work here. One person has left and still gets in.',
  )
  assert.equal(
    saySummary({ standings: { ...standings, unknown: 4 }, leftWithAccount: 0, departments: [] }),
    '118 people work here. Of 4 people it is not known whether they still do. 9 people have left; no account of theirs is known to work.',
  )
  const nobody = { here: 0, leave: 0, starting: 0, left: 0, unknown: 0 }
  assert.equal(
    saySummary({ standings: nobody, leftWithAccount: 0, departments: [] }),
    'No list of people has been brought yet.',
  )
})
