/**
 * Until when vendors fix security holes in operating systems. It becomes a reference table of the database.
 *
 * `endOfSupportOn` is the last day of security updates that every user gets without paying or enrolling. Programmes that
 * must be bought or enrolled in (Windows Extended Security Updates, Ubuntu Pro, Debian LTS, Red Hat ELS, SUSE LTSS) are
 * in `extendedOn`: a device passes on that date only if somebody shows the enrolment. Null means that the day is not
 * known, because the vendor names none or because nobody here is sure of it; a check never passes on null alone.
 *
 * Apple names no days. For a cycle that still got security updates when this list was last read, `lastUpdateOn` is the
 * day of the latest one, so that a check may call it supported for a while after that day, and only for a while.
 */

import type { Day } from '#platform/days.ts'

export interface OperatingSystem {
  readonly product: string
  readonly cycle: string
  readonly label: string
  readonly endOfSupportOn: Day | null
  readonly extendedOn?: Day | null
  readonly lastUpdateOn?: Day
  readonly note?: string
}

type Extra = Pick<OperatingSystem, 'extendedOn' | 'lastUpdateOn' | 'note'>
type Row = readonly [cycle: string, label: string, endOfSupportOn: Day | null, extra?: Extra]

/** The cycle of a product whose version was not told, or is not in this list. */
export const unknownCycle = 'unknown'

const before = (what: string): Extra => ({ note: `It ended on or before this day, on which ${what} ended.` })

/** The two edition groups of one Windows version, and the row for when a source does not tell the edition. */
function editions(family: '10' | '11', version: string, homePro: Day, enterprise: Day): Row[] {
  const cycle = `${family}-${version.toLowerCase()}`
  const label = `Windows ${family} ${version}`
  return [
    [`${cycle}-w`, `${label} (Home, Pro)`, homePro],
    [`${cycle}-e`, `${label} (Enterprise, Education)`, enterprise],
    [
      cycle,
      label,
      homePro,
      { note: `The edition is not told; this is the day for Home and Pro. Enterprise and Education: ${enterprise}.` },
    ],
  ]
}

