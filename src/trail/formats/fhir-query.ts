/**
 * Searches as audit events hold them: base64 of a URL, of a whole request, or of something of another kind. A search that names
 * its patient is about that patient; which patients any other showed is not known.
 */
import { reduceIdentifier } from '../model/identifier.ts'

export interface Query {
  /** The kind of resource that was searched; empty where unknown. */
  readonly object: string
  readonly url: string
}

const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/
/** No URL that names a patient is longer. */
const longest = 65_536

/** Reads a query that is base64, or plain. */
export function readQuery(raw: string): Query {
  const packed = raw.length > longest ? raw.slice(0, longest) : raw
  const bare = packed.replace(/\s+/g, '')
  const unpacked = base64.test(bare) && !raw.includes('?') ? Buffer.from(bare, 'base64').toString('utf8') : packed
  const line = unpacked.trimStart().split(/[\r\n]/, 1)[0] ?? ''
  // One blank before the version: a pattern for many would be tried from each of them.
  const url = line
    .replace(/^(?:GET|POST|HEAD|PUT|PATCH|DELETE)\s+/i, '')
    .replace(/\sHTTP\/[\d.]+\s*$/, '')
    .trimEnd()
  if (url.startsWith('<') || /\s/.test(url)) return { object: '', url: '' }
  const path = url.split('?', 1)[0] ?? ''
  const kinds = path.split('/').filter((part) => /^[A-Z][A-Za-z]{2,40}$/.test(part))
  return { object: kinds.at(-1) ?? '', url }
}

const named = new Set([
  'patient',
  'subject',
  'patient:Patient',
  'subject:Patient',
  'patient.identifier',
  'subject.identifier',
])
const own = new Set(['_id', 'identifier'])
const inPath = /(?:^|\/)Patient\/([A-Za-z0-9.-]{1,64})(?:$|[/?])/

/** The patients that a search names, or none. */
export function patientsOfQuery(query: Query): readonly string[] {
  if (query.url === '') return []
  const cut = query.url.indexOf('?')
  const path = cut === -1 ? query.url : query.url.slice(0, cut)
  const found = inPath.exec(path)?.[1]
  if (found !== undefined) return [found]
  if (cut === -1) return []
  const names: string[] = []
  for (const [key, value] of new URLSearchParams(query.url.slice(cut + 1))) {
    const isNamed = named.has(key) || (query.object === 'Patient' && own.has(key))
    if (!isNamed) continue
    for (const part of value.split(',')) {
      // `subject` may be a group or a device.
      if (/^(?!Patient\/)[A-Z][A-Za-z]+\//.test(part)) continue
      const name = reduceIdentifier(part)
      if (name !== '' && !name.endsWith('|')) names.push(name)
    }
  }
  return names
}
