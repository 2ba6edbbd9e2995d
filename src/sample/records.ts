/** What an organisation keeps lists of: its systems, vendors, backups, response roles, drills, assessments. */
import type { KeyKeeper, SampleSize } from './answer-key.ts'
import { toDay } from './calendar.ts'
import { isGone, type Person } from './people.ts'
import type { Random } from './random.ts'
import type { SystemPlan } from './systems.ts'
import type { Cell, Table, TableRow } from './table.ts'

const fullName = (person: Person | undefined) => (person ? `${person.given} ${person.family}` : '')

/** People who can answer for something by name: plainly there, and the only ones of that name. */
export function stewardsOf(people: readonly Person[]): Person[] {
  return people.filter((person) => person.story === 'steady' && !person.namesake && person.email !== '').slice(0, 60)
}

/** Every n-th of a list, but at least the first. */
function share<T>(list: readonly T[], every: number, from: number): T[] {
  return list.filter((_, index) => index % every === from % Math.min(every, list.length))
}

export function systemsTable(
  systems: readonly SystemPlan[],
  people: readonly Person[],
  seeded: Random,
  keeper: KeyKeeper,
): Table {
  const random = seeded.fork('systems list')
  const stewards = stewardsOf(people)
  const inUse = systems.filter((system) => system.ephi && system.standing === 'In use')
  const openInTransit = share(inUse, 6, 1)
  const openAtRest = share(inUse, 5, 3)
  const unsaidAtRest = inUse.find((system) => !openAtRest.includes(system))
  const rows = systems.map((system): TableRow => {
    const key = system.name
    const isRetired = system.standing === 'Retired'
    const atRest =
      openAtRest.includes(system) || isRetired ? 'No' : system === unsaidAtRest ? '' : system.ephi ? 'Yes' : 'No'
    const inTransit = openInTransit.includes(system) || isRetired ? 'No' : 'Yes'
    if (openInTransit.includes(system))
      keeper.fault('encryption.data-in-transit', 'system', key, 'holds ePHI and does not encrypt it in transit')
    if (openAtRest.includes(system))
      keeper.fault('encryption.data-at-rest', 'system', key, 'holds ePHI and does not encrypt it at rest')
    if (isRetired) keeper.temptation('encryption.data-at-rest', 'system', key, 'no longer in use')
    else if (!system.ephi) keeper.temptation('encryption.data-at-rest', 'system', key, 'holds no ePHI')
    if (system === unsaidAtRest) keeper.unknown('encryption.data-at-rest', `the systems list says nothing of ${key}`)
    const cells: Cell[] = [
      key,
      system.kind,
      system.vendor,
      system.ephi ? 'Yes' : 'No',
      fullName(random.pick(stewards)),
      system.hosting,
      system.ephi ? 'High' : 'Low',
      system.rpoHours,
      system.rpoHours * 2,
      system.ephi ? 'Yes' : 'No',
      atRest,
      inTransit,
      'Yes',
      system.signInBy,
      system.standing,
    ]
    return { cells }
  })
  return {
    header: [
      'System name',
      'Type',
      'Vendor',
      'Contains ePHI',
      'Business owner',
      'Hosting',
      'Criticality',
      'RPO (hours)',
      'RTO (hours)',
      'MFA required',
      'Encrypted at rest',
      'Encrypted in transit',
      'Audit logging',
      'Sign-in through',
      'Status',
    ],
    rows,
  }
}

