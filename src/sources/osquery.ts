/**
 * What osquery reports of devices: its results log (snapshots and differences, JSON lines), the answer of
 * `osqueryi --json` to a query of one table, several tables in one object, and the reports of Fleet.
 *
 * Tables are told by their columns, as queries are named differently everywhere. A file is read twice: first for who
 * the hosts are and for what a log takes back later (a removed package, an older snapshot), then for the facts.
 * Components are given out as they are read; one device is kept in memory for each host and given out at the end. The
 * host of an answer that does not name it is the file's name (`ws-014.json`, `ws-014-programs.json`).
 *
 * A log tells changes, so that a row missing from it says nothing; answers are complete.
 */
import { createHash } from 'node:crypto'
import { PackageURL } from 'packageurl-js'
import type { FactRow, Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import { type FileFormat, type ReadOptions, SourceError, type SourceFile } from './format.ts'
import { readJson, type Shape } from './json-stream.ts'
import { clean, componentOf } from './software.ts'
import { basisOf, collectedAtOf, headText, openUtf8, stemOf } from './source-text.ts'

/** The columns that tell a table from all others; the first table of which one set is present. */
const tables = {
  bitlocker_info: [['protection_status', 'drive_letter']],
  windows_security_products: [['signatures_up_to_date', 'state']],
  system_info: [['hardware_serial'], ['hostname', 'cpu_brand']],
  disk_encryption: [
    ['encrypted', 'encryption_status'],
    ['encrypted', 'filevault_status'],
    ['encrypted', 'user_uuid'],
    ['encrypted', 'type', 'uuid'],
  ],
  os_version: [
    ['name', 'version', 'major', 'minor'],
    ['name', 'version', 'platform_like'],
    ['name', 'version', 'build', 'platform'],
  ],
  chrome_extensions: [
    ['name', 'version', 'identifier', 'permissions'],
    ['name', 'version', 'identifier', 'browser_type'],
    ['name', 'version', 'identifier', 'profile'],
    ['name', 'version', 'identifier', 'from_webstore'],
  ],
  rpm_packages: [
    ['name', 'version', 'release', 'arch'],
    ['name', 'version', 'release', 'sha1'],
  ],
  deb_packages: [
    ['name', 'version', 'arch', 'maintainer'],
    ['name', 'version', 'arch', 'revision'],
    ['name', 'version', 'arch', 'source'],
  ],
  apps: [
    ['name', 'bundle_identifier'],
    ['name', 'bundle_short_version'],
  ],
  programs: [
    ['name', 'version', 'publisher'],
    ['name', 'version', 'install_location'],
    ['name', 'version', 'identifying_number'],
    ['name', 'version', 'uninstall_string'],
  ],
  logged_in_users: [['user', 'tty', 'time']],
  users: [['username', 'uid', 'directory']],
} as const satisfies Readonly<Record<string, readonly (readonly string[])[]>>

type Table = keyof typeof tables

const tableNames = Object.keys(tables) as readonly Table[]
const softwareTables = new Set<Table>(['chrome_extensions', 'rpm_packages', 'deb_packages', 'apps', 'programs'])
const deviceTables = new Set<Table>([
  'bitlocker_info',
  'windows_security_products',
  'system_info',
  'disk_encryption',
  'os_version',
  'logged_in_users',
])

type Value = Readonly<Record<string, unknown>>

/** One row of one table of one host. */
interface Observed {
  readonly line: number
  readonly host: string
  readonly hostname: string | undefined
  readonly query: string
  readonly table: Table | undefined
  readonly row: Value
  readonly at: Date | undefined
  readonly action: 'added' | 'removed' | 'snapshot' | 'answer'
}

type Observation = Observed | { readonly line: number; readonly fault: string }

function isObject(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function tableOf(row: Value, hint: string | undefined): Table | undefined {
  const byColumns = tableNames.find((name) =>
    tables[name].some((columns) => columns.every((column) => Object.hasOwn(row, column))),
  )
  if (byColumns) return byColumns
  // A query of few columns may be named after its table; the name alone is enough where the row names software.
  const last = hint?.split(/[/:]/).at(-1)
  const named = tableNames.find((name) => name === last)
  return named && (Object.hasOwn(row, 'name') || deviceTables.has(named)) ? named : undefined
}

type Layout = 'log' | 'document'

/** In a log every line is a document; anything else is one document. */
function layoutOf(head: string): Layout {
  const first = /^\s*(\{.*\})\s*(\r?\n|$)/.exec(head)?.[1]
  if (first === undefined)
    return /^\s*\{[^\n]{60000}/.test(head) && head.includes('"hostIdentifier"') ? 'log' : 'document'
  const value = parse(first)
  return isObject(value) && isLogged(value) ? 'log' : 'document'
}

function isLogged(value: Value): boolean {
  const hasRows = isObject(value['columns']) || Array.isArray(value['snapshot']) || isObject(value['diffResults'])
  return typeof value['hostIdentifier'] === 'string' && hasRows
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const row = (emit: string): Shape => ({ items: { emit, isWhole: true } })
const perTable: Record<string, Shape> = Object.fromEntries(tableNames.map((name) => [name, row(name)]))
const answers: Shape = {
  items: { emit: 'row', isWhole: true },
  members: {
    ...perTable,
    queries: { members: { ...perTable, '*': row('query') } },
    results: row('row'),
    rows: row('row'),
  },
}

async function* readObservations(file: SourceFile, layout: Layout): AsyncGenerator<Observation> {
  const host = stemOf(file, endings)
  if (layout === 'document') {
    for await (const { name, line, value } of readJson(openUtf8(file), answers)) {
      if (isObject(value)) yield* expand(value, line, host, name === 'row' ? undefined : name)
      else yield { line, fault: 'the row is not an object' }
    }
    return
  }
  let line = 0
  for await (const text of readLines(openUtf8(file))) {
    line += 1
    if (text === undefined) yield { line, fault: 'the line is longer than 32 MB' }
    else if (text.trim() !== '') {
      const value = parse(text)
      if (isObject(value)) yield* expand(value, line, host, undefined)
      else yield { line, fault: 'the line is not valid JSON' }
    }
  }
}

const longestLine = 32 * 1024 * 1024

/** Gives the lines of a text, undefined for one that is too long. */
async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string | undefined> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let to = chunk.indexOf(0x0a); to !== -1; to = chunk.indexOf(0x0a, from)) {
      parts.push(chunk.subarray(from, to))
      length += to - from
      yield length > longestLine ? undefined : Buffer.concat(parts).toString('utf8')
      parts = []
      length = 0
      from = to + 1
    }
    length += chunk.length - from
    if (length <= longestLine) parts.push(chunk.subarray(from))
  }
  if (length > 0) yield length > longestLine ? undefined : Buffer.concat(parts).toString('utf8')
}

const endings = [
  '.json',
  '.log',
  '.ndjson',
  '.jsonl',
  '.osquery',
  ...tableNames.flatMap((name) => [`-${name}`, `_${name}`, `.${name}`, ` ${name}`]),
]

/** Gives the rows that one document holds: an entry of a log, a row of a Fleet report, or a plain row. */
function* expand(value: Value, line: number, fileHost: string, hint: string | undefined): Generator<Observation> {
  if (isLogged(value)) {
    yield* expandLogged(value, line)
    return
  }
  const columns = value['columns']
  const content = isObject(columns) ? columns : value
  const hostname = clean(
    value['host_name'] ?? value['host_display_name'] ?? value['host_hostname'] ?? value['hostname'] ?? value['host'],
  )
  // A row of a plain answer is of the machine whose name the file bears, unless it names another.
  const names = isObject(columns) || value['host_display_name'] !== undefined || value['host_hostname'] !== undefined
  const table = tableOf(content, hint)
  // Rows side by side may be of many machines; tables side by side are of one, which the first reading names.
  const own = names || (table === 'system_info' && hint === undefined) ? hostname : undefined
  const fetched = clean(value['last_fetched'])
  yield {
    line,
    host: own ?? fileHost,
    hostname: own,
    query: hint ?? '',
    table,
    row: content,
    at: fetched === undefined ? undefined : instantOf(Date.parse(fetched)),
    action: 'answer',
  }
}

function* expandLogged(value: Value, line: number): Generator<Observed> {
  const decorations = value['decorations']
  const hostname = isObject(decorations) ? clean(decorations['hostname'] ?? decorations['computer_name']) : undefined
  const query = clean(value['name']) ?? ''
  const at = instantOf(Number(value['unixTime']) * 1000)
  const make = (content: unknown, action: Observed['action']): Observed | undefined =>
    isObject(content)
      ? {
          line,
          host: String(value['hostIdentifier']),
          hostname,
          query,
          table: tableOf(content, query),
          row: content,
          at,
          action,
        }
      : undefined
  const list = (content: unknown, action: Observed['action']) =>
    (Array.isArray(content) ? content : []).map((each) => make(each, action))
  const differences = isObject(value['diffResults']) ? value['diffResults'] : {}
  const found = [
    ...list(value['snapshot'], 'snapshot'),
    ...list(differences['removed'], 'removed'),
    ...list(differences['added'], 'added'),
    make(
      value['columns'],
      value['action'] === 'removed' ? 'removed' : value['action'] === 'snapshot' ? 'snapshot' : 'added',
    ),
  ]
  for (const observed of found) if (observed) yield observed
}

function instantOf(milliseconds: number): Date | undefined {
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) || milliseconds <= 0 ? undefined : date
}

