/** The systems of each size of organisation, and what their account lists look like and keep silent about. */
import type { SampleSize } from './answer-key.ts'
import type { InstantStyle } from './calendar.ts'
import { type Dialect, plainDialect } from './table.ts'

export type AccountField =
  | 'username'
  | 'upn'
  | 'display'
  | 'lastFirst'
  | 'capitals'
  | 'given'
  | 'family'
  | 'email'
  | 'number'
  | 'status'
  | 'created'
  | 'lastUsed'
  | 'secondFactor'
  | 'kind'
  | 'owner'
  | 'department'
  | 'groups'
  | 'description'
  | 'neverExpires'
  | 'distinguishedName'
  | 'externalId'
  | 'objectClass'
  | 'passwordSet'
  | 'orgUnit'

/** How many accounts that are no person's a list holds. */
export interface Extras {
  readonly service: number
  readonly shared: number
  readonly vendor: number
  readonly test: number
  /** Look like a person's, and nobody knows of whom. */
  readonly stranger: number
  readonly admin: number
}

export interface AccountList {
  readonly file: string
  readonly product: string
  readonly format: 'table' | 'ldif'
  /** The share of the people who have an account; of clinical and other staff where they differ. */
  readonly coverage: number | { readonly clinical: number; readonly other: number }
  readonly login: 'flast' | 'lastf' | 'dotted' | 'email'
  /** How the list writes employee numbers, if it has them. */
  readonly number: 'as-listed' | 'bare' | 'padded' | 'none'
  readonly hasEmail: boolean
  /** Where second factors are reported: in the list, by a report of their own, by the sign-in service, or nowhere. */
  readonly secondFactor: 'column' | 'entra' | 'duo' | 'sign-in' | 'none'
  readonly owner: 'name' | 'number' | 'email' | 'none'
  readonly extras: Extras
  readonly columns: readonly (readonly [header: string, field: AccountField])[]
  readonly words: {
    readonly on: string
    readonly off: string
    readonly yes: string
    readonly no: string
    /** Set when the list says of an account that it was never used. */
    readonly never: string | undefined
    readonly instants: InstantStyle
  }
  readonly preamble: readonly string[]
  readonly dialect: Dialect
  /** Two rows that must be refused are put in. */
  readonly badRows: boolean
}

export interface SystemPlan {
  readonly name: string
  readonly kind: string
  readonly vendor: string
  readonly ephi: boolean
  readonly hosting: 'On-premises' | 'Hosted' | 'SaaS'
  readonly standing: 'In use' | 'Retired'
  readonly rpoHours: number
  readonly signInBy: string
  readonly accounts: AccountList | undefined
}

const words: AccountList['words'] = {
  on: 'Active',
  off: 'Inactive',
  yes: 'Yes',
  no: 'No',
  never: undefined,
  instants: 'day-only',
}
const excel: Dialect = { ...plainDialect, dates: 'us', newline: '\r\n', encoding: 'utf8-bom' }
const few: Extras = { service: 1, shared: 1, vendor: 0, test: 0, stranger: 0, admin: 0 }
const hospitalExtras: Extras = { service: 10, shared: 8, vendor: 4, test: 3, stranger: 5, admin: 0 }
const systemExtras: Extras = { service: 30, shared: 24, vendor: 14, test: 8, stranger: 25, admin: 0 }

const blank: Omit<AccountList, 'file' | 'product' | 'coverage' | 'columns' | 'login'> = {
  format: 'table',
  number: 'none',
  hasEmail: false,
  secondFactor: 'none',
  owner: 'none',
  extras: few,
  words,
  preamble: [],
  dialect: plainDialect,
  badRows: false,
}

type Needed = Pick<AccountList, 'file' | 'product' | 'coverage' | 'columns' | 'login'>
const list = (needed: Needed & Partial<AccountList>): AccountList => ({ ...blank, ...needed })

