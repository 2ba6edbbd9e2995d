import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Refusal } from '#platform/refusal.ts'
import { type FileResult, type FolderEvent, watchFolder } from './folder.ts'

const fine: FileResult = { accepted: 1, rejected: 0, duplicates: 0, rejects: [] }

/** A watch whose time passes only when the test says so: `look` ends when the watch has looked again and waits. */
async function start(importFile: (text: string, name: string) => Promise<FileResult> | FileResult, path?: string) {
  const folder = path ?? (await mkdtemp(join(tmpdir(), 'vigil-folder-')))
  const steps = new EventEmitter()
  const stop = new AbortController()
  const imported: string[] = []
  const told: FolderEvent[] = []
  let now = Date.now()
  let isWaiting = false
  const watching = watchFolder({
    path: folder,
    importFile: async (stream, name) => {
      const parts: Uint8Array[] = []
      for await (const part of stream) parts.push(part)
      imported.push(name)
      return importFile(Buffer.concat(parts).toString(), name)
    },
    clock: {
      now: () => now,
      wait: async (_ms, signal) => {
        isWaiting = true
        steps.emit('waiting')
        await Promise.race([once(steps, 'go'), once(signal, 'abort')])
      },
    },
    signal: stop.signal,
    isHinted: false,
    tell: (event) => told.push(event),
  })
  if (!isWaiting) await once(steps, 'waiting')
  const look = async (passedMs = 5_000) => {
    now += passedMs
    const waiting = once(steps, 'waiting')
    steps.emit('go')
    await waiting
  }
  const end = async () => {
    stop.abort()
    await watching
  }
  return {
    folder,
    imported,
    told,
    look,
    end,
    async [Symbol.asyncDispose]() {
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const list = async (folder: string) => (await readdir(folder)).sort()

test('files are imported once they have stood still, in the order of their names, and moved', async () => {
  await using watch = await start(() => fine)
  const at = (name: string) => join(watch.folder, name)
  for (const name of ['b.csv', 'a.ndjson.gz', 'c.XML', 'notes.txt', '.hidden.csv', 'd.csv.part'])
    await writeFile(at(name), 'x')
  await mkdir(at('folder.csv'))
  await symlink('/etc/hostname', at('link.csv'))
  await watch.look()
  await appendFile(at('b.csv'), 'y')
  await watch.look()
  await watch.look()
  assert.deepEqual(watch.imported, ['a.ndjson.gz', 'c.XML', 'b.csv'])
  assert.deepEqual(await list(at('done')), ['a.ndjson.gz', 'b.csv', 'c.XML'])
  assert.deepEqual(await list(watch.folder), [
    '.hidden.csv',
    'd.csv.part',
    'done',
    'folder.csv',
    'link.csv',
    'notes.txt',
  ])
  // Renamed into place, and of a name that was there before.
  await rename(at('d.csv.part'), at('b.csv'))
  await watch.look()
  await watch.look()
  assert.deepEqual(await list(at('done')), ['2-b.csv', 'a.ndjson.gz', 'b.csv', 'c.XML'])
})

test('a file with a mark of completeness is taken at once; an empty one only when nobody writes it for long', async () => {
  await using watch = await start(() => fine)
  const at = (name: string) => join(watch.folder, name)
  await writeFile(at('b.csv'), '')
  await writeFile(at('a.csv'), 'x')
  await writeFile(at('a.csv.done'), '')
  await watch.look(1)
  assert.deepEqual(watch.imported, ['a.csv'])
  assert.deepEqual(await list(watch.folder), ['b.csv', 'done'])
  await watch.look()
  assert.deepEqual(watch.imported, ['a.csv'])
  await utimes(at('b.csv'), 0, 0)
  await watch.look()
  await watch.look()
  assert.deepEqual(watch.imported, ['a.csv', 'b.csv'])
})

test('what is refused is put aside with the reason; rejects are written down beside what was imported', async () => {
  await using watch = await start((text) => {
    if (text === 'bad') throw new Refusal('invalid', 'csv-unknown', 'The columns are not known.', 'Say which is which.')
    if (text === 'none')
      return { ...fine, accepted: 0, rejected: 2, rejects: [{ where: 1, reason: 'It has no time.' }] }
    return { ...fine, accepted: 7, rejected: 1, rejects: [{ where: 4, reason: 'It has no user.' }] }
  })
  const at = (...names: string[]) => join(watch.folder, ...names)
  for (const [name, text] of [
    ['1.csv', 'bad'],
    ['2.csv', 'none'],
    ['3.csv', 'some'],
  ] as const)
    await writeFile(at(name), text)
  await watch.look()
  await watch.look()
  assert.deepEqual(await list(watch.folder), ['done', 'failed'])
  assert.deepEqual(await list(at('failed')), ['1.csv', '1.csv.txt', '2.csv', '2.csv.txt'])
  assert.equal(await readFile(at('failed', '1.csv.txt'), 'utf8'), 'The columns are not known.\nSay which is which.\n')
  assert.equal(
    await readFile(at('failed', '2.csv.txt'), 'utf8'),
    '2 of 2 messages could not be read.\n1: It has no time.\nand 1 more\n',
  )
  assert.equal(
    await readFile(at('done', '3.csv.txt'), 'utf8'),
    '1 of 8 messages could not be read.\n4: It has no user.\n',
  )
  assert.deepEqual(
    watch.told.map(({ event }) => event),
    ['failed', 'failed', 'imported'],
  )
})

test('when nothing is wrong with the file it stays, and is tried again after a minute', async () => {
  let isFull = true
  await using watch = await start(() => {
    if (isFull) throw new Refusal('unavailable', 'log-full', 'The disk is full.')
    return fine
  })
  await writeFile(join(watch.folder, 'a.csv'), 'x')
  for (let count = 0; count < 5; count += 1) await watch.look()
  assert.deepEqual(watch.imported, ['a.csv'])
  assert.deepEqual(
    watch.told.map(({ event }) => event),
    ['postponed'],
  )
  isFull = false
  await watch.look(60_000)
  await watch.look()
  assert.deepEqual(await list(watch.folder), ['done'])
})

test('a file that grows while it is read is read again as a whole', async () => {
  const texts: string[] = []
  let path = ''
  await using watch = await start(async (text) => {
    texts.push(text)
    if (texts.length === 1) await appendFile(path, '2')
    return fine
  })
  path = join(watch.folder, 'a.csv')
  await writeFile(path, '1')
  for (let count = 0; count < 4; count += 1) await watch.look()
  assert.deepEqual(texts, ['1', '12'])
  assert.deepEqual(await list(watch.folder), ['done'])
})

test('a writer who pauses and then goes on in the file that was moved loses nothing', async () => {
  const texts: string[] = []
  await using watch = await start((text) => {
    texts.push(text)
    if (text === '1') throw new Refusal('invalid', 'packed-broken', 'The gzip data is cut off.')
    return fine
  })
  const writer = await open(join(watch.folder, 'a.csv.gz'), 'w')
  await writer.write('1')
  await watch.look()
  await watch.look()
  assert.deepEqual(await list(join(watch.folder, 'failed')), ['a.csv.gz', 'a.csv.gz.txt'])
  await writer.write('2')
  await watch.look()
  await watch.look()
  await writer.write('3')
  await writer.close()
  await watch.look()
  await watch.look()
  assert.deepEqual(texts, ['1', '12', '123'])
  assert.deepEqual(await list(join(watch.folder, 'failed')), [])
  assert.deepEqual(await list(join(watch.folder, 'done')), ['a.csv.gz'])
})

test('after a stop between the import and the move the file is still there, and a stop in between waits for the import', async () => {
  let letGo = () => {}
  const isDurable = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const reading = new EventEmitter()
  const first = await start(async () => {
    reading.emit('reading')
    await isDurable
    return fine
  })
  const isReading = once(reading, 'reading')
  await writeFile(join(first.folder, 'a.csv'), 'x')
  await writeFile(join(first.folder, 'b.csv'), 'y')
  await first.look()
  const looked = first.look()
  await isReading
  const ended = first.end()
  letGo()
  await ended
  void looked.catch(() => {})
  assert.deepEqual(first.imported, ['a.csv'])
  assert.deepEqual(await list(first.folder), ['b.csv', 'done'])
  // What a kill leaves behind: the words about a file whose move did not come to be.
  await writeFile(join(first.folder, 'done', 'b.csv.txt'), 'left over')
  await using second = await start(() => fine, first.folder)
  await second.look()
  await second.look()
  assert.deepEqual(second.imported, ['b.csv'])
  assert.deepEqual(await list(join(first.folder, 'done')), ['a.csv', 'b.csv', 'b.csv.txt'])
})

test('a folder that cannot be read is told of, and read when it is there', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'vigil-folder-')), 'drop')
  await using watch = await start(() => fine, folder)
  assert.deepEqual(
    watch.told.map(({ event }) => event),
    ['unreadable'],
  )
  await mkdir(folder)
  await writeFile(join(folder, 'a.csv'), 'x')
  await watch.look()
  await watch.look()
  assert.deepEqual(watch.imported, ['a.csv'])
})

test('the file system tells that something has come, long before the next look is due', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-folder-'))
  const stop = new AbortController()
  const told = new EventEmitter()
  const watching = watchFolder({
    path: folder,
    importFile: async (stream) => {
      for await (const part of stream) assert.equal(String(part), 'x')
      return fine
    },
    // Time never passes.
    clock: { now: () => 0, wait: (_ms, signal) => once(signal, 'abort').then(() => {}) },
    signal: stop.signal,
    tell: (event) => told.emit(event.event, event),
  })
  const imported = once(told, 'imported')
  await writeFile(join(folder, 'a.csv.part'), 'x')
  await writeFile(join(folder, 'a.csv.done'), '')
  await rename(join(folder, 'a.csv.part'), join(folder, 'a.csv'))
  assert.equal((await imported)[0].name, 'a.csv')
  stop.abort()
  await watching
  await rm(folder, { recursive: true, force: true })
})
