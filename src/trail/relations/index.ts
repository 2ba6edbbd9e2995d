/** The formats of relations, staff and patients that the trail reads. */
import { csvLists } from './csv.ts'
import { fhirRelations } from './fhir.ts'
import type { KnownFormat } from './format.ts'
import { hl7 } from './hl7.ts'
import { knownNdjson } from './known-ndjson.ts'

export const knownFormats: readonly KnownFormat[] = [knownNdjson, fhirRelations, hl7, csvLists]
