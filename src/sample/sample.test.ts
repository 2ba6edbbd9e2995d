import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import type { AnswerKey, SampleSize } from './index.ts'
import { answerKeyName, sampleSizes, writeSample } from './index.ts'

const root = await mkdtemp(join(tmpdir(), 'sample-'))
after(() => rm(root, { recursive: true, force: true }))

let count = 0
async function make(size: SampleSize, seed: number, asOf?: string) {
  const directory = join(root, `${size}-${count++}`)
  const written = await writeSample({ size, seed, directory, ...(asOf === undefined ? {} : { asOf }) })
  const key: AnswerKey = JSON.parse(await readFile(written.answerKey, 'utf8'))
  return { directory, written, key }
}

type Sample = Awaited<ReturnType<typeof make>>

/** The shared texts of a workbook. */
function workbookTexts(archive: Buffer): string[] {
  const texts: string[] = []
  let at = 0
  while (archive.readUInt32LE(at) === 0x04034b50) {
    const packed = archive.readUInt32LE(at + 18)
    const name = archive.toString('utf8', at + 30, at + 30 + archive.readUInt16LE(at + 26))
    const from = at + 30 + archive.readUInt16LE(at + 26) + archive.readUInt16LE(at + 28)
    if (name === 'xl/sharedStrings.xml') {
      const xml = inflateRawSync(archive.subarray(from, from + packed)).toString('utf8')
      for (const match of xml.matchAll(/<t [^>]*>([^<]*)<\/t>/g)) texts.push(match[1] ?? '')
    }
    at = from + packed
  }
  return texts
}

async function readText(directory: string, name: string): Promise<string> {
  const bytes = await readFile(join(directory, name))
  if (name.endsWith('.xlsx')) return workbookTexts(bytes).join('\n')
  const text = bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8')
  return text.replace(/^\ufeff/, '')
}

async function digest(directory: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(directory)).sort()) hash.update(name).update(await readFile(join(directory, name)))
  return hash.digest('hex')
}

/** The rows of a table of the sample by header, title rows passed over. */
async function readRows(
  { directory, key }: Sample,
  file: string,
  headerStart: string,
): Promise<Record<string, string>[]> {
  assert.ok(key.files.some((each) => each.file === file))
  const text = await readText(directory, file)
  const from = text.indexOf(headerStart)
  assert.ok(from >= 0)
  const delimiter = headerStart.includes('\t') ? '\t' : ','
  return parse(text.slice(from), { columns: true, delimiter, relax_column_count: true })
}

const clinic = await make('clinic', 7)
const hospital = await make('hospital', 7)
const system = await make('system', 7)
const samples = { clinic, hospital, system }

test('the same size, seed and day give the same bytes, and another seed gives others', async () => {
  for (const size of ['clinic', 'hospital'] as const) {
    assert.equal(await digest((await make(size, 7)).directory), await digest(samples[size].directory))
    assert.notEqual(await digest((await make(size, 8)).directory), await digest(samples[size].directory))
  }
})

test('every file has the time of the exports', async () => {
  for (const name of clinic.written.files) {
    assert.equal((await stat(join(clinic.directory, name))).mtime.toISOString(), '2026-11-02T06:00:00.000Z')
  }
})

test('another day moves every date with it', async () => {
  const { key, directory } = await make('clinic', 7, '2025-03-01')
  assert.equal(key.asOf, '2025-03-01')
  assert.match(await readText(directory, 'Backup report.csv'), /Report generated: 2025-03-01 06:00/)
})

test('a sample is written only into an empty directory, and only for a day that exists', async () => {
  const directory = join(root, 'taken')
  await writeSample({ size: 'clinic', seed: 1, directory })
  const before = await digest(directory)
  await assert.rejects(writeSample({ size: 'clinic', seed: 1, directory }), { code: 'sample-not-empty' })
  assert.equal(await digest(directory), before)
  await assert.rejects(writeSample({ size: 'clinic', seed: 1, directory: join(root, 'new'), asOf: '2026-02-30' }), {
    code: 'sample-day-unknown',
  })
  const file = join(root, 'a file')
  await writeFile(file, '')
  await assert.rejects(writeSample({ size: 'clinic', seed: 1, directory: file }), { code: 'sample-no-directory' })
})

test('each size has its people and about its accounts', () => {
  const accounts = { clinic: [40, 70], hospital: [5500, 6500], system: [290_000, 320_000] } as const
  assert.deepEqual(
    sampleSizes.map((size) => samples[size].written.people),
    [12, 1200, 20_000],
  )
  for (const size of sampleSizes) {
    const [from, to] = accounts[size]
    const { key, written } = samples[size]
    assert.ok(written.accounts >= from && written.accounts <= to, `${size}: ${written.accounts}`)
    assert.equal(key.accounts, written.accounts)
  }
})

