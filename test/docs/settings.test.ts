/** Holds docs/settings.md to the schema: every setting named, none that does not exist, every default as said. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { factKinds } from '#core/intake/facts.ts'
import {
  defaultDataDirectory,
  readConfig,
  readSettingsFile,
  type SettingsFile,
  type TrailSettings,
} from '#platform/config.ts'

// A formatter may pad the cells of tables.
const page = readFileSync('docs/settings.md', 'utf8').replace(/ +\|/g, ' |')
const environmentTable = sectionOf('Environment')
const [settingsTable = '', filesTable = '', trailTable = ''] =
  sectionOf('vigil.yaml').split(/\nUnder `(?:files|trail)`/)

// The compiler refuses these lists when the schema has a key that they lack, or lacks one that they have.
const settings = {
  organisation: true,
  timeZone: true,
  data: true,
  database: true,
  log: true,
  validDays: true,
  dueDays: true,
  files: true,
  trail: true,
} satisfies Record<keyof SettingsFile, true>
const fileSettings = {
  format: true,
  sheet: true,
  system: true,
  basis: true,
  collectedOn: true,
  complete: true,
  ignore: true,
  columns: true,
} satisfies Record<keyof NonNullable<SettingsFile['files']>[string], true>
const trailSettings = {
  syslog: true,
  folders: true,
  witness: true,
  clickhouse: true,
  memory: true,
} satisfies Record<keyof TrailSettings, true>

test('the page names every key of vigil.yaml and no other', () => {
  assert.deepEqual(firstCells(settingsTable), Object.keys(settings))
  assert.deepEqual(firstCells(filesTable), Object.keys(fileSettings))
  assert.deepEqual(firstCells(trailTable), Object.keys(trailSettings))
})

test('the page names every variable of the environment that is read and no other', () => {
  const asked = new Set<string>()
  const environment = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get: (_, name) => {
        asked.add(String(name))
        return undefined
      },
    },
  )
  readConfig(environment, [])
  assert.deepEqual(firstCells(environmentTable).sort(), [...asked].sort())
})

test('the example of the page sets every key, and is accepted', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
  const read = readExample(example)
  assert.deepEqual(Object.keys(read), Object.keys(settings))
  const entries = Object.values(read.files ?? {}).flatMap((entry) => Object.keys(entry))
  assert.deepEqual(new Set(entries), new Set(Object.keys(fileSettings)))
})

test('no feed of a vigil.yaml goes by a name of Vigil’s own', () => {
  const folders = (source: string) => `trail:\n  folders:\n    - path: /srv/lists\n      source: "${source}"\n`
  const senders = (source: string) =>
    `trail:\n  syslog:\n    - source: PACS\n      senders:\n        - certificate: pacs\n          source: "${source}"\n`
  for (const text of [folders, senders]) {
    assert.doesNotThrow(() => readExample(text('Vigilance')))
    for (const source of ['vigil-watch-list', ' Vigil-People']) {
      assert.throws(() => readExample(text(source)), /names of Vigil’s own feeds/, text(source))
    }
  }
})

test('the example of vigil.yaml in the page on formats is accepted', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/formats.md', 'utf8')) ?? []
  assert.ok(Object.keys(readExample(example).files ?? {}).length > 0)
})

test('the defaults are those that the page gives', () => {
  const config = readConfig({}, [])
  assert.ok(environmentTable.includes(`\`${defaultDataDirectory(true)}\``))
  assert.ok(environmentTable.includes(`else \`${config.logLevel}\``))
  assert.ok(settingsTable.includes(`| \`${config.timeZone}\` |`))
  const { critical, high, medium, low } = config.dueDays
  assert.ok(settingsTable.includes(`| ${critical}, ${high}, ${medium} and ${low} |`))
})

test('the page names every kind of fact that may have a period of its own', () => {
  for (const kind of Object.keys(factKinds)) assert.ok(settingsTable.includes(`\`${kind}\``), kind)
})

function sectionOf(title: string): string {
  return page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
}

function firstCells(table: string): string[] {
  return [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name)
}

function readExample(text: string): SettingsFile {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-settings-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'vigil.yaml')
  writeFileSync(path, text)
  return readSettingsFile(path)
}
