/** The records of care, the patients and the staff of a made-up world as tables. */
import { toDay } from '../calendar.ts'
import type { Random } from '../random.ts'
import { plainDialect, type Table, type TableRow, tableText } from '../table.ts'
import { clockOf } from './log-files.ts'
import { recordNumber, writePhone, writeStreet, writeStreetLoosely } from './population.ts'
import type { Order } from './records.ts'
import { minutesADay, type World } from './world.ts'

export interface RecordFile {
  readonly name: string
  readonly content: () => Generator<string>
}

export interface RecordChoice {
  /** Emergency encounters from this minute on are told by messages instead. */
  readonly messagesFrom: number
  /** Appointments and encounters are told by a bundle instead. */
  readonly asBundle: boolean
}

export function listRecordFiles(world: World, { messagesFrom, asBundle }: RecordChoice, seeded: Random): RecordFile[] {
  const { records, end } = world
  const at = (minute: number | undefined) => {
    if (minute === undefined) return ''
    const { day, time } = clockOf(world, Math.floor(minute) * 60)
    return `${day} ${time.slice(0, 5)}`
  }
  const day = (minute: number | undefined) =>
    minute === undefined ? '' : toDay(world.from + Math.floor(minute / minutesADay))
  const login = (worker: number | undefined) => (worker === undefined ? '' : world.worker(worker).login)
  const unit = (index: number) => world.units[index]?.name ?? ''
  /** What has happened by the day of the export. */
  const done = (minute: number | undefined) => (minute !== undefined && minute < end ? minute : undefined)

  function table<T>(name: string, header: readonly string[], rows: Iterable<T>, cells: (row: T) => TableRow['cells']) {
    function* written(): Generator<TableRow> {
      for (const row of rows) yield { cells: cells(row) }
    }
    const content = () => tableText({ header, rows: written() } satisfies Table, plainDialect, () => undefined)
    return { name, content }
  }

  /** Who carried out what was ordered, once it is done. */
  function carriedOut(name: string, header: readonly string[], kinds: readonly Order['kind'][]) {
    return table(
      name,
      header,
      records.orders.filter((row) => kinds.includes(row.kind) && done(row.doneAt) !== undefined),
      (row) => [`${row.id}D`, recordNumber(row.patient), row.kind, login(row.doneBy), unit(row.unit), at(row.doneAt)],
    )
  }

  const files: RecordFile[] = [patientsFile(world, seeded), staffFile(world, seeded)]
  if (!asBundle) {
    files.push(
      table(
        'appointments.csv',
        [
          'Appointment ID',
          'Patient ID',
          'Provider',
          'Department',
          'Appointment Time',
          'Status',
          'Visit Type',
          'Booked At',
          'Booked By',
        ],
        records.appointments.filter(({ bookedAt }) => bookedAt < end),
        (row) => [
          row.id,
          recordNumber(row.patient),
          login(row.provider),
          unit(row.unit),
          at(row.at),
          row.status,
          row.kind,
          at(row.bookedAt),
          login(row.bookedBy),
        ],
      ),
      table(
        'encounters.csv',
        [
          'Encounter ID',
          'Patient ID',
          'Encounter Type',
          'Department',
          'Attending Provider',
          'Start Time',
          'End Time',
          'Status',
        ],
        records.encounters.filter(({ from, kind }) => from < (kind === 'Emergency' ? messagesFrom : end)),
        (row) => [
          row.id,
          recordNumber(row.patient),
          row.kind,
          unit(row.unit),
          login(row.attending),
          at(row.from),
          at(done(row.to)),
          done(row.to) === undefined ? 'In Progress' : 'Finished',
        ],
      ),
    )
  }
  files.push(
    table(
      'care-teams.csv',
      ['Care Team ID', 'Patient ID', 'Member', 'Role', 'Start Date', 'End Date'],
      records.careTeams.filter(({ from }) => from < end),
      (row) => [row.id, recordNumber(row.patient), login(row.worker), row.role, day(row.from), day(row.to)],
    ),
    table(
      'orders.csv',
      ['Order ID', 'Patient ID', 'Order Type', 'Ordered By', 'Department', 'Order Time', 'Status'],
      records.orders.filter((row) => row.at < end),
      (row) => [
        row.id,
        recordNumber(row.patient),
        row.kind,
        login(row.orderedBy),
        unit(row.unit),
        at(row.at),
        done(row.doneAt) === undefined ? 'Active' : 'Completed',
      ],
    ),
    carriedOut(
      'results.csv',
      ['Result ID', 'Patient ID', 'Result Type', 'Performed By', 'Department', 'Resulted At'],
      ['Laboratory', 'Imaging'],
    ),
    carriedOut(
      'medications.csv',
      ['Medication ID', 'Patient ID', 'Kind', 'Performed By', 'Department', 'Dispensed At'],
      ['Medication'],
    ),
    carriedOut(
      'consults.csv',
      ['Consult ID', 'Patient ID', 'Kind', 'Consultant', 'Department', 'Consult Date'],
      ['Consult'],
    ),
    table(
      'notes.csv',
      ['Note ID', 'Patient ID', 'Note Type', 'Author', 'Department', 'Note Date'],
      records.notes.filter((row) => row.at < end),
      (row) => [row.id, recordNumber(row.patient), row.kind, login(row.author), unit(row.unit), at(row.at)],
    ),
    table(
      'referrals.csv',
      ['Referral ID', 'Patient ID', 'Referred By', 'Department', 'Referred To Provider', 'Referral Date', 'Status'],
      records.referrals.filter((row) => row.at < end),
      (row) => [
        row.id,
        recordNumber(row.patient),
        login(row.by),
        unit(row.toUnit),
        login(row.toProvider),
        day(row.at),
        'Authorized',
      ],
    ),
    table(
      'billing.csv',
      ['Bill ID', 'Patient ID', 'Bill Type', 'Department', 'Biller', 'Bill Date'],
      records.billing.filter(({ workedAt }) => workedAt < end),
      (row) => [row.id, recordNumber(row.patient), row.kind, unit(row.unit), login(row.worker), day(row.workedAt)],
    ),
  )
  return files
}

