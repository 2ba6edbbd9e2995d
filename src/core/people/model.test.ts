import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  classifyAccount,
  compareNames,
  emailKey,
  looksLikeAdminAccount,
  looksLikeServiceAccount,
  looksLikeSharedAccount,
  looksLikeTestAccount,
  nameKey,
  numberKey,
  usernameFits,
  usernameKey,
} from './model.ts'

test('an employee number is one number however a system pads it', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['000123', '123'],
    ['123', '123'],
    ['E000123', '123'],
    ['e-123', '123'],
    ['EMP 00123', '123'],
    ['ID: 123', '123'],
    ['123.0', '123'],
    ['RN-00123', 'rn00123'],
    ['C123', 'c123'],
    ['12-345', '12345'],
    ['E12B', 'e12b'],
    ['N/A', undefined],
    ['0000', undefined],
    ['', undefined],
  ]
  for (const [told, key] of cases) assert.equal(numberKey(told), key, told)
})

test('an address and a login are known without what systems put around them', () => {
  assert.equal(emailKey(' MReyes@Clinic.Example '), 'mreyes@clinic.example')
  assert.equal(emailKey('Marisol Reyes <mreyes@clinic.example>'), 'mreyes@clinic.example')
  assert.equal(emailKey('mailto:mreyes@clinic.example'), 'mreyes@clinic.example')
  assert.equal(emailKey('none'), undefined)
  assert.equal(emailKey('a@b@c.example'), undefined)
  assert.equal(usernameKey('CLINIC\\MReyes'), 'mreyes')
  assert.equal(usernameKey('mreyes@clinic.example'), 'mreyes')
  assert.equal(usernameKey('uid=mreyes,ou=staff,dc=clinic'), 'mreyes')
  assert.equal(usernameKey('CN=Marisol Reyes,OU=Staff'), 'marisol reyes')
  assert.equal(usernameKey('m_other.example#EXT#@clinic.example'), 'm_other.example#ext#')
  assert.equal(usernameKey('  '), undefined)
})

test('a name is read in the forms in which systems write it', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['Marisol Reyes', 'marisol reyes'],
    ['REYES, MARISOL A., RN', 'marisol reyes'],
    ['Dr. Marisol Reyes-Castillo, MD', 'marisol reyes-castillo'],
    ['Ludwig van der Berg', 'ludwig vanderberg'],
    ['VanDerBerg, Ludwig', 'ludwig vanderberg'],
    ['Maria de la Cruz', 'maria delacruz'],
    ["Sean O'Brien", 'sean obrien'],
    ['Sean O Brien', 'sean obrien'],
    ['Mary O Smith', 'mary smith'],
    ['Reyes Jr., John', 'john reyes'],
    ['John Smith III', 'john smith'],
    ['Smith, John, Jr.', 'john smith'],
    ['J.R. Smith', 'j smith'],
    ['William (Bill) Smith', 'william smith'],
    ['Minh Do', 'minh do'],
    ['Marisol Reyes DO', 'marisol reyes'],
    ['Yo-Yo Ma', 'yoyo ma'],
    ['Bob Smith PA-C', 'bob smith'],
    ['Jane Doe, Ph.D., MBA', 'jane doe'],
    ['Nguyễn, Thị', 'thi nguyen'],
    ['Søren Kierkegaard', 'soren kierkegaard'],
    ['Reyes, Marisol - Radiology', 'marisol reyes'],
    ['Garcia y Lopez, Juan', 'juan garcia-lopez'],
    ['123', undefined],
    ['', undefined],
  ]
  for (const [told, full] of cases) assert.equal(nameKey(told).full, full, told)
  assert.equal(nameKey({ given: 'Marisol A.', family: 'Reyes' }).full, 'marisol reyes')
  assert.equal(nameKey('John Smith Jr.').generation, 'jr')
  assert.ok(nameKey('William Smith').variants.includes('bill smith'))
})

