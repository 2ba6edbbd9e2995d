import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import type { Posture } from '#core/safeguards/model.ts'
import { requireProgram } from '../../../../test/support/servers.ts'
import { mostExamples, mostGroups } from './findings.ts'
import { writeReport } from './report.ts'
import { clinicPosture, crowdedPosture, soundPosture, unknownPosture } from './testing.ts'

const run = promisify(execFile)

suite('The report', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vigil-report-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function write(posture: Posture, name = 'report.pdf'): Promise<string> {
    const file = join(folder, name)
    await writeReport(posture, file)
    return file
  }

  /** The text of the report as one line; undefined, with a notice, where no tool can read a PDF. */
  async function read(posture: Posture, context: TestContext): Promise<string | undefined> {
    const reader = await requireProgram({ name: 'pdftotext', apt: ['poppler-utils'] })
    if (reader.path === undefined) {
      context.skip(reader.skip)
      return undefined
    }
    const file = await write(posture)
    const { stdout } = await run(reader.path, ['-raw', file, '-'], { maxBuffer: 64 * 1024 * 1024 })
    return stdout.replace(/\s+/g, ' ')
  }

  test('is a whole PDF of a moderate size, for its owner’s eyes only', async () => {
    for (const posture of [clinicPosture(), unknownPosture(), soundPosture(), crowdedPosture()]) {
      const bytes = await readFile(await write(posture))
      assert.equal(bytes.subarray(0, 8).toString('latin1'), '%PDF-1.3')
      assert.match(bytes.subarray(-8).toString('latin1'), /%%EOF\s*$/)
      assert.ok(bytes.length < 1_000_000, `${bytes.length} bytes`)
    }
    if (process.platform !== 'win32') {
      const file = await write(clinicPosture(), 'fresh.pdf')
      assert.equal((await stat(file)).mode & 0o777, 0o600)
    }
  })

  test('of the same posture is the same, byte for byte', async () => {
    const one = await readFile(await write(clinicPosture(), 'one.pdf'))
    const other = await readFile(await write(clinicPosture(), 'other.pdf'))
    assert.ok(one.equals(other))
  })

  test('carries a title, a language and bookmarks', async () => {
    const text = (await readFile(await write(clinicPosture()))).toString('latin1')
    for (const entry of ['/Lang (en-GB)', '/Outlines ', '/DisplayDocTitle true', '(D:20261112000000Z)']) {
      assert.ok(text.includes(entry), entry)
    }
  })

  test('bears a name with signs of markup in its title, and nowhere as markup', async () => {
    const posture = { ...clinicPosture(), organisation: 'Brook & Sons </x> (Clinic)' }
    const text = (await readFile(await write(posture))).toString('latin1')
    assert.ok(text.includes('Brook & Sons </x> \\(Clinic\\)'))
    assert.ok(!text.includes('x:xmpmeta'))
  })

  test('of a clinic is written within two seconds', async () => {
    await write(soundPosture())
    const started = performance.now()
    await write(clinicPosture())
    const tookMs = performance.now() - started
    assert.ok(tookMs < 2000, `${Math.round(tookMs)} ms`)
  })

  test('leaves the posture as it was', async () => {
    const posture = clinicPosture()
    const before = structuredClone(posture)
    await write(posture)
    assert.deepEqual(posture, before)
  })

  test('cannot be written where there is no folder, and says so', async () => {
    await assert.rejects(writeReport(soundPosture(), join(folder, 'absent', 'report.pdf')), { code: 'ENOENT' })
  })

  test('says on its first page how things stand, with all four values', async (context) => {
    const text = await read(clinicPosture(), context)
    if (text === undefined) return
    assert.ok(
      text.includes('Of 31 safeguards, 3 are proved, 8 attested, 12 failed and 8 unknown. 46 findings are critical.'),
    )
    assert.ok(text.includes('Willow Creek Family Clinic'))
    assert.ok(text.includes('As of 12 November 2026'))
  })

  test('names every practice, every safeguard and every citation', async (context) => {
    const posture = clinicPosture()
    const text = await read(posture, context)
    if (text === undefined) return
    for (const practice of posture.practices) {
      assert.ok(text.includes(practice.title), practice.title)
      for (const { title, citations } of practice.safeguards) {
        assert.ok(text.includes(title), title)
        for (const citation of citations) assert.ok(text.includes(citation), citation)
      }
    }
  })

  test('says of each finding what to do, by when and by which law', async (context) => {
    const text = await read(clinicPosture(), context)
    if (text === undefined) return
    assert.ok(text.includes('Marisol Reyes left on 28 August 2026.'))
    assert.ok(text.includes('And 25 more accounts; see vigil findings.'))
    assert.ok(text.includes('first due 9 November 2026, 3 days overdue'))
    assert.ok(text.includes('Disable the account today'))
    assert.ok(text.includes('212 of 240 accounts are in order, 14 of them on people’s word; 28 failed.'))
  })

  test('says what is unknown, why, and which file would tell', async (context) => {
    const text = await read(unknownPosture(), context)
    if (text === undefined) return
    assert.ok(text.includes('All 31 safeguards are unknown. No finding is open.'))
    assert.ok(text.includes('A staff list (the export of your HR or payroll system, with people who have left)'))
    assert.ok(text.includes('No source has been read yet'))
    assert.ok(text.includes('Unknown: Nothing is known of people; it takes a staff list.'))
  })

  test('without findings says so, and claims no more', async (context) => {
    const text = await read(soundPosture(), context)
    if (text === undefined) return
    assert.ok(text.includes('No finding is open. That alone is no pass'))
    assert.ok(!text.includes('NaN') && !text.includes('undefined'))
  })

  test('of ten thousand findings stays short: it shows the first of each kind and counts the rest', async (context) => {
    const posture = crowdedPosture()
    const text = await read(posture, context)
    if (text === undefined) return
    const told = text.match(/is listed in the directory of the main site, number \d+/g) ?? []
    assert.ok(told.length > 0 && told.length <= mostGroups * mostExamples, `${told.length} findings`)
    for (const number of told.map((words) => Number(words.split(' ').at(-1)))) assert.ok(number < mostExamples)
    const file = await stat(join(folder, 'report.pdf'))
    assert.ok(file.size < 500_000)
    assert.ok((text.match(/\d+ of \d+ Saint-Élisabeth/g) ?? []).length < 30, 'too many pages')
  })

  test('takes names for what they are: text, whatever they look like', async (context) => {
    const text = await read(crowdedPosture(), context)
    if (text === undefined) return
    assert.ok(text.includes('=HYPERLINK("http://x.test") is listed'))
    assert.ok(text.includes('<b>bold</b> is listed'))
    assert.ok(!text.includes('\u202E'))
    const bytes = (await readFile(join(folder, 'report.pdf'))).toString('latin1')
    assert.ok(!bytes.includes('/URI'), 'an outside text became a link')
  })
})
