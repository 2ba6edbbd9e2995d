/** Tasks: two or three things on a telephone for most people, all of them for those who run the programme; and who is who. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { openTask } from '#core/tasks/service.ts'
import { openStories } from '../support/browser.ts'

const vigil = await openStories({ sample: 'clinic' })
const { database } = vigil.installation

const today = new Date().toISOString().slice(0, 10)

function give(title: string, memberId: number | undefined, dueOn: string | undefined): Promise<unknown> {
  return database.inOrganisation(vigil.organisationId, (db) =>
    openTask({ db, actor: 'operator:story', now: new Date(), today }, {
      kind: 'story',
      title,
      about: `story:${title}`,
      assignee: memberId && `member:${memberId}`,
      dueOn,
    } as Parameters<typeof openTask>[1]),
  )
}

vigil.story('a nurse has two things to do, and does one of them', async (story) => {
  const nurse = await vigil.member(['staff'], { name: 'Nia Okafor' })
  await give('Read the new rule on telephones at the bedside', nurse.memberId, '2020-01-31')
  await give('Watch the course on phishing', nurse.memberId, undefined)
  await give('What somebody else has to do', undefined, undefined)
  const page = await story.open('/tasks', { as: nurse, size: 'phone' })
  await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor()
  await page.getByText('You have 2 things to do. One is overdue.').waitFor()
  await story.look(page, 'tasks-staff')
  assert.equal(await page.getByText('What somebody else has to do').count(), 0)
  await page.getByRole('button', { name: 'Done: Read the new rule on telephones at the bedside' }).click()
  await page.getByText('You have 1 thing to do.').waitFor()
  await page.getByRole('radiogroup', { name: 'Which tasks' }).getByText('Done').click()
  await page.getByRole('heading', { name: 'Read the new rule on telephones at the bedside' }).waitFor()
})

vigil.story('whoever has nothing to do is told so', async (story) => {
  const page = await story.open('/tasks', { as: ['staff'], size: 'phone' })
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
  await story.look(page, 'tasks-none')
})

vigil.story('an officer sees everybody’s tasks and gives one to a member', async (story) => {
  const tom = await vigil.member(['manager'], { name: 'Tom Alvarez' })
  await give('Look through the accounts of the ward', undefined, today)
  const page = await story.open('/tasks?whose=all', { as: ['security-officer'] })
  const who = page.getByRole('combobox', { name: 'Who does it: Look through the accounts of the ward' })
  await who.click()
  await page.getByRole('option', { name: 'Tom Alvarez' }).click()
  await story.look(page, 'tasks-all')
  const theirs = await story.open('/tasks', { as: tom })
  await theirs.getByRole('heading', { name: 'Look through the accounts of the ward' }).waitFor()
})

vigil.story('an officer asks a colleague for something by a day, and finds it by who has it', async (story) => {
  const sam = await vigil.member(['staff'], { name: 'Sam Whitfield' })
  const page = await story.open('/tasks?whose=all', { as: ['privacy-officer'] })
  await page.getByRole('button', { name: 'Ask somebody' }).click()
  await story.look(page, 'tasks-ask')
  await page.getByRole('textbox', { name: 'What is to be done' }).fill('Lock the server room at night')
  await page.getByRole('combobox', { name: 'Who does it' }).last().click()
  await page.getByRole('option', { name: 'Sam Whitfield' }).click()
  await page.getByLabel('By when').fill('2099-01-31')
  await page.getByRole('button', { name: 'Open the task' }).click()
  await page.getByText('Sam Whitfield has the task.').waitFor()
  await page.getByRole('combobox', { name: 'Who has them' }).click()
  await page.getByRole('option', { name: 'Sam Whitfield' }).click()
  await page.waitForURL(`**who=${sam.memberId}`)
  await page.getByText('1 thing to do.').waitFor()
  const theirs = await story.open('/', { as: sam, size: 'phone' })
  await theirs.getByText('One thing needs you today.').waitFor()
  await theirs.getByRole('heading', { name: 'Lock the server room at night' }).waitFor()
})

vigil.story('what was said to be done by mistake is taken back', async (story) => {
  const kim = await vigil.member(['staff'], { name: 'Kim Adler' })
  await give('Empty the shredder', kim.memberId, undefined)
  const page = await story.open('/tasks', { as: kim })
  await page.getByRole('button', { name: 'Done: Empty the shredder' }).click()
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('heading', { name: 'Empty the shredder' }).waitFor()
})

vigil.story('an address leads to one task, also when it is done, and only for who may see it', async (story) => {
  const lea = await vigil.member(['staff'], { name: 'Lea Brandt' })
  const { task } = (await give('Change the code of the medicine room', lea.memberId, '2020-01-31')) as {
    task: { id: number }
  }
  const page = await story.open(`/tasks?task=${task.id}`, { as: lea, size: 'phone' })
  const panel = page.getByRole('dialog', { name: 'Change the code of the medicine room' })
  await panel.getByText('you', { exact: true }).waitFor()
  await story.look(page, 'task-staff')
  await panel.getByRole('button', { name: 'Done' }).click()
  await panel.getByText('just now, you').waitFor()
  await panel.getByRole('button', { name: 'Back' }).click()
  await panel.waitFor({ state: 'hidden' })
  assert.equal(new URL(page.url()).search, '')
  const officer = await story.open(`/tasks?task=${task.id}`, { as: ['security-officer'] })
  await officer.getByRole('dialog').getByText('just now, Lea Brandt').waitFor()
  await officer.getByRole('button', { name: 'Add a file' }).waitFor()
  await story.look(officer, 'task-done')
  const stranger = await story.open(`/tasks?task=${task.id}`, { as: ['staff'] })
  await stranger.getByText('There is no such task.').waitFor()
})

vigil.story('an auditor sees everybody’s tasks and can change none', async ({ open }) => {
  await give('Test the restore of one record', undefined, undefined)
  const page = await open('/tasks?whose=all', { as: ['auditor'] })
  await page.getByRole('heading', { name: 'Test the restore of one record' }).waitFor()
  assert.equal(await page.getByRole('button', { name: /^Done: / }).count(), 0)
  assert.equal(await page.getByRole('combobox', { name: /^Who does it/ }).count(), 0)
})

vigil.story('an officer answers who somebody is, one question at a time', async (story) => {
  await database.inOrganisation(vigil.organisationId, async (db) => {
    await sql`delete from match_question`.execute(db)
    await sql`
      insert into match_question (kind, account_id, candidates, reason)
      select 'account-owner', id, (select array_agg(id) from (select id from person order by id limit 2) firsts), 'several people have this name'
      from account where person_id is null order by id limit 2`.execute(db)
  })
  const read = await story.open('/questions', { as: ['auditor'] })
  await read.getByRole('heading', { name: /^Whose account is/ }).waitFor()
  assert.equal(await read.getByRole('button', { name: 'Answer' }).count(), 0)

  const page = await story.open('/questions', { as: ['privacy-officer'] })
  await page.getByText('2 questions wait.').waitFor()
  await story.look(page, 'questions')
  const first = await page.getByRole('heading', { level: 2 }).textContent()
  await page.getByRole('radio').first().click()
  await page.getByRole('button', { name: 'Answer' }).click()
  await page.getByText('One question waits.').waitFor()
  assert.notEqual(await page.getByRole('heading', { level: 2 }).textContent(), first)
  await page.getByRole('radio', { name: 'None of these' }).click()
  await page.getByRole('button', { name: 'Answer' }).click()
  await page.getByRole('heading', { name: 'Nothing is in doubt' }).waitFor()
})
