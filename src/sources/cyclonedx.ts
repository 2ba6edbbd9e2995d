/**
 * Software inventories in CycloneDX JSON, versions 1.2 to 1.7.
 *
 * What the inventory describes (`metadata.component`) is the host that the components were seen on; the components,
 * nested ones included, are the facts. Files, data, keys and certificates that an inventory may list are no software
 * and are passed over. A component whose package URL is not valid is kept by its name and version.
 */
import type { Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import { type FileFormat, type ReadOptions, readHead, type SourceFile } from './format.ts'
import { readJson, type Shape } from './json-stream.ts'
import { clean, componentOf, hostOf } from './software.ts'
import { basisOf, collectedAtOf, headText, openUtf8, parseInstant, stemOf } from './source-text.ts'

const componentTypes: Readonly<Record<string, string>> = {
  application: 'application',
  platform: 'application',
  container: 'application',
  framework: 'library',
  library: 'library',
  'operating-system': 'operating-system',
  firmware: 'firmware',
  'device-driver': 'firmware',
}
const notSoftware = new Set(['file', 'data', 'cryptographic-asset', 'machine-learning-model', 'device'])

/** Components may hold components, to any depth; each is emitted by itself. */
const component: { emit: string; members: Record<string, Shape> } = {
  emit: 'component',
  members: {
    type: 'keep',
    group: 'keep',
    name: 'keep',
    version: 'keep',
    purl: 'keep',
    publisher: 'keep',
    supplier: { members: { name: 'keep' } },
  },
}
component.members['components'] = { items: component }

const inventory: Shape = { members: { components: { items: component } } }

const header: Shape = {
  members: {
    bomFormat: { emit: 'bomFormat' },
    specVersion: { emit: 'specVersion' },
    metadata: {
      emit: 'metadata',
      members: { timestamp: 'keep', component: { members: { name: 'keep' } } },
    },
    components: { emit: 'components', members: {} },
    vulnerabilities: { emit: 'vulnerabilities', members: {} },
  },
}

interface Header {
  host: string
  collectedAt: Date | undefined
  specVersion: string | undefined
  hasComponents: boolean
  hasVulnerabilities: boolean
}

async function readHeader(file: SourceFile): Promise<Header> {
  const found: Header = {
    host: stemOf(file, endings),
    collectedAt: undefined,
    specVersion: undefined,
    hasComponents: false,
    hasVulnerabilities: false,
  }
  for await (const { name, value } of readJson(openUtf8(file), header)) {
    if (name === 'specVersion') found.specVersion = clean(value)
    if (name === 'components') found.hasComponents = true
    if (name === 'vulnerabilities') found.hasVulnerabilities = true
    if (name === 'metadata' && isObject(value)) {
      found.collectedAt = parseInstant(value['timestamp'])
      const subject = value['component']
      if (isObject(subject)) found.host = hostOf(clean(subject['name']), found.host)
    }
  }
  return found
}

const endings = ['.json', '.cdx', '.cyclonedx', '.bom', '.sbom']

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function* readCycloneDx(file: SourceFile, options: ReadOptions): AsyncGenerator<Reading | Unrecognised> {
  if (isXml(headText(await readHead(file, 4096)))) {
    yield { format: 'unrecognised', reason: 'this is CycloneDX in XML; export it as JSON' }
    return
  }
  const found = await readHeader(file)
  if (!/^1\.[2-7]$/.test(found.specVersion ?? '')) {
    const version = found.specVersion ?? 'without a version'
    yield { format: 'unrecognised', reason: `this is CycloneDX ${version}; export it as version 1.2 to 1.7` }
    return
  }
  if (!found.hasComponents && found.hasVulnerabilities) {
    yield {
      format: 'unrecognised',
      reason: 'this lists vulnerabilities only (VEX) and no software; export an inventory',
    }
    return
  }
  yield {
    format: 'cyclonedx',
    kinds: ['component'],
    basis: basisOf(options, 'measured'),
    ...collectedAtOf(options, found.collectedAt),
    complete: options.mapping?.complete ?? true,
    columns: [],
    items: readComponents(file, options.mapping?.system ?? found.host),
  }
}

async function* readComponents(file: SourceFile, host: string): AsyncGenerator<Item> {
  for await (const { line, value } of readJson(openUtf8(file), inventory)) {
    const item = isObject(value) ? readComponent(value, host) : 'the component is not an object'
    if (typeof item === 'string') yield { kind: 'reject', line, reason: item }
    else if (item) yield { kind: 'component', line, row: item }
  }
}

function readComponent(value: Readonly<Record<string, unknown>>, host: string) {
  const type = clean(value['type'])
  const purl = clean(value['purl'])
  if (type !== undefined && notSoftware.has(type) && purl === undefined) return undefined
  const supplier = value['supplier']
  const own = clean(value['name'])
  const group = clean(value['group'])
  return (
    componentOf({
      host,
      purl,
      name: own !== undefined && group !== undefined ? `${group}/${own}` : own,
      version: clean(value['version']),
      componentType: componentTypes[type ?? ''],
      publisher: clean(value['publisher']) ?? (isObject(supplier) ? clean(supplier['name']) : undefined),
    }) ?? 'the component has neither a name nor a valid package URL'
  )
}

function isXml(head: string): boolean {
  return /^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<(\w+:)?bom\b[^>]*cyclonedx/i.test(head)
}

export const cyclonedx: FileFormat = {
  name: 'cyclonedx',
  title: 'software inventory (CycloneDX)',
  recognises(head) {
    const text = headText(head)
    if (isXml(text)) return 0.9
    if (!/^\s*\{/.test(text)) return 0
    if (/"bomFormat"\s*:\s*"CycloneDX"/.test(text)) return 1
    return /"\$schema"\s*:\s*"https?:\/\/cyclonedx\.org\//.test(text) ? 0.9 : 0
  },
  read: readCycloneDx,
}
