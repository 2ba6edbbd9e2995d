/** Exports as sites would drop them, each with what must be read from it. The names in them are invented. */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import type { ColumnReading, Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import { type FileMapping, readFile, type SourceFile } from '../file.ts'

const asOf = new Date('2026-11-21T12:00:00Z')

function fileOf(name: string, content: string | Uint8Array): SourceFile {
  const bytes = Buffer.from(content)
  return { path: name, name, size: bytes.length, modifiedAt: asOf, open: () => Readable.from([bytes]) }
}

type Result = Omit<Reading, 'items'> & {
  readonly rows: Record<string, unknown>[]
  readonly rejects: { line: number; reason: string }[]
  readonly lines: number[]
}

async function read(name: string, content: string | Uint8Array, mapping?: FileMapping): Promise<Result | Unrecognised> {
  const results: (Result | Unrecognised)[] = []
  for await (const found of readFile(fileOf(name, content), { asOf, ...(mapping ? { mapping } : {}) })) {
    if (found.format === 'unrecognised') {
      results.push(found as Unrecognised)
      continue
    }
    const { items, ...reading } = found as Reading
    const rows: Record<string, unknown>[] = []
    const rejects: { line: number; reason: string }[] = []
    const lines: number[] = []
    for await (const item of items as AsyncIterable<Item>) {
      if (item.kind === 'reject') rejects.push({ line: item.line, reason: item.reason })
      else {
        rows.push(item.row)
        lines.push(item.line)
      }
    }
    results.push({ ...reading, rows, rejects, lines })
  }
  assert.equal(results.length, 1)
  return results[0] as Result | Unrecognised
}

async function readTable(name: string, content: string | Uint8Array, mapping?: FileMapping): Promise<Result> {
  const found = await read(name, content, mapping)
  if (found.format === 'unrecognised') assert.fail((found as Unrecognised).reason)
  return found as Result
}

const at = (text: string) => new Date(text)

interface Case {
  readonly of: string
  readonly name: string
  readonly text: string
  readonly format: string
  readonly product?: string
  readonly basis?: 'measured' | 'stated'
  readonly rows: readonly Record<string, unknown>[]
}

const cases: readonly Case[] = [
  {
    of: 'BambooHR, with a title and a total',
    name: 'Employee Report.csv',
    text: `Active and former employees
Generated on 11/03/2026

Employee #,"Last name, First name",Job Title,Department,Hire Date,Termination Date,Employment Status,Reporting to,Work Email
0012,"Reyes, Marisol",Nurse Manager,Radiology,03/14/2019,,Full-Time,"Okafor, Daniel",mreyes@clinic.example
0013,"O'Brien, Sean Patrick Jr.",MA,Front Desk,01/31/2020,02/28/2026,Terminated,"Reyes, Marisol",sobrien@clinic.example
Total: 2`,
    format: 'staff-list',
    product: 'BambooHR',
    basis: 'stated',
    rows: [
      {
        employeeNumber: '0012',
        displayName: 'Marisol Reyes',
        givenName: 'Marisol',
        familyName: 'Reyes',
        hiredOn: '2019-03-14',
        standing: 'active',
        managerName: 'Daniel Okafor',
        email: 'mreyes@clinic.example',
        title: 'Nurse Manager',
      },
      {
        employeeNumber: '0013',
        displayName: "Sean Patrick O'Brien Jr.",
        familyName: "O'Brien",
        leftOn: '2026-02-28',
        standing: 'left',
      },
    ],
  },
  {
    of: 'ADP',
    name: 'adp_workforce.csv',
    text: `Payroll Company Code,Associate ID,Payroll Name,Position Status,Hire Date,Termination Date,Home Department Description,Job Title Description,Worker Category Description,Reports To Legal Name
XYZ,A00123,"van der Berg, Anna",Active,6/1/2015,,Surgery,Registered Nurse,Full Time,"Okafor, Daniel"
XYZ,A00124,"Smith, John",Leave,7/15/2018,,Surgery,Tech,Part Time,"Okafor, Daniel"`,
    format: 'staff-list',
    product: 'ADP',
    rows: [
      {
        employeeNumber: 'A00123',
        displayName: 'Anna van der Berg',
        familyName: 'van der Berg',
        hiredOn: '2015-06-01',
        workerType: 'employee',
        standing: 'active',
        department: 'Surgery',
      },
      { standing: 'leave', hiredOn: '2018-07-15' },
    ],
  },
  {
    of: 'Gusto, first and last names',
    name: 'team.csv',
    text: `First Name,Last Name,Preferred First Name,Work Email,Start Date,End Date,Job Title,Manager,Employment Type,Department
Marisol,Reyes,Mari,mari@clinic.example,2019-03-14,,Nurse,Daniel Okafor,Full time,Radiology
Lee,Wu,,lee@clinic.example,2021-05-03,2026-10-30,Contract coder,Daniel Okafor,Contractor,Billing`,
    format: 'staff-list',
    rows: [
      {
        displayName: 'Mari Reyes',
        givenName: 'Mari',
        familyName: 'Reyes',
        hiredOn: '2019-03-14',
        workerType: 'employee',
      },
      { displayName: 'Lee Wu', leftOn: '2026-10-30', workerType: 'contractor' },
    ],
  },
  {
    of: 'Workday',
    name: 'All_Workers.csv',
    text: `Worker,Employee ID,Worker Type,Business Title,Supervisory Organization,Hire Date,Termination Date,Worker's Manager,Active Status
Marisol Reyes,1001,Employee,Nurse,Radiology (Daniel Okafor),3/14/2019,,Daniel Okafor,Yes
Bob Stone,1002,Contingent Worker,Temp,Radiology (Daniel Okafor),4/30/2022,5/31/2023,Daniel Okafor,No`,
    format: 'staff-list',
    product: 'Workday',
    rows: [
      { displayName: 'Marisol Reyes', employeeNumber: '1001', workerType: 'employee', standing: 'active' },
      { workerType: 'contractor', leftOn: '2023-05-31', standing: 'left' },
    ],
  },
  {
    of: 'a hand-kept staff list of a small practice, with a user name',
    name: 'Staff.csv',
    text: `Name,Position,Username,Date of Hire,Last Day
"Marisol Reyes, RN",Nurse,mreyes,14-Mar-2019,
Tom Lee,Front desk,tlee,1-Jun-2024,30-Oct-2026`,
    format: 'staff-list',
    basis: 'stated',
    rows: [
      { displayName: 'Marisol Reyes', title: 'Nurse', username: 'mreyes', hiredOn: '2019-03-14' },
      { displayName: 'Tom Lee', leftOn: '2026-10-30' },
    ],
  },
  {
    of: 'PowerShell Get-ADUser with its type line',
    name: 'adusers.csv',
    text: `#TYPE Microsoft.ActiveDirectory.Management.ADUser
"DistinguishedName","Enabled","GivenName","LastLogonDate","Name","PasswordLastSet","PasswordNeverExpires","SamAccountName","SID","Surname","UserPrincipalName","whenCreated","AccountExpirationDate","Title"
"CN=Marisol Reyes,OU=Staff,DC=clinic,DC=example","True","Marisol","11/13/2026 7:15:20 AM","Marisol Reyes","9/1/2026 8:00:00 AM","False","mreyes","S-1-5-21-1-2-3-1104","Reyes","mreyes@clinic.example","3/14/2019 9:00:00 AM","","Nurse"
"CN=svc-backup,OU=Service,DC=clinic,DC=example","False","","","svc-backup","","True","svc-backup","S-1-5-21-1-2-3-1105","","","1/2/2018 9:00:00 AM","12/31/2026 12:00:00 AM",""`,
    format: 'accounts',
    product: 'Active Directory',
    basis: 'measured',
    rows: [
      {
        system: 'Active Directory',
        username: 'mreyes',
        enabled: true,
        lastUsedAt: at('2026-11-13T07:15:20Z'),
        passwordNeverExpires: false,
        createdAt: at('2019-03-14T09:00:00Z'),
        givenName: 'Marisol',
        familyName: 'Reyes',
      },
      {
        username: 'svc-backup',
        enabled: false,
        passwordNeverExpires: true,
        expiresOn: '2026-12-31',
        lastUsedAt: undefined,
      },
    ],
  },
  {
    of: 'CSVDE with Windows times',
    name: 'csvde.csv',
    text: `DN,objectClass,sAMAccountName,displayName,userAccountControl,lastLogonTimestamp,pwdLastSet,whenCreated,memberOf,accountExpires
"CN=Marisol Reyes,OU=Staff,DC=clinic,DC=example",user,mreyes,Marisol Reyes,512,134075520000000000,133900000000000000,20190314090000.0Z,"CN=EHR Users,OU=Groups,DC=clinic,DC=example;CN=VPN,OU=Groups,DC=clinic,DC=example",9223372036854775807
"CN=Old Admin,OU=Staff,DC=clinic,DC=example",user,oadmin,Old Admin,66050,0,0,20150102090000.0Z,,0`,
    format: 'accounts',
    product: 'Active Directory',
    rows: [
      {
        username: 'mreyes',
        enabled: true,
        passwordNeverExpires: false,
        createdAt: at('2019-03-14T09:00:00Z'),
        groups: ['EHR Users', 'VPN'],
        accountType: 'person',
      },
      { username: 'oadmin', enabled: false, passwordNeverExpires: true, neverUsed: true, expiresOn: undefined },
    ],
  },
  {
    of: 'Microsoft Entra ID users',
    name: 'exportUsers_2026-11-3.csv',
    text: `userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled,createdDateTime,lastSignInDateTime,directorySynced
mreyes@clinic.example,Marisol Reyes,Reyes,mreyes@clinic.example,Marisol,5f1c0000-0000-0000-0000-000000000001,Member,Nurse,Radiology,True,2019-03-14T09:00:00Z,2026-11-02T08:14:00Z,True
guest_ext@clinic.example,Guest Person,,,,5f1c0000-0000-0000-0000-000000000002,Guest,,,False,2024-01-02T00:00:00Z,,`,
    format: 'accounts',
    product: 'Microsoft Entra ID',
    basis: 'measured',
    rows: [
      {
        system: 'Microsoft Entra ID',
        username: 'mreyes@clinic.example',
        externalId: '5f1c0000-0000-0000-0000-000000000001',
        enabled: true,
        accountType: 'person',
        lastUsedAt: at('2026-11-02T08:14:00Z'),
      },
      { accountType: 'guest', enabled: false },
    ],
  },
  {
    of: 'Microsoft 365 admin center',
    name: 'users_11_3_2026.csv',
    text: `Block credential,City,Department,Display name,First name,Last name,Licenses,Password never expires,User principal name,When created
False,Austin,Radiology,Marisol Reyes,Marisol,Reyes,Microsoft 365 Business Premium,True,mreyes@clinic.example,2019-03-14 09:00:00Z
True,,,Old User,Old,User,Unlicensed,False,old@clinic.example,2018-01-01 09:00:00Z`,
    format: 'accounts',
    basis: 'measured',
    rows: [
      { system: 'Microsoft Entra ID', username: 'mreyes@clinic.example', enabled: true, passwordNeverExpires: true },
      { enabled: false, passwordNeverExpires: false },
    ],
  },
  {
    of: 'Google Workspace users',
    name: 'User_Download_03112026_140512.csv',
    text: `First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Org Unit Path [Required],Status [READ ONLY],Last Sign In [READ ONLY],Recovery Email,Employee ID,Department,2sv Enrolled [READ ONLY],2sv Enforced [READ ONLY],Licenses [READ ONLY]
Marisol,Reyes,mreyes@clinic.example,****,/Staff,Active,2026/11/02 08:14:00,mari@home.example,0012,Radiology,True,True,Business
Old,User,old@clinic.example,****,/Staff,Suspended,Never logged in,,,,False,False,`,
    format: 'accounts',
    product: 'Google Workspace',
    basis: 'measured',
    rows: [
      {
        system: 'Google Workspace',
        username: 'mreyes@clinic.example',
        enabled: true,
        mfaEnrolled: true,
        employeeNumber: '0012',
        displayName: 'Marisol Reyes',
        lastUsedAt: at('2026-11-02T08:14:00Z'),
      },
      { enabled: false, neverUsed: true, mfaEnrolled: false },
    ],
  },
  {
    of: 'Okta',
    name: 'okta_users.csv',
    text: `id,status,created,activated,statusChanged,lastLogin,lastUpdated,passwordChanged,firstName,lastName,email,login
00u1,ACTIVE,2019-03-14T09:00:00.000Z,2019-03-14T09:00:00.000Z,,2026-11-02T08:14:00.000Z,2026-01-01T00:00:00.000Z,2026-06-01T00:00:00.000Z,Marisol,Reyes,mreyes@clinic.example,mreyes@clinic.example
00u2,DEPROVISIONED,2018-03-14T09:00:00.000Z,,,,,,Old,User,old@clinic.example,old@clinic.example`,
    format: 'accounts',
    product: 'Okta',
    rows: [
      { system: 'Okta', username: 'mreyes@clinic.example', enabled: true, externalId: '00u1' },
      { enabled: false },
    ],
  },
  {
    of: 'Entra authentication methods',
    name: 'AuthMethods.csv',
    text: `userPrincipalName,userDisplayName,isMfaRegistered,isMfaCapable,isSsprRegistered,methodsRegistered,defaultMfaMethod,isAdmin,userType
mreyes@clinic.example,Marisol Reyes,true,true,true,"microsoftAuthenticatorPush,mobilePhone",push,false,member
tlee@clinic.example,Tom Lee,false,false,false,,none,false,member`,
    format: 'mfa-report',
    product: 'Microsoft Entra ID',
    basis: 'measured',
    rows: [
      {
        system: 'Microsoft Entra ID',
        username: 'mreyes@clinic.example',
        enrolled: true,
        methods: 'microsoftAuthenticatorPush,mobilePhone',
        displayName: 'Marisol Reyes',
      },
      { username: 'tlee@clinic.example', enrolled: false },
    ],
  },
  {
    of: 'a per-user MFA script',
    name: 'MFAStatus.csv',
    text: `"DisplayName","UserPrincipalName","MFA Status","Default MFA Method"
"Marisol Reyes","mreyes@clinic.example","Enforced","Authenticator app"
"Tom Lee","tlee@clinic.example","Disabled",""`,
    format: 'mfa-report',
    rows: [{ username: 'mreyes@clinic.example', enrolled: true }, { enrolled: false }],
  },
  {
    of: 'Duo',
    name: 'duo_users.csv',
    text: `username,realname,email,status,is_enrolled,last_login,phones,tokens
mreyes,Marisol Reyes,mreyes@clinic.example,Active,True,2026-11-02 08:14:00,555-0100,
tlee,Tom Lee,tlee@clinic.example,Bypass,False,,,`,
    format: 'mfa-report',
    product: 'Duo',
    rows: [
      { system: 'Duo', username: 'mreyes', enrolled: true, bypassed: false },
      { enrolled: false, bypassed: true },
    ],
  },
  {
    of: 'EHR users with European dates and semicolons',
    name: 'athena_users_2026-11.csv',
    text: `User ID;Provider;Role;Last Login;Status
mreyes;Reyes, Marisol;Nurse;02.11.2026 08:14;Active
tlee;Lee, Tom;Front desk;25.10.2026 16:00;Inactive
iface;;Interface;Never;Active`,
    format: 'accounts',
    basis: 'stated',
    rows: [
      {
        system: 'athena',
        username: 'mreyes',
        displayName: 'Marisol Reyes',
        enabled: true,
        groups: ['Nurse'],
        lastUsedAt: at('2026-11-02T08:14:00Z'),
      },
      { enabled: false, lastUsedAt: at('2026-10-25T16:00:00Z') },
      { neverUsed: true },
    ],
  },
  {
    of: 'Epic EMP records',
    name: 'EHR users.csv',
    text: `EMP Record\tUser Name\tSystem Login\tLinked Template\tLast Login Date\tInactive?
10023\tREYES, MARISOL\tMREYES\tRN AMBULATORY\t11/2/2026\tNo
10024\tLEE, TOM\tTLEE\tFRONT DESK\t10/30/2025\tYes`,
    format: 'accounts',
    rows: [
      { system: 'EHR', enabled: true, displayName: 'MARISOL REYES', groups: ['RN AMBULATORY'] },
      { enabled: false },
    ],
  },
  {
    of: 'Intune',
    name: 'DevicesWithInventory.csv',
    text: `Device ID,Device name,Enrollment date,Last check-in,OS version,Managed by,Ownership,Compliance,Primary user UPN,Manufacturer,Model,Serial number,OS,Encrypted,Primary user display name
d1,RAD-LT-014,2024-02-01 10:00:00.0000000,2026-11-02 08:14:00.0000000,10.0.22631.4317,Intune,Corporate,Compliant,mreyes@clinic.example,Dell Inc.,Latitude 5540,ABC1234,Windows,True,Marisol Reyes
d2,FD-PC-01,2024-02-01 10:00:00.0000000,0001-01-01T00:00:00,10.0.19045.5011,Intune,Corporate,Noncompliant,tlee@clinic.example,HP,EliteDesk,XYZ9876,Windows,False,Tom Lee`,
    format: 'devices',
    product: 'Microsoft Intune',
    basis: 'measured',
    rows: [
      {
        name: 'RAD-LT-014',
        serial: 'ABC1234',
        encrypted: true,
        compliant: true,
        osName: 'Windows',
        osVersion: '10.0.22631.4317',
        lastSeenAt: at('2026-11-02T08:14:00Z'),
        managed: true,
      },
      { encrypted: false, compliant: false, lastSeenAt: undefined },
    ],
  },
  {
    of: 'Jamf',
    name: 'computers.csv',
    text: `Computer Name,Asset Tag,Serial Number,Model,Operating System Version,FileVault 2 Status,Last Check-in,Full Name,Email Address
MAC-01,00042,C02X1,MacBook Air,14.6.1,All Partitions Encrypted,2026-11-02 08:14:00,Marisol Reyes,mreyes@clinic.example
MAC-02,00043,C02X2,MacBook Air,13.1,Not Encrypted,2026-10-02 08:14:00,Tom Lee,tlee@clinic.example`,
    format: 'devices',
    product: 'Jamf Pro',
    basis: 'measured',
    rows: [
      { name: 'MAC-01', assetTag: '00042', encrypted: true, userEmail: 'mreyes@clinic.example' },
      { encrypted: false },
    ],
  },
  {
    of: 'a BitLocker script',
    name: 'bitlocker.csv',
    text: `"ComputerName","MountPoint","EncryptionMethod","VolumeStatus","ProtectionStatus","EncryptionPercentage"
"FD-PC-01","C:","XtsAes256","FullyEncrypted","On","100"
"FD-PC-02","C:","XtsAes256","FullyEncrypted","Off","100"
"FD-PC-03","C:","XtsAes256","EncryptionInProgress","Off","43"`,
    format: 'devices',
    product: 'BitLocker',
    rows: [
      { name: 'FD-PC-01', encrypted: true, encryptionMethod: 'XtsAes256' },
      { encrypted: false },
      { encrypted: false },
    ],
  },
  {
    of: 'Snipe-IT',
    name: 'assets.csv',
    text: `Asset Tag,Asset Name,Model,Model No.,Category,Status,Serial,Checked Out To,Manufacturer,Purchased
00101,RAD-LT-014,Latitude 5540,L5540,Laptop,Deployed,ABC1234,Marisol Reyes,Dell,2024-01-15
00102,,ThinkPad T14,T14,Laptop,Lost/Stolen,PF1234,,Lenovo,2022-01-15`,
    format: 'devices',
    product: 'Snipe-IT',
    basis: 'stated',
    rows: [
      { assetTag: '00101', name: 'RAD-LT-014', deviceKind: 'laptop', standing: 'in-use', userName: 'Marisol Reyes' },
      { standing: 'lost', serial: 'PF1234' },
    ],
  },
  {
    of: 'a medical device inventory',
    name: 'biomed.csv',
    text: `Equipment ID,Description of device,Manufacturer,Model,Serial No.,Device Type,Operating System,Stores ePHI (Y/N),Status
BM-001,Ultrasound room 2,GE,Logiq,US123,Ultrasound,Windows 7,Y,In service
BM-002,Infusion pump,BD,Alaris,IP77,Infusion pump,,N,Retired`,
    format: 'devices',
    rows: [
      { assetTag: 'BM-001', deviceKind: 'medical', ephi: true, osName: 'Windows 7', standing: 'in-use' },
      { ephi: false, standing: 'retired' },
    ],
  },
  {
    of: 'a software inventory',
    name: 'installed software.csv',
    text: `PSComputerName,DisplayName,DisplayVersion,Publisher,InstallDate
FD-PC-01,Google Chrome,130.0.6723.92,Google LLC,20261030
FD-PC-01,7-Zip 19.00,19.00,Igor Pavlov,`,
    format: 'software',
    rows: [
      {
        host: 'FD-PC-01',
        name: 'Google Chrome',
        version: '130.0.6723.92',
        publisher: 'Google LLC',
        installedOn: '2026-10-30',
      },
      { version: '19.00' },
    ],
  },
  {
    of: 'a system inventory with units',
    name: 'Application inventory.csv',
    text: `Application,Type,Vendor,Contains PHI?,Business Owner,Hosting,Criticality,RPO (hours),RTO,MFA Required,Encrypted at Rest
athenaOne,EHR,athenahealth,Yes,Dr. Okafor,Cloud,High,4,8h,Yes,Yes
Old PACS,PACS,Acme,Y,Radiology,On-premise,High,30 min,2 days,No,Unknown`,
    format: 'systems',
    basis: 'stated',
    rows: [
      {
        name: 'athenaOne',
        systemKind: 'ehr',
        vendor: 'athenahealth',
        ephi: true,
        hosting: 'saas',
        rpoHours: 4,
        rtoHours: 8,
        mfaRequired: true,
        encryptedAtRest: true,
      },
      {
        systemKind: 'imaging',
        hosting: 'on-premises',
        rpoHours: 0.5,
        rtoHours: 48,
        mfaRequired: false,
        encryptedAtRest: undefined,
      },
    ],
  },
  {
    of: 'a BAA tracker',
    name: 'BAA tracker.csv',
    text: `Business Associate,Services Provided,Access to PHI,BAA on file?,BAA Effective Date,BAA Expiration,Contact,Contact Email,Risk Tier
CloudBill Inc.,Billing,Yes,Yes,"Jan 5, 2024","Jan 4, 2027","Stone, Bob",bob@cloudbill.example,High
Shred-It,Shredding,Yes,No,,,,,Low
Cafe Supply,Coffee,No,N/A,,,,,`,
    format: 'vendors',
    rows: [
      {
        name: 'CloudBill Inc.',
        ephi: true,
        agreement: 'signed',
        agreementSignedOn: '2024-01-05',
        agreementExpiresOn: '2027-01-04',
        contactName: 'Bob Stone',
        tier: 'High',
      },
      { agreement: 'none' },
      { ephi: false, agreement: 'not-required' },
    ],
  },
  {
    of: 'Veeam jobs',
    name: 'veeam.csv',
    text: `Backup jobs report
Report date: 11/03/2026 06:00 AM

Job Name,Session Type,Status,Start Time,End Time,Backup Size,Transferred,Bottleneck
EHR-DB Daily,Backup,Success,11/2/2026 10:00:05 PM,11/2/2026 10:42:00 PM,120 GB,4 GB,Source
Files Daily,Backup,Warning,11/2/2026 11:00:05 PM,11/2/2026 11:42:00 PM,80 GB,2 GB,Target
Mail,Backup,Failed,11/2/2026 11:30:00 PM,11/2/2026 11:31:00 PM,0,0,None`,
    format: 'backups',
    product: 'Veeam',
    basis: 'measured',
    rows: [
      { job: 'EHR-DB Daily', result: 'success', lastRunAt: at('2026-11-02T22:00:05Z') },
      { result: 'warning' },
      { result: 'failed' },
    ],
  },
  {
    of: 'a hand-kept backup and restore log',
    name: 'Backups.csv',
    text: `System,Last Successful Backup,Last Restore Test,Restore Result,Encrypted,Off-site copy,Immutable
EHR,11/2/2026,9/15/2026,Passed,Yes,Yes,No
File server,11/1/2026,,,Y,N,N`,
    format: 'backups',
    basis: 'stated',
    rows: [
      {
        system: 'EHR',
        lastSuccessAt: at('2026-11-02T00:00:00Z'),
        restoreTestedOn: '2026-09-15',
        restorePassed: true,
        offsite: true,
        immutable: false,
      },
      { offsite: false },
    ],
  },
  {
    of: 'KnowBe4',
    name: 'training.csv',
    text: `First Name,Last Name,Email,Campaign Name,Content,Enrollment Date (UTC),Completion Date (UTC),Status,Score
Marisol,Reyes,mreyes@clinic.example,Annual HIPAA 2026,HIPAA Basics,2026-09-01,2026-09-14,Completed,95%
Tom,Lee,tlee@clinic.example,Annual HIPAA 2026,HIPAA Basics,2026-09-01,,Past Due,`,
    format: 'training-records',
    product: 'KnowBe4',
    rows: [
      {
        email: 'mreyes@clinic.example',
        displayName: 'Marisol Reyes',
        course: 'HIPAA Basics',
        completedOn: '2026-09-14',
        standing: 'completed',
        score: 95,
      },
      { standing: 'not-started', completedOn: undefined },
    ],
  },
  {
    of: 'Moodle',
    name: 'completion.csv',
    text: `Full name,Email address,ID number,Course full name,Completed,Time completed
Marisol Reyes,mreyes@clinic.example,0012,HIPAA Security Awareness,Yes,"Monday, 14 September 2026, 10:05 AM"
Tom Lee,tlee@clinic.example,0013,HIPAA Security Awareness,No,`,
    format: 'training-records',
    rows: [
      { employeeNumber: '0012', course: 'HIPAA Security Awareness', completedOn: '2026-09-14' },
      { completedOn: undefined },
    ],
  },
  {
    of: 'an incident call list',
    name: 'IR contacts.csv',
    text: `Incident Role,Name,Phone,Email,Backup,Backup Phone,Last confirmed
Incident commander,Daniel Okafor,555-0101,dokafor@clinic.example,Marisol Reyes,555-0102,10/01/2026
Communications,Lee Wu,555-0103,lwu@clinic.example,,,10/01/2026`,
    format: 'response-roles',
    rows: [
      {
        role: 'Incident commander',
        personName: 'Daniel Okafor',
        deputyName: 'Marisol Reyes',
        deputyPhone: '555-0102',
        confirmedOn: '2026-10-01',
      },
      {},
    ],
  },
  {
    of: 'drills held',
    name: 'drills.csv',
    text: `Exercise,Type,Date held,Participants,Facilitator,After action report date,Objectives met
Ransomware tabletop 2026,Tabletop,3 Mar 2026,12,Daniel Okafor,20 Mar 2026,Yes
EHR downtime,Downtime drill,15 Jun 2026,30,Marisol Reyes,,Partially`,
    format: 'exercises',
    rows: [
      {
        name: 'Ransomware tabletop 2026',
        exerciseKind: 'incident',
        heldOn: '2026-03-03',
        participants: 12,
        reportOn: '2026-03-20',
        passed: true,
      },
      { exerciseKind: 'downtime', passed: false },
    ],
  },
  {
    of: 'assessments done',
    name: 'assessments.csv',
    text: `Assessment,Assessment Type,Completed on,Performed by,Scope
2026 HIPAA SRA,Security Risk Assessment,2026-02-10,Northside Compliance LLC,All sites
External pen test,Pen test,2026-05-20,RedFox,Internet facing`,
    format: 'assessments',
    rows: [
      {
        name: '2026 HIPAA SRA',
        assessmentKind: 'risk-analysis',
        completedOn: '2026-02-10',
        author: 'Northside Compliance LLC',
      },
      { assessmentKind: 'penetration-test' },
    ],
  },
  {
    of: 'approved software',
    name: 'approved software.csv',
    text: `Software,Publisher,Approved Versions,Decision,Decision Date,Review by,Requested by
Google Chrome,Google,any,Approved,2026-01-10,2027-01-10,IT
Dropbox,Dropbox,,Denied,2026-01-10,,Billing`,
    format: 'approvals',
    rows: [
      {
        product: 'Google Chrome',
        decision: 'approved',
        decidedOn: '2026-01-10',
        expiresOn: '2027-01-10',
        versions: 'any',
      },
      { decision: 'refused' },
    ],
  },
  {
    of: 'attestations',
    name: 'attestations.csv',
    text: `Safeguard,Applies to,Statement,Attested by,Date,Valid until,Evidence
facility.locked,Main office,The server room is locked,Daniel Okafor,2026-10-01,2027-10-01,Photo 12`,
    format: 'attestations',
    rows: [
      {
        safeguard: 'facility.locked',
        subject: 'Main office',
        author: 'Daniel Okafor',
        statedOn: '2026-10-01',
        validUntilOn: '2027-10-01',
      },
    ],
  },
  {
    of: 'ServiceNow sys_user, with fields of the site',
    name: 'ServiceNow users.csv',
    text: `user_name,name,email,active,sys_created_on,last_login_time,u_employee_number,u_account_owner,roles
marisol.reyes,Marisol Reyes,mreyes@clinic.example,true,2019-03-14 09:00:00,2026-11-02 08:14:00,100012,,itil
svc.discovery,Discovery Service,,true,2020-01-02 09:00:00,,,Daniel Okafor,discovery_admin`,
    format: 'accounts',
    product: 'ServiceNow',
    basis: 'stated',
    rows: [
      {
        system: 'ServiceNow',
        username: 'marisol.reyes',
        enabled: true,
        createdAt: at('2019-03-14T09:00:00Z'),
        lastUsedAt: at('2026-11-02T08:14:00Z'),
        employeeNumber: '100012',
      },
      { owner: 'Daniel Okafor', groups: ['discovery_admin'] },
    ],
  },
  {
    of: 'a PowerShell export of Graph with dotted names',
    name: 'graph-users.csv',
    text: `"Id","UserPrincipalName","DisplayName","AccountEnabled","UserType","CreatedDateTime","SignInActivity.LastSignInDateTime","SignInActivity.LastNonInteractiveSignInDateTime","LastPasswordChangeDateTime","Manager.DisplayName"
"5f1c0000-0000-0000-0000-000000000001","mreyes@clinic.example","Marisol Reyes","True","Member","3/14/2019 9:00:00 AM","11/2/2026 8:14:00 AM","11/13/2026 7:00:00 AM","9/1/2026 8:00:00 AM","Daniel Okafor"
"5f1c0000-0000-0000-0000-000000000002","tlee@clinic.example","","False","Member","1/2/2018 9:00:00 AM","","","","Daniel Okafor"`,
    format: 'accounts',
    product: 'Microsoft Entra ID',
    rows: [
      { enabled: true, lastUsedAt: at('2026-11-13T07:00:00Z'), passwordSetAt: at('2026-09-01T08:00:00Z') },
      { enabled: false, displayName: undefined },
    ],
  },
  {
    of: 'Exchange mailboxes',
    name: 'mailboxes.csv',
    text: `"DisplayName","PrimarySmtpAddress","RecipientTypeDetails","AccountDisabled","WhenMailboxCreated","LastUserActionTime"
"Marisol Reyes","mreyes@clinic.example","UserMailbox","False","3/14/2019 9:00:00 AM","11/2/2026 8:14:00 AM"
"Front desk","desk@clinic.example","SharedMailbox","True","3/14/2019 9:00:00 AM",""`,
    format: 'accounts',
    rows: [
      { accountType: 'person', enabled: true, lastUsedAt: at('2026-11-02T08:14:00Z') },
      { accountType: 'shared', enabled: false, email: 'desk@clinic.example' },
    ],
  },
  {
    of: 'SAP users (SUIM)',
    name: 'SAP users.csv',
    text: `User;Full Name;User Type;Valid From;Valid Through;Last Logon Date;User Group;Lock Status
MREYES;Marisol Reyes;Dialog;14.03.2019;31.12.9999;02.11.2026;HR;
BATCH01;Batch interface;System;01.02.2018;31.12.2026;13.11.2026;IT;`,
    format: 'accounts',
    rows: [
      { system: 'SAP', username: 'MREYES', accountType: 'person', expiresOn: undefined, createdAt: at('2019-03-14') },
      { accountType: 'service', expiresOn: '2026-12-31' },
    ],
  },
  {
    of: 'Oracle HCM workers',
    name: 'workers.csv',
    text: `PersonNumber,DisplayName,AssignmentStatus,WorkerType,HireDate,ActualTerminationDate,JobName,DepartmentName,ManagerPersonNumber,ManagerName,WorkEmail
300100,"Reyes, Marisol",Active - Payroll Eligible,Employee,2019-03-14,,Nurse,Radiology,300001,"Okafor, Daniel",mreyes@clinic.example
300101,"Lee, Tom",Inactive - Payroll Eligible,Contingent Worker,2020-05-01,2026-02-28,Clerk,Front Desk,300001,"Okafor, Daniel",tlee@clinic.example`,
    format: 'staff-list',
    rows: [
      { employeeNumber: '300100', standing: 'active', managerNumber: '300001', managerName: 'Daniel Okafor' },
      { standing: 'left', leftOn: '2026-02-28', workerType: 'contractor' },
    ],
  },
  {
    of: 'UKG, with a rehire',
    name: 'Employee Roster (incl. terminated).csv',
    text: `Employee Number,"Employee Name (Last Suffix, First MI)",Employment Status,Original Hire,Last Hire,Termination Date,Job,Org Level 1,Supervisor Name,Reports To Employee #
100012,"Reyes, Marisol",Active,03/14/2015,06/01/2024,08/31/2020,Nurse,Radiology,"Okafor, Daniel",100001
100013,"Lee, Tom",Terminated,05/01/2020,05/01/2020,02/28/2026,Clerk,Front Desk,"Okafor, Daniel",100001`,
    format: 'staff-list',
    rows: [
      { hiredOn: '2024-06-01', leftOn: '2020-08-31', standing: 'active', managerNumber: '100001' },
      { hiredOn: '2020-05-01', standing: 'left' },
    ],
  },
  {
    of: 'CrowdStrike hosts',
    name: 'hosts.csv',
    text: `Hostname,Host ID,Platform,OS Version,Sensor Version,Last Seen,First Seen,Manufacturer,Model,Serial Number,Type,Containment Status
RAD-LT-014,a1,Windows,Windows 11,7.18.18604.0,2026-11-02T08:14:00Z,2024-02-01T10:00:00Z,Dell Inc.,Latitude 5540,ABC1234,Workstation,Normal`,
    format: 'devices',
    product: 'CrowdStrike Falcon',
    basis: 'measured',
    rows: [{ name: 'RAD-LT-014', malwareProtection: true, serial: 'ABC1234', lastSeenAt: at('2026-11-02T08:14:00Z') }],
  },
  {
    of: 'SentinelOne endpoints',
    name: 'endpoints.csv',
    text: `Endpoint Name,Account,Site,Last Logged In User,OS,OS Version,Agent Version,Last Active,Health Status,Management Connectivity,Device Type,Serial Number
FD-PC-01,Clinic,Main,tlee,Windows 10 Pro,19045,23.4.2.216,"Nov 02, 2026 08:14:00",Healthy,Online,desktop,XYZ9876`,
    format: 'devices',
    product: 'SentinelOne',
    rows: [{ name: 'FD-PC-01', malwareProtection: true, userName: 'tlee', lastSeenAt: at('2026-11-02T08:14:00Z') }],
  },
  {
    of: 'Rubrik objects',
    name: 'objects.csv',
    text: `Object Name,Object Type,Location,SLA Domain,Last Snapshot,Protection Status,Archival Snapshots
EHR-DB,SQL DB,DC1,Gold,2026-11-02 22:00:00,Protected,30`,
    format: 'backups',
    product: 'Rubrik',
    basis: 'measured',
    rows: [{ system: 'EHR-DB', job: 'Gold', lastRunAt: at('2026-11-02T22:00:00Z'), result: 'success' }],
  },
  {
    of: 'Docebo enrolments',
    name: 'enrollments.csv',
    text: `Username,First Name,Last Name,Email,Course Code,Course Name,Enrollment Date,Completion Date,Status,Score
mreyes,Marisol,Reyes,mreyes@clinic.example,SEC1,Security Awareness,2026-09-01,2026-09-14,Completed,95
tlee,Tom,Lee,tlee@clinic.example,SEC1,Security Awareness,2026-09-01,,Enrolled,4711`,
    format: 'training-records',
    product: 'Docebo',
    rows: [
      { course: 'Security Awareness', completedOn: '2026-09-14', score: 95, assignedOn: '2026-09-01' },
      { standing: 'not-started', score: undefined },
    ],
  },
  {
    of: 'SAP SuccessFactors learning history',
    name: 'learning history.csv',
    text: `User ID,Last Name,First Name,Item ID,Item Title,Completion Date,Completion Status,Required Date
100012,Reyes,Marisol,HIPAA-01,HIPAA Privacy and Security,9/14/2026,Complete,9/30/2026`,
    format: 'training-records',
    product: 'SAP SuccessFactors Learning',
    rows: [
      {
        displayName: 'Marisol Reyes',
        course: 'HIPAA Privacy and Security',
        completedOn: '2026-09-14',
        dueOn: '2026-09-30',
      },
    ],
  },
  {
    of: 'Oracle database accounts',
    name: 'LIS dba_users.csv',
    text: `USERNAME,ACCOUNT_STATUS,CREATED,EXPIRY_DATE,LAST_LOGIN,PROFILE
MREYES,OPEN,14-MAR-19,,02-NOV-26 08.14.00 AM,CLINICAL
TLEE,EXPIRED & LOCKED,01-JUN-20,30-OCT-26,,CLINICAL
BKUP,LOCKED(TIMED),01-JUN-20,,,SERVICE`,
    format: 'accounts',
    rows: [{ enabled: true, createdAt: at('2019-03-14') }, { enabled: false }, { enabled: true }],
  },
  {
    of: 'a staff list in plain words',
    name: 'who works here.csv',
    text: `Who,What they do,Start,Gone?
Marisol Reyes,Nurse,3/14/2019,No
Tom Lee,Front desk,6/1/2024,Yes`,
    format: 'staff-list',
    rows: [{ displayName: 'Marisol Reyes', hiredOn: '2019-03-14', standing: 'active' }, { standing: 'left' }],
  },
  {
    of: 'a list of computers in plain words',
    name: 'laptops.csv',
    text: `Laptop,Who has it,Serial,Encrypted?,PHI?,AV?
Dell 1,Marisol Reyes,ABC1234,Yes,Y,Y
Dell 2,Tom Lee,XYZ9876,No,N,N`,
    format: 'devices',
    rows: [
      { name: 'Dell 1', userName: 'Marisol Reyes', encrypted: true, ephi: true, malwareProtection: true },
      { encrypted: false, ephi: false, malwareProtection: false },
    ],
  },
]

describe('exports as sites drop them', () => {
  for (const one of cases) {
    test(`${one.of} is read as ${one.format}`, async () => {
      const found = await readTable(one.name, one.text)
      assert.equal(found.format, one.format)
      if (one.product !== undefined) assert.equal(found.product, one.product)
      if (one.basis !== undefined) assert.equal(found.basis, one.basis)
      assert.deepEqual(found.rejects, [])
      assert.equal(found.rows.length, one.rows.length)
      for (const [index, expected] of one.rows.entries()) {
        const row = found.rows[index] ?? {}
        for (const [field, value] of Object.entries(expected))
          assert.deepEqual(row[field], value, `row ${index + 1}, ${field}`)
      }
    })
  }
})

describe('words, names and values of real lists', () => {
  test('the states of an account in words tell whether it opens', async () => {
    const open = ['Active', 'Locked', 'Pending']
    const shut = ['Disabled', 'Termed', 'Inactive - LOA', 'Deactivated', 'Expired', 'Archived']
    const rows = [...open, ...shut].map((word, index) => `user${index},${word},2026-11-02`)
    const found = await readTable('EHR users.csv', `Login,Status,Last Sign On\n${rows.join('\n')}\n`)
    assert.deepEqual(
      found.rows.map((row) => row['enabled']),
      [...open.map(() => true), ...shut.map(() => false)],
    )
  })

  test('the headers of real account lists each fill their field', async () => {
    const headers: [string, string, string][] = [
      ['Last Connection', '2026-11-02', 'lastUsedAt'],
      ['Last Signon', '2026-11-02', 'lastUsedAt'],
      ['Last Name, First Name', 'Reyes, Marisol', 'displayName'],
      ['Last, First', 'Reyes, Marisol', 'displayName'],
      ['Worker', 'Marisol Reyes', 'displayName'],
      ['Person Number', '1001', 'employeeNumber'],
      ['Login Type', 'User', 'accountType'],
      ['sys_created_on', '2026-01-02', 'createdAt'],
      ['Record Created', '2026-01-02', 'createdAt'],
      ['u_account_owner', 'Daniel Okafor', 'owner'],
      ['Accountable Employee ID', '1002', 'owner'],
      ['Ownership', 'Daniel Okafor', 'owner'],
      ['Responsible Employee', '1002', 'owner'],
      ['Access Group', 'Nurses', 'groups'],
      ['Second Factor', 'Yes', 'mfaEnrolled'],
    ]
    for (const [header, value, field] of headers) {
      const found = await readTable('EHR users.csv', `Username,Status,"${header}"\nmreyes,Active,"${value}"\n`)
      assert.equal(found.columns[2]?.field, field, header)
      assert.ok(found.rows[0]?.[field] !== undefined, header)
    }
  })

  test('a column for a signed agreement is read as yes or no, or as a day', async () => {
    const words = await readTable('vendors.csv', 'Vendor,PHI,BAA signed\nCloudBill,Yes,Yes\nOther,Yes,No\n')
    assert.deepEqual(
      words.rows.map((row) => row['agreement']),
      ['signed', 'none'],
    )
    const days = await readTable('vendors.csv', 'Vendor,PHI,BAA signed\nCloudBill,Yes,2024-01-05\n')
    assert.equal(days.rows[0]?.['agreementSignedOn'], '2024-01-05')
  })

  test('a status that says that somebody left is heard beside one that says full-time', async () => {
    const found = await readTable(
      'Staff.csv',
      'Employee #,Name,Status,Employment Status,Hire Date\n1,A Bo,Terminated,Full-Time,2019-03-14\n2,C Do,Active,Contractor,2019-03-14\n',
    )
    assert.deepEqual(
      found.rows.map((row) => [row['standing'], row['workerType']]),
      [
        ['left', 'employee'],
        ['active', 'contractor'],
      ],
    )
  })

  test('a bad value that decides nothing is not said, and the row stays', async () => {
    const found = await readTable(
      'devices.csv',
      'Device name,Serial,OS,Last seen\nA,S1,Windows,2026-11-02\nB,S2,Windows,13/45/2025\nC,S3,Windows,2031-01-01\n',
    )
    assert.deepEqual(found.rejects, [])
    assert.deepEqual(
      found.rows.map((row) => row['lastSeenAt'] !== undefined),
      [true, false, false],
    )
  })

  test('a matrix of people and courses is one record for each cell', async () => {
    const found = await readTable(
      'Annual training matrix.csv',
      'Employee,Department,HIPAA Privacy,Security Awareness,Phishing\n"Reyes, Marisol",Radiology,9/14/2026,9/15/2026,x\n"Lee, Tom",Desk,,13/45/2026,Overdue\n',
    )
    assert.equal(found.format, 'training-records')
    assert.deepEqual(found.rows, [
      { displayName: 'Marisol Reyes', course: 'HIPAA Privacy', completedOn: '2026-09-14', standing: 'completed' },
      { displayName: 'Marisol Reyes', course: 'Security Awareness', completedOn: '2026-09-15', standing: 'completed' },
      { displayName: 'Marisol Reyes', course: 'Phishing', standing: 'completed' },
      { displayName: 'Tom Lee', course: 'Phishing', standing: 'not-started' },
    ])
    assert.deepEqual(
      found.rejects.map(({ line }) => line),
      [3],
    )
  })

  test('a staff list with columns of training stays a staff list', async () => {
    const found = await readTable(
      'staff.csv',
      'Employee ID,Name,Department,Hire date,HIPAA training,CPR\n1,A Bo,Desk,2019-03-14,2026-01-02,2026-01-03\n',
    )
    assert.equal(found.format, 'staff-list')
  })
})

describe('tables that could be two things', () => {
  const either: [string, string, string, string][] = [
    [
      'accounts with an MFA column are accounts',
      'list.csv',
      'Username,Name,Email,Status,Last login,MFA\nmreyes,Marisol Reyes,m@c.example,Active,2026-11-02,Yes\n',
      'accounts',
    ],
    [
      'a directory with job titles, but with logins, is accounts',
      'list.csv',
      'Name,SamAccountName,Title,Department,Manager,Enabled,LastLogonDate\nMarisol Reyes,mreyes,Nurse,Radiology,Daniel Okafor,True,11/2/2026 8:00:00 AM\n',
      'accounts',
    ],
    [
      'staff with user names are staff',
      'list.csv',
      'Employee ID,Name,Username,Email,Title,Department,Hire date,Status\n1,Marisol Reyes,mreyes,m@c.example,Nurse,Radiology,2019-03-14,Active\n',
      'staff-list',
    ],
    [
      'a telephone list is staff',
      'list.csv',
      'Name,Title,Department,Phone,Email\nMarisol Reyes,Nurse,Radiology,555-0100,m@c.example\n',
      'staff-list',
    ],
    [
      'the computers of a directory are devices',
      'computers.csv',
      'Name,SamAccountName,DNSHostName,OperatingSystem,OperatingSystemVersion,Enabled,LastLogonDate,DistinguishedName\nFD-PC-1,FD-PC-1$,fd-pc-1.c.example,Windows 11 Pro,10.0 (22631),True,11/2/2026 8:00:00 AM,"CN=FD-PC-1,DC=c"\n',
      'devices',
    ],
    [
      'systems with a vendor column are systems',
      'list.csv',
      'Application,Vendor,Contains PHI,Owner,Hosting\nathenaOne,athenahealth,Yes,IT,Cloud\n',
      'systems',
    ],
    [
      'software with decisions is approvals',
      'list.csv',
      'Software,Vendor,Version,Approved,Approval date\nChrome,Google,130,Yes,2026-01-10\n',
      'approvals',
    ],
  ]
  for (const [title, name, text, format] of either) {
    test(title, async () => assert.equal((await readTable(name, text)).format, format))
  }

  test('a day in the column that says whether an agreement was signed is the day of signing', async () => {
    const found = await readTable('vendors.csv', 'Vendor,PHI,BAA signed\nCloudBill,Yes,1/5/2024\nOther,No,\n')
    assert.equal(found.rows[0]?.['agreementSignedOn'], '2024-01-05')
  })

  test('a list of those who left is an extract, in which a missing row says nothing', async () => {
    const found = await readTable(
      'Terminations Q3.csv',
      'Employee Name,Employee ID,Last Day Worked\n"Lee, Tom",0013,10/30/2026\n',
    )
    assert.equal(found.complete, false)
    assert.equal(found.rows[0]?.['leftOn'], '2026-10-30')
  })
})

const fieldOf = (columns: readonly ColumnReading[], header: string) =>
  columns.find((column) => column.header === header)?.field

describe('what stands around a table', () => {
  test('title lines give the day of collection and notes below are neither facts nor rejects', async () => {
    const found = await readTable(
      'staff.csv',
      `Staff list\nAs of 13/11/2026\n\nName,Title,Hire date\nMarisol Reyes,Nurse,14/03/2019\nName,Title,Hire date\nTom Lee,Clerk,01/06/2024\n\nTotal employees: 2\nConfidential - internal use only\n"End of report"\n`,
    )
    assert.equal(found.collectedAt?.toISOString(), '2026-11-13T00:00:00.000Z')
    assert.deepEqual(found.lines, [5, 7])
    assert.deepEqual(found.rejects, [])
    assert.equal(found.rows[1]?.['hiredOn'], '2024-06-01')
  })

  test('a row that is too wide or broken is rejected with its line, which quoted line ends do not shift', async () => {
    const found = await readTable(
      'staff.csv',
      'Employee ID,Name,Department,Hire date,Status\r\n1,Marisol Reyes,"Radiology\r\nWest",3/14/2019,Active\r\n2,Lee, Tom,Desk,6/1/2024,Active\r\n3,Ann\r\n4,Wu Lee,Desk,6/1/2024,\r\n5,Bo Ek,Desk,6/1/2024,Active,,\r\n',
    )
    assert.deepEqual(found.lines, [2, 6, 7])
    assert.deepEqual(
      found.rejects.map((reject) => reject.line),
      [4, 5],
    )
  })

  test('a reject names the column and never the value', async () => {
    const found = await readTable(
      'staff.csv',
      'Employee ID,Name,Hire date\n1,Marisol Reyes,31/02/2019\n2,Tom Lee,13/02/2019\n3,Bo Ek,see Xenia\n4,An Oh,12/31/9999',
    )
    assert.equal(found.rows.length, 2)
    assert.deepEqual(found.rejects, [
      { line: 2, reason: 'the value in column "Hire date" is not a date' },
      { line: 4, reason: 'the value in column "Hire date" is not a date' },
    ])
    assert.equal(found.rows[1]?.['hiredOn'], undefined)
  })

  test('dates that can only be past and lie in the future are rejected', async () => {
    const found = await readTable(
      'EHR users.csv',
      'Username,Status,Last login\na,Active,2026-11-20\nb,Active,2027-01-01',
    )
    assert.equal(found.rows.length, 1)
    assert.match(found.rejects[0]?.reason ?? '', /"Last login" lies in the future/)
  })

  test('an order of day and month that fits everywhere is taken from the other columns', async () => {
    const found = await readTable(
      'staff.csv',
      'Employee ID,Name,Hire date,Termination date\n1,A Bo,05/04/2019,\n2,C Do,06/07/2020,25/12/2025',
    )
    assert.equal(found.rows[0]?.['hiredOn'], '2019-04-05')
  })

  test('columns that nobody knows are reported without a field', async () => {
    const found = await readTable('staff.csv', 'Employee ID,Name,Hire date,Favourite fruit\n1,A Bo,05/14/2019,Apple')
    assert.equal(fieldOf(found.columns, 'Favourite fruit'), undefined)
    assert.equal(fieldOf(found.columns, 'Hire date'), 'hiredOn')
  })

  test('the mapping of vigil.yaml wins over everything recognised', async () => {
    const found = await readTable('x.csv', 'Kennung,Letzte Nutzung,Name\nmreyes,2026-11-02,Marisol Reyes\n', {
      format: 'accounts',
      system: 'PACS',
      basis: 'measured',
      collectedOn: '2026-11-03',
      complete: false,
      columns: { Kennung: 'username', 'Letzte Nutzung': 'lastUsedAt', Name: 'ignore' },
    })
    assert.equal(found.basis, 'measured')
    assert.equal(found.complete, false)
    assert.equal(found.collectedAt?.toISOString(), '2026-11-03T00:00:00.000Z')
    assert.deepEqual(found.rows, [{ username: 'mreyes', lastUsedAt: at('2026-11-02T00:00:00Z'), system: 'PACS' }])
  })
})

describe('text in every encoding', () => {
  const text = 'Employee ID,Name,Hire date\r\n007,José Núñez,3/14/2019\r\n'
  const wide = Buffer.from(text, 'utf16le')
  const encodings: [string, Buffer][] = [
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 little-endian', wide],
    ['UTF-16 little-endian with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), wide])],
    ['UTF-16 big-endian', Buffer.from(wide).swap16()],
    ['UTF-16 big-endian with a mark', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(wide).swap16()])],
    ['the Windows code page', Buffer.from(text, 'latin1')],
    ['old Mac line ends', Buffer.from(text.replaceAll('\r\n', '\r'))],
    ['a separator line', Buffer.from(`sep=;\r\n${text.replaceAll(',', ';')}`)],
    ['pipes', Buffer.from(text.replaceAll(',', '|'))],
    ['NULs at the end', Buffer.concat([Buffer.from(text), Buffer.alloc(3)])],
  ]
  for (const [name, bytes] of encodings) {
    test(`${name} is read`, async () => {
      const found = await readTable('staff.csv', bytes)
      assert.deepEqual(found.rows[0], {
        employeeNumber: '007',
        displayName: 'José Núñez',
        givenName: 'José',
        familyName: 'Núñez',
        hiredOn: '2019-03-14',
      })
    })
  }

  test('a file that shows its code page only far down is read in it', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `${index},Ann Lee,3/14/2019`)
    const found = await readTable(
      'staff.csv',
      Buffer.from(`Employee ID,Name,Hire date\n${lines.join('\n')}\n9999,José Núñez,3/14/2019\n`, 'latin1'),
    )
    assert.equal(found.rows.at(-1)?.['displayName'], 'José Núñez')
  })
})

