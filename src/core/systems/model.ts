/**
 * When two names mean one application, one company or one product. Lists of people and exports of tools name them freely:
 * "AD" and "Active Directory", "Epic" and "Epic Hyperspace", "Google Chrome 126.0.1 (x64)".
 *
 * Only names that are known to mean one thing are `same`. What is related but may be something else ("Entra" and
 * "Microsoft 365", which share sign-in) is `similar`: a person decides, or a second sign does.
 */

export type SystemKind =
  | 'ehr'
  | 'directory'
  | 'mail'
  | 'imaging'
  | 'billing'
  | 'laboratory'
  | 'pharmacy'
  | 'hr'
  | 'backup'
  | 'vpn'
  | 'file-share'

const longest = 300

/** Small letters and digits with single spaces between them: `&` becomes "and", marks and punctuation go. */
function fold(name: string): string {
  return name
    .slice(0, longest)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}|[™®©'’`]/gu, '')
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{N}+#]+/gu, ' ')
    .trim()
}

// ---- applications

interface KnownSystem {
  readonly key: string
  readonly kind?: SystemKind
  /** Systems of one family are `similar` to each other. */
  readonly family?: string
  readonly names: readonly string[]
}

const known = (key: string, kind: SystemKind | undefined, names: string, family?: string): KnownSystem => ({
  key,
  ...(kind && { kind }),
  ...(family && { family }),
  names: [key, ...names.split('|')].map((name) => name.trim()).filter((name) => name !== ''),
})