function system(
  name: string,
  kind: string,
  vendor: string,
  ephi: boolean,
  hosting: SystemPlan['hosting'],
  accounts?: AccountList,
  rest: Partial<Pick<SystemPlan, 'standing' | 'rpoHours' | 'signInBy'>> = {},
): SystemPlan {
  return { name, kind, vendor, ephi, hosting, standing: 'In use', rpoHours: 24, signInBy: '', ...rest, accounts }
}

const getAdUser: AccountList['columns'] = [
  ['DistinguishedName', 'distinguishedName'],
  ['Enabled', 'status'],
  ['GivenName', 'given'],
  ['Name', 'display'],
  ['ObjectClass', 'objectClass'],
  ['ObjectGUID', 'externalId'],
  ['SamAccountName', 'username'],
  ['Surname', 'family'],
  ['UserPrincipalName', 'upn'],
  ['EmployeeID', 'number'],
  ['LastLogonDate', 'lastUsed'],
  ['PasswordLastSet', 'passwordSet'],
  ['PasswordNeverExpires', 'neverExpires'],
  ['whenCreated', 'created'],
  ['Department', 'department'],
  ['Description', 'description'],
  ['Owner', 'owner'],
]

function activeDirectory(unicode: boolean): Pick<AccountList, 'dialect' | 'preamble' | 'words'> {
  return {
    dialect: { ...plainDialect, newline: '\r\n', quoteAll: true, encoding: unicode ? 'utf16le' : 'utf8' },
    preamble: unicode ? [] : ['#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser'],
    words: { ...words, on: 'True', off: 'False', yes: 'True', no: 'False', instants: 'us-time' },
  }
}

const entraUsers: AccountList['columns'] = [
  ['userPrincipalName', 'username'],
  ['displayName', 'display'],
  ['givenName', 'given'],
  ['surname', 'family'],
  ['mail', 'email'],
  ['employeeId', 'number'],
  ['accountEnabled', 'status'],
  ['createdDateTime', 'created'],
  ['lastSignInDateTime', 'lastUsed'],
  ['department', 'department'],
  ['id', 'externalId'],
]

const entra = {
  file: 'Microsoft Entra ID users.csv',
  product: 'Microsoft Entra ID',
  login: 'email',
  hasEmail: true,
  secondFactor: 'entra',
  columns: entraUsers,
  words: { ...words, on: 'True', off: 'False', instants: 'iso-z' },
  dialect: { ...plainDialect, encoding: 'utf8-bom', newline: '\r\n' },
} as const satisfies Partial<AccountList>

