import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  matchSystem,
  organisationKey,
  productFamily,
  productKey,
  sameProduct,
  sameSystem,
  systemKey,
  systemKindOf,
} from './model.ts'

test('names of applications are compared as people write them', () => {
  const cases: readonly (readonly [string, string, ReturnType<typeof sameSystem>])[] = [
    ['AD', 'Active Directory', 'same'],
    ['Microsoft Active Directory', 'On-prem AD', 'same'],
    ['Entra', 'Azure AD', 'same'],
    ['AAD', 'Microsoft Entra ID', 'same'],
    ['Entra ID', 'Active Directory', 'similar'],
    ['Entra', 'Microsoft 365', 'similar'],
    ['O365', 'Office 365', 'same'],
    ['M365', 'Microsoft 365', 'same'],
    ['Exchange Online', 'Office 365', 'similar'],
    ['G Suite', 'Google Workspace', 'same'],
    ['Gmail', 'Google Workspace', 'similar'],
    ['Okta', 'Entra ID', 'different'],
    ['athena', 'athenahealth EHR', 'same'],
    ['athenaOne', 'athena', 'same'],
    ['Epic', 'Epic EHR', 'same'],
    ['EPIC', 'Epic Hyperspace', 'same'],
    ['Epic (Production)', 'Epic', 'same'],
    ['Epic', 'MyChart', 'similar'],
    ['Epic', 'Cerner', 'different'],
    ['Cerner', 'Oracle Health', 'same'],
    ['eCW', 'eClinicalWorks 11', 'same'],
    ['Veeam Backup & Replication', 'Veeam 12', 'same'],
    ['Riverside Portal', 'riverside-portal', 'same'],
    ['Riverside', 'Riverside Portal', 'similar'],
    ['Riverside', 'Riverdale', 'different'],
    ['', 'AD', 'different'],
    ['Box', 'Dropbox', 'different'],
  ]
  for (const [a, b, expected] of cases) {
    assert.equal(sameSystem(a, b), expected, `${a} | ${b}`)
    assert.equal(sameSystem(b, a), expected, `${b} | ${a}`)
  }
})

test('the kind of an application is known from its product or from the word that says it', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['Epic Hyperspace', 'ehr'],
    ['Our EHR', 'ehr'],
    ['Azure AD', 'directory'],
    ['Office 365', 'mail'],
    ['Sectra PACS', 'imaging'],
    ['PACS', 'imaging'],
    ['Beaker', 'laboratory'],
    ['Lab system', 'laboratory'],
    ['Pyxis', 'pharmacy'],
    ['Waystar', 'billing'],
    ['ADP Workforce Now', 'hr'],
    ['Veeam', 'backup'],
    ['Cisco AnyConnect', 'vpn'],
    ['File server', 'file-share'],
    ['Merge Records Tool', undefined],
    ['Visitor desk', undefined],
  ]
  for (const [name, kind] of cases) assert.equal(systemKindOf(name), kind, name)
})

test('a name finds its one system in a list, and leaves what is doubtful to a person', () => {
  const list = [{ name: 'Epic' }, { name: 'Active Directory' }, { name: 'Microsoft 365' }, { name: 'Riverside Portal' }]
  assert.deepEqual(matchSystem('Hyperspace', list), { match: true, index: 0 })
  assert.deepEqual(matchSystem('EHR', list), { match: true, index: 0 })
  assert.deepEqual(matchSystem('AD', list), { match: true, index: 1 })
  assert.deepEqual(matchSystem('Entra', list), { doubtful: true, indexes: [1, 2] })
  assert.deepEqual(matchSystem('Riverside', list), { doubtful: true, indexes: [3] })
  assert.deepEqual(matchSystem('Okta', list), { none: true })
  assert.deepEqual(matchSystem('EHR', [{ name: 'Epic' }, { name: 'Old records', kind: 'ehr' }]), {
    doubtful: true,
    indexes: [0, 1],
  })
  assert.deepEqual(matchSystem('EHR', []), { none: true })
  assert.deepEqual(matchSystem('AD', [{ name: 'AD' }, { name: 'Active Directory' }]), {
    doubtful: true,
    indexes: [0, 1],
  })
})

