/** The calendar of what is due, read by its address as calendars do, and understood by a reader that is not ours. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ICAL from 'ical.js'
import { openTask } from '#core/tasks/service.ts'
import { sql } from '#platform/database.ts'
import { populate, writeLists } from '../../../test/support/populated.ts'
import { openTestServer, type SignedIn, type TestServer } from '../../../test/support/server.ts'

const server = await openTestServer()
const { database } = server.services

async function makeFeed(who: SignedIn): Promise<string> {
  const made = await who.call('PUT', '/calendar', {})
  assert.equal(made.status, 200, JSON.stringify(made.body))
  const { url } = made.body as { readonly url: string }
  return new URL(url).pathname.replace('/api', '')
}

async function readFeed(path: string, from: TestServer = server) {
  const answer = await from.browser().call('GET', path)
  if (answer.status !== 200) return { status: answer.status, events: [], text: '' }
  const text = String(answer.body)
  const events = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').map((event) => ({
    summary: String(event.getFirstPropertyValue('summary')),
    on: String(event.getFirstPropertyValue('dtstart')),
    uid: String(event.getFirstPropertyValue('uid')),
    url: String(event.getFirstPropertyValue('url')),
  }))
  return { status: 200, events, text, type: answer.headers.get('content-type') }
}

function give(organisationId: number, memberId: number, title: string, dueOn: string) {
  return database.inOrganisation(organisationId, (db) =>
    openTask(
      { db, actor: 'operator:test', now: server.now, today: '2026-11-02' },
      { kind: 'story', title, about: `story:${title}`, assignee: `member:${memberId}`, dueOn },
    ),
  )
}

test('somebody’s own tasks stand in their calendar by the day, as numbers and not by name', async () => {
  const organisationId = await server.newOrganisation()
  const nurse = await server.member(organisationId, ['staff'])
  await give(organisationId, nurse.memberId, 'Call Marisol Reyes', '2026-12-01')
  await give(organisationId, nurse.memberId, 'Read the rule', '2026-12-01')
  await give(organisationId, nurse.memberId, 'Watch the course', '2026-12-24')
  const other = await server.member(organisationId, ['staff'])
  await give(organisationId, other.memberId, 'Somebody else’s', '2026-12-02')
  const { events, text, type } = await readFeed(await makeFeed(nurse))
  assert.match(String(type), /^text\/calendar/)
  assert.deepEqual(
    events.map(({ on, summary }) => [on, summary]),
    [
      ['2026-12-01', '2 tasks are due (Vigil)'],
      ['2026-12-24', 'A task is due (Vigil)'],
    ],
  )
  assert.ok(!/Marisol|rule|course/i.test(text))
  assert.equal(new Set(events.map(({ uid }) => uid)).size, 2)
})

test('an officer’s calendar has what the programme has due; a nurse’s has not', async () => {
  await writeLists(database)
  const { ids, officer, staff, mark } = await populate(server, 'Kalender')
  await database.inOrganisation(ids.organisationId, (db) =>
    sql`update finding set due_on = '2026-12-11' where id = ${ids.findingId}`.execute(db),
  )
  const { events, text } = await readFeed(await makeFeed(officer))
  assert.ok(events.some(({ on, summary }) => on === '2026-12-11' && /finding/.test(summary)))
  assert.ok(events.some(({ on, summary }) => on === '2026-12-31' && summary.startsWith('An exception ends')))
  // The organisation's name is the calendar's; nothing else of it is said.
  assert.equal(text.replaceAll(/X-WR-CALNAME:.*|NAME:.*/g, '').includes(mark), false)
  const theirs = await readFeed(await makeFeed(staff))
  assert.ok(theirs.events.every(({ summary }) => /task/.test(summary)))
})

test('an address ends with the next one, by hand, and with the membership', async () => {
  const organisationId = await server.newOrganisation()
  const nurse = await server.member(organisationId, ['staff'])
  const first = await makeFeed(nurse)
  assert.equal((await readFeed(first)).status, 200)
  const second = await makeFeed(nurse)
  assert.equal((await readFeed(first)).status, 404)
  assert.equal((await readFeed(second)).status, 200)
  assert.equal((await nurse.call('DELETE', '/calendar')).status, 200)
  assert.equal((await readFeed(second)).status, 404)
  const third = await makeFeed(nurse)
  const administrator = await server.member(organisationId, ['administrator'])
  assert.equal((await administrator.call('POST', `/members/${nurse.memberId}/disable`)).status, 200)
  assert.equal((await readFeed(third)).status, 404)
})

test('no other token opens a calendar, and an address that nobody has says nothing', async () => {
  const organisationId = await server.newOrganisation()
  const nurse = await server.member(organisationId, ['staff'])
  const path = await makeFeed(nurse)
  for (const wrong of ['/calendar/x', '/calendar/vigil_calendar_', path.replace('vigil_calendar_', 'vigil_session_')]) {
    assert.equal((await readFeed(wrong)).status, 404, wrong)
  }
  const shown = (await nurse.call('GET', '/calendar')).body as { readonly feed: { readonly madeAt: string } }
  assert.ok(!JSON.stringify(shown).includes(path.slice(-20)))
})

test('what was logged of it holds no address', async () => {
  const organisationId = await server.newOrganisation()
  const nurse = await server.member(organisationId, ['staff'])
  const path = await makeFeed(nurse)
  await readFeed(path)
  assert.ok(!server.log.some((line) => line.includes(path.slice(-30))))
})
