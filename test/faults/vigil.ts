/** Vigil as people run it: a process of its own, with what it said, how it ended and the memory that it took at its height. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const program = join(import.meta.dirname, '..', '..', 'bin', 'vigil.js')

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly errors: string
  /** Highest resident memory of the Node.js process, in megabytes. */
  readonly peakMegabytes: number
}

// Loaded before the program. The kernel's own mark of this process's memory; what getrusage says may be its parent's.
const tellPeak = `
import { readFileSync, writeFileSync } from 'node:fs'
process.on('exit', () => {
  let kilobytes = process.resourceUsage().maxRSS
  try {
    kilobytes = Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
  } catch {}
  writeFileSync(process.env.VIGIL_TEST_PEAK, String(kilobytes))
})`

/** An environment that holds no setting of whoever runs the tests. */
function cleanEnvironment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(VIGIL_|DATABASE_URL$|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(name),
  )
  return { ...Object.fromEntries(own), ...settings }
}

/** Starts a command without waiting for its end. */
export function startVigil(words: readonly string[], settings: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [program, ...words], {
    env: cleanEnvironment(settings),
    stdio: ['ignore', 'ignore', 'ignore'],
  })
}

/** Runs a command to its end; one that takes longer than it may is killed, and its code is null. */
export async function runVigil(
  words: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  mostMs = 120_000,
): Promise<Ended> {
  const folder = makeFolder('vigil-peak-')
  const peak = join(folder, 'peak')
  try {
    const child = spawn(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(tellPeak)}`, program, ...words],
      {
        env: cleanEnvironment({ ...settings, VIGIL_TEST_PEAK: peak }),
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: mostMs,
        killSignal: 'SIGKILL',
      },
    )
    const [out, errors, code] = await Promise.all([
      gather(child.stdout),
      gather(child.stderr),
      new Promise<number | null>((resolve, reject) => {
        child.once('error', reject)
        child.once('close', resolve)
      }),
    ])
    return { code, out, errors, peakMegabytes: code === null ? Number.NaN : Number(readFileSync(peak, 'utf8')) / 1024 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function gather(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** A new temporary directory through which the database's own user may pass. */
export function makeFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  chmodSync(folder, 0o711)
  return folder
}

/** Whether the long forms of the tests run: more kills, larger files. */
export const isLong = process.env['VIGIL_LONG'] === '1'