const windows: Row[] = [
  ...editions('11', '26H1', '2028-03-14', '2029-03-13'),
  ...editions('11', '25H2', '2027-10-12', '2028-10-10'),
  ...editions('11', '24H2', '2026-10-13', '2027-10-12'),
  ['11-24h2-e-lts', 'Windows 11 Enterprise LTSC 2024', '2029-10-09'],
  ['11-24h2-iot-lts', 'Windows 11 IoT Enterprise LTSC 2024', '2034-10-10'],
  ...editions('11', '23H2', '2025-11-11', '2026-11-10'),
  ...editions('11', '22H2', '2024-10-08', '2025-10-14'),
  ...editions('11', '21H2', '2023-10-10', '2024-10-08'),
  ['11', 'Windows 11, version not told', null, { note: 'Some versions of Windows 11 have ended; report the version.' }],
  ['11-lts', 'Windows 11 LTSC, release not told', null, { note: 'Report the release (for example LTSC 2024).' }],
  ['10-22h2', 'Windows 10 22H2', '2025-10-14', { extendedOn: '2028-10-10' }],
  ...editions('10', '21H2', '2023-06-13', '2024-06-11'),
  ['10-21h2-e-lts', 'Windows 10 Enterprise LTSC 2021', '2027-01-12'],
  ['10-21h2-iot-lts', 'Windows 10 IoT Enterprise LTSC 2021', '2032-01-13'],
  ['10-21h1', 'Windows 10 21H1', '2022-12-13'],
  ...editions('10', '20H2', '2022-05-10', '2023-05-09'),
  ['10-2004', 'Windows 10 2004', '2021-12-14'],
  ...editions('10', '1909', '2021-05-11', '2022-05-10'),
  ['10-1903', 'Windows 10 1903', '2020-12-08'],
  ...editions('10', '1809', '2020-11-10', '2021-05-11'),
  ['10-1809-e-lts', 'Windows 10 Enterprise LTSC 2019', '2029-01-09'],
  ...editions('10', '1803', '2019-11-12', '2021-05-11'),
  ...editions('10', '1709', '2019-04-09', '2020-10-13'),
  ...editions('10', '1703', '2018-10-09', '2019-10-08'),
  ...editions('10', '1607', '2018-04-10', '2019-04-09'),
  ['10-1607-e-lts', 'Windows 10 Enterprise LTSB 2016', '2026-10-13'],
  ['10-1511', 'Windows 10 1511', '2017-10-10'],
  ['10-1507', 'Windows 10 1507', '2017-05-09'],
  ['10-1507-e-lts', 'Windows 10 Enterprise LTSB 2015', '2025-10-14'],
  ['10-1507-iot', 'Windows 10 IoT Core 1507', '2020-11-10'],
  [
    '10-iot-core',
    'Windows 10 IoT Core, version not told',
    null,
    { note: 'Some releases were kept up for paying makers of devices; ask the maker.' },
  ],
  [
    '10',
    'Windows 10, version not told',
    '2025-10-14',
    { extendedOn: '2028-10-10', note: 'The day on which the last version ended. Long-term releases (LTSC) end later.' },
  ],
  ['10-lts', 'Windows 10 LTSC, release not told', null, { note: 'Report the release (for example LTSC 2019).' }],
  ['8.1', 'Windows 8.1', '2023-01-10'],
  ['8', 'Windows 8', '2016-01-12'],
  ['7-sp1', 'Windows 7 SP1', '2020-01-14', { extendedOn: '2023-01-10' }],
  [
    '7',
    'Windows 7, service pack not told',
    '2020-01-14',
    { extendedOn: '2023-01-10', note: 'The day for Service Pack 1; without it support ended on 2013-04-09.' },
  ],
  ['vista-sp2', 'Windows Vista SP2', '2017-04-11'],
  ['vista', 'Windows Vista, service pack not told', '2017-04-11', { note: 'The day for Service Pack 2, the last.' }],
  ['xp-sp3', 'Windows XP SP3', '2014-04-08'],
  ['xp', 'Windows XP, service pack not told', '2014-04-08', { note: 'The day for Service Pack 3, the last.' }],
  ['2000', 'Windows 2000', '2010-07-13'],
  ['me', 'Windows Me', '2006-07-11'],
  ['98', 'Windows 98', '2006-07-11'],
  ['95', 'Windows 95', '2001-12-31'],
  ['nt', 'Windows NT', '2004-12-31', { note: 'The day for NT 4.0 Server, the last of its kind.' }],
]

const windowsServer: Row[] = [
  ['2025', 'Windows Server 2025', '2034-11-14'],
  ['23h2-ac', 'Windows Server 23H2 (annual channel)', '2026-05-12'],
  ['2022', 'Windows Server 2022', '2031-10-14'],
  ['20h2-sac', 'Windows Server 20H2 (semi-annual channel)', '2022-08-09'],
  ['2004-sac', 'Windows Server 2004 (semi-annual channel)', '2021-12-14'],
  ['1909-sac', 'Windows Server 1909 (semi-annual channel)', '2021-05-11'],
  ['1903-sac', 'Windows Server 1903 (semi-annual channel)', '2020-12-08'],
  ['1809-sac', 'Windows Server 1809 (semi-annual channel)', '2020-11-10'],
  ['1803-sac', 'Windows Server 1803 (semi-annual channel)', '2019-11-12'],
  ['1709-sac', 'Windows Server 1709 (semi-annual channel)', '2019-04-09'],
  ['2019', 'Windows Server 2019', '2029-01-09'],
  ['2016', 'Windows Server 2016', '2027-01-12', { extendedOn: '2030-01-12' }],
  ['2012-r2', 'Windows Server 2012 R2', '2023-10-10', { extendedOn: '2026-10-13' }],
  ['2012', 'Windows Server 2012', '2023-10-10', { extendedOn: '2026-10-13' }],
  ['2008-r2-sp1', 'Windows Server 2008 R2 SP1', '2020-01-14', { extendedOn: '2023-01-10' }],
  [
    '2008-r2',
    'Windows Server 2008 R2, service pack not told',
    '2020-01-14',
    { extendedOn: '2023-01-10', note: 'The day for Service Pack 1, the last.' },
  ],
  ['2008-sp2', 'Windows Server 2008 SP2', '2020-01-14', { extendedOn: '2023-01-10' }],
  [
    '2008',
    'Windows Server 2008, service pack not told',
    '2020-01-14',
    { extendedOn: '2023-01-10', note: 'The day for Service Pack 2, the last.' },
  ],
  ['2003-sp2', 'Windows Server 2003 SP2', '2015-07-14'],
  ['2003-sp1', 'Windows Server 2003 SP1', '2009-04-14'],
  [
    '2003',
    'Windows Server 2003, service pack not told',
    '2015-07-14',
    { note: 'The day for Service Pack 2, the last; without a service pack support ended on 2007-04-10.' },
  ],
  ['2000', 'Windows 2000 Server', '2010-07-13'],
]

