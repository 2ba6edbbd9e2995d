import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import { type ReadAs, recognition, synonymsOf } from './synonyms.ts'
import { fold } from './words.ts'

const kinds = Object.keys(factKinds) as FactKind[]
const nameParts = ['givenName', 'familyName']

function typeOf(readAs: ReadAs): string {
  if (/^(flag|not):/.test(readAs) || readAs === 'account-control' || readAs === 'presence') return 'boolean'
  if (readAs === 'list') return 'texts'
  if (readAs === 'hours' || readAs === 'minutes' || readAs === 'number') return 'number'
  return readAs === 'day' || readAs === 'instant' ? readAs : 'text'
}

for (const kind of kinds) {
  test(`the columns of ${kind} are read as the types that facts.ts gives them`, () => {
    const columns: Readonly<Record<string, string>> = factKinds[kind].columns
    for (const [field, , readAs] of recognition[kind].lines) {
      if (nameParts.includes(field) && !(field in columns)) continue
      assert.equal(typeOf(readAs), columns[field], field)
    }
  })

  test(`each header of ${kind} means one field`, () => {
    const index = synonymsOf(kind)
    for (const [field, , , headers] of recognition[kind].lines) {
      for (const header of headers.split('|')) {
        assert.match(header, /^[\x20-\x7e]+$/)
        assert.equal(index.get(fold(header))?.field, field, header)
      }
    }
  })

  test(`every field of ${kind} has a header, also its own name`, () => {
    const lines = recognition[kind].lines
    for (const field of Object.keys(factKinds[kind].columns))
      assert.ok(field === 'neverUsed' || lines.some(([name]) => name === field), field)
  })
}