const knownSystems: readonly KnownSystem[] = [
  // directories
  known(
    'active directory',
    'directory',
    'ad|ms ad|microsoft active directory|windows active directory|active directory domain services|ad ds|adds|on prem ad|on premises ad|on premises active directory|windows domain',
    'microsoft-directory',
  ),
  known(
    'entra id',
    'directory',
    'entra|microsoft entra id|microsoft entra|ms entra|ms entra id|azure ad|azure active directory|aad|azuread|microsoft azure ad',
    'microsoft-directory microsoft-cloud',
  ),
  known('okta', 'directory', 'okta workforce identity|okta sso|okta identity cloud'),
  known('ping identity', 'directory', 'pingone|pingfederate|ping'),
  known('onelogin', 'directory', ''),
  known('jumpcloud', 'directory', ''),
  known('duo', 'directory', 'duo security|cisco duo|duo mfa'),
  known('openldap', 'directory', 'ldap|ldap directory'),
  known('freeipa', 'directory', 'red hat idm|ipa'),
  known('imprivata', 'directory', 'imprivata onesign|onesign'),
  // mail and office
  known(
    'microsoft 365',
    'mail',
    'm365|ms 365|o365|office 365|office365|microsoft office 365|ms365|microsoft365',
    'microsoft-cloud',
  ),
  known('exchange online', 'mail', 'microsoft exchange online', 'microsoft-cloud exchange'),
  known(
    'exchange',
    'mail',
    'exchange server|microsoft exchange|microsoft exchange server|ms exchange|exchange on prem',
    'exchange',
  ),
  known('outlook', 'mail', 'microsoft outlook', 'microsoft-cloud exchange'),
  known(
    'google workspace',
    'mail',
    'g suite|gsuite|google apps|google workspace for business|google apps for work',
    'google',
  ),
  known('gmail', 'mail', 'google mail', 'google'),
  known('zimbra', 'mail', 'zimbra collaboration'),
  // records
  known(
    'epic',
    'ehr',
    'epic hyperspace|hyperspace|epic hyperdrive|hyperdrive|epic emr|epiccare|epic systems|epiccare ambulatory|epiccare inpatient',
    'epic',
  ),
  known('epic mychart', undefined, 'mychart', 'epic'),
  known('epic community connect', 'ehr', '', 'epic'),
  known(
    'oracle health',
    'ehr',
    'cerner|cerner millennium|oracle cerner|oracle health millennium|cerner powerchart|powerchart|cerner emr',
    'cerner',
  ),
  known('meditech', 'ehr', 'meditech expanse|meditech magic|meditech client server|expanse'),
  known('athenahealth', 'ehr', 'athena|athenaone|athena one|athenaclinicals|athena health|athenanet', 'athena'),
  known('athenacollector', 'billing', '', 'athena'),
  known('eclinicalworks', 'ehr', 'ecw|e clinical works|eclinical works'),
  known('nextgen', 'ehr', 'nextgen healthcare|nextgen enterprise|nextgen office'),
  known(
    'allscripts',
    'ehr',
    'veradigm|veradigm ehr|allscripts professional|allscripts touchworks|touchworks|altera sunrise|sunrise clinical manager',
  ),
  known('greenway', 'ehr', 'greenway intergy|intergy|prime suite|greenway prime suite|greenway health'),
  known('practice fusion', 'ehr', 'practicefusion'),
  known('drchrono', 'ehr', 'dr chrono'),
  known('kareo', 'ehr', 'tebra|kareo clinical'),
  known('modmed', 'ehr', 'modernizing medicine|ema|modmed ema'),
  known('advancedmd', 'ehr', 'advanced md'),
  known('simplepractice', 'ehr', 'simple practice'),
  known('elation', 'ehr', 'elation health'),
  known('openemr', 'ehr', 'open emr'),
  known('openmrs', 'ehr', ''),
  known('vista', 'ehr', 'worldvista|cprs|va vista'),
  known('pointclickcare', 'ehr', 'point click care|pcc'),
  known('matrixcare', 'ehr', ''),
  known('netsmart', 'ehr', 'netsmart myavatar|myavatar|myevolv'),
  known('cpsi', 'ehr', 'trubridge|evident thrive|thrive'),
  known('dentrix', 'ehr', 'dentrix ascend|dentrix enterprise'),
  known('eaglesoft', 'ehr', 'patterson eaglesoft'),
  known('open dental', 'ehr', 'opendental'),
  // imaging
  known('pacs', 'imaging', 'picture archiving and communication system|radiology pacs|imaging archive'),
  known('sectra', 'imaging', 'sectra pacs'),
  known('ge centricity pacs', 'imaging', 'centricity pacs|ge pacs|centricity universal viewer'),
  known('philips intellispace', 'imaging', 'intellispace pacs|philips pacs|philips vue pacs|vue pacs|carestream pacs'),
  known('synapse', 'imaging', 'fujifilm synapse|fuji synapse|synapse pacs'),
  known('merge', 'imaging', 'merge pacs|merge healthcare'),
  known('agfa', 'imaging', 'agfa impax|impax|agfa enterprise imaging'),
  known('visage', 'imaging', 'visage 7'),
  known('orthanc', 'imaging', ''),
  known('dcm4chee', 'imaging', ''),
  known('nuance powershare', 'imaging', 'powershare'),
  known('powerscribe', 'imaging', 'nuance powerscribe|powerscribe 360'),
  // laboratory
  known('lis', 'laboratory', 'laboratory information system|lab information system'),
  known('sunquest', 'laboratory', 'sunquest laboratory|clinisys sunquest|clinisys'),
  known('orchard', 'laboratory', 'orchard harvest|harvest lis|orchard software'),
  known('softlab', 'laboratory', 'scc soft|scc softlab'),
  known('labdaq', 'laboratory', 'compugroup labdaq'),
  known('epic beaker', 'laboratory', 'beaker', 'epic'),
  known('cerner pathnet', 'laboratory', 'pathnet', 'cerner'),
  known('quest quanum', 'laboratory', 'quanum'),
  known('labcorp link', 'laboratory', ''),
  // pharmacy
  known('pyxis', 'pharmacy', 'bd pyxis|pyxis es|pyxis medstation'),
  known('omnicell', 'pharmacy', 'omnicell xt'),
  known('surescripts', 'pharmacy', ''),
  known('qs1', 'pharmacy', 'qs 1|redsail'),
  known('pioneerrx', 'pharmacy', 'pioneer rx'),
  known('epic willow', 'pharmacy', 'willow', 'epic'),
  // billing
  known('waystar', 'billing', 'zirmed'),
  known('change healthcare', 'billing', 'changehealthcare|optum change healthcare'),
  known('availity', 'billing', 'availity essentials'),
  known('medisoft', 'billing', ''),
  known('quadax', 'billing', ''),
  known('epic resolute', 'billing', 'resolute', 'epic'),
  known('quickbooks', 'billing', 'quickbooks online|intuit quickbooks|qbo'),
  // people
  known('workday', 'hr', 'workday hcm'),
  known('adp', 'hr', 'adp workforce now|workforce now|adp run'),
  known('ukg', 'hr', 'kronos|ukg pro|ultipro|ultimate software|ukg ready|ukg dimensions'),
  known('bamboohr', 'hr', 'bamboo hr'),
  known('paycom', 'hr', ''),
  known('paylocity', 'hr', ''),
  known('paychex', 'hr', 'paychex flex'),
  known('gusto', 'hr', ''),
  known('rippling', 'hr', ''),
  known('peoplesoft', 'hr', 'oracle peoplesoft'),
  known('infor', 'hr', 'lawson|infor lawson|infor cloudsuite'),
  known('successfactors', 'hr', 'sap successfactors'),
  // backup
  known('veeam', 'backup', 'veeam backup and replication|veeam backup|vbr|veeam b and r'),
  known('commvault', 'backup', ''),
  known('rubrik', 'backup', ''),
  known('cohesity', 'backup', ''),
  known('datto', 'backup', 'datto siris|datto bcdr'),
  known('acronis', 'backup', 'acronis cyber protect'),
  known('netbackup', 'backup', 'veritas netbackup'),
  known('backup exec', 'backup', 'veritas backup exec'),
  known('barracuda backup', 'backup', ''),
  known('unitrends', 'backup', ''),
  known('druva', 'backup', ''),
  known('carbonite', 'backup', ''),
  // remote access
  known('anyconnect', 'vpn', 'cisco anyconnect|cisco secure client|cisco vpn'),
  known('globalprotect', 'vpn', 'palo alto globalprotect|global protect'),
  known('forticlient', 'vpn', 'fortinet vpn|forticlient vpn|fortigate vpn'),
  known('pulse secure', 'vpn', 'ivanti connect secure|pulse connect secure|ivanti secure access'),
  known('openvpn', 'vpn', 'openvpn access server'),
  known('wireguard', 'vpn', ''),
  known('sonicwall vpn', 'vpn', 'sonicwall netextender|netextender'),
  known('tailscale', 'vpn', ''),
  // files
  known('sharepoint', 'file-share', 'sharepoint online|microsoft sharepoint', 'microsoft-cloud'),
  known('onedrive', 'file-share', 'microsoft onedrive|onedrive for business', 'microsoft-cloud'),
  known('google drive', 'file-share', '', 'google'),
  known('dropbox', 'file-share', 'dropbox business'),
  known('box', 'file-share', 'box com|box enterprise'),
  known('egnyte', 'file-share', ''),
  known('sharefile', 'file-share', 'citrix sharefile'),
]

