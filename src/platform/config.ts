/**
 * Every setting of Vigil, declared once and read once, by `cli/main.ts`. `docs/settings.md` is checked against it.
 * Secrets stand in a value that prints as asterisks, so that the whole configuration may be logged.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { isDay } from './days.ts'
import { type LogLevel, logLevels } from './log.ts'
import { refusals } from './refusal.ts'

const refuse = refusals('settings', {
  invalid: ['invalid', 'The settings cannot be used: {problem}.', 'see docs/settings.md for what each setting takes'],
  unreadable: ['invalid', 'The settings file {file} cannot be read: {problem}.', 'mend it, or move it away'],
})

/** A value that must not be shown: prints, serialises and inspects as asterisks. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** Gives the secret itself; call where it is used, never to print. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***'
  }
}

const word = z.string().max(500)

/**
 * The settings that one file needs when it cannot be recognised by itself: `files:` of vigil.yaml, by name or glob; and
 * what a person says of a file that was dropped.
 */
export const fileMapping = z.strictObject({
  format: word.exactOptional(),
  sheet: word.exactOptional(),
  system: word.exactOptional(),
  basis: z.enum(['measured', 'stated']).exactOptional(),
  collectedOn: z.string().refine(isDay, 'not a day (YYYY-MM-DD)').exactOptional(),
  complete: z.boolean().exactOptional(),
  ignore: z.boolean().exactOptional(),
  columns: z.record(word, word).exactOptional(),
})

const place = z.string().min(1).max(4096)
const feed = {
  /** The name of the feed; those that begin with `vigil-` are Vigil's own. */
  source: z
    .string()
    .min(1)
    .max(200)
    .refine((source) => !/^\s*vigil-/i.test(source), 'begins like the names of Vigil’s own feeds'),
  /** The number of the organisation it is of; the first one without it. */
  organisation: z.int().positive().optional(),
}

/** How access logs reach the trail by themselves, and where it is kept. */
const trailSettings = z.strictObject({
  /** Listeners for audit messages over syslog. Without certificates they speak plain TCP, on this machine alone. */
  syslog: z
    .array(
      z
        .strictObject({
          ...feed,
          host: z.string().max(255).default('127.0.0.1'),
          port: z.int().min(1).max(65_535).default(6514),
          certificate: place.optional(),
          key: place.optional(),
          /** Whose certificates senders must have. */
          senderAuthority: place.optional(),
          /** Which of them send, each for a feed of its own; all of them for `source` without it. */
          senders: z.array(z.strictObject({ source: feed.source, certificate: z.string().min(1).max(255) })).optional(),
        })
        .refine(
          ({ certificate, key, senderAuthority }) =>
            [certificate, key, senderAuthority].every((one) => one === undefined) ===
            [certificate, key, senderAuthority].some((one) => one === undefined),
          'certificate, key and senderAuthority go together',
        )
        .refine(
          ({ host, certificate }) => certificate !== undefined || /^(127(\.\d+){3}|::1|localhost)$/.test(host),
          'other machines need TLS: give certificate, key and senderAuthority',
        ),
    )
    .optional(),
  /** Folders into which a source drops files. */
  folders: z.array(z.strictObject({ ...feed, path: place })).optional(),
  /** Where copies of the trail's signed heads are left, for somebody outside to take. */
  witness: place.optional(),
  /** Addresses of ClickHouse servers, one a shard, for who outgrows one machine. */
  clickhouse: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .max(64)
    .optional(),
  /** Memory that the query store may use, such as `2GB`. */
  memory: z
    .string()
    .regex(/^\d{1,6}\s?(MB|GB)$/, 'a size such as 2GB')
    .optional(),
})
export type TrailSettings = z.infer<typeof trailSettings>

const settingsFile = z.strictObject({
  organisation: z.string().min(1).max(200).optional(),
  timeZone: z
    .string()
    .refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone) || zone === 'UTC', 'not a time zone')
    .optional(),
  data: z.string().optional(),
  database: z.string().optional(),
  log: z.enum(logLevels as [LogLevel, ...LogLevel[]]).optional(),
  /** Days for which a dropped file speaks, by kind of fact; 35 unless said otherwise. */
  validDays: z.record(z.string(), z.number().int().min(1).max(366)).optional(),
  dueDays: z.record(z.enum(['critical', 'high', 'medium', 'low']), z.number().int().min(0).max(366)).optional(),
  files: z.record(z.string(), fileMapping).optional(),
  trail: trailSettings.optional(),
})

export type SettingsFile = z.infer<typeof settingsFile>

