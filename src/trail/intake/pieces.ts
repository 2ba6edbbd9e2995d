/** Files of entries of one length, read and written in pieces: none is too large for it. */
import { type FileHandle, open } from 'node:fs/promises'

/** Of any length of an entry a multiple. */
const pieceBytes = 4 * 1024 * 1024

/** Whole entries in their order. A part of one at the end of the file is left out: a stop in the middle of a write may leave it. */
export async function* readEntries(path: string, entryBytes: number, piece = pieceBytes): AsyncGenerator<Buffer> {
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(piece)
    for (let filled = 0, at = 0; ; ) {
      const { bytesRead } = await file.read(buffer, filled, piece - filled, at)
      filled += bytesRead
      at += bytesRead
      if (bytesRead > 0 && filled < piece) continue
      yield buffer.subarray(0, filled - (filled % entryBytes))
      if (bytesRead === 0) return
      filled = 0
    }
  } finally {
    await file.close()
  }
}

/** Writes words, the lower byte first, from this place of the file on. */
export async function writeWords(file: FileHandle, words: Uint32Array, at: number): Promise<void> {
  for (let from = 0; from < words.length; from += pieceBytes / 4) {
    const some = words.subarray(from, from + pieceBytes / 4)
    const bytes = Buffer.allocUnsafe(some.length * 4)
    for (let place = 0; place < some.length; place += 1) bytes.writeUInt32LE(some[place] ?? 0, place * 4)
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + from * 4 + done)
      done += bytesWritten
    }
  }
}
