/**
 * Who lives around a made-up hospital: households with their surnames, streets and telephones, the staff among them. It is
 * meant to mislead as a real town does: a few surnames are borne by very many, small towns have families of their own, a
 * block of flats holds a hundred people, and the same address is written in several ways.
 */
import { familyNames, givenNames } from '../names.ts'
import type { Random } from '../random.ts'
import { share, weighted } from './chance.ts'

export interface Household {
  readonly town: number
  readonly street: number
  readonly house: number
  /** Of those who live in a block of flats. */
  readonly flat: string
  readonly phone: string
  readonly members: number[]
}

export interface Resident {
  readonly given: string
  family: string
  /** A surname that they bore before, which a record may still have. */
  formerFamily: string | undefined
  readonly bornOn: number
  diedOn: number | undefined
  readonly household: number
  readonly phone: string
  isVip: boolean
  /** Has a record here. */
  isPatient: boolean
  /** Their place among the staff. */
  worker: number | undefined
  /** Of whom of the staff they are a relative who lives elsewhere. */
  kinOf: number | undefined
}

export interface Town {
  readonly name: string
  readonly zip: string
  readonly streets: readonly string[]
}

export interface Population {
  readonly towns: readonly Town[]
  readonly households: Household[]
  readonly residents: Resident[]
}

/** Who works there and so must live somewhere. */
export interface Resettled {
  readonly given: string
  readonly family: string
  readonly maiden: string | undefined
  readonly hiredOn: number
}

const townNames = `Riverbend Ashford Millbrook Cedar Falls|Stonebridge Harlow Pinecrest Lakemont Fairview Elkhorn`
  .split('|')
  .join(' ')
  .split(' ')
const streetStems =
  `Maple Oak Cedar Pine Elm Washington Lincoln Main Church Mill River Park Lake Hill Walnut Chestnut Spring
North South Union Prospect Highland Franklin Jackson Madison Willow Birch Sunset Meadow Orchard Court School Center Ridge Valley
Forest Garden Bridge Grove Cherry Dogwood Juniper Laurel Magnolia Sycamore Poplar Hickory Spruce Aspen Hawthorn`.split(
    /\s+/,
  )
const streetKinds = ['St', 'Ave', 'Rd', 'Ln', 'Dr', 'Ct']

const starts =
  `Abern Bald Carv Drum Ell Fenn Gors Hask Inger Jarr Kell Lind Mars Nor Oster Pell Quin Rad Sand Tolm Ull Vand Wex
Yard Zell Brock Crann Dov Farn Glos Holl Kess Lov Mott Pasch Ruth Stev Thorn Wald Zim`.split(/\s+/)
const middles = `a e i o en er an el ing ber mer stad wor hau`.split(' ')
const ends = `man son ley ton berg dale well smith stein ford ett ski wick ova er hart nen dorf by es`.split(' ')

/** Surnames by how common they are, the common ones very much so. */
function surnames(): (random: Random) => string {
  const rare: string[] = []
  for (const start of starts) for (const middle of middles) for (const end of ends) rare.push(start + middle + end)
  return weighted([...familyNames, ...rare].map((name, rank) => [name, 1 / (rank + 6) ** 0.85] as const))
}

const perStreet = 38