/** How `vigil serve` is reached, and what it allows. */
export interface ServerConfig {
  readonly host: string
  readonly port: number
  /** Where people reach it, when that is not where it listens: behind a proxy, by a name. */
  readonly publicUrl: string | undefined
  /** Ranges of addresses of proxies whose word about the client is believed. */
  readonly trustProxy: readonly string[]
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly metrics: boolean
  /** Bytes of one uploaded file. */
  readonly uploadLimit: number
  /** Requests a second of one member, program or network, with ten times as many at once; 0 for no limit. */
  readonly rateLimit: number
  /** A file of breached passwords in the public format, sorted by hash. */
  readonly breachedPasswords: string | undefined
  /** By which server mail goes out for organisations that have set none of their own. */
  readonly mail: MailConfig | undefined
}

export interface MailConfig {
  readonly host: string
  readonly port: number
  /** `none` only where the server is on this machine. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly username: string | undefined
  readonly password: Secret | undefined
  /** The address that mail comes from. */
  readonly from: string
}

export interface Config {
  /** Where Vigil keeps what it knows: database, keys, sealed files. */
  readonly dataDirectory: string
  /** A PostgreSQL of yours, as its owner; without it Vigil starts its own in the data directory. */
  readonly databaseUrl: Secret | undefined
  /** What backups are sealed under, so that they open without the key file. */
  readonly passphrase: Secret | undefined
  /** With which `vigil directory` signs in. */
  readonly directoryPassword: Secret | undefined
  /** Whether a directory that is connected in the server may be on this machine itself. */
  readonly allowLoopbackSources: boolean
  readonly logLevel: LogLevel
  readonly server: ServerConfig
  readonly organisation: string | undefined
  readonly timeZone: string
  readonly validDays: Readonly<Record<string, number>>
  readonly dueDays: Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>
  readonly files: NonNullable<SettingsFile['files']>
  readonly trail: TrailSettings
}

/** The default data directory: reachable by the database's own user when run as root (see docs/settings.md). */
export function defaultDataDirectory(isRoot: boolean): string {
  return isRoot ? '/var/lib/vigil' : join(homedir(), '.local', 'share', 'vigil')
}

/** What the vigil.yaml of a folder of exports may say: how to read it, never where Vigil keeps what it knows. */
export function ofFolder(settings: SettingsFile): SettingsFile {
  const { files, validDays } = settings
  return { ...(files ? { files } : {}), ...(validDays ? { validDays } : {}) }
}

/** Reads one vigil.yaml; a missing file is no settings. */
export function readSettingsFile(path: string): SettingsFile {
  return existsSync(path) ? parseSettings(readFileSync(path, 'utf8'), path) : {}
}

/** Reads the text of a vigil.yaml; `file` is what it is called in a refusal. */
export function parseSettings(text: string, file: string): SettingsFile {
  let content: unknown
  try {
    content = parseYaml(text) ?? {}
  } catch (cause) {
    throw refuse('unreadable', { file, problem: 'it is not valid YAML' }, { cause })
  }
  const read = settingsFile.safeParse(content)
  if (!read.success) throw refuse('unreadable', { file, problem: sayIssues(read.error) })
  return read.data
}

