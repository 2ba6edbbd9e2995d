/** Lets a made-up hospital work for as many days as asked, with nothing wrong in it yet. */
import type { Random } from '../random.ts'
import { drawCount } from './chance.ts'
import { type Load, officesOfDay } from './offices.ts'
import { type Census, emergency, stay } from './stays.ts'
import { visit } from './visits.ts'
import { minutesADay, type World } from './world.ts'

export function simulate(world: World, load: Load, seeded: Random): void {
  const census: Census = new Map()
  const wards = world.unitsOf('ward')
  const clinics = world.unitsOf('clinic')
  const watched = world.byNeed.filter((index) => world.resident(index).isVip)
  const staff = world.byNeed.filter((index) => world.resident(index).worker !== undefined)
  const stays = seeded.fork('stays')
  for (let day = -16; day < world.days; day++) {
    for (let each = drawCount(stays, load.emergencies); each > 0; each--) {
      // Quiet before dawn, busy from noon to late evening.
      const minute = stays.chance(0.75) ? stays.int(540, 1_380) : stays.int(0, 1_439)
      const at = day * minutesADay + minute
      // The staff fall ill too, and come to their own house.
      const patient = staff.length > 0 && stays.chance(0.025) ? stays.pick([...staff]) : world.drawPatient(at, stays)
      emergency(world, patient, at, census, stays)
    }
    for (let each = drawCount(stays, load.admissions); each > 0 && wards.length > 0; each--) {
      const at = day * minutesADay + stays.int(480, 900)
      stay(world, world.drawPatient(at, stays), at, stays.pick(wards), census, stays)
    }
  }
  const vips = seeded.fork('watched')
  for (const patient of watched.slice(0, 24)) {
    const at = vips.int(0, world.days - 4) * minutesADay + vips.int(480, 1_200)
    if (wards.length > 0 && vips.chance(0.6)) emergency(world, patient, at, census, vips)
    if (wards.length > 0 && vips.chance(0.5)) stay(world, patient, at + 300, vips.pick(wards), census, vips)
    visit(world, { patient, unit: vips.pick(clinics), day: vips.int(0, world.days) }, vips)
  }
  const visits = seeded.fork('visits')
  for (let day = -30; day < world.days + 24; day++) {
    if ((world.from + day + 3) % 7 > 4) continue
    for (let each = drawCount(visits, load.visits); each > 0; each--) {
      const patient =
        staff.length > 0 && visits.chance(0.03)
          ? visits.pick([...staff])
          : world.drawPatient(Math.max(0, day) * minutesADay, visits)
      visit(world, { patient, unit: visits.pick(clinics), day }, visits)
    }
  }
  const active: number[][] = Array.from({ length: world.days }, () => [])
  for (const { at, patient } of world.log.sessions) active[Math.floor(at / 86_400)]?.push(patient)
  const offices = seeded.fork('offices')
  for (let day = 0; day < world.days; day++) officesOfDay(world, day, load, census, active[day] ?? [], offices)
}