const safeguards = `access.leavers-lose-access access.not-used-after-leaving access.accounts-have-owner
access.no-dormant-accounts authentication.no-shared-accounts authentication.mfa-on-ephi-accounts
authentication.no-never-expiring-accounts encryption.devices-encrypted encryption.backups-encrypted
encryption.data-in-transit encryption.data-at-rest patching.supported-os patching.devices-check-in
patching.malware-protection continuity.backup-within-rpo continuity.restore-tested training.completed-yearly
training.new-hires-within-30-days vendors.agreement-signed vendors.assessed-yearly incidents.response-roles-filled
technologies.software-approved`.split(/\s+/)

test('every size plants every fault, whatever the seed', async () => {
  const others = await Promise.all([1, 2, 3, 4, 5].map((seed) => make('clinic', seed)))
  for (const { key } of [...others, clinic, hospital, system]) {
    const planted = new Set(key.findings.map(({ safeguard }) => safeguard))
    for (const safeguard of safeguards) assert.ok(planted.has(safeguard), `${key.size} ${key.seed}: ${safeguard}`)
    const yearly = ['incidents.drill-within-12-months', 'assessments.risk-analysis-within-12-months']
    assert.equal(yearly.filter((safeguard) => planted.has(safeguard)).length, 1)
  }
})

test('a finding is named once and is never also a temptation', () => {
  for (const { key } of Object.values(samples)) {
    const name = ({ safeguard, subject }: AnswerKey['findings'][number]) =>
      `${safeguard} ${subject.kind} ${subject.key}`
    const findings = new Set(key.findings.map(name))
    assert.equal(findings.size, key.findings.length)
    assert.deepEqual(
      key.mustNotFind.filter((each) => findings.has(name(each))),
      [],
    )
  }
})

test('the subject of every finding stands in the files', async () => {
  for (const { key, directory, written } of [clinic, hospital]) {
    const texts = new Map<string, string>()
    for (const name of written.files) texts.set(name, await readText(directory, name))
    const all = [...texts.values()].join('\n')
    for (const { subject } of [...key.findings, ...key.mustNotFind]) {
      if (subject.kind === 'organisation' || subject.kind === 'role') continue
      if (subject.kind !== 'account') {
        assert.ok(all.includes(subject.key), `${subject.kind} ${subject.key}`)
        continue
      }
      const [name = ''] = subject.key.split('/')
      const file = key.files.find((each) => each.system === name && each.holds === 'accounts')?.file ?? ''
      assert.ok(texts.get(file)?.includes(subject.key.slice(name.length + 1)), subject.key)
    }
  }
})