// Versions of Windows that makers build into devices: pumps, monitors, imaging consoles, tills.
const windowsEmbedded: Row[] = [
  ['8.1-industry', 'Windows Embedded 8.1 Industry', '2023-07-11'],
  ['8.1-pro', 'Windows Embedded 8.1 Pro', '2023-01-10'],
  ['8-standard', 'Windows Embedded 8 Standard', '2023-07-11'],
  ['posready-7', 'Windows Embedded POSReady 7', '2021-10-12', { extendedOn: '2024-10-08' }],
  ['standard-7-sp1', 'Windows Embedded Standard 7 SP1', '2020-10-13', { extendedOn: '2023-10-10' }],
  [
    'standard-7',
    'Windows Embedded Standard 7, service pack not told',
    '2020-10-13',
    { extendedOn: '2023-10-10', note: 'The day for Service Pack 1, the last.' },
  ],
  ['posready-2009', 'Windows Embedded POSReady 2009', '2019-04-09'],
  ['standard-2009', 'Windows Embedded Standard 2009', '2019-01-08'],
  ['xp', 'Windows XP Embedded', '2016-01-12'],
  ['compact-2013', 'Windows Embedded Compact 2013', '2023-10-10'],
  ['compact-7', 'Windows Embedded Compact 7', '2021-04-13'],
  ['ce-6', 'Windows Embedded CE 6.0', '2018-04-10'],
  ['ce-5', 'Windows CE 5.0', '2014-10-14'],
  ['ce-4', 'Windows CE 4 or older', '2014-10-14', before('Windows CE 5.0')],
  [
    'mobile',
    'Windows Mobile, Windows Phone or Embedded Handheld',
    '2020-01-14',
    { note: 'The day on which the last of them ended; older ones ended earlier.' },
  ],
]

const macos: Row[] = [
  ['26', 'macOS 26 Tahoe', null, { lastUpdateOn: '2026-08-17' }],
  ['15', 'macOS 15 Sequoia', null, { lastUpdateOn: '2026-08-06' }],
  ['14', 'macOS 14 Sonoma', null, { lastUpdateOn: '2026-08-06' }],
  ['13', 'macOS 13 Ventura', '2025-09-15'],
  ['12', 'macOS 12 Monterey', '2024-09-16'],
  ['11', 'macOS 11 Big Sur', '2023-09-26', { note: 'Its last security update is 11.7.10 of September 2023.' }],
  ['10.15', 'macOS 10.15 Catalina', '2022-09-12', { note: 'Its last security update is of July 2022.' }],
  ['10.14', 'macOS 10.14 Mojave', '2021-10-25'],
  ['10.13', 'macOS 10.13 High Sierra', '2020-12-01'],
  ['10.12', 'macOS 10.12 Sierra', '2019-10-01'],
  ['10.11', 'OS X 10.11 El Capitan', '2018-12-01'],
  ['10.10', 'OS X 10.10 Yosemite', '2017-08-01'],
  ['10.9', 'OS X 10.9 Mavericks', '2016-12-01'],
  ['10.8', 'OS X 10.8 Mountain Lion', '2015-08-13'],
  ['10.7', 'Mac OS X 10.7 Lion', '2012-10-04'],
  ['10.6', 'Mac OS X 10.6 Snow Leopard', '2011-07-25'],
  ['10.5', 'Mac OS X 10.5 Leopard', '2009-08-13'],
  ['10.4', 'Mac OS X 10.4 Tiger', '2007-11-14'],
  ['10.3', 'Mac OS X 10.3 Panther', '2005-04-15'],
  ['10.2', 'Mac OS X 10.2 Jaguar', '2003-10-03'],
  ['10.1', 'Mac OS X 10.1 Puma', '2002-06-06'],
  ['10.0', 'Mac OS X 10.0 Cheetah', '2001-06-22'],
  ['10', 'Mac OS X, release not told', '2022-09-12', { note: 'The day for 10.15, the last of them.' }],
]

