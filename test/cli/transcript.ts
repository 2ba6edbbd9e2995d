/**
 * Transcripts: what a person types and what Vigil answers, run against the real program. A transcript is a text file:
 *
 *     # A title, as a sentence; further lines with # are comments.
 *     needs slapd                 a program; slapd is started first, with the section `directory.ldif`
 *     $ vigil status              a line for the shell, in a folder of its own; it has to end with 0
 *     $1 vigil findings show 99   … or with the code that follows the dollar
 *     what it prints              all of standard output; `…` stands for anything, alone on a line for any lines
 *     2| what it prints           the same for standard error; when not said, it has to be empty
 *     ? .findings.0.severity is "critical"      the last output as JSON: `is`, `has` (a part of it), `at-least`
 *     let KEY .key                keeps a value of that JSON for later lines, as $KEY; or /a (pattern)/ of the text
 *     env NAME=value              for the commands that follow; `env NAME=` takes it away
 *     -- list.csv --              a file of the folder, up to the next of these or the end
 *
 * $TODAY is the day, $TODAY+30 the day thirty days later. No output may hold an escape: nothing here is a terminal.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { administrator, type Slapd, startSlapd, suffix } from '../support/slapd.ts'

export interface Transcript {
  readonly title: string
  readonly needs: readonly string[]
  readonly steps: readonly Step[]
  readonly files: ReadonlyMap<string, string>
}

type Step = { readonly line: number } & (
  | {
      readonly kind: 'command'
      readonly command: string
      readonly code: number
      readonly out: readonly string[]
      readonly err: readonly string[]
    }
  | { readonly kind: 'ask'; readonly path: string; readonly how: 'is' | 'has' | 'at-least'; readonly value: string }
  | { readonly kind: 'let'; readonly name: string; readonly from: string }
  | { readonly kind: 'env'; readonly name: string; readonly value: string }
)

export function readTranscript(text: string): Transcript {
  const files = new Map<string, string>()
  const needs: string[] = []
  const steps: Step[] = []
  let title = ''
  let file: string | undefined
  let command: { out: string[]; err: string[] } | undefined
  for (const [index, content] of text.replace(/\n$/, '').split('\n').entries()) {
    const line = index + 1
    const section = /^-- (\S.*) --$/.exec(content)
    if (section) {
      file = section[1] ?? ''
      files.set(file, '')
    } else if (file !== undefined) {
      files.set(file, `${files.get(file)}${content}\n`)
    } else if (content.startsWith('#')) {
      title ||= content.replace(/^#\s*/, '')
      command = undefined
    } else if (content.startsWith('needs ')) needs.push(content.slice(6).trim())
    else if (/^\$\d* /.test(content)) {
      const [, code = '', said = ''] = /^\$(\d*) (.*)$/.exec(content) ?? []
      command = { out: [], err: [] }
      steps.push({ kind: 'command', line, command: said, code: Number(code || '0'), ...command })
    } else if (content.startsWith('? ')) {
      const asked = /^\? (\S+) (is|has|at-least) (.+)$/.exec(content)
      assert.ok(asked, `line ${line} asks nothing that is known`)
      const [, path = '', how, value = ''] = asked
      steps.push({ kind: 'ask', line, path, how: how as 'is' | 'has' | 'at-least', value })
    } else if (content.startsWith('let ')) {
      const [, name = '', from = ''] = /^let (\w+) (.+)$/.exec(content) ?? []
      steps.push({ kind: 'let', line, name, from })
    } else if (content.startsWith('env ')) {
      const [, name = '', value = ''] = /^env (\w+)=(.*)$/.exec(content) ?? []
      steps.push({ kind: 'env', line, name, value })
    } else if (content.startsWith('2| ')) command?.err.push(content.slice(3))
    else if (content !== '' || (command && command.out.length > 0)) command?.out.push(content)
  }
  return { title, needs, steps, files }
}

// Compiling what every command imports takes longer than most commands.
const compiled = mkdtempSync(join(tmpdir(), `vigil-compiled-${process.pid}-`))
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }))

