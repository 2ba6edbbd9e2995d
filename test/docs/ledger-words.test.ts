import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actionChoices, sayAction } from '#core/ledger/screens/ledger-words.ts'
import { endpoints } from '#server/endpoints.ts'

const changes = endpoints.flatMap(({ endpoint }) => (endpoint.effect === 'change' ? [endpoint.name] : []))

test('the ledger says everything that can be done in words', () => {
  assert.ok(changes.length > 80, `${changes.length} changes`)
  assert.deepEqual(
    changes.filter((name) => sayAction(name) === name),
    [],
  )
})

test('every slice that changes something can be asked for on the ledger', () => {
  const offered = new Set(actionChoices.flatMap(({ items }) => items.map(({ value }) => value)))
  // What happens once, or to nobody's data: found by looking through the ledger, not by asking for it.
  const rare = new Set(['set-up', 'organisations', 'invitations', 'mappings', 'start'])
  const slices = new Set(changes.map((name) => name.split('.')[0] ?? ''))
  assert.deepEqual(
    [...slices].filter((slice) => !rare.has(slice) && !offered.has(`${slice}.`)),
    [],
  )
})