/** Words that say of which sort a system is; they add nothing where the product is named beside them. */
const sortWords: Readonly<Record<string, SystemKind | undefined>> = {
  ehr: 'ehr',
  emr: 'ehr',
  'electronic health record': 'ehr',
  'electronic medical record': 'ehr',
  'health record': 'ehr',
  'practice management': 'billing',
  directory: 'directory',
  sso: 'directory',
  email: 'mail',
  mail: 'mail',
  pacs: 'imaging',
  imaging: 'imaging',
  radiology: 'imaging',
  ris: 'imaging',
  vna: 'imaging',
  billing: 'billing',
  'revenue cycle': 'billing',
  lis: 'laboratory',
  lab: 'laboratory',
  laboratory: 'laboratory',
  pharmacy: 'pharmacy',
  'e prescribing': 'pharmacy',
  hr: 'hr',
  hris: 'hr',
  payroll: 'hr',
  'human resources': 'hr',
  backup: 'backup',
  backups: 'backup',
  vpn: 'vpn',
  'remote access': 'vpn',
  'file share': 'file-share',
  'file server': 'file-share',
  'shared drive': 'file-share',
  'network drive': 'file-share',
}

const fillers =
  /\b(?:the|our|system|systems|application|app|software|platform|solution|suite|production|prod|live|cloud|hosted|saas|login|accounts?|users?)\b/g

