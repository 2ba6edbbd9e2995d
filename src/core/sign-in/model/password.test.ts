import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import fc from 'fast-check'
import { Refusal } from '#platform/refusal.ts'
import { openBreachedList } from './breached.ts'
import { checkPassword, hashPassword, needsRehash, refusePassword, verifyPassword } from './password.ts'

const inputs = new URL('../../../../../shared/data/password/', import.meta.url)
const skip = existsSync(inputs)
  ? false
  : 'the rules and lists of passwords are not on this machine (../shared/data/password)'

const context = ['Riverside Clinic', 'Vigil', 'Mara González', 'mara.gonzalez@riverside-clinic.example']
const breached = openBreachedList()
const alone = (password: string) => checkPassword(password, { context, standsAlone: true, breached })
const beside = (password: string) => checkPassword(password, { context, standsAlone: false, breached })

/** Random characters, the same at every run. */
function sample(alphabet: string, length: number, seed: number): string {
  const bytes = createHash('shake256', { outputLength: length * 2 })
    .update(String(seed))
    .digest()
  return Array.from({ length }, (_, at) => alphabet.charAt(bytes.readUInt16BE(at * 2) % alphabet.length)).join('')
}
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#?%+-_='

test('15 characters where a password stands alone, 8 beside a second factor, at least 64 and at most 256', async () => {
  const long = sample(letters, 400, 1)
  assert.equal(await alone(long.slice(0, 14)), 'too-short')
  assert.equal(await alone(long.slice(0, 15)), undefined)
  assert.equal(await beside(long.slice(0, 7)), 'too-short')
  assert.equal(await beside(long.slice(0, 8)), undefined)
  for (const length of [64, 65, 128, 256]) assert.equal(await alone(long.slice(0, length)), undefined, String(length))
  assert.equal(await alone(long.slice(0, 257)), 'too-long')
  assert.equal(await alone(''), 'too-short')
})

test('these are the lengths of NIST SP 800-63B-4', { skip }, () => {
  const { rules } = JSON.parse(readFileSync(new URL('nist-800-63b-4-password-rules.json', inputs), 'utf8')) as {
    rules: { id: string; min?: number; min_of_max?: number }[]
  }
  const rule = (id: string) => rules.find((one) => one.id === id)
  assert.equal(rule('length-single-factor')?.min, 15)
  assert.equal(rule('length-with-mfa')?.min, 8)
  assert.ok((rule('max-length')?.min_of_max ?? 999) <= 256)
})

test('characters are counted as people see them stored: code points after NFKC, not bytes or code units', async () => {
  // Eight code points of four bytes and two units each.
  assert.equal(await beside('🐌🦔🌵🧦🪁🧀🛶🎻'), undefined)
  assert.equal(await beside('🐌🦔🌵🧦🪁🧀🛶'), 'too-short')
  // Seven letters, each typed as a letter and a mark: normalised they are seven.
  assert.equal(await beside('ñéüàôçí'.normalize('NFD')), 'too-short')
  // One ligature that NFKC makes three letters.
  assert.equal(await beside('ﬃkzwqj'), await beside('ffikzwqj'))
})

test('there are no rules of composition: one kind of character is enough, spaces and every script may stand in it', async () => {
  for (const password of [
    'brother cabinet walrus',
    'OUTLANDISHWALRUSBRIEFLY',
    'nebel über dem see um vier',
    'лось читает газету утром',
    'ひつじがやねのうえでうたっていました',
    '   spaces at both ends   '.replace('spaces', 'gravel'),
    '83610592774016385',
  ]) {
    assert.equal(await alone(password), undefined, password)
  }
})

test('the whole password is compared with the common ones, whatever its case, width and look-alike signs', async () => {
  for (const password of [
    'password1',
    'PASSWORD1',
    'Baseball',
    'ｂａｓｅｂａｌｌ',
    'P@ssw0rd',
    'P@55W0RD',
    '$unsh1ne',
    'sun shine',
  ]) {
    assert.equal(await beside(password), 'common', password)
  }
})

