import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { practices } from '#practices/index.ts'

test('the navigation lists the practices of the server, in their order', () => {
  // Read as text: the file itself imports icons, which only the bundler can.
  const text = readFileSync(new URL('navigation.ts', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/\{ name: '(\w+)', title: '([^']+)' \}/g)].map(([, name, title]) => ({
    name,
    title,
  }))
  assert.deepEqual(
    listed,
    practices.map(({ name, title }) => ({ name, title })),
  )
})