/**
 * Puts the settings together: the environment wins over the vigil.yaml of the folder worked on, which wins over the one
 * of the working directory.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  settings: readonly SettingsFile[],
): Config {
  const file: SettingsFile = Object.assign({}, ...settings, {
    files: Object.assign({}, ...settings.map((one) => one.files)),
  })
  const level = environment['VIGIL_LOG'] ?? file.log ?? 'warn'
  if (!(logLevels as readonly string[]).includes(level)) {
    throw refuse('invalid', { problem: `VIGIL_LOG is one of ${logLevels.join(', ')}` })
  }
  const url = environment['DATABASE_URL'] ?? file.database
  if (url !== undefined && !/^postgres(ql)?:\/\//.test(url)) {
    throw refuse('invalid', { problem: 'DATABASE_URL begins with postgres://' })
  }
  if (url !== undefined && !URL.canParse(url)) {
    throw refuse('invalid', { problem: 'DATABASE_URL is not an address (postgres://user:password@host:port/database)' })
  }
  return {
    dataDirectory: environment['VIGIL_DATA'] ?? file.data ?? defaultDataDirectory(process.getuid?.() === 0),
    databaseUrl: url === undefined ? undefined : new Secret(url),
    passphrase: secretOf(environment['VIGIL_PASSPHRASE']),
    directoryPassword: secretOf(environment['VIGIL_LDAP_PASSWORD']),
    allowLoopbackSources: isTrue(environment['VIGIL_ALLOW_LOOPBACK_SOURCES'], 'VIGIL_ALLOW_LOOPBACK_SOURCES'),
    logLevel: level as LogLevel,
    server: readServer(environment),
    organisation: file.organisation,
    timeZone: file.timeZone ?? 'UTC',
    validDays: file.validDays ?? {},
    dueDays: { critical: 7, high: 30, medium: 90, low: 180, ...file.dueDays },
    files: file.files ?? {},
    trail: file.trail ?? {},
  }
}

function readServer(environment: Readonly<Record<string, string | undefined>>): ServerConfig {
  const publicUrl = environment['VIGIL_PUBLIC_URL'] || undefined
  if (publicUrl !== undefined && !isOrigin(publicUrl)) {
    throw refuse('invalid', { problem: 'VIGIL_PUBLIC_URL is an address such as https://vigil.clinic.example' })
  }
  const [cert, key] = [environment['VIGIL_TLS_CERT'] || undefined, environment['VIGIL_TLS_KEY'] || undefined]
  if ((cert === undefined) !== (key === undefined)) {
    throw refuse('invalid', { problem: 'VIGIL_TLS_CERT and VIGIL_TLS_KEY go together' })
  }
  return {
    host: environment['VIGIL_HOST'] || '127.0.0.1',
    port: numberOf(environment['VIGIL_PORT'], 'VIGIL_PORT', 7420, 65_535),
    publicUrl,
    trustProxy: (environment['VIGIL_TRUST_PROXY'] ?? '').split(/[\s,]+/).filter((range) => range !== ''),
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    metrics: isTrue(environment['VIGIL_METRICS'], 'VIGIL_METRICS'),
    uploadLimit: numberOf(environment['VIGIL_UPLOAD_LIMIT'], 'VIGIL_UPLOAD_LIMIT', 10, 1_000) * 2 ** 30,
    rateLimit: numberOf(environment['VIGIL_RATE_LIMIT'], 'VIGIL_RATE_LIMIT', 50, 1_000_000),
    breachedPasswords: environment['VIGIL_BREACHED_PASSWORDS'] || undefined,
    mail: readMail(environment['VIGIL_SMTP_URL'] || undefined, environment['VIGIL_MAIL_FROM'] || undefined),
  }
}

/** `smtps://` speaks TLS from the start; `smtp://` begins it (STARTTLS), but to a server on this machine speaks plainly. */
function readMail(text: string | undefined, from: string | undefined): MailConfig | undefined {
  if (text === undefined && from === undefined) return undefined
  if (text === undefined || from === undefined) {
    throw refuse('invalid', { problem: 'VIGIL_SMTP_URL and VIGIL_MAIL_FROM go together' })
  }
  if (!z.email().max(254).safeParse(from).success) {
    throw refuse('invalid', { problem: 'VIGIL_MAIL_FROM is an e-mail address' })
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url && url.pathname.length <= 1 && url.search === '' && url.hash === '' && url.hostname !== ''
  if (!isPlain || !/^smtps?:$/.test(url.protocol) || (url.username === '') !== (url.password === '')) {
    throw refuse('invalid', {
      problem: 'VIGIL_SMTP_URL is an address such as smtps://user:password@smtp.clinic.example:465',
    })
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isHere = host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
  const isTls = url.protocol === 'smtps:'
  return {
    host,
    port: url.port === '' ? (isTls ? 465 : isHere ? 25 : 587) : Number(url.port),
    security: isTls ? 'tls' : isHere ? 'none' : 'starttls',
    username: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : new Secret(decodeURIComponent(url.password)),
    from,
  }
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, pathname, search, hash, username } = new URL(text)
  return /^https?:$/.test(protocol) && pathname === '/' && search === '' && hash === '' && username === ''
}

function numberOf(text: string | undefined, name: string, without: number, most: number): number {
  if (text === undefined || text === '') return without
  const number = Number(text)
  if (!/^\d{1,9}$/.test(text) || number > most) {
    throw refuse('invalid', { problem: `${name} is a whole number from 0 to ${most}` })
  }
  return number
}

function secretOf(text: string | undefined): Secret | undefined {
  return text ? new Secret(text) : undefined
}

function isTrue(text: string | undefined, name: string): boolean {
  if (text === undefined || text === '' || text === 'false') return false
  if (text !== 'true') throw refuse('invalid', { problem: `${name} is true or false` })
  return true
}

function sayIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`)
    .join('; ')
}