const olderDevices = 'Apple still fixes the gravest holes on devices that cannot take a later version.'

const ios: Row[] = [
  ['26', 'iOS 26', null, { lastUpdateOn: '2026-08-17' }],
  ['18', 'iOS 18', null, { lastUpdateOn: '2026-08-17', note: olderDevices }],
  ['17', 'iOS 17', '2025-05-13'],
  ['16', 'iOS 16', null, { lastUpdateOn: '2026-05-11', note: olderDevices }],
  ['15', 'iOS 15', null, { lastUpdateOn: '2026-05-11', note: olderDevices }],
  ['14', 'iOS 14', '2021-10-26'],
  ['13', 'iOS 13', '2020-09-16'],
  [
    '12',
    'iOS 12',
    '2023-01-23',
    { note: 'The day of 12.5.7, its last security update; 12.5.8 only renewed a certificate.' },
  ],
  ['11', 'iOS 11', '2018-10-08'],
  ['10', 'iOS 10', '2019-07-22'],
  ['9', 'iOS 9', '2019-07-22'],
  ['8', 'iOS 8', '2015-09-30'],
  ['7', 'iOS 7', '2014-10-20'],
  ['6', 'iOS 6', '2013-09-26'],
  ['5', 'iOS 5', '2012-11-01'],
]

const ipados: Row[] = [
  ['26', 'iPadOS 26', null, { lastUpdateOn: '2026-08-17' }],
  ['18', 'iPadOS 18', null, { lastUpdateOn: '2026-08-17', note: olderDevices }],
  ['17', 'iPadOS 17', '2025-09-15', { note: 'Its last security update is 17.7.10 of August 2025.' }],
  ['16', 'iPadOS 16', null, { lastUpdateOn: '2026-05-11', note: olderDevices }],
  ['15', 'iPadOS 15', null, { lastUpdateOn: '2026-05-11', note: olderDevices }],
  ['14', 'iPadOS 14', '2021-10-26'],
  ['13', 'iPadOS 13', '2020-09-16'],
]

const byMaker: Extra = { note: 'Updates come from the maker of the device: the version alone does not show support.' }
const allOf = (version: string): Extra => ({ note: `The day on which the last release of Android ${version} ended.` })

const android: Row[] = [
  ['17', 'Android 17', null, byMaker],
  ['16', 'Android 16', null, byMaker],
  ['15', 'Android 15', null, byMaker],
  ['14', 'Android 14', null, byMaker],
  ['13', 'Android 13', '2026-03-02'],
  ['12.1', 'Android 12.1 (12L)', '2025-03-03'],
  ['12', 'Android 12', '2025-03-03'],
  ['11', 'Android 11', '2024-02-05'],
  ['10', 'Android 10', '2023-03-06'],
  ['9', 'Android 9', '2022-01-01'],
  ['8.1', 'Android 8.1', '2021-01-10'],
  ['8.0', 'Android 8.0', '2021-01-01'],
  ['8', 'Android 8', '2021-01-10', allOf('8')],
  ['7.1', 'Android 7.1', '2019-10-01'],
  ['7.0', 'Android 7.0', '2019-10-01'],
  ['7', 'Android 7', '2019-10-01', allOf('7')],
  ['6.0', 'Android 6.0', '2018-08-01'],
  ['5.1', 'Android 5.1', '2018-03-01'],
  ['5.0', 'Android 5.0', '2018-03-01'],
  ['5', 'Android 5', '2018-03-01', allOf('5')],
  ['4.4', 'Android 4.4', '2017-10-01'],
  ['4', 'Android 4.3 or older', '2017-10-01', before('Android 4.4')],
]

