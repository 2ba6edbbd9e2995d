/**
 * The packages of a Debian or Ubuntu machine: its `/var/lib/dpkg/status`, copied from it and named after it
 * (`ws-014.status`). Packages that were removed and left their settings behind are not installed and are passed over.
 *
 * The file does not name its machine: the host is what vigil.yaml calls its `system`, else the file's name without its
 * ending. A distribution is told by the versions and maintainers of the packages themselves.
 */
import { PackageURL } from 'packageurl-js'
import type { FactRow, Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import type { FileFormat, ReadOptions, SourceFile } from './format.ts'
import { basisOf, collectedAtOf, headText, openUtf8, stemOf } from './source-text.ts'

interface Stanza {
  readonly line: number
  readonly fields: ReadonlyMap<string, string>
}

const kept = new Set(['package', 'status', 'version', 'architecture', 'source', 'maintainer', 'origin'])

async function* readStanzas(file: SourceFile): AsyncGenerator<Stanza> {
  let fields = new Map<string, string>()
  let line = 0
  let begin = 0
  for await (const text of readLines(openUtf8(file))) {
    line += 1
    if (text.trim() === '') {
      if (begin !== 0) yield { line: begin, fields }
      fields = new Map()
      begin = 0
      continue
    }
    if (begin === 0) begin = line
    // Continuations belong to fields that are not read: descriptions, conffiles.
    const match = /^([A-Za-z][A-Za-z0-9-]*):\s*(.*)$/.exec(text)
    const name = match?.[1]?.toLowerCase()
    if (name !== undefined && kept.has(name)) fields.set(name, match?.[2]?.trim() ?? '')
  }
  if (begin !== 0) yield { line: begin, fields }
}

const longestLine = 256 * 1024

async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let to = bytes.indexOf(0x0a); to !== -1; to = bytes.indexOf(0x0a, from)) {
      yield bytes.toString('utf8', from, to).replace(/\r$/, '')
      from = to + 1
    }
    // Of a line that is too long for any field that is read, the beginning is enough.
    rest = bytes.subarray(from, Math.min(bytes.length, from + longestLine))
  }
  if (rest.length > 0) yield rest.toString('utf8')
}

async function* readDpkg(file: SourceFile, options: ReadOptions): AsyncGenerator<Reading | Unrecognised> {
  const host = options.mapping?.system ?? hostOf(file)
  if (host === undefined) {
    const reason =
      'this is a dpkg status file that does not tell its machine; name it after the machine (ws-014.status), ' +
      'or give it a `system` under `files` in vigil.yaml'
    yield { format: 'unrecognised', reason }
    return
  }
  yield {
    format: 'dpkg',
    kinds: ['component'],
    basis: basisOf(options, 'measured'),
    ...collectedAtOf(options, undefined),
    complete: options.mapping?.complete ?? true,
    columns: [],
    items: readPackages(file, host, await distributionOf(file)),
  }
}

function hostOf(file: SourceFile): string | undefined {
  const stem = stemOf(file, ['.txt', '.status', '.dpkg', '-status', '-dpkg', '_status', '_dpkg', '-dpkg-status'])
  return /^(dpkg[-_.]?)?status(-old)?$|^dpkg$/i.test(stem) ? undefined : stem
}

/** Packages of Ubuntu are kept by Ubuntu's developers; every other file is taken for Debian's. */
async function distributionOf(file: SourceFile): Promise<string> {
  let count = 0
  let ubuntu = 0
  for await (const { fields } of readStanzas(file)) {
    count += 1
    if (/@lists\.ubuntu\.com|@ubuntu\.com|@canonical\.com/i.test(fields.get('maintainer') ?? '')) ubuntu += 1
    if (count >= 200) break
  }
  return ubuntu * 2 > count ? 'ubuntu' : 'debian'
}

async function* readPackages(file: SourceFile, host: string, distribution: string): AsyncGenerator<Item> {
  for await (const { line, fields } of readStanzas(file)) {
    const status = fields.get('status')
    if (status === undefined) yield { kind: 'reject', line, reason: 'the package has no status' }
    else if (/^\S+\s+\S+\s+installed$/.test(status)) {
      const row = readPackage(fields, host, distribution)
      if (row) yield { kind: 'component', line, row }
      else yield { kind: 'reject', line, reason: 'the installed package has no name or no version' }
    }
  }
}

function readPackage(
  fields: ReadonlyMap<string, string>,
  host: string,
  distribution: string,
): FactRow<'component'> | undefined {
  const name = fields.get('package')
  const version = fields.get('version')
  if (name === undefined || version === undefined || name === '' || version === '') return undefined
  const arch = fields.get('architecture')
  const source = fields.get('source')
  const qualifiers = {
    ...(arch === undefined ? {} : { arch }),
    // Advisories speak of source packages; the version in brackets is that of a rebuilt binary.
    ...(source === undefined ? {} : { source: source.replace(/\s*\(.*\)$/, '') }),
  }
  return {
    host,
    purl: new PackageURL('deb', distribution, name, version, qualifiers, undefined).toString(),
    name,
    version,
    componentType: 'package',
  }
}

export const dpkg: FileFormat = {
  name: 'dpkg',
  title: 'installed packages (dpkg status)',
  recognises(head) {
    const text = headText(head)
    return /^\s*Package: \S/.test(text) && /^Status: \w+ \w+ [\w-]+\s*$/m.test(text) ? 0.95 : 0
  },
  read: readDpkg,
}
