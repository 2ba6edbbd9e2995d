/** Systems over the door: what they hold, who can get in, and what each source says of them. */
import { z } from 'zod'
import { severities } from '#core/safeguards/model.ts'
import { day, endpoint, id, instant, line, pageOf, paging, readers } from '#platform/contract.ts'

const basis = z.enum(['measured', 'stated'])

/** What one source says of a thing: only what it says, and whether it still speaks. */
export const told = z.object({
  sourceId: id,
  source: z.string(),
  basis,
  collectedAt: instant,
  validUntil: instant,
  /** When false it has lapsed: what it says is shown, and counts for nothing. */
  isCurrent: z.boolean(),
  line: z.int(),
  /** By the names of the kind's columns; an instant is an ISO 8601 text. */
  says: z.array(z.object({ field: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) })),
})

/** An open finding about a thing, in brief. */
export const findingAbout = z.object({
  id,
  severity: z.enum(severities),
  title: z.string(),
  detail: z.string(),
  dueOn: day,
})

/** How an agreement with a vendor stands today: one whose last day has passed is expired, whatever the list says. */
const agreement = z.enum(['signed', 'none', 'pending', 'expired', 'not-required'])

const vendorBrief = z.object({ name: z.string(), agreement: agreement.nullable(), agreementExpiresOn: day.nullable() })

export const system = z.object({
  id,
  name: z.string(),
  kind: z.string().nullable(),
  /** Whether a list of systems names it; otherwise it was only seen in other sources. */
  isRegistered: z.boolean(),
  /** Whether such a list is current; when not, what it said is not known any more. */
  isCurrent: z.boolean(),
  isOutOfUse: z.boolean(),
  /** Whether it holds patient data; null when no current list says. */
  ephi: z.boolean().nullable(),
  vendor: vendorBrief.nullable(),
  /** Of current lists; null when none names an account of it. */
  accounts: z
    .object({
      enabled: z.int(),
      /** Of the enabled ones: no second factor, by whatever speaks of it. */
      withoutSecondFactor: z.int(),
      secondFactorNotKnown: z.int(),
      /** No list says whether they are enabled. */
      notKnown: z.int(),
    })
    .nullable(),
  lastBackupAt: instant.nullable(),
  restoreTestedOn: day.nullable(),
  restorePassed: z.boolean().nullable(),
  /** Whether a current report speaks of its backups; null when no report ever did. */
  isBackupCurrent: z.boolean().nullable(),
  criticality: z.string().nullable(),
  rpoHours: z.number().nullable(),
  rtoHours: z.number().nullable(),
  owner: z.string().nullable(),
  /** Open findings about the system itself. */
  findings: z.int(),
})

const narrowing = {
  /** Words of one of its names. */
  q: line(100).optional(),
  /** Whether it holds patient data. */
  patientData: z.enum(['yes', 'no', 'not-known']).optional(),
  standing: z.enum(['registered', 'seen']).optional(),
  withFindings: z.boolean().optional(),
}

export const listSystems = endpoint({
  name: 'systems.list',
  method: 'GET',
  path: '/systems',
  effect: 'read',
  summary: 'List systems by name, with what they hold, who can get in and when they were backed up',
  roles: readers,
  input: z.strictObject({ ...narrowing, ...paging }),
  output: pageOf(system),
})

export const countSystems = endpoint({
  name: 'systems.count',
  method: 'GET',
  path: '/systems/count',
  effect: 'read',
  summary: 'Count systems, and those of which something is not known',
  roles: readers,
  input: z.strictObject({}),
  output: z.object({
    all: z.int(),
    withPatientData: z.int(),
    patientDataNotKnown: z.int(),
    /** Met in other sources and on no list of systems. */
    onlySeen: z.int(),
    withFindings: z.int(),
  }),
})

const backup = z.object({
  job: z.string().nullable(),
  result: z.string().nullable(),
  lastRunAt: instant.nullable(),
  lastSuccessAt: instant.nullable(),
  restoreTestedOn: day.nullable(),
  restorePassed: z.boolean().nullable(),
  encrypted: z.boolean().nullable(),
  offsite: z.boolean().nullable(),
  immutable: z.boolean().nullable(),
  source: z.string(),
  basis,
  collectedAt: instant,
  isCurrent: z.boolean(),
})

