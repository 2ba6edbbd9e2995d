import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isDay } from '#platform/days.ts'
import { recogniseOperatingSystem } from './operating-system.ts'
import { operatingSystems } from './operating-systems.data.ts'

/** name | version | build | kind of device -> product and cycle, "none" where nothing is recognised. */
const cases: readonly (readonly [told: string, expected: string])[] = [
  // Windows on desks
  ['Microsoft Windows 10 Pro', 'windows 10'],
  ['Windows 10 Enterprise LTSC 2019', 'windows 10-1809-e-lts'],
  ['Windows 10 Enterprise LTSC 2021|21H2', 'windows 10-21h2-e-lts'],
  ['Windows 10 IoT Enterprise LTSC 2021', 'windows 10-21h2-iot-lts'],
  ['Windows 10 Enterprise 2016 LTSB', 'windows 10-1607-e-lts'],
  ['Microsoft Windows 10 Enterprise LTSC|10.0.17763|17763', 'windows 10-1809-e-lts'],
  ['Windows 10 LTSC', 'windows 10-lts'],
  ['Windows 11 Enterprise LTSC 2024', 'windows 11-24h2-e-lts'],
  ['Windows 11 IoT Enterprise LTSC|10.0.26100', 'windows 11-24h2-iot-lts'],
  ['EnterpriseS LTSC 2024|Windows 11', 'windows 11-24h2-e-lts'],
  ['Windows 10 22H2', 'windows 10-22h2'],
  ['Windows 10 Pro 22H2', 'windows 10-22h2'],
  ['Windows 10|22H2', 'windows 10-22h2'],
  ['|10.0.19045.3570', 'windows 10-22h2'],
  ['Microsoft Windows 10 Pro|10.0.19045', 'windows 10-22h2'],
  ['Windows 10 Pro|6.3|19045', 'windows 10-22h2'],
  ['Microsoft Windows [Version 10.0.19045.3570]', 'windows 10-22h2'],
  ['Windows 10 Enterprise|10.0 (19044)', 'windows 10-21h2-e'],
  ['Windows 10 Pro|21H2', 'windows 10-21h2-w'],
  ['Windows 10|21H2', 'windows 10-21h2'],
  ['Windows 10 Education|1909', 'windows 10-1909-e'],
  ['Windows 10 Pro Education|1909', 'windows 10-1909-w'],
  ['Windows 10 Home x64|10.0.18363', 'windows 10-1909-w'],
  ['Windows 10 Pro|10.0.10240.20345', 'windows 10-1507'],
  ['Windows 10 IoT Core', 'windows 10-iot-core'],
  ['Microsoft Windows 10 1709 - 1909', 'windows 10'],
  ['Windows|10.0.22631.3447', 'windows 11-23h2'],
  ['Windows 11 Pro|10.0.22631.3447', 'windows 11-23h2-w'],
  ['Windows 11 Enterprise|10.0.22631', 'windows 11-23h2-e'],
  ['Windows 11 Enterprise multi-session|24H2', 'windows 11-24h2-e'],
  ['Microsoft Windows 10 Pro|10.0.22621', 'windows 11-22h2-w'],
  ['Windows 11|10.0.19045', 'windows 10-22h2'],
  ['Windows 11', 'windows 11'],
  ['Windows 11 Pro (64-bit)', 'windows 11'],
  ['Windows 11|10.0.27718', 'windows 11'],
  ['Windows 23H2', 'windows 11-23h2'],
  ['Windows 1809', 'windows 10-1809'],
  ['Windows 22H2', 'windows unknown'],
  ['Windows NT 10.0.26200.1', 'windows 11-25h2'],
  ['Win10', 'windows 10'],
  ['win10 pro 1809', 'windows 10-1809-w'],
  ['W11P', 'windows 11'],
  ['W11P|23H2', 'windows 11-23h2-w'],
  ['W10E|20H2', 'windows 10-20h2-e'],
  ['WIN7', 'windows 7'],
  ['Windows 7 Professional', 'windows 7'],
  ['Windows 7 Professional|6.1.7601', 'windows 7-sp1'],
  ['Windows 7 Enterprise Service Pack 1', 'windows 7-sp1'],
  ['|6.1.7601', 'windows 7-sp1'],
  ['|6.1.7601||server', 'windows-server 2008-r2-sp1'],
  ['Windows 8.1 Pro|6.3.9600', 'windows 8.1'],
  ['Windows 8|6.2 (9200)', 'windows 8'],
  ['Windows Vista Business|6.0.6002', 'windows vista-sp2'],
  ['Windows XP Professional', 'windows xp'],
  ['Microsoft Windows XP|5.1.2600|Service Pack 3', 'windows xp-sp3'],
  ['Windows 2000', 'windows 2000'],
  ['Windows 98', 'windows 98'],
  ['Windows NT 4.0', 'windows nt'],
  ['Windows', 'windows unknown'],
  // Windows on servers
  ['Windows Server 2012 R2 Standard', 'windows-server 2012-r2'],
  ['Windows Server 2012 Standard', 'windows-server 2012'],
  ['Microsoft Windows Server 2008 R2 Enterprise|6.1 (7601)', 'windows-server 2008-r2-sp1'],
  ['Windows Server 2008 R2', 'windows-server 2008-r2'],
  ['Windows Server® 2008 Standard|6.0.6003', 'windows-server 2008-sp2'],
  ['Windows Server 2003 R2 SP2', 'windows-server 2003-sp2'],
  ['Windows Server 2003', 'windows-server 2003'],
  ['Windows Server 2016 Datacenter|10.0 (14393)', 'windows-server 2016'],
  ['Windows Server 2019 Standard|1809|17763', 'windows-server 2019'],
  ['Microsoft Windows Server 2022 Datacenter Azure Edition|10.0.20348', 'windows-server 2022'],
  ['Windows Server 2025 Standard', 'windows-server 2025'],
  ['Windows Server 2016|10.0.17763', 'windows-server 2019'],
  ['Windows Server, version 20H2', 'windows-server 20h2-sac'],
  ['Windows Server 2004', 'windows-server 2004-sac'],
  ['Windows Server 23H2', 'windows-server 23h2-ac'],
  ['Windows Server|10.0.25398', 'windows-server 23h2-ac'],
  ['Windows|10.0.17763.5458||server', 'windows-server 2019'],
  ['Windows 10 Pro|10.0.17763||server', 'windows 10-1809-w'],
  ['|10.0.20348.2402', 'windows-server 2022'],
  ['Win2k12 R2', 'windows-server 2012-r2'],
  ['W2K16', 'windows-server 2016'],
  ['WS2019', 'windows-server 2019'],
  ['Server 2019 Standard', 'windows-server 2019'],
  ['Windows 2012R2', 'windows-server 2012-r2'],
  ['Microsoft Hyper-V Server 2012 R2', 'windows-server 2012-r2'],
  ['Microsoft Windows Server 2016 or later (64-bit)', 'windows-server unknown'],
  ['Windows 2000 Server', 'windows-server 2000'],
  // Windows in devices
  ['Windows Embedded Standard 7', 'windows-embedded standard-7'],
  ['Windows Embedded Standard|6.1.7601', 'windows-embedded standard-7-sp1'],
  ['Windows Embedded POSReady 7', 'windows-embedded posready-7'],
  ['POSReady 2009', 'windows-embedded posready-2009'],
  ['Windows XP Embedded', 'windows-embedded xp'],
  ['Windows CE 6.0', 'windows-embedded ce-6'],
  ['Windows CE .NET 4.2', 'windows-embedded ce-4'],
  ['WinCE 5.0', 'windows-embedded ce-5'],
  ['Windows Embedded Compact 7', 'windows-embedded compact-7'],
  ['Windows Embedded 8.1 Industry', 'windows-embedded 8.1-industry'],
  ['Windows Embedded Standard 2009', 'windows-embedded standard-2009'],
  ['Windows Embedded Handheld 6.5', 'windows-embedded mobile'],
  ['Windows 10 Mobile', 'windows-embedded mobile'],
  // Apple
  ['macOS 14.5 (23F79)', 'macos 14'],
  ['macOS|14.5|23F79', 'macos 14'],
  ['macOS||23F79', 'macos 14'],
  ['Mac OS X 10.15.7', 'macos 10.15'],
  ['Mac OS X', 'macos 10'],
  ['OS X El Capitan', 'macos 10.11'],
  ['macOS High Sierra', 'macos 10.13'],
  ['macOS Ventura 13.6.1', 'macos 13'],
  ['macOS 26.1', 'macos 26'],
  ['macOS|10.16', 'macos unknown'],
  ['Darwin 23.5.0', 'macos 14'],
  ['Darwin|15.1|24B83', 'macos 15'],
  ['iPadOS 17.6.1', 'ipados 17'],
  ['iOS 17.5', 'ios 17'],
  ['iPhone OS 12.5.7', 'ios 12'],
  ['iOS/iPadOS|17.6.1||tablet', 'ipados 17'],
  ['iOS/iPadOS|17.6.1||phone', 'ios 17'],
  ['iPad 12.5.7', 'ios 12'],
  ['iOS 99', 'ios unknown'],
  ['Cisco IOS 15.2(7)E', 'none'],
  ['IOS|15.2||network', 'none'],
  // Android and ChromeOS
  ['Android 13', 'android 13'],
  ['Android|8.1.0', 'android 8.1'],
  ['Android|8', 'android 8'],
  ['Android 6.0.1', 'android 6.0'],
  ['Android 4.2.2', 'android 4'],
  ['Android 12L (12.1)', 'android 12'],
  ['ChromeOS 126.0.6478.132', 'chromeos auto-updating'],
  ['Chrome OS', 'chromeos auto-updating'],
  // Linux, BSD, hypervisors
  ['Ubuntu 22.04.4 LTS', 'ubuntu 22.04'],
  ['Ubuntu|20.04.6 LTS (Focal Fossa)', 'ubuntu 20.04'],
  ['Linux 5.15.0-91-generic #101-Ubuntu', 'ubuntu unknown'],
  ['Ubuntu Linux (64-bit)', 'ubuntu unknown'],
  ['Ubuntu 30.04', 'ubuntu unknown'],
  ['Debian GNU/Linux 12 (bookworm)', 'debian 12'],
  ['Debian GNU/Linux|8.11', 'debian 8'],
  ['Debian bullseye', 'debian 11'],
  ['Debian 5.10.46-4', 'debian unknown'],
  ['CentOS Linux 7 (Core)', 'centos 7'],
  ['CentOS Linux release 7.9.2009 (Core)', 'centos 7'],
  ['CentOS 4/5 or later (64-bit)', 'centos unknown'],
  ['CentOS Stream 9', 'centos-stream 9'],
  ['CentOS Stream release 8', 'centos-stream 8'],
  ['Red Hat Enterprise Linux 8.9', 'rhel 8'],
  ['Red Hat Enterprise Linux Server release 7.9 (Maipo)', 'rhel 7'],
  ['RHEL8', 'rhel 8'],
  ['Rocky Linux 9.3 (Blue Onyx)', 'rocky-linux 9'],
  ['AlmaLinux 8.9', 'almalinux 8'],
  ['Oracle Linux Server 7.9', 'oracle-linux 7'],
  ['SUSE Linux Enterprise Server 15 SP5', 'sles 15.5'],
  ['SLES|12-SP5', 'sles 12.5'],
  ['SLES 15.4', 'sles 15.4'],
  ['SUSE Linux Enterprise Server 15', 'sles 15'],
  ['Amazon Linux 2', 'amazon-linux 2'],
  ['Amazon Linux AMI|2018.03', 'amazon-linux 1'],
  ['Amazon Linux|2023.4.20240416', 'amazon-linux 2023'],
  ['Fedora Linux 40 (Workstation Edition)', 'fedora 40'],
  ['FreeBSD 13.2-RELEASE-p4', 'freebsd 13.2'],
  ['FreeBSD 12.4', 'freebsd 12'],
  ['VMware ESXi 6.7.0 build-14320388', 'esxi 6.7'],
  ['VMware ESXi 7', 'esxi 7.0'],
  ['VMware ESXi 6', 'esxi 6'],
  // nothing that we know
  ['', 'none'],
  ['Linux', 'none'],
  ['Linux Mint 21 (based on Ubuntu 22.04)', 'none'],
  ['HP Thin Pro 7.2', 'none'],
  ['BIOS 1.2.3', 'none'],
  ['14.5', 'none'],
  ['Windows 7 or Windows 8.1', 'none'],
]

