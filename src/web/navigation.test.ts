import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { practices } from '#practices/index.ts'

// Read as text: the file itself imports icons, which only the bundler can.
const text = readFileSync(new URL('navigation.ts', import.meta.url), 'utf8')

test('the navigation lists the practices of the server, in their order', () => {
  const listed = [...text.matchAll(/\{ name: '(\w+)', title: t\('([^']+)'\) \}/g)].map(([, name, title]) => ({
    name,
    title,
  }))
  assert.deepEqual(
    listed,
    practices.map(({ name, title }) => ({ name, title })),
  )
})

test('no two places are opened by one letter', () => {
  const keys = [...text.matchAll(/\bkey: '(.)'/g)].map(([, key]) => key)
  assert.ok(keys.length >= 9)
  assert.deepEqual(keys, [...new Set(keys)])
})