describe('what is not a list', () => {
  const refused: [string, string | Uint8Array, RegExp][] = [
    ['an empty file', '', /empty/],
    ['blank lines', '\n\n  \n', /empty|no rows/],
    ['a ZIP archive named .csv', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0]), /damaged|ZIP/],
    ['a web page', '<!DOCTYPE html><html><body>Sign in</body></html>', /web page/],
    ['JSON', '{"fruit": ["apple"]}', /JSON/],
    ['an old workbook', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]), /\.xls/],
    ['binary content', Buffer.from(Array.from({ length: 999 }, (_, index) => (index * 7) % 31)), /not text/],
    ['a PDF', '%PDF-1.7 ', /PDF/],
    [
      'columns of something else',
      'Vendor,Colour,Status\nApple,red,sweet\n',
      /"Vendor", "Colour", "Status".*vigil\.yaml/,
    ],
    [
      'people without a header',
      'Marisol Reyes,Radiology,Nurse\nTom Lee,Desk,Clerk\n',
      /^none of the 3 names in its first row/,
    ],
    [
      'rows without a header',
      'mreyes@clinic.example,5,2026-01-01\ntlee@clinic.example,6,2026-01-01\n',
      /no header row/,
    ],
    [
      'a log of sign-ins',
      'Timestamp,User,Source IP,Result,Application\n2026-01-02T10:00:00Z,mreyes,10.0.0.1,Success,VPN\n',
      /columns are not those/,
    ],
    [
      'a list of appointments',
      'Time,Provider,Location,Type,Status,Duration\n09:00,Dr. Lee,Room 1,Visit,Complete,30\n',
      /columns are not those/,
    ],
    [
      'a list of meetings',
      'Date,Topic,Attendees,Location,Notes\n2026-01-02,Budget,5,Room,none\n',
      /columns are not those/,
    ],
    [
      'a list of changes',
      'Change,Requested by,Approved by,Date,Status,System\nPatch,Tom,Ann,2026-01-02,Complete,EHR\n',
      /columns are not those/,
    ],
    ['patients', 'MRN,Patient Name,Status,Department,Date\n1,A,Active,ER,2026-01-01\n', /patients/],
  ]
  for (const [name, content, reason] of refused) {
    test(`${name} is refused with the reason`, async () => {
      const found = await read('x.csv', content)
      assert.equal(found.format, 'unrecognised')
      assert.match((found as Unrecognised).reason, reason)
    })
  }

  test('a header without rows is a list of nobody', async () => {
    const found = await readTable('staff.csv', 'Employee ID,Name,Hire date,Department\n')
    assert.deepEqual(found.rows, [])
    assert.equal(found.format, 'staff-list')
  })

  test('a file of one endless line is refused without being held', async () => {
    let served = 0
    const chunk = Buffer.alloc(1024 * 1024, 'abcdefgh ')
    const file: SourceFile = {
      path: 'endless.csv',
      name: 'endless.csv',
      size: 10 * 1024 ** 3,
      modifiedAt: asOf,
      open: () =>
        new Readable({
          read() {
            served += 1
            this.push(chunk)
          },
        }),
    }
    const found = []
    for await (const one of readFile(file, { asOf })) found.push(one)
    assert.equal(found[0]?.format, 'unrecognised')
    assert.match((found[0] as Unrecognised).reason, /longer than 1 MiB/)
    assert.ok(served < 20)
  })

  test('a quotation mark left open is refused with its line', async () => {
    const found = await read(
      'staff.csv',
      'Employee ID,Name,Hire date\n1,A Bo,05/14/2019\n2,"C Do,06/17/2020\n3,E Fo,06/17/2020\n',
    )
    assert.match((found as Unrecognised).reason, /line 3 is never closed/)
  })
})
