import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { type Found, type Kept, StoryIds } from './ids.ts'

const folder = await mkdtemp(join(tmpdir(), 'vigil-ids-'))
after(() => rm(folder, { recursive: true, force: true }))
let files = 0

const open = (path?: string, secret = Buffer.alloc(32)) =>
  StoryIds.open({ secret, codes: { textOf: (dictionary, code) => `${dictionary}-${code}` }, path })

/** Eight parts, each in no story or in one of three: what is found at a time. */
const found = fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 8, maxLength: 8 })

function storiesOf(ids: StoryIds, groups: readonly number[]): Found[] {
  return [0, 1, 2].flatMap((group) => {
    const keys = groups.flatMap((one, part) => (one === group ? [ids.keyOf('record', part)] : []))
    return keys[0] === undefined ? [] : [{ id: keys[0], keys, firstAt: groups.indexOf(group) }]
  })
}

test('however stories fall apart and come together, none goes by the id of another, and ids outlast what is rebuilt', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(found, { minLength: 2, maxLength: 8 }), async (times) => {
      files += 1
      const path = join(folder, `stories-${files}.json`)
      const ids = await open(path)
      let kept: Kept[] = []
      /** Of every id, the parts that were ever told under it. */
      const history = new Map<string, Set<string>>()
      for (const groups of times) {
        const stories = storiesOf(ids, groups)
        const { told } = ids.assign(stories, kept)
        assert.equal(new Set(told.values()).size, stories.length)
        for (const story of stories) {
          const id = told.get(story.id) ?? ''
          const before = history.get(id)
          assert.ok(before === undefined || story.keys.some((key) => before.has(key)), 'the id of another')
          const same = kept.find((one) => one.isOpen && one.id === story.id)
          assert.ok(same === undefined || same.told === id, 'one that stays is told as before')
          history.set(id, new Set([...(before ?? []), ...story.keys]))
        }
        await ids.keep(stories.flatMap((story) => story.keys.map((key) => [key, told.get(story.id) ?? ''] as const)))
        const now = new Set(told.values())
        kept = [
          ...kept.filter((one) => !now.has(one.told)).map((one) => ({ ...one, isOpen: false })),
          ...stories.map(({ id }) => ({ id, told: told.get(id) ?? '', isOpen: true })),
        ]
        // Neither a run over the same, nor one after all was made anew, tells anything otherwise.
        for (const again of [ids.assign(stories, kept), (await open(path)).assign(stories, [])]) {
          assert.deepEqual(again.told, told)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('an id tells nothing to whoever lacks the secret, and is not what other texts would make', async () => {
  const [ids, others] = [await open(), await open(undefined, Buffer.alloc(32, 1))]
  assert.match(ids.keyOf('record', 1, 2), /^[0-9a-f]{32}$/)
  const keys = [
    ids.keyOf('record', 1, 2),
    ids.keyOf('record', 2, 1),
    ids.keyOf('left', 1, 2),
    others.keyOf('record', 1, 2),
  ]
  assert.equal(new Set(keys).size, keys.length)
})

test('a file that cannot be read is begun anew', async () => {
  const path = join(folder, 'damaged.json')
  await writeFile(path, '{"version":1,"told":{"no":"id"}}')
  const ids = await open(path)
  const [key, id] = [ids.keyOf('record', 1), ids.keyOf('record', 2)]
  await ids.keep([[key, id]])
  const { told } = (await open(path)).assign([{ id: key, keys: [key], firstAt: 0 }], [])
  assert.deepEqual([...told], [[key, id]])
})
