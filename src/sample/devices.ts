/** Computers, phones and clinical devices, and what has been neglected on them. */

import type { Day } from '#platform/days.ts'
import type { KeyKeeper, SampleSize } from './answer-key.ts'
import { dayMs, dayNumber, writeInstant } from './calendar.ts'
import { isInForce, type Person } from './people.ts'
import { dealer, type Random } from './random.ts'
import type { Cell, Table, TableRow } from './table.ts'

interface OperatingSystem {
  /** As a person would write it. */
  readonly title: string
  /** As a management tool reports it. */
  readonly name: string
  readonly version: string
  /** The last day of its maker's support, where that has come or is near. */
  readonly endsOn?: Day
}

const windows11: OperatingSystem = { title: 'Windows 11 Pro 25H2', name: 'Windows', version: '10.0.26200.6899' }
const windows10: OperatingSystem = {
  title: 'Windows 10 Pro 22H2',
  name: 'Windows',
  version: '10.0.19045.6456',
  endsOn: '2025-10-14',
}
const windows10Ltsc: OperatingSystem = {
  title: 'Windows 10 IoT Enterprise LTSC 2021',
  name: 'Windows 10 IoT Enterprise LTSC 2021',
  version: '21H2',
}
const windows7: OperatingSystem = {
  title: 'Windows 7 Professional',
  name: 'Windows 7 Professional',
  version: '6.1.7601',
  endsOn: '2020-01-14',
}
const macos26: OperatingSystem = { title: 'macOS 26.0', name: 'macOS', version: '26.0' }
const macos12: OperatingSystem = {
  title: 'macOS 12.7',
  name: 'macOS',
  version: '12.7.6',
  endsOn: '2024-09-16',
}
const ios26: OperatingSystem = { title: 'iOS 26.1', name: 'iOS', version: '26.1' }
const android16: OperatingSystem = { title: 'Android 16', name: 'Android', version: '16' }

export interface Device {
  readonly name: string
  readonly serial: string
  readonly kind: 'Laptop' | 'Desktop' | 'Phone' | 'Tablet' | 'Medical' | 'Printer'
  readonly maker: string
  readonly model: string
  readonly os: OperatingSystem | undefined
  readonly encrypted: boolean | undefined
  readonly protected: boolean | undefined
  readonly managed: boolean
  readonly lastSeenAt: number
  readonly standing: 'In use' | 'In stock' | 'Retired'
  readonly user: Person | undefined
}

export const deviceCount: Readonly<Record<SampleSize, number>> = { clinic: 14, hospital: 900, system: 15_000 }

const models: Readonly<Record<Device['kind'], readonly (readonly [maker: string, model: string])[]>> = {
  Laptop: [
    ['Dell', 'Latitude 5450'],
    ['Lenovo', 'ThinkPad T14'],
    ['HP', 'EliteBook 840'],
  ],
  Desktop: [
    ['Dell', 'OptiPlex 7010'],
    ['HP', 'ProDesk 600'],
    ['Lenovo', 'ThinkCentre M70q'],
  ],
  Phone: [
    ['Apple', 'iPhone 15'],
    ['Samsung', 'Galaxy A55'],
  ],
  Tablet: [['Apple', 'iPad 10th gen']],
  Medical: [
    ['GE HealthCare', 'Vivid E95'],
    ['Philips', 'IntelliVue MX750'],
    ['Siemens', 'SOMATOM go.Up'],
    ['Baxter', 'Spectrum IQ'],
  ],
  Printer: [
    ['HP', 'LaserJet M507'],
    ['Zebra', 'ZD421'],
  ],
}

