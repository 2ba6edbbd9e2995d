import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isFooter, systemFromName } from './layout.ts'
import {
  durationReader,
  flagReader,
  readAccountControl,
  readCode,
  readEmail,
  readList,
  readNumber,
  readText,
  wordReader,
} from './values.ts'
import type { FlagVocabulary, VocabularyName } from './words.ts'

describe('yes and no', () => {
  const cases: [FlagVocabulary, string, boolean | null][] = [
    ...['Yes', 'y', 'TRUE', '1', 'X', '✓', 'Enabled', ' yes ', 'Yes - since 2024'].map(
      (text): [FlagVocabulary, string, boolean] => ['yesNo', text, true],
    ),
    ...['No', 'N', 'false', '0', 'Off', '✗', 'Disabled', 'No (exempt)'].map(
      (text): [FlagVocabulary, string, boolean] => ['yesNo', text, false],
    ),
    ...['', 'N/A', '-', 'unknown', 'Unknown', 'maybe', 'see note'].map((text): [FlagVocabulary, string, null] => [
      'yesNo',
      text,
      null,
    ]),
    ['enabled', 'ACTIVE', true],
    ['enabled', 'Suspended', false],
    ['enabled', 'DEPROVISIONED', false],
    ['enabled', 'LOCKED_OUT', true],
    ['mfa', 'Enforced', true],
    ['mfa', 'Not registered', false],
    ['encrypted', 'FullyEncrypted', true],
    ['encrypted', 'Protection On', true],
    ['encrypted', 'Encryption in progress', false],
    ['encrypted', 'All Partitions Encrypted', true],
    ['encrypted', 'Some Partitions Encrypted', false],
    ['encrypted', '100%', true],
    ['encrypted', '99.5', false],
    ['protection', 'SentinelOne', true],
  ]
  for (const [name, text, expected] of cases)
    test(`"${text}" as ${name} is ${expected}`, () => assert.equal(flagReader(name)(text), expected))

  test('a column that says the opposite is turned round, and what it does not say stays unsaid', () => {
    const read = flagReader('enabled', true)
    assert.deepEqual(['Yes', 'No', ''].map(read), [false, true, null])
  })
})

describe('words', () => {
  const cases: [VocabularyName, string, string | null][] = [
    ['personStanding', 'Terminated - Voluntary', 'left'],
    ['personStanding', 'LOA', 'leave'],
    ['personStanding', 'Future Hire', 'pending'],
    ['personStanding', 'Purple', null],
    ['workerType', 'Full-Time', 'employee'],
    ['workerType', 'Contingent Worker', 'contractor'],
    ['deviceKind', 'MacBook Pro', 'laptop'],
    ['deviceKind', 'Something', null],
    ['agreement', 'Fully executed', 'signed'],
    ['agreement', 'N/A', 'not-required'],
    ['backupResult', 'Completed with exceptions', 'warning'],
    ['decision', 'Not approved', 'refused'],
    ['hosting', 'On-Prem', 'on-premises'],
    ['assessmentKind', 'HIPAA SRA', 'risk-analysis'],
  ]
  for (const [name, text, expected] of cases)
    test(`"${text}" as ${name} is ${expected}`, () => assert.equal(wordReader(name)(text), expected))
})

test('durations are hours, in the unit of the value or else of the header', () => {
  const hours = durationReader(1)
  assert.deepEqual(
    ['4', '4h', '30 min', '2 days', '1 week', 'RTO: 8h', '0:30', '24 hours', 'best effort', ''].map(hours),
    [4, 4, 0.5, 48, 168, 8, 0.5, 24, null, null],
  )
  assert.deepEqual(['90', '2h'].map(durationReader(1 / 60)), [1.5, 2])
})

test('numbers of people keep their zeros and lose what spreadsheets add', () => {
  assert.deepEqual(['00123', '12345.0', '="00123"', ' A-1 ', 'N/A'].map(readCode), [
    '00123',
    '12345',
    '00123',
    'A-1',
    null,
  ])
  assert.deepEqual(['95%', '1,234', '18/20', 'many', '12 people'].map(readNumber), [95, 1234, 18, null, 12])
})

