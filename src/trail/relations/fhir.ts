/**
 * FHIR resources that tell of patients, practitioners and who had to do with whom: Bundles, NDJSON and single resources. They
 * are taken in stretches of at most 16 MiB: of each stretch first what others refer to, so that the order within does not
 * matter. A reference to what never came is told by its identifier.
 */
import { type Json, list, object, text } from '../formats/fhir-parts.ts'
import type { ReadOptions } from '../formats/format.ts'
import { DocumentSplitter } from '../formats/json-documents.ts'
import type { Known } from '../model/relation.ts'
import { type DayReader, readDaysOf } from './day-reader.ts'
import { Practitioners, readPatient } from './fhir-people.ts'
import { Directory, type Role } from './fhir-references.ts'
import { readRelations, relationTypes } from './fhir-relations.ts'
import type { KnownFormat, KnownSink } from './format.ts'

const stretchBytes = 16 * 1024 * 1024
const pieceBytes = 1024 * 1024
const people = ['Patient', 'Practitioner', 'PractitionerRole']
const places = ['Organization', 'Location', 'HealthcareService']
const told = new RegExp(`"resourceType"\\s*:\\s*"(?:${[...people, ...relationTypes].join('|')})"`)

interface Held {
  readonly raw: Buffer
  readonly resource: Json
  readonly where: number
}

/** Gathers resources, and reads them once all that they may refer to has been noted. */
class Stretch {
  readonly #directory = new Directory()
  readonly #days: DayReader
  readonly #receivedAt: number
  readonly #sink: KnownSink
  #held: Held[] = []
  bytes = 0

  constructor(options: ReadOptions, sink: KnownSink) {
    this.#days = readDaysOf(options.zone)
    this.#receivedAt = options.receivedAt
    this.#sink = sink
  }

  /** `url` is the entry's `fullUrl`, where that is known. */
  hold(bytes: Buffer, where: number, url: string): void {
    let resource: Json | undefined
    try {
      resource = object(JSON.parse(bytes.toString('utf8')))
    } catch {
      this.#sink.reject(where, 'It is not valid JSON.')
      return
    }
    if (!resource || text(resource['resourceType']) === '') {
      this.#sink.reject(where, 'It is no FHIR resource.')
      return
    }
    const id = /^urn:(?:uuid|oid):(.+)$/.exec(url)?.[1]
    const named = text(resource['id']) === '' && id !== undefined ? { ...resource, id } : resource
    this.#directory.note(named, url)
    this.#held.push({ raw: Buffer.from(bytes), resource: named, where })
    this.bytes += bytes.length
  }

  release(): void {
    const roles = new Map<Held, Role | undefined>()
    for (const held of this.#held) {
      if (text(held.resource['resourceType']) === 'PractitionerRole')
        roles.set(held, this.#directory.noteRole(held.resource))
    }
    const practitioners = new Practitioners(this.#directory, this.#days)
    for (const held of this.#held) {
      const { raw, resource, where } = held
      const found = this.#read(resource, practitioners, roles.get(held))
      if (typeof found === 'string') this.#sink.reject(where, found)
      else this.#sink.take(raw, found)
    }
    this.#held = []
    this.bytes = 0
  }

  #read(resource: Json, practitioners: Practitioners, role: Role | undefined): readonly Known[] | string {
    switch (text(resource['resourceType'])) {
      case 'Patient': {
        const found = readPatient(resource, this.#days, this.#receivedAt)
        return found.length > 0 ? found : 'The patient has no identifier.'
      }
      case 'Practitioner': {
        const found = practitioners.read(resource)
        return found.length > 0 ? found : 'The practitioner has no identifier.'
      }
      case 'PractitionerRole':
        return role ? practitioners.readRole(role) : 'The role names no practitioner.'
      default:
        return readRelations(resource, this.#directory, this.#days, this.#receivedAt)
    }
  }
}

export const fhirRelations: KnownFormat = {
  name: 'fhir',
  recognise(head) {
    const start = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
    if (!/^(?:\xef\xbb\xbf)?\s*[[{]/.test(start) || /"resourceType"\s*:\s*"AuditEvent"/.test(start)) return 0
    if (told.test(start)) return 2
    return new RegExp(`"resourceType"\\s*:\\s*"(?:${['Bundle', ...places].join('|')})"`).test(start) ? 1 : 0
  },
  async read(bytes, options, sink) {
    const stretch = new Stretch(options, sink)
    let urls: readonly string[] = []
    const splitter = new DocumentSplitter({
      message: (message, where) => stretch.hold(message, where, urls[where - 1] ?? ''),
      reject: (where, reason) => sink.reject(where, reason),
    })
    const write = async (buffer: Buffer) => {
      for (let at = 0; at < buffer.length; at += pieceBytes) {
        splitter.write(buffer.subarray(at, at + pieceBytes))
        if (stretch.bytes < stretchBytes) continue
        stretch.release()
        await sink.ready()
      }
    }
    let head: Buffer[] | undefined = []
    let length = 0
    for await (const chunk of bytes) {
      const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      if (!head) {
        await write(buffer)
        continue
      }
      head.push(Buffer.from(buffer))
      length += buffer.length
      if (length < stretchBytes) continue
      await write(withoutMark(Buffer.concat(head)))
      head = undefined
    }
    if (head) {
      const whole = withoutMark(Buffer.concat(head))
      urls = listUrls(whole)
      await write(whole)
    }
    splitter.end()
    stretch.release()
    await sink.ready()
  },
}

/** The `fullUrl` of each entry with a resource, where the whole is one Bundle: others refer to entries by it. */
function listUrls(whole: Buffer): readonly string[] {
  if (!whole.includes('"urn:')) return []
  try {
    const entries = list(object(JSON.parse(whole.toString('utf8')))?.['entry']).map(object)
    return entries.filter((entry) => object(entry?.['resource'])).map((entry) => text(entry?.['fullUrl']))
  } catch {
    // NDJSON, or broken: it is read resource by resource.
    return []
  }
}

function withoutMark(buffer: Buffer): Buffer {
  return buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? buffer.subarray(3) : buffer
}
