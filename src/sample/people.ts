/** The people of a made-up organisation: who they are, and what has happened to them by the day judged. */
import type { SampleSize } from './answer-key.ts'
import { familyNames, givenNames, loginLetters, type Name, nameKey, nicknameOf } from './names.ts'
import { dealer, type Random } from './random.ts'

export type Story =
  | 'steady'
  | 'rehired'
  | 'new-on-time'
  | 'new-late'
  | 'new-fresh'
  | 'left-recently'
  | 'left-long-ago'
  | 'leave'
  | 'notice'
  | 'last-day'
  | 'pending'

export type WorkerType = 'employee' | 'contractor' | 'volunteer' | 'student'

export interface Person extends Name {
  readonly index: number
  /** As the staff list writes it. */
  readonly number: string
  readonly email: string
  readonly logins: { readonly flast: string; readonly lastf: string; readonly dotted: string }
  readonly title: string
  readonly department: string
  readonly clinical: boolean
  readonly workerType: WorkerType
  readonly story: Story
  readonly hiredOn: number
  /** Of people who came back: their first stay. */
  readonly firstStay: { readonly hiredOn: number; readonly leftOn: number } | undefined
  readonly leftOn: number | undefined
  readonly managerIndex: number | undefined
  /** Somebody else has the same name. */
  readonly namesake: boolean
  /** Has a second factor registered with the mail and sign-in service. */
  readonly secondFactor: boolean
}

export const isGone = ({ story }: Pick<Person, 'story'>) => story === 'left-recently' || story === 'left-long-ago'

/** Works there on the day judged, on leave included. */
export const isInForce = (person: Person) => !isGone(person) && person.story !== 'pending'

const clinicStories: readonly Story[] = [
  'steady',
  'steady',
  'steady',
  'rehired',
  'new-late',
  'left-recently',
  'left-long-ago',
  'leave',
  'notice',
  'steady',
  'new-fresh',
  'pending',
]

const jobs: readonly (readonly [department: string, clinical: boolean, titles: readonly string[]])[] = [
  ['Nursing', true, ['Registered Nurse', 'Charge Nurse', 'Licensed Practical Nurse', 'Nursing Assistant']],
  ['Emergency', true, ['Emergency Physician', 'Triage Nurse', 'Registered Nurse', 'ED Technician']],
  ['Medicine', true, ['Hospitalist', 'Physician', 'Physician Assistant', 'Nurse Practitioner']],
  ['Radiology', true, ['Radiologic Technologist', 'Radiologist', 'Sonographer']],
  ['Laboratory', true, ['Medical Technologist', 'Phlebotomist', 'Lab Assistant']],
  ['Pharmacy', true, ['Pharmacist', 'Pharmacy Technician']],
  ['Patient Access', false, ['Registrar', 'Scheduler', 'Front Desk Associate']],
  ['Revenue Cycle', false, ['Biller', 'Medical Coder', 'Denials Specialist']],
  ['Facilities', false, ['Electrician', 'Environmental Services Aide', 'Groundskeeper']],
  ['Information Technology', false, ['Systems Administrator', 'Help Desk Analyst', 'Network Engineer']],
  ['Administration', false, ['Executive Assistant', 'Quality Analyst', 'HR Generalist']],
]

const clinicJobs: readonly (readonly [department: string, clinical: boolean, title: string])[] = [
  ['Administration', false, 'Practice Manager'],
  ['Medicine', true, 'Physician'],
  ['Medicine', true, 'Nurse Practitioner'],
  ['Nursing', true, 'Registered Nurse'],
  ['Front Desk', false, 'Receptionist'],
  ['Nursing', true, 'Medical Assistant'],
  ['Billing', false, 'Biller'],
  ['Nursing', true, 'Medical Assistant'],
  ['Front Desk', false, 'Receptionist'],
  ['Billing', false, 'Billing Contractor'],
  ['Nursing', true, 'Registered Nurse'],
  ['Medicine', true, 'Physician'],
]

