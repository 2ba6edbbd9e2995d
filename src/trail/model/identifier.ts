/**
 * The text by which a patient, a person or a thing goes in the trail, so that the same one is the same text from whatever
 * format it came:
 * - `123^^^HOSP&1.2.3&ISO` (HL7 CX) is `123`
 * - `https://ehr.example/fhir/Patient/123/_history/4`, `Patient/123` and `Patient?identifier=urn:mrn|123` (FHIR) are `123`
 * - `urn:oid:1.2.3|123` (a FHIR token: system and value) is `123`
 * - `urn:uuid:…` is the UUID
 * Control characters and blanks around it are no part of it, and it is cut at `maxFieldLength`. Anything else stays as it is,
 * case and leading zeros included. Reducing twice changes nothing.
 */
import { maxFieldLength } from './access.ts'

const people = 'Patient|Practitioner|PractitionerRole|RelatedPerson|Person|Group|Device|Organization|Location|CareTeam'
const reference = new RegExp(`(?:^|/)(?:${people})/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]*)?/?$`)
const conditional = new RegExp(`(?:^|/)(?:${people})\\?(?:.*&)?identifier=([^&]+)`)

/** Which characters are of no form that is reduced; a loop over them costs less than a pattern. */
const tame = new Uint8Array(128)
for (const one of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-@') tame[one.charCodeAt(0)] = 1

function isTame(text: string, from: number, longest: number): boolean {
  const length = text.length
  if (length === from || length - from > longest) return false
  for (let at = from; at < length; at += 1) if (tame[text.charCodeAt(at)] !== 1) return false
  return true
}

function isClean(text: string): boolean {
  const length = text.length
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code > 0x7e) return false
  }
  return length === 0 || (text.charCodeAt(0) !== 0x20 && text.charCodeAt(length - 1) !== 0x20)
}

/** Of a text that is made fit for a field so much is looked at: blanks before it may be many, but not so many. */
const lookedAt = 16 * maxFieldLength

/** Makes a text fit for a field: without control characters, trimmed, well-formed, and cut at `maxFieldLength`. */
export function cleanField(given: string): string {
  if (given.length <= maxFieldLength && isClean(given)) return given
  const text = given.length > lookedAt ? given.slice(0, lookedAt) : given
  let kept = ''
  let from = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 0x20 && code !== 0x7f && code !== 0xfeff) continue
    kept += text.slice(from, at)
    if (code !== 0 && code !== 0xfeff) kept += ' '
    from = at + 1
  }
  kept = (kept + text.slice(from)).trim()
  if (kept.length > maxFieldLength) kept = kept.slice(0, maxFieldLength)
  // A lone half of a character (given as such, or left by the cut) has no bytes of its own.
  return kept.toWellFormed().trimEnd()
}

/** Cuts what is too long for a field, and leaves all else as it is. */
export function cutField(text: string): string {
  return text.length > maxFieldLength ? cleanField(text) : text
}

export function reduceIdentifier(text: string): string {
  if (isTame(text, 0, 200)) return text
  // By far the most of what is not tame.
  if (text.startsWith('Patient/') && !text.includes('_') && !text.includes('@') && isTame(text, 8, 64))
    return text.slice(8)
  let found = cleanField(text)
  // Each step shortens the text, so this ends; one form may hold another.
  for (;;) {
    const next = reduceOnce(found)
    if (next === found) return found
    found = next
  }
}

function reduceOnce(text: string): string {
  const caret = text.indexOf('^')
  if (caret > 0) return text.slice(0, caret).trimEnd()
  const hasSlash = text.includes('/')
  const named =
    (hasSlash ? reference.exec(text)?.[1] : undefined) ?? (text.includes('?') ? conditional.exec(text)?.[1] : undefined)
  if (named !== undefined && named !== '') return named.trim()
  const bar = text.lastIndexOf('|')
  if (bar >= 0 && bar < text.length - 1) return text.slice(bar + 1).trimStart()
  if (text.startsWith('urn:uuid:') && text.length > 9) return text.slice(9).trimStart()
  return text
}
