/** The accesses of a made-up world, by column: a large world has millions. */

/** What was opened, and how a log calls it; the place in this list is its code. */
export const metrics = [
  ['Patient Lookup', 'Search'],
  ['Patient List', 'View'],
  ['Snapshot', 'View'],
  ['Demographics', 'View'],
  ['Coverage', 'View'],
  ['Appointment Desk', 'View'],
  ['Chart Review', 'View'],
  ['Encounters', 'View'],
  ['Results Review', 'View'],
  ['Progress Notes', 'View'],
  ['Psychotherapy Notes', 'View'],
  ['Medications', 'View'],
  ['Allergies', 'View'],
  ['Flowsheets', 'Modify'],
  ['Problem List', 'View'],
  ['Order Entry', 'Create'],
  ['MAR Administration', 'Modify'],
  ['Note Writer', 'Create'],
  ['Imaging Viewer', 'View'],
  ['Specimen Collection', 'Modify'],
  ['Result Entry', 'Create'],
  ['Medication Verification', 'Modify'],
  ['Account Maintenance', 'Modify'],
  ['Coding Summary', 'View'],
  ['Claim Edit', 'Modify'],
  ['Release of Information', 'Disclose'],
  ['Print Chart', 'Print'],
  ['Report Export', 'Export'],
  ['Discharge Summary', 'View'],
  ['Letters', 'View'],
  ['Break-the-Glass', 'View'],
  ['Demographics Update', 'Modify'],
  ['Interface Filing', 'Modify'],
] as const
export type Metric = (typeof metrics)[number][0]

const codes = new Map<string, number>(metrics.map(([name], code) => [name, code]))
export const metricCode = (name: Metric): number => codes.get(name) ?? 0

export const breakGlassReasons = [
  '',
  'Emergency treatment',
  'Patient unconscious, history needed',
  'Consult requested by phone',
  'Direct patient care',
  'Billing or administrative need',
  'Covering for a colleague',
  'Patient care',
  'other',
] as const

/** Why a session took place: what the world knows and the log does not say. */
export const causes = [
  'visit',
  'booking',
  'stay',
  'emergency',
  'order',
  'coding',
  'billing',
  'referral',
  'consult',
  'message',
  'unrecorded',
  'release',
  'audit',
  'support',
  'student',
  'wrong-click',
  'list',
  'interface',
  'death',
  'break-glass',
  'after-hours-work',
  'incident',
] as const
export type Cause = (typeof causes)[number]

/** Grows a typed array to twice its length. */
function grow<A extends Int32Array | Uint16Array | Uint8Array | Int16Array>(array: A, make: (length: number) => A): A {
  const larger = make(array.length * 2)
  larger.set(array as never)
  return larger
}

/** One sitting of one user with one patient. */
export interface Session {
  readonly user: number
  /** -1 where it concerns nobody's record, or many. */
  readonly patient: number
  readonly cause: Cause
  /** The incident that it is part of, or -1. */
  readonly incident: number
  /** What the log calls the department of the login. */
  readonly unit: number
  readonly place: 'desk' | 'mobile' | 'home'
  /** Goes on while the same login is busy elsewhere. */
  readonly overlaps: boolean
  workstation: number
  /** Seconds from the world's first midnight, of the first access and the last. */
  at: number
  end: number
  /** The places of its accesses in the log: the first, and the one after the last. */
  readonly first: number
  last: number
}

export class AccessLog {
  count = 0
  at = new Int32Array(1 << 16)
  patient = new Int32Array(1 << 16)
  session = new Int32Array(1 << 16)
  metric = new Uint8Array(1 << 16)
  /** The code of the reason plus one where the glass was broken; 0 where not. */
  glass = new Uint8Array(1 << 16)
  readonly sessions: Session[] = []

  /** Accesses added from now on belong to this session, until the next is opened. */
  openSession(seed: Omit<Session, 'workstation' | 'end' | 'first' | 'last'>): Session {
    const session: Session = { ...seed, workstation: 0, end: seed.at, first: this.count, last: this.count }
    this.sessions.push(session)
    return session
  }

  add(at: number, patient: number, metric: number, glass = 0): void {
    const session = this.sessions.at(-1)
    if (!session) throw new RangeError('No session is open')
    if (this.count === this.at.length) {
      this.at = grow(this.at, (length) => new Int32Array(length))
      this.patient = grow(this.patient, (length) => new Int32Array(length))
      this.session = grow(this.session, (length) => new Int32Array(length))
      this.metric = grow(this.metric, (length) => new Uint8Array(length))
      this.glass = grow(this.glass, (length) => new Uint8Array(length))
    }
    const index = this.count++
    this.at[index] = at
    this.patient[index] = patient
    this.session[index] = this.sessions.length - 1
    this.metric[index] = metric
    this.glass[index] = glass
    session.end = Math.max(session.end, at)
    session.last = this.count
  }

  /** The places of all accesses in the order of their times; equal times keep the order in which they were made. */
  inOrder(): Int32Array {
    const dayLength = 86_400
    let most = 0
    let least = 0
    for (let index = 0; index < this.count; index++) {
      most = Math.max(most, this.at[index] ?? 0)
      least = Math.min(least, this.at[index] ?? 0)
    }
    const firstDay = Math.floor(least / dayLength)
    const days = Math.floor(most / dayLength) - firstDay + 1
    const sizes = new Int32Array(days + 1)
    const dayOf = (index: number) => Math.floor((this.at[index] ?? 0) / dayLength) - firstDay
    for (let index = 0; index < this.count; index++) {
      const day = dayOf(index) + 1
      sizes[day] = (sizes[day] ?? 0) + 1
    }
    for (let day = 1; day <= days; day++) sizes[day] = (sizes[day] ?? 0) + (sizes[day - 1] ?? 0)
    const starts = sizes.slice()
    const bucketed = new Int32Array(this.count)
    for (let index = 0; index < this.count; index++) {
      const day = dayOf(index)
      const place = starts[day] ?? 0
      bucketed[place] = index
      starts[day] = place + 1
    }
    const ordered = new Int32Array(this.count)
    for (let day = 0; day < days; day++) {
      const from = sizes[day] ?? 0
      const some = bucketed.subarray(from, sizes[day + 1])
      // Second of the day and place in the bucket in one number, which sorts natively.
      const keys = Float64Array.from(some, (index, place) => {
        const second = (this.at[index] ?? 0) - (day + firstDay) * dayLength
        return second * 0x4000000 + place
      }).sort()
      for (const [place, key] of keys.entries()) ordered[from + place] = some[key % 0x4000000] ?? 0
    }
    return ordered
  }
}