/** Draws the devices that a management tool or the office list knows; medical devices have a list of their own. */
export function drawDevices(size: SampleSize, asOf: number, people: readonly Person[], seeded: Random): Device[] {
  const random = seeded.fork('devices')
  const eager = size === 'clinic'
  const rate = (small: number, large: number) => dealer(eager ? small : large, random, eager)
  const isPlain = rate(0.14, 0.03)
  const isOld = rate(0.14, 0.04)
  const isSilent = rate(0.12, 0.03)
  const isUnprotected = rate(0.12, 0.02)
  const isRetired = rate(0.1, 0.05)
  const isUnmanaged = rate(0.08, 0.02)
  const isUnsaid = rate(0.08, 0.01)
  const staff = people.filter((person) => isInForce(person) && person.email !== '')
  const numbers = new Map<string, number>()

  const nameOf = (prefix: string) => {
    const number = (numbers.get(prefix) ?? 0) + 1
    numbers.set(prefix, number)
    return `${prefix}-${String(number).padStart(size === 'system' ? 5 : 3, '0')}`
  }
  return Array.from({ length: deviceCount[size] }, (_, index): Device => {
    const kind = eager ? (clinicKinds[index % clinicKinds.length] ?? 'Desktop') : drawKind(random.int(0, 99))
    const isMac = kind === 'Laptop' && (eager ? index === 9 : random.chance(0.08))
    const [maker, model] = isMac ? (['Apple', 'MacBook Air'] as const) : random.pick(models[kind])
    const isComputer = kind === 'Laptop' || kind === 'Desktop'
    // One fault a device, in a small office: so each can be told from the others.
    const standing = isRetired() ? (random.chance(0.6) || eager ? 'Retired' : 'In stock') : 'In use'
    const isHealthy = standing === 'In use'
    const hasEnded = isComputer && isHealthy && isOld()
    const isClear = kind !== 'Printer' && isHealthy && !hasEnded && isPlain()
    const isLost = kind !== 'Printer' && isHealthy && !hasEnded && !isClear && isSilent()
    const isBare = isComputer && isHealthy && !hasEnded && !isClear && !isLost && isUnprotected()
    const managed = kind !== 'Printer' && !(isHealthy && !hasEnded && !isClear && !isLost && !isBare && isUnmanaged())
    const isUnknown = isHealthy && managed && !hasEnded && !isClear && !isLost && !isBare && isUnsaid()
    const os =
      kind === 'Printer'
        ? undefined
        : kind === 'Phone' || kind === 'Tablet'
          ? maker === 'Apple'
            ? ios26
            : android16
          : isMac
            ? hasEnded
              ? macos12
              : macos26
            : hasEnded
              ? windows10
              : windows11
    const silentDays = isLost || !managed || standing === 'Retired' ? random.int(45, 200) : random.int(0, 20)
    return {
      name: nameOf(
        isMac
          ? 'MAC'
          : { Laptop: 'LT', Desktop: 'WS', Phone: 'PH', Tablet: 'TAB', Medical: 'MED', Printer: 'PRN' }[kind],
      ),
      serial: `${random.pick(['5CG', 'PF4', 'C02', 'JX9'])}${random.int(0x100000, 0xffffff).toString(36).toUpperCase()}${index}`,
      kind,
      maker,
      model,
      os,
      encrypted: isUnknown ? undefined : kind === 'Printer' || standing === 'Retired' ? false : !isClear,
      protected: isComputer ? !isBare && standing !== 'Retired' : undefined,
      managed,
      lastSeenAt: (asOf - silentDays) * dayMs + random.int(1, 5) * 3_600_000 + random.int(0, 3599) * 1000,
      standing,
      user: kind === 'Printer' ? undefined : random.pick(staff),
    }
  })
}

const clinicKinds: readonly Device['kind'][] = [
  'Desktop',
  'Desktop',
  'Laptop',
  'Laptop',
  'Desktop',
  'Laptop',
  'Tablet',
  'Phone',
  'Desktop',
  'Laptop',
  'Printer',
  'Desktop',
  'Laptop',
  'Desktop',
]

function drawKind(percent: number): Device['kind'] {
  return percent < 45 ? 'Desktop' : percent < 78 ? 'Laptop' : percent < 92 ? 'Phone' : 'Tablet'
}

/** Draws clinical devices: seldom encrypted, seldom new, and not to be treated like an office computer. */
export function drawMedical(size: SampleSize, asOf: number, seeded: Random): Device[] {
  const random = seeded.fork('medical')
  return Array.from({ length: size === 'hospital' ? 60 : 700 }, (_, index) => {
    const [maker, model] = random.pick(models.Medical)
    const os = index % 9 === 4 ? windows7 : index % 3 === 0 ? windows10Ltsc : undefined
    return {
      name: `MED-${String(index + 1).padStart(4, '0')}`,
      serial: `SN${random.int(100_000, 999_999)}${index}`,
      kind: 'Medical',
      maker,
      model,
      os,
      encrypted: os ? false : undefined,
      protected: undefined,
      managed: false,
      lastSeenAt: asOf * dayMs,
      standing: index % 20 === 13 ? 'Retired' : 'In use',
      user: undefined,
    }
  })
}