function clinicSystems(unicode: boolean): SystemPlan[] {
  return [
    system(
      'Active Directory',
      'Directory',
      'Microsoft',
      false,
      'On-premises',
      list({
        file: 'Active Directory users.csv',
        product: 'Microsoft Active Directory',
        coverage: 0.8,
        login: 'flast',
        number: 'as-listed',
        owner: 'name',
        extras: { service: 2, shared: 1, vendor: 0, test: 0, stranger: 1, admin: 1 },
        columns: getAdUser,
        ...activeDirectory(unicode),
      }),
    ),
    system(
      'eClinicalWorks',
      'EHR',
      'eClinicalWorks',
      true,
      'Hosted',
      list({
        file: 'eClinicalWorks users.csv',
        product: 'eClinicalWorks',
        coverage: { clinical: 1, other: 0.75 },
        login: 'lastf',
        secondFactor: 'column',
        owner: 'name',
        extras: { service: 0, shared: 2, vendor: 1, test: 1, stranger: 0, admin: 0 },
        columns: [
          ['User ID', 'username'],
          ['User Name', 'capitals'],
          ['Role', 'groups'],
          ['Account Type', 'kind'],
          ['Active', 'status'],
          ['Date Created', 'created'],
          ['Last Login', 'lastUsed'],
          ['Two-Factor', 'secondFactor'],
          ['Responsible', 'owner'],
        ],
        words: { ...words, on: 'Y', off: 'N', never: 'Never' },
        dialect: excel,
        badRows: true,
      }),
    ),
    system(
      'Google Workspace',
      'Email',
      'Google',
      true,
      'SaaS',
      list({
        file: 'Google Workspace users.csv',
        product: 'Google Workspace',
        coverage: 1,
        login: 'email',
        secondFactor: 'column',
        extras: { service: 0, shared: 1, vendor: 0, test: 0, stranger: 0, admin: 0 },
        columns: [
          ['First Name [Required]', 'given'],
          ['Last Name [Required]', 'family'],
          ['Email Address [Required]', 'username'],
          ['Org Unit Path [Required]', 'orgUnit'],
          ['Status [READ ONLY]', 'status'],
          ['Last Sign In [READ ONLY]', 'lastUsed'],
          ['2sv Enrolled [READ ONLY]', 'secondFactor'],
        ],
        words: { on: 'Active', off: 'Suspended', yes: 'True', no: 'False', never: undefined, instants: 'slashed' },
      }),
    ),
    system(
      'Tebra Billing',
      'Billing',
      'Tebra',
      true,
      'SaaS',
      list({
        file: 'Tebra Billing users.csv',
        product: 'Tebra',
        coverage: 0.35,
        login: 'dotted',
        hasEmail: true,
        extras: { service: 0, shared: 0, vendor: 1, test: 0, stranger: 1, admin: 0 },
        columns: [
          ['Login', 'username'],
          ['Full Name', 'display'],
          ['E-mail', 'email'],
          ['Status', 'status'],
          ['Last Access', 'lastUsed'],
        ],
        dialect: { ...plainDialect, dates: 'us-padded', delimiter: ';' },
      }),
    ),
    system('Clinic NAS', 'File share', 'Synology', true, 'On-premises'),
    system('Gusto', 'HR', 'Gusto', false, 'SaaS'),
    system('Phone system', 'Other', 'RingCentral', false, 'SaaS'),
    system('Practice Fusion', 'EHR', 'Practice Fusion', true, 'SaaS', undefined, { standing: 'Retired' }),
  ]
}