/** What the first reading finds, for the second to know. */
interface Overview {
  readonly names: Map<string, string>
  readonly platforms: Map<string, string>
  /** The last line on which a component was taken back. */
  readonly removals: Map<string, number>
  /** The last line of a snapshot of one query on one host. */
  readonly snapshots: Map<string, number>
  readonly seen: Set<Table>
  latest: Date | undefined
  isLog: boolean
}

const mostRemembered = 2_000_000

async function survey(file: SourceFile, layout: Layout): Promise<Overview> {
  const found: Overview = {
    names: new Map(),
    platforms: new Map(),
    removals: new Map(),
    snapshots: new Map(),
    seen: new Set(),
    latest: undefined,
    isLog: layout === 'log',
  }
  // A package is known by its platform, which a log may tell after the package is removed: both are compared by name.
  for await (const observed of readObservations(file, layout)) {
    if ('fault' in observed) continue
    const { table, host, action } = observed
    if (action !== 'answer') found.isLog = true
    if (observed.at && (!found.latest || observed.at > found.latest)) found.latest = observed.at
    if (observed.hostname !== undefined) found.names.set(host, observed.hostname)
    if (action === 'snapshot') found.snapshots.set(`${host}\0${observed.query}`, observed.line)
    if (!table) continue
    found.seen.add(table)
    if (table === 'system_info' && !found.names.has(host)) {
      const name = clean(observed.row['hostname']) ?? clean(observed.row['computer_name'])
      if (name !== undefined) found.names.set(host, name)
    }
    const platform = table === 'os_version' ? clean(observed.row['platform']) : undefined
    if (platform !== undefined) found.platforms.set(host, platform.toLowerCase())
    if (action === 'removed' && softwareTables.has(table)) found.removals.set(identify(observed), observed.line)
    if (found.removals.size + found.snapshots.size + found.names.size > mostRemembered) {
      throw new SourceError(
        'osquery-log-too-large',
        'The log speaks of too many hosts or removals; split it by host or day.',
      )
    }
  }
  return found
}

