import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { startPostgres, sweepEphemeral } from './postgres.ts'
import { Refusal } from './refusal.ts'

const isRoot = process.getuid?.() === 0

function newFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), `vigil-postgres-${process.pid}-`))
  // As root the server runs as a user of its own, who must get through.
  chmodSync(folder, 0o711)
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A process that has nothing to do with a database. */
function startForeigner(context: TestContext): ChildProcess & { readonly pid: number } {
  const child = spawn('sleep', ['300'], { stdio: 'ignore' })
  context.after(() => child.kill('SIGKILL'))
  const { pid } = child
  assert.ok(pid !== undefined)
  return Object.assign(child, { pid })
}

async function deadPid(): Promise<number> {
  const child = spawn('true', { stdio: 'ignore' })
  await once(child, 'exit')
  assert.ok(child.pid !== undefined)
  return child.pid
}

test('a postmaster.pid that names a process of somebody else ends nothing', async (context) => {
  const directory = join(newFolder(context), 'postgres')
  const first = await startPostgres({ directory, ephemeral: true })
  await first.close()
  const cluster = join(directory, 'cluster')
  const lock = join(cluster, 'postmaster.pid')
  const foreigner = startForeigner(context)
  writeFileSync(lock, `${foreigner.pid}\n${cluster}\n1790000000\n5432\n${first.address.host}\n\n`, { mode: 0o600 })
  const { uid, gid } = statSync(cluster)
  chownSync(lock, uid, gid)
  // PostgreSQL itself takes a live process of its own user for a server, and one of another user for a stale file.
  if (isRoot) {
    const second = await startPostgres({ directory, ephemeral: true })
    assert.equal(second.adopted, false)
    await second.close()
    assert.equal(existsSync(lock), false)
  } else {
    await assert.rejects(
      startPostgres({ directory, ephemeral: true }),
      (error) => error instanceof Refusal && error.code === 'database-foreign-lock',
    )
    assert.ok(existsSync(lock))
  }
  assert.equal(foreigner.exitCode ?? foreigner.signalCode, null)
})

test('a server that is out of connections is waited for, and not killed', async (context) => {
  const directory = join(newFolder(context), 'postgres')
  const server = await startPostgres({ directory, ephemeral: true })
  const clients: pg.Client[] = []
  try {
    const pidOf = () => readFileSync(join(directory, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]
    const before = pidOf()
    for (let isFull = false; !isFull; ) {
      const client = new pg.Client({ ...server.address, database: 'postgres' })
      client.on('error', () => undefined)
      isFull = await client.connect().then(
        () => clients.push(client) === 0,
        () => true,
      )
    }
    await assert.rejects(
      startPostgres({ directory, ephemeral: true, patienceMs: 200 }),
      (error) => error instanceof Refusal && error.code === 'database-busy',
    )
    const waiting = startPostgres({ directory, ephemeral: true })
    await Promise.all(clients.splice(0).map((client) => client.end()))
    assert.equal((await waiting).adopted, true)
    assert.equal(pidOf(), before)
  } finally {
    await Promise.all(clients.map((client) => client.end()))
    await server.close()
  }
})

test('a server of ours that answers nothing at all is replaced', async (context) => {
  const directory = join(newFolder(context), 'postgres')
  const lock = join(directory, 'cluster', 'postmaster.pid')
  const silent = await startPostgres({ directory, ephemeral: true })
  const before = readFileSync(lock, 'utf8').split('\n')[0]
  rmSync(join(silent.address.host, `.s.PGSQL.${silent.address.port}`))
  const next = await startPostgres({ directory, ephemeral: true, patienceMs: 200 })
  try {
    assert.equal(next.adopted, false)
    assert.notEqual(readFileSync(lock, 'utf8').split('\n')[0], before)
  } finally {
    await next.close()
  }
})

test('a server is adopted by another path to the same place', async (context) => {
  const folder = newFolder(context)
  const server = await startPostgres({ directory: join(folder, 'postgres'), ephemeral: true })
  try {
    symlinkSync(join(folder, 'postgres'), join(folder, 'other'))
    const other = await startPostgres({ directory: join(folder, 'other'), ephemeral: true })
    assert.equal(other.adopted, true)
  } finally {
    await server.close()
  }
})

test('whoever starts a server may use it, although others who are done with it stop it at that moment', async (context) => {
  const directory = join(newFolder(context), 'postgres')
  // Commands that come and go, and one who comes while the last of them goes.
  let last = await startPostgres({ directory })
  for (let round = 0; round < 6; round += 1) {
    const leaving = wait(round * 8).then(() => last.close())
    const next = await startPostgres({ directory })
    await leaving
    const client = new pg.Client({ ...next.address, database: 'postgres' })
    await client.connect()
    assert.equal((await client.query<{ one: number }>('select 1 as one')).rows[0]?.one, 1)
    await client.end()
    const also = await startPostgres({ directory })
    assert.ok(also.adopted)
    await also.close()
    last = next
  }
  await last.close()
  assert.equal(existsSync(join(directory, 'cluster', 'postmaster.pid')), false)
})

test('the sweep removes what a dead run of ours left, and nothing of anybody else', async (context) => {
  const prefix = `vigil-sweep-${process.pid}-`
  const target = newFolder(context)
  writeFileSync(join(target, 'kept'), '')
  const start = join(tmpdir(), `${prefix}${await deadPid()}`)
  const paths = { ours: `${start}-ours`, link: `${start}-link`, file: `${start}-file`, theirs: `${start}-theirs` }
  context.after(() => {
    for (const path of Object.values(paths)) rmSync(path, { recursive: true, force: true })
  })
  mkdirSync(join(paths.ours, 'postgres', 'cluster'), { recursive: true })
  const foreigner = startForeigner(context)
  writeFileSync(join(paths.ours, 'postgres', 'cluster', 'postmaster.pid'), `${foreigner.pid}\n\n\n\n/nowhere\n`)
  symlinkSync(target, paths.link)
  writeFileSync(paths.file, '')
  mkdirSync(paths.theirs)
  if (isRoot) chownSync(paths.theirs, 65_534, 65_534)
  await sweepEphemeral(prefix)
  assert.equal(existsSync(paths.ours), false)
  assert.ok(lstatSync(paths.link).isSymbolicLink())
  assert.ok(existsSync(join(target, 'kept')))
  assert.ok(existsSync(paths.file))
  assert.equal(existsSync(paths.theirs), isRoot)
  assert.equal(foreigner.exitCode ?? foreigner.signalCode, null)
})