export async function runTranscript(transcript: Transcript): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `vigil-cli-${process.pid}-`))
  // As root the database runs as a user of its own, who must get through.
  chmodSync(folder, 0o711)
  const work = join(folder, 'work')
  const programs = join(folder, 'bin')
  mkdirSync(work, { mode: 0o711 })
  mkdirSync(programs)
  symlinkSync(join(import.meta.dirname, '..', '..', 'bin', 'vigil.js'), join(programs, 'vigil'))
  for (const [name, content] of transcript.files) {
    mkdirSync(dirname(join(work, name)), { recursive: true })
    writeFileSync(join(work, name), content)
  }
  const words = new Map<string, string>()
  const environment: Record<string, string> = {
    // The node that runs the tests, so that a machine's older one does not start it a second time.
    PATH: `${programs}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    HOME: work,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    NODE_COMPILE_CACHE: compiled,
    VIGIL_DATA: join(work, 'data'),
  }
  let last = ''
  let server: Slapd | undefined
  try {
    if (transcript.needs.includes('slapd')) {
      server = await startSlapd({ ldif: transcript.files.get('directory.ldif') ?? '' })
      environment['LDAP_URL'] = server.url
      environment['LDAP_SUFFIX'] = suffix
      environment['LDAP_ADMIN'] = administrator.bindDn
      environment['LDAP_SECRET'] = administrator.password
    }
    for (const step of transcript.steps) {
      const at = `line ${step.line}`
      if (step.kind === 'env') {
        if (step.value === '') delete environment[step.name]
        else environment[step.name] = fill(step.value, words)
      } else if (step.kind === 'let') {
        words.set(step.name, take(last, fill(step.from, words), at))
      } else if (step.kind === 'ask') {
        judge(find(parse(last, at), step.path), step.how, JSON.parse(fill(step.value, words)), `${at}: ${step.path}`)
      } else {
        const command = fill(step.command, words)
        const result = await runShell(command, work, environment)
        const told = `${at}: ${command}\n--- output\n${result.out}--- errors\n${result.err}`
        assert.equal(result.code, step.code, `another exit code; ${told}`)
        assert.ok(!`${result.out}${result.err}`.includes('\u001B'), `an escape where nothing is a terminal; ${told}`)
        const fill1 = (line: string) => fill(line, words)
        if (step.out.length > 0) assert.ok(matches(result.out, step.out.map(fill1)), `another output; ${told}`)
        assert.ok(matches(result.err, step.err.map(fill1)), `other errors; ${told}`)
        last = result.out
      }
    }
  } finally {
    await server?.stop()
    for (const data of ['data', 'restored']) stopServer(join(work, data))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Ends the database's server of a command that was stopped: after a command that ended there is none. */
function stopServer(data: string): void {
  const file = join(data, 'postgres', 'cluster', 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  if (pid > 1) process.kill(pid, 'SIGQUIT')
}

const mostSeconds = 60

async function runShell(
  command: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn('bash', ['-c', command], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: mostSeconds * 1_000,
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, out, err }
}

function fill(text: string, words: ReadonlyMap<string, string>): string {
  return text
    .replace(/\$TODAY(?:([+-]\d+))?/g, (_, days: string | undefined) =>
      new Date(Date.now() + Number(days ?? '0') * 86_400_000).toISOString().slice(0, 10),
    )
    .replace(/\$([A-Z][A-Z0-9]*)\b/g, (whole, name: string) => words.get(name) ?? whole)
}

/** Whether a text is as its lines say; blank lines at the end do not matter. */
export function matches(text: string, expected: readonly string[]): boolean {
  const lines = text.replace(/\n+$/, '').split('\n')
  const wanted = [...expected]
  while (wanted.at(-1) === '') wanted.pop()
  if (wanted.length === 0) return text === ''
  const pattern = wanted
    .map((line) => (line.trim() === '…' ? '(?:[^\\n]*\\n)*?' : `${line.split('…').map(quoted).join('[^\\n]*')}\\n`))
    .join('')
  return new RegExp(`^${pattern}$`).test(lines.map((line) => `${line}\n`).join(''))
}

const quoted = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

function parse(text: string, at: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    assert.fail(`${at}: the output before is not JSON: ${text.slice(0, 200)}`)
  }
}

/** A value by its path: ".findings.0.severity", ".files.length", "." for all. */
function find(value: unknown, path: string): unknown {
  return path
    .split('.')
    .filter((part) => part !== '')
    .reduce<unknown>(
      (at, part) => (at === null || at === undefined ? undefined : (at as Record<string, unknown>)[part]),
      value,
    )
}

function judge(found: unknown, how: 'is' | 'has' | 'at-least', wanted: unknown, at: string): void {
  if (how === 'is') assert.deepEqual(found, wanted, at)
  else if (how === 'at-least') assert.ok(typeof found === 'number' && found >= Number(wanted), `${at} is ${found}`)
  else {
    const all = Array.isArray(found) ? found : [found]
    assert.ok(
      all.some((one) => holds(one, wanted)),
      `${at} has no ${JSON.stringify(wanted)}; it is ${JSON.stringify(found)?.slice(0, 2_000)}`,
    )
  }
}

/** Whether a value has all that another says; texts hold it with `…` for anything. */
function holds(found: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'string') return typeof found === 'string' && matches(found, [wanted])
  if (typeof wanted !== 'object' || wanted === null) return Object.is(found, wanted)
  if (typeof found !== 'object' || found === null) return false
  if (Array.isArray(wanted)) {
    return Array.isArray(found) && wanted.every((one) => found.some((other) => holds(other, one)))
  }
  return Object.entries(wanted).every(([name, value]) => holds((found as Record<string, unknown>)[name], value))
}

function take(text: string, from: string, at: string): string {
  const pattern = /^\/(.*)\/$/.exec(from)?.[1]
  const taken = pattern === undefined ? find(parse(text, at), from) : new RegExp(pattern, 'm').exec(text)?.[1]
  assert.ok(taken !== undefined && taken !== null, `${at}: there is no ${from} in ${text.slice(0, 500)}`)
  return String(taken)
}