test('every password on a public list of the most used is refused', { skip }, async () => {
  const listed = readFileSync(new URL('common-passwords-top10000.txt', inputs), 'utf8').split(/\r?\n/).filter(Boolean)
  const missed: string[] = []
  for (const password of listed) if (!(await beside(password))) missed.push(password)
  // Ten characters and more that only that list knows.
  assert.ok(missed.length <= 20, missed.join(' '))
  for (const password of listed) assert.ok(await alone(password), password)
})

test('a password made of the context is refused, whatever is put around it', async () => {
  for (const password of [
    'riversideclinic',
    'RiversideClinic2026!',
    'Clinic-Riverside-2026',
    'riverside.clinic.vigil',
    'mara.gonzalez@riverside-clinic.example',
    'MaraGonzález!!!!!',
    'G0nz4lezVigil#1#1',
    'vigilvigilvigilvigil',
  ]) {
    const problem = await alone(password)
    assert.ok(problem === 'context' || problem === 'pattern', `${password}: ${problem}`)
  }
  assert.equal(await alone('RiversideClinic2026!'), 'context')
  assert.equal(await beside('Vigil-2026'), 'context')
  // A name among words that have nothing to do with it may stay.
  assert.equal(await alone('mara paints seven blue herons'), undefined)
})

test('repetition and runs are refused however long they are', async () => {
  for (const password of [
    'aaaaaaaaaaaaaaa',
    '123456789012345',
    'qwertyuiopasdfg',
    'abcdefghijklmnop',
    'ponmlkjihgfedcba',
    'abcabcabcabcabcabc',
    '1qaz2wsx3edc4rfv5tgb',
    'x7x7x7x7x7x7x7x7x7',
    '!!!!!!!!!!!!!!!!!!!!',
    'ababab121212ababab',
    '🐌🐌🐌🐌🐌🐌🐌🐌🐌🐌🐌🐌🐌🐌🐌🐌',
    'qwertyuiop1234567890',
  ]) {
    assert.equal(await alone(password), 'pattern', password)
  }
})

test('a listed word, repeated or padded with digits and punctuation, is still that word', async () => {
  for (const password of [
    'sunshinesunshine',
    'dragon1234567890',
    'sunshine!!!!!!!!',
    '!!!!1111baseball',
    'Monkey-2024-2025',
  ]) {
    assert.ok(['common', 'pattern'].includes((await alone(password)) ?? ''), password)
  }
  for (const password of ['dragon123!', 'Summer2024!', 'Baseball99', '1sunshine1', 'Princess!!']) {
    assert.equal(await beside(password), 'common', password)
  }
})

test('good passwords are let through: random ones nearly always, several words always', async () => {
  let refused = 0
  for (let seed = 1; seed <= 1_000; seed += 1) if (await beside(sample(letters, 8, seed))) refused += 1
  assert.ok(refused <= 5, `${refused} of 1,000 with eight characters`)
  for (let seed = 1; seed <= 300; seed += 1) assert.equal(await alone(sample(letters, 15, seed)), undefined)
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  const words = dictionary['diceware-common']
  for (let seed = 1; seed <= 300; seed += 1) {
    const chosen = fc.sample(fc.constantFrom(...words), { seed, numRuns: 4 })
    const phrase = chosen.join(' ')
    if (phrase.length >= 15) assert.equal(await alone(phrase), undefined, phrase)
  }
})

test('a password in the file of breached ones is refused; without the file it is not, and the list says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-password-'))
  after(() => rmSync(folder, { recursive: true }))
  const password = 'Nine quiet gändérs'
  const file = join(folder, 'breached.txt')
  writeFileSync(file, `${createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase()}:12\n`)
  const withFile = { context, standsAlone: true, breached: openBreachedList(file) }
  assert.equal(await checkPassword(password, withFile), 'breached')
  assert.equal(await checkPassword(password.normalize('NFD'), withFile), 'breached')
  assert.equal(await checkPassword('Ten loud herons bark', withFile), undefined)

  const withoutFile = { context, standsAlone: true, breached: openBreachedList(join(folder, 'gone.txt')) }
  assert.equal(await checkPassword(password, withoutFile), undefined)
  assert.deepEqual(withoutFile.breached.file, { state: 'not-checked', reason: 'missing' })
  assert.equal(await checkPassword('sunshinesunshine', withoutFile), 'common')
})