function hospitalSystems(unicode: boolean): SystemPlan[] {
  return [
    system(
      'Active Directory',
      'Directory',
      'Microsoft',
      false,
      'On-premises',
      list({
        file: 'Active Directory users.csv',
        product: 'Microsoft Active Directory',
        coverage: 0.98,
        login: 'flast',
        number: 'bare',
        owner: 'name',
        extras: { ...hospitalExtras, service: 24, admin: 9 },
        columns: getAdUser,
        ...activeDirectory(unicode),
      }),
    ),
    system(
      'Microsoft Entra ID',
      'Email',
      'Microsoft',
      true,
      'SaaS',
      list({ ...entra, coverage: 0.97, extras: { ...hospitalExtras, service: 4 } }),
    ),
    system(
      'MEDITECH Expanse',
      'EHR',
      'MEDITECH',
      true,
      'On-premises',
      list({
        file: 'MEDITECH Expanse users.csv',
        product: 'MEDITECH',
        coverage: { clinical: 0.98, other: 0.7 },
        login: 'lastf',
        number: 'padded',
        secondFactor: 'column',
        owner: 'number',
        extras: hospitalExtras,
        columns: [
          ['User ID', 'username'],
          ['User Name', 'lastFirst'],
          ['Person Number', 'number'],
          ['User Type', 'kind'],
          ['Status', 'status'],
          ['Created On', 'created'],
          ['Last Sign On', 'lastUsed'],
          ['Access Group', 'groups'],
          ['Second Factor', 'secondFactor'],
          ['Responsible Employee', 'owner'],
          ['Comment', 'description'],
        ],
        words: { ...words, never: 'Never' },
        preamble: ['MEDITECH User Dictionary Listing', 'Mercy Valley Hospital', ''],
        dialect: excel,
        badRows: true,
      }),
    ),
    system(
      'Sectra PACS',
      'Imaging',
      'Sectra',
      true,
      'On-premises',
      list({
        file: 'Sectra PACS accounts.csv',
        product: 'Sectra',
        coverage: { clinical: 0.75, other: 0.1 },
        login: 'flast',
        hasEmail: true,
        secondFactor: 'duo',
        owner: 'email',
        extras: { ...hospitalExtras, shared: 4, stranger: 2 },
        columns: [
          ['username', 'username'],
          ['fullname', 'display'],
          ['email', 'email'],
          ['account_type', 'kind'],
          ['state', 'status'],
          ['created', 'created'],
          ['last_login', 'lastUsed'],
          ['owner_email', 'owner'],
        ],
        words: { ...words, on: 'enabled', off: 'disabled', instants: 'iso-space' },
      }),
    ),
    system(
      'GlobalProtect VPN',
      'VPN',
      'Palo Alto Networks',
      false,
      'On-premises',
      list({
        file: 'GlobalProtect VPN users.csv',
        product: 'Palo Alto Networks GlobalProtect',
        coverage: { clinical: 0.65, other: 0.8 },
        login: 'flast',
        number: 'as-listed',
        extras: { service: 0, shared: 1, vendor: 6, test: 1, stranger: 3, admin: 0 },
        columns: [
          ['User', 'username'],
          ['Name', 'display'],
          ['Employee #', 'number'],
          ['Account Status', 'status'],
          ['Last Connection', 'lastUsed'],
        ],
        words: { ...words, on: 'Enabled', off: 'Disabled', instants: 'iso-space' },
        dialect: { ...plainDialect, delimiter: '\t' },
      }),
    ),
    system(
      'Waystar Billing',
      'Billing',
      'Waystar',
      true,
      'SaaS',
      list({
        file: 'Waystar Billing users.csv',
        product: 'Waystar',
        coverage: { clinical: 0.2, other: 0.9 },
        login: 'dotted',
        extras: { service: 1, shared: 2, vendor: 2, test: 1, stranger: 3, admin: 0 },
        columns: [
          ['User Login', 'username'],
          ['Last Name, First Name', 'lastFirst'],
          ['User Status', 'status'],
          ['Last Login Date', 'lastUsed'],
          ['Security Group', 'groups'],
        ],
        words: { ...words, off: 'Terminated' },
        dialect: excel,
      }),
    ),
    system(
      'SoftLab',
      'Laboratory',
      'SCC Soft Computer',
      true,
      'On-premises',
      list({
        file: 'SoftLab accounts.csv',
        product: 'SCC SoftLab',
        coverage: { clinical: 0.62, other: 0.12 },
        login: 'lastf',
        number: 'bare',
        owner: 'name',
        extras: { ...hospitalExtras, stranger: 2 },
        columns: [
          ['Login Name', 'username'],
          ['First Name', 'given'],
          ['Last Name', 'family'],
          ['Emp No', 'number'],
          ['Login Type', 'kind'],
          ['Login Disabled', 'status'],
          ['Account Owner', 'owner'],
        ],
        words: { ...words, on: 'No', off: 'Yes' },
      }),
    ),
    system('Omnicell', 'Pharmacy', 'Omnicell', true, 'On-premises', undefined, { rpoHours: 48 }),
    system('Clinical file server', 'File share', 'Microsoft', true, 'On-premises', undefined, {
      signInBy: 'Active Directory',
    }),
    system('Mirth Connect', 'Interface engine', 'NextGen', true, 'On-premises'),
    system('ADP Workforce Now', 'HR', 'ADP', false, 'SaaS'),
    system('Genetec Badge', 'Other', 'Genetec', false, 'On-premises'),
    system('Cafeteria POS', 'Other', 'Oracle', false, 'On-premises'),
    system('Horizon Lab (legacy)', 'Laboratory', 'McKesson', true, 'On-premises', undefined, { standing: 'Retired' }),
  ]
}

/** The lists of a large organisation are much alike: one row each, the columns differ by the product. */
function listOf(
  name: string,
  product: string,
  coverage: AccountList['coverage'],
  login: AccountList['login'],
  columns: AccountList['columns'],
  rest: Partial<AccountList> = {},
): AccountList {
  const has = (field: AccountField) => columns.some(([, each]) => each === field)
  return list({
    file: `${name} users.csv`,
    product,
    coverage,
    login,
    columns,
    hasEmail: has('email'),
    number: has('number') ? 'as-listed' : 'none',
    owner: has('owner') ? 'number' : 'none',
    secondFactor: has('secondFactor') ? 'column' : 'none',
    extras: systemExtras,
    ...rest,
  })
}

