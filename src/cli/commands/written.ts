import { refusals } from '#platform/refusal.ts'

const refuse = refusals('file', {
  'not-written': [
    'forbidden',
    'The file {file} cannot be written: {reason}.',
    'name a folder that exists and has room',
  ],
})

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
}

/** Says in words why a file that was asked for could not be written. */
export async function whileWriting<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException
    if (syscall === undefined || code === undefined) throw cause
    throw refuse('not-written', { file, reason: reasons[code] ?? code }, { cause })
  }
}
