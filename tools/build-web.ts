/**
 * Builds the web app into dist/web where it is missing or older than what it is made of; `npm start` runs this first, so
 * that it costs nothing when there is nothing to do. `--always` builds in any case, VIGIL_WEB names another folder. Prints the sizes of what was built.
 */
import { globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const built = process.env['VIGIL_WEB'] ?? join(root, 'dist/web')
/** The most that a browser has to run before the first page stands. */
const largestStart = 250_000

const { values } = parseArgs({ options: { always: { type: 'boolean' } } })
if (values.always || isOld()) await build()

/** Whether anything that the web app is made of is younger than it, or was taken away since. */
function isOld(): boolean {
  let since: number
  try {
    since = statSync(join(built, 'index.html')).mtimeMs
  } catch {
    return true
  }
  const files = globSync(
    [
      'vite.config.ts',
      'package-lock.json',
      'src/{web,ui}/**',
      'src/{core,practices,sources}/**/{screens,screens/**,contract.ts,model.ts,model/**}',
    ],
    { cwd: root },
  )
  files.push('src/platform/contract.ts', 'src/platform/days.ts')
  return files.some((file) => statSync(join(root, file)).mtimeMs > since)
}

async function build(): Promise<void> {
  const begun = performance.now()
  // Loaded only now: most starts build nothing.
  const vite = await import('vite')
  await vite.build({
    root: join(root, 'src/web'),
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: built },
  })
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
  const size = (name: string) => gzipSync(readFileSync(join(built, name))).length
  const names = readdirSync(join(built, 'assets')).map((name) => `assets/${name}`)
  const page = readFileSync(join(built, 'index.html'), 'utf8')
  const first = [...page.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map(([, name = '']) => name)
  const start = sum(first.map(size))
  const all = sum(names.filter((name) => name.endsWith('.js')).map(size))
  const styles = sum(names.filter((name) => name.endsWith('.css')).map(size))
  process.stdout.write(
    `Built the web app in ${seconds} s: ${kilo(start)} of script to start, ${kilo(all)} in all, ${kilo(styles)} of styles (gzip).\n`,
  )
  if (start <= largestStart) return
  process.stderr.write(`The start takes more than ${kilo(largestStart)} of script.\n`)
  process.exitCode = 1
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}

function kilo(bytes: number): string {
  return `${Math.round(bytes / 1_000)} kB`
}
