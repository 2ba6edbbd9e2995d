/** The departments of a hospital or clinic as its record system has them, who works in each, and when. */
import type { SampleSize } from '../answer-key.ts'
import type { Random } from '../random.ts'
import { share, weighted } from './chance.ts'

export type UnitKind =
  | 'ward'
  | 'clinic'
  | 'emergency'
  | 'laboratory'
  | 'radiology'
  | 'pharmacy'
  | 'registration'
  | 'billing'
  | 'records'
  | 'quality'
  | 'technology'
  | 'office'

export interface Unit {
  readonly index: number
  readonly name: string
  readonly code: string
  readonly kind: UnitKind
  /** 0 is the main house; others are minutes away by car. */
  readonly site: number
  readonly workstations: number
}

export type Role =
  | 'doctor'
  | 'nurse'
  | 'aide'
  | 'radiographer'
  | 'laboratory'
  | 'pharmacist'
  | 'registrar'
  | 'biller'
  | 'coder'
  | 'records'
  | 'quality'
  | 'technology'
  | 'office'
  | 'student'

export type Pattern = 'office' | 'clinic' | 'days' | 'nights' | 'rotating' | 'thirds' | 'weeks'

export interface Worker {
  readonly index: number
  readonly login: string
  readonly given: string
  readonly family: string
  readonly title: string
  readonly role: Role
  readonly unit: number
  readonly hiredOn: number
  readonly leftOn: number | undefined
  /** An earlier stay, of those who left and came back. */
  readonly firstStay: { readonly hiredOn: number; readonly leftOn: number } | undefined
  readonly managerLogin: string
  /** A program, or a login that everybody of a unit uses. */
  readonly kind: 'person' | 'service' | 'shared' | 'other'
  readonly resident: number
  readonly pattern: Pattern
  readonly phase: number
  /** How much more than others they do. */
  readonly pace: number
  /** Reads from home or by telephone too. */
  readonly isMobile: boolean
  readonly isFloating: boolean
  readonly holidayOn: number
  readonly holidayDays: number
}

/** What the sample knows of somebody with an account in the record system. */
export interface StaffSeed {
  readonly login: string
  readonly given: string
  readonly family: string
  readonly maiden: string | undefined
  readonly title: string
  /** As the staff list names it. */
  readonly department: string
  readonly hiredOn: number
  readonly leftOn: number | undefined
  readonly firstStay: { readonly hiredOn: number; readonly leftOn: number } | undefined
  readonly managerLogin: string
  readonly kind: Worker['kind']
  readonly isStudent: boolean
  readonly isAway: boolean
}

type UnitSeed = readonly [name: string, code: string, kind: UnitKind, site: number]

const clinicUnits: readonly UnitSeed[] = [
  ['Family Medicine', 'FAM', 'clinic', 0],
  ['Front Desk', 'FD', 'registration', 0],
  ['Billing', 'BIL', 'billing', 0],
  ['Administration', 'ADM', 'office', 0],
]

const hospitalUnits: readonly UnitSeed[] = [
  ['3 West Medical', '3W', 'ward', 0],
  ['4 East Surgical', '4E', 'ward', 0],
  ['5 North Telemetry', '5N', 'ward', 0],
  ['Intensive Care', 'ICU', 'ward', 0],
  ['Maternity', 'MAT', 'ward', 0],
  ['Pediatrics', 'PED', 'ward', 0],
  ['Behavioral Health', 'BHU', 'ward', 0],
  ['Emergency', 'ED', 'emergency', 0],
  ['Laboratory', 'LAB', 'laboratory', 0],
  ['Radiology', 'RAD', 'radiology', 0],
  ['Pharmacy', 'PHA', 'pharmacy', 0],
  ['Registration', 'REG', 'registration', 0],
  ['Patient Financial Services', 'PFS', 'billing', 0],
  ['Health Information Management', 'HIM', 'records', 0],
  ['Quality', 'QA', 'quality', 0],
  ['Information Technology', 'IT', 'technology', 0],
  ['Administration', 'ADM', 'office', 0],
  ['Facilities', 'FAC', 'office', 0],
  ['Primary Care Riverside', 'PCR', 'clinic', 1],
  ['Primary Care Northgate', 'PCN', 'clinic', 2],
  ['Cardiology Clinic', 'CAR', 'clinic', 0],
  ['Orthopedics Clinic', 'ORT', 'clinic', 0],
  ['Oncology Clinic', 'ONC', 'clinic', 0],
  ["Women's Health", 'WOM', 'clinic', 1],
  ['Neurology Clinic', 'NEU', 'clinic', 0],
  ['Psychiatry Clinic', 'PSY', 'clinic', 2],
]

