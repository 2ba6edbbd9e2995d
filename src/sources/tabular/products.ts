/** Products that are known by the headers of their exports. */
import type { Basis, FactKind } from '#core/intake/facts.ts'
import type { ReadAs } from './synonyms.ts'
import { fold } from './words.ts'

export interface Product {
  readonly name: string
  /** The system that accounts and MFA registrations of this product are of. */
  readonly system?: string
  readonly basis: Basis
  readonly kinds: readonly FactKind[]
  /** Headers, folded, that mean something else in this product than elsewhere. */
  readonly ignores?: readonly string[]
  /** Headers, folded, that fill a field in this product and not elsewhere. */
  readonly means?: Readonly<Record<string, readonly [field: string, readAs: ReadAs]>>
}

interface Signature extends Product {
  /** Every group must be met by one of its headers. */
  readonly headers: readonly string[]
}

const measured = 'measured' as const
const directory: readonly FactKind[] = ['account', 'mfa']

const sensor = ['malwareProtection', 'presence'] as const

const signatures: readonly Signature[] = [
  { name: 'Active Directory', system: 'Active Directory', basis: measured, kinds: ['account'], headers: ['samaccountname', 'enabled|lastlogondate|lastlogon|lastlogontimestamp|useraccountcontrol|passwordlastset|pwdlastset|distinguishedname|whencreated|dn|passwordneverexpires|objectsid|userprincipalname|objectclass|accountexpirationdate'] },
  { name: 'Active Directory', system: 'Active Directory', basis: measured, kinds: ['account'], headers: ['dn|distinguishedname', 'useraccountcontrol|pwdlastset|lastlogontimestamp'] },
  { name: 'Active Directory', basis: measured, kinds: ['device'], headers: ['dnshostname|samaccountname', 'operatingsystem', 'lastlogondate|lastlogontimestamp|distinguishedname|enabled'] },
  { name: 'Google Workspace', system: 'Google Workspace', basis: measured, kinds: directory, headers: ['2 step verification enrollment|2 step verification enforcement|2 step verification enrolled', 'user|email|user email'] },
  { name: 'Duo', system: 'Duo', basis: measured, kinds: ['mfa', 'account'], headers: ['username|user name', 'phones|tokens|hardware tokens|u2f tokens|webauthn credentials|bypass codes|bypasscodes|desktop authenticators', 'status|is enrolled|enrolled|realname|last login'] },
  { name: 'Duo', system: 'Duo', basis: measured, kinds: ['mfa'], headers: ['duo status|duo username|duo user id|trusted endpoint status'] },
  { name: 'Google Workspace', system: 'Google Workspace', basis: measured, kinds: directory, headers: ['2sv enrolled read only|2sv enforced read only|last sign in read only|status read only|org unit path required|org unit path|isenrolledin2sv|isenforcedin2sv', 'email address required|email address|primaryemail|primary email|first name required|user'] },
  { name: 'Microsoft Entra ID', system: 'Microsoft Entra ID', basis: measured, kinds: directory, headers: ['user principal name|upn|user', 'is mfa registered|is mfa capable|methods registered|default mfa method|is sspr registered|is passwordless capable|is sspr capable|per user mfa state|is system preferred authentication method enabled'] },
  { name: 'Microsoft Entra ID', system: 'Microsoft Entra ID', basis: measured, kinds: directory, headers: ['user principal name|upn', 'account enabled|object id|user type|directory synced|dir synced|on premises sync enabled|immutable id|creation type|invitation state|last sign in date time|on premises sam account name|identity issuer|is licensed|strong authentication methods|strong authentication requirements|mfa status|mfa state|created date time|last password change date time|block credential|last password change timestamp|strong password required'] },
  { name: 'Microsoft 365 admin center', system: 'Microsoft Entra ID', basis: measured, kinds: directory, headers: ['user principal name', 'licenses|block credential|oath token metadata|soft deletion time stamp|preferred data location|proxy addresses|last directory sync time|report refresh date|assigned products|is deleted'] },
  { name: 'Okta', system: 'Okta', basis: measured, kinds: directory, headers: ['login|okta username|user login', 'status changed|activated|transitioning to status|okta user id|mfa factors|factor|last updated|credential provider|okta status|factors|factor type', 'status|last login|created|email|enrolled|enrollment status|user status'] },
  { name: 'JumpCloud', system: 'JumpCloud', basis: measured, kinds: directory, headers: ['username', 'totp enabled|enable managed uid|mfa configured|allow public key|samba service user|ldap binding user|jumpcloud id|passwordless sudo|password never expires', 'account locked|suspended|activated|password expired|password expiration date|external source type|state'] },
  { name: 'Microsoft Intune', basis: measured, kinds: ['device'], headers: ['device name', 'last check in|last sync date time|last checkin', 'managed by|compliance|compliance state|primary user upn|ownership|management agent|primary user email address|device id|encrypted|azure ad registered|entra registered'] },
  { name: 'CrowdStrike Falcon', basis: measured, kinds: ['device'], headers: ['hostname|host name', 'sensor version|agent version|sensor tags|prevention policy|reduced functionality mode|rfm', 'host id|aid|agent id|last seen|containment status|device id'], means: { agentversion: sensor } },
  { name: 'SentinelOne', basis: measured, kinds: ['device'], headers: ['endpoint name|name|computer name', 'console visible ip|management connectivity|agent operational state|console migration status|subscribed on|vulnerability status|pending uninstall|scan status', 'agent version|last active|last active date|health status'], means: { agentversion: sensor } },
  { name: 'Microsoft Defender', means: { healthstatus: ['malwareProtection', 'flag:protection'] }, basis: measured, kinds: ['device'], headers: ['device name|computer dns name|machine name', 'exposure level|onboarding status|sensor health state|health status|antivirus status|device value', 'risk level|os platform|first seen|last device update|device id|domain|os version'] },
  { name: 'Microsoft Entra ID', basis: measured, kinds: ['device'], headers: ['display name', 'trust type|join type|profile type|registration time', 'operating system|approximate last sign in date time|is compliant|is managed'] },
  { name: 'BitLocker', basis: measured, kinds: ['device'], headers: ['computer name|pscomputername|computer|device name|machine name|hostname', 'volume status|protection status|mount point|key protector|encryption percentage|bitlocker recovery key|bitlocker status', 'encryption method|protection status|volume status|lock status|volume type|recovery password|encryption percentage'] },
  { name: 'Jamf Pro', basis: measured, kinds: ['device'], headers: ['filevault 2 status|jamf pro id|jamf pro computer id|jamf binary version|jss computer id|filevault 2 partition encryption state|last inventory update|computer azure active directory id', 'computer name|serial number|asset tag|model|display name|device name'] },
  { name: 'Kandji', basis: measured, kinds: ['device'], headers: ['blueprint|blueprint name', 'serial number', 'last check in|agent version|asset tag|mdm enabled|device name'] },
  { name: 'NinjaOne', basis: measured, kinds: ['device'], headers: ['node class|node role|device role|ninja device id|ninjarmm agent version|policy|agent version', 'last contact|last logged in user|system name|last contact time|last loggedon user', 'organization|location|display name'] },
  { name: 'PDQ', basis: measured, kinds: ['device'], headers: ['successful scan date|computer successful scan date|last successful scan|last scan status', 'computer|name|computer name|hostname|online|current user'] },
  { name: 'Lansweeper', basis: measured, kinds: ['device', 'component'], headers: ['asset name', 'asset type|asset unique|ip location|lansweeper', 'last seen|asset id|ip address|first seen|software|last tried'] },
  { name: 'Snipe-IT', basis: 'stated', kinds: ['device'], headers: ['asset tag', 'checked out to|checkout date|checked out|requestable|eol date|expected checkin date|checkouts', 'model no|model number|model|category|status|serial'] },
  { name: 'Veeam', basis: measured, kinds: ['backup'], headers: ['job name|vm name|object|workload name|protected vm', 'bottleneck|transferred|transferred size|processed used|restore points|backup repository|processing rate|repository|session type|rpo status|dedupe|last result', 'status|result|last result|start time|last run|last run time|end time|latest restore point|last successful backup|next run|last backup'] },
  { name: 'Datto', basis: measured, kinds: ['backup'], headers: ['agent|device|protected machine|protected system|system|hostname|device name|agent name', 'last screenshot|screenshot verification|last offsite sync|offsite synchronization|local snapshots|offsite snapshots|last screenshot verification|screenshot|last offsite|latest offsite point', 'last backup|last successful backup|latest backup|status|last snapshot'] },
  { name: 'Acronis', basis: measured, kinds: ['backup'], headers: ['protection plan|plan name|plan|machine name|machine', 'last successful backup|last backup|last activity', 'next backup|agent version|occupied space|backup location|backup storage|tenant|customer'] },
  { name: 'Veritas Backup Exec', ignores: ['devicename'], basis: measured, kinds: ['backup'], headers: ['job name', 'job status|status', 'byte count|job rate|percent complete|job type|device name', 'elapsed time|byte count|job rate|error code|selection list'] },
  { name: 'Rubrik', basis: measured, kinds: ['backup'], headers: ['object name|object', 'sla domain', 'last snapshot|latest local snapshot|last successful snapshot|local snapshots|archival snapshots|protection status|missed snapshots|task status|compliance status'] },
  { name: 'Commvault', basis: measured, kinds: ['backup'], headers: ['client|client computer|server', 'subclient|subclient name|storage policy|backup set|backupset', 'job id|status|job status|end time|last backup time|last successful backup'] },
  { name: 'Barracuda Backup', basis: measured, kinds: ['backup'], headers: ['data source|source', 'backup server|backup device|barracuda backup|appliance', 'last backup|status|schedule|last successful backup'] },
  { name: 'Veritas NetBackup', basis: measured, kinds: ['backup'], headers: ['client|client name', 'policy|policy name', 'schedule|schedule type|schedule name|status code|job id|master server'] },
  { name: 'BambooHR', basis: 'stated', kinds: ['person'], headers: ['employee number', 'last name first name|reporting to|employment status date|job information effective date', 'hire date|employment status'] },
  { name: 'Workday', basis: 'stated', kinds: ['person'], headers: ['worker', 'supervisory organization|job profile|time type|worker type', 'hire date|employee id|business title'] },
  { name: 'ADP', basis: 'stated', kinds: ['person'], headers: ['associate id|file number|position id', 'payroll company code|payroll name|home department description|home department code|position status|legal name|reports to legal name'] },
  { name: 'Absorb', basis: measured, kinds: ['training'], headers: ['course name|course title', 'date started|enrollment date|date enrolled', 'date completed', 'progress|time spent|enrollment status'] },
  { name: 'Docebo', basis: measured, kinds: ['training'], headers: ['course code|course internal id|course unique id', 'course name', 'enrollment date|enrollment status', 'completion date|course completion date', 'username|user unique id'] },
  { name: 'SAP SuccessFactors Learning', basis: measured, kinds: ['training'], headers: ['item id|component id|entity id', 'item title|title|item revision date|component title', 'completion status|completion date|completion status id', 'user id|student id'] },
  { name: 'Cornerstone OnDemand', basis: measured, kinds: ['training'], headers: ['transcript status', 'training title|training', 'transcript completed date|transcript due date|user id|user full name'] },
  { name: 'ServiceNow', basis: 'stated', kinds: ['account'], headers: ['sys created on|sys updated on|sys id|u account owner|sys created by', 'user name|user id', 'active|last login time|last login|locked out|web service access only'] },
  { name: 'KnowBe4', basis: measured, kinds: ['training'], headers: ['campaign name|training campaign|campaign', 'content|module|content name|module name|enrollment date utc|policy acknowledged', 'email|status|enrollment status|time spent'] },
] // biome-ignore format: a table reads better in rows