const chromeos: Row[] = [
  [
    'auto-updating',
    'ChromeOS',
    null,
    { note: 'It updates itself until the update expiry of the model, which only the admin console shows.' },
  ],
]

const ubuntu: Row[] = [
  ['26.04', 'Ubuntu 26.04 LTS', '2031-04-30', { extendedOn: '2036-04-30' }],
  ['25.10', 'Ubuntu 25.10', '2026-07-01'],
  ['25.04', 'Ubuntu 25.04', '2026-01-17'],
  ['24.10', 'Ubuntu 24.10', '2025-07-10'],
  ['24.04', 'Ubuntu 24.04 LTS', '2029-05-31', { extendedOn: '2036-05-31' }],
  ['23.10', 'Ubuntu 23.10', '2024-07-12'],
  ['23.04', 'Ubuntu 23.04', '2024-01-20'],
  ['22.10', 'Ubuntu 22.10', '2023-07-20'],
  ['22.04', 'Ubuntu 22.04 LTS', '2027-04-01', { extendedOn: '2032-04-09' }],
  ['21.10', 'Ubuntu 21.10', '2022-07-14'],
  ['21.04', 'Ubuntu 21.04', '2022-01-20'],
  ['20.10', 'Ubuntu 20.10', '2021-07-22'],
  ['20.04', 'Ubuntu 20.04 LTS', '2025-05-31', { extendedOn: '2030-04-02' }],
  ['19.10', 'Ubuntu 19.10', '2020-07-06'],
  ['19.04', 'Ubuntu 19.04', '2020-01-23'],
  ['18.10', 'Ubuntu 18.10', '2019-07-18'],
  ['18.04', 'Ubuntu 18.04 LTS', '2023-05-31', { extendedOn: '2028-04-01' }],
  ['17.10', 'Ubuntu 17.10', '2018-07-19'],
  ['17.04', 'Ubuntu 17.04', '2018-01-13'],
  ['16.10', 'Ubuntu 16.10', '2017-07-20'],
  ['16.04', 'Ubuntu 16.04 LTS', '2021-04-02', { extendedOn: '2026-04-02' }],
  ['15.10', 'Ubuntu 15.10', '2016-07-28'],
  ['15.04', 'Ubuntu 15.04', '2016-02-04'],
  ['14.10', 'Ubuntu 14.10', '2015-07-23'],
  ['14.04', 'Ubuntu 14.04 LTS', '2019-04-02', { extendedOn: '2024-04-02' }],
  ['13.10', 'Ubuntu 13.10', '2014-07-17'],
  ['13.04', 'Ubuntu 13.04', '2014-01-27'],
  ['12.10', 'Ubuntu 12.10', '2014-05-16'],
  ['12.04', 'Ubuntu 12.04 LTS', '2017-04-28', { extendedOn: '2019-04-26' }],
  ['11.10', 'Ubuntu 11.10', '2013-05-09'],
  ['11.04', 'Ubuntu 11.04', '2012-10-28'],
  ['10.10', 'Ubuntu 10.10', '2012-04-10'],
  ['10.04', 'Ubuntu 10.04 LTS', '2013-05-09'],
]

