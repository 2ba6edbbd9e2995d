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

/** The settings that one file needs when it cannot be recognised by itself: `files:` of vigil.yaml, by name or glob. */
const fileMapping = z.strictObject({
  format: z.string().exactOptional(),
  sheet: z.string().exactOptional(),
  system: z.string().exactOptional(),
  basis: z.enum(['measured', 'stated']).exactOptional(),
  collectedOn: z.string().refine(isDay, 'not a day (YYYY-MM-DD)').exactOptional(),
  complete: z.boolean().exactOptional(),
  ignore: z.boolean().exactOptional(),
  columns: z.record(z.string(), z.string()).exactOptional(),
})

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
})

export type SettingsFile = z.infer<typeof settingsFile>

export interface Config {
  /** Where Vigil keeps what it knows: database, keys, sealed files. */
  readonly dataDirectory: string
  /** A PostgreSQL of yours, as its owner; without it Vigil starts its own in the data directory. */
  readonly databaseUrl: Secret | undefined
  /** What backups are sealed under, so that they open without the key file. */
  readonly passphrase: Secret | undefined
  /** With which `vigil directory` signs in. */
  readonly directoryPassword: Secret | undefined
  readonly logLevel: LogLevel
  readonly organisation: string | undefined
  readonly timeZone: string
  readonly validDays: Readonly<Record<string, number>>
  readonly dueDays: Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>
  readonly files: NonNullable<SettingsFile['files']>
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
  if (!existsSync(path)) return {}
  let content: unknown
  try {
    content = parseYaml(readFileSync(path, 'utf8')) ?? {}
  } catch (cause) {
    throw refuse('unreadable', { file: path, problem: 'it is not valid YAML' }, { cause })
  }
  const read = settingsFile.safeParse(content)
  if (!read.success) throw refuse('unreadable', { file: path, problem: sayIssues(read.error) })
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
    logLevel: level as LogLevel,
    organisation: file.organisation,
    timeZone: file.timeZone ?? 'UTC',
    validDays: file.validDays ?? {},
    dueDays: { critical: 7, high: 30, medium: 90, low: 180, ...file.dueDays },
    files: file.files ?? {},
  }
}

function secretOf(text: string | undefined): Secret | undefined {
  return text ? new Secret(text) : undefined
}

function sayIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`)
    .join('; ')
}
