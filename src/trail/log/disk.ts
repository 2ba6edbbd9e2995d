/** Carries out steps: everything of a step is on the disk when `carryOut` resolves, and nothing is left of one that failed. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from './durable.ts'
import { blocksDirectory, nameOfFile, tailName } from './files.ts'
import { refuse } from './refusals.ts'
import type { Plan, Step, Write } from './writer.ts'

const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Says whether it failed for want of room: that may pass. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && noRoom.has(String(error.code))
}

export class Disk {
  readonly #directory: string
  #blocks: { readonly number: number; readonly file: FileHandle } | undefined
  #tail: FileHandle | undefined
  /** What a failed step may have left. */
  #leftover: Plan | undefined
  #isBroken = false

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Throws the refusal to give to whoever waits for the step. */
  async carryOut(step: Step): Promise<void> {
    if (this.#isBroken) throw refuse('failed')
    try {
      if (this.#leftover) await this.#clean(this.#leftover)
      for (const write of step.writes) await this.#write(write)
    } catch (error) {
      this.#leftover = step.before
      // After a failed sync nobody knows what is on the disk, so only opening again helps.
      this.#isBroken ||= !isNoRoom(error)
      if (!this.#isBroken) await this.#clean(step.before).catch(() => undefined)
      throw refuse(this.#isBroken ? 'failed' : 'full', {}, { cause: error })
    }
  }

  async close(): Promise<void> {
    await this.#blocks?.file.close()
    await this.#tail?.close()
    this.#blocks = undefined
    this.#tail = undefined
  }

  async #write(write: Write): Promise<void> {
    if (write.to === 'blocks') {
      const isNew = write.at === 0
      const file = await this.#blocksFile(write.number, isNew)
      await writeAll(file, write.bytes, write.at)
      await file.datasync()
      if (isNew) await syncDirectory(blocksDirectory(this.#directory))
      return
    }
    const path = join(this.#directory, tailName)
    if (write.to === 'tail') {
      this.#tail ??= await open(path, 'r+')
      await writeAll(this.#tail, write.bytes, write.at)
      await this.#tail.datasync()
      return
    }
    const file = await open(`${path}.new`, 'w', 0o600)
    try {
      await writeAll(file, write.bytes, 0)
      await file.datasync()
    } catch (error) {
      await file.close()
      throw error
    }
    await this.#tail?.close()
    this.#tail = file
    try {
      await rename(`${path}.new`, path)
      await syncDirectory(this.#directory)
    } catch (error) {
      // Which of the two is there now is not known.
      this.#isBroken = true
      throw error
    }
  }

  async #blocksFile(number: number, isNew: boolean): Promise<FileHandle> {
    if (this.#blocks?.number === number) return this.#blocks.file
    await this.#blocks?.file.close()
    this.#blocks = undefined
    const path = join(this.#directory, nameOfFile({ number, isDestroyed: false }))
    const file = await open(path, isNew ? 'w+' : 'r+', 0o600)
    this.#blocks = { number, file }
    return file
  }

  /** Cuts off what was written beyond the plan. */
  async #clean({ file, tail }: Plan): Promise<void> {
    const path = (number: number) => join(this.#directory, nameOfFile({ number, isDestroyed: false }))
    await this.#blocks?.file.close()
    this.#blocks = undefined
    await rm(path(file.number + 1), { force: true })
    if (file.number > 0) await cut(path(file.number), file.length)
    await rm(join(this.#directory, `${tailName}.new`), { force: true })
    if (tail.generation > 0) await cut(join(this.#directory, tailName), tail.length)
    this.#leftover = undefined
  }
}

async function cut(path: string, length: number): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.truncate(length)
    await file.datasync()
  } finally {
    await file.close()
  }
}

async function writeAll(file: FileHandle, parts: readonly Buffer[], at: number): Promise<void> {
  let position = at
  let left = [...parts]
  while (left.length > 0) {
    // The system takes so many pieces in one call.
    const now = left.slice(0, 512)
    let { bytesWritten } = await file.writev(now, position)
    position += bytesWritten
    const rest: Buffer[] = []
    for (const part of now) {
      if (bytesWritten < part.length) rest.push(part.subarray(bytesWritten))
      bytesWritten = Math.max(0, bytesWritten - part.length)
    }
    left = [...rest, ...left.slice(512)]
  }
}