export function listUnits(size: SampleSize, staff: number): Unit[] {
  const seeds = size === 'clinic' ? clinicUnits : hospitalUnits
  return seeds.map(([name, code, kind, site], index) => ({
    index,
    name,
    code,
    kind,
    site,
    workstations: size === 'clinic' ? 3 : Math.max(4, Math.round(staff / 90)),
  }))
}

const wards = ['3W', '4E', '5N', 'ICU', 'MAT', 'PED', 'BHU']
const clinics = ['PCR', 'PCN', 'CAR', 'ORT', 'ONC', 'WOM', 'NEU', 'PSY']

/** Where somebody of a department of the staff list works, and as what. The staff list is coarser than the record system. */
function place(seed: StaffSeed, size: SampleSize, random: Random): { code: string; role: Role } {
  const { title, department } = seed
  const isDoctor = /physician|hospitalist|practitioner|radiologist/i.test(title)
  if (size === 'clinic') {
    if (department === 'Medicine') return { code: 'FAM', role: 'doctor' }
    if (department === 'Nursing') return { code: 'FAM', role: /nurse/i.test(title) ? 'nurse' : 'aide' }
    if (department === 'Front Desk') return { code: 'FD', role: 'registrar' }
    if (department === 'Billing') return { code: 'BIL', role: 'biller' }
    return { code: 'ADM', role: 'office' }
  }
  switch (department) {
    case 'Nursing': {
      const role = /assistant/i.test(title) ? 'aide' : 'nurse'
      return { code: random.pick(random.chance(0.74) ? wards : clinics), role }
    }
    case 'Emergency':
      return { code: 'ED', role: isDoctor ? 'doctor' : /technician/i.test(title) ? 'aide' : 'nurse' }
    case 'Medicine':
      return { code: random.pick(/hospitalist|manager/i.test(title) ? wards : clinics), role: 'doctor' }
    case 'Radiology':
      return { code: 'RAD', role: isDoctor ? 'doctor' : 'radiographer' }
    case 'Laboratory':
      return { code: 'LAB', role: 'laboratory' }
    case 'Pharmacy':
      return { code: 'PHA', role: 'pharmacist' }
    case 'Patient Access':
      return { code: random.chance(0.45) ? 'REG' : random.pick(clinics), role: 'registrar' }
    case 'Revenue Cycle': {
      if (/coder/i.test(title)) return { code: random.chance(0.7) ? 'PFS' : 'HIM', role: 'coder' }
      return random.chance(0.2) ? { code: 'HIM', role: 'records' } : { code: 'PFS', role: 'biller' }
    }
    case 'Information Technology':
      return { code: 'IT', role: 'technology' }
    case 'Administration':
      return /quality/i.test(title) ? { code: 'QA', role: 'quality' } : { code: 'ADM', role: 'office' }
    case '':
      return { code: 'IT', role: 'technology' }
    default:
      return { code: 'FAC', role: 'office' }
  }
}

const wardPattern = weighted<Pattern>([
  ['days', 45],
  ['nights', 28],
  ['rotating', 27],
])

