/** Software seen on machines: osquery results, a Debian package database, a bill of materials, and what is approved. */

import type { Day } from '#platform/days.ts'
import type { KeyKeeper, SampleSize } from './answer-key.ts'
import { dayMs, dayNumber, toDay, writeCalendarTime } from './calendar.ts'
import type { Device } from './devices.ts'
import type { Random } from './random.ts'
import type { Table, TableRow } from './table.ts'

interface Product {
  readonly name: string
  readonly version: string
  readonly publisher: string
}

const product = (name: string, version: string, publisher: string): Product => ({ name, version, publisher })

const approved: readonly Product[] = [
  product('Google Chrome', '142.0.7444.60', 'Google LLC'),
  product('Mozilla Firefox ESR', '140.4.0', 'Mozilla'),
  product('Adobe Acrobat Reader', '25.001.20756', 'Adobe'),
  product('Microsoft 365 Apps for enterprise', '16.0.19231.20194', 'Microsoft Corporation'),
  product('Microsoft Teams', '25290.205.4069', 'Microsoft Corporation'),
  product('Zoom Workplace', '6.6.1', 'Zoom Communications, Inc.'),
  product('7-Zip', '25.01', 'Igor Pavlov'),
  product('Citrix Workspace', '25.8.0', 'Citrix Systems, Inc.'),
  product('VLC media player', '3.0.21', 'VideoLAN'),
  product('Notepad++', '8.8.7', 'Notepad++ Team'),
]
const unapproved: readonly Product[] = [
  product('AnyDesk', '9.6.2', 'AnyDesk Software GmbH'),
  product('Dropbox', '235.4.5905', 'Dropbox, Inc.'),
  product('WhatsApp Desktop', '2.2543.5', 'WhatsApp LLC'),
  product('uTorrent', '3.6.0', 'BitTorrent Limited'),
  product('Spotify', '1.2.74', 'Spotify AB'),
  product('CCleaner', '6.40', 'Piriform'),
  product('NordVPN', '7.51.4', 'Nord Security'),
  product('Steam', '2.10.91', 'Valve Corporation'),
  product('Grammarly Desktop', '1.2.220', 'Grammarly Inc.'),
]
const refused: readonly Product[] = [
  product('TeamViewer', '15.70.6', 'TeamViewer Germany GmbH'),
  product('ChatGPT', '1.2025.294', 'OpenAI'),
]
const unapprovedCount: Readonly<Record<SampleSize, number>> = { clinic: 2, hospital: 5, system: 9 }

interface Server {
  readonly name: string
  readonly platform: 'ubuntu' | 'debian' | 'centos' | 'rhel' | 'windows'
  readonly os: string
  readonly version: string
  /** The last day of its maker's support, where that has come. */
  readonly endsOn: Day | undefined
  readonly encrypted: boolean
}

const serverKinds: readonly Omit<Server, 'name' | 'encrypted'>[] = [
  { platform: 'ubuntu', os: 'Ubuntu', version: '24.04.3 LTS (Noble Numbat)', endsOn: undefined },
  { platform: 'windows', os: 'Microsoft Windows Server 2022 Standard', version: '10.0.20348', endsOn: undefined },
  {
    platform: 'ubuntu',
    os: 'Ubuntu',
    version: '18.04.6 LTS (Bionic Beaver)',
    endsOn: '2023-05-31',
  },
  { platform: 'rhel', os: 'Red Hat Enterprise Linux', version: '9.6 (Plow)', endsOn: undefined },
  {
    platform: 'windows',
    os: 'Microsoft Windows Server 2012 R2 Standard',
    version: '6.3.9600',
    endsOn: '2023-10-10',
  },
  { platform: 'debian', os: 'Debian GNU/Linux', version: '13 (trixie)', endsOn: undefined },
  { platform: 'windows', os: 'Microsoft Windows Server 2019 Standard', version: '10.0.17763', endsOn: undefined },
  { platform: 'centos', os: 'CentOS Linux', version: '7.9.2009 (Core)', endsOn: '2024-06-30' },
  { platform: 'ubuntu', os: 'Ubuntu', version: '22.04.5 LTS (Jammy Jellyfish)', endsOn: undefined },
  { platform: 'debian', os: 'Debian GNU/Linux', version: '10 (buster)', endsOn: '2024-06-30' },
]