export function judgeDevice(device: Device, asOf: number, keeper: KeyKeeper): void {
  const fault = (safeguard: string, why: string) => keeper.fault(safeguard, 'device', device.name, why)
  const temptation = (safeguard: string, why: string) => keeper.temptation(safeguard, 'device', device.name, why)
  const { os, kind } = device
  if (device.standing !== 'In use') {
    if (device.encrypted === false) temptation('encryption.devices-encrypted', 'no longer in use')
    if (os?.endsOn) temptation('patching.supported-os', 'no longer in use')
    return
  }
  if (os?.endsOn && dayNumber(os.endsOn) < asOf) {
    fault('patching.supported-os', `the support of ${os.title} ended on ${os.endsOn}`)
  } else if (os === windows10Ltsc) temptation('patching.supported-os', 'this edition is supported until 2032-01-13')
  if (device.encrypted === false) {
    if (kind === 'Medical' || kind === 'Printer')
      temptation('encryption.devices-encrypted', `not a computer, tablet or phone but a ${kind.toLowerCase()} device`)
    else fault('encryption.devices-encrypted', 'its disk is not encrypted')
  }
  if (device.protected === false) fault('patching.malware-protection', 'has no malware protection')
  const silentDays = asOf - Math.floor(device.lastSeenAt / dayMs)
  if (kind !== 'Medical' && kind !== 'Printer' && silentDays > 30) {
    if (device.managed) fault('patching.devices-check-in', `not seen for ${silentDays} days`)
    else temptation('patching.devices-check-in', 'not managed')
  }
}

const yesNo = (value: boolean | undefined) => (value === undefined ? '' : value ? 'Yes' : 'No')

/** The office's own list, as a sheet of a workbook. */
export function officeDevices(devices: readonly Device[]): Table {
  return {
    preamble: ['Riverbend Clinic - computers and phones'],
    header: [
      'Computer name',
      'Type',
      'Make',
      'Model',
      'Serial number',
      'Operating system',
      'Disk encrypted',
      'Antivirus',
      'Managed',
      'Assigned to',
      'Last seen',
      'Status',
    ],
    rows: [
      ...devices.map(
        (device): TableRow => ({
          cells: [
            device.name,
            device.kind,
            device.maker,
            device.model,
            device.serial,
            device.os?.title ?? '',
            yesNo(device.encrypted),
            yesNo(device.protected),
            yesNo(device.managed),
            device.user ? `${device.user.given} ${device.user.family}` : '',
            { day: Math.floor(device.lastSeenAt / dayMs) },
            device.standing,
          ],
        }),
      ),
      { reject: true, cells: ['', 'Laptop', 'Dell', '', '', '', 'Yes', '', '', '', '', 'In use'] },
    ],
  }
}

/** Microsoft Intune's export of all devices. */
export function intuneDevices(devices: readonly Device[]): Table {
  const cells = (device: Device): Cell[] => [
    device.name,
    device.managed ? 'Intune' : 'Unmanaged',
    'Corporate',
    device.encrypted === false ? 'Noncompliant' : 'Compliant',
    device.os?.name ?? '',
    device.os?.version ?? '',
    device.encrypted === undefined ? '' : device.encrypted ? 'True' : 'False',
    device.protected === undefined ? '' : device.protected ? 'Protected' : 'Not protected',
    writeInstant(device.lastSeenAt, 'iso-z', 'iso'),
    device.serial,
    device.maker,
    device.model,
    device.kind,
    device.user?.email ?? '',
    device.standing,
  ]
  function* rows(): Generator<TableRow> {
    for (const [index, device] of devices.entries()) {
      yield { cells: cells(device) }
      if (index === 20)
        yield { reject: true, cells: ['', 'Intune', 'Corporate', '', '', '', '', '', '', '', '', '', '', '', ''] }
    }
  }
  return {
    header: [
      'Device name',
      'Managed by',
      'Ownership',
      'Compliance',
      'OS',
      'OS version',
      'Encrypted',
      'Antivirus status',
      'Last check-in',
      'Serial number',
      'Manufacturer',
      'Model',
      'Device type',
      'Primary user email address',
      'Lifecycle status',
    ],
    rows: rows(),
  }
}

/** The clinical engineers' inventory. */
export function medicalDevices(devices: readonly Device[]): Table {
  return {
    preamble: ['Clinical Engineering - equipment inventory'],
    header: [
      'Asset Name',
      'Device Type',
      'Manufacturer',
      'Model',
      'Serial No',
      'Operating System',
      'OS Version',
      'Disk Encrypted',
      'Stores ePHI',
      'Status',
    ],
    rows: devices.map(
      (device): TableRow => ({
        cells: [
          device.name,
          'Medical device',
          device.maker,
          device.model,
          device.serial,
          device.os?.name ?? '',
          device.os?.version ?? '',
          yesNo(device.encrypted),
          yesNo(device.os !== undefined),
          device.standing,
        ],
      }),
    ),
  }
}