test('an operating system is recognised in the shapes in which tools write it', () => {
  for (const [told, expected] of cases) {
    const [osName, osVersion, osBuild, deviceKind] = told.split('|')
    const found = recogniseOperatingSystem({ osName, osVersion, osBuild, deviceKind })
    assert.equal(found ? `${found.product} ${found.cycle}` : 'none', expected, told)
  }
})

test('capitals and spaces make no difference', () => {
  for (const [told] of cases) {
    const [osName, osVersion, osBuild, deviceKind] = told.split('|')
    assert.deepEqual(
      recogniseOperatingSystem({ osName: `  ${osName?.toUpperCase()} `, osVersion, osBuild, deviceKind }),
      recogniseOperatingSystem({ osName, osVersion, osBuild, deviceKind }),
      told,
    )
  }
})

test('what is recognised is always a row of the table, and no text makes it fail', () => {
  const rows = new Set(operatingSystems.map(({ product, cycle }) => `${product} ${cycle}`))
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'Windows',
      'Server',
      '10.0.',
      '19045',
      '2019',
      'R2',
      'LTSC',
      'iOS',
      'macOS',
      'Ubuntu',
      '22.04',
      '15',
    ),
  )
  const text = fc.oneof(
    fc.string({ maxLength: 400 }),
    fc.array(word, { maxLength: 8 }).map((words) => words.join(' ')),
  )
  fc.assert(
    fc.property(text, text, text, text, (osName, osVersion, osBuild, deviceKind) => {
      const found = recogniseOperatingSystem({ osName, osVersion, osBuild, deviceKind })
      assert.ok(!found || rows.has(`${found.product} ${found.cycle}`))
    }),
  )
})

