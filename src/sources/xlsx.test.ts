import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile as readBytes, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { after, before, describe, test } from 'node:test'
import { ZipFile } from 'yazl'
import type { Item, Reading, Unrecognised } from '#core/intake/facts.ts'
import { type FileMapping, localFile, readFile } from './file.ts'

const asOf = new Date('2026-11-21T12:00:00Z')
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-xlsx-'))
})
after(() => rm(folder, { recursive: true }))

async function zip(name: string, parts: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const archive = new ZipFile()
  for (const [path, content] of Object.entries(parts)) archive.addBuffer(Buffer.from(content), path)
  archive.end()
  const path = join(folder, name)
  await pipeline(archive.outputStream, createWriteStream(path))
  return path
}

interface SheetText {
  readonly name: string
  readonly xml: string
  readonly state?: string
}

function workbook(
  name: string,
  sheets: readonly SheetText[],
  extra: { shared?: string; is1904?: boolean } = {},
): Promise<string> {
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const parts: Record<string, string> = {
    '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    '_rels/.rels': `<Relationships><Relationship Id="rId1" Type="${relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<?xml version="1.0"?><workbook xmlns="${main}" xmlns:r="${relation}"><workbookPr${extra.is1904 ? ' date1904="1"' : ''}/><sheets>${sheets
      .map(
        (sheet, at) =>
          `<sheet name="${sheet.name}" sheetId="${at + 1}" r:id="rId${at + 1}"${sheet.state ? ` state="${sheet.state}"` : ''}/>`,
      )
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${sheets
      .map(
        (_, at) =>
          `<Relationship Id="rId${at + 1}" Type="${relation}/worksheet" Target="worksheets/sheet${at + 1}.xml"/>`,
      )
      .join(
        '',
      )}<Relationship Id="s" Type="${relation}/styles" Target="styles.xml"/><Relationship Id="t" Type="${relation}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`,
    'xl/styles.xml': `<styleSheet xmlns="${main}"><numFmts><numFmt numFmtId="164" formatCode="[$-409]d\\-mmm\\-yy;@"/><numFmt numFmtId="165" formatCode="00000"/><numFmt numFmtId="166" formatCode="m/d/yyyy h:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="9"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': extra.shared ?? '<sst/>',
  }
  for (const [at, sheet] of sheets.entries())
    parts[`xl/worksheets/sheet${at + 1}.xml`] =
      `<worksheet xmlns="${main}"><sheetData>${sheet.xml}</sheetData></worksheet>`
  return zip(name, parts)
}

const inline = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`
const row = (...cells: string[]) => `<row>${cells.join('')}</row>`

async function readAll(
  path: string,
  mapping?: FileMapping,
): Promise<(Unrecognised | (Omit<Reading, 'items'> & { rows: Item[] }))[]> {
  const results = []
  for await (const found of readFile(await localFile(path), { asOf, ...(mapping ? { mapping } : {}) })) {
    if (found.format === 'unrecognised') results.push(found as Unrecognised)
    else {
      const { items, ...reading } = found as Reading
      const rows: Item[] = []
      for await (const item of items) rows.push(item)
      results.push({ ...reading, rows })
    }
  }
  return results
}

const rowsOf = (found: unknown) => (found as { rows: { line: number; row: Record<string, unknown> }[] }).rows

const staffHeader = row(inline('Employee ID'), inline('Name'), inline('Hire date'), inline('Status'))

describe('workbooks', () => {
  test('every sheet is a reading of its own, hidden ones too, and empty ones are passed over', async () => {
    const path = await workbook('lists.xlsx', [
      {
        name: 'Staff',
        xml: `${staffHeader}${row(inline('007'), inline('Reyes, Marisol'), '<c s="1"><v>43538</v></c>', inline('Active'))}`,
      },
      { name: 'Empty', xml: '' },
      {
        name: 'EHR users',
        state: 'hidden',
        xml: `${row(inline('User ID'), inline('Last login'), inline('Status'))}${row(inline('mreyes'), '<c s="4"><v>46328.5</v></c>', inline('Active'))}`,
      },
    ])
    const [staff, accounts, ...more] = await readAll(path)
    assert.deepEqual(more, [])
    assert.equal(staff?.part, 'Staff')
    assert.deepEqual(rowsOf(staff)[0], {
      kind: 'person',
      line: 2,
      row: {
        employeeNumber: '007',
        displayName: 'Marisol Reyes',
        givenName: 'Marisol',
        familyName: 'Reyes',
        hiredOn: '2019-03-14',
        standing: 'active',
      },
    })
    assert.equal(accounts?.part, 'EHR users')
    assert.deepEqual(rowsOf(accounts)[0]?.row, {
      system: 'EHR',
      username: 'mreyes',
      lastUsedAt: new Date('2026-11-02T12:00:00Z'),
      enabled: true,
    })
  })

  test('shared and rich texts, numbers, formulas, percentages and zeros in front are read as a person sees them', async () => {
    const shared =
      '<sst><si><t>Learner</t></si><si><r><t>Cou</t></r><r><t>rse</t></r><rPh><t>x</t></rPh></si><si><t>A_x000D_B &amp; C</t></si></sst>'
    const path = await workbook(
      'training.xlsx',
      [
        {
          name: 'Sheet1',
          xml: `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><t>Completed on</t></is></c><c r="E1" t="str"><v>Score</v></c><c r="F1" t="inlineStr"><is><t>Employee ID</t></is></c></row>
                <row r="4"><c r="A4" t="str"><f>B4&amp;C4</f><v>Marisol Reyes</v></c><c r="B4" t="s"><v>2</v></c><c r="D4" s="2"><v>46279</v></c><c r="E4" s="5"><v>0.95</v></c><c r="F4" s="3"><v>42</v></c></row>`,
        },
      ],
      { shared },
    )
    const [found] = await readAll(path)
    assert.deepEqual(rowsOf(found)[0], {
      kind: 'training',
      line: 4,
      row: {
        displayName: 'Marisol Reyes',
        course: 'A\rB & C',
        completedOn: '2026-09-14',
        score: 95,
        employeeNumber: '00042',
      },
    })
  })

  test('workbooks that count from 1904 give the same days', async () => {
    const path = await workbook(
      'staff.xlsx',
      [
        {
          name: 'S',
          xml: `${staffHeader}${row(inline('7'), inline('A Bo'), '<c s="1"><v>42076</v></c>', inline('Active'))}`,
        },
      ],
      { is1904: true },
    )
    assert.equal(rowsOf((await readAll(path))[0])[0]?.row['hiredOn'], '2019-03-14')
  })

  test('titles in merged cells stand above the table', async () => {
    const path = await workbook('staff.xlsx', [
      {
        name: 'S',
        xml: `<row r="1">${inline('Staff as of 11/03/2026')}</row><row r="3">${staffHeader.slice(5)}${row(inline('7'), inline('A Bo'), '<c s="1"><v>43538</v></c>', inline('Active'))}`,
      },
    ])
    const [found] = await readAll(path)
    assert.equal((found as unknown as Reading).collectedAt?.toISOString(), '2026-11-03T00:00:00.000Z')
    assert.equal(rowsOf(found)[0]?.line, 4)
  })

  test('only the sheet that vigil.yaml names is read', async () => {
    const path = await workbook('lists.xlsx', [
      { name: 'Notes', xml: row(inline('a'), inline('b')) },
      { name: 'Staff', xml: `${staffHeader}${row(inline('7'), inline('A Bo'))}` },
    ])
    const found = await readAll(path, { sheet: 'Staff' })
    assert.deepEqual(
      found.map((one) => one.part),
      ['Staff'],
    )
    assert.match((await readAll(path, { sheet: 'Other' }))[0]?.format === 'unrecognised' ? 'refused' : '', /refused/)
  })
})

describe('workbooks that cannot be read', () => {
  const reasonOf = async (path: string) => ((await readAll(path))[0] as Unrecognised).reason

  test('a workbook that was cut off is refused', async () => {
    const whole = await readBytes(await workbook('whole.xlsx', [{ name: 'S', xml: staffHeader }]))
    const path = join(folder, 'cut.xlsx')
    await writeFile(path, whole.subarray(0, whole.length - 200))
    assert.match(await reasonOf(path), /damaged or cut off/)
  })

  test('XML that is not whole is refused', async () => {
    assert.match(await reasonOf(await workbook('bad.xlsx', [{ name: 'S', xml: '<row><c></row>' }])), /damaged/)
  })

  test('a workbook that unpacks to far more than a list is refused', async () => {
    const path = await workbook('bomb.xlsx', [{ name: 'S', xml: ' '.repeat(80 * 1024 * 1024) }])
    assert.match(await reasonOf(path), /unpacks to far more/)
  })

  test('other archives and documents are named', async () => {
    assert.match(await reasonOf(await zip('a.csv', { 'users.csv': 'a,b' })), /ZIP archive/)
    assert.match(await reasonOf(await zip('a.xlsx', { 'word/document.xml': '<a/>' })), /document and not a workbook/)
    assert.match(await reasonOf(await zip('b.xlsx', { 'xl/workbook.bin': 'x' })), /\.xlsb/)
    assert.match(await reasonOf(await zip('c.ods', { mimetype: 'x', 'content.xml': '<a/>' })), /OpenDocument/)
  })

  test('a workbook without rows says so', async () => {
    assert.match(await reasonOf(await workbook('none.xlsx', [{ name: 'S', xml: '' }])), /no rows/)
  })
})
