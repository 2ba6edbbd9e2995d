/** What explains the accesses of the very large world: its staff, patients, appointments and care teams, as CSV. */
import { dayMs, departmentNameOf, type LargeWorld, loginOf, patientOf } from './trail-world.ts'

function* inPieces(lines: Iterable<string>): Generator<Buffer> {
  let text = ''
  for (const line of lines) {
    text += line
    if (text.length < 1_000_000) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}

const dayText = (world: LargeWorld, day: number) => new Date((world.from + day) * dayMs).toISOString().slice(0, 10)

export function appointmentCsv(world: LargeWorld): Generator<Buffer> {
  function* lines() {
    yield 'Appointment ID,Patient ID,Provider,Department,Appointment Time,Status\n'
    for (let day = 0; day < world.days; day++) {
      const date = dayText(world, day)
      for (let index = world.appointmentsOfDay[day] ?? 0; index < (world.appointmentsOfDay[day + 1] ?? 0); index++) {
        const user = world.appointmentUser[index] ?? 0
        yield `A${index},${patientOf(world.appointmentPatient[index] ?? 0)},${loginOf(user)},${departmentNameOf(
          world.departmentOf[user] ?? 0,
        )},${date} ${String(8 + (index % 9)).padStart(2, '0')}:${String((index * 7) % 60).padStart(2, '0')},Completed\n`
      }
    }
  }
  return inPieces(lines())
}

export function careTeamCsv(world: LargeWorld): Generator<Buffer> {
  function* lines() {
    yield 'Care Team ID,Patient ID,Member,Role,Start Date,End Date\n'
    const since = dayText(world, -400)
    for (let patient = 0; patient < world.patients; patient++)
      yield `T${patient},${patientOf(patient)},${loginOf(world.careTeam[patient] ?? 0)},Primary,${since},\n`
  }
  return inPieces(lines())
}

export function staffCsv(world: LargeWorld): Generator<Buffer> {
  function* lines() {
    yield 'Login,Name,Department,Role,Hire Date,Termination Date\n'
    for (let user = 0; user < world.users; user++)
      yield `${loginOf(user)},"Family${user % 4_001}, Given${user % 307}",${departmentNameOf(world.departmentOf[user] ?? 0)},Nurse,2019-03-01,\n`
  }
  return inPieces(lines())
}

export function patientCsv(world: LargeWorld): Generator<Buffer> {
  function* lines() {
    yield 'Patient ID,Name,Birth Date,Death Date,Address,City,ZIP,Phone\n'
    for (let patient = 0; patient < world.patients; patient++)
      yield `${patientOf(patient)},"Family${patient % 9_001}, Given${patient % 499}",${1930 + (patient % 90)}-0${1 + (patient % 9)}-1${patient % 10},,${
        1 + (patient % 400)
      } Street ${patient % 2_003},Town ${patient % 31},555${String(patient % 100).padStart(2, '0')},555-${String(
        2_000_000 + patient,
      )}\n`
  }
  return inPieces(lines())
}
