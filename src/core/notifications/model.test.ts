import assert from 'node:assert/strict'
import test from 'node:test'
import { digestDayOf, hourOf, mostTries, newsKinds, nextTryAt, usualChoice } from './model.ts'
import { sayInvitation, sayNews } from './words.ts'

/** The days whose digest becomes due, when it is looked each quarter of an hour, each with the hour at which it did. */
function digestsOf(choice: Parameters<typeof digestDayOf>[0], zone: string, from: string, hours: number): string[] {
  const made = new Map<string, string>()
  const begins = Date.parse(from)
  for (let at = begins; at < begins + hours * 3_600_000; at += 900_000) {
    const now = new Date(at)
    const day = digestDayOf(choice, now, zone)
    if (day !== undefined && !made.has(day)) made.set(day, now.toISOString())
  }
  return [...made].map(([day, at]) => `${day} at ${at.slice(0, 16)}`)
}

test('the digest is due at its hour of the organisation’s day', () => {
  const seven = { digest: 'daily', hour: 7 } as const
  assert.deepEqual(digestsOf(seven, 'America/Chicago', '2026-11-03T06:00:00Z', 48), [
    '2026-11-03 at 2026-11-03T13:00',
    '2026-11-04 at 2026-11-04T13:00',
  ])
  assert.deepEqual(digestsOf(seven, 'Asia/Kolkata', '2026-11-02T18:30:00Z', 24), ['2026-11-03 at 2026-11-03T01:30'])
})

test('there is one digest on the day on which its hour is skipped', () => {
  // In Chicago, 8 March 2026 has no hour that begins at 2.
  const two = { digest: 'daily', hour: 2 } as const
  assert.deepEqual(digestsOf(two, 'America/Chicago', '2026-03-08T06:00:00Z', 23), ['2026-03-08 at 2026-03-08T08:00'])
  // In Santiago, 6 September 2026 begins at 1.
  const midnight = { digest: 'daily', hour: 0 } as const
  assert.deepEqual(digestsOf(midnight, 'America/Santiago', '2026-09-06T04:00:00Z', 23), [
    '2026-09-06 at 2026-09-06T04:00',
  ])
})

test('there is one digest on the day on which its hour comes twice', () => {
  const one = { digest: 'daily', hour: 1 } as const
  assert.deepEqual(digestsOf(one, 'America/Chicago', '2026-11-01T05:00:00Z', 25), ['2026-11-01 at 2026-11-01T06:00'])
})

test('weekdays are those of the organisation’s calendar', () => {
  const choice = { digest: 'weekdays', hour: 7 } as const
  const days = digestsOf(choice, 'Pacific/Auckland', '2026-11-05T11:00:00Z', 24 * 7).map((said) => said.slice(0, 10))
  assert.deepEqual(days, ['2026-11-06', '2026-11-09', '2026-11-10', '2026-11-11', '2026-11-12'])
  assert.deepEqual(digestsOf({ digest: 'off', hour: 0 }, 'UTC', '2026-11-05T00:00:00Z', 48), [])
  assert.deepEqual(hourOf(new Date('2026-11-05T05:59:59Z'), 'America/Chicago'), { day: '2026-11-04', hour: 23 })
})

test('who runs the programme reads a digest, everybody else hears of their own work', () => {
  assert.deepEqual(usualChoice(['staff', 'security-officer']), { digest: 'weekdays', hour: 7, atOnce: [] })
  for (const role of ['staff', 'manager', 'auditor']) {
    assert.deepEqual(usualChoice([role]), { digest: 'off', hour: 7, atOnce: ['task-given', 'task-overdue'] })
  }
})

test('a mail is tried five times, later each time', () => {
  const now = new Date('2026-11-02T12:00:00Z')
  const pauses = Array.from({ length: mostTries }, (_, tries) => {
    const next = nextTryAt(tries + 1, now)
    return next && (next.getTime() - now.getTime()) / 60_000
  })
  assert.deepEqual(pauses, [1, 5, 30, 120, undefined])
})

test('a mail says counts and kinds, and no name but the reader’s', () => {
  const to = { name: 'Zoë', organisation: 'Meadow <Clinic>', publicUrl: new URL('https://vigil.example') }
  const every = Object.fromEntries(newsKinds.map((kind, at) => [kind, at + 1]))
  const said = sayNews(to, every, true)
  assert.equal(said.subject, '91 things are new in Vigil')
  assert.match(said.text, /^Hello Zoë,\n\nThis is what is new at Meadow <Clinic> since the last digest/)
  assert.match(said.text, /You were given a task\.\nhttps:\/\/vigil\.example\/tasks/)
  assert.match(said.text, /5 findings opened\.\nhttps:\/\/vigil\.example\/findings/)
  assert.match(said.html, /Meadow &lt;Clinic&gt;/)
  for (const kind of newsKinds) {
    const one = sayNews(to, { [kind]: 1 }, false)
    assert.doesNotMatch(one.subject, /^\d/, kind)
    assert.doesNotMatch(`${one.subject}${one.text}`, /undefined|\{count\}/, kind)
    assert.match(sayNews(to, { [kind]: 1_200 }, false).subject, /1,200/, kind)
  }
})

test('an invitation says where to, by which link and until when', () => {
  const to = { name: 'Zoë\r\nBcc: x@y', organisation: 'Meadow\nClinic', publicUrl: new URL('https://vigil.example') }
  const said = sayInvitation(to, 'https://vigil.example/join#vigil_invite_x', '9 November 2026')
  assert.equal(said.subject, 'You are invited to Vigil at Meadow Clinic')
  assert.match(said.text, /^Hello Zoë Bcc: x@y,\n/)
  assert.match(said.text, /until 9 November 2026/)
  assert.match(said.text, /\nhttps:\/\/vigil\.example\/join#vigil_invite_x\n/)
})