function healthSystemSystems(): SystemPlan[] {
  const usTime: AccountList['words'] = { ...words, instants: 'us-time' }
  const zulu: AccountList['words'] = { ...words, on: 'true', off: 'false', yes: 'true', no: 'false', instants: 'iso-z' }
  const onlyPeople: Extras = { service: 0, shared: 0, vendor: 3, test: 4, stranger: 8, admin: 0 }
  return [
    system(
      'Microsoft Entra ID',
      'Email',
      'Microsoft',
      true,
      'SaaS',
      list({ ...entra, coverage: 1, number: 'as-listed', extras: { ...systemExtras, service: 12 } }),
    ),
    system(
      'Active Directory',
      'Directory',
      'Microsoft',
      false,
      'On-premises',
      list({
        file: 'Active Directory.ldif',
        product: 'Microsoft Active Directory',
        format: 'ldif',
        coverage: 1,
        login: 'flast',
        number: 'as-listed',
        hasEmail: true,
        owner: 'name',
        extras: { ...systemExtras, service: 160, admin: 90 },
        columns: [],
      }),
    ),
    system(
      'Epic Hyperspace',
      'EHR',
      'Epic',
      true,
      'On-premises',
      listOf(
        'Epic Hyperspace',
        'Epic',
        { clinical: 1, other: 0.85 },
        'flast',
        [
          ['Login ID', 'username'],
          ['User Name', 'capitals'],
          ['Employee ID', 'number'],
          ['User Type', 'kind'],
          ['User Status', 'status'],
          ['Record Created', 'created'],
          ['Last Login', 'lastUsed'],
          ['Default Template', 'groups'],
          ['Accountable Employee ID', 'owner'],
        ],
        {
          secondFactor: 'sign-in',
          number: 'padded',
          words: { ...usTime, never: 'Never' },
          dialect: excel,
          badRows: true,
        },
      ),
      { signInBy: 'Microsoft Entra ID' },
    ),
    system(
      'Philips Vue PACS',
      'Imaging',
      'Philips',
      true,
      'On-premises',
      listOf(
        'Philips Vue PACS',
        'Philips',
        { clinical: 0.9, other: 0.4 },
        'lastf',
        [
          ['LoginName', 'username'],
          ['LastName', 'family'],
          ['FirstName', 'given'],
          ['EmailAddress', 'email'],
          ['Enabled', 'status'],
          ['LastLoginTime', 'lastUsed'],
          ['AccountType', 'kind'],
          ['TwoFactorEnabled', 'secondFactor'],
        ],
        { words: zulu },
      ),
    ),
    system(
      'Citrix Gateway',
      'VPN',
      'Citrix',
      false,
      'On-premises',
      listOf(
        'Citrix Gateway',
        'Citrix',
        0.9,
        'flast',
        [
          ['User', 'username'],
          ['Display Name', 'display'],
          ['Mail', 'email'],
          ['Enabled', 'status'],
          ['Last Access', 'lastUsed'],
        ],
        { words: zulu, extras: onlyPeople },
      ),
    ),
    system(
      'Sunquest',
      'Laboratory',
      'Clinisys',
      true,
      'On-premises',
      listOf(
        'Sunquest',
        'Sunquest',
        { clinical: 0.95, other: 0.5 },
        'lastf',
        [
          ['User Code', 'username'],
          ['Name', 'lastFirst'],
          ['Employee No', 'number'],
          ['Status', 'status'],
          ['Added', 'created'],
          ['Last Used', 'lastUsed'],
        ],
        { number: 'padded', dialect: { ...excel, dates: 'dashed' }, words: { ...words, never: 'Never' } },
      ),
    ),
    system(
      'BD Pyxis',
      'Pharmacy',
      'BD',
      true,
      'On-premises',
      listOf(
        'BD Pyxis',
        'BD Pyxis',
        { clinical: 0.98, other: 0.4 },
        'flast',
        [
          ['User ID', 'username'],
          ['User Full Name', 'lastFirst'],
          ['Employee ID', 'number'],
          ['Active', 'status'],
          ['Last Access Date', 'lastUsed'],
        ],
        { words: { ...words, on: 'Yes', off: 'No' }, dialect: excel },
      ),
    ),
    system(
      'Waystar',
      'Billing',
      'Waystar',
      true,
      'SaaS',
      listOf(
        'Waystar',
        'Waystar',
        { clinical: 0.7, other: 0.95 },
        'dotted',
        [
          ['User Login', 'username'],
          ['Name', 'lastFirst'],
          ['User Status', 'status'],
          ['Last Login Date', 'lastUsed'],
          ['MFA Enabled', 'secondFactor'],
        ],
        { words: { ...words, off: 'Terminated' }, dialect: excel, extras: onlyPeople },
      ),
    ),
    system(
      'Solventum 360',
      'Coding',
      'Solventum',
      true,
      'Hosted',
      listOf(
        'Solventum 360',
        'Solventum',
        { clinical: 0.7, other: 0.9 },
        'lastf',
        [
          ['UserName', 'username'],
          ['First', 'given'],
          ['Last', 'family'],
          ['Personnel Number', 'number'],
          ['IsActive', 'status'],
        ],
        { words: { ...words, on: '1', off: '0' }, extras: onlyPeople },
      ),
    ),
    system(
      'Dragon Medical',
      'Dictation',
      'Nuance',
      true,
      'SaaS',
      listOf(
        'Dragon Medical',
        'Nuance',
        { clinical: 0.95, other: 0.5 },
        'dotted',
        [
          ['Login', 'username'],
          ['Last name', 'family'],
          ['First name', 'given'],
          ['E-mail address', 'email'],
          ['Status', 'status'],
          ['Last used', 'lastUsed'],
        ],
        { words: { ...words, off: 'Deactivated', instants: 'iso-space' } },
      ),
    ),
    system(
      'TigerConnect',
      'Messaging',
      'TigerConnect',
      true,
      'SaaS',
      listOf(
        'TigerConnect',
        'TigerConnect',
        { clinical: 1, other: 0.85 },
        'email',
        [
          ['Username', 'username'],
          ['Display Name', 'display'],
          ['Status', 'status'],
          ['Last Active', 'lastUsed'],
          ['Role', 'groups'],
        ],
        { words: zulu, secondFactor: 'sign-in' },
      ),
      { signInBy: 'Microsoft Entra ID' },
    ),
    system(
      'UKG Dimensions',
      'HR',
      'UKG',
      false,
      'SaaS',
      listOf(
        'UKG Dimensions',
        'UKG',
        0.98,
        'flast',
        [
          ['User Account Name', 'username'],
          ['Person Full Name', 'lastFirst'],
          ['Person Number', 'number'],
          ['User Account Status', 'status'],
          ['Last Logon', 'lastUsed'],
        ],
        { number: 'padded', words: usTime, extras: onlyPeople },
      ),
    ),
    system(
      'Cornerstone LMS',
      'Training',
      'Cornerstone',
      false,
      'SaaS',
      listOf(
        'Cornerstone LMS',
        'Cornerstone',
        0.97,
        'dotted',
        [
          ['Username', 'username'],
          ['User First Name', 'given'],
          ['User Last Name', 'family'],
          ['User Email', 'email'],
          ['User ID', 'number'],
          ['User Status', 'status'],
        ],
        { extras: onlyPeople },
      ),
    ),
    system(
      'ServiceNow',
      'Service desk',
      'ServiceNow',
      false,
      'SaaS',
      listOf(
        'ServiceNow',
        'ServiceNow',
        0.97,
        'dotted',
        [
          ['user_name', 'username'],
          ['name', 'display'],
          ['email', 'email'],
          ['employee_number', 'number'],
          ['active', 'status'],
          ['sys_created_on', 'created'],
          ['last_login_time', 'lastUsed'],
          ['u_account_owner', 'owner'],
        ],
        { words: { ...zulu, instants: 'iso-space', never: 'Never' }, dialect: { ...plainDialect, quoteAll: true } },
      ),
    ),
    system(
      'Lenel OnGuard',
      'Other',
      'LenelS2',
      false,
      'On-premises',
      listOf(
        'Lenel OnGuard',
        'Lenel',
        0.99,
        'lastf',
        [
          ['User Name', 'username'],
          ['Last, First', 'lastFirst'],
          ['Employee ID', 'number'],
          ['Account Status', 'status'],
        ],
        { dialect: { ...excel, delimiter: ';' }, words: { ...words, off: 'Disabled' }, extras: onlyPeople },
      ),
    ),
    system(
      'Press Ganey',
      'Quality',
      'Press Ganey',
      true,
      'SaaS',
      listOf(
        'Press Ganey',
        'Press Ganey',
        { clinical: 0.8, other: 0.6 },
        'dotted',
        [
          ['Login', 'username'],
          ['Full Name', 'display'],
          ['E-mail', 'email'],
          ['Status', 'status'],
          ['Created', 'created'],
          ['Last Login', 'lastUsed'],
        ],
        {
          words: { ...words, never: 'Never logged in' },
          dialect: { ...plainDialect, dates: 'us-padded' },
          extras: onlyPeople,
        },
      ),
    ),
    system(
      'Workday',
      'HR',
      'Workday',
      false,
      'SaaS',
      listOf(
        'Workday',
        'Workday',
        1,
        'flast',
        [
          ['User Name', 'username'],
          ['Worker', 'display'],
          ['Employee ID', 'number'],
          ['Account Status', 'status'],
          ['Last Signon', 'lastUsed'],
        ],
        { words: { ...zulu, on: 'Enabled', off: 'Disabled' }, extras: onlyPeople },
      ),
    ),
    system(
      'OnBase',
      'Document archive',
      'Hyland',
      true,
      'On-premises',
      listOf(
        'OnBase',
        'Hyland OnBase',
        { clinical: 0.9, other: 0.9 },
        'lastf',
        [
          ['User Name', 'username'],
          ['Real Name', 'lastFirst'],
          ['Employee Number', 'number'],
          ['Email', 'email'],
          ['Account State', 'status'],
          ['Last Logon', 'lastUsed'],
          ['Account Owner', 'owner'],
          ['Account Type', 'kind'],
        ],
        { words: { ...words, on: 'Enabled', off: 'Disabled', instants: 'iso-space' } },
      ),
    ),
    system('Clinical data warehouse', 'Data warehouse', 'Microsoft', true, 'On-premises', undefined, {
      signInBy: 'Active Directory',
    }),
    system('Rhapsody', 'Interface engine', 'Rhapsody', true, 'On-premises', undefined, { rpoHours: 48 }),
    system('Cerner CoPath', 'Laboratory', 'Oracle Health', true, 'On-premises'),
    system('Home Health Hub', 'EHR', 'Netsmart', true, 'Hosted', undefined, { rpoHours: 72 }),
    system('Research REDCap', 'Research', 'Vanderbilt', true, 'On-premises', undefined, { rpoHours: 168 }),
    system('Intranet', 'Other', 'Microsoft', false, 'SaaS', undefined, { signInBy: 'Microsoft Entra ID' }),
    system('Parking gate', 'Other', 'SKIDATA', false, 'On-premises'),
    system('GE Centricity (legacy)', 'EHR', 'GE HealthCare', true, 'On-premises', undefined, { standing: 'Retired' }),
  ]
}

/** Some sites export their directory as UTF-16, others with PowerShell's type line. */
export function listSystems(size: SampleSize, unicode: boolean): SystemPlan[] {
  switch (size) {
    case 'clinic':
      return clinicSystems(unicode)
    case 'hospital':
      return hospitalSystems(unicode)
    case 'system':
      return healthSystemSystems()
  }
}

/** What an account list says at all: an answer can only be expected where it does. */
export function says(accounts: AccountList, field: AccountField): boolean {
  if (accounts.format === 'ldif') {
    return field !== 'secondFactor' && field !== 'kind'
  }
  return accounts.columns.some(([, each]) => each === field)
}
