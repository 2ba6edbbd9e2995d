/** Holds the requirements that Vigil ships against the regulation itself and against its Appendix A. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { findRequirement, requirements } from '#core/requirements/model.ts'

interface Paragraph {
  readonly id: string
  readonly type: string
  readonly required: string | null
  readonly parent: string
  readonly text: string | null
}
interface MatrixRow {
  readonly standard: string
  readonly spec: string | null
  readonly designation: string
}

const folder = new URL('../../../shared/data/hipaa/', import.meta.url)
const skip = existsSync(folder) ? false : 'the regulation is not on this machine (../shared/data/hipaa)'

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
const regulation = skip
  ? []
  : (read('requirements.json') as { readonly requirements: readonly Paragraph[] }).requirements
const matrix = skip ? [] : (read('security-standards-matrix.json') as { readonly rows: readonly MatrixRow[] }).rows

test('every paragraph of the regulation is there exactly once, in its order, and none is invented', { skip }, () => {
  assert.equal(regulation.length, 487)
  assert.deepEqual(
    requirements().map((item) => item.citation),
    regulation.map((item) => item.id),
  )
})

test('kind, designation and place of every paragraph are those of the regulation', { skip }, () => {
  assert.deepEqual(
    requirements().map(({ citation, kind, required, parent }) => ({ citation, kind, required, parent })),
    regulation.map(({ id, type, required, parent }) => ({ citation: id, kind: type, required, parent })),
  )
})

test('every row of Appendix A is there with its designation', { skip }, () => {
  assert.equal(matrix.length, 42)
  for (const row of matrix) {
    const standard = findRequirement(row.standard)
    assert.equal(standard?.kind, 'standard', row.standard)
    const designated = findRequirement(row.spec ?? row.standard)
    assert.equal(designated?.required, row.designation, row.spec ?? row.standard)
    assert.equal(designated?.binding, true, row.spec ?? row.standard)
  }
})

test('the addressable paragraphs are those of Appendix A and no others', { skip }, () => {
  assert.deepEqual(
    requirements()
      .filter((item) => item.required === 'addressable')
      .map((item) => item.citation)
      .toSorted(),
    matrix.flatMap((row) => (row.designation === 'addressable' && row.spec ? [row.spec] : [])).toSorted(),
  )
})

test('no statement shares eight words in a row with the regulation', { skip }, () => {
  const runs = new Set(regulation.flatMap((item) => runsOfEight(item.text ?? '')))
  const shared = requirements().flatMap(({ citation, statement }) =>
    runsOfEight(statement)
      .filter((run) => runs.has(run))
      .map((run) => `${citation}: ${run}`),
  )
  assert.deepEqual(shared, [])
})

/** Words without case or punctuation, so that a comma does not hide a copied phrase; a citation counts as one word. */
function runsOfEight(text: string): readonly string[] {
  const found = text
    .toLowerCase()
    .split(/[\s/\u2013\u2014]+|--/)
    .map((word) => word.replace(/[^a-z0-9]/g, ''))
    .filter((word) => word !== '')
  return found.slice(7).map((_, index) => found.slice(index, index + 8).join(' '))
}
