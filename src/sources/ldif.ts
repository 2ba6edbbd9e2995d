/**
 * Entries of a directory in the LDAP Data Interchange Format (RFC 2849), as written by slapcat, ldapsearch, ldifde,
 * db2ldif and directory browsers.
 *
 * The file is read twice, each time as a stream: first for what concerns all entries (product, naming context, who is
 * in which group), then for the accounts. ldifde writes every entry as `changetype: add`, which is an entry like any
 * other; records that change or delete entries are refused one by one. Nothing a file points at is ever fetched.
 */
import type { Item, Reading, Reject } from '#core/intake/facts.ts'
import {
  accountOf,
  type DirectoryContext,
  type DirectoryEntry,
  directoryAttributes,
  directoryName,
  isAccount,
  isActiveDirectory,
  isGroup,
  Memberships,
} from './directory.ts'
import type { FileFormat, ReadOptions, SourceFile } from './format.ts'
import { basisOf, collectedAtOf, headText, openUtf8, parseInstant } from './source-text.ts'

/** One record of a file; `end` is the summary that ldapsearch writes below the entries. */
type LdifRecord =
  | { readonly kind: 'entry'; readonly line: number; readonly entry: DirectoryEntry }
  | { readonly kind: 'bad'; readonly line: number; readonly reason: string; readonly isPartial?: boolean }
  | { readonly kind: 'end'; readonly line: number; readonly result: number | undefined }

/** Attributes that are kept of an entry; the rest, photos and certificates among them, is passed over. */
const kept = new Set([
  ...directoryAttributes.map((name) => name.toLowerCase()),
  'member',
  'uniquemember',
  'memberuid',
  'userpassword',
  'entrycsn',
])

/** No value that is read is longer in a directory that people use; a file without line breaks must not fill memory. */
const longestValue = 1024 * 1024
const largestEntry = 64 * 1024 * 1024

const groupMembers = new Set(['member', 'uniquemember', 'memberuid'])

/** Cuts LDIF into records, with each chunk as it comes. */
class LdifParser {
  /** Comments that stand before the first record. */
  readonly header: string[] = []
  #rest: Buffer[] = []
  #restLength = 0
  #lineNumber = 0
  // The logical line that continuations may still lengthen.
  #pending: Buffer[] | undefined
  #pendingLength = 0
  #pendingLine = 0
  #isDropped = false
  // The record that lines are being added to.
  #line = 0
  #size = 0
  #dn: string | undefined
  #attributes = new Map<string, Buffer[]>()
  #fault: string | undefined
  #changetype: string | undefined
  #summary: { result: number | undefined; hasReferral: boolean } | undefined
  #hasRecords = false
  #out: LdifRecord[] = []

  write(chunk: Buffer): LdifRecord[] {
    let from = 0
    for (let to = chunk.indexOf(0x0a); to !== -1; to = chunk.indexOf(0x0a, from)) {
      this.#rest.push(chunk.subarray(from, to))
      this.#physicalLine(this.#rest.length === 1 ? (this.#rest[0] ?? chunk) : Buffer.concat(this.#rest))
      this.#rest = []
      this.#restLength = 0
      from = to + 1
    }
    if (from < chunk.length) {
      // What is beyond the longest line is not kept; the line is refused when it ends.
      if (this.#restLength <= 2 * longestValue) this.#rest.push(chunk.subarray(from))
      this.#restLength += chunk.length - from
    }
    return this.#take()
  }

  end(): LdifRecord[] {
    if (this.#rest.length > 0) this.#physicalLine(Buffer.concat(this.#rest))
    this.#finishLine()
    this.#finishRecord()
    return this.#take()
  }

  #take(): LdifRecord[] {
    const out = this.#out
    this.#out = []
    return out
  }

  #physicalLine(raw: Buffer): void {
    this.#lineNumber += 1
    const line = raw.at(-1) === 0x0d ? raw.subarray(0, -1) : raw
    if (line[0] === 0x20) {
      if (this.#pending === undefined) this.#blame('a line is continued where none was begun')
      else this.#continue(line.subarray(1))
      return
    }
    this.#finishLine()
    if (line.length === 0) {
      this.#finishRecord()
      return
    }
    this.#pendingLine = this.#lineNumber
    this.#pendingLength = 0
    this.#pending = []
    this.#isDropped = line[0] !== 0x23 && !this.#isWanted(line)
    this.#continue(line)
  }

  #continue(part: Buffer): void {
    const isFirst = this.#pendingLength === 0
    this.#pendingLength += part.length
    if (this.#isDropped && !isFirst) return
    if (this.#pendingLength > 2 * longestValue) {
      if (!this.#isDropped) this.#blame('a value is longer than 1 MB')
      this.#isDropped = true
      return
    }
    // A chunk is reused by nobody, yet a small slice would keep the whole of it in memory.
    this.#pending?.push(this.#isDropped ? part.subarray(0, 256) : Buffer.from(part))
  }

  #isWanted(line: Buffer): boolean {
    const colon = line.indexOf(0x3a)
    if (colon === -1 || colon > 256) return true
    const name = baseName(line.toString('latin1', 0, colon))
    return kept.has(name) || !/^[a-z0-9.-]+$/.test(name) || directives.has(name)
  }

  #finishLine(): void {
    const pending = this.#pending
    this.#pending = undefined
    if (pending === undefined) return
    const line = pending.length === 1 ? (pending[0] ?? Buffer.alloc(0)) : Buffer.concat(pending)
    if (line[0] === 0x23) {
      if (!this.#hasRecords && this.header.length < 50) this.header.push(line.toString('utf8', 1).trim())
      return
    }
    this.#field(line)
  }

  #field(line: Buffer): void {
    if (this.#line === 0) this.#line = this.#pendingLine
    const colon = line.indexOf(0x3a)
    if (colon === -1) {
      this.#blame('a line has no colon, so it is neither an attribute nor a continuation')
      return
    }
    const name = baseName(line.toString('latin1', 0, colon))
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
      this.#blame('a line does not begin with the name of an attribute')
      return
    }
    const isOpen = this.#dn !== undefined
    if (!isOpen && name === 'version') return
    if (this.#isDropped) {
      if (!isOpen && !this.#summary) this.#blame('the record does not begin with a distinguished name (dn:)')
      return
    }
    const value = this.#value(name, line.subarray(colon + 1))
    if (value === undefined) return
    this.#size += value.length + 32
    if (this.#size > largestEntry) {
      this.#attributes.clear()
      this.#blame('the entry is larger than 64 MB')
    } else if (!isOpen) this.#begin(name, value)
    else if (name === 'dn') this.#blame('two entries run together without an empty line between them')
    else if (name === 'changetype') this.#changetype = value.toString('latin1').trim().toLowerCase()
    else this.#put(name, value)
  }

  #put(name: string, value: Buffer): void {
    if (!kept.has(name)) return
    const values = this.#attributes.get(name)
    if (values) values.push(value)
    else this.#attributes.set(name, [value])
  }

