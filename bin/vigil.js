#!/usr/bin/env node
// Starts Vigil by a Node.js that runs its TypeScript unbuilt: this one when it is new enough, else the one that npm installed
// beside it (the `node` package), so that `npx vigil` works where the machine's own Node.js is older.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'cli', 'main.ts')
const [major = 0] = process.versions.node.split('.').map(Number)

// The access trail's query store works on these threads too: four would let a long answer hold up the disk.
process.env.UV_THREADPOOL_SIZE ??= '12'

if (major >= 24) {
  // Compiled once for all later starts, in a place that only who installed Vigil may write.
  module.enableCompileCache(join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', '.cache', 'vigil'))
  const { run } = await import(main)
  await run(process.argv.slice(2))
} else {
  const beside = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', 'node', 'bin', 'node')
  if (!existsSync(beside)) {
    process.stderr.write(
      `vigil: Node.js 24 is needed, and this is ${process.versions.node}\nhint: run npm ci in the checkout\n`,
    )
    process.exit(70)
  }
  const child = spawn(beside, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal) process.kill(process.pid, signal)
    else process.exit(code ?? 70)
  })
}