/** A backup server's report of every job, with the restore tests that somebody has written beside it. */
export function backupsTable(systems: readonly SystemPlan[], asOf: number, seeded: Random, keeper: KeyKeeper): Table {
  const random = seeded.fork('backups')
  const covered = systems.filter((system) => system.standing === 'In use')
  const ephi = covered.filter((system) => system.ephi)
  const missing = ephi.at(-1)
  const judged = ephi.filter((system) => system !== missing)
  const late = share(judged, 7, 0)
  const clear = share(judged, 6, 1)
  const untested = share(judged, 7, 2)
  const failed = judged.length > 4 ? share(judged, 9, 3) : []
  const unsaid = judged.find((system) => !untested.includes(system) && !failed.includes(system))
  if (missing) {
    keeper.fault(
      'continuity.backup-within-rpo',
      'system',
      missing.name,
      'holds ePHI and has no job in the backup report',
    )
    keeper.unknown('continuity.restore-tested', `no backup of ${missing.name} is known`)
  }
  for (const system of systems) {
    if (system.ephi && system.standing === 'Retired')
      keeper.temptation('continuity.backup-within-rpo', 'system', system.name, 'no longer in use')
  }
  if (unsaid) keeper.unknown('continuity.restore-tested', `the backup report names no restore test of ${unsaid.name}`)
  const at = (day: number, hour: number) =>
    `${toDay(day)} ${String(hour).padStart(2, '0')}:${String(random.int(10, 59))}:00`
  function* rows(): Generator<TableRow> {
    for (const system of covered) {
      if (system === missing) continue
      const isLate = late.includes(system) || (!system.ephi && random.chance(0.3))
      const lastSuccess = isLate
        ? at(asOf - Math.ceil(system.rpoHours / 24) - random.int(3, 15), 2)
        : at(asOf, random.int(2, 4))
      const isClear = clear.includes(system) || (!system.ephi && random.chance(0.5))
      const ago = untested.includes(system) ? random.int(385, 700) : random.int(20, 340)
      const hasFailed = failed.includes(system)
      if (system.ephi) {
        if (isLate)
          keeper.fault(
            'continuity.backup-within-rpo',
            'system',
            system.name,
            `the last successful backup is older than ${system.rpoHours} hours`,
          )
        if (isClear)
          keeper.fault(
            'encryption.backups-encrypted',
            'system',
            system.name,
            'holds ePHI and its backup is not encrypted',
          )
        if (untested.includes(system))
          keeper.fault('continuity.restore-tested', 'system', system.name, `the last restore test was ${ago} days ago`)
        else if (hasFailed)
          keeper.fault('continuity.restore-tested', 'system', system.name, 'the last restore test failed')
      } else {
        if (isLate) keeper.temptation('continuity.backup-within-rpo', 'system', system.name, 'holds no ePHI')
        if (isClear) keeper.temptation('encryption.backups-encrypted', 'system', system.name, 'holds no ePHI')
      }
      const isUnsaid = system === unsaid
      const lastRun = at(asOf, 4)
      yield {
        cells: [
          `${system.name} - nightly`,
          system.name,
          isLate ? 'Failed' : 'Success',
          isLate ? lastRun : lastSuccess,
          lastSuccess,
          isClear ? 'No' : 'Yes',
          random.chance(0.7) ? 'Yes' : 'No',
          random.chance(0.5) ? 'Yes' : 'No',
          isUnsaid ? undefined : toDay(asOf - ago),
          isUnsaid ? '' : hasFailed ? 'Failed' : 'Passed',
        ],
      }
    }
  }
  return {
    preamble: ['Veeam Backup & Replication', `Report generated: ${toDay(asOf)} 06:00`],
    header: [
      'Job Name',
      'Protected System',
      'Last Result',
      'Last Run',
      'Last Successful Backup',
      'Encrypted',
      'Offsite Copy',
      'Immutable',
      'Last Restore Test',
      'Restore Test Result',
    ],
    rows: rows(),
  }
}

type Agreement = 'signed' | 'expired' | 'missing' | 'pending' | 'no-ephi' | 'ended' | 'assessment-old'

