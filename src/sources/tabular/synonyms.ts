/**
 * The headers under which real products and hand-kept lists supply each field. Headers are compared folded (see
 * `fold`), so that `LastLogonDate`, `last_logon_date` and "Last Logon Date" are one. Within a kind a header means one
 * field; the weight says how strongly the column speaks for the kind (a name says little, a hire date much).
 */
import type { FactKind } from '#core/intake/facts.ts'
import { type FlagVocabulary, fold, type VocabularyName } from './words.ts'

export type ReadAs =
  | 'text'
  | 'code'
  | 'name'
  | 'email'
  | 'day'
  | 'instant'
  | 'number'
  | 'hours'
  | 'minutes'
  | 'list'
  | 'account-control'
  | `flag:${FlagVocabulary}`
  | `not:${FlagVocabulary}`
  | `word:${VocabularyName}`

export interface Synonym {
  readonly field: string
  readonly weight: number
  readonly readAs: ReadAs
  readonly rank: number
}

type Line = readonly [field: string, weight: number, readAs: ReadAs, headers: string]

interface KindRecognition {
  /** The name of the format. */
  readonly format: string
  readonly title: string
  /** One of each group must be there for a table to be of this kind. */
  readonly needs: readonly (readonly string[])[]
  /** The fields that say which thing a row is about; a row with none of them says nothing. */
  readonly identity: readonly string[]
  /** What the file or sheet may be called. */
  readonly names: RegExp
  readonly lines: readonly Line[]
}

const managerLines: readonly Line[] = [
  [
    'managerNumber',
    2,
    'code',
    'manager id|manager number|manager employee id|manager employee number|supervisor id|supervisor number|supervisor employee id|reports to id|manager emp id|manager ee id|reports to associate id|manager code|manager employee code|supervisor primary id|direct manager id',
  ],
  [
    'managerEmail',
    2,
    'email',
    'manager email|manager email address|supervisor email|reports to email|manager work email|supervisor email address|manager upn|direct manager email',
  ],
  [
    'managerName',
    2,
    'name',
    'manager|manager name|supervisor|supervisor name|reports to|reporting to|direct supervisor|reports to name|manager full name|line manager|manager display name|direct manager|supervisor full name|reporting manager|immediate supervisor|reports to legal name|manager (name)|worker manager|supervisor primary|manager last first',
  ],
]

