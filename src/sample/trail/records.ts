/** What a site writes down about its care: the records that later say why somebody opened a patient's record. */
export interface Appointment {
  readonly id: string
  readonly patient: number
  readonly provider: number
  readonly unit: number
  /** Minutes from the world's first midnight, as all minutes here. */
  at: number
  status: 'Scheduled' | 'Completed' | 'Cancelled' | 'No Show' | 'Rescheduled'
  readonly bookedAt: number
  readonly bookedBy: number
  readonly kind: string
}

export interface Encounter {
  readonly id: string
  readonly patient: number
  readonly kind: 'Outpatient' | 'Emergency' | 'Inpatient'
  readonly unit: number
  readonly attending: number
  readonly from: number
  /** Undefined while it is open. */
  to: number | undefined
}

export interface CareTeamMember {
  readonly id: string
  readonly patient: number
  readonly worker: number
  readonly from: number
  readonly to: number | undefined
  readonly role: string
}

export interface Order {
  readonly id: string
  readonly patient: number
  readonly orderedBy: number
  readonly kind: 'Laboratory' | 'Imaging' | 'Medication' | 'Consult'
  /** The department that carries it out. */
  readonly unit: number
  readonly at: number
  readonly doneBy: number | undefined
  readonly doneAt: number | undefined
}

export interface Note {
  readonly id: string
  readonly patient: number
  readonly author: number
  readonly unit: number
  readonly kind: string
  readonly at: number
}

export interface Referral {
  readonly id: string
  readonly patient: number
  readonly by: number
  readonly toUnit: number
  readonly toProvider: number | undefined
  readonly at: number
}

export interface BillingItem {
  readonly id: string
  readonly patient: number
  readonly kind: 'Coding' | 'Claim'
  readonly unit: number
  readonly worker: number | undefined
  readonly serviceAt: number
  readonly workedAt: number
}

/** Who is tied to whom by a record: by name, or by their department. */
export class Ties {
  readonly #spans = new Map<number, number[]>()

  /** `who` is a worker, or a unit as its complement (`~unit`). Minutes. */
  add(who: number, patient: number, from: number, to: number): void {
    const key = (who + 4_096) * 4_194_304 + patient
    const spans = this.#spans.get(key)
    if (spans) spans.push(from, to)
    else this.#spans.set(key, [from, to])
  }

  has(who: number, patient: number, at: number, slackMinutes: number): boolean {
    const spans = this.#spans.get((who + 4_096) * 4_194_304 + patient)
    if (!spans) return false
    for (let index = 0; index < spans.length; index += 2) {
      if (at >= (spans[index] ?? 0) - slackMinutes && at <= (spans[index + 1] ?? 0) + slackMinutes) return true
    }
    return false
  }
}

export class Records {
  readonly appointments: Appointment[] = []
  readonly encounters: Encounter[] = []
  readonly careTeams: CareTeamMember[] = []
  readonly orders: Order[] = []
  readonly notes: Note[] = []
  readonly referrals: Referral[] = []
  readonly billing: BillingItem[] = []
  readonly ties = new Ties()
  #count = 0

  #id(letter: string): string {
    this.#count += 1
    return `${letter}${500_000 + this.#count}`
  }

  appointment(seed: Omit<Appointment, 'id'>): Appointment {
    const made = { id: this.#id('A'), ...seed }
    this.appointments.push(made)
    return made
  }

  /** Ties the provider and the department, once the appointment is what it will be. */
  tieAppointment({ provider, unit, patient, at, bookedBy, bookedAt, status }: Appointment): void {
    this.ties.add(bookedBy, patient, bookedAt, bookedAt)
    if (status === 'Cancelled') return
    this.ties.add(provider, patient, at, at)
    this.ties.add(~unit, patient, at, at)
  }

  encounter(seed: Omit<Encounter, 'id'>): Encounter {
    const made = { id: this.#id('E'), ...seed }
    this.encounters.push(made)
    const to = seed.to ?? seed.from + 20 * 1_440
    this.ties.add(seed.attending, seed.patient, seed.from, to)
    this.ties.add(~seed.unit, seed.patient, seed.from, to)
    return made
  }

  careTeam(seed: Omit<CareTeamMember, 'id'>): void {
    this.careTeams.push({ id: this.#id('T'), ...seed })
    this.ties.add(seed.worker, seed.patient, seed.from, seed.to ?? seed.from + 400 * 1_440)
  }

  order(seed: Omit<Order, 'id'>): void {
    this.orders.push({ id: this.#id('O'), ...seed })
    const to = seed.doneAt ?? seed.at
    this.ties.add(seed.orderedBy, seed.patient, seed.at, to)
    this.ties.add(~seed.unit, seed.patient, seed.at, to)
    if (seed.doneBy !== undefined) this.ties.add(seed.doneBy, seed.patient, seed.at, to)
  }

  note(seed: Omit<Note, 'id'>): void {
    this.notes.push({ id: this.#id('N'), ...seed })
    this.ties.add(seed.author, seed.patient, seed.at, seed.at)
    this.ties.add(~seed.unit, seed.patient, seed.at, seed.at)
  }

  referral(seed: Omit<Referral, 'id'>): void {
    this.referrals.push({ id: this.#id('R'), ...seed })
    this.ties.add(seed.by, seed.patient, seed.at, seed.at)
    this.ties.add(~seed.toUnit, seed.patient, seed.at, seed.at + 30 * 1_440)
    if (seed.toProvider !== undefined) this.ties.add(seed.toProvider, seed.patient, seed.at, seed.at + 30 * 1_440)
  }

  bill(seed: Omit<BillingItem, 'id'>): void {
    this.billing.push({ id: this.#id('B'), ...seed })
    this.ties.add(~seed.unit, seed.patient, seed.serviceAt, seed.workedAt)
    if (seed.worker !== undefined) this.ties.add(seed.worker, seed.patient, seed.serviceAt, seed.workedAt)
  }
}