const systemByName = new Map<string, KnownSystem>()
for (const system of knownSystems) for (const name of system.names) systemByName.set(fold(name), system)

function withoutFillers(name: string): string {
  return fold(name).replace(fillers, ' ').replace(/\s+/g, ' ').trim() || fold(name)
}

function findKnown(name: string): KnownSystem | undefined {
  const folded = fold(name)
  const bare = withoutFillers(name)
  // "Epic EHR", "Epic Hyperspace (Production)": the sort is dropped only where a known product is left.
  const unsorted = Object.keys(sortWords).reduce((text, word) => ` ${text} `.replace(` ${word} `, ' ').trim(), bare)
  const unversioned = unsorted.replace(/(?: v?\d[\d ]*)+$/, '')
  for (const text of [folded, bare, unsorted, unversioned]) {
    const found = text === '' ? undefined : systemByName.get(text)
    if (found) return found
  }
  return undefined
}

/** What the names of one application have in common. */
export function systemKey(name: string): string {
  return findKnown(name)?.key ?? (withoutFillers(name) || name.slice(0, longest).trim().toLowerCase())
}

/** The kind of an application, from a known product's name or from a word that says it ("lab", "file share"). */
export function systemKindOf(name: string): SystemKind | undefined {
  const found = findKnown(name)
  if (found) return found.kind
  const text = ` ${fold(name)} `
  const kinds = new Set(
    Object.entries(sortWords).flatMap(([word, kind]) => (kind && text.includes(` ${word} `) ? [kind] : [])),
  )
  const [only] = kinds
  return kinds.size === 1 ? only : kindOfStart(text.trim())
}

/** Names of products that start other names too. */
const everydayWords = new Set(
  'exchange merge ping orchard harvest synapse elation visage vista thrive expanse resolute willow beaker gusto infor greenway outlook'.split(
    ' ',
  ),
)

/** "Epic Cupid Cardiology" is no name of the list, but starts with one that nothing else starts with. */
function kindOfStart(text: string): SystemKind | undefined {
  const [first = '', ...rest] = text.split(' ')
  const found = rest.length > 0 && first.length > 3 && !everydayWords.has(first) ? systemByName.get(first) : undefined
  return found?.kind
}

/** Whether two names mean one application. */
export function sameSystem(a: string, b: string): 'same' | 'similar' | 'different' {
  const keyA = systemKey(a)
  const keyB = systemKey(b)
  if (keyA === '' || keyB === '') return 'different'
  if (keyA === keyB) return 'same'
  const familiesA = findKnown(a)?.family?.split(' ') ?? []
  const familiesB = findKnown(b)?.family?.split(' ') ?? []
  if (familiesA.some((family) => familiesB.includes(family))) return 'similar'
  // Two known products are two systems; one that is not known may be a longer name of the other.
  if (findKnown(a) && findKnown(b)) return 'different'
  const [shorter, longer] = keyA.length <= keyB.length ? [keyA, keyB] : [keyB, keyA]
  return shorter.length > 2 && (longer.startsWith(`${shorter} `) || longer.endsWith(` ${shorter}`))
    ? 'similar'
    : 'different'
}