interface Compiled extends Product {
  readonly groups: readonly (readonly string[])[]
}

const compiled: readonly Compiled[] = signatures.map(({ headers, ...product }) => ({
  ...product,
  groups: headers.map((group) => group.split('|').map(fold)),
}))

const namedInText: readonly (readonly [RegExp, string])[] = [
  [/Microsoft\.ActiveDirectory\.Management\.AD(User|Computer|Account)/, 'Active Directory'],
  [/\bveeam\b/i, 'Veeam'],
  [/\bdatto\b/i, 'Datto'],
  [/\bacronis\b/i, 'Acronis'],
  [/\bintune\b/i, 'Microsoft Intune'],
  [/\bjamf\b/i, 'Jamf Pro'],
  [/\bduo\b/i, 'Duo'],
  [/\bokta\b/i, 'Okta'],
]

/** The products whose export a table with these headers, and this text above it, may be; the surest first. */
export function findProducts(headers: readonly string[], preamble: string): readonly Product[] {
  const folded = new Set<string>()
  for (const header of headers) {
    folded.add(fold(header.replaceAll('#', ' number ')))
    folded.add(fold(header.replace(/[[(].*?[\])]/g, '')))
  }
  const found: Product[] = compiled.filter((product) => {
    // One header may not stand in for two groups.
    const used = new Set<string>()
    return product.groups.every((group) => {
      const header = group.find((name) => folded.has(name) && !used.has(name))
      if (header !== undefined) used.add(header)
      return header !== undefined
    })
  })
  for (const [pattern, name] of namedInText) {
    if (!pattern.test(preamble)) continue
    for (const product of compiled) if (product.name === name && !found.includes(product)) found.push(product)
  }
  return found
}