const pairs: readonly (readonly [string, string, 'same' | 'similar' | 'different'])[] = [
  ['Marisol Reyes', 'marisol  REYES', 'same'],
  ['Marisol Reyes', 'Reyes, Marisol', 'same'],
  ['Marisol Reyes', 'Marisol A. Reyes', 'same'],
  ['Marisol Reyes', 'Dr. Marisol Reyes, MD', 'same'],
  ['Marisol Reyes', 'Marisol Reyes, RN, BSN', 'same'],
  ['José Núñez', 'Jose Nunez', 'same'],
  ["Sean O'Brien", 'Sean OBrien', 'same'],
  ['Sean O’Brien', 'Sean O Brien', 'same'],
  ['Ludwig van der Berg', 'Vanderberg, Ludwig', 'same'],
  ['Maria de la Cruz', 'DeLaCruz, Maria', 'same'],
  ['John Smith', 'John Smith Jr.', 'same'],
  ['Ana Garcia-Lopez', 'Ana Garcia Lopez', 'same'],
  ['Mary Ann Smith', 'Mary Smith', 'same'],
  ['John A. Smith', 'John Andrew Smith', 'same'],
  ['Łukasz Wójcik', 'Lukasz Wojcik', 'same'],
  ['Bob Jones', 'Robert Jones', 'similar'],
  ['Bill Smith', 'William Smith', 'similar'],
  ['Peggy Olson', 'Margaret Olson', 'similar'],
  ['Liz Taylor', 'Elizabeth Taylor', 'similar'],
  ['Mike Chan', 'Michael Chan', 'similar'],
  ['Pepe Ruiz', 'Jose Ruiz', 'similar'],
  ['Kate Moss', 'Catherine Moss', 'similar'],
  ['M. Reyes', 'Marisol Reyes', 'similar'],
  ['M. Reyes', 'M. Reyes', 'similar'],
  ['Reyes', 'Reyes', 'similar'],
  ['Marisol R.', 'Marisol Reyes', 'similar'],
  ['Reyes M', 'Marisol Reyes', 'similar'],
  ['Marisol Reyes-Castillo', 'Marisol Reyes', 'similar'],
  ['Juan Garcia Lopez', 'Juan Garcia', 'similar'],
  ['Jean-Luc Picard', 'Jean Luc Picard', 'same'],
  ['Jean-Luc Picard', 'Jean Picard', 'different'],
  ['J. Robert Smith', 'Robert Smith', 'similar'],
  ['Reyes Marisol', 'Marisol Reyes', 'similar'],
  ['Hans Müller', 'Hans Mueller', 'similar'],
  ['Minh Van Do', 'Minh Do', 'similar'],
  ['John A. Smith', 'John B. Smith', 'similar'],
  ['John Smith Jr.', 'John Smith Sr.', 'different'],
  ['John Smith II', 'John Smith III', 'different'],
  ['Marisol Reyes', 'Maria Reyes', 'different'],
  ['Marisol Reyes', 'Marisol Reyna', 'different'],
  ['Bob Garcia-Lopez', 'Robert Garcia', 'different'],
  ['M. R.', 'Marisol Reyes', 'different'],
  ['Marisol Reyes', 'Reyes', 'different'],
  ['James Thomas', 'James Thompson', 'different'],
  ['Jon Snow', 'Jan Snow', 'different'],
  ['', '', 'different'],
]

test('two names are the same, similar or different, from both sides', () => {
  for (const [a, b, expected] of pairs) {
    assert.equal(compareNames(a, b), expected, `${a} | ${b}`)
    assert.equal(compareNames(b, a), expected, `${b} | ${a}`)
  }
})