/** A short stand-in for one piece of software on one host. */
function identify({ host, table, row: found }: Observed): string {
  const parts = [host, table, found['name'], found['version'], found['release'], found['arch'], found['identifier']]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64').slice(0, 16)
}

async function* readOsquery(file: SourceFile, options: ReadOptions): AsyncGenerator<Reading | Unrecognised> {
  const layout = layoutOf(await firstText(file))
  const overview = await survey(file, layout)
  const hasDevices = [...overview.seen].some((table) => deviceTables.has(table))
  const hasSoftware = [...overview.seen].some((table) => softwareTables.has(table))
  if (!hasDevices && !hasSoftware && !overview.isLog) {
    const read = [...deviceTables, ...softwareTables].sort().join(', ')
    yield {
      format: 'unrecognised',
      reason: `this answer of osquery is of a table that is not read; export one of ${read}`,
    }
    return
  }
  yield {
    format: 'osquery',
    kinds: overview.isLog
      ? ['device', 'component']
      : [...(hasDevices ? (['device'] as const) : []), ...(hasSoftware ? (['component'] as const) : [])],
    basis: basisOf(options, 'measured'),
    product: 'osquery',
    ...collectedAtOf(options, overview.latest),
    complete: options.mapping?.complete ?? !overview.isLog,
    columns: [],
    items: readItems(file, layout, overview, options.mapping?.system),
  }
}

