/**
 * Directories that are read live. The rules:
 *  - A password is sealed for its row, and goes nowhere but to the server it was given for: where the address or the way
 *    to it changes, it has to be given again.
 *  - The server connects only to addresses that `address.ts` lets it; the operator's own command connects where it is told.
 *  - What is said of a reading that failed is the state of the connection, never what was received.
 */

import { z } from 'zod'
import type { Call, Recorded } from '#core/door.ts'
import type { Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import { type IntakeResult, recordRefusedFile, takeIn } from '#core/intake/service.ts'
import { queueJob, removeSchedule, setSchedule } from '#core/jobs/service.ts'
import type { Json } from '#core/ledger/model/entry.ts'
import { findAddresses, type Lookup } from '#platform/address.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { type KeyStore, open, seal } from '#platform/keys.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { Refusal, refusals } from '#platform/refusal.ts'
import { subjectsOf, type Transact } from '../folder.ts'
import { SourceError } from '../format.ts'
import { type LdapOptions, readLdap } from '../ldap.ts'
import type * as contract from './contract.ts'
import {
  countDirectories,
  type DirectoryRow,
  type DirectorySettings,
  deleteDirectory,
  findDirectory,
  hasDirectoryNamed,
  insertDirectory,
  listDirectoryRows,
  lockDirectory,
  setLastJob,
  setPassword,
  updateDirectory,
} from './store.ts'

const mostDirectories = 200
/** How many entries are looked at to try a connection, and how long each answer may take. */
const triedEntries = 5
const trialTimeoutMs = 10_000

const refuse = refusals('directory', {
  unknown: ['missing', 'There is no such directory.', 'list the directories to see those that are connected'],
  'too-many': [
    'conflict',
    `No more than ${mostDirectories} directories can be connected.`,
    'remove one that is not used',
  ],
  'name-taken': ['conflict', 'Another directory has this name already.', 'give it another name'],
  'url-invalid': [
    'invalid',
    'The address is not of the form ldaps://host[:port] or ldap://host[:port].',
    'leave out names, passwords and paths; where to look is said as the base',
  ],
  'password-missing': ['invalid', 'Who signs in with a name needs a password.', 'give both, or neither'],
  'password-again': [
    'invalid',
    'The address or the way to it changes, so the password has to be given again.',
    'a password goes only to the server that it was given for',
  ],
  loopback: [
    'forbidden',
    'The directory was not read: its address is one of this machine.',
    'if it does run here, start Vigil with VIGIL_ALLOW_LOOPBACK_SOURCES=true',
  ],
  forbidden: [
    'forbidden',
    'The directory was not read: its address is none that Vigil connects to.',
    'name a server on your network',
  ],
  'unknown-host': [
    'unavailable',
    'The directory was not read: the name of its server is not known.',
    'check the host in the address',
  ],
  'not-read': [
    'unavailable',
    'The directory was not read: {reason}',
    'what is known of it stays as it was, until it lapses',
  ],
})

/** The kind of job that reads a directory; its input is `{ directoryId }`. */
export const readJob = 'directories.read'

/** Lists the directories in the order in which they were connected. */
export async function listDirectories(
  { db }: Context,
  { limit, after }: InputOf<typeof contract.list>,
): Promise<OutputOf<typeof contract.list>> {
  const [place] = after === undefined ? [] : readCursor(z.tuple([placeId]), after)
  const rows = await listDirectoryRows(db, { after: place, limit: limit + 1 })
  const { items, next } = pageFrom(rows, limit, ({ id }) => [id])
  return { items: items.map(directoryOf), next }
}

type Changed = Recorded & { readonly output: OutputOf<typeof contract.connect> }

export async function connectDirectory(
  call: Call,
  { password, ...settings }: InputOf<typeof contract.connect>,
): Promise<Changed> {
  const { db, actor, now } = call
  parseUrl(settings.url)
  if ((settings.bindDn === null) !== (password === null)) throw refuse('password-missing')
  if ((await countDirectories(db)) >= mostDirectories) throw refuse('too-many')
  if (await hasDirectoryNamed(db, settings.name, 0)) throw refuse('name-taken')
  const id = await insertDirectory(db, { ...settings, madeBy: actor, madeAt: now })
  if (password !== null) await sealPassword(call, id, password)
  await scheduleReading(call, id, null, settings)
  return record(call, id, { ...settings, password: password === null ? 'none' : 'set' })
}

/** Changes what is said and leaves the rest. */
export async function changeDirectory(
  call: Call,
  { directoryId, password, ...said }: InputOf<typeof contract.change>,
): Promise<Changed> {
  const { db } = call
  const before = await lockDirectory(db, directoryId)
  if (!before) throw refuse('unknown')
  const settings = { ...settingsOf(before), ...said }
  parseUrl(settings.url)
  if (await hasDirectoryNamed(db, settings.name, directoryId)) throw refuse('name-taken')
  const isElsewhere = (['url', 'startTls', 'ca'] as const).some((field) => settings[field] !== before[field])
  if (before.password !== null && password === undefined && settings.bindDn !== null && isElsewhere) {
    throw refuse('password-again')
  }
  // Without a name there is nobody whose password it could be.
  const kept = password === undefined && settings.bindDn !== null
  if (settings.bindDn !== null && (kept ? before.password === null : password === null))
    throw refuse('password-missing')
  if (settings.bindDn === null && typeof password === 'string') throw refuse('password-missing')
  await updateDirectory(db, directoryId, settings)
  if (!kept) {
    if (typeof password === 'string') await sealPassword(call, directoryId, password)
    else await setPassword(db, directoryId, null)
  }
  await scheduleReading(call, directoryId, before.cron, settings)
  return record(call, directoryId, { ...said, password: kept ? 'kept' : password ? 'set' : 'none' })
}

export async function removeDirectory(
  call: Call,
  { directoryId }: InputOf<typeof contract.remove>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.remove> }> {
  const before = await lockDirectory(call.db, directoryId)
  if (!before) throw refuse('unknown')
  await deleteDirectory(call.db, directoryId)
  if (before.cron !== null) await removeSchedule(call, { kind: readJob, name: String(directoryId) })
  return { output: {}, ...recordOf(directoryId, { name: before.name, url: before.url }) }
}

/** Asks for a reading now. */
export async function readDirectory(
  call: Call,
  { directoryId }: InputOf<typeof contract.read>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.read> }> {
  if (!(await lockDirectory(call.db, directoryId))) throw refuse('unknown')
  const jobId = await queueJob(call, { kind: readJob, input: { directoryId }, joins: true })
  await setLastJob(call.db, directoryId, jobId)
  return { output: { jobId }, ...recordOf(directoryId, { job: jobId }) }
}

/** Connects and looks at a few entries. Nothing of them is kept. */
export async function testDirectory(
  call: Call,
  { directoryId }: InputOf<typeof contract.test>,
  options: { readonly lookup?: Lookup; readonly timeoutMs?: number } = {},
): Promise<Recorded & { readonly output: OutputOf<typeof contract.test> }> {
  const row = await findDirectory(call.db, directoryId)
  if (!row) throw refuse('unknown')
  const ldap = await ldapOptionsOf(row, {
    keys: call.services.keys,
    organisationId: call.organisationId,
    allowLoopback: call.services.config.allowLoopbackSources,
    now: call.now,
    lookup: options.lookup,
  })
  const fields = new Set<string>()
  const warnings: string[] = []
  let entries = 0
  let product: string | undefined
  const trial = { ...ldap, pageSize: triedEntries, isTrial: true, timeoutMs: options.timeoutMs ?? trialTimeoutMs }
  try {
    for await (const reading of readSafely(trial)) {
      if (!('items' in reading)) continue
      product = reading.product
      for await (const item of reading.items) {
        if (item.kind === 'reject') warnings.push(item.reason)
        else {
          entries += 1
          for (const [field, value] of Object.entries(item.row)) {
            if (value !== null && value !== undefined) fields.add(field)
          }
        }
        if (entries >= triedEntries) break
      }
      break
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    throw refuse('not-read', { reason: sayAsFields(error.message) }, { cause: error })
  }
  const output = { product: product ?? null, entries, fields: [...fields].sort(), warnings: warnings.slice(0, 10) }
  return { output, ...recordOf(directoryId, { entries, fields: fields.size }) }
}

/** What the job that reads a directory stands on. */
export interface DirectoryJob {
  readonly organisationId: number
  readonly keys: KeyStore
  readonly now: Date
  readonly allowLoopback: boolean
  readonly validDays: Readonly<Record<string, number>>
  readonly transact: Transact
  /** Runs one transaction of which the ledger is told nothing. */
  inOrganisation<T>(work: (context: Context) => Promise<T>): Promise<T>
  readonly progress?: ((rows: number) => void) | undefined
  readonly lookup?: Lookup | undefined
}

/** Takes a connected directory in; who calls it resolves and judges then. A refusal is recorded as a run. */
export async function runDirectory(job: DirectoryJob, directoryId: number): Promise<IntakeResult> {
  const row = await job.inOrganisation(({ db }) => findDirectory(db, directoryId))
  if (!row) throw refuse('unknown')
  const name = nameSource(new URL(row.url), row.base ?? undefined, row.filter ?? undefined)
  let ldap: LdapOptions
  try {
    ldap = await ldapOptionsOf(row, job)
  } catch (error) {
    if (error instanceof Refusal) await recordNotRead(job.transact, name, error.message)
    throw error
  }
  return takeDirectory({ ...job, name, ldap, say: sayAsFields })
}

export interface DirectoryTaken {
  readonly transact: Transact
  readonly now: Date
  /** Of the source. */
  readonly name: string
  readonly validDays: Readonly<Record<string, number>>
  readonly ldap: LdapOptions
  readonly progress?: ((rows: number) => void) | undefined
  /** Puts the names of settings in a message as they are known where it is read. */
  say(message: string): string
}

/** Takes a directory in as one source; what it refuses is recorded, and told in words. */
export async function takeDirectory(wanted: DirectoryTaken): Promise<IntakeResult> {
  const { transact, now, name, validDays } = wanted
  try {
    for await (const reading of readSafely(wanted.ldap)) {
      if (!('items' in reading)) continue
      return await transact(
        (context) =>
          takeIn(
            context,
            { name, channel: 'ldap', digest: undefined, modifiedAt: now, validDays },
            reading,
            wanted.progress,
          ),
        (taken) => ({
          action: 'intake.import',
          subjects: subjectsOf(taken),
          payload: {
            directory: name,
            source: taken.source,
            format: taken.format,
            state: taken.state,
            collectedAt: taken.collectedAt.toISOString(),
            rowsRead: taken.rowsRead,
            added: taken.added,
            changed: taken.changed,
            ended: taken.ended,
            rejects: taken.rejectCount,
          },
        }),
      )
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    const reason = wanted.say(error.message)
    await recordNotRead(transact, name, reason)
    throw refuse('not-read', { reason }, { cause: error })
  }
  throw new Error('a directory was read and gave no reading')
}

/** The name of a directory as a source: scheme, host, port, base and which entries (RFC 4516), without who signs in. */
export function nameSource(url: URL, base: string | undefined, filter: string | undefined): string {
  const port = url.port || (url.protocol === 'ldaps:' ? '636' : '389')
  const some = filter === undefined ? '' : `??sub?${filter}`
  return `${url.protocol}//${url.hostname}:${port}/${base ?? ''}${some}`
}

async function recordNotRead(transact: Transact, name: string, reason: string): Promise<void> {
  await transact(
    (context) => recordRefusedFile(context, { name, digest: undefined }, { state: 'refused', reason }),
    () => ({ action: 'intake.refuse', payload: { directory: name, state: 'refused', reason } }),
  )
}

/** Reads; whatever else than a directory may answer there is said as that, and never in its own words. */
async function* readSafely(options: LdapOptions): AsyncGenerator<Reading | Unrecognised> {
  const readings = readLdap(options)
  try {
    for (;;) {
      const next = await readings.next().catch((error: unknown) => {
        throw asSourceError(error)
      })
      if (next.done) return
      const reading = next.value
      yield {
        ...reading,
        // Settled only when all items are read.
        get complete() {
          return reading.complete
        },
        items: itemsOf(reading.items),
      }
    }
  } finally {
    await readings.return(undefined)
  }
}

async function* itemsOf(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        throw asSourceError(error)
      })
      if (next.done) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}

function asSourceError(error: unknown): SourceError {
  if (error instanceof SourceError) return error
  const message = 'What answers at that address does not speak as a directory does; check host and port.'
  return new SourceError('ldap-answer-strange', message, undefined, { cause: error })
}

async function ldapOptionsOf(
  row: DirectoryRow,
  on: Pick<DirectoryJob, 'keys' | 'organisationId' | 'allowLoopback' | 'now' | 'lookup'>,
): Promise<LdapOptions> {
  const url = parseUrl(row.url)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = await findAddresses(host, { allowLoopback: on.allowLoopback, lookup: on.lookup })
  if (addresses === 'unknown') throw refuse('unknown-host')
  if (typeof addresses === 'string') throw refuse(addresses)
  const sealed = row.password
  const password =
    sealed === null ? undefined : (await open(on.keys, sealed, passwordContext(on.organisationId, row.id))).toString()
  return {
    url: row.url,
    addresses,
    asOf: on.now,
    startTls: row.startTls,
    ...(row.bindDn === null ? {} : { bindDn: row.bindDn, ...(password === undefined ? {} : { password }) }),
    ...(row.base === null ? {} : { baseDn: row.base }),
    ...(row.filter === null ? {} : { filter: row.filter }),
    ...(row.ca === null ? {} : { ca: row.ca }),
    ...(row.system === null ? {} : { system: row.system }),
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url && url.username === '' && url.password === '' && url.pathname.length <= 1
  if (!isPlain || !/^ldaps?:$/.test(url.protocol) || url.hostname === '' || url.search !== '' || url.hash !== '') {
    throw refuse('url-invalid')
  }
  return url
}

const passwordContext = (organisationId: number, directoryId: number) => `directory/${organisationId}/${directoryId}`

async function sealPassword(call: Call, directoryId: number, password: string): Promise<void> {
  const context = passwordContext(call.organisationId, directoryId)
  await setPassword(call.db, directoryId, await seal(call.services.keys, Buffer.from(password), context))
}

/** A directory has a schedule exactly when it has times. */
async function scheduleReading(
  call: Call,
  directoryId: number,
  cronBefore: string | null,
  { isOn, cron }: DirectorySettings,
): Promise<void> {
  const schedule = { kind: readJob, name: String(directoryId) }
  if (cron !== null) await setSchedule(call, { ...schedule, input: { directoryId }, cron, isOn })
  else if (cronBefore !== null) await removeSchedule(call, schedule)
}

async function record(call: Call, id: number, said: Readonly<Record<string, Json | undefined>>): Promise<Changed> {
  const row = await findDirectory(call.db, id)
  if (!row) throw new Error('a directory was changed and is not there')
  return { output: directoryOf(row), ...recordOf(id, said) }
}

function recordOf(id: number, said: Readonly<Record<string, Json | undefined>>): Recorded {
  return { subjects: [`directory:${id}`], payload: { directory: id, ...said } }
}

function settingsOf({ name, url, bindDn, base, filter, startTls, ca, system, cron, isOn }: DirectoryRow) {
  return { name, url, bindDn, base, filter, startTls, ca, system, cron, isOn }
}

/** What is told of a directory: of its password only whether there is one. */
function directoryOf(row: DirectoryRow): OutputOf<typeof contract.connect> {
  const { id, lastJobId, madeBy, madeAt } = row
  return { id, ...settingsOf(row), hasPassword: row.password !== null, lastJobId, madeBy, madeAt }
}

/** Names the settings of a directory as a form does. */
function sayAsFields(message: string): string {
  const names = {
    bindDn: 'sign-in name',
    baseDn: 'base',
    startTls: 'StartTLS',
    timeoutMs: 'time limit',
    ca: 'certificate of the authority',
    url: 'address',
  }
  return message.replace(/\b(bindDn|baseDn|startTls|timeoutMs|ca|url)\b/g, (word) => names[word as keyof typeof names])
}