test('a login that is made from a name fits it', () => {
  const fitting: readonly (readonly [string, string])[] = [
    ['mreyes', 'Marisol Reyes'],
    ['CLINIC\\mreyes2', 'Marisol Reyes'],
    ['reyesm', 'Marisol Reyes'],
    ['marisol.reyes', 'Reyes, Marisol'],
    ['marisol.reyes@clinic.example', 'Marisol Reyes'],
    ['m.reyes', 'Marisol Reyes'],
    ['marisolr', 'Marisol Reyes'],
    ['reyes.marisol', 'Marisol Reyes'],
    ['rmarisol', 'Marisol Reyes'],
    ['mareyes', 'Marisol A. Reyes'],
    ['mrreyes', 'Marisol Reyes'],
    ['mcastill', 'Marisol Castillo'],
    ['castillm', 'Marisol Castillo'],
    ['bsmith', 'William Smith'],
    ['sobrien', "Sean O'Brien"],
    ['mreyes', 'Marisol Reyes-Castillo'],
    ['jnunez', 'José Núñez'],
  ]
  for (const [username, name] of fitting) assert.equal(usernameFits(username, name), true, `${username} | ${name}`)
  const others: readonly (readonly [string, string])[] = [
    ['jreyes', 'Marisol Reyes'],
    ['marisol', 'Marisol Reyes'],
    ['mr', 'Marisol Reyes'],
    ['mbreyes', 'Marisol A. Reyes'],
    ['frontdesk', 'Marisol Reyes'],
    ['', 'Marisol Reyes'],
    ['mreyes', ''],
  ]
  for (const [username, name] of others) assert.equal(usernameFits(username, name), false, `${username} | ${name}`)
})

test('an account that belongs to no person is told by its words, and no surname is taken for one', () => {
  const cases: readonly (readonly [username: string, displayName: string, expected: string])[] = [
    ['svc_backup', 'Backup Service', 'service'],
    ['svc-veeam', '', 'service'],
    ['svcsql01', '', 'service'],
    ['sql.agent', '', 'service'],
    ['adsync', 'AD Sync', 'service'],
    ['hl7interface', 'HL7 Interface', 'service'],
    ['api', 'API user', 'service'],
    ['backup', '', 'service'],
    ['foo_service', '', 'service'],
    ['MSOL_1a2b3c', '', 'service'],
    ['frontdesk', 'Front Desk', 'shared'],
    ['frontdesk2', 'Front Desk 2', 'shared'],
    ['reception', '', 'shared'],
    ['nurse1', 'Nurse 1', 'shared'],
    ['u1001', 'Nurses Station', 'shared'],
    ['er-triage', 'ER Triage', 'shared'],
    ['lab', 'Lab', 'shared'],
    ['scanner', '', 'shared'],
    ['kiosk-lobby', 'Lobby Kiosk', 'shared'],
    ['nursestation', '', 'shared'],
    ['shared.radiology', '', 'shared'],
    ['test', 'Test', 'test'],
    ['testuser1', 'Test User', 'test'],
    ['training01', 'Training 01', 'test'],
    ['dummy', '', 'test'],
    ['zztest', 'ZZTest, Nurse', 'test'],
    ['epictest', 'Epic Test', 'test'],
    ['atesta', 'Anna Testa', 'person'],
    ['testa', 'Anna Testa', 'person'],
    ['plabelle', 'Patti LaBelle', 'person'],
    ['labelle', '', 'person'],
    ['anurse', 'Alice Nurse', 'person'],
    ['robert.service', 'Robert Service', 'person'],
    ['robert.service', '', 'person'],
    ['jfrontera', 'Juan Frontera', 'person'],
    ['mward', 'Mary Ward', 'person'],
    ['jguest', 'John Guest', 'person'],
    ['mreyes', 'Marisol Reyes', 'person'],
    ['mreyes', 'Marisol Reyes (Front Desk)', 'person'],
    ['ebotha', 'Elsa Botha', 'person'],
    ['u77', 'Maria Gomez (Billing)', 'person'],
    ['jgomez', 'Jose Gomez - Billing', 'person'],
    ['u78', 'Maria Gomez Billing', 'person'],
    ['mreyes', 'Marisol Reyes, Lab Manager', 'person'],
    ['x1', 'Training Coordinator', 'person'],
    ['adesk', 'Amy Desk', 'person'],
    ['', '', 'person'],
  ]
  for (const [username, displayName, expected] of cases) {
    assert.equal(
      classifyAccount({ username, displayName: displayName || undefined }),
      expected,
      `${username} | ${displayName}`,
    )
  }
  assert.equal(looksLikeServiceAccount('svc_backup'), true)
  assert.equal(looksLikeSharedAccount('frontdesk', 'Front Desk'), true)
  assert.equal(looksLikeTestAccount('testuser'), true)
  assert.equal(looksLikeTestAccount('testa', 'Anna Testa'), false)
})

