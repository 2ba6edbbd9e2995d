import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Requirement, requirements, subparts } from '../model.ts'
import {
  type Branch,
  growTree,
  isUndecided,
  type Listed,
  lawAddress,
  type Paragraph,
  sumCounts,
} from './requirement-words.ts'

const decided = {
  id: 1,
  citation: '164.312(a)(2)(iii)',
  decision: 'alternative' as const,
  why: 'W',
  approvedBy: 'A',
  decidedOn: '2026-01-01',
  reviewOn: '2027-01-01',
  recordedBy: 'member:1',
  recordedAt: '2026-01-01T00:00:00Z',
  state: 'in-force' as const,
}
const paragraphOf = ({ profile: _, reason: __, amends, ...rest }: Requirement): Paragraph => ({
  ...rest,
  amends: [...amends],
  status: null,
  whyUnknown: null,
  safeguards:
    rest.citation === '164.308(a)(1)(ii)(A)'
      ? [
          { name: 'assessments.a', status: 'proved' },
          { name: 'assessments.b', status: 'failed' },
        ]
      : [],
  decision: rest.citation === decided.citation ? decided : null,
})
const law: Listed = { subparts: [], items: requirements().map(paragraphOf) }
const binding = law.items.filter((item) => item.binding)

const walk = (branches: readonly Branch[]): Paragraph[] =>
  branches.flatMap(({ paragraph, below }) => [paragraph, ...walk(below)])
const grow = (wanted: Partial<Parameters<typeof growTree>[2]>) =>
  Object.keys(subparts).flatMap((subpart) => growTree(law, subpart, { all: false, ...wanted }))
const find = (branches: readonly Branch[], citation: string): Branch | undefined =>
  branches.map((one) => (one.paragraph.citation === citation ? one : find(one.below, citation))).find(Boolean)

test('every binding paragraph stands in the tree once, in the order of the law', () => {
  const shown = walk(grow({})).filter((item) => item.binding)
  assert.deepEqual(new Set(shown.map(({ citation }) => citation)).size, shown.length)
  assert.deepEqual(shown.map(({ citation }) => citation).toSorted(), binding.map(({ citation }) => citation).toSorted())
})

test('with what explains, the tree is the law itself', () => {
  assert.deepEqual(
    walk(grow({ all: true })).map(({ citation }) => citation),
    law.items.map(({ citation }) => citation),
  )
})

test('specifications stand below their standard', () => {
  const below = (citation: string) => find(grow({}), citation)?.below.map(({ paragraph }) => paragraph.citation)
  assert.deepEqual(below('164.308(a)(1)(i)'), [
    '164.308(a)(1)(ii)(A)',
    '164.308(a)(1)(ii)(B)',
    '164.308(a)(1)(ii)(C)',
    '164.308(a)(1)(ii)(D)',
  ])
  assert.deepEqual(below('164.312(a)(1)'), [
    '164.312(a)(2)(i)',
    '164.312(a)(2)(ii)',
    '164.312(a)(2)(iii)',
    '164.312(a)(2)(iv)',
  ])
  assert.ok(below('164.404')?.includes('164.404(b)'))
})

test('each branch counts itself and all below it, in all four values', () => {
  const tree = grow({})
  assert.deepEqual(sumCounts(tree), { proved: 0, attested: 1, failed: 1, unknown: binding.length - 2 })
  assert.deepEqual(find(tree, '164.308(a)(1)(i)')?.counts, { proved: 0, attested: 0, failed: 1, unknown: 4 })
  for (const { paragraph, counts } of tree) {
    const inside = binding.filter(({ citation }) => citation.startsWith(paragraph.citation))
    assert.equal(
      Object.values(counts).reduce((sum, one) => sum + one),
      inside.length,
      paragraph.citation,
    )
  }
})

test('a filter keeps what is wanted and what it stands below, with the counts of the whole branch', () => {
  const failed = grow({ status: 'failed' })
  assert.deepEqual(
    walk(failed).map(({ citation }) => citation),
    ['164.308', '164.308(a)(1)(i)', '164.308(a)(1)(ii)(A)'],
  )
  assert.deepEqual(find(failed, '164.308')?.counts, find(grow({}), '164.308')?.counts)
  const addressable = walk(grow({ kind: 'addressable' })).filter(({ required }) => required === 'addressable')
  const undecided = walk(grow({ kind: 'undecided' })).filter(isUndecided)
  assert.equal(addressable.length, 22)
  assert.equal(undecided.length, 21)
  assert.deepEqual(
    grow({ part: '164.312' }).map(({ paragraph }) => paragraph.citation),
    ['164.312'],
  )
  assert.ok(grow({ part: '164.SubpartD' }).every(({ paragraph }) => paragraph.citation.startsWith('164.4')))
  assert.ok(walk(grow({ text: 'sanction' })).some(({ citation }) => citation === '164.308(a)(1)(ii)(C)'))
})

test('a paragraph leads to the words of the law', () => {
  const address = (citation: string, proposed = false) => lawAddress({ citation, proposed })
  const ecfr = 'https://www.ecfr.gov/current/title-45/section-164.308'
  assert.equal(address('164.308'), ecfr)
  assert.equal(address('164.308(a)(1)(ii)(A)'), `${ecfr}#p-164.308(a)(1)(ii)(A)`)
  assert.equal(address('164.304 Encryption'), 'https://www.ecfr.gov/current/title-45/section-164.304')
  assert.match(address('NPRM-2025 mfa', true), /^https:\/\/www\.federalregister\.gov\//)
})
