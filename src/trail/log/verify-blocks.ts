/** Goes over the files of blocks, checks what stands in their heads, and hands the blocks on to be hashed. */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { looksTorn, nameOfFile, type Placed, placedAt, placeOf, readAt } from './files.ts'
import { endOf, headLength, kinds, monthOf, noDigest, places } from './record.ts'
import { type Listed, listFiles } from './recovery.ts'
import { Damage } from './refusals.ts'
import { isDestroyed, opens, sealedBlock, type VerifiedParts } from './verify-parts.ts'
import { SharedFile } from './verify-pieces.ts'

/** A file of blocks that is being read. */
interface OpenFile {
  readonly shared: SharedFile
  readonly listed: Listed
  readonly name: string
}

export class BlockWalk {
  readonly #parts: VerifiedParts
  // Where the reading stands: in which file, at which byte, and after which record.
  #file: OpenFile | undefined
  #number = 0
  #at = 0
  #month = 0
  #blocks = 0
  #isFinished = true
  #receivedAt = 0
  #digest: Buffer = noDigest
  /** How many lines the blocks have so far, and the digest of the last of them. */
  end = 0
  blockDigest: Buffer = noDigest
  /** A record at the end of the blocks that is not whole. */
  brokenOff: string | undefined

  constructor(parts: VerifiedParts) {
    this.#parts = parts
  }

  async close(): Promise<void> {
    await this.#file?.shared.release()
    this.#file = undefined
  }

  /** Goes on as far as there are blocks. */
  async read(): Promise<void> {
    for (;;) {
      if (!this.#file && !(await this.#openNext())) return
      const file = this.#file
      if (!file) return
      const { handle } = file.shared
      // The length first: what lies within it is written, while more may come at any moment.
      const { size } = await handle.stat()
      const record = await placedAt(handle, this.#at, file.listed.isDestroyed)
      if (record && this.#at + record.length <= size) {
        if (await this.#isTorn(handle, record)) return
        await this.#take(record, file)
        this.#at += record.length
        continue
      }
      const isLast = !(await this.#listedAfter(this.#number))
      // It was finished, and the next begun, since its length was asked.
      if (!isLast && (await handle.stat()).size > size) continue
      if (this.#at < size && !(isLast && (await this.#isBeginning(handle, record, size)))) {
        throw new Damage(`${placeOf(file.name, this.#at)} is damaged.`)
      }
      if (isLast) return
      if (!this.#isFinished) throw new Damage(`${file.name} was cut off at byte ${this.#at}.`)
      await this.close()
    }
  }

  /** Whether what follows is the beginning of a record that nobody was told of. */
  async #isBeginning(file: FileHandle, record: Placed | undefined, size: number): Promise<boolean> {
    // Whether lines are missing for it shows once the tail is read.
    this.brokenOff = `${placeOf(this.#file?.name ?? '', this.#at)} was cut off`
    if (record || size - this.#at < headLength) return true
    return looksTorn(await readAt(file, this.#at, size - this.#at), this.#at)
  }

  /** Whether it is the last record, that nobody was told of, and a loss of power has left holes in it. */
  async #isTorn(file: FileHandle, record: Placed): Promise<boolean> {
    const { head, keys } = this.#parts
    if (endOf(record.head) <= head.signed.size || isDestroyed(head, record.head.month)) return false
    const bytes = await readAt(file, record.at, record.length)
    if (!looksTorn(bytes, record.at) || (await this.#listedAfter(this.#number))) return false
    return !(await opens(keys, record, bytes.subarray(headLength)))
  }

  async #listedAfter(number: number): Promise<Listed | undefined> {
    const { directory, head } = this.#parts
    const { files } = await listFiles(directory, new Set(head.destroyed))
    return files[number]
  }

  async #openNext(): Promise<boolean> {
    const listed = await this.#listedAfter(this.#number)
    if (!listed) return false
    const name = nameOfFile(listed)
    const handle = await open(join(this.#parts.directory, name), 'r')
    this.#file = { shared: new SharedFile(handle), listed, name }
    const { size } = await handle.stat()
    const begin = await placedAt(handle, 0, listed.isDestroyed)
    if (!begin) {
      const isOpen = !(await this.#listedAfter(listed.number)) && (await this.#isBeginning(handle, begin, size))
      if (!isOpen) throw new Damage(`${placeOf(name, 0)} is damaged.`)
      await this.close()
      return false
    }
    const { head } = begin
    const isInPlace = head.kind === kinds.file && head.place === places.blocks && head.number === listed.number
    if (!isInPlace) throw new Damage(`${placeOf(name, 0)} is of another file.`)
    if (head.first !== this.end || !head.previous.equals(this.#digest) || head.month < this.#month) {
      throw new Damage(`${name} does not follow the file before it.`)
    }
    if (listed.isDestroyed !== isDestroyed(this.#parts.head, head.month)) {
      throw new Damage(`${name} is not in the state that head names.`)
    }
    await this.#expectTag(begin, handle, name)
    this.#number = listed.number
    this.#month = head.month
    this.#at = begin.length
    this.#digest = begin.digest
    this.#blocks = 0
    this.#isFinished = false
    return true
  }

  async #take(record: Placed, { shared, listed, name }: OpenFile): Promise<void> {
    const { head } = record
    const where = placeOf(name, record.at, head)
    const isInPlace = head.number === this.#number && head.place === places.blocks && head.month === this.#month
    const isKnown = head.kind === kinds.block || head.kind === kinds.end
    const isNext = head.first === this.end && head.previous.equals(this.#digest) && !this.#isFinished
    if (!isInPlace || !isKnown || !isNext) throw new Damage(`${where} is out of order.`)
    if (head.kind === kinds.end) {
      if (head.count !== this.#blocks) throw new Damage(`${where} counts other blocks than there are.`)
      if (!listed.isDestroyed) await this.#expectTag(record, shared.handle, name)
      this.#isFinished = true
    } else {
      this.#expectTimes(record, where)
      const key = listed.isDestroyed ? undefined : await this.#parts.keys.of(head.month)
      const block = sealedBlock(record, { name, from: shared.handle.fd, key })
      await this.#parts.pieces.add(block, endOf(head), shared)
      this.#blocks += 1
      this.end = endOf(head)
      this.blockDigest = record.digest
    }
    this.#digest = record.digest
  }

  #expectTimes({ head: { receivedFrom, receivedTo, month } }: Placed, where: string): void {
    const isOrdered = this.#receivedAt <= receivedFrom && receivedFrom <= receivedTo
    if (!isOrdered || monthOf(receivedFrom) !== month || monthOf(receivedTo) !== month) {
      throw new Damage(`${where} was received before the one before it.`)
    }
    this.#receivedAt = receivedTo
  }

  async #expectTag(record: Placed, file: FileHandle, name: string): Promise<void> {
    const { head, keys } = this.#parts
    if (isDestroyed(head, record.head.month)) return
    const body = await readAt(file, record.at + headLength, record.length - headLength)
    if (!(await opens(keys, record, body))) throw new Damage(`${placeOf(name, record.at)} is not as it was sealed.`)
  }
}