function patternOf(role: Role, kind: UnitKind, random: Random): Pattern {
  if (kind === 'emergency') return 'thirds'
  if (kind === 'ward') return role === 'doctor' ? 'weeks' : wardPattern(random)
  if (kind === 'laboratory' || kind === 'radiology' || kind === 'pharmacy')
    return random.chance(0.55) ? 'days' : random.chance(0.5) ? 'nights' : 'rotating'
  if (kind === 'registration') return random.chance(0.3) ? 'thirds' : 'office'
  return kind === 'clinic' ? 'clinic' : 'office'
}

export function drawWorkers(
  seeds: readonly StaffSeed[],
  units: readonly Unit[],
  residents: readonly number[],
  size: SampleSize,
  from: number,
  seeded: Random,
): Worker[] {
  const random = seeded.fork('workers')
  const byCode = new Map(units.map((unit) => [unit.code, unit]))
  return seeds.map((seed, index) => {
    const placed = place(seed, size, random)
    const unit = byCode.get(placed.code) ?? units[0]
    if (!unit) throw new RangeError('No units')
    const role = seed.isStudent && placed.role !== 'office' ? 'student' : placed.role
    return {
      index,
      login: seed.login,
      given: seed.given,
      family: seed.family,
      title: seed.title,
      role,
      unit: unit.index,
      hiredOn: seed.hiredOn,
      leftOn: seed.leftOn,
      firstStay: seed.firstStay,
      managerLogin: seed.managerLogin,
      kind: seed.kind,
      resident: residents[index] ?? -1,
      pattern: seed.isStudent ? 'clinic' : patternOf(placed.role, unit.kind, random),
      phase: random.int(0, 27),
      pace: 0.35 + 2 * share(random) ** 2.2,
      isMobile: placed.role === 'doctor' && random.chance(0.5),
      isFloating: unit.kind === 'ward' && placed.role === 'nurse' && random.chance(0.09),
      holidayOn: seed.isAway ? from : from + random.int(-10, 100),
      holidayDays: seed.isAway ? 200 : random.int(3, 14),
    }
  })
}

/** Minutes from midnight of the day; an end beyond 1,440 is in the next morning. */
export interface Shift {
  readonly from: number
  readonly to: number
}

const shifts = {
  office: { from: 480, to: 1_020 },
  clinic: { from: 450, to: 1_050 },
  day: { from: 415, to: 1_150 },
  night: { from: 1_135, to: 1_870 },
  early: { from: 410, to: 930 },
  late: { from: 900, to: 1_410 },
  dark: { from: 1_380, to: 1_875 },
} satisfies Readonly<Record<string, Shift>>

export const isEmployed = ({ hiredOn, leftOn }: Worker, day: number): boolean =>
  day >= hiredOn && (leftOn === undefined || day <= leftOn)

/** When somebody works on a day; undefined on a day off. */
export function shiftOf(worker: Worker, day: number): Shift | undefined {
  if (worker.kind !== 'person' || !isEmployed(worker, day)) return undefined
  if (day >= worker.holidayOn && day < worker.holidayOn + worker.holidayDays) return undefined
  // 1970-01-01 was a Thursday: 0 is Monday.
  const weekday = (day + 3) % 7
  const turn = day + worker.phase
  switch (worker.pattern) {
    case 'office':
      return weekday < 5 ? shifts.office : undefined
    case 'clinic':
      return weekday < 5 && weekday !== worker.phase % 9 ? shifts.clinic : undefined
    case 'days':
      return (turn * 3) % 7 < 3 ? shifts.day : undefined
    case 'nights':
      return (turn * 3) % 7 < 3 ? shifts.night : undefined
    case 'rotating':
      return (turn * 3) % 7 < 3 ? (Math.floor(turn / 14) % 2 === 0 ? shifts.day : shifts.night) : undefined
    case 'thirds':
      if (turn % 7 > 4) return undefined
      return [shifts.early, shifts.late, shifts.dark][Math.floor(turn / 7) % 3]
    case 'weeks':
      return Math.floor(turn / 7) % 2 === 0 ? shifts.day : undefined
  }
}