const debian: Row[] = [
  ['13', 'Debian 13 (trixie)', '2028-08-09', { extendedOn: '2030-06-30' }],
  ['12', 'Debian 12 (bookworm)', '2026-07-11', { extendedOn: '2028-06-30' }],
  ['11', 'Debian 11 (bullseye)', '2024-08-14', { extendedOn: '2026-08-31' }],
  ['10', 'Debian 10 (buster)', '2022-09-10', { extendedOn: '2024-06-30' }],
  ['9', 'Debian 9 (stretch)', '2020-07-18', { extendedOn: '2022-07-01' }],
  ['8', 'Debian 8 (jessie)', '2018-06-17', { extendedOn: '2020-06-30' }],
  ['7', 'Debian 7 (wheezy)', '2016-04-25', { extendedOn: '2018-05-31' }],
  ['6', 'Debian 6 (squeeze)', '2014-05-31', { extendedOn: '2016-02-29' }],
  ['5', 'Debian 5 (lenny)', '2012-02-06'],
  ['4', 'Debian 4 (etch)', '2010-02-15'],
]

const rhel: Row[] = [
  ['10', 'Red Hat Enterprise Linux 10', '2035-05-31', { extendedOn: '2039-05-31' }],
  ['9', 'Red Hat Enterprise Linux 9', '2032-05-31', { extendedOn: '2036-05-31' }],
  ['8', 'Red Hat Enterprise Linux 8', '2029-05-31', { extendedOn: '2033-05-31' }],
  ['7', 'Red Hat Enterprise Linux 7', '2024-06-30', { extendedOn: '2029-05-31' }],
  ['6', 'Red Hat Enterprise Linux 6', '2020-11-30', { extendedOn: '2024-06-30' }],
  ['5', 'Red Hat Enterprise Linux 5', '2017-03-31', { extendedOn: '2020-11-30' }],
  ['4', 'Red Hat Enterprise Linux 4', '2012-02-29', { extendedOn: '2017-03-31' }],
]

const centos: Row[] = [
  ['8', 'CentOS Linux 8', '2021-12-31'],
  ['7', 'CentOS Linux 7', '2024-06-30'],
  ['6', 'CentOS Linux 6', '2020-11-30'],
  ['5', 'CentOS Linux 5', '2017-03-31'],
]

const centosStream: Row[] = [
  ['10', 'CentOS Stream 10', null, { note: 'The project names the year 2030, but no day.' }],
  ['9', 'CentOS Stream 9', '2027-05-31'],
  ['8', 'CentOS Stream 8', '2024-05-31'],
]

const rockyLinux: Row[] = [
  ['10', 'Rocky Linux 10', '2035-05-31'],
  ['9', 'Rocky Linux 9', '2032-05-31'],
  ['8', 'Rocky Linux 8', '2029-05-31'],
]

const almalinux: Row[] = [
  ['10', 'AlmaLinux OS 10', '2035-05-31'],
  ['9', 'AlmaLinux OS 9', '2032-05-31'],
  ['8', 'AlmaLinux OS 8', '2029-05-31'],
]

const oracleLinux: Row[] = [
  ['10', 'Oracle Linux 10', '2035-06-30', { extendedOn: null }],
  ['9', 'Oracle Linux 9', '2032-06-30', { extendedOn: null }],
  ['8', 'Oracle Linux 8', '2029-07-31', { extendedOn: null }],
  ['7', 'Oracle Linux 7', '2024-12-31', { extendedOn: '2028-06-30' }],
  ['6', 'Oracle Linux 6', '2021-03-31', { extendedOn: '2024-12-31' }],
  ['5', 'Oracle Linux 5', '2017-06-30', { extendedOn: '2020-11-30' }],
]

const lastPack = (name: string): Extra => ({ note: `The day for ${name}, the last service pack.` })

