/**
 * Completes package-lock.json after `npm install`: npm leaves out optional packages for other platforms that its registry did
 * not have at that moment, and `npm ci` then refuses the lock. What a platform's package is for follows from its name; npm
 * looks at `os`, `cpu` and `libc` before it fetches one.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Locked {
  version?: string
  optional?: boolean
  dev?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const file = 'package-lock.json'
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> }
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const processors: Readonly<Record<string, string>> = {
  arm64: 'arm64',
  x64: 'x64',
  ia32: 'ia32',
  arm: 'arm',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
}
let added = 0
for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (`node_modules/${name}` in lock.packages || `${place}/node_modules/${name}` in lock.packages) continue
    const words = name.split(/[/-]/)
    const system = systems.find((word) => words.includes(word))
    const processor = Object.keys(processors).find((word) => words.includes(word))
    if (system === undefined || processor === undefined) continue
    const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : undefined
    lock.packages[`node_modules/${name}`] = {
      version: version.replace(/^[\^~]/, ''),
      cpu: [processors[processor] ?? processor],
      ...(entry.dev ? { dev: true } : {}),
      ...(libc ? { libc } : {}),
      optional: true,
      os: [system],
    }
    added += 1
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${added} packages for other platforms added\n`)
