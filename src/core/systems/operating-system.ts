/**
 * Which operating system a device runs, from what its source wrote. Every tool writes it in its own way ("Windows 10
 * Pro", "10.0.19045.3570", "W11P", "Mac OS X 10.15.7"), in one column or spread over three.
 *
 * - A Windows build number outweighs the name: below 22000 it is Windows 10, from there on Windows 11, also where the
 *   name says otherwise, since many tools kept the old name. Between desktop and server, which share builds, the name
 *   decides, then the kind of device.
 * - What is not told is not guessed: "Windows 11" alone is the cycle `11`, whose end is not known, and "Windows Server
 *   2016 or later", as hypervisors write it, has no version at all.
 * - The edition (Home and Pro, or Enterprise and Education) gives cycles that end in `-w` and `-e`; where it is not told,
 *   the cycle has no such ending and carries the day for Home and Pro, which is the earlier of the two.
 * - Cycles are named as endoflife.date names them, so that their list can be read against ours.
 */

import { type OperatingSystem, operatingSystems, productNames, unknownCycle } from './operating-systems.data.ts'

export { operatingSystems }

export interface ToldOperatingSystem {
  readonly osName?: string | null | undefined
  readonly osVersion?: string | null | undefined
  readonly osBuild?: string | null | undefined
  readonly deviceKind?: string | null | undefined
}

export interface RecognisedOperatingSystem {
  readonly product: string
  readonly cycle: string
  readonly label: string
}

/** A product, its cycles from the most to the least telling, and the version as it was told. */
interface Reading {
  readonly product: string
  readonly cycles: readonly (string | undefined)[]
  readonly version?: string | undefined
}

const rowOf = new Map<string, OperatingSystem>(operatingSystems.map((row) => [`${row.product} ${row.cycle}`, row]))

const longest = 300

/** Tells the product and cycle of `operatingSystems` that a device runs; undefined when it is none of them. */
export function recogniseOperatingSystem(told: ToldOperatingSystem): RecognisedOperatingSystem | undefined {
  const text = [told.osName, told.osVersion, told.osBuild].map(clean).join(' ').trim()
  if (text === '') return undefined
  const openEnded = /\b(?:or|and) (?:later|newer|above|higher|up)\b/.test(text)
  // "Windows 7 or Windows 8.1", as network scanners write it: two guesses are not an answer.
  if (!openEnded && /\bor\b/.test(text)) return undefined
  const kind = clean(told.deviceKind)
  const reading = readOther(text, kind) ?? readWindows(text, kind)
  if (!reading) return undefined
  const { product } = reading
  for (const cycle of openEnded ? [] : reading.cycles) {
    const row = cycle === undefined ? undefined : rowOf.get(`${product} ${cycle}`)
    if (row) return { product, cycle: row.cycle, label: row.label }
  }
  const name = productNames.get(product) ?? product
  const version = openEnded ? undefined : reading.version
  return { product, cycle: unknownCycle, label: version ? `${name} ${version}` : `${name}, version not told` }
}

/** Lower case, without marks and without the words for the processor, whose numbers are no versions. */
function clean(text: string | null | undefined): string {
  return (text ?? '')
    .slice(0, longest)
    .toLowerCase()
    .replace(/[™®©]|\((?:r|tm|c)\)/g, '')
    .replace(/\b(?:x86[-_]64|x64|x86|amd64|arm64|aarch64|i[3-6]86|(?:32|64)[ -]?bits?)\b/g, ' ')
    .replace(/[\s_,]+/g, ' ')
    .trim()
}

// ---- everything but Windows

interface Distribution {
  readonly product: string
  readonly name: RegExp
  readonly cycles: (version: string, text: string) => readonly (string | undefined)[]
}

const major = (version: string) => [/^\d+/.exec(version)?.[0]]

/** In the order in which they are tried: a derived product stands before the one that it mentions. */
const distributions: readonly Distribution[] = [
  { product: 'esxi', name: /\b(?:vmware )?esxi?(?= |\d|$)/, cycles: readEsxi },
  { product: 'chromeos', name: /\bchrom(?:e|ium) ?os\b|\bcros\b/, cycles: () => ['auto-updating'] },
  { product: 'centos-stream', name: /\bcentos(?: linux)?[ -]?(?:\d+ ?-?)?stream/, cycles: major },
  { product: 'centos', name: /\bcentos/, cycles: major },
  { product: 'rocky-linux', name: /\brocky(?: ?linux)?/, cycles: major },
  { product: 'almalinux', name: /\balma ?linux/, cycles: major },
  { product: 'oracle-linux', name: /\boracle ?(?:enterprise |unbreakable )?linux/, cycles: major },
  { product: 'amazon-linux', name: /\bamazon ?linux|\bamzn|\bal(?=20\d\d\b|2\b)/, cycles: readAmazon },
  { product: 'rhel', name: /\bred ?hat(?! openshift)|\brhel/, cycles: major },
  { product: 'sles', name: /\bsuse linux enterprise|\bsle[sd](?![a-z])/, cycles: readSles },
  { product: 'fedora', name: /\bfedora/, cycles: major },
  { product: 'ubuntu', name: /\bubuntu/, cycles: readUbuntu },
  { product: 'debian', name: /\bdebian/, cycles: readDebian },
  { product: 'freebsd', name: /\bfreebsd/, cycles: readFreebsd },
  { product: 'android', name: /\bandroid/, cycles: readAndroid },
]