test('each reject is a row of its file, counted as a person would', async () => {
  for (const { key, directory } of Object.values(samples)) {
    assert.ok(key.rejects.length >= 5)
    for (const { file, line } of key.rejects.filter((each) => !each.file.endsWith('.xlsx'))) {
      const row = (await readText(directory, file)).split('\n')[line - 1] ?? ''
      assert.match(row, /^("?"?[,;]|[^,;]*Unreadable|"?99+8|zzold01|09+8|"","")/, `${file}:${line}`)
    }
  }
})

test('what is none of ours is named so, and the key lies beside the files', async () => {
  for (const { key, directory, written } of Object.values(samples)) {
    assert.deepEqual(key.unrecognised, ['logo.png', 'Security policy.pdf', 'notes.txt'])
    assert.deepEqual((await readdir(directory)).sort(), [...written.files, answerKeyName].sort())
  }
})

test('user names are unique within a system, so that a key names one account', async () => {
  const lists = [
    ['MEDITECH Expanse users.csv', 'User ID,', 'User ID'],
    ['Microsoft Entra ID users.csv', 'userPrincipalName,', 'userPrincipalName'],
    ['Waystar Billing users.csv', 'User Login,', 'User Login'],
    ['GlobalProtect VPN users.csv', 'User\t', 'User'],
  ] as const
  for (const [file, start, column] of lists) {
    const names = (await readRows(hospital, file, start)).map((row) => row[column] ?? '').filter((name) => name !== '')
    assert.equal(new Set(names).size, names.length, file)
    assert.ok(names.length > 300)
  }
})

test('a list that has names alone names only people of whom there is one', async () => {
  const staff = await readRows(hospital, 'Employee roster.csv', 'File Number,')
  const borne = new Map<string, number>()
  for (const row of staff) {
    const name = `${row['Legal Last Name']}, ${row['Legal First Name']}`
    borne.set(name, (borne.get(name) ?? 0) + 1)
  }
  assert.ok(
    [...borne.values()].some((times) => times > 1),
    'there are namesakes',
  )
  const rows = await readRows(hospital, 'Waystar Billing users.csv', 'User Login,')
  const known = rows.filter((row) => borne.has(row['Last Name, First Name'] ?? ''))
  assert.ok(known.length > 300)
  for (const row of known) assert.equal(borne.get(row['Last Name, First Name'] ?? ''), 1)
})

const asDay = (us: string | undefined) => {
  const [month = '', day = '', year = ''] = (us ?? '').split('/')
  return us ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : ''
}

test('the key agrees with what can be worked out from the files of the hospital alone', async () => {
  const staff = await readRows(hospital, 'Employee roster.csv', 'File Number,')
  const byNumber = new Map(staff.filter((row) => row['File Number']).map((row) => [Number(row['File Number']), row]))
  const byName = new Map(staff.map((row) => [`${row['Legal Last Name']}, ${row['Legal First Name']}`, row]))
  const found: Record<string, string[]> = { left: [], used: [], ownerless: [], dormant: [], factor: [], shared: [] }
  const add = (kind: string, row: Record<string, string>) => found[kind]?.push(`MEDITECH Expanse/${row['User ID']}`)
  for (const row of await readRows(hospital, 'MEDITECH Expanse users.csv', 'User ID,')) {
    if (!row['User ID'] || row['User ID'] === 'zzold01') continue
    const person = row['Person Number']
      ? byNumber.get(Number(row['Person Number']))
      : byName.get(row['User Name'] ?? '')
    const owner = byNumber.get(Number(row['Responsible Employee']))
    const isEnabled = row['Status'] === 'Active'
    const lastUsed = row['Last Sign On'] === 'Never' ? '' : asDay(row['Last Sign On'])
    const hasLeft = person?.['Position Status'] === 'Terminated'
    if (hasLeft && isEnabled) add('left', row)
    if (hasLeft && lastUsed > asDay(person['Termination Date'])) add('used', row)
    if (!person && isEnabled && (!owner || owner['Position Status'] === 'Terminated')) add('ownerless', row)
    const isOld = lastUsed === '' ? asDay(row['Created On']) < '2026-08-04' : lastUsed < '2026-08-04'
    if (person && isEnabled && isOld) add('dormant', row)
    if (isEnabled && row['User Type'] !== 'Service' && row['Second Factor'] === 'No') add('factor', row)
    if (isEnabled && row['User Type'] === 'Shared') add('shared', row)
  }
  const expected = (safeguard: string) =>
    hospital.key.findings
      .filter((each) => each.safeguard === safeguard && each.subject.key.startsWith('MEDITECH Expanse/'))
      .map(({ subject }) => subject.key)
      .sort()
  const pairs = [
    ['left', 'access.leavers-lose-access'],
    ['used', 'access.not-used-after-leaving'],
    ['ownerless', 'access.accounts-have-owner'],
    ['dormant', 'access.no-dormant-accounts'],
    ['factor', 'authentication.mfa-on-ephi-accounts'],
    ['shared', 'authentication.no-shared-accounts'],
  ] as const
  for (const [kind, safeguard] of pairs) {
    assert.ok(expected(safeguard).length > 0, safeguard)
    assert.deepEqual(found[kind]?.sort(), expected(safeguard), safeguard)
  }
})

test('the training records of the hospital say what the key says', async () => {
  const staff = await readRows(hospital, 'Employee roster.csv', 'File Number,')
  const done = new Map<number, string[]>()
  const file = await readText(hospital.directory, 'Training records.csv')
  const rows: Record<string, string>[] = parse(file, { columns: true })
  for (const row of rows) {
    if (row['Status'] !== 'Completed' || !/HIPAA|Security/.test(row['Course'] ?? '') || !row['Employee ID']) continue
    const on = row['Completion Date'] ?? ''
    const number = Number(row['Employee ID'])
    done.set(number, [...(done.get(number) ?? []), on.includes('/') ? asDay(on) : on])
  }
  const late: string[] = []
  for (const row of staff) {
    const hiredOn = asDay(row['Rehire Date'] || row['Hire Date'])
    if (!row['File Number'] || row['Legal Last Name'] === 'Unreadable' || row['File Number']?.startsWith('Total'))
      continue
    if (row['Position Status'] === 'Terminated' || hiredOn > '2026-10-03') continue
    if (!(done.get(Number(row['File Number'])) ?? []).some((on) => on >= '2025-11-02')) late.push(row['File Number'])
  }
  const expected = hospital.key.findings.filter(({ safeguard }) => safeguard === 'training.completed-yearly')
  assert.deepEqual(late.sort(), expected.map(({ subject }) => subject.key).sort())
})

test('every account in the directory of a large system has a name of its own', async () => {
  const names = new Set<string>()
  let entries = 0
  for (const line of (await readText(system.directory, 'Active Directory.ldif')).split('\n')) {
    if (!line.startsWith('dn:')) continue
    entries++
    names.add(line)
  }
  assert.equal(names.size, entries)
})