export const peopleCount: Readonly<Record<SampleSize, number>> = { clinic: 12, hospital: 1200, system: 20_000 }
export const mailDomain: Readonly<Record<SampleSize, string>> = {
  clinic: 'riverbendclinic.example',
  hospital: 'mercyvalley.example',
  system: 'northlakehealth.example',
}

/** Which share of a larger organisation has which story; the rest is steady. */
const shares: readonly (readonly [Story, number])[] = [
  ['left-recently', 0.03],
  ['left-long-ago', 0.08],
  ['new-on-time', 0.055],
  ['new-late', 0.012],
  ['new-fresh', 0.008],
  ['leave', 0.014],
  ['notice', 0.006],
  ['last-day', 0.002],
  ['pending', 0.006],
  ['rehired', 0.01],
]

export interface Logins {
  /** Gives a user name that nobody else has in any system: a number is added where one is taken. */
  claim(base: string): string
}

export function loginBook(): Logins {
  const taken = new Map<string, number>()
  return {
    claim: (base) => {
      for (let count = taken.get(base) ?? 0; ; ) {
        const login = count === 0 ? base : `${base}${count + 1}`
        count++
        taken.set(base, count)
        if (login === base || !taken.has(login)) {
          if (login !== base) taken.set(login, 1)
          return login
        }
      }
    },
  }
}

/**
 * Draws the people. A name is borne once, in every variant of it that a system might hold, but for the namesakes, who
 * can be told apart by number and address.
 */