/** Systems that carry the name of another: network gear that runs Cisco's IOS, and Linux made out of Debian or Ubuntu. */
const lookAlikes =
  /\bcisco\b|\bios[ -]x[er]\b|\bnx-?os\b|\blinux ?mint\b|\braspbian\b|\bcoreos\b|\brhcos\b|\bopensuse\b/

function readOther(text: string, kind: string): Reading | undefined {
  if (lookAlikes.test(text)) return undefined
  for (const { product, name, cycles } of distributions) {
    const match = name.exec(text)
    if (!match) continue
    const version = numberIn(text.slice(match.index + match[0].length)) ?? numberIn(match[0]) ?? ''
    return { product, cycles: cycles(version, text), version: version || undefined }
  }
  return readApple(text, kind)
}

function numberIn(text: string): string | undefined {
  return /\d+(?:\.\d+)*/.exec(text)?.[0]
}

function readEsxi(version: string): (string | undefined)[] {
  const [first, second] = version.split('.')
  if (first === undefined || first === '') return []
  if (Number(first) < 5) return ['4']
  return [second === undefined ? `${first}.0` : `${first}.${second}`, first].filter(
    // "ESXi 6" may be 6.0, 6.5 or 6.7; from 7 on there was only ".0".
    (cycle) => second !== undefined || cycle === first || Number(first) >= 7,
  )
}

function readAmazon(version: string): (string | undefined)[] {
  if (/^201\d/.test(version)) return ['1']
  return major(version)
}

function readSles(_version: string, text: string): (string | undefined)[] {
  const match = /(?<!\d)(1[0-9])(?:\.(\d)(?!\d)|[ .-]*(?:sp|service pack) ?(\d))?(?!\d)/.exec(text)
  if (!match) return []
  const pack = match[2] ?? match[3]
  return [pack === undefined ? undefined : `${match[1]}.${pack}`, pack === undefined ? match[1] : undefined]
}

function readUbuntu(_version: string, text: string): (string | undefined)[] {
  return [/(?<![\d.])([1-3]\d\.(?:04|10))(?!\d)/.exec(text)?.[1]]
}

function readDebian(version: string, text: string): (string | undefined)[] {
  if (/\bsid\b|\btesting\b/.test(text)) return []
  const [first, second] = version.split('.')
  // "Debian 5.10.46-4" names a kernel: the releases 4 to 6 had no minor number but 0.
  if (first !== '' && !(Number(first) <= 6 && second !== undefined && Number(second) > 0)) return [first]
  return [cycleByCodename('debian', text)]
}

function readFreebsd(version: string): (string | undefined)[] {
  return [/^\d+\.\d+/.exec(version)?.[0], ...major(version)]
}

function readAndroid(version: string): (string | undefined)[] {
  const [first, second] = version.split('.')
  if (first === undefined || first === '') return []
  if (Number(first) <= 4) return [second === '4' && first === '4' ? '4.4' : '4']
  return [second === undefined ? undefined : `${first}.${second}`, first, `${first}.0`]
}

/** Codenames stand in the labels: "macOS 14 Sonoma", "Debian 12 (bookworm)". The longest wins: "High Sierra". */
function cycleByCodename(product: string, text: string): string | undefined {
  let found = ''
  let cycle: string | undefined
  for (const row of operatingSystems) {
    if (row.product !== product) continue
    const codename = /\d \(?([A-Za-z ]+)\)?$/.exec(row.label)?.[1]?.toLowerCase() ?? ''
    if (codename.length > found.length && text.includes(codename)) {
      found = codename
      cycle = row.cycle
    }
  }
  return cycle
}