  #begin(name: string, value: Buffer): void {
    if (name === 'dn') {
      const dn = value.toString('utf8')
      this.#dn = dn.trim()
      // A broken name has characters that stand for bytes which are no UTF-8.
      if (dn.includes('\ufffd') || (this.#dn !== '' && !/^\s*[a-z0-9.-]+\s*=/i.test(dn))) {
        this.#blame('the distinguished name (dn:) cannot be read')
      }
    } else if (name === 'ref' || name === 'search' || name === 'result') {
      this.#summary ??= { result: undefined, hasReferral: false }
      if (name === 'ref') this.#summary.hasReferral = true
      if (name === 'result') this.#summary.result = Number(/^\s*(\d+)/.exec(value.toString('latin1'))?.[1] ?? 0)
    } else if (this.#summary === undefined) {
      this.#blame('the record does not begin with a distinguished name (dn:)')
    }
  }

  #value(name: string, rest: Buffer): Buffer | undefined {
    if (rest[0] === 0x3c) {
      this.#blame(`the value of ${name} lies outside the file (:<), and nothing outside is fetched`)
      return undefined
    }
    if (rest[0] === 0x3a) {
      const text = rest.toString('latin1', 1).trim()
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) {
        this.#blame(`the value of ${name} is not base64`)
        return undefined
      }
      return Buffer.from(text, 'base64')
    }
    let from = 0
    while (rest[from] === 0x20) from += 1
    return rest.subarray(from)
  }

  #blame(reason: string): void {
    if (this.#line === 0) this.#line = this.#lineNumber
    this.#fault ??= reason
  }

  #finishRecord(): void {
    const line = this.#line
    if (line !== 0) {
      const record = this.#record(line)
      if (record) {
        this.#out.push(record)
        this.#hasRecords = true
      }
    }
    this.#line = 0
    this.#size = 0
    this.#dn = undefined
    this.#attributes = new Map()
    this.#fault = undefined
    this.#changetype = undefined
    this.#summary = undefined
  }

  #record(line: number): LdifRecord | undefined {
    if (this.#changetype !== undefined && this.#changetype !== 'add') {
      const reason = 'the record changes an entry instead of telling what it holds; export the entries themselves'
      return { kind: 'bad', line, reason, isPartial: true }
    }
    if (this.#fault) return { kind: 'bad', line, reason: this.#fault }
    if (this.#summary?.hasReferral) {
      const reason = 'this part of the directory lies on another server, which was not asked; export it there'
      return { kind: 'bad', line, reason, isPartial: true }
    }
    if (this.#summary) return { kind: 'end', line, result: this.#summary.result }
    if (this.#dn === undefined || this.#dn === '') return undefined
    return { kind: 'entry', line, entry: { dn: this.#dn, attributes: this.#attributes } }
  }
}

/** Names that have a meaning of their own and are not attributes. */
const directives = new Set(['dn', 'version', 'changetype', 'control', 'ref', 'search', 'result'])

function baseName(description: string): string {
  const semicolon = description.indexOf(';')
  return (semicolon === -1 ? description : description.slice(0, semicolon)).trim().toLowerCase()
}

async function* readRecords(file: SourceFile, parser = new LdifParser()): AsyncGenerator<LdifRecord> {
  for await (const chunk of openUtf8(file)) yield* parser.write(chunk)
  yield* parser.end()
}

interface Overview {
  readonly isActive: boolean
  readonly context: DirectoryContext
  readonly collectedAt: Date | undefined
  readonly isWhole: boolean
}

/** Reads what concerns all entries. */
async function survey(file: SourceFile, options: ReadOptions): Promise<Overview> {
  const parser = new LdifParser()
  const groups = new Memberships()
  let isActive = false
  let tellsGroups = false
  let isWhole = true
  let hasAccounts = false
  let shortest: string | undefined
  for await (const record of readRecords(file, parser)) {
    if (record.kind === 'bad') isWhole &&= record.isPartial !== true
    if (record.kind === 'end') isWhole &&= record.result === undefined || record.result === 0
    if (record.kind !== 'entry') continue
    const { entry } = record
    isActive ||= isActiveDirectory(entry)
    if (shortest === undefined || entry.dn.length < shortest.length) shortest = entry.dn
    tellsGroups ||= entry.attributes.has('memberof')
    hasAccounts ||= isAccount(entry)
    if (isGroup(entry)) {
      tellsGroups ||= [...groupMembers].some((name) => entry.attributes.has(name))
      groups.add(entry)
    }
  }
  const system = options.mapping?.system ?? directoryName(isActive, shortest)
  return {
    isActive,
    context: { system, askedForAll: false, tellsGroups, groups, asOf: options.asOf },
    collectedAt: collectionOf(parser.header),
    // An export of groups or of nothing must not end every account that an earlier one told of.
    isWhole: isWhole && hasAccounts,
  }
}

/** Finds when the export was made in the comments above it. */
function collectionOf(header: readonly string[]): Date | undefined {
  for (const comment of header) {
    if (!/generated|exported|export|created|dumped|collected|date|time/i.test(comment)) continue
    const iso = /\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?/.exec(comment)?.[0]
    const date = parseInstant(iso) ?? parseWritten(comment)
    if (date) return date
  }
  return undefined
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Reads `March 5, 2024 3:12 pm`, the way that phpLDAPadmin dates an export. */
function parseWritten(comment: string): Date | undefined {
  const match = /\b([A-Z][a-z]{2})[a-z]*\.? (\d{1,2}),? (\d{4})(?:[ ,]+(\d{1,2}):(\d\d)\s*([ap]m)?)?/i.exec(comment)
  const month = months.indexOf(match?.[1]?.toLowerCase() ?? '')
  if (!match || month === -1) return undefined
  const [, , day, year, hour, minute, half] = match
  const hours = (Number(hour ?? 0) % (half ? 12 : 24)) + (half?.toLowerCase() === 'pm' ? 12 : 0)
  return new Date(Date.UTC(Number(year), month, Number(day), hours, Number(minute ?? 0)))
}

async function* readLdif(file: SourceFile, options: ReadOptions): AsyncGenerator<Reading> {
  const overview = await survey(file, options)
  yield {
    format: 'ldif',
    kinds: ['account'],
    basis: basisOf(options, 'measured'),
    ...(overview.isActive ? { product: 'Active Directory' } : {}),
    ...collectedAtOf(options, overview.collectedAt),
    complete: options.mapping?.complete ?? overview.isWhole,
    columns: [],
    items: readAccounts(file, overview.context),
  }
}

async function* readAccounts(file: SourceFile, context: DirectoryContext): AsyncGenerator<Item> {
  for await (const record of readRecords(file)) {
    if (record.kind === 'bad') yield { kind: 'reject', line: record.line, reason: record.reason }
    else if (record.kind === 'end') yield* explainEnd(record.line, record.result)
    else if (isAccount(record.entry)) {
      yield { kind: 'account', line: record.line, row: accountOf(record.entry, context) }
    }
  }
}

function* explainEnd(line: number, result: number | undefined): Generator<Reject> {
  if (result === undefined || result === 0) return
  const why =
    result === 4 ? 'the server stopped at its size limit' : `the server ended the search with result ${result}`
  yield {
    kind: 'reject',
    line,
    reason: `${why}, so entries are missing below; export with paging (-E pr=500/noprompt)`,
  }
}

export const ldif: FileFormat = {
  name: 'ldif',
  title: 'directory export (LDIF)',
  recognises(head) {
    const lines = headText(head).split(/\r?\n/)
    const first = lines.find((line) => line.trim() !== '' && !line.startsWith('#') && !line.startsWith(' '))
    if (first === undefined) return 0
    if (/^dn::? *\S/i.test(first) || /^dn::? *$/i.test(first)) return 0.95
    return /^version: *1\s*$/i.test(first) && lines.some((line) => /^dn::?/i.test(line)) ? 0.95 : 0
  },
  read: readLdif,
}