async function firstText(file: SourceFile): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of openUtf8(file)) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= 1024 * 1024) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function* readItems(
  file: SourceFile,
  layout: Layout,
  overview: Overview,
  given: string | undefined,
): AsyncGenerator<Item> {
  const devices = new Map<string, Device>()
  for await (const observed of readObservations(file, layout)) {
    if ('fault' in observed) {
      yield { kind: 'reject', line: observed.line, reason: observed.fault }
      continue
    }
    const { table, host, line } = observed
    if (!table || observed.action === 'removed' || isSuperseded(observed, overview)) continue
    const name = (overview.isLog ? undefined : given) ?? overview.names.get(host) ?? host
    if (softwareTables.has(table)) {
      const found = softwareOf(observed, table, name, overview.platforms.get(host))
      if (found === 'not-installed') continue
      if (found) yield { kind: 'component', line, row: found }
      else yield { kind: 'reject', line, reason: 'the software has no name' }
    } else if (deviceTables.has(table)) {
      const device = devices.get(host) ?? new Device(name, line)
      devices.set(host, device)
      device.see(observed, table)
    }
  }
  for (const device of devices.values()) yield { kind: 'device', line: device.line, row: device.row() }
}

function isSuperseded(observed: Observed, overview: Overview): boolean {
  const { action, host, line } = observed
  if (action === 'snapshot') return overview.snapshots.get(`${host}\0${observed.query}`) !== line
  if (action !== 'added' || overview.removals.size === 0) return false
  return (overview.removals.get(identify(observed)) ?? 0) > line
}

/** The platforms of os_version by the names that package URLs have for them. */
const namespaces: Readonly<Record<string, string>> = {
  rhel: 'redhat',
  amzn: 'amazon',
  sles: 'suse',
  rocky: 'rocky-linux',
}

function softwareOf(
  { row: found }: Observed,
  table: Table,
  host: string,
  platform: string | undefined,
): FactRow<'component'> | undefined | 'not-installed' {
  const name = clean(found['name']) ?? clean(found['bundle_name'])
  const version = clean(found['version'])
  const namespace = platform === undefined ? undefined : (namespaces[platform] ?? platform)
  switch (table) {
    case 'deb_packages': {
      const status = clean(found['status'])
      if (status !== undefined && !/\binstalled$/.test(status)) return 'not-installed'
      if (/not-installed$/.test(status ?? '')) return 'not-installed'
      const qualifiers = qualify({
        arch: clean(found['arch']),
        source: clean(found['source'])?.replace(/\s*\(.*\)$/, ''),
      })
      return componentOf({
        host,
        name,
        version,
        componentType: 'package',
        purl: purlOf('deb', namespace, name, version, qualifiers),
      })
    }
    case 'rpm_packages': {
      const release = clean(found['release'])
      const full = version === undefined || release === undefined ? version : `${version}-${release}`
      const epoch = clean(found['epoch'])
      const qualifiers = qualify({ arch: clean(found['arch']), epoch: epoch === '0' ? undefined : epoch })
      return componentOf({
        host,
        name,
        version: full,
        componentType: 'package',
        purl: purlOf('rpm', namespace, name, full, qualifiers),
        publisher: clean(found['vendor']),
        installedOn: dayOf(found['install_time']),
      })
    }
    case 'apps':
      return componentOf({
        host,
        name: (clean(found['bundle_name']) ?? name)?.replace(/\.app$/, ''),
        version: clean(found['bundle_short_version']) ?? clean(found['bundle_version']) ?? version,
        componentType: 'application',
      })
    case 'chrome_extensions':
      return componentOf({ host, name, version, componentType: 'browser-extension', publisher: clean(found['author']) })
    default:
      return componentOf({
        host,
        name,
        version,
        componentType: 'application',
        publisher: clean(found['publisher']),
        installedOn: dayOf(found['install_date']),
      })
  }
}