/** Peoples the towns: first the households of the staff, then others until there are `count` residents. */
export function drawPopulation(
  count: number,
  staff: readonly Resettled[],
  asOf: number,
  seeded: Random,
): Population & { readonly workerResidents: readonly number[] } {
  const random = seeded.fork('population')
  const drawSurname = surnames()
  const townCount = count < 5_000 ? 3 : count < 60_000 ? 7 : townNames.length
  const townOf = weighted(Array.from({ length: townCount }, (_, town) => [town, 1 / (town + 1)] as const))
  const weights = Array.from({ length: townCount }, (_, town) => 1 / (town + 1))
  const allWeights = weights.reduce((sum, weight) => sum + weight, 0)
  const towns = weights.map((weight, town): Town => {
    const streets = Math.max(4, Math.round(((count / 2.3) * weight) / allWeights / perStreet))
    return {
      name: townNames[town] ?? 'Riverbend',
      zip: String(55_500 + town * 7),
      streets: Array.from({ length: streets }, (_, street) => {
        const round = Math.floor(street / streetStems.length)
        const kind = streetKinds[(street + round) % streetKinds.length] ?? 'St'
        const turn = Math.floor(round / streetKinds.length)
        return `${turn > 0 ? `${['North', 'East', 'South', 'West'][turn % 4]} ` : ''}${streetStems[street % streetStems.length]} ${kind}`
      }),
    }
  })
  // Families that a small town has many of.
  const clans = towns.map(() => [drawSurname(random), drawSurname(random), drawSurname(random)])
  const households: Household[] = []
  const residents: Resident[] = []

  let line = 1_000
  const newPhone = () => {
    line += random.int(1, 9)
    return `555${String(2_000_000 + line).padStart(7, '0')}`
  }

  const settle = (town = townOf(random)): number => {
    const street = random.int(0, (towns[town]?.streets.length ?? 1) - 1)
    // In every third street stands a block of flats, and most of the street lives in it.
    const isBlock = street % 3 === 1 && random.chance(0.6)
    households.push({
      town,
      street,
      house: isBlock ? 100 + (street % 7) * 10 : random.int(1, 160),
      flat: isBlock ? `${random.int(1, 9)}${random.pick(['A', 'B', 'C', 'D', 'E', 'F'])}` : '',
      phone: newPhone(),
      members: [],
    })
    return households.length - 1
  }
  const surnameIn = (household: number) => {
    const town = households[household]?.town ?? 0
    return town > 0 && random.chance(0.18) ? random.pick(clans[town] ?? ['Smith']) : drawSurname(random)
  }
  const join = (household: number, given: string, family: string, age: number, isPatient: boolean): Resident => {
    const home = households[household]
    if (!home) throw new RangeError('No such household')
    const bornOn = asOf - Math.floor((age + share(random)) * 365.25)
    const resident: Resident = {
      given,
      family,
      formerFamily: undefined,
      bornOn,
      diedOn: undefined,
      household,
      phone: age < 18 || random.chance(0.35) ? home.phone : newPhone(),
      isVip: false,
      isPatient,
      worker: undefined,
      kinOf: undefined,
    }
    home.members.push(residents.length)
    residents.push(resident)
    return resident
  }
  /** The others of a household, beside a first adult of this age. */
  const fill = (household: number, family: string, age: number, patients: number) => {
    const hasPartner = random.chance(age < 26 ? 0.3 : 0.62)
    const isPatient = () => random.chance(patients)
    if (hasPartner)
      join(
        household,
        random.pick(givenNames),
        random.chance(0.8) ? family : drawSurname(random),
        Math.max(19, age + random.int(-6, 6)),
        isPatient(),
      )
    if (age >= 23 && age < 58 && random.chance(hasPartner ? 0.65 : 0.25))
      for (let child = random.int(1, 3); child > 0; child--)
        join(
          household,
          random.pick(givenNames),
          random.chance(0.9) ? family : drawSurname(random),
          random.int(0, Math.min(age < 45 ? 17 : 24, age - 19)),
          isPatient(),
        )
    if (random.chance(0.06)) join(household, random.pick(givenNames), family, Math.min(96, age + 27), isPatient())
  }

  const workerResidents: number[] = []
  for (const [index, { given, family, maiden, hiredOn }] of staff.entries()) {
    // Nobody was a child when hired.
    const least = Math.min(58, 20 + Math.max(0, Math.ceil((asOf - hiredOn) / 365.25)))
    const age = random.int(least, Math.max(least, Math.min(66, least + 26)))
    // Now and then two of the staff are a couple.
    const previous = residents[workerResidents[index - 1] ?? -1]
    const withPrevious = previous !== undefined && random.chance(0.04)
    const household = withPrevious ? previous.household : settle()
    const self = join(household, given, family, age, random.chance(0.62))
    self.worker = index
    if (maiden && random.chance(0.6)) self.formerFamily = maiden
    workerResidents.push(residents.length - 1)
    if (!withPrevious) fill(household, family, age, 0.8)
    // Parents, brothers and sisters live elsewhere, as often as not in the same town.
    if (random.chance(0.35)) {
      const near = settle(random.chance(0.5) ? households[household]?.town : undefined)
      const parent = maiden && random.chance(0.5) ? maiden : family
      join(near, random.pick(givenNames), parent, Math.min(97, age + 28), true).kinOf = index
      if (random.chance(0.6)) join(near, random.pick(givenNames), family, Math.min(95, age + 26), true).kinOf = index
    }
  }
  while (residents.length < count) {
    const household = settle()
    const family = surnameIn(household)
    const age = random.int(19, 93)
    join(household, random.pick(givenNames), family, age, true)
    fill(household, family, age, 1)
  }
  for (const resident of residents) {
    const age = (asOf - resident.bornOn) / 365.25
    const drawn = share(random)
    if (resident.worker !== undefined) continue
    if (drawn < (age > 78 ? 0.09 : age > 60 ? 0.02 : 0.002)) resident.diedOn = asOf - random.int(100, 1_400)
    else if (drawn > 0.9992) resident.isVip = true
    if (random.chance(0.02)) resident.formerFamily = drawSurname(random)
  }
  return { towns, households, residents, workerResidents }
}

/** Medical record numbers tell nothing about who came first. */
export const recordNumber = (resident: number): string => `M${100_003 + ((resident * 7_919) % 8_999_993)}`

/** How the record system writes an address. */
export function writeStreet({ towns }: Population, household: Household): string {
  const street = `${household.house} ${towns[household.town]?.streets[household.street] ?? ''}`
  return household.flat ? `${street} Apt ${household.flat}` : street
}

const longKinds: Readonly<Record<string, string>> = {
  St: 'Street',
  Ave: 'Avenue',
  Rd: 'Road',
  Ln: 'Lane',
  Dr: 'Drive',
  Ct: 'Court',
}

/** How the people of the staff list write theirs: each in a way of their own. */
export function writeStreetLoosely(population: Population, household: Household, random: Random): string {
  const plain = writeStreet(population, household)
  switch (random.int(0, 9)) {
    case 0:
      return plain.toUpperCase()
    case 1:
    case 2:
      return plain.replace(/ (St|Ave|Rd|Ln|Dr|Ct)\b/, (_, kind: string) => ` ${longKinds[kind] ?? kind}`)
    case 3:
      return plain.replace(' Apt ', ' #')
    case 4:
      return plain.replace(' Apt ', ', Apt. ').replace(/ (St|Ave|Rd)\b/, ' $1.')
    default:
      return plain
  }
}

export function writePhone(phone: string, form: number): string {
  const [area, middle, last] = [phone.slice(0, 3), phone.slice(3, 6), phone.slice(6)]
  return form === 0 ? `(${area}) ${middle}-${last}` : form === 1 ? `${area}-${middle}-${last}` : `+1${phone}`
}