test('every product and cycle is listed once, with days that exist', () => {
  const keys = operatingSystems.map(({ product, cycle }) => `${product} ${cycle}`)
  assert.deepEqual(
    keys.filter((key, index) => keys.indexOf(key) !== index),
    [],
  )
  for (const row of operatingSystems) {
    for (const day of [row.endOfSupportOn, row.extendedOn, row.lastUpdateOn]) {
      assert.ok(day === null || day === undefined || isDay(day), `${row.label}: ${day}`)
    }
    if (row.endOfSupportOn && row.extendedOn) assert.ok(row.extendedOn > row.endOfSupportOn, row.label)
    if (row.lastUpdateOn) assert.equal(row.endOfSupportOn, null, row.label)
  }
})

test('a Windows version without its edition carries the earlier day, and says so', () => {
  for (const row of operatingSystems.filter(({ product, cycle }) => product === 'windows' && cycle.endsWith('-w'))) {
    const bare = operatingSystems.find(({ product, cycle }) => product === 'windows' && `${cycle}-w` === row.cycle)
    const other = operatingSystems.find(({ cycle }) => cycle === row.cycle.replace(/-w$/, '-e'))
    assert.ok(row.endOfSupportOn && other?.endOfSupportOn && row.endOfSupportOn < other.endOfSupportOn, row.label)
    assert.equal(bare?.endOfSupportOn, row.endOfSupportOn, row.label)
    assert.match(bare?.note ?? '', new RegExp(other.endOfSupportOn))
  }
})