export interface SystemCandidate {
  readonly name: string
  readonly kind?: string | null | undefined
}

export type SystemMatch =
  | { readonly match: true; readonly index: number }
  | { readonly doubtful: true; readonly indexes: readonly number[] }
  | { readonly none: true }

/**
 * Finds, by its index, the one system of a list that a name means. A name that says only the kind ("EHR") means the one system of that
 * kind. Several that are the same, or any that is only similar, are left to a person as `doubtful`.
 */
export function matchSystem(name: string, candidates: readonly SystemCandidate[]): SystemMatch {
  const indexes = (test: (candidate: SystemCandidate) => boolean) =>
    candidates.flatMap((candidate, index) => (test(candidate) ? [index] : []))
  const same = indexes((candidate) => sameSystem(name, candidate.name) === 'same')
  if (same.length > 0) return choose(same)
  const sort = withoutFillers(name)
  const kind = Object.hasOwn(sortWords, sort) ? sortWords[sort] : undefined
  if (kind) {
    const ofKind = indexes((candidate) => (candidate.kind ?? systemKindOf(candidate.name)) === kind)
    if (ofKind.length > 0) return choose(ofKind)
  }
  const similar = indexes((candidate) => sameSystem(name, candidate.name) === 'similar')
  return similar.length > 0 ? { doubtful: true, indexes: similar } : { none: true }
}

function choose(found: readonly number[]): SystemMatch {
  const [only] = found
  return found.length === 1 && only !== undefined ? { match: true, index: only } : { doubtful: true, indexes: found }
}

// ---- organisations

const legalForms = new Set(
  `inc incorporated llc llp lp ltd limited corp corporation co company plc pc pllc pa gmbh ag kg sa srl sarl bv nv ab as oy
  aps pty pte kk spa`.split(/\s+/),
)

/**
 * What the names of one company have in common: without legal form, "The", punctuation and marks. Of "Acme LLC d/b/a
 * Roadrunner Health" the name in use counts, which is the one that contracts and lists show.
 */
export function organisationKey(vendorName: string): string | undefined {
  const raw = vendorName.slice(0, longest).replace(/\([^)]*\)/g, ' ')
  const parts = raw.split(
    /(?<=\S[\s,;]{1,3})(?:d\s*[./]\s*b\s*[./]\s*a\b\.?|dba|doing business as|t\/a|trading as)(?=[\s:])/i,
  )
  const used = [...parts].reverse().find((part) => fold(part) !== '') ?? vendorName
  // "L.L.C." and "U.S." are words of letters with dots between them.
  const words = fold(used.replace(/\b(?:\p{L}\.){2,}/gu, (letters) => letters.replaceAll('.', ''))).split(' ')
  while (words.length > 1 && legalForms.has(words.at(-1) ?? '')) words.pop()
  while (words.length > 1 && words[0] === 'the') words.shift()
  while (words.length > 1 && words.at(-1) === 'and') words.pop()
  const key = words.join(' ')
  return key === '' ? undefined : key
}

// ---- installed software

/** Words of an installer's title that tell the build and not the product. */
const buildWords = new Set(
  `x64 x86 x32 amd64 arm64 aarch64 win32 win64 64bit 32bit bit 64 32 edition version ver build release update hotfix
  setup installer installation remove only user machine wide per english german french spanish multilingual mui stable current machine-wide`.split(
    /\s+/,
  ),
)

const locale = /^(?:[a-z]{2}(?:-[a-z]{2,4})?|[a-z]{2}-[a-z]{2})$/

/**
 * An installed program's name without version, processor, language and words of its installer: "7-Zip 23.01 (x64
 * edition)" is `7 zip`, "Microsoft Office Professional Plus 2019 - en-us" is `microsoft office professional plus`.
 */