const sles: Row[] = [
  ['16.0', 'SUSE Linux Enterprise Server 16.0', '2027-11-30', { extendedOn: '2030-11-30' }],
  ['15.7', 'SUSE Linux Enterprise Server 15 SP7', '2031-07-31', { extendedOn: '2034-07-31' }],
  ['15.6', 'SUSE Linux Enterprise Server 15 SP6', '2025-12-31', { extendedOn: '2028-12-31' }],
  ['15.5', 'SUSE Linux Enterprise Server 15 SP5', '2024-12-31', { extendedOn: '2027-12-31' }],
  ['15.4', 'SUSE Linux Enterprise Server 15 SP4', '2023-12-31', { extendedOn: '2026-12-31' }],
  ['15.3', 'SUSE Linux Enterprise Server 15 SP3', '2022-12-31', { extendedOn: '2025-12-31' }],
  ['15.2', 'SUSE Linux Enterprise Server 15 SP2', '2021-12-31', { extendedOn: '2024-12-31' }],
  ['15.1', 'SUSE Linux Enterprise Server 15 SP1', '2021-01-31', { extendedOn: '2024-01-31' }],
  ['15.0', 'SUSE Linux Enterprise Server 15, first release', '2019-12-31', { extendedOn: '2022-12-31' }],
  ['15', 'SUSE Linux Enterprise Server 15, service pack not told', null, { note: 'Report the service pack.' }],
  ['12.5', 'SUSE Linux Enterprise Server 12 SP5', '2024-10-31', { extendedOn: '2027-10-31' }],
  ['12.4', 'SUSE Linux Enterprise Server 12 SP4', '2020-06-30', { extendedOn: '2023-06-30' }],
  ['12.3', 'SUSE Linux Enterprise Server 12 SP3', '2019-06-30', { extendedOn: '2022-06-30' }],
  ['12.2', 'SUSE Linux Enterprise Server 12 SP2', '2018-03-31', { extendedOn: '2021-03-31' }],
  ['12.1', 'SUSE Linux Enterprise Server 12 SP1', '2017-05-31', { extendedOn: '2020-05-31' }],
  ['12.0', 'SUSE Linux Enterprise Server 12, first release', '2016-06-30', { extendedOn: '2019-07-01' }],
  ['12', 'SUSE Linux Enterprise Server 12, service pack not told', '2024-10-31', lastPack('12 SP5')],
  ['11.4', 'SUSE Linux Enterprise Server 11 SP4', '2019-03-31', { extendedOn: '2022-03-31' }],
  ['11.3', 'SUSE Linux Enterprise Server 11 SP3', '2016-01-31', { extendedOn: '2019-01-30' }],
  ['11.2', 'SUSE Linux Enterprise Server 11 SP2', '2014-01-31', { extendedOn: '2017-01-30' }],
  ['11.1', 'SUSE Linux Enterprise Server 11 SP1', '2012-08-31', { extendedOn: '2015-08-30' }],
  ['11.0', 'SUSE Linux Enterprise Server 11, first release', '2010-12-31'],
  ['11', 'SUSE Linux Enterprise Server 11, service pack not told', '2019-03-31', lastPack('11 SP4')],
]

const amazonLinux: Row[] = [
  ['2023', 'Amazon Linux 2023', '2029-06-30'],
  ['2', 'Amazon Linux 2', '2026-06-30'],
  ['1', 'Amazon Linux AMI', '2023-12-31'],
]

const fedora: Row[] = [
  ['44', 'Fedora Linux 44', null],
  ['43', 'Fedora Linux 43', '2026-12-09'],
  ['42', 'Fedora Linux 42', '2026-05-13'],
  ['41', 'Fedora Linux 41', '2025-12-15'],
  ['40', 'Fedora Linux 40', '2025-05-13'],
  ['39', 'Fedora Linux 39', '2024-11-26'],
  ['38', 'Fedora Linux 38', '2024-05-21'],
  ['37', 'Fedora Linux 37', '2023-12-05'],
  ['36', 'Fedora Linux 36', '2023-05-16'],
  ['35', 'Fedora Linux 35', '2022-12-13'],
]

