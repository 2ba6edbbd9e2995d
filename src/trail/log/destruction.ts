/** What is left of a file of a destroyed month: the heads of its records, and the hashes of its leaves. */
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { hashLeaves } from '../hash/hash.ts'
import { syncDirectory } from './durable.ts'
import { type BlockFile, blocksDirectory, nameOfFile, placeOf, readAt, walk } from './files.ts'
import { kinds } from './record.ts'
import { Damage } from './refusals.ts'
import { type MonthKeys, openBlock, saltsOf } from './seal.ts'

/** Writes it beside the file; durable when it resolves. The file itself and its key stay as they are. */
export async function writeHusk(directory: string, keys: MonthKeys, blockFile: BlockFile): Promise<void> {
  const name = nameOfFile(blockFile)
  const path = join(directory, nameOfFile({ number: blockFile.number, isDestroyed: true }))
  const key = await keys.of(blockFile.month)
  const file = await open(join(directory, name), 'r')
  try {
    const husk = await open(`${path}.new`, 'w', 0o600)
    try {
      const { records, end, rest } = await walk(file, false)
      if (rest !== 'nothing') throw new Damage(`${placeOf(name, end)} is damaged.`)
      for (const { head, headBytes, at, length } of records) {
        await husk.appendFile(headBytes)
        if (head.kind !== kinds.block) continue
        const block = await openBlock(key, head, await readAt(file, at, length), placeOf(name, at, head))
        await husk.appendFile(hashLeaves(saltsOf(key, block.first, block.count), block.lines, block.lineEnds))
      }
      await husk.datasync()
    } finally {
      await husk.close()
    }
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncDirectory(blocksDirectory(directory))
}