function qualify(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Without its distribution a system package has no package URL that advisories could be matched by. */
function purlOf(
  type: string,
  namespace: string | undefined,
  name: string | undefined,
  version: string | undefined,
  qualifiers: Record<string, string>,
): string | undefined {
  if (namespace === undefined || name === undefined) return undefined
  try {
    return new PackageURL(type, namespace, name, version, qualifiers, undefined).toString()
  } catch {
    return undefined
  }
}

/** Reads `20240305`, an ISO day or seconds since 1970. */
function dayOf(value: unknown): string | undefined {
  const text = clean(value) ?? ''
  const compact = /^((?:19|20)\d\d)-?([01]\d)-?([0-3]\d)$/.exec(text)
  if (compact) return isoDay(new Date(`${compact[1]}-${compact[2]}-${compact[3]}T00:00:00Z`))
  return /^\d{9,10}$/.test(text) ? isoDay(new Date(Number(text) * 1000)) : undefined
}

function isoDay(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 10)
}

/** One device, put together from what its tables say; of one thing said twice the later word counts. */
class Device {
  readonly line: number
  readonly #name: string
  #system: Value = {}
  #os: Value = {}
  readonly #volumes = new Map<string, { encrypted: boolean | undefined; method: string | undefined }>()
  readonly #protectors = new Map<string, boolean>()
  #filevault: boolean | undefined
  #user: string | undefined
  #seenAt: Date | undefined
  #sawProtectors = false

  constructor(name: string, line: number) {
    this.#name = name
    this.line = line
  }