test("an administrator's second account names its owner", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['adm-jdoe', 'jdoe'],
    ['adm.jdoe', 'jdoe'],
    ['CLINIC\\adm_jdoe', 'jdoe'],
    ['admin-jdoe', 'jdoe'],
    ['a-jdoe', 'jdoe'],
    ['da-jdoe', 'jdoe'],
    ['jdoe-adm', 'jdoe'],
    ['jdoe.admin', 'jdoe'],
    ['jdoe-a', 'jdoe'],
    ['jdoeadm', 'jdoe'],
    ['adminjdoe', 'jdoe'],
    ['t0-jdoe', 'jdoe'],
    ['a.smith', undefined],
    ['da_silva', undefined],
    ['administrator', undefined],
    ['admin', undefined],
    ['sysadmin', undefined],
    ['admin-backup', undefined],
    ['jdoe', undefined],
  ]
  for (const [username, owner] of cases) assert.equal(looksLikeAdminAccount(username), owner, username)
})

test("a source's own word for an account wins over its looks, and empty words do not count", () => {
  const classify = (username: string, accountType?: string, description?: string) =>
    classifyAccount({ username, accountType, description })
  assert.equal(classify('svc_backup', 'person'), 'person')
  assert.equal(classify('mreyes', 'Service account'), 'service')
  assert.equal(classify('mreyes', 'SharedMailbox'.replace('M', ' M')), 'shared')
  assert.equal(classify('mreyes', 'Guest'), 'guest')
  assert.equal(classify('svc_backup', 'Member'), 'service')
  assert.equal(classify('svc_backup', 'user'), 'service')
  assert.equal(classify('adm-jdoe'), 'admin')
  assert.equal(classify('Administrator'), 'admin')
  assert.equal(classify('WS-0042$'), 'computer')
  assert.equal(classify('m_other.example#EXT#@clinic.example'), 'guest')
  assert.equal(classify('x1', undefined, 'Service account of the lab interface'), 'service')
  assert.equal(classify('x1', undefined, 'Shared login at the desk'), 'shared')
})

test('keys of keys are the same keys, comparison has no sides, and no text makes either fail', () => {
  const word = fc.constantFrom(
    'Reyes',
    'van',
    'de',
    'la',
    'Jr.',
    'MD',
    'Dr.',
    "O'",
    'Brien',
    'M.',
    ',',
    '-',
    'Do',
    'y',
    '(Bill)',
    'II',
    'e',
  )
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(word, { maxLength: 7 }).map((words) => words.join(' ')),
  )
  fc.assert(
    fc.property(text, text, (a, b) => {
      for (const key of [numberKey, emailKey, usernameKey]) {
        const once = key(a)
        if (once !== undefined) assert.equal(key(once), once)
      }
      const full = nameKey(a).full
      if (full !== undefined) assert.equal(nameKey(full).full, full)
      assert.equal(compareNames(a, b), compareNames(b, a))
      assert.equal(compareNames({ given: a, family: b }, b), compareNames(b, { given: a, family: b }))
      usernameFits(a, b)
      classifyAccount({ username: a, displayName: b, accountType: b, description: a })
    }),
    { numRuns: 300, examples: [['M-x A', '']] },
  )
})

test('a name of one kind of spelling is never the same on a nickname alone', () => {
  for (const [a, b] of [
    ['Bill Smith', 'Will Smith'],
    ['Peggy Olson', 'Meg Olson'],
    ['Alex Kim', 'Sandra Kim'],
  ] as const) {
    assert.equal(compareNames(a, b), 'similar')
  }
})