test('a password meant to take the server’s time does not: a million characters, or many pieces', async () => {
  const started = performance.now()
  assert.equal(await alone('a'.repeat(1_000_000)), 'too-long')
  assert.equal(await alone('\ufdfa'.repeat(4_000)), 'too-long')
  assert.equal(await verifyPassword(undefined, 'a'.repeat(10_000_000)), false)
  await alone('p@55w0rd'.repeat(32))
  await alone(sample('a4@e3i1!o0s5$t7', 256, 3))
  assert.ok(performance.now() - started < 3_000)
})

test('every problem has its sentence and a hint', () => {
  for (const problem of ['too-short', 'too-long', 'common', 'context', 'pattern', 'breached'] as const) {
    const refusal = refusePassword(problem)
    assert.equal(refusal.kind, 'invalid')
    assert.equal(refusal.code, `password-${problem}`)
    assert.ok(refusal.hint)
  }
})

test('a hash is Argon2id at 19 MiB, two passes, one lane, salted anew each time', async () => {
  const [first, second] = await Promise.all([hashPassword('four grey stones'), hashPassword('four grey stones')])
  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(first, second)
  assert.equal(await verifyPassword(first, 'four grey stones'), true)
  assert.equal(await verifyPassword(first, 'four grey stone'), false)
  assert.equal(await verifyPassword(first, 'Four grey stones'), false)
})

test('one password is right in every way of typing it, and nothing of it is cut off', async () => {
  const password = 'Zoë’s ﬁnest Å'
  const stored = await hashPassword(password.normalize('NFC'))
  assert.equal(await verifyPassword(stored, password.normalize('NFD')), true)
  const long = randomBytes(128).toString('hex')
  const storedLong = await hashPassword(long)
  assert.equal(await verifyPassword(storedLong, long), true)
  assert.equal(await verifyPassword(storedLong, `${long.slice(0, -1)}_`), false)
  // bcrypt would stop at a nought and at 72 bytes.
  const withNought = await hashPassword('before\0after the nought')
  assert.equal(await verifyPassword(withNought, 'before\0another end'), false)
})

test('who exists is not told by time: nobody’s password costs the same work', async () => {
  const stored = await hashPassword('four grey stones')
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
  const time = async (work: () => Promise<boolean>) => {
    const started = performance.now()
    assert.equal(await work(), false)
    return performance.now() - started
  }
  for (let round = 0; round < 15; round += 1) {
    times.known.push(await time(() => verifyPassword(stored, 'wrong')))
    times.unknown.push(await time(() => verifyPassword(undefined, 'wrong')))
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[7] ?? 0
  const ratio = median(times.unknown) / median(times.known)
  // Without the work it would be a thousandth.
  assert.ok(ratio > 0.5 && ratio < 2, String(ratio))
})

test('nobody’s hash opens to no password', async () => {
  for (const password of ['', 'wrong', '\0'.repeat(32)]) assert.equal(await verifyPassword(undefined, password), false)
})

test('a flood of sign-ins is turned away as busy beyond what can wait, and those inside are answered', async () => {
  const stored = await hashPassword('four grey stones')
  const flood = Array.from({ length: 160 }, () => verifyPassword(stored, 'four grey stones'))
  const outcomes = await Promise.allSettled(flood)
  const answered = outcomes.filter((outcome) => outcome.status === 'fulfilled')
  assert.ok(answered.every((outcome) => outcome.value))
  assert.ok(answered.length >= 129 && answered.length <= 132, String(answered.length))
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue
    assert.ok(outcome.reason instanceof Refusal)
    assert.equal(outcome.reason.code, 'password-busy')
  }
  assert.equal(await verifyPassword(stored, 'four grey stones'), true)
})

test('a hash made with other parameters is right, and is made anew at the next sign-in', async () => {
  const weaker = await argon2('four grey stones', { memoryCost: 8_192, timeCost: 2, parallelism: 1 })
  assert.equal(await verifyPassword(weaker, 'four grey stones'), true)
  assert.equal(needsRehash(weaker), true)
  assert.equal(needsRehash(await argon2('x', { memoryCost: 19_456, timeCost: 1, parallelism: 1 })), true)
  assert.equal(needsRehash(await hashPassword('four grey stones')), false)
  assert.equal(needsRehash('$2b$12$something'), true)
})