  see({ row: found, at }: Observed, table: Table): void {
    if (at && (!this.#seenAt || at > this.#seenAt)) this.#seenAt = at
    if (table === 'system_info') this.#system = found
    else if (table === 'os_version') this.#os = found
    else if (table === 'bitlocker_info') this.#seeBitLocker(found)
    else if (table === 'disk_encryption') this.#seeDisk(found)
    else if (table === 'windows_security_products') this.#seeProduct(found)
    else if (table === 'logged_in_users' && (clean(found['type']) ?? 'user') === 'user') {
      this.#user = clean(found['user']) ?? this.#user
    }
  }

  row(): FactRow<'device'> {
    const model = clean(this.#system['hardware_model'])
    const osName = clean(this.#os['name'])
    const serial = clean(this.#system['hardware_serial'])
    return {
      name: this.#name,
      // Makers of boards write a placeholder, which would make one device of many.
      serial:
        serial !== undefined &&
        /^(0+|none|default string|to be filled.*|system serial number|n\/a|not specified|-1)$/i.test(serial)
          ? undefined
          : serial,
      deviceKind: kindOf(model, clean(this.#system['hardware_vendor']), osName),
      manufacturer: clean(this.#system['hardware_vendor']),
      model,
      osName,
      osVersion: clean(this.#os['version']),
      osBuild: clean(this.#os['build']),
      encrypted: this.#isEncrypted(),
      encryptionMethod: this.#method(),
      malwareProtection: this.#sawProtectors ? [...this.#protectors.values()].some(Boolean) : undefined,
      userName: this.#user,
      lastSeenAt: this.#seenAt,
    }
  }

  #seeBitLocker(found: Value): void {
    const status = clean(found['protection_status'])
    this.#put(clean(found['drive_letter']) ?? '', {
      encrypted: status === '1' ? true : status === '0' ? false : undefined,
      method: clean(found['encryption_method']),
    })
  }

  #seeDisk(found: Value): void {
    const filevault = clean(found['filevault_status'])?.toLowerCase()
    if (filevault === 'on') this.#filevault = true
    else if (filevault === 'off') this.#filevault ??= false
    const encrypted = clean(found['encrypted'])
    this.#put(clean(found['name']) ?? '', {
      encrypted: encrypted === '1' ? true : encrypted === '0' ? false : undefined,
      method: encrypted === '1' ? clean(found['type']) : undefined,
    })
  }

  /** No machine has so many volumes; a file that claims it is not believed. */
  #put(name: string, volume: { encrypted: boolean | undefined; method: string | undefined }): void {
    if (this.#volumes.size < 256) this.#volumes.set(name, volume)
  }

  #seeProduct(found: Value): void {
    if (clean(found['type'])?.toLowerCase() !== 'antivirus') return
    this.#sawProtectors = true
    // Protection with signatures that are out of date is not counted as running.
    const isOn = clean(found['state'])?.toLowerCase() === 'on' && clean(found['signatures_up_to_date']) !== '0'
    if (this.#protectors.size < 64) this.#protectors.set(clean(found['name']) ?? '', isOn)
  }

  /**
   * Windows lists its drives, each of which must be protected. macOS says it in one word. Linux lists block devices,
   * the one that starts the machine and the outside of each encrypted one among them: mixed, it says nothing.
   */
  #isEncrypted(): boolean | undefined {
    if (this.#filevault !== undefined) return this.#filevault
    const states = [...this.#volumes.values()].map((volume) => volume.encrypted)
    if (states.length === 0) return undefined
    if (states.every((state) => state === true)) return true
    const isWindows = [...this.#volumes.keys()].every((name) => /^([A-Z]:\\?)?$/i.test(name))
    if (isWindows) return states.includes(false) ? false : undefined
    return states.every((state) => state === false) ? false : undefined
  }

  #method(): string | undefined {
    const methods = new Set([...this.#volumes.values()].map((volume) => volume.method))
    const known = [...methods].filter((method) => method !== undefined && !/^(none|unknown)$/i.test(method))
    return known.length > 0 ? known.sort().join(', ') : undefined
  }
}

function kindOf(model: string | undefined, vendor: string | undefined, os: string | undefined): string | undefined {
  if (/virtual|vmware|kvm|qemu|xen/i.test(`${model ?? ''} ${vendor ?? ''}`)) return 'virtual'
  if (/windows server|\bserver\b/i.test(os ?? '')) return 'server'
  if (/book|latitude|thinkpad|elitebook|laptop|probook/i.test(model ?? '')) return 'laptop'
  return undefined
}

export const osquery: FileFormat = {
  name: 'osquery',
  title: 'osquery results',
  recognises(head) {
    const text = headText(head)
    const start = text.trimStart()[0]
    if (start !== '{' && start !== '[') return 0
    if (/"hostIdentifier"\s*:/.test(text) && /"(snapshot|columns|diffResults)"\s*:/.test(text)) return 1
    // Rows of osquery are flat, so the first one ends at the first brace after it begins.
    const inner = /\{[^{}]*\}/.exec(text)?.[0]
    const value = inner === undefined ? undefined : parse(inner)
    const table = isObject(value) ? tableOf(value, undefined) : undefined
    if (start === '[') return table && isTextual(value) ? 0.9 : 0
    const namesTable = tableNames.some((name) => new RegExp(`"${name}"\\s*:\\s*\\[`).test(text))
    return namesTable || (table && /"(queries|results|rows)"\s*:/.test(text)) ? 0.85 : 0
  },
  read: readOsquery,
}

/** osquery writes every value as text. */
function isTextual(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((each) => typeof each === 'string' || typeof each === 'number')
}