export function drawPeople(size: SampleSize, asOf: number, logins: Logins, seeded: Random): Person[] {
  const random = seeded.fork('people')
  const count = peopleCount[size]
  const stories = shares.map(([story, share]) => [story, dealer(share, random, false)] as const)
  const lacksFactor = dealer(size === 'clinic' ? 0.2 : size === 'hospital' ? 0.08 : 0.05, random, size === 'clinic')
  const namesakeStep = size === 'clinic' ? Number.POSITIVE_INFINITY : size === 'hospital' ? 190 : 320
  const names = new Set<string>()
  const people: Person[] = []
  const managers = new Map<string, number[]>()
  let number = size === 'clinic' ? 100 : size === 'hospital' ? 1200 : 104_000

  for (let index = 0; index < count; index++) {
    const twin = index > 100 && index % namesakeStep === 7 ? people[index - 3] : undefined
    const story = tellStory(index)
    const { department, clinical, title, workerType, manages } = drawJob(index, story)
    const name = twin ? { ...twin, middle: undefined } : drawName()
    number += random.int(1, size === 'system' ? 5 : 3)
    const dates = drawDates(story)
    const dotted = logins.claim(`${loginLetters(name.given)}.${loginLetters(name.family)}`)
    const person: Person = {
      given: name.given,
      middle: name.middle,
      family: name.family,
      nickname: name.nickname,
      maiden: name.maiden,
      index,
      number: writeNumber(workerType),
      email: workerType === 'volunteer' && random.chance(0.4) && !twin ? '' : `${dotted}@${mailDomain[size]}`,
      logins: {
        dotted,
        flast: logins.claim(loginLetters(name.given).charAt(0) + loginLetters(name.family)),
        lastf: logins.claim(loginLetters(name.family).slice(0, 7) + loginLetters(name.given).charAt(0)),
      },
      title,
      department,
      clinical,
      workerType,
      story,
      ...dates,
      managerIndex: pickManager(department, index),
      namesake: twin !== undefined,
      secondFactor: isGone({ story }) || story === 'pending' || !lacksFactor(),
    }
    if (twin) people[twin.index] = { ...twin, namesake: true }
    people.push(person)
    if (manages) managers.set(department, [...(managers.get(department) ?? []), index])
  }
  return people

  function tellStory(index: number): Story {
    if (size === 'clinic') return clinicStories[index] ?? 'steady'
    // The first of each department leads it, and every second namesake has gone: the tempting mistake.
    if (index < 40) return 'steady'
    if (index % namesakeStep === 7) return index % (2 * namesakeStep) === 7 ? 'steady' : 'left-recently'
    return stories.find(([, deals]) => deals())?.[0] ?? 'steady'
  }

  function drawJob(index: number, story: Story) {
    if (size === 'clinic') {
      const [department, clinical, title] = clinicJobs[index] ?? ['Medicine', true, 'Physician']
      return {
        department,
        clinical,
        title,
        workerType: workerOf(title === 'Billing Contractor' ? 3 : 99),
        manages: index === 0,
      }
    }
    const [department, clinical, titles] =
      index < 22 ? (jobs[index % jobs.length] ?? random.pick(jobs)) : random.pick(jobs)
    const manages = index < 22 || (story === 'steady' && random.chance(0.05))
    const workerType = workerOf(manages ? 99 : random.int(0, 99))
    return { department, clinical, title: manages ? `${department} Manager` : random.pick(titles), workerType, manages }
  }

  function workerOf(percent: number): WorkerType {
    return percent < 6 ? 'contractor' : percent < 9 ? 'volunteer' : percent < 10 ? 'student' : 'employee'
  }

  function writeNumber(workerType: WorkerType): string {
    if (size === 'hospital') return String(number).padStart(6, '0')
    return workerType === 'contractor' && size === 'system' ? `C${number}` : String(number)
  }

  function pickManager(department: string, index: number): number | undefined {
    if (size === 'clinic') return index === 0 ? undefined : 0
    const candidates = managers.get(department)
    return candidates === undefined ? (index === 0 ? undefined : 0) : random.pick(candidates)
  }

  function drawName(): Name {
    for (;;) {
      const given = random.pick(givenNames)
      const family = random.chance(0.03)
        ? `${random.pick(familyNames)}-${random.pick(familyNames)}`
        : random.pick(familyNames)
      const nickname = random.chance(0.5) ? nicknameOf(given) : undefined
      const maiden = random.chance(0.05) ? random.pick(familyNames) : undefined
      const keys = [given, nickname].flatMap((first) =>
        first === undefined
          ? []
          : [family, ...family.split('-'), maiden].flatMap((last) => (last ? [nameKey(first, last)] : [])),
      )
      if (keys.some((key) => names.has(key))) continue
      for (const key of keys) names.add(key)
      return { given, family, nickname, maiden, middle: random.chance(0.3) ? random.pick(givenNames) : undefined }
    }
  }

  /** Keeps clear of the edges of the rules (30 days, 12 months), where time zones would decide. */
  function drawDates(story: Story): Pick<Person, 'hiredOn' | 'leftOn' | 'firstStay'> {
    const ago = (from: number, to: number) => asOf - random.int(from, to)
    const none = { leftOn: undefined, firstStay: undefined }
    switch (story) {
      case 'steady':
      case 'leave':
        return { hiredOn: ago(450, 9000), ...none }
      case 'new-on-time':
      case 'new-late':
        return { hiredOn: ago(70, 340), ...none }
      case 'new-fresh':
        return { hiredOn: ago(3, 16), ...none }
      case 'pending':
        return { hiredOn: asOf + random.int(5, 30), ...none }
      case 'notice':
        return { hiredOn: ago(450, 6000), leftOn: asOf + random.int(3, 40), firstStay: undefined }
      case 'last-day':
        return { hiredOn: ago(450, 6000), leftOn: asOf, firstStay: undefined }
      case 'rehired': {
        const hiredOn = ago(420, 800)
        const firstLeftOn = hiredOn - random.int(120, 900)
        return {
          hiredOn,
          leftOn: undefined,
          firstStay: { hiredOn: firstLeftOn - random.int(300, 2500), leftOn: firstLeftOn },
        }
      }
      case 'left-recently':
      case 'left-long-ago': {
        const leftOn = story === 'left-recently' ? ago(12, 70) : ago(120, 700)
        return { hiredOn: Math.min(leftOn - random.int(300, 4000), asOf - 420), leftOn, firstStay: undefined }
      }
    }
  }
}
