import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Records } from './log.ts'
import { linesOf, madeUp, makeDirectory, origin, readAll, readFiles, recordsOf, writeFiles } from './testing.ts'
import { openTrailLog } from './trail-log.ts'
import { verifyLog } from './verify.ts'

const now = Date.UTC(2026, 10, 22)

/** So much that it goes to the blocks, and does not compress. */
function large(tag: string): Records {
  return recordsOf([Buffer.from(tag), randomBytes(1_200_000)], [Buffer.alloc(0)], [0, 0])
}

for (const [name, made] of [
  ['tail', (tag: string) => madeUp(tag, 20)],
  ['blocks/00000001.blocks', large],
] as const) {
  test(`a last record in ${name.split('/')[0]} that was cut short, or is zeros in part, was never acknowledged`, async (t) => {
    const { directory, keys } = await makeDirectory(t)
    const log = await openTrailLog(directory, { keys, origin })
    await log.append(large('first'), now)
    await log.append(made('second'), now)
    await log.checkpoint()
    const before = await readFiles(directory)
    await log.append(made('third'), now)
    const after = await readFiles(directory)
    await log.close()
    const [kept, grown] = [before.get(name) ?? Buffer.alloc(0), after.get(name) ?? Buffer.alloc(0)]
    const record = grown.subarray(kept.length)
    assert.ok(record.length > 160 && grown.subarray(0, kept.length).equals(kept))
    const expected = [...linesOf(large('first')).slice(0, 1), ...linesOf(made('second')).slice(0, 1)]
    const copy = join(directory, '..', 'copy')
    const found = async (end: Buffer) => {
      await writeFiles(copy, new Map([...before, [name, Buffer.concat([kept, end])]]))
      assert.equal((await verifyLog(copy, { keys })).problem, undefined)
      const opened = await openTrailLog(copy, { keys, origin })
      const lines = await readAll(opened)
      await opened.append(madeUp('goes on', 1), now)
      await opened.close()
      assert.equal((await verifyLog(copy, { keys })).problem, undefined)
      return lines
    }
    const places = [1, 80, 159, 160, 161, record.length - 20, record.length - 1]
    for (const length of places) {
      const begun = record.subarray(0, length)
      for (const end of [begun, Buffer.concat([begun, Buffer.alloc(record.length - length)])]) {
        // A single byte of zero at the end is no sign of anything; a loss of power leaves more.
        if (end.length === record.length && length > record.length - 16) continue
        const lines = await found(end)
        assert.equal(
          lines.some(({ line }) => line.startsWith('third')),
          false,
          `${length} of ${record.length}`,
        )
        for (const { line } of expected) assert.ok(lines.some((each) => each.line === line))
      }
    }
    assert.ok((await found(record)).some(({ line }) => line.startsWith('third')))
    const flipped = Buffer.from(record)
    flipped[200] = (flipped[200] ?? 0) ^ 1
    await writeFiles(copy, new Map([...before, [name, Buffer.concat([kept, flipped])]]))
    await assert.rejects(openTrailLog(copy, { keys, origin }), { code: 'trail-log-damaged' })
  })
}

async function copyInOrder(from: string, to: string): Promise<void> {
  await mkdir(to)
  for (const name of ['head', 'tail', 'nodes', 'blocks', 'keys']) {
    // What is about to be put in its place may be gone the next moment, and nobody needs it.
    await cp(join(from, name), join(to, name), { recursive: true, filter: (source) => !source.endsWith('.new') })
  }
}

test('a log can be verified and copied while it is written', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  const log = await openTrailLog(directory, { keys, origin })
  await log.append(madeUp('first', 1), now)
  let isOver = false
  const writing = (async () => {
    for (let i = 0; !isOver; i += 1)
      await log.append(madeUp(`line ${i}`, i % 7 === 0 ? 5000 : 3, 120), now + i * 3_600_000)
  })()
  let size = 0
  for (let round = 0; round < 4; round += 1) {
    const atLeast = await log.checkpoint()
    const verified = await verifyLog(directory, { keys, atLeast })
    assert.equal(verified.problem, undefined)
    assert.ok(verified.size >= Number(atLeast.split('\n')[1]) && verified.size >= size)
    size = verified.size
    const copy = join(directory, '..', `copy-${round}`)
    await copyInOrder(directory, copy)
    const opened = await openTrailLog(copy, { keys, origin })
    assert.ok(opened.size >= size)
    await opened.close()
    assert.equal((await verifyLog(copy, { keys, atLeast })).problem, undefined)
  }
  isOver = true
  await writing
  await log.close()
})
