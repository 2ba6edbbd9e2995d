import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Principal } from '#core/door.ts'
import { callOf, memberWith, openServices, operator, runBound } from '#core/testing.ts'
import { openTestDatabase } from '#platform/testing.ts'
import { views } from './index.ts'
import { mostViews } from './service.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-views-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

interface View {
  readonly id: number
  readonly name: string
  readonly query: string
  readonly isShared: boolean
  readonly isMine: boolean
  readonly by: string
}

const ask = async <T>(organisation: number, name: string, input: object, principal: Principal): Promise<T> =>
  (await callOf(services, organisation, (call) => runBound(views, name, call, { ...input }), { principal })).output as T
const namesFor = async (organisation: number, as: Principal, page = 'findings') =>
  (await ask<{ items: View[] }>(organisation, 'views.list', { page }, as)).items.map(({ name }) => name)

async function member(organisation: number, name: string, role: 'staff' | 'auditor' | 'administrator') {
  const memberId = await database.asOwner(async (client) => {
    const identity = await client.query<{ id: number }>(
      `insert into identity (name, email, email_key, created_at) values ($1, $2, $2, now()) returning id`,
      [name, `m${Math.random()}@clinic.example`],
    )
    const { rows } = await client.query<{ id: number }>(
      `insert into member (organisation_id, identity_id, roles, made_by, created_at)
       values ($1, $2, $3, 'test', now()) returning id`,
      [organisation, identity.rows[0]?.id, [role]],
    )
    return Number(rows[0]?.id)
  })
  return memberWith([role], memberId)
}

const overdue = { page: 'findings', name: 'My overdue', query: 'due=overdue&owner=me' }

test('a view is its keeper’s alone until an officer shares one of theirs', async () => {
  const organisation = await newOrganisation()
  const officer = await member(organisation, 'Ola', 'administrator')
  const auditor = await member(organisation, 'Sten', 'auditor')
  const view = await ask<View>(organisation, 'views.save', overdue, officer)
  assert.deepEqual([view.isMine, view.isShared, view.by], [true, false, 'Ola'])
  assert.deepEqual(await namesFor(organisation, officer), ['My overdue'])
  assert.deepEqual(await namesFor(organisation, officer, 'tasks'), [])
  assert.deepEqual(await namesFor(organisation, auditor), [])
  const unknown = { kind: 'missing', code: 'view-unknown' } as const
  for (const [name, input] of [
    ['views.change', { name: 'Theirs' }],
    ['views.share', { isShared: true }],
    ['views.remove', {}],
  ] as const) {
    await assert.rejects(ask(organisation, name, { viewId: view.id, ...input }, auditor), unknown, name)
  }
  await ask(organisation, 'views.share', { viewId: view.id, isShared: true }, officer)
  assert.deepEqual(await namesFor(organisation, auditor), ['My overdue'])
  const theirs = { kind: 'forbidden', code: 'view-of-another' } as const
  await assert.rejects(ask(organisation, 'views.change', { viewId: view.id, name: 'Theirs' }, auditor), theirs)
  await assert.rejects(ask(organisation, 'views.remove', { viewId: view.id }, auditor), theirs)
  const other = await member(organisation, 'Bea', 'administrator')
  await assert.rejects(ask(organisation, 'views.change', { viewId: view.id, name: 'Theirs' }, other), theirs)
  await ask(organisation, 'views.remove', { viewId: view.id }, other)
  assert.deepEqual(await namesFor(organisation, officer), [])
})

test('another organisation finds no view, shared or not, and changes none', async () => {
  const organisation = await newOrganisation()
  const officer = await member(organisation, 'Ola', 'administrator')
  const view = await ask<View>(organisation, 'views.save', overdue, officer)
  await ask(organisation, 'views.share', { viewId: view.id, isShared: true }, officer)
  const other = await newOrganisation()
  const stranger = await member(other, 'Stranger', 'administrator')
  assert.deepEqual(await namesFor(other, stranger), [])
  for (const [name, input] of [
    ['views.change', { name: 'X' }],
    ['views.share', { isShared: false }],
    ['views.remove', {}],
  ] as const) {
    await assert.rejects(ask(other, name, { viewId: view.id, ...input }, stranger), { code: 'view-unknown' }, name)
  }
  // A member of elsewhere keeps nothing here.
  await assert.rejects(ask(other, 'views.save', overdue, officer), { code: '23503' })
})

test('a view is words of an address of a page that there is', async () => {
  const organisation = await newOrganisation()
  const as = await member(organisation, 'Stella', 'staff')
  const save = (input: object) => ask<View>(organisation, 'views.save', { ...overdue, ...input }, as)
  for (const wrong of [
    { page: 'https://example.org' },
    { page: '../settings' },
    { query: 'a=b#c' },
    { query: '//example.org' },
    { query: 'a=<script>' },
    { query: 'a=\nb' },
    { query: `a=${'b'.repeat(999)}` },
    { name: '' },
    { name: 'n'.repeat(61) },
    { memberId: 1 },
  ]) {
    await assert.rejects(save(wrong), JSON.stringify(wrong))
  }
  await save({ query: `a=${'b'.repeat(998)}` })
  await assert.rejects(save({ name: 'MY OVERDUE' }), { code: 'view-named' })
  await save({ name: 'my overdue', page: 'tasks' })
  const second = await save({ name: 'Second' })
  await assert.rejects(ask(organisation, 'views.change', { viewId: second.id, name: 'my OVERDUE' }, as), {
    code: 'view-named',
  })
  const renamed = await ask<View>(organisation, 'views.change', { viewId: second.id, name: 'second' }, as)
  assert.deepEqual([renamed.name, renamed.query], ['second', overdue.query])
})

test('a member keeps so many views at most; programs and operators keep none', async () => {
  const organisation = await newOrganisation()
  const as = await member(organisation, 'Stella', 'staff')
  for (let at = 0; at < mostViews; at += 1) {
    await ask(organisation, 'views.save', { ...overdue, name: `View ${at}` }, as)
  }
  await assert.rejects(ask(organisation, 'views.save', overdue, as), { code: 'view-too-many' })
  const token: Principal = { kind: 'token', tokenId: 1, scopes: [] }
  for (const principal of [token, operator]) {
    await assert.rejects(ask(organisation, 'views.save', overdue, principal), { code: 'view-no-member' })
    assert.deepEqual(await namesFor(organisation, principal), [])
  }
})
