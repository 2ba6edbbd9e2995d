/** What people are told: the bell, the list, what they choose to have by mail, and the server that mail goes out by. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { type News, notifyMembers } from '#core/notifications/notify.ts'
import { openStories } from '../support/browser.ts'
import { mailProgram, startListener, startMailServer } from '../support/mail-server.ts'

const vigil = await openStories({ sample: 'clinic', settings: { VIGIL_ALLOW_LOOPBACK_SOURCES: 'true' } })
const { database } = vigil.installation

const tell = (news: readonly News[], ago = 0) =>
  database.inOrganisation(vigil.organisationId, (db) => {
    const now = new Date(Date.now() - ago * 60_000)
    return notifyMembers({ db, actor: 'job:story', now, today: now.toISOString().slice(0, 10) }, news)
  })

const findFinding = () =>
  database.inOrganisation(vigil.organisationId, async (db) => {
    const { rows } = await sql<{ id: number; detail: string }>`
      select id, detail from finding where closed_at is null order by severity_rank, due_on, id limit 1`.execute(db)
    const [finding] = rows
    assert.ok(finding)
    return finding
  })

vigil.story('an officer hears the bell, reads what is new, and goes to the thing', async (story) => {
  const officer = await vigil.member(['security-officer'], { name: 'Sana Okoye' })
  const memberIds = [officer.memberId]
  const finding = await findFinding()
  const long = 'workday-people-and-contingent-workers-of-all-sites-2026-export-with-a-very-long-name.csv'
  await tell([{ memberIds, kind: 'source-silent', about: 'all:sources', words: { name: long } }], 3_000)
  await tell(
    [{ memberIds, kind: 'exception-ends', about: 'all:findings', words: { day: '2026-12-01', name: 'Unifi' } }],
    900,
  )
  await tell([{ memberIds, kind: 'findings-opened', about: 'all:findings', words: { count: 31 } }], 300)
  await tell([{ memberIds, kind: 'mentioned', about: `finding:${finding.id}`, words: { finding: finding.detail } }])
  const page = await story.open('/posture', { as: officer })
  await page.getByRole('link', { name: 'Notifications: 4 not read' }).click()
  await page.getByRole('heading', { level: 1, name: 'Notifications' }).waitFor()
  await page.getByRole('link', { name: /^31 findings opened/ }).waitFor()
  await story.look(page, 'notifications')
  await page.getByRole('link', { name: /^You were mentioned in a comment/ }).click()
  await page.waitForURL(new RegExp(`/findings\\?finding=${finding.id}$`))
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Notifications: 3 not read' }).click()
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await page.getByText('3 notifications are marked as read.').waitFor()
  await page.getByRole('link', { name: 'Notifications: nothing new' }).waitFor()
  await page.getByRole('radiogroup', { name: 'Which notifications' }).getByText('Not read').click()
  await page.getByRole('heading', { name: 'You have read everything' }).waitFor()
  await story.look(page, 'notifications-none')
})

vigil.story(
  'a nurse is told of a task on her telephone, by keyboard alone chooses what comes by mail',
  async (story) => {
    const nurse = await vigil.member(['staff'], { name: 'Nia Okafor' })
    const words = { title: 'Watch the course on phishing' }
    await tell([{ memberIds: [nurse.memberId], kind: 'task-given', about: 'task:1', words }])
    const page = await story.open('/tasks', { as: nurse, size: 'phone' })
    await page.getByRole('link', { name: 'Notifications: 1 not read' }).click()
    await page.getByRole('link', { name: /^You were given a task.*Watch the course on phishing/ }).waitFor()
    await story.look(page, 'notifications-staff')
    await page.getByRole('link', { name: 'What comes by mail' }).click()
    await page.getByRole('heading', { level: 1, name: 'My notifications' }).waitFor()
    assert.equal(await page.getByRole('radio', { name: 'Never' }).isChecked(), true)
    assert.equal(await page.getByRole('checkbox', { name: 'You are given a task' }).isChecked(), true)
    assert.equal(await page.getByRole('checkbox', { name: 'Findings opened' }).count(), 0)
    await story.look(page, 'notifications-choices-staff')
    await page.getByRole('radio', { name: 'Never' }).focus()
    await page.keyboard.press('ArrowUp')
    await page.getByRole('checkbox', { name: 'You are mentioned in a comment' }).focus()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Save' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('Your choice is saved.').waitFor()
    await page.reload()
    assert.equal(await page.getByRole('radio', { name: 'Every day' }).isChecked(), true)
    assert.equal(await page.getByRole('checkbox', { name: 'You are mentioned in a comment' }).isChecked(), true)
  },
)

vigil.story('an officer sees what is suggested for their role', async (story) => {
  const page = await story.open('/settings/notifications', { as: ['privacy-officer'] })
  await page.getByRole('checkbox', { name: 'Findings opened' }).waitFor()
  assert.equal(await page.getByRole('radio', { name: 'Monday to Friday' }).isChecked(), true)
  await story.look(page, 'notifications-choices')
})

vigil.story('an administrator sets mail up, hears what is wrong, and invites somebody by it', async (story) => {
  assert.equal(mailProgram.skip, false)
  const signIn = { username: 'vigil', password: 'correct horse' }
  const server = await startMailServer({ security: 'starttls', signIn })
  const silent = await startListener('HTTP/1.1 200 OK\r\n\r\n')
  const administrator = await vigil.member(['administrator'], { name: 'Ada Lind', email: 'ada@clinic.example' })
  const page = await story.open('/settings/mail', { as: administrator })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Give the name of the server, such as smtp.clinic.example.').waitFor()
  await page.getByRole('textbox', { name: 'Server' }).fill('localhost')
  await page.getByRole('combobox', { name: 'Encryption' }).click()
  await page.getByRole('option', { name: 'STARTTLS' }).click()
  assert.equal(await page.getByRole('textbox', { name: 'Port' }).inputValue(), '587')
  await page.getByRole('textbox', { name: 'Port' }).fill(String(silent.port))
  await page.getByRole('textbox', { name: 'User name' }).fill(signIn.username)
  await page.getByRole('textbox', { name: 'Password' }).fill(signIn.password)
  await page.getByRole('textbox', { name: 'Mail comes from' }).fill('vigil@clinic.example')
  await story.look(page, 'mail-form')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Send me a test mail' }).click()
  await page.getByText(/what answers there does not speak as a mail server does/).waitFor()

  await page.getByRole('button', { name: 'Change' }).click()
  await page.getByRole('textbox', { name: 'Port' }).fill(String(server.port))
  await page.getByRole('textbox', { name: /^Certificate of your own authority/ }).fill(server.ca)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText(/The server or the way to it changes, so the password has to be given again\./).waitFor()
  await page.getByRole('textbox', { name: 'Password' }).fill(signIn.password)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Send me a test mail' }).click()
  await page.getByText('A test mail is on its way to ada@clinic.example.').waitFor()
  assert.equal(server.mails[0]?.parsed.subject, 'Mail from Vigil works')

  await page.getByRole('link', { name: 'Members', exact: true }).click()
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Bo "the Nurse" Ek')
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('bo@clinic.example')
  await page.getByRole('checkbox', { name: /^Staff/ }).check()
  await page.getByRole('button', { name: 'Make the link' }).click()
  await page.getByText('Sent to bo@clinic.example.').waitFor()
  const link = await page.getByRole('textbox', { name: /^Link for/ }).inputValue()
  await story.look(page, 'mail-invited')
  await page.goto('/settings/mail')
  await page.getByText('Invitation').first().waitFor()
  // The job that sends it runs beside; the page is asked again until it has.
  for (let tries = 0; (await page.getByText('Sent', { exact: true }).count()) === 0; tries += 1) {
    assert.ok(tries < 40, 'the invitation was not sent')
    await page.reload()
    await page.getByText('Invitation').first().waitFor()
  }
  await story.look(page, 'mail')
  assert.deepEqual(server.mails[1]?.to, ['bo@clinic.example'])
  assert.ok(server.mails[1].parsed.text?.includes(link))
  const there = await story.open(link)
  await there.getByRole('heading', { level: 1 }).waitFor()
})

vigil.story('mail is set up by administrators alone', async ({ open }) => {
  const page = await open('/settings/notifications', { as: ['security-officer'] })
  await page.getByRole('heading', { level: 1, name: 'My notifications' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Mail', exact: true }).count(), 0)
})
