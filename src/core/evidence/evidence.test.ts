import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, test } from 'node:test'
import { sql } from '#platform/database.ts'
import { openKeyFile } from '#platform/keys.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import {
  type EvidenceStore,
  keepEvidence,
  listEvidence,
  openEvidence,
  removeShredded,
  rewrapEvidence,
  shredEvidence,
} from './service.ts'

const { database, newOrganisation } = await openTestDatabase()
const root = await mkdtemp(join(tmpdir(), 'vigil-evidence-'))
after(() => rm(root, { recursive: true, force: true }))

async function newStore() {
  const directory = await mkdtemp(join(root, 'data-'))
  return { keys: await openKeyFile(directory), directory }
}

function keep(organisation: number, store: EvidenceStore, content: Buffer | string, title = 'Restore report') {
  const source = typeof content === 'string' ? content : Readable.from(pieces(content))
  return asTester(database, organisation, (context) =>
    keepEvidence(context, store, {
      title,
      content: source,
      ...(typeof content === 'string' ? {} : { fileName: 'report.pdf' }),
    }),
  )
}

function* pieces(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 50_000) yield content.subarray(at, at + 50_000)
}

async function readBack(organisation: number, store: EvidenceStore, evidenceId: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  const to = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk)
      done()
    },
  })
  await asTester(database, organisation, (context) => openEvidence(context, store, { evidenceId, to }))
  return Buffer.concat(chunks)
}

const sealedIn = (store: EvidenceStore) => readdir(join(store.directory, 'evidence'))
const sealedPath = (store: EvidenceStore, id: string) => join(store.directory, 'evidence', `${id}.sealed`)
const isUnix = process.platform !== 'win32'

test('a file is given back as it was kept, whatever its length', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  for (const length of [1, 65_535, 65_536, 65_537, 1_000_000]) {
    const content = randomBytes(length)
    const { evidence, subjects } = await keep(organisation, store, content)
    assert.equal(evidence.bytes, length)
    assert.equal(evidence.digest, createHash('sha256').update(content).digest('hex'))
    assert.deepEqual(subjects, [`evidence:${evidence.id}`])
    assert.ok((await readBack(organisation, store, evidence.id)).equals(content))
  }
})

test('what lies in the data directory is for its owner alone and shows nothing of the content', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  const content = Buffer.from('The restore of the imaging archive took four hours.'.repeat(2_000))
  const { evidence } = await keep(organisation, store, content)
  assert.deepEqual(await sealedIn(store), [`${evidence.id}.sealed`])
  const sealed = await readFile(sealedPath(store, evidence.id))
  assert.equal(sealed.includes('imaging archive'), false)
  if (isUnix) {
    assert.equal((await stat(sealedPath(store, evidence.id))).mode & 0o777, 0o600)
    assert.equal((await stat(join(store.directory, 'evidence'))).mode & 0o777, 0o700)
  }
})

test('a file is kept by its path and opened to a path', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  const path = join(store.directory, 'Wiederanlauf – März.pdf')
  await writeFile(path, 'timed: 4 h 12 min')
  const { evidence } = await keep(organisation, store, path)
  assert.equal(evidence.fileName, 'Wiederanlauf – März.pdf')
  const to = join(store.directory, 'opened.pdf')
  await asTester(database, organisation, (context) => openEvidence(context, store, { evidenceId: evidence.id, to }))
  assert.equal(await readFile(to, 'utf8'), 'timed: 4 h 12 min')
  const nowhere = join(store.directory, 'nowhere', 'opened.pdf')
  await assert.rejects(
    asTester(database, organisation, (context) =>
      openEvidence(context, store, { evidenceId: evidence.id, to: nowhere }),
    ),
    { code: 'evidence-unwritable' },
  )
})