const clinicVendors: readonly (readonly [string, string, Agreement])[] = [
  ['eClinicalWorks', 'EHR', 'signed'],
  ['Google', 'Email and files', 'assessment-old'],
  ['Tebra', 'Billing', 'expired'],
  ['Bright Shred', 'Document destruction', 'missing'],
  ['RingCentral', 'Telephones', 'no-ephi'],
  ['Gusto', 'Payroll', 'no-ephi'],
  ['Practice Fusion', 'Former EHR', 'ended'],
]
const largerVendors: readonly (readonly [string, string, Agreement])[] = [
  ['Microsoft', 'Email and directory', 'signed'],
  ['Waystar', 'Claims', 'assessment-old'],
  ['Sectra', 'Imaging support', 'signed'],
  ['Iron Vault Records', 'Record storage', 'missing'],
  ['TransLingua Interpreters', 'Interpreting', 'expired'],
  ['ClearPath Transcription', 'Transcription', 'pending'],
  ['Omnicell', 'Pharmacy cabinets', 'signed'],
  ['NightHawk Radiology Group', 'Remote reading', 'assessment-old'],
  ['GreenLeaf Landscaping', 'Grounds', 'no-ephi'],
  ['Sodexo', 'Catering', 'no-ephi'],
  ['ADP', 'Payroll', 'no-ephi'],
  ['McKesson', 'Former laboratory system', 'ended'],
]
const vendorStems = [
  'Cardinal',
  'Summit',
  'Harbor',
  'Pinnacle',
  'Lakeside',
  'Keystone',
  'Evergreen',
  'Northstar',
  'Bluewater',
  'Cedar',
] as const
const vendorServices = [
  'Medical Billing',
  'Collections',
  'Home Infusion',
  'Telehealth',
  'Analytics',
  'Staffing',
  'Claims Review',
  'Records Release',
] as const

export function vendorsTable(size: SampleSize, asOf: number, seeded: Random, keeper: KeyKeeper): Table {
  const random = seeded.fork('vendors')
  const vendors = [...(size === 'clinic' ? clinicVendors : largerVendors)]
  if (size === 'system') {
    const kinds: readonly Agreement[] = [
      'signed',
      'signed',
      'signed',
      'no-ephi',
      'signed',
      'assessment-old',
      'signed',
      'expired',
      'signed',
      'no-ephi',
      'missing',
    ]
    for (const stem of vendorStems) {
      for (const service of vendorServices) vendors.push([`${stem} ${service}`, service, random.pick(kinds)])
    }
  }
  const rows = vendors.map(([name, service, state]): TableRow => {
    const fault = (safeguard: string, why: string) => keeper.fault(safeguard, 'vendor', name, why)
    const temptation = (safeguard: string, why: string) => keeper.temptation(safeguard, 'vendor', name, why)
    const hasNone = state === 'missing' || state === 'no-ephi' || state === 'pending'
    const signedOn = hasNone ? undefined : asOf - random.int(400, 900)
    const expiresOn =
      signedOn === undefined ? undefined : state === 'expired' ? asOf - random.int(15, 200) : asOf + random.int(60, 900)
    const assessedAgo = state === 'assessment-old' ? random.int(385, 800) : random.int(20, 340)
    if (state === 'expired') fault('vendors.agreement-signed', 'the agreement says signed, but has expired')
    if (state === 'missing') fault('vendors.agreement-signed', 'handles ePHI without a business associate agreement')
    if (state === 'pending') fault('vendors.agreement-signed', 'the agreement is pending and not in force')
    if (state === 'no-ephi') temptation('vendors.agreement-signed', 'handles no ePHI')
    if (state === 'ended') temptation('vendors.agreement-signed', 'no longer a vendor')
    if (state === 'ended') temptation('vendors.assessed-yearly', 'no longer a vendor')
    if (state === 'assessment-old') fault('vendors.assessed-yearly', `last assessed ${assessedAgo} days ago`)
    const agreement = {
      signed: 'Signed',
      expired: 'Signed',
      missing: 'None',
      pending: 'Pending',
      'no-ephi': 'Not required',
      ended: 'Expired',
      'assessment-old': 'Signed',
    }[state]
    const contact = `${name.toLowerCase().replace(/[^a-z]/g, '')}.example`
    return {
      cells: [
        name,
        service,
        state === 'no-ephi' ? 'No' : 'Yes',
        agreement,
        signedOn === undefined ? undefined : { day: signedOn },
        state === 'ended' ? { day: asOf - 200 } : expiresOn === undefined ? undefined : { day: expiresOn },
        `privacy@${contact}`,
        state === 'no-ephi' ? 'Low' : 'High',
        state === 'no-ephi' ? undefined : { day: asOf - (state === 'ended' ? 500 : assessedAgo) },
        state === 'ended' ? 'Ended' : 'Active',
      ],
    }
  })
  return {
    header: [
      'Vendor',
      'Service',
      'Handles PHI',
      'BAA status',
      'BAA signed',
      'BAA expires',
      'Contact email',
      'Tier',
      'Last security assessment',
      'Status',
    ],
    rows,
  }
}

