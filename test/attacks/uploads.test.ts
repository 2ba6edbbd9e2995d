/** Files made to harm who reads them, handed in over the interface: each refuses itself in words, and nothing else is lost. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZipFile } from 'yazl'
import { writeLists } from '../support/populated.ts'
import { openTestServer } from '../support/server.ts'

const server = await openTestServer()
await writeLists(server.services.database)
const organisationId = await server.newOrganisation()
const officer = await server.member(organisationId, ['security-officer'])

async function zip(entries: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const file = new ZipFile()
  for (const [name, content] of Object.entries(entries)) file.addBuffer(Buffer.from(content), name)
  file.end()
  const chunks: Buffer[] = []
  for await (const chunk of file.outputStream) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

const workbookParts = {
  'xl/workbook.xml': '<workbook xmlns:r="x"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
}
const sheet = (cells: string, doctype = '') =>
  `<?xml version="1.0"?>${doctype}<worksheet><sheetData>${cells}</sheetData></worksheet>`
const row = (...texts: readonly string[]) =>
  `<row>${texts.map((text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`).join('')}</row>`

/** Ten entities, each ten of the one before: a file of a kilobyte that means ten gigabytes. */
const laughs = `<!DOCTYPE w [<!ENTITY a0 "ha">${Array.from(
  { length: 10 },
  (_, at) => `<!ENTITY a${at + 1} "${`&a${at};`.repeat(10)}">`,
).join('')}]>`
const outside = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "http://192.0.2.1/stolen">]>'
const header = row('Employee ID', 'Name', 'Status')

const harmful: Readonly<Record<string, () => Promise<Buffer>>> = {
  'XML bomb: entities of entities.xlsx': () =>
    zip({ ...workbookParts, 'xl/worksheets/sheet1.xml': sheet(header + row('1', '&a10;', 'Active'), laughs) }),
  'XML bomb: entities from elsewhere.xlsx': () =>
    zip({ ...workbookParts, 'xl/worksheets/sheet1.xml': sheet(header + row('1', '&x;', '&y;'), outside) }),
  'zip bomb: a sheet of nothing but spaces.xlsx': () =>
    zip({ ...workbookParts, 'xl/worksheets/sheet1.xml': sheet(' '.repeat(96 * 1024 * 1024)) }),
  'zip bomb: archives within archives.xlsx': async () => {
    let inner = await zip({ a: ' '.repeat(1024 * 1024) })
    for (let depth = 0; depth < 6; depth += 1) inner = await zip({ a: inner, b: inner, c: inner })
    return inner
  },
  'JSON bomb: a hundred thousand brackets.json': async () => Buffer.from('['.repeat(100_000)),
  'JSON bomb: an inventory that never ends.json': async () =>
    Buffer.from(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":${'[{"components":'.repeat(20_000)}`),
  'a table with formulas.csv': async () =>
    Buffer.from('Employee ID,Name,Status\n1,"=cmd|\' /C calc\'!A0",Active\n2,@SUM(1),Active\n'),
}

interface Shown {
  readonly id: string
}

for (const [name, make] of Object.entries(harmful)) {
  test(name, async () => {
    const { body } = await officer.call('POST', '/deliveries')
    const { id } = body as Shown
    const add = async (file: string, raw: Buffer) =>
      officer.call('PUT', `/deliveries/${id}/files?${new URLSearchParams({ name: file })}`, undefined, { raw })
    const before = process.memoryUsage().rss
    const bad = await add(name, await make())
    assert.ok(bad.status === 200 || bad.status === 422, `${bad.status} ${JSON.stringify(bad.body).slice(0, 300)}`)
    const good = await add('Staff.csv', Buffer.from('Employee ID,Name,Status\n7,Ana Bo,Active\n'))
    assert.equal(good.status, 200)
    assert.equal((await officer.call('POST', `/deliveries/${id}/import`)).status, 200)
    await server.runJobs(organisationId)
    const { body: shown } = await officer.call('GET', `/deliveries/${id}`)
    const text = JSON.stringify(shown)
    assert.match(text, /"state":"done"/, text.slice(0, 500))
    // Nothing was fetched from where the file pointed, and nothing unfolded into memory.
    assert.doesNotMatch(text, /root:x:0/)
    const grown = (process.memoryUsage().rss - before) / 2 ** 20
    assert.ok(grown < 500, `${grown} MB`)
    const { body: listed } = await officer.call('GET', '/sources')
    assert.match(JSON.stringify(listed), /Staff\.csv/, 'the other file was taken in')
    assert.equal(server.log.filter((line) => line.includes('defect')).join(''), '')
  })
}
