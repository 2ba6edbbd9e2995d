/** Server programs that tests run against: found on this machine, or installed where tests run unattended. */
import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

interface Program {
  readonly name: string
  /** The Debian packages that hold it. */
  readonly apt: readonly string[]
}

type Found = { readonly path: string; readonly skip: false } | { readonly path: undefined; readonly skip: string }

/**
 * Finds a program on the PATH or among the system's own. Where it is missing, an unattended run (CI=true) as root on
 * Debian installs it, and fails when it cannot; elsewhere the answer is a reason to skip, with the line to type.
 */
export async function requireProgram(program: Program): Promise<Found> {
  const path = await findProgram(program.name)
  if (path !== undefined) return { path, skip: false }
  const line = `apt-get install ${program.apt.join(' ')}`
  if (process.env['CI'] !== 'true') {
    return { path: undefined, skip: `${program.name} is not installed here; to run these tests: ${line}` }
  }
  if (process.getuid?.() !== 0 || (await findProgram('apt-get')) === undefined) {
    throw new Error(`${program.name} is missing and cannot be installed by this user; before the tests: ${line}`)
  }
  await install(program.apt)
  const installed = await findProgram(program.name)
  if (installed === undefined) throw new Error(`${line} has not brought ${program.name}`)
  return { path: installed, skip: false }
}

export async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  for (const folder of folders) {
    const path = join(folder, name)
    if (folder !== '' && (await isExecutable(path))) return path
  }
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Installs while services are kept from starting; a policy that the machine has of its own stays. Test files run side by
 * side, so all of it happens under one lock.
 */
const script = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get update
apt-get install --yes --no-install-recommends "$@"
`

async function install(packages: readonly string[]): Promise<void> {
  const lock = join(tmpdir(), 'vigil-apt.lock')
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 64 * 1024 * 1024 }
  try {
    await run('flock', [lock, 'sh', '-c', script, 'install', ...packages], options)
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().slice(-500) : ''
    throw new Error(`apt-get install ${packages.join(' ')} has failed: ${said}`, { cause: error })
  }
}
