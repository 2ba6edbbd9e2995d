/**
 * Software inventories in SPDX JSON: versions 2.2 and 2.3, and the packages of SPDX 3.0 in JSON-LD.
 *
 * Every package of the document is a fact, the described one included, as documents do not agree on which that is.
 * The host is the document's name. A package whose package URL is not valid is kept by its name and version.
 */
import type { FactRow, Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import { type FileFormat, type ReadOptions, readHead, type SourceFile } from './format.ts'
import { readJson, type Shape } from './json-stream.ts'
import { clean, componentOf, hostOf, normalizePurl } from './software.ts'
import { basisOf, collectedAtOf, headText, openUtf8, parseInstant, stemOf } from './source-text.ts'

const purposes: Readonly<Record<string, string>> = {
  application: 'application',
  framework: 'library',
  library: 'library',
  container: 'application',
  'operating-system': 'operating-system',
  operatingsystem: 'operating-system',
  firmware: 'firmware',
  install: 'application',
}

const header: Shape = {
  members: {
    spdxVersion: { emit: 'spdxVersion' },
    name: { emit: 'name' },
    creationInfo: { emit: 'creationInfo', members: { created: 'keep' } },
    '@graph': {
      items: { emit: 'element', members: { type: 'keep', name: 'keep', created: 'keep', specVersion: 'keep' } },
    },
  },
}

const packages: Shape = {
  members: {
    packages: {
      items: {
        emit: 'package',
        members: {
          name: 'keep',
          versionInfo: 'keep',
          supplier: 'keep',
          originator: 'keep',
          primaryPackagePurpose: 'keep',
          externalRefs: 'keep',
        },
      },
    },
    '@graph': {
      items: {
        emit: 'element',
        members: {
          type: 'keep',
          name: 'keep',
          software_packageVersion: 'keep',
          software_packageUrl: 'keep',
          software_primaryPurpose: 'keep',
          externalIdentifier: 'keep',
        },
      },
    },
  },
}

interface Header {
  host: string | undefined
  version: string | undefined
  collectedAt: Date | undefined
}

async function readHeader(file: SourceFile): Promise<Header> {
  const found: Header = { host: undefined, version: undefined, collectedAt: undefined }
  for await (const { name, value } of readJson(openUtf8(file), header)) {
    if (name === 'spdxVersion') found.version = clean(value)?.replace(/^SPDX-/, '')
    if (name === 'name') found.host = clean(value)
    if (!isObject(value)) continue
    if (name === 'creationInfo') found.collectedAt = parseInstant(value['created'])
    if (name !== 'element') continue
    if (value['type'] === 'SpdxDocument') found.host ??= clean(value['name'])
    if (value['type'] === 'CreationInfo') {
      found.version ??= clean(value['specVersion'])
      found.collectedAt ??= parseInstant(value['created'])
    }
  }
  return found
}

const endings = ['.json', '.jsonld', '.spdx', '.spdx3', '.sbom']

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function* readSpdx(file: SourceFile, options: ReadOptions): AsyncGenerator<Reading | Unrecognised> {
  const head = headText(await readHead(file, 4096))
  if (!head.trimStart().startsWith('{')) {
    const kind = head.trimStart().startsWith('<') ? 'RDF/XML' : 'the tag-value form'
    yield { format: 'unrecognised', reason: `this is SPDX in ${kind}; export it as JSON` }
    return
  }
  const found = await readHeader(file)
  if (!/^(2\.[23]|3\.\d+(\.\d+)?)$/.test(found.version ?? '')) {
    const version = found.version ?? 'without a version'
    yield { format: 'unrecognised', reason: `this is SPDX ${version}; export it as JSON of version 2.2, 2.3 or 3.0` }
    return
  }
  yield {
    format: 'spdx',
    kinds: ['component'],
    basis: basisOf(options, 'measured'),
    ...collectedAtOf(options, found.collectedAt),
    complete: options.mapping?.complete ?? true,
    columns: [],
    items: readPackages(file, options.mapping?.system ?? hostOf(found.host, stemOf(file, endings))),
  }
}

async function* readPackages(file: SourceFile, host: string): AsyncGenerator<Item> {
  for await (const { name, line, value } of readJson(openUtf8(file), packages)) {
    if (name === 'element' && !(isObject(value) && value['type'] === 'software_Package')) continue
    if (!isObject(value)) yield { kind: 'reject', line, reason: 'the package is not an object' }
    else {
      const row = name === 'package' ? readPackage(value, host) : readElement(value, host)
      if (row) yield { kind: 'component', line, row }
      else yield { kind: 'reject', line, reason: 'the package has neither a name nor a valid package URL' }
    }
  }
}

type Value = Readonly<Record<string, unknown>>

function readPackage(value: Value, host: string): FactRow<'component'> | undefined {
  return componentOf({
    host,
    purl: purlAmong(value['externalRefs'], 'referenceType', 'referenceLocator'),
    name: clean(value['name']),
    version: clean(value['versionInfo']),
    componentType: purposes[clean(value['primaryPackagePurpose'])?.toLowerCase() ?? ''],
    publisher: partyOf(value['supplier']) ?? partyOf(value['originator']),
  })
}

function readElement(value: Value, host: string): FactRow<'component'> | undefined {
  return componentOf({
    host,
    purl:
      clean(value['software_packageUrl']) ??
      purlAmong(value['externalIdentifier'], 'externalIdentifierType', 'identifier'),
    name: clean(value['name']),
    version: clean(value['software_packageVersion']),
    componentType: purposes[clean(value['software_primaryPurpose'])?.toLowerCase() ?? ''],
  })
}

/** The first valid package URL wins; a document may give several, or one that is none. */
function purlAmong(references: unknown, typeKey: string, valueKey: string): string | undefined {
  if (!Array.isArray(references)) return undefined
  for (const reference of references) {
    if (!isObject(reference) || !/^(purl|packageUrl)$/i.test(String(reference[typeKey]))) continue
    const purl = clean(reference[valueKey])
    if (normalizePurl(purl)) return purl
  }
  return undefined
}

/** `Organization: Debian (team@example.org)` is Debian; a person is nobody's publisher by name. */
function partyOf(value: unknown): string | undefined {
  const match = /^Organization:\s*(.*?)\s*(\([^)]*\))?$/.exec(clean(value) ?? '')
  return clean(match?.[1])
}

export const spdx: FileFormat = {
  name: 'spdx',
  title: 'software inventory (SPDX)',
  recognises(head) {
    const text = headText(head)
    if (/^\s*\{/.test(text)) {
      if (/"spdxVersion"\s*:\s*"SPDX-/.test(text)) return 1
      if (/"@context"\s*:\s*\[?\s*"https:\/\/spdx\.org\/rdf\/3/.test(text)) return 1
      // Documents that begin with their files may say their version only at the end.
      return /"SPDXID"\s*:\s*"SPDXRef-/.test(text) ? 0.8 : 0
    }
    if (/^SPDXVersion:\s*SPDX-/m.test(text)) return 0.95
    return /^\s*<[\s\S]{0,2000}spdx\.org\/rdf\/terms/.test(text) ? 0.9 : 0
  },
  read: readSpdx,
}