test('a damaged, shortened or exchanged file is refused and leaves nothing behind', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  const { evidence } = await keep(organisation, store, randomBytes(200_000))
  const other = await keep(organisation, store, randomBytes(200_000))
  const path = sealedPath(store, evidence.id)
  const whole = await readFile(path)
  const to = join(store.directory, 'opened.bin')
  const open = () =>
    asTester(database, organisation, (context) => openEvidence(context, store, { evidenceId: evidence.id, to }))
  for (const at of [0, 60, 300, 100_000, whole.length - 1]) {
    const bad = Buffer.from(whole)
    bad.writeUInt8(bad.readUInt8(at) ^ 1, at)
    await writeFile(path, bad)
    await assert.rejects(open(), { code: 'evidence-damaged' })
  }
  for (const length of [0, 10, 65_000, 131_000, whole.length - 1]) {
    await writeFile(path, whole.subarray(0, length))
    await assert.rejects(open(), { code: 'evidence-damaged' })
  }
  await copyFile(sealedPath(store, other.evidence.id), path)
  await assert.rejects(open(), { code: 'evidence-damaged' })
  await rm(path)
  await assert.rejects(open(), { code: 'evidence-gone' })
  assert.deepEqual(
    (await readdir(store.directory)).filter((name) => name.startsWith('opened')),
    [],
  )
})

test('content that is not what the digest says is refused, though its seal is whole', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  const { evidence } = await keep(organisation, store, Buffer.from('as it was'))
  await asTester(database, organisation, ({ db }) =>
    sql`update evidence set digest = ${Buffer.alloc(32)} where id = ${evidence.id}::uuid`.execute(db),
  )
  await assert.rejects(readBack(organisation, store, evidence.id), { code: 'evidence-damaged' })
})

test('what cannot be kept is refused, and nothing is left in the data directory', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  await mkdir(join(store.directory, 'folder'))
  await writeFile(join(store.directory, 'empty.txt'), '')
  await assert.rejects(keep(organisation, store, join(store.directory, 'none.txt')), { code: 'evidence-unreadable' })
  await assert.rejects(keep(organisation, store, join(store.directory, 'folder')), { code: 'evidence-unreadable' })
  await assert.rejects(keep(organisation, store, join(store.directory, 'empty.txt')), { code: 'evidence-empty' })
  await assert.rejects(keep(organisation, store, Buffer.from('x'), '  '), { code: 'evidence-untitled' })
  const content = () => Readable.from([Buffer.from('x')])
  const keepAs = (change: object) =>
    asTester(database, organisation, (context) =>
      keepEvidence(context, store, { title: 'T', fileName: 'a.txt', content: content(), ...change }),
    )
  for (const fileName of ['', '..', '../a.txt', 'a\\b', 'a\u0000b', 'x'.repeat(256)]) {
    await assert.rejects(keepAs({ fileName }), { code: 'evidence-file-name' })
  }
  await assert.rejects(keepAs({ validUntilOn: '2026-11-01' }), { code: 'evidence-over' })
  await assert.rejects(keepAs({ validUntilOn: 'soon' }), { code: 'evidence-not-a-day' })
  assert.deepEqual(await asTester(database, organisation, listEvidence), [])
  assert.deepEqual(await sealedIn(store), [])
})

test('a source that breaks off leaves nothing behind', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  async function* broken() {
    yield randomBytes(100_000)
    throw new Error('the line went dead')
  }
  await assert.rejects(
    asTester(database, organisation, (context) =>
      keepEvidence(context, store, { title: 'T', fileName: 'a.bin', content: broken() }),
    ),
    { message: 'the line went dead' },
  )
  assert.deepEqual(await sealedIn(store), [])
})

test('shredding destroys the key first: the file, wherever a copy of it lies, never opens again', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  const { evidence } = await keep(organisation, store, Buffer.from('to be forgotten'))
  const kept = await keep(organisation, store, Buffer.from('to be kept'))
  const evidenceId = evidence.id
  const copy = join(store.directory, 'copy')
  await copyFile(sealedPath(store, evidenceId), copy)
  await asTester(database, organisation, async (context) => {
    await assert.rejects(shredEvidence(context, { evidenceId, reason: ' ' }), { code: 'evidence-unexplained' })
    const done = await shredEvidence(context, { evidenceId, reason: 'It named a patient.' })
    assert.equal((done.payload as { reason?: string }).reason, 'It named a patient.')
    await assert.rejects(shredEvidence(context, { evidenceId, reason: 'Again.' }), { code: 'evidence-shredded' })
  })
  assert.equal(await asTester(database, organisation, (context) => removeShredded(context, store)), 1)
  assert.equal(await asTester(database, organisation, (context) => removeShredded(context, store)), 0)
  assert.deepEqual(await sealedIn(store), [`${kept.evidence.id}.sealed`])
  await copyFile(copy, sealedPath(store, evidenceId))
  await assert.rejects(readBack(organisation, store, evidenceId), { code: 'evidence-shredded' })
  const listed = await asTester(database, organisation, listEvidence)
  assert.deepEqual(
    listed.map(({ state }) => state),
    ['kept', 'shredded'],
  )
  assert.equal(listed[1]?.digest, evidence.digest)
})

