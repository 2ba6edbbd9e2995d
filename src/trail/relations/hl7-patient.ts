/**
 * The patient of an HL7 v2 message (PID). The first record number of PID-3 is the principal identifier; the other numbers of PID-2,
 * -3 and -4 that systems of record go by are the `same`, and so are those of MRG once two records are merged.
 */
import { type Patient, unknownPatient } from '../model/relation.ts'
import { joinName } from '../model/words.ts'
import type { DayReader } from './day-reader.ts'
import { foreignIdentifiers } from './fhir-people.ts'
import type { Field, Segment } from './hl7-text.ts'

/** The identifiers of a patient, the principal first. */
export function listIdentifiers(pid: Segment): string[] {
  const named = pid.all(3).filter(isOwn)
  const records = named.filter((one) => one.get(5) === 'MR')
  const others = [...pid.all(2), ...pid.all(4)].filter(isOwn)
  const ordered = [...records, ...named, ...others].map((one) => one.get(1)).filter((id) => id !== '')
  return [...new Set(ordered)]
}

const isOwn = (identifier: Field) =>
  !foreignIdentifiers.has(identifier.get(5)) && !foreignIdentifiers.has(identifier.get(4))

export function readPid(pid: Segment, merged: Segment | undefined, days: DayReader, receivedAt: number): Patient[] {
  const identifiers = listIdentifiers(pid)
  const [principal] = identifiers
  if (principal === undefined) return []
  const name = pid.all(5).find((one) => one.get(7) === 'L') ?? pid.all(5)[0]
  const phone = pid.all(13).find((one) => one.get(3) !== 'Internet' && one.get(2) !== 'NET')
  const isDead = pid.get(30).toUpperCase() === 'Y'
  const known = {
    ...unknownPatient,
    ...readAddress(pid.all(11)),
    record: 'patient' as const,
    name: joinName(name?.get(1) ?? '', name?.get(2) ?? ''),
    bornOn: days.hl7(pid.get(7)) ?? null,
    diedOn: days.hl7(pid.get(29)) ?? (isDead ? days.at(receivedAt) : null),
    phone: phone?.get(1) || phone?.get(12) || `${phone?.get(6) ?? ''}${phone?.get(7) ?? ''}`,
  }
  const old = (merged?.all(1) ?? []).filter(isOwn).map((one) => one.get(1))
  const same = [...new Set([...identifiers.slice(1), ...old])].filter((id) => id !== '' && id !== principal)
  return [{ ...known, patient: principal }, ...same.map((patient) => ({ ...known, patient, same: principal }))]
}

function readAddress(addresses: readonly Field[]): { readonly street: string; readonly place: string } {
  const usable = addresses.filter((one) => one.get(7) !== 'BA')
  const address = usable.find((one) => one.get(7) === 'H') ?? usable[0]
  if (!address) return { street: '', place: '' }
  const [line, street, number] = [address.get(1), address.get(1, 2), address.get(1, 3)]
  const first = street === '' || line.includes(street) ? line : `${line || number} ${street}`
  return { street: `${first} ${address.get(2)}`.trim(), place: address.get(5) || address.get(3) }
}