test('a formula in a text stays text', () => {
  assert.equal(readText('=HYPERLINK("http://x","y")'), '=HYPERLINK("http://x","y")')
})

test('addresses lose what mail programs put around them', () => {
  assert.deepEqual(['Marisol <m@c.example>', 'SMTP:m@c.example', 'm@c.example', '-'].map(readEmail), [
    'm@c.example',
    'm@c.example',
    'm@c.example',
    null,
  ])
})

test('groups are named as the source names them', () => {
  assert.deepEqual(readList('Nurses; VPN;Nurses'), ['Nurses', 'VPN'])
  assert.deepEqual(readList('CN=EHR Users,OU=Groups,DC=c;CN=Smith\\, John,DC=c'), ['EHR Users', 'Smith, John'])
  assert.deepEqual(readList('CN=One,DC=c,CN=Two,DC=c'), ['One', 'Two'])
})

test('the bits of an account in Active Directory say whether it is enabled', () => {
  assert.deepEqual(readAccountControl('512'), { enabled: true, passwordNeverExpires: false })
  assert.deepEqual(readAccountControl('66050'), { enabled: false, passwordNeverExpires: true })
  assert.equal(readAccountControl('many'), null)
})

test('the system is what is left of a name without the words that any list bears', () => {
  const cases: [string, string | undefined][] = [
    ['EHR users.csv', 'EHR'],
    ['athena_users_2026-11.csv', 'athena'],
    ['users.csv', undefined],
    ['AD export 2026-11-03.csv', 'Active Directory'],
    ['Export_Users_20261103_140512.csv', undefined],
    ['NextGen user list (2).xlsx', 'NextGen'],
    ['Q3 2026 PACS Access Review.csv', 'PACS'],
    ['service accounts.csv', undefined],
    ['eClinicalWorks_Active_Users_Nov_2026.csv', 'eClinicalWorks'],
    ['azure-ad-users.csv', 'Microsoft Entra ID'],
    ['ServiceNow users.csv', 'ServiceNow'],
    ['SoftLab accounts.csv', 'SoftLab'],
    ['GlobalProtect VPN users.csv', 'GlobalProtect VPN'],
    ['OnBase.csv', 'OnBase'],
    ['TigerConnect users.csv', 'TigerConnect'],
    ['athenaOne active users.csv', 'athenaOne'],
    ['MEDITECH Expanse users.csv', 'MEDITECH Expanse'],
    ['PointClickCare_UserList_2026-11-02.csv', 'PointClickCare'],
    ['Solventum 360 users.csv', 'Solventum 360'],
    ['Active Directory users (Nov 2026).csv', 'Active Directory'],
    ['New Relic users.csv', 'New Relic'],
    ['EpicUsers.csv', 'Epic'],
    ['exportUsers_2026-11-3.csv', undefined],
    ['service accounts of Epic.csv', 'Epic'],
  ]
  for (const [name, expected] of cases) assert.equal(systemFromName(name), expected, name)
})

test('totals and notes below a table are told from things in it', () => {
  const footers = [
    ['Total: 42'],
    ['Total', '', '42'],
    ['Grand Total', '', '', '7'],
    ['End of report'],
    ['Confidential - do not share'],
    ['(42 rows affected)'],
    ['42 records'],
    ['----', '------'],
    ['Page 1 of 3'],
    ['Generated on 2026-11-03'],
  ]
  const things = [
    ['Total Care Clinic LLC', 'Billing', 'Yes'],
    ['Page, Jimmy', 'Guitar'],
    ['Reporting server', 'x', 'y'],
    ['Totally Fine Inc.', 'Service'],
    ['Notebook', 'Dell'],
    ['Confidential Shredding Co', 'Shredding', 'Yes'],
  ]
  for (const cells of footers) assert.equal(isFooter(cells), true, cells.join())
  for (const cells of things) assert.equal(isFooter(cells), false, cells.join())
})