function readApple(text: string, kind: string): Reading | undefined {
  const mobile = /\bios\/ipados\b|\bipad ?os\b|\bios(?![a-z])|\biphone(?: os)?\b|\bipad\b/.exec(text)
  if (mobile && !/\bmac ?os/.test(text)) {
    if (kind === 'network') return undefined
    const version = numberIn(text.slice(mobile.index + mobile[0].length))
    const first = /^\d+/.exec(version ?? '')?.[0]
    const isPad = /\bios\/ipados\b/.test(text) ? kind === 'tablet' : /\bipad/.test(text)
    return { product: isPad && Number(first ?? 13) >= 13 ? 'ipados' : 'ios', cycles: [first], version }
  }
  const mac = /\bmac ?os(?: ?x\b)?|\bos ?x\b/.exec(text)
  const darwin = /\bdarwin\b/.exec(text)
  const name = mac ?? darwin
  if (!name) return undefined
  const kernelOfBuild = /(?<![\d.])(\d{2})[a-k]\d{2,5}[a-z]?\b/.exec(text)?.[1]
  const rest = text.slice(name.index + name[0].length).replace(/(?<![\d.])\d{2}[a-k]\d{2,5}[a-z]?\b/g, '')
  const version = numberIn(rest)
  const [first, second] = (version ?? '').split('.')
  // "Darwin 23.5.0" counts kernels, unless the build belongs to another kernel and the number is the system's own.
  const isKernel = !mac && (kernelOfBuild === undefined || kernelOfBuild === first)
  const told = isKernel
    ? cycleOfKernel(first)
    : first === '10'
      ? second === undefined
        ? '10'
        : `10.${second}`
      : first || cycleByCodename('macos', text) || cycleOfKernel(kernelOfBuild)
  const bare = mac && /x$/.test(mac[0]) && version === undefined ? '10' : undefined
  return { product: 'macos', cycles: [told, bare], version: isKernel ? undefined : version }
}

function cycleOfKernel(kernel: string | undefined): string | undefined {
  const number = Number(kernel)
  if (!kernel || !Number.isInteger(number)) return undefined
  if (number >= 25) return String(number + 1)
  if (number >= 20) return String(number - 9)
  return `10.${number - 4}`
}

// ---- Windows

const desktopBuilds: Readonly<Record<number, string>> = {
  10240: '1507',
  10586: '1511',
  14393: '1607',
  15063: '1703',
  16299: '1709',
  17134: '1803',
  17763: '1809',
  18362: '1903',
  18363: '1909',
  19041: '2004',
  19042: '20h2',
  19043: '21h1',
  19044: '21h2',
  19045: '22h2',
  22000: '21h2',
  22621: '22h2',
  22631: '23h2',
  26100: '24h2',
  26200: '25h2',
  28000: '26h1',
}

const serverBuilds: Readonly<Record<number, string>> = {
  14393: '2016',
  16299: '1709-sac',
  17134: '1803-sac',
  17763: '2019',
  18362: '1903-sac',
  18363: '1909-sac',
  19041: '2004-sac',
  19042: '20h2-sac',
  20348: '2022',
  25398: '23h2-ac',
  26100: '2025',
}

/** The first build of Windows 11. */
const firstOfEleven = 22000

/** The versions of NT before Windows 10, for desktop and server. */
const ntVersions: Readonly<Record<string, readonly [desktop: string, server: string]>> = {
  '5.0': ['2000', '2000'],
  '5.1': ['xp', '2003'],
  '5.2': ['xp', '2003'],
  '6.0': ['vista', '2008'],
  '6.1': ['7', '2008-r2'],
  '6.2': ['8', '2012'],
  '6.3': ['8.1', '2012-r2'],
}

const ltsReleases: Readonly<Record<string, string>> = {
  2015: '1507',
  2016: '1607',
  2019: '1809',
  2021: '21h2',
  2024: '24h2',
}

const versionWord = /(?<![\d.])(1507|1511|1607|1703|1709|1803|1809|1903|1909|2004|2[0-6]h[12])(?!\d)/g

const windowsName = new RegExp(
  [
    String.raw`\bwindows`,
    String.raw`\bwin[ -]?(?:xp|vista|7|8|10|11|ce\b|2k|20\d\d|nt\b|svr|srv|server)`,
    String.raw`\bw(?:7|8|8\.1|10|11)(?:[pehs]|pro|ent|home|edu)?\b`,
    String.raw`\bws ?20\d\d`,
    String.raw`\bw2k`,
    String.raw`\b(?:posready|wes ?(?:7|2009))\b`,
    String.raw`(?<!sql )\bserver 20(?:03|08|12|16|19|22|25)\b`,
    String.raw`\bhyper-v server\b`,
  ].join('|'),
)