const freebsd: Row[] = [
  ['15.0', 'FreeBSD 15.0', '2026-09-30'],
  ['14.3', 'FreeBSD 14.3', '2026-06-30'],
  ['14.2', 'FreeBSD 14.2', '2025-09-30'],
  ['14.1', 'FreeBSD 14.1', '2025-03-31'],
  ['14.0', 'FreeBSD 14.0', '2024-09-30'],
  ['13.5', 'FreeBSD 13.5', '2026-04-30'],
  ['13.4', 'FreeBSD 13.4', '2025-06-30'],
  ['13.3', 'FreeBSD 13.3', '2024-12-31'],
  ['13.2', 'FreeBSD 13.2', '2024-06-30'],
  ['13.1', 'FreeBSD 13.1', '2023-07-31'],
  ['13.0', 'FreeBSD 13.0', '2022-08-31'],
  ['13', 'FreeBSD 13, release not told', '2026-04-30', { note: 'The day on which the whole branch ended.' }],
  ['12', 'FreeBSD 12', '2023-12-31', { note: 'The day on which the whole branch ended.' }],
  ['11', 'FreeBSD 11', '2021-09-30', { note: 'The day on which the whole branch ended.' }],
  ['10', 'FreeBSD 10', '2018-10-31', { note: 'The day on which the whole branch ended.' }],
  ['9', 'FreeBSD 9', '2016-12-31', { note: 'The day on which the whole branch ended.' }],
  ['8', 'FreeBSD 8', '2015-08-01', { note: 'The day on which the whole branch ended.' }],
]

// General support: VMware's technical guidance after it brings no security updates.
const esxi: Row[] = [
  ['9.0', 'VMware ESX 9.0', null],
  ['8.0', 'VMware ESXi 8.0', '2027-10-11'],
  ['7.0', 'VMware ESXi 7.0', '2025-10-02'],
  ['6.7', 'VMware ESXi 6.7', '2022-10-15'],
  ['6.5', 'VMware ESXi 6.5', '2022-10-15'],
  ['6.0', 'VMware ESXi 6.0', '2020-03-12'],
  ['6', 'VMware ESXi 6, release not told', '2022-10-15', { note: 'The day for 6.7, the last of them.' }],
  ['5.5', 'VMware ESXi 5.5', '2018-09-19'],
  ['5', 'VMware ESXi 5', '2018-09-19', { note: 'The day for 5.5, the last of them.' }],
  ['4', 'VMware ESXi 4 or older', '2018-09-19', before('ESXi 5.5')],
]

const products: Readonly<Record<string, { readonly name: string; readonly rows: readonly Row[] }>> = {
  windows: { name: 'Windows', rows: windows },
  'windows-server': { name: 'Windows Server', rows: windowsServer },
  'windows-embedded': { name: 'Windows Embedded', rows: windowsEmbedded },
  macos: { name: 'macOS', rows: macos },
  ios: { name: 'iOS', rows: ios },
  ipados: { name: 'iPadOS', rows: ipados },
  android: { name: 'Android', rows: android },
  chromeos: { name: 'ChromeOS', rows: chromeos },
  ubuntu: { name: 'Ubuntu', rows: ubuntu },
  debian: { name: 'Debian', rows: debian },
  rhel: { name: 'Red Hat Enterprise Linux', rows: rhel },
  centos: { name: 'CentOS Linux', rows: centos },
  'centos-stream': { name: 'CentOS Stream', rows: centosStream },
  'rocky-linux': { name: 'Rocky Linux', rows: rockyLinux },
  almalinux: { name: 'AlmaLinux OS', rows: almalinux },
  'oracle-linux': { name: 'Oracle Linux', rows: oracleLinux },
  sles: { name: 'SUSE Linux Enterprise Server', rows: sles },
  'amazon-linux': { name: 'Amazon Linux', rows: amazonLinux },
  fedora: { name: 'Fedora Linux', rows: fedora },
  freebsd: { name: 'FreeBSD', rows: freebsd },
  esxi: { name: 'VMware ESXi', rows: esxi },
}

/** How each product is called where its version is not known. */
export const productNames: ReadonlyMap<string, string> = new Map(
  Object.entries(products).map(([product, { name }]) => [product, name]),
)

/** One row a product and cycle; every product but ChromeOS has a row `unknown` for a version that is not known. */
export const operatingSystems: readonly OperatingSystem[] = Object.entries(products).flatMap(
  ([product, { name, rows }]) => [
    ...rows.map(([cycle, label, endOfSupportOn, extra]) => ({ product, cycle, label, endOfSupportOn, ...extra })),
    ...(product === 'chromeos'
      ? []
      : [{ product, cycle: unknownCycle, label: `${name}, version not known`, endOfSupportOn: null }]),
  ],
)
