/** Holds what the README and the pages say to the product: practices, commands, links. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { registerCommands } from '#cli/commands/index.ts'
import type { Program } from '#cli/program.ts'
import { practices } from '#practices/index.ts'

const decisions = readdirSync('docs/decisions').map((name) => join('docs/decisions', name))
const guides = readdirSync('docs').filter((name) => name.endsWith('.md'))
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...guides.map((name) => join('docs', name)), ...decisions]

test('the README counts the safeguards of every practice as they are', () => {
  // A formatter may pad the cells of tables.
  const readme = readFileSync('README.md', 'utf8').replace(/(?<=\|) +| +(?=\|)/g, ' ')
  const rows = [...readme.matchAll(/^\| (\w+) \| (\d+) \| (\d+) \| [^|]+ \|$/gm)].map(([, title, all, attested]) => ({
    title,
    all: Number(all),
    attested: Number(attested),
  }))
  assert.deepEqual(
    rows,
    practices.map(({ title, safeguards }) => ({
      title,
      all: safeguards.length,
      attested: safeguards.filter(({ statement }) => statement !== undefined).length,
    })),
  )
  const total = rows.reduce((sum, { all }) => sum + all, 0)
  assert.ok(readme.includes(`**Judges** ${total} safeguards`))
})

test('every command that a page names is one', () => {
  const command = new Command('vigil')
  registerCommands(command, {} as Program)
  const known = new Set(command.commands.map((one) => one.name()))
  for (const page of pages) {
    const code = readFileSync(page, 'utf8').matchAll(/```sh\n[\s\S]*?```|`[^`\n]+`/g)
    for (const [text] of code) {
      for (const [, name = ''] of text.matchAll(/(?:^|[`\n ]|npx )vigil ([a-z]+)/g)) {
        assert.ok(known.has(name), `${page}: vigil ${name}`)
      }
    }
  }
})

test('every link within the pages leads to a file and to a heading in it', () => {
  for (const page of pages) {
    for (const [, target = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [path = '', heading] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      assert.ok(existsSync(file), `${page}: ${target}`)
      if (heading) assert.ok(headingsOf(file).includes(heading), `${page}: ${target}`)
    }
  }
})

test('every decision has its number and its five headings', () => {
  for (const [index, file] of decisions.sort().entries()) {
    const text = readFileSync(file, 'utf8')
    assert.ok(text.startsWith(`# ${String(index + 1).padStart(4, '0')} `), file)
    assert.equal(text.match(/^## /gm)?.length, 5, file)
  }
})

function headingsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-'),
  )
}