export const recognition: Readonly<Record<FactKind, KindRecognition>> = {
  person: {
    format: 'staff-list',
    title: 'a staff list',
    needs: [
      ['displayName', 'familyName', 'employeeNumber', 'email'],
      ['hiredOn', 'leftOn', 'title', 'department', 'workerType', 'managerName', 'standing'],
    ],
    identity: ['employeeNumber', 'email', 'username', 'displayName'],
    names: /staff|employee|personnel|workforce|roster|hr\b|human.?resources|payroll|worker|people|census|headcount|bamboo|adp|paychex|gusto|workday|ukg|kronos|paylocity|rippling|terminat|new.?hire/i,
    lines: [
      ['employeeNumber', 3, 'code', 'employee number|employee id|employee no|emp id|emp no|emp number|empl id|emplid|ee id|ee number|ee no|eeid|worker id|associate id|staff id|staff number|personnel number|personnel no|payroll id|payroll number|file number|position id|employee code|emp code|staff no|badge number|badge id|person number|person id|clock number|worker number|team member id|user employee id|employee identifier|payroll file number|employee file number|co employee id|id number|hr id|employee|workforce id|personal number|eid|worker employee id|external id|employee num|personnel id|hrid'],
      ['employeeNumber', 1, 'code', 'id|number|no|badge'],
      ['displayName', 1, 'name', 'display name|full name|employee name|name|worker|worker name|legal name|preferred full name|associate name|staff name|employee full name|payroll name|person|staff member|name last first|last name first name|last first|name last first mi|last first middle|person full name|team member|worker full name|legal full name|preferred display name|first last|first name last name|last name first|personnel|team member name|common name|name of employee|employee last first|legal name last first|preferred name last first'],
      ['givenName', 1, 'text', 'preferred first name|preferred given name|goes by|preferred name|first name|given name|first|fname|forename|legal first name|firstname|nickname|employee first name|payroll first name|preferred first'],
      ['familyName', 1, 'text', 'preferred last name|last name|surname|family name|last|lname|legal last name|lastname|employee last name|payroll last name'],
      ['email', 1, 'email', 'work email|email|email address|business email|company email|work email address|e mail|mail|corporate email|primary email|office email|work contact work email|primary work email|email work|e mail address|organization email|business email address|work e mail'],
      ['username', 1, 'text', 'username|user name|login|network id|network login|ad username|logon name|sam account name|samaccountname|user id|userid|login id|ad account|ad login|windows login|network username|user login|network user id|ad user|user principal name|upn|sign in name'],
      ['title', 2, 'text', 'job title|title|position|position title|job|role|job title description|business title|occupation|job name|designation|job position|job profile|job title name|primary job|current job title|position description|home job|job description|primary position|job role'],
      ['department', 2, 'text', 'department|dept|department name|department description|division|cost center|cost center name|home department|home department description|team|unit|org unit|organization unit|business unit|cost centre|department description name|home dept|home cost center|supervisory organization|primary department|department long descr|dept name|dept description|service line|work group|section'],
      ['workerType', 2, 'word:workerType', 'worker type|employment type|employee type|worker category|employment category|employee class|staff type|employee classification|worker sub type|contract type|person type|job type|engagement type|employment classification|workforce type|employee category|employee group|pay type|employee status type|category|worker category description|time type|full time part time|ft pt|position time type|classification|emp type|ee type|type|status type'],
      ['standing', 3, 'word:personStanding', 'employment status|employee status|worker status|position status|hr status|current status|work status|assignment status|emp status|person status|job status|payroll status|employment status description|associate status|status description|employee status description|workforce status|ee status|home status'],
      ['standing', 2, 'word:personStanding', 'status|active|active status|is active|currently employed|state|active inactive|status code|currently active|employed'],
      ['hiredOn', 5, 'day', 'hire date|date of hire|hired|hire dt|hired on|date hired|original hire date|start date|employment start date|most recent hire date|join date|date of joining|last hire date|hire rehire date|rehire date|joining date|onboard date|employment date|hiring date|hired date|first day of work|first day|latest hire date|position start date|hire|doh|seniority date|service date|continuous service date|date started|date employed|effective hire date|hire date most recent|last rehire date|contract start date|start|adjusted service date'],
      ['leftOn', 5, 'day', 'termination date|term date|separation date|end date|last day|last day of work|last day worked|date of termination|leaving date|departure date|left on|terminated on|terminated|date terminated|employment end date|exit date|resignation date|last working day|term dt|final day|termination effective date|termination|separation|date separated|date left|dismissal date|last date worked|leave company date|off boarding date|offboarding date|contract end date|last work date|dot|employment termination date|date of separation|last worked date|termination last day worked|end of employment|last date of employment'],
      ...managerLines,
    ],
  },
  account: {
    format: 'accounts',
    title: 'a list of accounts',
    needs: [
      ['username', 'externalId', 'email', 'displayName', 'familyName'],
      ['enabled', 'lastUsedAt', 'passwordSetAt', 'createdAt', 'privileged', 'groups', 'expiresOn', 'accountType', 'mfaEnrolled', 'neverUsed'],
    ],
    identity: ['username', 'externalId', 'email', 'displayName'],
    names: /account|user|login|access|identity|directory|\bad\b|entra|azure|okta|google|ehr|emr|\bad[-_ ]?users?\b|aduc|permission|credential/i,
    lines: [
      ['system', 2, 'text', 'system|application|app|system name|application name|platform|app name|resource|target system|source system'],
      ['username', 3, 'text', 'samaccountname|sam account name|user principal name|userprincipalname|upn|username|user name|login|login name|logon name|user logon name|user id|userid|account|account name|login id|logon id|network id|user login|emp id login|sign in name|signin name|operator id|provider login|system login|ehr login|uid|user code|logon|user account|login username|operator|user logon|user login name|login user|user identifier|system login id|user login id|pre windows 2000 logon name|emp record|user record|unique user id|unique id|primary email required|athena username|user'],
      ['externalId', 2, 'code', 'object id|objectid|object guid|objectguid|sid|object sid|objectsid|security identifier|dn|distinguished name|distinguishedname|guid|user guid|external id|azure ad object id|directory id|employee record id|okta id|unique identifier|user record id|record id|external directory object id|entra object id'],
      ['externalId', 1, 'code', 'id|internal id'],
      ['displayName', 1, 'name', 'display name|displayname|full name|name|user full name|user display name|cn|common name|user name full|person name|real name|realname|employee name|staff name|provider name|provider|last first|name last first|employee|account holder|user full name last first|full user name|member name|user name last first|owner name|linked provider'],
      ['givenName', 1, 'text', 'given name|first name|givenname|first|firstname|fname|forename|user first name'],
      ['familyName', 1, 'text', 'surname|last name|family name|sn|last|lastname|lname|user last name'],
      ['email', 1, 'email', 'mail|email|email address|e mail|emailaddress|primary email|work email|user email|primary smtp address|primarysmtpaddress|email id|e mail address|contact email|smtp address'],
      ['employeeNumber', 1, 'code', 'employee id|employee number|employeeid|employeenumber|emp id|employee no|emp no|staff id|badge|worker id|payroll id|empid|associate id|hr id|personnel number|badge number|staff number|emp number'],
      ['owner', 1, 'text', 'owner|account owner|responsible|managed by|responsible person|custodian|business owner|service owner|sponsor|account custodian|owner email|primary owner|responsible party'],
      ['enabled', 4, 'flag:enabled', 'enabled|account enabled|accountenabled|is enabled|account status|user status|login status|account active|is active|isactive|active|login enabled|login allowed|access status|user active|status read only|sign in allowed|login active|account state|active flag|active user|user state|active status|sign in status|enabled status|account enabled status|isenabled|system access|active inactive|user enabled|login access|status enabled'],
      ['enabled', 2, 'flag:enabled', 'status|state|current status'],
      ['enabled', 4, 'not:enabled', 'disabled|account disabled|is disabled|delete ind|deleted|delete indicator|is deleted|delete flag|accountdisabled|block credential|blockcredential|sign in blocked|signin blocked|suspended|is suspended|inactive|deactivated|locked by admin|blocked|sign in status blocked|is inactive|blocked sign in|account is disabled|is suspended read only|login disabled|inactive flag|is account disabled|block sign in|user inactive|sign in block|terminated|inactive status|is blocked|login blocked'],
      ['enabled', 4, 'account-control', 'user account control|useraccountcontrol'],
      ['accountType', 2, 'word:accountType', 'account type|user type|usertype|accounttype|type of account|recipient type|recipient type details|recipienttypedetails|account category|identity type|account class|object type|user category|account classification'],
      ['accountType', 1, 'word:accountType', 'type|category|object class|objectclass'],
      ['privileged', 3, 'flag:privileged', 'privileged|is admin|admin|administrator|isadmin|privileged access|is administrator|admin account|super admin|superuser|is privileged|admin access|admin rights|admin user|is super admin|privileged account|privileged user|elevated access|has admin rights|is delegated admin|adminrole|sysadmin|system administrator|admin y n|super user|admin status|privilege level|domain admin|local admin'],
      ['createdAt', 2, 'instant', 'created|when created|whencreated|created at|created date time|createddatetime|creation date|date created|created on|account created|create date|creation time|created date|account creation date|added|created timestamp|create time|date added|user created|creation date time|create timestamp|createtimestamp|begin effective date|effective begin date|account created date|user since|created time|date of creation|creationtime|user create date|creation time read only'],
      ['lastUsedAt', 5, 'instant', 'last logon date|lastlogondate|last logon|lastlogon|last logon timestamp|lastlogontimestamp|last login|last login date|last sign in|last sign in date|last signin|last sign in read only|last sign in date time|lastsignindatetime|last sign in time|last successful sign in|lastsuccessfulsignindatetime|last non interactive sign in date time|lastnoninteractivesignindatetime|last accessed|last access|last access date|last used|last activity|last activity date|last active|last login time|last logged in|last login at|last logged on|date last login|last signed in|most recent login|most recent sign in|last authentication|last successful login|lastlogin|last login date time|last login datetime|last logon time|last interactive sign in|last interactive sign in date time|last seen|last log in|last logged in date|last used date|last login timestamp|last authenticated|last login utc|last date accessed|latest login|last log on|last successful logon|last interactive sign in time|most recent login date|last accessed date|last login on|recent login|last session|last active date|last used at|previous login|last date of use|last usage|last sign in utc|last signin date'],
      ['passwordSetAt', 4, 'instant', 'password last set|passwordlastset|pwd last set|pwdlastset|password changed|password last changed|last password change|last password change date time|lastpasswordchangedatetime|last password change timestamp|lastpasswordchangetimestamp|password change date|password set|password last changed date|password changed at|password last set date|password date|last password set|password updated|last password reset|password set date|password last changed on|password age date|pwd changed|password last updated|passwordlastchanged'],
      ['passwordNeverExpires', 4, 'flag:yesNo', 'password never expires|passwordneverexpires|pwd never expires|never expires|password non expiring|password does not expire|non expiring password|disable password expiration|password set to never expire'],
      ['passwordNeverExpires', 3, 'not:yesNo', 'password expires enabled|password expiration enabled|password expiry enabled'],
      ['expiresOn', 3, 'day', 'account expiration date|accountexpirationdate|account expires|accountexpires|account expiration|expires on|expiration date|expiry date|account expiry|expires|expiration|account expiry date|valid until|valid to|access expires|end date|access end date|account end date|end effective date|effective end date|expire date|deactivation date|inactive date|term date|account expires on'],
      ['mfaEnrolled', 1, 'flag:mfa', 'mfa enrolled|mfa|mfa enabled|mfa status|2sv enrolled|2sv enrolled read only|two factor enabled|mfa registered|is enrolled in 2sv|2 step verification|two factor|2fa|2fa enabled|multi factor|multifactor|mfa active|is mfa registered|two step verification|mfa configured|2fa status|two factor authentication|multi factor authentication|mfa activated|isenrolledin2sv|2 factor|totp enabled|two factor status|multi factor status|mfa enrollment|mfa state|mfa enforced|2sv enforced'],
      ['mfaMethods', 1, 'text', 'mfa methods|mfa method|authentication methods|methods registered|factors|mfa type|two factor method|2fa method|mfa factor|strong authentication methods|default mfa method|factor types|second factor'],
      ['groups', 2, 'list', 'groups|group membership|member of|memberof|roles|role|security role|user role|security group|security groups|group names|templates|security template|role name|access level|security class|access groups|security level|group|user template|assigned roles|security profile|permission set|permission sets|profile|security classes|permissions|security profiles|linked template|user security class|template|group memberships|admin roles|user group|user groups|privilege group|access role|user roles|access template|role template|applied templates|security points|assigned role|security rights|position|position role|authorization|authorizations|access profile|rights|group name|privileges'],
      ['department', 1, 'text', 'department|dept|division|department name|location|cost center|practice|org unit path|org unit path required|organizational unit|ou|service|department login|site'],
      ['description', 1, 'text', 'description|notes|comment|comments|purpose|remarks|note|account description|info|title|job title|account purpose'],
    ],
  },
  mfa: {
    format: 'mfa-report',
    title: 'an MFA report',
    needs: [['username', 'email', 'employeeNumber', 'displayName', 'familyName'], ['enrolled', 'enforced', 'methods']],
    identity: ['username', 'email', 'employeeNumber', 'displayName'],
    names: /mfa|2fa|2sv|multi.?factor|two.?factor|duo|authenticat|factor|registration/i,
    lines: [
      ['system', 2, 'text', 'system|application|app|platform|service|system name|application name|identity provider'],
      ['username', 2, 'text', 'user principal name|userprincipalname|upn|username|user name|login|user id|userid|samaccountname|sam account name|user|account|user login|login name|sign in name|account name|duo username|login id|okta username|user upn'],
      ['email', 1, 'email', 'email|email address|mail|e mail|user email|primary email|work email|email address required|emailaddress'],
      ['employeeNumber', 1, 'code', 'employee id|employee number|employeeid|emp id|employee no|staff id|worker id'],
      ['givenName', 1, 'text', 'first name|given name|firstname|first'],
      ['familyName', 1, 'text', 'last name|surname|family name|lastname|last'],
      ['displayName', 1, 'name', 'display name|user display name|userdisplayname|displayname|name|full name|real name|realname|user full name|employee name|employee|staff name'],
      ['enrolled', 6, 'flag:mfa', 'mfa registered|is mfa registered|ismfaregistered|mfa enrolled|factor status|is mfa capable|ismfacapable|mfa capable|enrolled|is enrolled|isenrolled|mfa enabled|mfa status|mfa|2sv enrolled|2sv enrolled read only|two factor enrolled|2fa enabled|two factor enabled|registered|is registered|multi factor authentication status|2sv enrollment|2 step verification enrollment|2 step enrollment|mfa state|mfa configured|enrollment status|2fa|2fa enrolled|2fa status|2 step verification|multi factor authentication registered|multi factor auth status|registration status|mfa registration|mfa registration status|isenrolledin2sv|is enrolled in 2sv|two factor authentication|multi factor authentication|mfa setup|mfa registered status|capable|enrolled in mfa|mfa enrollment|mfa enrollment status|two factor status|mfa active|has mfa|multi factor enabled|registered for mfa|mfa user status|2sv status|two step verification|per user mfa status|peruser mfa|per user mfa state|mfa registration complete|mfastatus'],
      ['enforced', 4, 'flag:enforced', 'mfa enforced|enforced|2sv enforced|2sv enforced read only|mfa required|is enforced|2sv enforcement|mfa enforcement|isenforcedin2sv|is enforced in 2sv|2fa enforced|2 step verification enforcement|mfa enforced status|required|2fa required|conditional access enforced|mfa policy enforced'],
      ['bypassed', 4, 'flag:bypassed', 'bypass|bypassed|in bypass|mfa bypass|bypass status|exempt|mfa exempt|excluded|is bypassed|exception|mfa excluded|bypass enabled|mfa exception|duo bypass'],
      ['bypassed', 1, 'flag:bypassed', 'status|user status'],
      ['methods', 4, 'text', 'methods registered|methodsregistered|mfa methods|mfa method|authentication methods|registered methods|methods|factors|default mfa method|defaultmfamethod|factor type|factor|factor types|phones|enrolled factors|mfa types|mfa type|authentication method|auth methods|2sv method|2sv methods|strong authentication methods|default method|mfa device|devices|second factor|mfa device type|authenticator|default authentication method|factor name|mfa factor|mfa factors|verification method|token type|mfa default method|user preferred method for secondary authentication|system preferred authentication methods|mfa phone|hardware tokens|tokens|authenticators|security keys'],
      ['lastUsedAt', 1, 'instant', 'last used|last mfa|last login|last authentication|last used date|last sign in|last mfa date|last auth|last login date|last updated|lastupdateddatetime|last mfa use|last authenticated|last factor used|last used at|last verified|last activity|last success'],
    ],
  },
  device: {
    format: 'devices',
    title: 'a device inventory',
    needs: [
      ['name', 'serial', 'assetTag'],
      ['serial', 'osName', 'osVersion', 'encrypted', 'model', 'manufacturer', 'malwareProtection', 'deviceKind', 'lastSeenAt', 'compliant', 'assetTag', 'managed'],
    ],
    identity: ['serial', 'assetTag', 'name'],
    names: /device|asset|computer|endpoint|inventory|intune|jamf|kandji|ninja|pdq|lansweeper|hardware|workstation|laptop|server|bitlocker|filevault|defender|mdm|encryption|phone|tablet|snipe/i,
    lines: [
      ['name', 2, 'text', 'device name|computer name|hostname|host name|host|computer|machine name|devicename|computername|machine|asset name|system name|device|display name|endpoint name|endpoint|dns name|netbios name|workstation|server name|node name|pc name|dnshostname|device hostname|machine name netbios|item name|assetname|name|device display name|workstation name|agent name|fqdn|item|node|equipment|equipment name|description of device|device host name|computer dns name|devicedisplayname|system'],
      ['serial', 4, 'code', 'serial number|serial no|serial|serialnumber|service tag|bios serial number|hardware serial|sn|s n|serial num|dell service tag|device serial number|serialno|bios serial|system serial number|chassis serial number|serial tag|manufacturer serial number|serial service tag|hardware serial number'],
      ['assetTag', 3, 'code', 'asset tag|asset number|asset id|assettag|inventory number|tag number|asset no|asset|property tag|equipment id|asset tag number|equipment number|barcode|inventory tag|inventory id|tag|fixed asset number|control number|cmms id|asset code|biomed tag|property number|inventory no|asset identification number'],
      ['deviceKind', 2, 'word:deviceKind', 'device type|type|asset type|category|form factor|device kind|chassis type|device category|asset category|class|machine type|computer type|hardware type|kind|equipment type|node class|nodeclass|device class|devicetype|assettype|chassis|device role|device family|role|product type|asset class|sku family|devicefamily|equipment category|system type'],
      ['manufacturer', 2, 'text', 'manufacturer|make|vendor|brand|oem|system manufacturer|hardware vendor|device manufacturer|hardware manufacturer|mfr|computer manufacturer|hardware make|make manufacturer'],
      ['model', 2, 'text', 'model|model name|device model|product name|hardware model|system model|model number|computer model|product|make model|hardware model identifier|model identifier|marketing name|make and model|model no|computersystem model|asset model'],
      ['osName', 3, 'text', 'os|operating system|os name|platform|operating system name|osname|os type|os platform|osplatform|device os|operatingsystem|os family|windows edition|os edition|device platform|os caption|operating system caption|os description|client os|operating system platform|osproduct|os full name|os product name'],
      ['osVersion', 3, 'text', 'os version|operating system version|osversion|operatingsystemversion|os release|windows version|version|os ver|release|macos version|system version|software version|os display version|operating system release|firmware version|ios version|os version number'],
      ['osBuild', 2, 'text', 'os build|build|build number|os build number|osbuild|windows build|operating system build|build version|operating system build number|os service pack|operating system service pack|os build version'],
      ['encrypted', 6, 'flag:encrypted', 'encrypted|is encrypted|isencrypted|encryption|encryption status|disk encryption|filevault 2 status|filevault status|filevault|filevault enabled|filevault 2 enabled|bitlocker|bitlocker status|drive encryption|disk encrypted|full disk encryption|encryption state|volume status|volumestatus|protection status|protectionstatus|bitlocker protection status|fde|drive encrypted|hard drive encrypted|bitlocker enabled|storage encryption|device encrypted|device encryption|fde status|is disk encrypted|filevault on|filevault 2|disk encryption status|encryption readiness status|encryption percentage|encryptionpercentage|percent encrypted|conversion status|bitlocker encryption status|drive encryption status|full disk encrypted|filevault 2 partition encryption state|hdd encrypted|encryption enabled|encryption compliance|block level encryption capable encrypted|hard disk encryption|os drive encrypted|encrypted at rest|bitlocker encrypted|filevault encryption status|encrypted status|bitlocker state|os disk encryption|hard drive encryption|storage encrypted|encryption compliance status'],
      ['encryptionMethod', 2, 'text', 'encryption method|encryptionmethod|encryption type|encryption algorithm|cipher|cipher strength|encryption technology|encryption software|encryption product|encryption tool|bitlocker encryption method'],
      ['malwareProtection', 4, 'flag:protection', 'antivirus|antivirus status|av status|av|malware protection|endpoint protection|edr|edr status|defender status|real time protection|antivirus enabled|anti virus|antimalware|anti malware|real time protection enabled|antivirus installed|av installed|edr installed|onboarding status|endpoint protection status|antimalware enabled|defender antivirus status|microsoft defender antivirus|anti virus status|antivirus protection|antimalware status|av enabled|virus protection|realtime protection|realtimeprotectionenabled|antivirusenabled|endpoint security|edr agent|xdr|av edr|antivirus edr|sentinelone|crowdstrike|av protection|av protected|anti malware status|endpoint protection installed|sensor health state|malware protection status|bitdefender|sophos|threat protection|edr agent installed|edr enabled'],
      ['managed', 2, 'flag:managed', 'managed|management state|mdm|mdm enrolled|is managed|ismanaged|mdm managed|enrolled|mdm status|managed by|management agent|enrollment status|management status|supervised|enrollment state|mdm enabled|mdm enrollment|mdm capability|managementagent|agent installed'],
      ['compliant', 3, 'flag:compliant', 'compliant|compliance|compliance state|compliance status|is compliant|iscompliant|compliancestate|device compliance|policy compliance'],
      ['ephi', 3, 'flag:ephi', 'ephi|phi|stores ephi|stores phi|contains phi|contains ephi|phi on device|holds phi|has phi|ephi stored|ephi y n|accesses phi|phi access|phi stored|phi present|patient data|access to ephi|ephi access|stores patient data|ephi on device|stores or accesses ephi|contains patient data|phi y n|creates receives maintains or transmits ephi|stores or transmits ephi|ephi storage'],
      ['userName', 1, 'text', 'primary user|user|assigned to|assigned user|username|user name|owner|last logged on user|last logged in user|primary user display name|current user|checked out to|primary user upn|user display name|last user|custodian|primary user principal name|user principal name|logged in user|last logon user|lastloggedonuser|logged on user|assignee|employee|responsible|user full name|assigned employee|full name|last logged in|user real name|real name|device owner|primary user name|used by|issued to|assigned|person|assigned person|last loggedon user'],
      ['userEmail', 1, 'email', 'primary user email address|user email|primary user email|email|email address|assigned user email|user email address|assigned to email|user mail|owner email'],
      ['lastSeenAt', 4, 'instant', 'last check in|last checkin|last seen|last contact|last sync|last sync date time|lastsyncdatetime|last inventory update|last scan|last logon|last online|last communication|last reported|last audited|last connected|last check in date|last check in time|last contact time|last heartbeat|last boot|successful scan date|last seen date|last scanned|last update|last device update|last active|approximate last sign in date time|approximatelastsignindatetime|approximate last logon|last inventory|last contacted|last logon date|lastlogondate|last audit|last scan date|last agent checkin|lastseen|last seen on|last scan time|last checked in|last connection|last successful scan|last check in date time|last activity|last logon timestamp|last seen time|last contact date|last online time|activity|last sync time|last report date|last audit date|last communicated|most recent check in|last scan date time|last boot time|last seen online|last reboot'],
      ['standing', 2, 'word:deviceStanding', 'status|asset status|lifecycle status|state|device status|disposition|lifecycle state|inventory status|asset state|deployment status|lifecycle|in use|in service|current status|condition|device state|status label|equipment status|active|lifecycle stage|life cycle status'],
    ],
  },
  component: {
    format: 'software',
    title: 'a software inventory',
    needs: [['name', 'purl'], ['version', 'publisher', 'host', 'purl']],
    identity: ['name', 'purl'],
    names: /software|application|program|package|sbom|component|installed|apps?\b/i,
    lines: [
      ['host', 2, 'text', 'host|hostname|host name|computer|computer name|device|device name|machine|machine name|asset|asset name|pscomputername|computername|endpoint|server|devicename|assetname|installed on device|system name|workstation|agent|node|server name|host id'],
      ['purl', 6, 'text', 'purl|package url|packageurl'],
      ['name', 4, 'text', 'software name|software|application name|program|program name|software title|package|package name|installed software|component name|installed application|software product|display name|displayname|component|installed program|discovered app|applicationname|softwarename|application display name|component title|productname|library name|title of software|app display name|software package|module name|installed app'],
      ['name', 2, 'text', 'name|application|product|product name|app|app name|title|item'],
      ['version', 4, 'text', 'version|software version|application version|product version|installed version|display version|displayversion|package version|app version|version number|program version|component version|bundle version|short version|current version|softwareversion|applicationversion|bundle short version|ver|release|applicationshortversion'],
      ['componentType', 1, 'word:componentType', 'type|component type|software type|category|application type|package type|software category|app type|product type|class'],
      ['publisher', 3, 'text', 'publisher|vendor|manufacturer|software vendor|company|author|supplier|developer|software publisher|application publisher|vendor name|application vendor|publisher name|softwaremanufacturer|app publisher|maintainer|developer name|software manufacturer'],
      ['installedOn', 2, 'day', 'install date|installed on|installation date|installed|date installed|installdate|installed date|install time|installed at|install date time|first seen|first discovered'],
    ],
  },
  system: {
    format: 'systems',
    title: 'a list of systems',
    needs: [
      ['name'],
      ['ephi', 'systemKind', 'owner', 'hosting', 'criticality', 'rpoHours', 'rtoHours', 'mfaRequired', 'encryptedAtRest', 'signInBy', 'auditLogging'],
    ],
    identity: ['name'],
    names: /system|application|app.?inventory|\bapps\b|information.?asset|data.?inventory|criticality|bia|business.?impact|portfolio/i,
    lines: [
      ['name', 3, 'text', 'system name|application name|system|application|app name|information system|service name|asset name|it system|system application|app|application system|software system|name of system|system or application|system application name|application or system|information asset|name of application|critical system|business application|systems|applications'],
      ['name', 1, 'text', 'name|service|title|asset|software|product'],
      ['systemKind', 2, 'word:systemKind', 'system type|application type|type|category|system kind|kind|function|system category|application category|business function|class|asset type|system class|app type|system function'],
      ['vendor', 1, 'text', 'vendor|supplier|manufacturer|vendor name|provider|developer|publisher|software vendor|third party|application vendor|vendor supplier|hosting vendor|system vendor'],
      ['ephi', 5, 'flag:ephi', 'ephi|phi|contains phi|contains ephi|stores phi|stores ephi|holds ephi|handles phi|phi access|patient data|contains patient data|processes phi|has phi|ephi y n|phi y n|holds phi|holds patient data|phi stored|creates receives maintains or transmits ephi|stores processes transmits ephi|has ephi|ephi present|phi present|contains phi y n|contains ephi y n|phi stored processed|ephi system|stores processes or transmits ephi|handles ephi|ephi stored|data includes phi|phi data|includes phi|phi involved|stores or transmits phi|contains pii phi|phi ephi|maintains ephi|stores patient data|ephi status|phi contained|processes ephi'],
      ['owner', 2, 'text', 'owner|system owner|business owner|application owner|data owner|responsible|responsible party|administrator|system administrator|it owner|technical owner|contact|system admin|owner name|responsible person|primary owner|point of contact|custodian|steward|data steward|owner department|business contact|admin'],
      ['hosting', 3, 'word:hosting', 'hosting|hosted|hosting type|deployment|location|hosting model|deployment model|on prem or cloud|hosting location|deployment type|hosted by|cloud or on premise|on premise cloud|cloud on prem|on premises or cloud|environment|delivery model|hosting environment|cloud on premise|saas on prem|service model|on prem cloud|host type'],
      ['criticality', 3, 'text', 'criticality|critical|tier|priority|importance|business criticality|criticality level|system criticality|criticality rating|criticality tier|impact|risk level|recovery priority|recovery tier|critical level|mission critical|data criticality|impact level'],
      ['rpoHours', 5, 'hours', 'rpo|recovery point objective|rpo hours|rpo hrs|rpo h|recovery point|rpo target|target rpo|maximum data loss'],
      ['rpoHours', 5, 'minutes', 'rpo minutes|rpo min|rpo mins'],
      ['rtoHours', 5, 'hours', 'rto|recovery time objective|rto hours|rto hrs|rto h|recovery time|rto target|target rto|mtd|maximum tolerable downtime'],
      ['rtoHours', 5, 'minutes', 'rto minutes|rto min|rto mins'],
      ['mfaRequired', 3, 'flag:yesNo', 'mfa required|mfa|requires mfa|mfa enforced|mfa enabled|two factor|2fa|mfa y n|multi factor|multi factor authentication|2fa required|mfa in place|multifactor authentication|mfa on|two factor authentication|mfa supported enforced'],
      ['encryptedAtRest', 3, 'flag:encrypted', 'encrypted at rest|encryption at rest|data at rest encrypted|at rest encryption|data at rest encryption|encrypted storage|encrypted rest|at rest|encryption rest|encrypted|encryption|data encrypted at rest|database encryption'],
      ['encryptedInTransit', 3, 'flag:encrypted', 'encrypted in transit|encryption in transit|data in transit encrypted|in transit encryption|tls|encryption transit|in transit|data in transit encryption|encrypted transit|transmission encryption|transport encryption|data encrypted in transit'],
      ['auditLogging', 3, 'flag:yesNo', 'audit logging|audit log|logging|audit logs|audit trail|logging enabled|audit enabled|audit logging enabled|audit controls|audit log enabled|activity logging|logs reviewed enabled|audit trail enabled|access logging'],
      ['signInBy', 3, 'text', 'sign in by|sso|authentication|single sign on|identity provider|authenticates with|auth method|directory|sign in|login method|authentication method|authentication source|sso provider|signs in with|idp|auth source|sign in through|sign in method|sign in via|login via'],
      ['standing', 1, 'word:systemStanding', 'status|lifecycle|state|system status|in use|lifecycle status|application status|active|production status|lifecycle state|lifecycle stage|current status'],
    ],
  },
  vendor: {
    format: 'vendors',
    title: 'a vendor list',
    needs: [
      ['name'],
      ['agreement', 'agreementSignedOn', 'agreementExpiresOn', 'ephi', 'service', 'tier', 'assessedOn', 'contactEmail', 'contactName'],
    ],
    identity: ['name'],
    names: /vendor|baa?s?\b|business.?associate|third.?part|supplier|contract|agreement/i,
    lines: [
      ['name', 4, 'text', 'vendor|vendor name|business associate|business associate name|supplier|supplier name|third party|third party name|company|company name|organization|ba name|name of business associate|name of vendor|vendor company|provider|vendor supplier|service provider|associate|name of business associate vendor|contractor|subcontractor|name of third party|vendor legal name|legal name|covered contractor|vendor ba|business partner|partner|entity|entity name|organization name'],
      ['name', 1, 'text', 'name'],
      ['service', 2, 'text', 'service|services|services provided|service provided|description of services|service description|description|product|product service|products services|purpose|function|type of service|scope of services|service type|what they do|services rendered|vendor type|type|category|vendor category|nature of services|product or service|services products|application|system|service category|products'],
      ['ephi', 5, 'flag:ephi', 'ephi|phi|phi access|access to phi|handles phi|has phi|handles ephi|handles patient data|business associate y n|is business associate|ba|phi y n|receives phi|processes phi|phi shared|creates receives maintains transmits phi|access to ephi|phi involved|stores phi|patient data|ephi access|phi disclosed|ephi y n|accesses phi|has phi access|has access to phi|handles phi y n|phi exposure|contact with phi|business associate status|access to phi y n|phi handled|data access phi|ba y n|hipaa ba|phi access y n|has access to ephi|phi access level|touches phi|access to patient data|stores or accesses phi|shares phi'],
      ['agreement', 6, 'word:agreement', 'baa|baa status|baa signed|baa in place|business associate agreement|agreement|agreement status|baa on file|contract status|agreement signed|baa executed|baa y n|signed baa|has baa|baa required|baa on file y n|business associate agreement status|baa signed y n|baa in place y n|business associate agreement on file|baa agreement|business associate contract|baa exists|baa received|baa required signed|dpa baa|agreement on file|baa state|baa completed|bac'],
      ['agreementSignedOn', 6, 'day', 'baa date|baa signed date|baa signed on|date signed|agreement date|signed on|baa effective date|effective date|agreement signed on|execution date|date of agreement|signed date|baa execution date|baa executed date|date executed|contract date|agreement signed date|contract start|contract start date|agreement effective date|date of baa|baa signature date|baa date signed|executed on|date baa signed|start date|baa start date|contract effective date|executed date|last signed|agreement start date|date baa executed'],
      ['agreementExpiresOn', 6, 'day', 'baa expiration|baa expiration date|baa expires|expiration date|expiry date|expires|expires on|renewal date|contract end|contract end date|agreement expires on|agreement expiration|baa renewal date|termination date|contract expiration|agreement expires|agreement expiration date|baa expiry|expiration|end date|contract expiration date|contract renewal date|next renewal|valid until|baa expires on|baa expiry date|baa end date|contract expires|agreement end date|expiry|renewal|baa renewal|renews on|term end|contract renewal'],
      ['contactName', 1, 'name', 'contact|contact name|primary contact|vendor contact|contact person|point of contact|account manager|poc|vendor contact name|primary contact name|representative|vendor representative|main contact|account rep|vendor poc'],
      ['contactEmail', 1, 'email', 'contact email|email|email address|vendor email|contact email address|primary contact email|vendor contact email|poc email|e mail|security contact email|privacy contact email'],
      ['tier', 2, 'text', 'tier|risk tier|risk|risk level|criticality|risk rating|vendor tier|vendor risk|inherent risk|risk score|risk category|vendor criticality|risk classification|vendor risk tier|vendor risk level|residual risk|overall risk|vendor risk rating|critical'],
      ['assessedOn', 4, 'day', 'last assessed|assessed on|last review|last reviewed|last assessment|last assessment date|assessment date|review date|security review date|last security review|last review date|last risk assessment|due diligence date|risk assessment date|date assessed|questionnaire date|last security assessment|security assessment date|last reviewed on|reviewed on|last due diligence|date of last review|date last reviewed|assessed|last vendor assessment|vendor assessment date|security questionnaire date|last reviewed date|date reviewed|soc 2 reviewed|soc 2 review date'],
      ['standing', 1, 'word:vendorStanding', 'status|vendor status|relationship status|active|state|relationship|current status|engagement status|active inactive|vendor state|is active|active vendor'],
    ],
  },
  backup: {
    format: 'backups',
    title: 'a backup report',
    needs: [['system', 'job'], ['lastRunAt', 'lastSuccessAt', 'result', 'restoreTestedOn']],
    identity: ['system', 'job'],
    names: /backup|restore|veeam|datto|acronis|veritas|recovery|job/i,
    lines: [
      ['system', 3, 'text', 'protected system|protected machine|agent|agent name|server|server name|client|client name|vm|vm name|machine|machine name|system|system name|device|workload|protected item|backup source|object name|source|host|hostname|computer|computer name|protected object|resource|resource name|device name|target machine|object|asset|workload name|vm hostname|data source|database|system backed up|application|item|what is backed up|source machine|protected device|resource server|protected resource|instance|volume'],
      ['job', 4, 'text', 'job|job name|backup job|policy|policy name|backup plan|plan|plan name|protection plan|backup set|backup name|backup policy|job definition|schedule name|task|task name|backup job name|backup task|protection group|jobname|backup selection|backup|backup set name|backup title'],
      ['result', 4, 'word:backupResult', 'result|last result|last run result|last run status|last backup status|backup status|job status|last status|last job result|last session result|last job status|backup result|last backup result|latest status|outcome|lastresult|session result|protection status|latest result|completion status|last outcome|job result|backup state|last run outcome|status of last backup|latest backup status|exit status'],
      ['result', 2, 'word:backupResult', 'status|state|success|status code'],
      ['lastRunAt', 4, 'instant', 'last run|last run time|last backup|last backup date|last backup time|start time|started|last run date|end time|completed at|job start time|last run start|last job run|last session|last attempt|last run at|session start|latest run|job end time|completion time|finish time|lastrun|last backup attempt|creation time|last backup start|run date|last start|job started|latest backup|last run start time|last run end time|last backup run|backup date|started at|ended at|finished|date time|job date|run time|timestamp|last activity|last point in time|last snapshot|start date|backup time|date run|last run finished|start|end'],
      ['lastRunAt', 2, 'instant', 'date'],
      ['lastSuccessAt', 6, 'instant', 'last success|last successful backup|last successful run|last good backup|last success date|last successful backup date|last successful|last successful backup time|latest recovery point|last restore point|latest restore point|most recent restore point|last recovery point|last successful job|last successful run time|last success time|most recent backup|newest restore point|last completed backup|last successful completion|last success at|latest successful backup|most recent recovery point|last successful date|last completed|last good|last successful session|lastsuccess|most recent successful backup|last successful restore point|latest backup point'],
      ['restoreTestedOn', 6, 'day', 'last restore test|restore tested on|restore test date|last test restore|last tested|last restore|restore test|last verified|date restore tested|test restore date|last recovery test|restore tested|date of last restore test|last restore test date|last test|last restore tested|recovery test date|last verified restore|restore last tested|last test date|last screenshot verification|last dr test|tested on|restoration test date|test date|last successful restore|last successful restore test|last tested restore|last restore date|date tested'],
      ['restorePassed', 4, 'flag:passed', 'restore result|restore test result|restore passed|test result|restore test passed|restore successful|restore success|recovery test result|test restore result|restore outcome|restore status|restore test outcome|restore test status|verification result|restore test successful|test passed|last restore result|screenshot verification|restore verified|verification status'],
      ['encrypted', 3, 'flag:encrypted', 'encrypted|encryption|backup encrypted|encryption enabled|is encrypted|encrypted y n|backups encrypted|encryption status|backup encryption|encrypted backup'],
      ['offsite', 4, 'flag:yesNo', 'offsite|off site|offsite copy|copied offsite|cloud copy|replicated offsite|offsite replication|offsite sync|off site copy|offsite backup|cloud backup|stored offsite|offsite y n|offsite enabled|off site y n|copy offsite|off site backup|replicated|cloud replica'],
      ['immutable', 4, 'flag:yesNo', 'immutable|immutability|immutable copy|air gapped|worm|object lock|immutable y n|immutable backup|immutability enabled|immutable storage|air gap|offline copy|is immutable'],
      ['rpoHours', 3, 'hours', 'rpo|rpo hours|recovery point objective|rpo hrs|rpo target'],
      ['rpoHours', 3, 'minutes', 'rpo minutes|rpo min|rpo mins'],
    ],
  },
  training: {
    format: 'training-records',
    title: 'training records',
    needs: [
      ['employeeNumber', 'email', 'username', 'displayName', 'familyName'],
      ['completedOn', 'course', 'score'],
      ['completedOn', 'standing', 'dueOn', 'score'],
    ],
    identity: ['employeeNumber', 'email', 'username', 'displayName'],
    names: /train|course|learn|lms|moodle|knowbe4|healthstream|relias|litmos|completion|awareness|education|certificat|transcript|curriculum/i,
    lines: [
      ['employeeNumber', 1, 'code', 'employee id|employee number|employee no|emp id|employeeid|staff id|id number|employee|worker id|associate id|user employee id|emp no|learner id|employee code|person id|idnumber|student id|staff number|emp number|personnel number|badge number|external id|payroll id|hr id|user employee number|person number|badge id'],
      ['email', 1, 'email', 'email|email address|user email|learner email|work email|e mail|mail|student email|employee email|participant email|user email address|emailaddress'],
      ['username', 1, 'text', 'username|user name|user id|login|userid|login name|network id|login id|learner username|logon|user login'],
      ['displayName', 1, 'name', 'name|full name|display name|employee name|learner|learner name|user|user full name|student|student name|participant|participant name|staff member|staff name|trainee|attendee|last first|last name first name|person|attendee name|name last first|fullname|staff|user display name|associate name|team member|user full name last first|trainee name|participants|employee full name|member name'],
      ['givenName', 1, 'text', 'first name|given name|firstname|first|user first name|learner first name|fname|student first name|employee first name'],
      ['familyName', 1, 'text', 'last name|surname|lastname|last|family name|user last name|learner last name|lname|student last name|employee last name'],
      ['course', 4, 'text', 'course|course title|course name|module|training|training name|module name|lesson|learning activity|assignment|content|activity|campaign|topic|training title|course full name|learning item|content name|training module|course module|learning item title|activity name|class|class name|session|item title|learning object|curriculum|curriculum name|training course|training topic|item name|assignment name|course description|campaign name|certification|coursename|module title|lesson name|learning|course code|learning path|offering|program|requirement|learning name|training description|event|training item'],
      ['course', 1, 'text', 'title|item|subject'],
      ['assignedOn', 2, 'day', 'assigned date|date assigned|assigned on|assigned|enrollment date|enrolled on|enrolled|date enrolled|assignment date|enrolment date|assign date|start date|started|date started|started on|registration date|started date|assigned at|enrollment start|registered on|enrollment date time|launch date|start|enroll date'],
      ['dueOn', 4, 'day', 'due date|due|due on|deadline|required by|date due|complete by|expected completion|due by|training due date|assignment due date|target date|must complete by|required date|completion due date|due date utc|next due|next due date'],
      ['completedOn', 6, 'day', 'completion date|completed|completed on|date completed|completed date|complete date|course completed|date of completion|completed at|completion time|time completed|finished|finish date|completed date time|course completion date|training date|date of training|last completed|completion|date taken|completiondate|date passed|date attended|completion date utc|completion datetime|passed on|completion date time|course completion|attended on|date finished|attendance date|end date|last completion date|training completed|certified on|completed time|training completion date|completion timestamp|date of course completion|last training date|time finished|most recent completion|date trained|completed on date'],
      ['completedOn', 2, 'day', 'date|session date|class date'],
      ['standing', 3, 'word:trainingStanding', 'completion status|course status|training status|enrollment status|assignment status|learning status|progress status|transcript status|activity status|module status|learner status|lesson status|completed status|completion state|student status|current status|passed|compliance status'],
      ['standing', 2, 'word:trainingStanding', 'status|state|progress|result|pass fail|outcome|completed y n'],
      ['score', 2, 'number', 'score|grade|percent|final score|test score|quiz score|percentage|mark|marks|points|score percent|assessment score|percentage score|exam score|result score|best score|course score|final grade|avg score|post test score|overall score'],
    ],
  },
  role: {
    format: 'response-roles',
    title: 'a list of response roles',
    needs: [['role'], ['personName', 'personEmail', 'employeeNumber'], ['phone', 'deputyName', 'deputyPhone', 'confirmedOn']],
    identity: ['role'],
    names: /role|response|incident|emergency|contact|call.?tree|escalation|irt|csirt|on.?call|team/i,
    lines: [
      ['role', 4, 'text', 'role|response role|ir role|incident role|position|responsibility|function|incident response role|role title|team role|incident role title|emergency role|response team role|role responsibility|irt role|csirt role|role in incident|role name|command role|hics position|hics role'],
      ['role', 1, 'text', 'title|duty'],
      ['personName', 2, 'name', 'name|person|primary|primary contact|assigned to|assigned person|contact|contact name|primary name|holder|member|individual|staff member|lead|primary person|team member|full name|employee|employee name|assigned|who|incumbent|person name|responsible|person responsible|held by|primary contact name|primary holder|assigned to name|display name|person assigned|role holder|primary assignee'],
      ['personEmail', 1, 'email', 'email|email address|primary email|e mail|contact email|person email|work email'],
      ['employeeNumber', 1, 'code', 'employee number|employee id|emp id|staff id|employee no'],
      ['phone', 2, 'text', 'phone|phone number|mobile|cell|telephone|cell phone|mobile phone|contact number|primary phone|24x7 phone|after hours phone|emergency phone|mobile number|phone mobile|office phone|work phone|24 7 phone|tel|cell number|telephone number|pager|after hours|reach at|contact phone|phone 24x7|24 hour phone|24x7 contact|contact info|contact information|after hours number|cell phone number'],
      ['deputyName', 5, 'name', 'deputy|backup|alternate|deputy name|backup name|alternate name|backup person|secondary|secondary contact|backup contact|alternate contact|stand in|second|delegate|backup person name|secondary name|deputy person|backup contact name|alternate person|substitute|alternate contact name|deputy contact|backup assignee|alternate holder'],
      ['deputyPhone', 4, 'text', 'deputy phone|backup phone|alternate phone|secondary phone|deputy mobile|backup mobile|backup phone number|alternate phone number|deputy cell|backup cell|alternate cell|alternate mobile|deputy phone number|alternate contact phone|secondary phone number|backup contact phone'],
      ['confirmedOn', 3, 'day', 'confirmed on|confirmed|last confirmed|last verified|date confirmed|verified on|last updated|reviewed on|last reviewed|date verified|verified|contact verified|updated|last verified on|acknowledged on|last review|accepted on|date accepted|confirmation date|date updated'],
    ],
  },
  exercise: {
    format: 'exercises',
    title: 'a list of drills and exercises',
    needs: [['name', 'exerciseKind'], ['heldOn']],
    identity: ['name', 'heldOn'],
    names: /exercise|drill|tabletop|ttx|simulation|rehears|contingency.?test|dr.?test/i,
    lines: [
      ['name', 5, 'text', 'exercise|exercise name|drill|drill name|exercise title|scenario|tabletop|drill title|exercise drill|campaign name|test name|scenario name|name of exercise|name of drill|drill exercise|exercise scenario|drill scenario|simulation|exercise or drill|exercise description|drill description|tabletop name'],
      ['name', 1, 'text', 'name|title|event|event name|description|campaign|topic|activity|test'],
      ['exerciseKind', 3, 'word:exerciseKind', 'exercise type|drill type|exercise kind|type of exercise|type of drill|exercise category|test type|drill kind|scenario type|simulation type|event type'],
      ['exerciseKind', 1, 'word:exerciseKind', 'type|kind|category|format'],
      ['heldOn', 3, 'day', 'held on|date held|exercise date|drill date|date conducted|conducted on|conducted|date of exercise|date of drill|held|date performed|performed on|test date|event date|exercise held on|drill held on|date executed|date of test|completed on|date completed|completion date|run on|date run'],
      ['heldOn', 2, 'day', 'date|start date|when'],
      ['participants', 4, 'number', 'participants|number of participants|attendees|attendance|participant count|attendee count|no of participants|number of attendees|headcount|people|participation|num participants|staff participating|total participants|recipients|count of participants|attended|participants count'],
      ['lead', 2, 'name', 'lead|facilitator|led by|leader|exercise lead|conducted by|coordinator|organizer|exercise director|drill lead|run by|facilitated by|responsible|exercise coordinator|moderator|drill coordinator|owner'],
      ['reportOn', 4, 'day', 'report date|after action report date|aar date|report on|after action report|aar completed|report completed|lessons learned date|after action date|aar|after action report completed|debrief date|report issued|report finished|after action review date|aar report date|post exercise report date|after action'],
      ['passed', 3, 'flag:passed', 'passed|result|outcome|objectives met|success|successful|pass fail|met objectives|exercise result|drill result|met|overall result'],
    ],
  },
  assessment: {
    format: 'assessments',
    title: 'a list of assessments done',
    needs: [['name', 'assessmentKind'], ['completedOn']],
    identity: ['name', 'completedOn'],
    names: /assessment|risk.?analys|evaluation|pen.?test|penetration|audit|vulnerab/i,
    lines: [
      ['name', 5, 'text', 'assessment|assessment name|assessment title|audit|evaluation|audit name|evaluation name|risk analysis|assessment description|review name|name of assessment|audit title|engagement|engagement name|penetration test|risk assessment|assessment audit|report name|assessment performed|risk assessment name|evaluation title'],
      ['name', 1, 'text', 'name|title|description|activity|report|report title|project'],
      ['assessmentKind', 4, 'word:assessmentKind', 'assessment type|assessment kind|type of assessment|audit type|evaluation type|test type|assessment category|type of audit|type of review|review type|engagement type'],
      ['assessmentKind', 1, 'word:assessmentKind', 'type|kind|category'],
      ['completedOn', 3, 'day', 'assessment date|completed on|date completed|completion date|completed|date performed|performed on|report date|audit date|date conducted|conducted on|finished on|date of assessment|end date|date of report|date|final report date|date of audit|evaluation date|assessed on|last performed|last completed|test date|date finished|date issued|last assessment date|issued on|completed date'],
      ['author', 3, 'text', 'author|assessor|performed by|conducted by|auditor|assessed by|completed by|evaluator|firm|prepared by|assessment firm|tester|done by|analyst|vendor|assessor name|performed by firm|assessing organization|lead assessor|consultant|lead auditor|reviewer|lead|third party|company'],
      ['scope', 3, 'text', 'scope|scope of assessment|systems in scope|covers|systems covered|in scope|assessment scope|coverage|scope description|systems|locations in scope|scope systems|audit scope'],
    ],
  },
  approval: {
    format: 'approvals',
    title: 'a list of approved software',
    needs: [['product'], ['decision', 'decidedOn']],
    identity: ['product'],
    names: /approved|approval|allow.?list|white.?list|permitted|technology.?standard|\btrm\b|software.?catalog|sanctioned|authorized/i,
    lines: [
      ['product', 3, 'text', 'product|software|application|product name|software name|application name|software title|technology|tool|approved software|approved product|app|approved application|software product|technology name|service|program|product service|software application|approved technology|software service|package|tool name'],
      ['product', 1, 'text', 'name|title|item'],
      ['publisher', 1, 'text', 'publisher|vendor|manufacturer|supplier|developer|company|vendor name|maker'],
      ['versions', 2, 'text', 'versions|version|approved versions|approved version|allowed versions|version range|allowed version|versions allowed|permitted versions|versions approved|supported versions|approved version range'],
      ['decision', 5, 'word:decision', 'decision|approval status|approval|approved|disposition|approval decision|approved y n|trm decision|allowed|permitted|approval state|review decision|is approved|review outcome|authorization status|authorized|request status|approval result|approved denied|sanctioned'],
      ['decision', 2, 'word:decision', 'status|state|outcome'],
      ['decidedOn', 4, 'day', 'decision date|decided on|approval date|approved on|date approved|approved date|date of approval|date of decision|review date|reviewed on|date reviewed|date decided|approved at|last reviewed|date authorized|authorization date|date of review'],
      ['expiresOn', 3, 'day', 'expires|expires on|expiration date|expiry date|approved until|valid until|approval expires|review by|next review|next review date|approval expiration|approval expiration date|approved through|re review date|approval expiry|until|sunset date|expiration|renewal date|decision expires'],
      ['owner', 2, 'text', 'owner|business owner|requested by|requester|sponsor|approved by|requestor|responsible|product owner|approver|requesting department|application owner|software owner|business sponsor|department owner'],
    ],
  },
  attestation: {
    format: 'attestations',
    title: 'attestations',
    needs: [['statement', 'safeguard'], ['author', 'statedOn'], ['safeguard', 'statement']],
    identity: ['safeguard', 'statement'],
    names: /attest|statement|sign.?off|certif/i,
    lines: [
      ['safeguard', 5, 'text', 'safeguard|control|control id|requirement|safeguard id|control name|policy|standard|hipaa control|hipaa citation|citation|control reference|control number|implementation specification|hipaa safeguard|regulation|hipaa requirement|safeguard name'],
      ['subject', 2, 'text', 'subject|system|applies to|scope|department|asset|site|about|location|applicable to|regarding'],
      ['statement', 5, 'text', 'statement|attestation|attestation statement|attested|declaration|assertion|response|claim|attestation text|statement text|certification statement|attestation response|what is attested|affirmation'],
      ['author', 4, 'name', 'author|attested by|stated by|signed by|attestor|name|attester|certified by|by|person|signatory|made by|completed by|responsible|attesting officer|affirmed by|attestation by'],
      ['statedOn', 4, 'day', 'stated on|date|attested on|date signed|signed on|attestation date|date attested|signed date|statement date|certified on|date stated|date of attestation|signature date'],
      ['validUntilOn', 4, 'day', 'valid until|expires|expires on|valid until on|expiration date|valid through|next due|next attestation|expiry date|until|renewal date|valid to|next review date|review by|expiration|good until|next attestation date'],
      ['evidence', 3, 'text', 'evidence|evidence link|supporting document|reference|document|link|proof|attachment|supporting evidence|url|file|documentation|evidence reference|evidence location|supporting documentation|evidence file'],
    ],
  },
} // biome-ignore format: a list of headers reads better in one line

const indexes = new Map<FactKind, ReadonlyMap<string, Synonym>>()

/** The folded headers of a kind, each with the field that it fills. */
export function synonymsOf(kind: FactKind): ReadonlyMap<string, Synonym> {
  let index = indexes.get(kind)
  if (!index) {
    const built = new Map<string, Synonym>()
    let rank = 0
    for (const [field, weight, readAs, headers] of recognition[kind].lines) {
      for (const header of headers.split('|')) {
        const folded = fold(header)
        if (!built.has(folded)) built.set(folded, { field, weight, readAs, rank })
        rank += 1
      }
    }
    index = built
    indexes.set(kind, index)
  }
  return index
}
