/**
 * The kinds of fact that a source can report, said once. From this list come the types that sources produce, the
 * columns that intake copies into PostgreSQL, and the comparison that decides whether a row has changed; a test holds
 * it equal to the tables of the migrations.
 *
 * A fact is what one source says about one thing: null means that the source does not say, never "no".
 */

/** How a fact came to be: read from a system (`measured`), or kept and typed by people (`stated`). */
export type Basis = 'measured' | 'stated'

/** A day without a time, `YYYY-MM-DD`. */
export type Day = string

interface ColumnTypes {
  text: string
  boolean: boolean
  day: Day
  instant: Date
  number: number
  texts: readonly string[]
}

type Columns = Readonly<Record<string, keyof ColumnTypes>>

interface FactKindDefinition {
  readonly title: string
  /** What a person would drop to supply it, in words. */
  readonly suppliedBy: string
  readonly columns: Columns
  /** What tells one row of a source from another: the first group whose first column is filled; the others may be empty. */
  readonly key: readonly (readonly string[])[]
}

export const factKinds = {
  person: {
    title: 'people',
    suppliedBy: 'a staff list (the export of your HR or payroll system, with people who have left)',
    key: [['employeeNumber'], ['email'], ['username'], ['displayName', 'hiredOn']],
    columns: {
      employeeNumber: 'text',
      displayName: 'text', // as a person would write it: "Marisol Reyes"
      givenName: 'text',
      familyName: 'text',
      email: 'text',
      username: 'text',
      title: 'text',
      department: 'text',
      workerType: 'text', // employee, contractor, volunteer, student, clinician
      standing: 'text', // active, left, leave, pending
      hiredOn: 'day',
      leftOn: 'day', // the last day of work
      managerNumber: 'text',
      managerName: 'text',
      managerEmail: 'text',
    },
  },
  account: {
    title: 'accounts',
    suppliedBy: 'a list of accounts (the user export of a directory, the EHR, mail …)',
    key: [
      ['username', 'system'],
      ['externalId', 'system'],
      ['email', 'system'],
      ['displayName', 'system'],
    ],
    columns: {
      system: 'text', // the system that the login opens; from a column, the product recognised, or the file's name
      username: 'text',
      externalId: 'text', // object id, SID or distinguished name
      displayName: 'text',
      givenName: 'text',
      familyName: 'text',
      email: 'text',
      employeeNumber: 'text',
      owner: 'text', // who answers for a shared or service account: a name, number or address
      enabled: 'boolean',
      accountType: 'text', // person, service, shared, guest, admin, test, computer; null when the source does not say
      privileged: 'boolean',
      createdAt: 'instant',
      lastUsedAt: 'instant',
      neverUsed: 'boolean', // the source says so ("Never"), which is not the same as saying nothing
      passwordSetAt: 'instant',
      passwordNeverExpires: 'boolean',
      expiresOn: 'day',
      mfaEnrolled: 'boolean',
      mfaMethods: 'text',
      groups: 'texts', // roles and groups, as named by the source
      department: 'text',
      description: 'text',
    },
  },
  mfa: {
    title: 'multi-factor registrations',
    suppliedBy: 'an MFA report (who has a second factor registered)',
    key: [
      ['username', 'system'],
      ['email', 'system'],
      ['employeeNumber', 'system'],
      ['displayName', 'system'],
    ],
    columns: {
      system: 'text', // null when the report does not say which system it speaks of
      username: 'text',
      email: 'text',
      employeeNumber: 'text',
      displayName: 'text',
      enrolled: 'boolean',
      enforced: 'boolean',
      bypassed: 'boolean',
      methods: 'text',
      lastUsedAt: 'instant',
    },
  },
  device: {
    title: 'devices',
    suppliedBy: 'a device inventory (the export of your MDM, endpoint or asset tool, or osquery results)',
    key: [['serial'], ['assetTag'], ['name']],
    columns: {
      name: 'text',
      serial: 'text',
      assetTag: 'text',
      deviceKind: 'text', // workstation, laptop, server, phone, tablet, medical, network, virtual, printer
      manufacturer: 'text',
      model: 'text',
      osName: 'text',
      osVersion: 'text',
      osBuild: 'text',
      encrypted: 'boolean',
      encryptionMethod: 'text',
      malwareProtection: 'boolean',
      managed: 'boolean',
      compliant: 'boolean',
      ephi: 'boolean',
      userName: 'text', // who it is assigned to: a user name, address or name
      userEmail: 'text',
      lastSeenAt: 'instant',
      standing: 'text', // in-use, stock, retired, lost
    },
  },
  component: {
    title: 'installed software',
    suppliedBy: 'a software inventory (an SBOM in CycloneDX or SPDX, osquery programs, a dpkg status file)',
    key: [
      ['purl', 'host'],
      ['name', 'version', 'host'],
    ],
    columns: {
      host: 'text', // the device or system that it was seen on
      purl: 'text',
      name: 'text',
      version: 'text',
      componentType: 'text', // application, library, operating-system, package, firmware, browser-extension
      publisher: 'text',
      installedOn: 'day',
    },
  },
  system: {
    title: 'systems',
    suppliedBy: 'a list of systems (applications, with owner and whether they hold patient data)',
    key: [['name']],
    columns: {
      name: 'text',
      systemKind: 'text', // ehr, directory, mail, imaging, billing, laboratory, pharmacy, hr, file-share, other
      vendor: 'text',
      ephi: 'boolean',
      owner: 'text',
      hosting: 'text', // on-premises, hosted, saas
      criticality: 'text',
      rpoHours: 'number',
      rtoHours: 'number',
      mfaRequired: 'boolean',
      encryptedAtRest: 'boolean',
      encryptedInTransit: 'boolean',
      auditLogging: 'boolean',
      signInBy: 'text', // the directory through which people sign in, when it is not the system's own
      standing: 'text', // in-use, retired, planned
    },
  },
  vendor: {
    title: 'vendors',
    suppliedBy: 'a vendor list (third parties, whether they handle patient data, their agreement and its dates)',
    key: [['name']],
    columns: {
      name: 'text',
      service: 'text',
      ephi: 'boolean',
      agreement: 'text', // signed, none, pending, expired, not-required
      agreementSignedOn: 'day',
      agreementExpiresOn: 'day',
      contactName: 'text',
      contactEmail: 'text',
      tier: 'text',
      assessedOn: 'day',
      standing: 'text', // active, ended, planned
    },
  },
  backup: {
    title: 'backups',
    suppliedBy: 'a backup report (jobs with their last success and, if you have it, the last restore test)',
    key: [
      ['system', 'job', 'lastRunAt', 'lastSuccessAt', 'restoreTestedOn'],
      ['job', 'lastRunAt', 'lastSuccessAt', 'restoreTestedOn'],
    ],
    columns: {
      system: 'text',
      job: 'text',
      result: 'text', // success, warning, failed, running
      lastRunAt: 'instant',
      lastSuccessAt: 'instant',
      restoreTestedOn: 'day',
      restorePassed: 'boolean',
      encrypted: 'boolean',
      offsite: 'boolean',
      immutable: 'boolean',
      rpoHours: 'number',
    },
  },
  training: {
    title: 'training records',
    suppliedBy: 'training records (who completed which course when)',
    key: [
      ['employeeNumber', 'course', 'completedOn'],
      ['email', 'course', 'completedOn'],
      ['username', 'course', 'completedOn'],
      ['displayName', 'course', 'completedOn'],
    ],
    columns: {
      employeeNumber: 'text',
      email: 'text',
      username: 'text',
      displayName: 'text',
      course: 'text',
      assignedOn: 'day',
      dueOn: 'day',
      completedOn: 'day',
      standing: 'text', // completed, in-progress, not-started, failed, expired
      score: 'number',
    },
  },
  role: {
    title: 'response roles',
    suppliedBy: 'a list of response roles (who leads an incident, their deputy, how to reach them)',
    key: [['role', 'personName'], ['role']],
    columns: {
      role: 'text',
      personName: 'text',
      personEmail: 'text',
      employeeNumber: 'text',
      phone: 'text',
      deputyName: 'text',
      deputyPhone: 'text',
      confirmedOn: 'day',
    },
  },
  exercise: {
    title: 'exercises and drills',
    suppliedBy: 'a list of drills and exercises held (what was rehearsed, when, who took part)',
    key: [
      ['name', 'heldOn'],
      ['exerciseKind', 'heldOn'],
    ],
    columns: {
      name: 'text',
      exerciseKind: 'text', // incident, downtime, restore, phishing, evacuation
      heldOn: 'day',
      participants: 'number',
      lead: 'text',
      reportOn: 'day',
      passed: 'boolean',
    },
  },
  assessment: {
    title: 'assessments done',
    suppliedBy: 'a list of assessments done (risk analyses, evaluations, penetration tests, with dates)',
    key: [
      ['name', 'completedOn'],
      ['assessmentKind', 'completedOn'],
    ],
    columns: {
      name: 'text',
      assessmentKind: 'text', // risk-analysis, evaluation, penetration-test, vulnerability-scan, audit
      completedOn: 'day',
      author: 'text',
      scope: 'text',
    },
  },
  approval: {
    title: 'approved software',
    suppliedBy: 'a list of approved software and services (product, decision, until when)',
    key: [['product', 'versions']],
    columns: {
      product: 'text',
      publisher: 'text',
      versions: 'text', // as written; "any" when empty
      decision: 'text', // approved, trial, limited, retired, refused
      decidedOn: 'day',
      expiresOn: 'day',
      owner: 'text',
    },
  },
  attestation: {
    title: 'attestations',
    suppliedBy: 'an attestation (what a named person states, on a date, for a period)',
    key: [['safeguard', 'subject', 'statedOn']],
    columns: {
      safeguard: 'text',
      subject: 'text', // empty: the organisation as a whole
      statement: 'text',
      author: 'text',
      statedOn: 'day',
      validUntilOn: 'day',
      evidence: 'text',
    },
  },
} as const satisfies Readonly<Record<string, FactKindDefinition>>