export function drawServers(size: SampleSize, seeded: Random): Server[] {
  const random = seeded.fork('servers')
  const count = { clinic: 1, hospital: 20, system: 150 }[size]
  return Array.from({ length: count }, (_, index) => {
    const kind = serverKinds[(size === 'clinic' ? 5 : index) % serverKinds.length] as Omit<Server, 'name' | 'encrypted'>
    return {
      ...kind,
      name: size === 'clinic' ? 'clinic-nas' : `srv-${String(index + 1).padStart(3, '0')}`,
      encrypted: random.int(0, 6) > 0,
    }
  })
}

/** The computers that are sound in every way and run osquery as well: their programs are known. */
export function watchedComputers(devices: readonly Device[]): Device[] {
  return devices
    .filter(
      (device) =>
        device.standing === 'In use' &&
        device.managed &&
        device.os?.name === 'Windows' &&
        !device.os.endsOn &&
        device.encrypted === true &&
        device.protected === true,
    )
    .slice(0, 40)
}

/** The log of osquery's snapshots, one result a line. */
export function* osqueryLog(
  size: SampleSize,
  asOf: number,
  servers: readonly Server[],
  computers: readonly Device[],
  seeded: Random,
  keeper: KeyKeeper,
): Generator<string> {
  const random = seeded.fork('osquery')
  const at = asOf * dayMs + 5 * 3_600_000
  const line = (host: string, name: string, snapshot: readonly object[]) =>
    `${JSON.stringify({ snapshot, action: 'snapshot', name, hostIdentifier: host, calendarTime: writeCalendarTime(at), unixTime: at / 1000, epoch: 0, counter: 0, numerics: false })}\n`
  for (const server of servers) {
    const [major = '0', minor = '0', patch = '0'] = server.version.split(' ')[0]?.split('.') ?? []
    const isWindows = server.platform === 'windows'
    yield line(server.name, 'system_info', [
      {
        hostname: server.name,
        computer_name: server.name,
        uuid: `4c4c4544-${server.name}`,
        cpu_type: 'x86_64',
        hardware_vendor: 'VMware, Inc.',
        hardware_model: 'VMware20,1',
        hardware_serial: `VMware-${server.name}`,
      },
    ])
    yield line(server.name, 'os_version', [
      {
        name: server.os,
        version: server.version,
        major,
        minor,
        patch: isWindows ? '' : patch,
        build: isWindows ? patch : '',
        platform: isWindows ? 'windows' : server.platform,
        platform_like: isWindows
          ? 'windows'
          : server.platform === 'ubuntu' || server.platform === 'debian'
            ? 'debian'
            : 'rhel',
        arch: 'x86_64',
        codename: '',
      },
    ])
    yield isWindows
      ? line(server.name, 'bitlocker_info', [
          {
            device_id: '\\\\?\\Volume{1}\\',
            drive_letter: 'C:',
            conversion_status: server.encrypted ? '1' : '0',
            protection_status: server.encrypted ? '1' : '0',
            encryption_method: server.encrypted ? 'XTS-AES 256' : 'None',
          },
        ])
      : line(server.name, 'disk_encryption', [
          {
            name: '/dev/sda3',
            uuid: '',
            encrypted: server.encrypted ? '1' : '0',
            type: server.encrypted ? 'LUKS2' : '',
            encryption_status: server.encrypted ? 'encrypted' : 'not encrypted',
          },
        ])
    if (server.endsOn && dayNumber(server.endsOn) < asOf) {
      const why = `the support of ${server.os} ${server.version} ended on ${server.endsOn}`
      keeper.fault('patching.supported-os', 'device', server.name, why)
    } else keeper.temptation('patching.supported-os', 'device', server.name, 'a release that is still supported')
    if (!server.encrypted)
      keeper.fault('encryption.devices-encrypted', 'device', server.name, 'its disk is not encrypted')
  }
  const strays = [...unapproved.slice(0, unapprovedCount[size]), ...refused.slice(0, size === 'clinic' ? 1 : 2)]
  const seen = new Set<string>()
  for (const [index, computer] of computers.entries()) {
    const programs = approved.filter(() => random.chance(0.7))
    for (const [at, stray] of strays.entries()) {
      // Each is on one computer at least, and on some others.
      if (at % computers.length === index || random.chance(0.04)) programs.push(stray)
    }
    for (const { name } of programs) seen.add(name)
    yield line(
      computer.name,
      'programs',
      programs.map(({ name, version, publisher }) => ({
        name: name === 'Zoom Workplace' && index === 0 ? 'ZOOM WORKPLACE' : name,
        version,
        publisher,
        install_date: '20260301',
        install_source: '',
        language: '1033',
        identifying_number: '',
      })),
    )
  }
  for (const { name } of unapproved)
    if (seen.has(name))
      keeper.fault(
        'technologies.software-approved',
        'software',
        name,
        'seen installed, and on no list of approved software',
      )
  for (const { name } of refused)
    if (seen.has(name))
      keeper.fault('technologies.software-approved', 'software', name, 'seen installed, although it was refused')
  for (const { name } of approved)
    if (seen.has(name)) keeper.temptation('technologies.software-approved', 'software', name, 'approved')
}