function patientsFile(world: World, seeded: Random): RecordFile {
  const random = seeded.fork('patients file')
  const { population } = world
  function* rows(): Generator<TableRow> {
    for (const [index, resident] of population.residents.entries()) {
      const home = population.households[resident.household]
      const town = population.towns[home?.town ?? 0]
      if (!resident.isPatient || !home) continue
      const diedOn =
        resident.diedOn !== undefined && resident.diedOn < world.from + world.days ? resident.diedOn : undefined
      yield {
        cells: [
          recordNumber(index),
          `${resident.formerFamily ?? resident.family}, ${resident.given}`,
          toDay(resident.bornOn),
          diedOn === undefined ? '' : toDay(diedOn),
          writeStreet(population, home),
          town?.name,
          town?.zip,
          random.chance(0.06) ? '' : writePhone(resident.phone, 0),
          resident.isVip ? 'Y' : 'N',
        ],
      }
    }
  }
  const header = ['Patient ID', 'Name', 'Birth Date', 'Death Date', 'Address', 'City', 'ZIP', 'Phone', 'VIP']
  return { name: 'patients.csv', content: () => tableText({ header, rows: rows() }, plainDialect, () => undefined) }
}

function staffFile(world: World, seeded: Random): RecordFile {
  const random = seeded.fork('staff file')
  const { population } = world
  function* rows(): Generator<TableRow> {
    for (const worker of world.workers) {
      const resident = population.residents[worker.resident]
      const home = population.households[resident?.household ?? -1]
      const town = population.towns[home?.town ?? 0]
      const isPerson = worker.kind === 'person' && resident !== undefined && home !== undefined
      const cells = (hiredOn: number, leftOn: number | undefined) => [
        worker.login,
        worker.given === '' ? worker.family : `${worker.family}, ${worker.given}`,
        world.units[worker.unit]?.name,
        worker.role === 'student' ? `Student (${worker.title})` : worker.title,
        toDay(hiredOn),
        leftOn === undefined ? '' : toDay(leftOn),
        isPerson ? toDay(resident.bornOn) : '',
        isPerson ? writeStreetLoosely(population, home, random) : '',
        isPerson ? town?.name : '',
        isPerson ? town?.zip : '',
        isPerson && random.chance(0.9) ? writePhone(resident.phone, 1) : '',
        // Whether somebody is also a patient is known of most only by name and birth date.
        isPerson && resident.isPatient && random.chance(0.5) ? recordNumber(worker.resident) : '',
        worker.managerLogin,
        worker.kind === 'person'
          ? 'Person'
          : worker.kind === 'service'
            ? 'Service'
            : worker.kind === 'shared'
              ? 'Shared'
              : 'Other',
      ]
      // Those who came back have a line a stay, the last one last.
      if (worker.firstStay) yield { cells: cells(worker.firstStay.hiredOn, worker.firstStay.leftOn) }
      yield { cells: cells(worker.hiredOn, worker.leftOn) }
    }
  }
  const header = [
    'Login',
    'Name',
    'Department',
    'Role',
    'Hire Date',
    'Termination Date',
    'Birth Date',
    'Address',
    'City',
    'ZIP',
    'Phone',
    'Patient ID',
    'Manager',
    'Account Type',
  ]
  return { name: 'ehr-staff.csv', content: () => tableText({ header, rows: rows() }, plainDialect, () => undefined) }
}