test('shredding that is rolled back leaves the evidence as it was', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  const { evidence } = await keep(organisation, store, Buffer.from('still here'))
  await assert.rejects(
    asTester(database, organisation, async (context) => {
      await shredEvidence(context, { evidenceId: evidence.id, reason: 'A slip.' })
      throw new Error('the entry could not be appended')
    }),
  )
  await asTester(database, organisation, (context) => removeShredded(context, store))
  assert.equal((await readBack(organisation, store, evidence.id)).toString(), 'still here')
})

test('rotation re-wraps the row and leaves the file alone', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  const { evidence } = await keep(organisation, store, Buffer.from('from before'))
  const before = await readFile(sealedPath(store, evidence.id))
  await store.keys.rotate()
  const rewrapAll = () => asTester(database, organisation, (context) => rewrapEvidence(context, store))
  assert.equal(await rewrapAll(), 1)
  assert.equal(await rewrapAll(), 0)
  await store.keys.discard(1)
  assert.equal((await readBack(organisation, store, evidence.id)).toString(), 'from before')
  assert.ok((await readFile(sealedPath(store, evidence.id))).equals(before))
})

test('a draft of a process that was stopped is removed after a day, a younger one is not', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  await keep(organisation, store, Buffer.from('x'))
  const now = new Date('2026-11-02T12:00:00Z')
  const [old, young] = ['old', 'young'].map((name) => join(store.directory, 'evidence', `${name}.part`)) as [
    string,
    string,
  ]
  for (const [path, hours] of [
    [old, 25],
    [young, 1],
  ] as const) {
    const at = new Date(now.getTime() - hours * 3_600_000)
    await writeFile(path, 'half')
    await utimes(path, at, at)
  }
  await asTester(database, organisation, (context) => removeShredded(context, store), now)
  const left = await sealedIn(store)
  assert.equal(left.includes('old.part'), false)
  assert.equal(left.includes('young.part'), true)
})

test('evidence is listed newest first, page by page, and says when its time is over', async () => {
  const organisation = await newOrganisation()
  const store = await newStore()
  for (const title of ['first', 'second', 'third']) await keep(organisation, store, Buffer.from(title), title)
  await asTester(database, organisation, async (context) => {
    const page = await listEvidence(context, { limit: 2 })
    assert.deepEqual(
      page.map(({ title }) => title),
      ['third', 'second'],
    )
    const rest = await listEvidence(context, { limit: 2, after: page.at(-1)?.id })
    assert.deepEqual(
      rest.map(({ title }) => title),
      ['first'],
    )
    await keepEvidence(context, store, {
      title: 'short',
      fileName: 'a.txt',
      content: Readable.from([Buffer.from('x')]),
      validUntilOn: '2026-11-02',
    })
  })
  const [lapsed] = await asTester(
    database,
    organisation,
    (context) => listEvidence(context, { limit: 1 }),
    new Date('2026-11-03T00:00:00Z'),
  )
  assert.equal(lapsed?.state, 'lapsed')
})

test('another organisation neither lists, opens nor shreds it, and its tidying leaves it alone', async () => {
  const organisation = await newOrganisation()
  const other = await newOrganisation()
  const store = await newStore()
  const { evidence } = await keep(organisation, store, Buffer.from('ours'))
  await asTester(database, other, async (context) => {
    assert.deepEqual(await listEvidence(context), [])
    await assert.rejects(shredEvidence(context, { evidenceId: evidence.id, reason: 'x' }), { code: 'evidence-unknown' })
    assert.equal(await removeShredded(context, store), 0)
  })
  await assert.rejects(readBack(other, store, evidence.id), { code: 'evidence-unknown' })
  await assert.rejects(readBack(organisation, store, 'no-uuid'), { code: 'evidence-unknown' })
  assert.equal((await readBack(organisation, store, evidence.id)).toString(), 'ours')
})