export function productKey(softwareName: string): string | undefined {
  const text = softwareName
    .slice(0, longest)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\b(?:64|32)[- ]?bit\b|\bx86[-_]64\b/g, ' ')
    .replace(/[([][^)\]]*[)\]]/g, (part) => (isBuild(part.slice(1, -1)) ? ' ' : ` ${part.slice(1, -1)} `))
    // A language after a dash: "- en-us".
    .replace(/\s-\s+[a-z]{2}-[a-z]{2}\b/g, ' ')
    .replace(/\bv(?=\d+(?:\.\d+)*\b)/g, '')
    .replace(/(?<![\p{L}\p{N}-])\d+(?:[._]\d+)+(?:[-+.][\p{L}\p{N}.]+)?/gu, ' ')
  const words = fold(text)
    .split(' ')
    .filter((word) => word !== '')
  const kept = [...words]
  for (let last = kept.at(-1) ?? ''; kept.length > 1; last = kept.at(-1) ?? '') {
    // "Java 8 Update 401": numbers at the end are versions and years.
    if (!/^\d+[a-z]?$/.test(last) && !buildWords.has(last)) break
    kept.pop()
  }
  const key = kept.join(' ')
  return key === '' ? undefined : key
}

/** Whether all words of a bracket tell the build: "(x64 en-US)", "(64-bit)", "(User)". */
function isBuild(text: string): boolean {
  return text
    .trim()
    .split(/[\s,;]+/)
    .every((word) => word === '' || buildWords.has(word) || locale.test(word) || /^v?\d[\d.]*$/.test(word))
}

/** Makers whose name people leave out: "Chrome", "Office", "Acrobat". */
const makers = new Set('microsoft google mozilla adobe apple oracle cisco vmware citrix the'.split(' '))

/** The product that an edition belongs to: the key without the maker's name and without words for the edition. */
export function productFamily(name: string): string | undefined {
  const words = (productKey(name) ?? '').split(' ').filter((word) => word !== '')
  while (words.length > 1 && makers.has(words[0] ?? '')) words.shift()
  while (words.length > 1 && editionWords.has(words.at(-1) ?? '')) words.pop()
  return words.join(' ') || undefined
}

/**
 * Words that may follow an approved name without making another product of it. "Zoom" covers "Zoom Workplace", but
 * "Chrome" does not cover "Chrome Remote Desktop", because "remote" and "desktop" are not among them.
 */
const editionWords = new Set(
  `professional pro plus standard home business enterprise community ultimate premium basic personal student education
  workplace client esr lts classic dc reader continuous free app edition`.split(/\s+/),
)

/**
 * Whether an approved product covers an installed one. The names are equal, or the installed one goes on, by whole words,
 * with words for editions only; the maker's name may be missing on either side. A name of one word that is a maker
 * ("Microsoft") covers nothing but itself.
 */
export function sameProduct(seen: string, approved: string): boolean {
  const seenKey = productKey(seen)
  const approvedKey = productKey(approved)
  if (!seenKey || !approvedKey) return false
  if (seenKey === approvedKey) return true
  if (makers.has(approvedKey)) return false
  const seenWords = seenKey.split(' ')
  const approvedWords = approvedKey.split(' ')
  const [maker = ''] = approvedWords
  const isMade = makers.has(maker) && approvedWords.length > 1
  const wanted = isMade ? approvedWords.slice(1) : approvedWords
  const offered = makers.has(seenWords[0] ?? '') && seenWords.length > 1 ? seenWords.slice(1) : seenWords
  // Where both name a maker, it has to be the same one.
  if (isMade && offered !== seenWords && seenWords[0] !== maker) return false
  if (!wanted.every((word, index) => offered[index] === word)) return false
  return offered.slice(wanted.length).every((word) => editionWords.has(word) || /^\d+$/.test(word))
}