const serverName = new RegExp(
  [
    String.raw`\bserver\b`,
    String.raw`\b(?:win ?)?(?:svr|srv)\b`,
    String.raw`\bwin(?:dows)?[ -]?(?:svr|srv|server)`,
    String.raw`\bws ?20\d\d`,
    String.raw`\bwin(?:dows)?[ -]?20(?:03|08|12|16|19|22|25)(?!\d)`,
    String.raw`\bw(?:in)?2k(?:3|8|12|16|19|22)`,
  ].join('|'),
)

interface Nt {
  readonly version: string
  readonly build: number | undefined
}

function readWindows(text: string, kind: string): Reading | undefined {
  const build = windowsBuildIn(text)
  const nt = ntIn(text)
  const isNamed = windowsName.test(text)
  // Without a name, only a number that nothing else has is taken for Windows: 10.0.19045, or 6.1.7601.
  const isBare = /^(?:microsoft )?(?:version )?(?:10\.0\.\d{5}|[56]\.[0-3]\.(?:2600|3790|600[0-3]|760[01]|9200|9600))/
  if (!isNamed && !isBare.test(text)) return undefined
  const embedded = readEmbedded(text, nt)
  if (embedded) return embedded
  const family = desktopFamilyIn(text)
  const isServer =
    serverName.test(text) || build === 20348 || build === 25398 || (family === undefined && kind === 'server')
  return isServer ? readServer(text, build, nt) : readDesktop(text, family, build, nt)
}

function windowsBuildIn(text: string): number | undefined {
  for (const match of text.matchAll(/(?<!\d)(\d{5})(?!\d)/g)) {
    const build = Number(match[1])
    if (build >= 10240 && build < 40000) return build
  }
  return undefined
}