test('a company is one company whatever its legal form and punctuation', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['The Acme Co., Inc.', 'acme'],
    ['ACME, INC', 'acme'],
    ['Acme L.L.C.', 'acme'],
    ['Acme LLC d/b/a Roadrunner Health', 'roadrunner health'],
    ['Acme LLC dba Roadrunner Health, Inc.', 'roadrunner health'],
    ['DBA Systems', 'dba systems'],
    ['Johnson & Johnson', 'johnson and johnson'],
    ['Johnson and Johnson Corp.', 'johnson and johnson'],
    ['Siemens Healthineers AG', 'siemens healthineers'],
    ['Société Médicale SARL', 'societe medicale'],
    ["St. Luke's Health (Texas)", 'st lukes health'],
    ['The', 'the'],
    ['---', undefined],
  ]
  for (const [name, key] of cases) assert.equal(organisationKey(name), key, name)
})

test('an installed program is named without version, processor and language', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Google Chrome 126.0.1 (x64)', 'google chrome'],
    ['Mozilla Firefox (x64 en-US)', 'mozilla firefox'],
    ['Mozilla Firefox 115.9.0 ESR (x64 en-US)', 'mozilla firefox 115 9 0 esr'],
    ['Microsoft Office Professional Plus 2019 - en-us', 'microsoft office professional plus'],
    ['Zoom Workplace (64-bit)', 'zoom workplace'],
    ['7-Zip 23.01 (x64 edition)', '7 zip'],
    ['Java 8 Update 401 (64-bit)', 'java'],
    ['Notepad++ (64-bit x64)', 'notepad++'],
    ['Python 3.12.1 (64-bit)', 'python'],
    ['openssl-3.0.2', 'openssl'],
    ['Microsoft .NET Runtime - 8.0.1 (x64)', 'microsoft net runtime'],
    ['VLC media player', 'vlc media player'],
    ['3CX', '3cx'],
    ['2019', '2019'],
  ]
  for (const [name, key] of cases.filter(([name]) => !name.includes('ESR'))) assert.equal(productKey(name), key, name)
  assert.equal(productKey('Mozilla Firefox 115.9.0 ESR (x64 en-US)'), 'mozilla firefox esr')
  assert.equal(productKey('()'), undefined)
  assert.equal(productFamily('Microsoft Office Professional Plus 2019 - en-us'), 'office')
  assert.equal(productFamily('Zoom Workplace (64-bit)'), 'zoom')
  assert.equal(productFamily('Google Chrome 126'), 'chrome')
})

test('an approval covers the editions of a product and no other product', () => {
  const covered: readonly (readonly [seen: string, approved: string])[] = [
    ['Google Chrome 126 (64-bit)', 'Google Chrome'],
    ['Google Chrome', 'Chrome'],
    ['Chrome', 'Google Chrome'],
    ['Zoom Workplace (64-bit)', 'Zoom'],
    ['Microsoft Office Professional Plus 2019 - en-us', 'Microsoft Office'],
    ['Microsoft Office Standard 2016', 'Office'],
    ['Mozilla Firefox ESR (x64 en-US)', 'Firefox'],
    ['7-Zip 23.01 (x64)', '7-Zip'],
    ['Java 8 Update 401', 'Java'],
    ['Adobe Acrobat Reader DC', 'Adobe Acrobat Reader'],
    ['Citrix Workspace App', 'Citrix Workspace'],
  ]
  for (const [seen, approved] of covered) assert.equal(sameProduct(seen, approved), true, `${approved} covers ${seen}`)
  const notCovered: readonly (readonly [seen: string, approved: string])[] = [
    ['Chrome Remote Desktop', 'Chrome'],
    ['Chrome Remote Desktop Host', 'Google Chrome'],
    ['JavaScript Runtime', 'Java'],
    ['Java Development Kit', 'Java'],
    ['Zoom Rooms Controller', 'Zoom'],
    ['Zoomify', 'Zoom'],
    ['Microsoft Office Telemetry Agent', 'Microsoft Office'],
    ['Google Earth', 'Google'],
    ['Microsoft Edge', 'Microsoft'],
    ['Oracle Chrome', 'Google Chrome'],
    ['Google Chrome', 'Google Chrome Enterprise'],
    ['SQL Server Management Studio', 'SQL Server'],
    ['', 'Zoom'],
    ['Zoom', ''],
  ]
  for (const [seen, approved] of notCovered) {
    assert.equal(sameProduct(seen, approved), false, `${approved} does not cover ${seen}`)
  }
})

test('no name makes a comparison fail, and comparisons read the same from both sides', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ maxLength: 30 }), (a, b) => {
      assert.equal(sameSystem(a, b), sameSystem(b, a))
      assert.equal(systemKey(a), systemKey(` ${a}`))
      systemKindOf(a)
      matchSystem(a, [{ name: b }])
      organisationKey(a)
      productFamily(a)
      if (productKey(a)) assert.equal(sameProduct(a, a), true)
    }),
  )
})
