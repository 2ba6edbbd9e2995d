/** The staff list in the style of three HR products. */

import type { SampleSize } from './answer-key.ts'
import { toDay } from './calendar.ts'
import { isGone, type Person, type WorkerType } from './people.ts'
import { type Dialect, plainDialect, type Table, type TableRow } from './table.ts'

export interface StaffList {
  readonly file: string
  readonly product: string
  readonly table: Table
  readonly dialect: Dialect
}

const day = (on: number | undefined) => (on === undefined ? undefined : { day: on })

/** Somebody has typed a second line into the title of this person. */
const twoLineIndex = 3
const titleOf = (person: Person) => (person.index === twoLineIndex ? `${person.title}\n(float pool)` : person.title)

export function staffList(size: SampleSize, asOf: number, people: readonly Person[]): StaffList {
  switch (size) {
    case 'clinic':
      return {
        file: 'Staff.csv',
        product: 'BambooHR',
        table: bamboo(people),
        dialect: { ...plainDialect, dates: 'us', encoding: 'utf8-bom', newline: '\r\n' },
      }
    case 'hospital':
      return {
        file: 'Employee roster.csv',
        product: 'ADP Workforce Now',
        table: adp(people, asOf),
        dialect: { ...plainDialect, dates: 'us-padded', newline: '\r\n' },
      }
    case 'system':
      return {
        file: 'Workers.csv',
        product: 'Workday',
        table: workday(people),
        dialect: { ...plainDialect, quoteAll: true },
      }
  }
}

const manager = (person: Person, people: readonly Person[]) =>
  person.managerIndex === undefined ? undefined : people[person.managerIndex]

function* withBadRows(
  rows: Iterable<TableRow>,
  bad: readonly (readonly [after: number, cells: TableRow['cells']])[],
): Generator<TableRow> {
  let count = 0
  for (const row of rows) {
    yield row
    count++
    for (const [after, cells] of bad) if (after === count) yield { reject: true, cells }
  }
}

function bamboo(people: readonly Person[]): Table {
  const employment: Readonly<Record<WorkerType, string>> = {
    employee: 'Full-Time',
    contractor: 'Contractor',
    volunteer: 'Volunteer',
    student: 'Intern',
  }
  function* rows(): Generator<TableRow> {
    for (const person of people) {
      const name = `${person.family}, ${person.given}`
      const state = isGone(person)
        ? 'Terminated'
        : person.story === 'leave'
          ? 'Leave of Absence'
          : person.story === 'pending'
            ? 'Future Hire'
            : 'Active'
      const left = person.leftOn ?? person.firstStay?.leftOn
      yield {
        cells: [
          person.number,
          name,
          titleOf(person),
          person.department,
          state,
          employment[person.workerType],
          day(person.hiredOn),
          day(left),
          person.email,
          manager(person, people)?.number,
        ],
      }
    }
  }
  return {
    header: [
      'Employee #',
      'Last name, First name',
      'Job Title',
      'Department',
      'Status',
      'Employment Status',
      'Hire Date',
      'Termination Date',
      'Work Email',
      'Reports To Employee #',
    ],
    rows: withBadRows(rows(), [
      [6, ['', '', 'Medical Assistant', 'Nursing', 'Active', 'Full-Time', '', '', '', '']],
      [9, ['998', 'Unreadable, Row', 'Receptionist', 'Front Desk', 'Active', 'Part-Time', '13/45/2025', '', '', '']],
    ]),
  }
}

function adp(people: readonly Person[], asOf: number): Table {
  const category: Readonly<Record<WorkerType, string>> = {
    employee: 'Full Time',
    contractor: 'Contractor',
    volunteer: 'Volunteer',
    student: 'Intern',
  }
  function* rows(): Generator<TableRow> {
    for (const person of people) {
      const state = isGone(person)
        ? 'Terminated'
        : person.story === 'leave'
          ? 'Leave'
          : person.story === 'pending'
            ? 'Pre-Hire'
            : 'Active'
      const again = person.firstStay
      yield {
        cells: [
          person.number,
          person.given,
          person.middle,
          person.family,
          titleOf(person),
          person.department,
          category[person.workerType],
          state,
          day(again?.hiredOn ?? person.hiredOn),
          again ? day(person.hiredOn) : undefined,
          day(again?.leftOn ?? person.leftOn),
          person.email,
          manager(person, people)?.number,
        ],
      }
    }
  }
  return {
    preamble: [
      'Mercy Valley Hospital',
      'Employee Roster incl. Terminated',
      `"Report run: ${toDay(asOf)} 06:00, all locations"`,
      '',
    ],
    header: [
      'File Number',
      'Legal First Name',
      'Legal Middle Name',
      'Legal Last Name',
      'Job Title Description',
      'Home Department Description',
      'Worker Category Description',
      'Position Status',
      'Hire Date',
      'Rehire Date',
      'Termination Date',
      'Work Contact: Work Email',
      'Reports To File Number',
    ],
    rows: withBadRows(rows(), [
      [30, ['', '', '', '', 'Registered Nurse', 'Nursing', 'Full Time', 'Active', '', '', '', '', '']],
      [
        77,
        [
          '099998',
          'Row',
          '',
          'Unreadable',
          'Registrar',
          'Patient Access',
          'Part Time',
          'Active',
          '02/30/2025',
          '',
          '',
          '',
          '',
        ],
      ],
    ]),
    footer: ['Total Employees:', people.length],
  }
}

function workday(people: readonly Person[]): Table {
  const type: Readonly<Record<WorkerType, string>> = {
    employee: 'Employee',
    contractor: 'Contingent Worker',
    volunteer: 'Volunteer',
    student: 'Student',
  }
  function* rows(): Generator<TableRow> {
    for (const person of people) {
      const state = isGone(person)
        ? 'Terminated'
        : person.story === 'leave'
          ? 'On Leave'
          : person.story === 'pending'
            ? 'Future Hire'
            : 'Active'
      yield {
        cells: [
          person.number,
          `${person.given} ${person.family}`,
          person.given,
          person.family,
          titleOf(person),
          person.department,
          type[person.workerType],
          state,
          day(person.firstStay?.hiredOn ?? person.hiredOn),
          day(person.hiredOn),
          day(person.leftOn ?? person.firstStay?.leftOn),
          person.email,
          manager(person, people)?.number,
        ],
      }
    }
  }
  return {
    header: [
      'Employee ID',
      'Worker',
      'First Name',
      'Last Name',
      'Business Title',
      'Department',
      'Worker Type',
      'Employee Status',
      'Original Hire Date',
      'Hire Date',
      'Termination Date',
      'Primary Work Email',
      'Manager ID',
    ],
    rows: withBadRows(rows(), [
      [400, ['', '', '', '', 'Registered Nurse', 'Nursing', 'Employee', 'Active', '', '', '', '', '']],
      [
        900,
        [
          '999998',
          'Row Unreadable',
          'Row',
          'Unreadable',
          'Registrar',
          'Patient Access',
          'Employee',
          'Active',
          '',
          '2025-02-30',
          '',
          '',
          '',
        ],
      ],
    ]),
  }
}