const roleTitles = {
  'incident-lead': 'Incident Lead',
  'privacy-officer': 'Privacy Officer',
  'security-officer': 'Security Officer',
  communications: 'Communications',
  'it-lead': 'IT Lead',
} as const
type Role = keyof typeof roleTitles

/** The role that nobody holds, and the one held by somebody who has left. */
const roleFaults: Readonly<Record<SampleSize, { readonly missing: Role; readonly left: Role }>> = {
  clinic: { missing: 'communications', left: 'it-lead' },
  hospital: { missing: 'it-lead', left: 'security-officer' },
  system: { missing: 'privacy-officer', left: 'communications' },
}

export function rolesTable(size: SampleSize, asOf: number, people: readonly Person[], keeper: KeyKeeper): Table {
  const stewards = stewardsOf(people)
  const gone = people.find((person) => isGone(person) && !person.namesake && person.email !== '')
  const faults = roleFaults[size]
  keeper.fault('incidents.response-roles-filled', 'role', faults.missing, 'nobody is named for it')
  keeper.fault('incidents.response-roles-filled', 'role', faults.left, 'whoever is named for it has left')
  const roles = (Object.keys(roleTitles) as Role[]).filter((role) => role !== faults.missing)
  const rows = roles.map((role, index): TableRow => {
    const holder = role === faults.left ? gone : stewards[index % stewards.length]
    const deputy = stewards[(index + 1) % stewards.length]
    if (role !== faults.left)
      keeper.temptation('incidents.response-roles-filled', 'role', role, 'somebody in force is named for it')
    return {
      cells: [
        roleTitles[role],
        fullName(holder),
        holder?.number,
        holder?.email,
        `555-01${10 + index}`,
        fullName(deputy),
        `555-01${30 + index}`,
        { day: asOf - 40 - index },
      ],
    }
  })
  return {
    header: ['Role', 'Name', 'Employee number', 'Email', 'Phone', 'Deputy', 'Deputy phone', 'Confirmed on'],
    rows,
  }
}

export function drillsTable(size: SampleSize, asOf: number, keeper: KeyKeeper): Table {
  const isHeld = size === 'hospital'
  if (isHeld)
    keeper.temptation(
      'incidents.drill-within-12-months',
      'organisation',
      'organisation',
      'an incident was rehearsed within the year',
    )
  else
    keeper.fault(
      'incidents.drill-within-12-months',
      'organisation',
      'organisation',
      'the last incident drill is more than 12 months ago; a fire drill is none',
    )
  const row = (name: string, kind: string, ago: number, participants: number): TableRow => ({
    cells: [name, kind, { day: asOf - ago }, participants, 'Passed', { day: asOf - ago + 14 }],
  })
  return {
    header: ['Exercise', 'Type', 'Date held', 'Participants', 'Outcome', 'Report date'],
    rows: [
      row('Ransomware tabletop', 'Incident', isHeld ? 130 : 430, 14),
      row('Lost laptop tabletop', 'Incident', 800, 9),
      row('Fire drill', 'Evacuation', 45, 60),
    ],
  }
}

export function assessmentsTable(size: SampleSize, asOf: number, keeper: KeyKeeper): Table {
  const isDone = size !== 'hospital'
  if (isDone)
    keeper.temptation(
      'assessments.risk-analysis-within-12-months',
      'organisation',
      'organisation',
      'a risk analysis was completed within the year',
    )
  else
    keeper.fault(
      'assessments.risk-analysis-within-12-months',
      'organisation',
      'organisation',
      'the last risk analysis is more than 12 months ago; a penetration test is none',
    )
  const row = (name: string, kind: string, ago: number, author: string): TableRow => ({
    cells: [name, kind, { day: asOf - ago }, author, 'Whole organisation'],
  })
  return {
    header: ['Assessment', 'Type', 'Completed on', 'Performed by', 'Scope'],
    rows: [
      row('Security risk analysis', 'Risk analysis', isDone ? 160 : 480, 'Compliance office'),
      row('Security risk analysis', 'Risk analysis', isDone ? 520 : 850, 'Compliance office'),
      row('External penetration test', 'Penetration test', 70, 'Redwood Security'),
    ],
  }
}
