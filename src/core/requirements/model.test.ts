import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bindingRequirements,
  childrenOf,
  cite,
  crosswalk,
  crosswalkCodes,
  crosswalkFrameworks,
  findRequirement,
  type Profile,
  profiles,
  type Requirement,
  requirements,
  subparts,
} from './model.ts'

const law = requirements()
const everything = requirements(Object.keys(profiles) as Profile[])
const frameworks = Object.keys(crosswalkFrameworks) as (keyof typeof crosswalkFrameworks)[]
const named = (items: readonly Requirement[]) => items.map((item) => item.citation)

test('every citation stands for one paragraph only, in every profile', () => {
  const seen = new Set<string>()
  const twice = named(everything).filter((citation) => seen.size === seen.add(citation).size)
  assert.deepEqual(twice, [])
})

test('every paragraph hangs below a paragraph listed before it, or below a subpart', () => {
  const listed = new Set<string | null>(Object.keys(subparts))
  for (const item of law) {
    assert.ok(listed.has(item.parent), `${item.citation} hangs below ${item.parent}`)
    listed.add(item.citation)
  }
})

test('every required and every addressable paragraph binds', () => {
  assert.deepEqual(named(law.filter((item) => item.required !== null && !item.binding)), [])
})

test('headings do not bind', () => {
  const headings = law.filter((item) => item.kind === 'section' || item.kind === 'implementation-heading')
  assert.deepEqual(named(headings.filter((item) => item.binding)), [])
})

test('every entry says what it means, and why it binds or does not', () => {
  for (const item of everything) {
    assert.ok(item.title.trim() && item.statement.trim() && item.reason.trim(), item.citation)
    assert.match(item.statement, /[.?)]$/, `${item.citation} does not end as a sentence does`)
  }
})

test('the Security Rule has 22 standards and 22 addressable specifications', () => {
  const security = law.filter((item) => /^164\.3[01]\d/.test(item.citation))
  assert.equal(security.filter((item) => item.kind === 'standard').length, 22)
  assert.equal(law.filter((item) => item.required === 'addressable').length, 22)
})

test('164.308(b)(4), which left the law in 2013, is not among the requirements', () => {
  assert.equal(findRequirement('164.308(b)(4)'), undefined)
})

test('a paragraph is found however its citation is written', () => {
  for (const written of [
    '164.308(a)(1)(i)',
    '45 CFR 164.308(a)(1)(i)',
    '§ 164.308(a)(1)(i)',
    '§164.308(a)(1)(i)',
    '45 CFR § 164.308(a)(1)(i)',
    '45 C.F.R. §\u00a0164.308 (a) (1) (i)',
    ' 45cfr164.308(a)(1)(i)\n',
  ]) {
    assert.equal(findRequirement(written)?.title, 'Security management process', written)
    assert.equal(cite(written), '45 CFR 164.308(a)(1)(i)')
  }
})

test('a definition is found by its word', () => {
  assert.equal(findRequirement('45 CFR 164.304 Encryption')?.binding, false)
  assert.equal(cite('§ 164.304 Encryption'), '45 CFR 164.304 Encryption')
})

test('the case of a letter tells paragraphs apart', () => {
  assert.equal(findRequirement('164.308(a)(1)(II)(a)'), undefined)
})

test('every paragraph is found by the way it is cited', () => {
  fc.assert(fc.property(fc.constantFrom(...law), (item) => findRequirement(cite(item.citation)) === item))
})

test('any other text finds nothing and breaks nothing', () => {
  fc.assert(fc.property(fc.string(), (text) => findRequirement(`${text}?`) === undefined))
  assert.equal(findRequirement(' '.repeat(1_000_000)), undefined)
  assert.deepEqual(childrenOf(''), [])
})

test('the children of a paragraph come in the order of the law', () => {
  assert.deepEqual(named(childrenOf('45 CFR 164.308(a)(1)(ii)')), [
    '164.308(a)(1)(ii)(A)',
    '164.308(a)(1)(ii)(B)',
    '164.308(a)(1)(ii)(C)',
    '164.308(a)(1)(ii)(D)',
  ])
  assert.equal(named(childrenOf('164.SubpartC')).at(-1), '164.318')
})

test('walking down from the subparts meets every paragraph once', () => {
  const walk = (citation: string): readonly string[] =>
    childrenOf(citation).flatMap((item) => [item.citation, ...walk(item.citation)])
  assert.deepEqual(Object.keys(subparts).flatMap(walk).toSorted(), named(law).toSorted())
})

test('the proposal of 2025 is off unless asked for', () => {
  assert.deepEqual(new Set(law.map((item) => item.profile)), new Set(['hipaa']))
  assert.ok(law.every((item) => !item.proposed))
  assert.deepEqual(requirements([]), [])
})

test('every entry of the proposal says that it is one, binds nobody and amends paragraphs that exist', () => {
  for (const item of requirements(['nprm-2025'])) {
    assert.ok(item.proposed, item.citation)
    assert.match(item.title, /\bproposed\b/)
    assert.match(cite(item.citation), /^proposed rule/)
    for (const amended of item.amends) {
      assert.equal(findRequirement(amended)?.proposed, false, `${item.citation} amends ${amended}`)
    }
  }
  assert.ok(bindingRequirements().every((item) => item.binding && !item.proposed))
})

test('the binding requirements are those of the law that bind, in its order', () => {
  assert.deepEqual(
    named(bindingRequirements()),
    named(law).filter((citation) => findRequirement(citation)?.binding),
  )
})

test('the crosswalk names each code once and meets only paragraphs that exist', () => {
  for (const framework of frameworks) {
    const codes = crosswalkCodes(framework)
    assert.equal(new Set(codes.map((item) => item.code)).size, codes.length, framework)
    for (const { code, meets } of codes) {
      assert.equal(new Set(meets).size, meets.length, `${framework} ${code} names a paragraph twice`)
      for (const citation of meets) {
        const met = findRequirement(citation)
        assert.equal(met?.citation, citation, `${framework} ${code} meets ${citation}`)
        assert.equal(met.proposed, false, `${framework} ${code} meets ${citation}`)
      }
    }
  }
})

test('the crosswalk of a paragraph is the same read from either side', () => {
  for (const framework of frameworks) {
    for (const { meets, ...code } of crosswalkCodes(framework)) {
      for (const citation of meets) {
        const read = crosswalk(cite(citation))[framework].find((item) => item.code === code.code)
        assert.deepEqual(read, code)
      }
    }
  }
  assert.deepEqual(crosswalk('164.999'), { hicp: [], cpg: [], csf: [] })
})