export function approvedTable(size: SampleSize, asOf: number): Table {
  const row = ({ name, publisher }: Product, decision: string, ago: number): TableRow => ({
    cells: [name, publisher, '', decision, { day: asOf - ago }, { day: asOf + 500 }],
  })
  return {
    header: ['Product', 'Publisher', 'Versions', 'Decision', 'Decided on', 'Review by'],
    rows: [
      ...approved.map((each, index) => row(each, 'Approved', 100 + index)),
      ...refused.slice(0, size === 'clinic' ? 1 : 2).map((each) => row(each, 'Refused', 90)),
    ],
  }
}

const packages: readonly (readonly [name: string, version: string, section: string])[] = [
  ['adduser', '3.152', 'admin'],
  ['apt', '3.0.3', 'admin'],
  ['bash', '5.2.37-2+b5', 'shells'],
  ['coreutils', '9.7-3', 'utils'],
  ['dpkg', '1.22.21', 'admin'],
  ['libc6', '2.41-12', 'libs'],
  ['libssl3t64', '3.5.1-1', 'libs'],
  ['openssh-server', '1:10.0p1-7', 'net'],
  ['openssl', '3.5.1-1', 'utils'],
  ['samba', '2:4.22.4+dfsg-1~deb13u1', 'net'],
  ['sudo', '1.9.16p2-3', 'admin'],
  ['zlib1g', '1:1.3.dfsg+really1.3.1-1+b1', 'libs'],
]

/** The package database of a Debian server, one package in it removed with its settings kept. */
export function* dpkgStatus(keeper: KeyKeeper): Generator<string> {
  const stanza = (name: string, version: string, section: string, state: string) =>
    `Package: ${name}\nStatus: ${state}\nPriority: optional\nSection: ${section}\nInstalled-Size: 1024\nMaintainer: Debian Maintainers <maintainers@debian.example>\nArchitecture: amd64\nVersion: ${version}\nDescription: ${name}\n A package of the distribution.\n\n`
  for (const [name, version, section] of packages) {
    yield stanza(name, version, section, 'install ok installed')
    keeper.temptation('technologies.software-approved', 'software', name, 'a package of the operating system')
  }
  yield stanza('telnetd', '0.17+2.6-3', 'net', 'deinstall ok config-files')
}

const libraries: readonly (readonly [group: string, name: string, version: string])[] = [
  ['org.apache.logging.log4j', 'log4j-core', '2.24.3'],
  ['com.fasterxml.jackson.core', 'jackson-databind', '2.18.2'],
  ['ca.uhn.hapi.fhir', 'hapi-fhir-base', '7.6.1'],
  ['org.springframework', 'spring-core', '6.2.3'],
  ['io.netty', 'netty-handler', '4.1.118.Final'],
]

/** A vendor's bill of materials for one of its systems, in CycloneDX 1.6. */
export function cycloneDx(system: string, asOf: number): string {
  const components = libraries.map(([group, name, version]) => ({
    type: 'library',
    'bom-ref': `pkg:maven/${group}/${name}@${version}`,
    group,
    name,
    version,
    purl: `pkg:maven/${group}/${name}@${version}`,
  }))
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: `${toDay(asOf - 3)}T08:00:00Z`,
      component: { type: 'application', 'bom-ref': 'root', name: system, version: '12.4' },
    },
    components,
  }
  return `${JSON.stringify(bom, undefined, 2)}\n`
}