function ntIn(text: string): Nt | undefined {
  const match = /(?<![\d.])([56]\.[0-3])(?:[. (]+(?:build )?(\d{4})(?!\d))?/.exec(text)
  if (!match?.[1]) return undefined
  return { version: match[1], build: match[2] === undefined ? undefined : Number(match[2]) }
}

function desktopFamilyIn(text: string): string | undefined {
  const words = '(?:nt |home |pro |professional |enterprise |education )?'
  const number = new RegExp(String.raw`\bw(?:in(?:dows)?)?[ -]?${words}(11|10|8\.1|8|7)(?!\.?\d)`).exec(text)?.[1]
  if (number) return number
  if (/\bxp\b|\bwinxp/.test(text)) return 'xp'
  if (/vista\b/.test(text)) return 'vista'
  if (/\bwindows 2000\b|\bw(?:in)?2k\b|\bwin2000\b/.test(text)) return '2000'
  const old = /\bwindows (me|millennium|98|95)\b/.exec(text)?.[1]
  if (old) return old === 'millennium' ? 'me' : old
  return /\bnt ?[34](?!\d)/.test(text) ? 'nt' : undefined
}

function readEmbedded(text: string, nt: Nt | undefined): Reading | undefined {
  const cycles = (...names: (string | undefined)[]): Reading => ({ product: 'windows-embedded', cycles: names })
  if (/\bwindows (?:10 )?mobile\b|\bwindows phone\b|\bhandheld\b/.test(text)) return cycles('mobile')
  if (/\bposready\b/.test(text)) return cycles(/\b2009\b/.test(text) ? 'posready-2009' : 'posready-7')
  const compact = /\bcompact (7|2013)\b/.exec(text)?.[1]
  if (compact) return cycles(`compact-${compact}`)
  const ce = /\b(?:win(?:dows)?|embedded)[ -]?ce\b\D{0,12}(\d+)?/.exec(text)
  if (ce) {
    const number = Number(ce[1])
    if (ce[1] === undefined) return cycles()
    if (number <= 4) return cycles('ce-4')
    return cycles(number === 7 ? 'compact-7' : number === 8 ? 'compact-2013' : `ce-${number}`)
  }
  if (!/\bembedded\b|\bwes ?(?:7|2009)\b/.test(text)) return undefined
  if (/\bxp\b/.test(text)) return cycles('xp')
  if (/2009\b/.test(text)) return cycles('standard-2009')
  if (/\b8\.1\b/.test(text)) return cycles(/\bpro\b/.test(text) ? '8.1-pro' : '8.1-industry')
  if (/\b8\b/.test(text)) return cycles(/\bstandard\b/.test(text) ? '8-standard' : undefined)
  if (/7\b/.test(text) || nt?.version === '6.1') {
    return cycles(servicePackIn(text) === '1' || nt?.build === 7601 ? 'standard-7-sp1' : 'standard-7')
  }
  return cycles()
}

function servicePackIn(text: string): string | undefined {
  return /\b(?:sp|service pack) ?([1-6])\b/.exec(text)?.[1]
}

function readServer(text: string, build: number | undefined, nt: Nt | undefined): Reading {
  const short = /\bw(?:in)?2k(3|8|12|16|19|22)/.exec(text)?.[1]
  const year = short
    ? `20${short.padStart(2, '0')}`
    : /(?<!\d)(20(?:00|03|08|12|16|19|22|25))(?!\d)/.exec(text.replace(/\b\d+\.[\d.]+/g, ''))?.[1]
  const second = /\br2\b|20\d\dr2\b|2k\d+r2\b/.test(text) && (year === '2008' || year === '2012') ? '-r2' : ''
  const words = [...new Set(Array.from(text.matchAll(versionWord), (match) => match[1]))]
  const channel = words.length === 1 ? `${words[0]}-${words[0] === '23h2' ? 'ac' : 'sac'}` : undefined
  const isChannel = /\bsac\b|semi-annual|annual channel/.test(text)
  const name =
    (isChannel ? channel : undefined) ??
    (build === undefined ? undefined : serverBuilds[build]) ??
    (year ? `${year}${second}` : undefined) ??
    channel ??
    (nt ? ntVersions[nt.version]?.[1] : undefined)
  if (name === undefined) return { product: 'windows-server', cycles: [] }
  const pack =
    servicePackIn(text) ??
    (name === '2008-r2' && nt?.build === 7601 ? '1' : undefined) ??
    (name === '2008' && (nt?.build === 6002 || nt?.build === 6003) ? '2' : undefined)
  return { product: 'windows-server', cycles: [pack ? `${name}-sp${pack}` : undefined, name], version: name }
}

function readDesktop(text: string, named: string | undefined, build: number | undefined, nt: Nt | undefined): Reading {
  const product = 'windows'
  const words = [...new Set(Array.from(text.matchAll(versionWord), (match) => match[1] ?? ''))]
  const isLts = /\blts[bc]\b|\benterprise ?s\b|\biotenterprises\b|\benterprises\b/.test(text)
  const isIot = /\biot/.test(text)
  const year = isLts ? /(?<!\d)(20(?:15|16|19|21|24))(?!\d)/.exec(text)?.[1] : undefined
  const family =
    build !== undefined
      ? build >= firstOfEleven
        ? '11'
        : '10'
      : (named ??
        (nt ? ntVersions[nt.version]?.[0] : undefined) ??
        (year ? (year === '2024' ? '11' : '10') : familyOf(words)))
  if (family !== '10' && family !== '11') {
    if (family === undefined) return { product, cycles: [] }
    const pack =
      servicePackIn(text) ??
      (nt?.build === 7601 ? '1' : undefined) ??
      (nt?.build === 6002 || nt?.build === 6003 ? '2' : undefined)
    return { product, cycles: [pack ? `${family}-sp${pack}` : undefined, family], version: family }
  }
  // Two versions in one text are a range, so neither is told.
  const word = words.length === 1 ? words[0] : undefined
  const version = build !== undefined ? desktopBuilds[build] : year ? ltsReleases[year] : word
  const cycle = `${family}-${version ?? ''}`
  if (isLts) return { product, cycles: [isIot ? `${cycle}-iot-lts` : undefined, `${cycle}-e-lts`, `${family}-lts`] }
  if (/\biot ?core\b/.test(text)) return { product, cycles: [`${cycle}-iot`, '10-iot-core'] }
  const group = editionIn(text)
  return { product, cycles: [group ? `${cycle}-${group}` : undefined, cycle, family], version: family }
}

/** The only family that has a version of this name: "23H2" is Windows 11, "22H2" may be either. */
function familyOf(words: readonly string[]): string | undefined {
  const [word] = words
  if (words.length !== 1 || word === undefined) return undefined
  const families = ['10', '11'].filter((family) => rowOf.has(`windows ${family}-${word}`))
  return families.length === 1 ? families[0] : undefined
}

/** `e` for Enterprise and Education, `w` for Home and Pro, as Microsoft's own list of dates groups them. */
function editionIn(text: string): 'e' | 'w' | undefined {
  if (/\bpro(?:fessional)? education\b/.test(text)) return 'w'
  if (/enterprise|\beducation\b|\bent\b|\bedu\b|\bmulti-session\b|\bw(?:in)?1[01] ?e(?:nt|du)?\b/.test(text)) return 'e'
  if (/\bpro\b|\bprofessional|\bhome\b|\bsingle language\b|\bw(?:in)?1[01] ?(?:p|pro|h|home)\b/.test(text)) return 'w'
  return undefined
}
