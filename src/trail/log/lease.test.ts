import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { takeLease } from './lease.ts'
import { makeDirectory } from './testing.ts'

const lease = join(import.meta.dirname, 'lease.ts')

function hold(directory: string) {
  const script = `const { takeLease } = await import(${JSON.stringify(lease)})
    await takeLease(${JSON.stringify(directory)})
    process.stdout.write('held')
    setInterval(() => {}, 1000)`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
}

test('one process at a time has the directory; a second one is told which', async (t) => {
  const { directory } = await makeDirectory(t)
  const holder = hold(directory)
  t.after(() => holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  await assert.rejects(takeLease(directory), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'trail-log-held')
    assert.match(error.message, new RegExp(`process ${holder.pid} on `))
    return true
  })
  // However it ends, its lease ends with it.
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const taken = await takeLease(directory)
  await assert.rejects(takeLease(directory), { code: 'trail-log-held' })
  await taken.release()
  await taken.release()
  // What is written about the holder does not matter: here it is a process that lives.
  await writeFile(join(directory, 'lease.holder'), `process ${process.ppid} on here\n`)
  await (await takeLease(directory)).release()
})