/** Which accounts of a system are meant. */
export const accountGroups = ['left', 'privileged', 'nobodys', 'no-second-factor'] as const

export const showSystem = endpoint({
  name: 'systems.show',
  method: 'GET',
  path: '/systems/{systemId}',
  effect: 'read',
  summary: 'Show a system: what it holds, its backups, its vendor, and what each source says of it',
  roles: readers,
  input: z.strictObject({ systemId: id }),
  output: z.object({
    system,
    hosting: z.string().nullable(),
    mfaRequired: z.boolean().nullable(),
    encryptedAtRest: z.boolean().nullable(),
    encryptedInTransit: z.boolean().nullable(),
    auditLogging: z.boolean().nullable(),
    signInBy: z.string().nullable(),
    /** The names it goes by; a doubtful one may mean another system, and waits for an answer. */
    names: z.array(z.object({ name: z.string(), isDoubtful: z.boolean() })),
    /** The enabled accounts of each group; null when no current list names an account. */
    enabledAccounts: z
      .object({
        /** Of people who have left; null when no current staff list tells. */
        left: z.int().nullable(),
        /** Null when no current list tells of any of them. */
        privileged: z.int().nullable(),
        nobodys: z.int(),
      })
      .nullable(),
    backups: z.array(backup),
    vendor: vendorBrief
      .extend({
        /** Whether it is on a current list of vendors. */
        isCurrent: z.boolean(),
        agreementSignedOn: day.nullable(),
        assessedOn: day.nullable(),
        told: z.array(told),
      })
      .nullable(),
    told: z.array(told),
    /** The worst fifty. */
    openFindings: z.array(findingAbout),
    /** Devices that bear one of its names, at most twenty. */
    devices: z.array(z.object({ id, name: z.string() })),
    /** How many pieces of software are known to run there. */
    software: z.int(),
  }),
})

const account = z.object({
  id,
  username: z.string(),
  displayName: z.string().nullable(),
  person: z
    .object({
      id,
      name: z.string().nullable(),
      /** Whether they have left; null when no current staff list says. */
      hasLeft: z.boolean().nullable(),
      leftOn: day.nullable(),
      /** Whether they only answer for it: it is not their own. */
      isAnswering: z.boolean(),
    })
    .nullable(),
  /** Whether Vigil asks whose it is. */
  isInQuestion: z.boolean(),
  /** `person`, or what stands for none: `service`, `shared` …; null when not told. */
  loginClass: z.string().nullable(),
  /** Whether the list that names it is current; when not, the rest is not known. */
  isCurrent: z.boolean(),
  enabled: z.boolean().nullable(),
  privileged: z.boolean().nullable(),
  lastUsedAt: instant.nullable(),
  neverUsed: z.boolean(),
  secondFactor: z.boolean().nullable(),
})

export const listSystemAccounts = endpoint({
  name: 'systems.accounts',
  method: 'GET',
  path: '/systems/{systemId}/accounts',
  effect: 'read',
  summary: 'List the accounts of a system by user name',
  roles: readers,
  input: z.strictObject({
    systemId: id,
    group: z.enum(accountGroups).optional(),
    /** Words of the user name or of the name shown. */
    q: line(100).optional(),
    ...paging,
  }),
  output: pageOf(account),
})

/** Whether a product was decided upon: `part` is a library or a package, which nobody decides upon one by one. */
export const approvals = ['approved', 'refused', 'expired', 'not-listed', 'not-known', 'part'] as const

export const piece = z.object({
  id,
  name: z.string(),
  version: z.string().nullable(),
  publisher: z.string().nullable(),
  type: z.string().nullable(),
  installedOn: day.nullable(),
  approval: z.enum(approvals),
  source: z.string(),
  basis,
  collectedAt: instant,
  isCurrent: z.boolean(),
})

/** Which software is meant, wherever it is listed. */
export const softwareNarrowing = {
  /** Words of its name or of who publishes it. */
  q: line(100).optional(),
}

export const listSystemSoftware = endpoint({
  name: 'systems.software',
  method: 'GET',
  path: '/systems/{systemId}/software',
  effect: 'read',
  summary: 'List the software that inventories saw in a system, by name',
  roles: readers,
  input: z.strictObject({ systemId: id, ...softwareNarrowing, ...paging }),
  output: pageOf(piece),
})