export type FactKind = keyof typeof factKinds

type RowOf<C extends Columns> = { [K in keyof C]?: ColumnTypes[C[K]] | null | undefined }

/** What a source says about one thing; a column that is missing or null is not said. */
export type FactRow<K extends FactKind> = RowOf<(typeof factKinds)[K]['columns']>

/** One row that a source read: either a fact, or a reject with its reason. Lines count from 1 in the file as a person sees it. */
export type Item =
  | { [K in FactKind]: { readonly kind: K; readonly line: number; readonly row: FactRow<K> } }[FactKind]
  | Reject

/** A row that could not be read: what is wrong with it, in words that do not repeat the row's content. */
export interface Reject {
  readonly kind: 'reject'
  readonly line: number
  readonly reason: string
  /** The row as its source wrote it, where it is one of a list. */
  readonly cells?: readonly string[]
}

/** How one column of a file was understood; `field` is undefined when it was not. */
export interface ColumnReading {
  readonly header: string
  readonly field: string | undefined
}

/**
 * One table-like part of a source, recognised (a CSV file, one sheet of a workbook, an SBOM, one directory search).
 * `items` is read once, as a stream.
 */
export interface Reading {
  /** Stable name of the format, for example `staff-list`, `accounts`, `mfa-report`, `ldif`, `cyclonedx`. */
  readonly format: string
  /** The kinds of fact that this part reports, also when it holds none of them. */
  readonly kinds: readonly FactKind[]
  readonly basis: Basis
  /** The product whose export this is ("Microsoft Entra ID"), when recognised. */
  readonly product?: string
  /** Sheet or part of the file. */
  readonly part?: string
  /** When the content was collected, if the file says so itself. */
  readonly collectedAt?: Date
  /** False when the part is a log or an extract, so that a missing row says nothing. */
  readonly complete: boolean
  readonly columns: readonly ColumnReading[]
  readonly items: AsyncIterable<Item>
}

/** A part that is not one of ours: why, and what would make it readable. */
export interface Unrecognised {
  readonly format: 'unrecognised'
  readonly part?: string
  readonly reason: string
}
