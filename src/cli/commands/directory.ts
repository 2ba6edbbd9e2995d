import { readFileSync, statSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { type Finding, readFindings } from '#core/findings/service.ts'
import type { IntakeResult } from '#core/intake/service.ts'
import type { JudgeResult } from '#core/safeguards/service.ts'
import { type Day, dayOf } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import { change, type Installation, judgeAll, read, resolve } from '#server/installation.ts'
import { nameSource, takeDirectory } from '#sources/directories/service.ts'
import type { Program } from '../program.ts'
import { count, openProgress, plain } from '../terminal/screen.ts'
import { parseNumber } from './arguments.ts'
import { findingToJson, printFinding } from './findings.ts'
import { withInstallation } from './opened.ts'

const refuse = refusals('directory', {
  'no-file': ['missing', 'The file {file} cannot be read: {reason}.', 'name a file that this user may read'],
  'open-password': ['forbidden', 'The password file {file} is open to others than its owner.', 'run chmod 600 on it'],
})

interface Options {
  readonly bindDn?: string
  readonly passwordFile?: string
  readonly base?: string
  readonly filter?: string
  readonly startTls?: true
  readonly ca?: string
  readonly system?: string
  readonly allowPlain?: true
  readonly pageSize?: number
  readonly timeout?: number
  readonly json?: true
}

const mostShown = 20

export function registerDirectory(command: Command, program: Program): void {
  command
    .command('directory')
    .description('read accounts live from a directory (Active Directory, OpenLDAP …) and judge what has changed')
    .argument('<url>', 'ldaps://host[:port], or ldap://host[:port] with --start-tls', parseUrl)
    .option('--bind-dn <dn>', 'who signs in; anonymous when not said')
    .option('--password-file <file>', 'a file (mode 600) with the password; else it is read from VIGIL_LDAP_PASSWORD')
    .option('--base <dn>', 'where to look; what the directory itself names when not said')
    .option('--filter <filter>', 'which entries, for example (department=Billing)')
    .option('--start-tls', 'encrypt a connection that begins as ldap://')
    .option('--ca <file.pem>', 'the certificate of the authority that signed the directory’s')
    .option('--system <name>', 'the name of the system whose accounts these are')
    .option('--allow-plain', 'send the password unencrypted, which anyone on the way can read')
    .option('--page-size <number>', 'entries asked for at once; 500 when not said', parseNumber(1, 100_000))
    .option('--timeout <seconds>', 'how long to wait for one answer; 30 when not said', parseNumber(1, 3_600))
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
What a directory says is measured and speaks for a day, so run it daily. An account that is gone or disabled closes its
findings by itself. A password is never given on the command line, where others can see it.

  $ VIGIL_LDAP_PASSWORD=… vigil directory ldaps://dc1.clinic.example --bind-dn 'cn=vigil,dc=clinic,dc=example'
  $ vigil directory ldap://ldap.clinic.example --start-tls --ca clinic-ca.pem --password-file /etc/vigil/ldap \\
      --bind-dn uid=vigil,ou=services,dc=clinic,dc=example`,
    )
    .action(async (url: URL, options: Options) => {
      const ca = options.ca === undefined ? undefined : readText(options.ca)
      const filed = options.passwordFile === undefined ? undefined : readPassword(options.passwordFile)
      const progress = openProgress(program.errors)
      await withInstallation(
        program,
        async (installation) => {
          const now = new Date()
          const password = filed ?? installation.config.directoryPassword?.reveal()
          const { bindDn, base, filter, system, pageSize, timeout } = options
          try {
            progress.say('reading the directory …', true)
            const taken = await takeDirectory({
              transact: (work, tell) => change(installation, now, work, tell),
              now,
              name: nameSource(url, base, filter),
              validDays: installation.config.validDays,
              progress: (rows) => progress.say(`reading the directory … ${count(rows, 'entry', 'entries')}`),
              say: sayAsOptions,
              ldap: {
                url: `${url.protocol}//${url.host}`,
                ...(bindDn === undefined ? {} : { bindDn, ...(password === undefined ? {} : { password }) }),
                ...(base === undefined ? {} : { baseDn: base }),
                ...(filter === undefined ? {} : { filter }),
                ...(options.startTls ? { startTls: true } : {}),
                ...(options.allowPlain ? { allowPlain: true } : {}),
                ...(ca === undefined ? {} : { ca }),
                ...(system === undefined ? {} : { system }),
                ...(pageSize === undefined ? {} : { pageSize }),
                ...(timeout === undefined ? {} : { timeoutMs: timeout * 1_000 }),
                asOf: now,
              },
            })
            progress.say('matching people and accounts …', true)
            const { questions } = await resolve(installation, now)
            progress.say('checking …', true)
            const judged = await judgeAll(installation, now)
            const closed = await listMoved(installation, now, 'closed')
            const opened = await listMoved(installation, now, 'opened')
            const today = dayOf(now, installation.config.timeZone)
            progress.clear()
            report(program, options, {
              name: nameSource(url, base, filter),
              taken,
              judged,
              questions,
              closed,
              opened,
              today,
            })
          } finally {
            progress.clear()
          }
        },
        { create: true },
      )
    })
}

/** Names the settings of a directory as they are typed. */
function sayAsOptions(message: string): string {
  const names = { bindDn: '--bind-dn', baseDn: '--base', startTls: '--start-tls', timeoutMs: '--timeout', ca: '--ca' }
  return message.replace(/\b(bindDn|baseDn|startTls|timeoutMs|ca)\b/g, (word) => names[word as keyof typeof names])
}

/** The findings that one judging closed or opened; they carry its moment. */
async function listMoved(installation: Installation, now: Date, how: 'closed' | 'opened'): Promise<readonly Finding[]> {
  const isNow = (instant: Date | undefined) => instant?.getTime() === now.getTime()
  return read(installation, now, async (context) => {
    const moved: Finding[] = []
    for await (const batch of readFindings(context, { state: how === 'closed' ? 'closed' : 'not-closed' })) {
      moved.push(
        ...batch.filter((finding) =>
          how === 'closed' ? isNow(finding.closedAt) : isNow(finding.reopenedAt ?? finding.openedAt),
        ),
      )
    }
    return moved
  })
}

function report(
  program: Program,
  options: { readonly json?: true },
  result: {
    readonly name: string
    readonly taken: IntakeResult
    readonly judged: JudgeResult
    readonly questions: number
    readonly closed: readonly Finding[]
    readonly opened: readonly Finding[]
    readonly today: Day
  },
): void {
  const { screen } = program
  const { name, taken, judged, questions, closed, opened, today } = result
  if (options.json) {
    screen.out(
      JSON.stringify({
        directory: name,
        ...taken,
        judged,
        questions,
        closed: closed.map(findingToJson),
        opened: opened.map(findingToJson),
      }),
    )
    return
  }
  screen.out(
    `${plain(name)}: ${count(taken.rowsRead, 'entry', 'entries')} read, ${taken.added} new, ${taken.changed} changed, ${taken.ended} gone.`,
  )
  for (const { reason } of taken.rejects.slice(0, 5)) screen.out(`  ${plain(reason)}`)
  for (const [word, findings] of [
    ['closed', closed],
    ['opened', opened],
  ] as const) {
    if (findings.length === 0) continue
    screen.out()
    screen.out(screen.style('bold', `${count(findings.length, 'finding')} ${word}`))
    for (const finding of findings.slice(0, mostShown)) printFinding(screen, finding, today)
    if (findings.length > mostShown) screen.out(screen.style('dim', `        and ${findings.length - mostShown} more`))
  }
  if (closed.length + opened.length === 0) screen.out('No finding opened or closed.')
  if (questions > 0) screen.out(`${count(questions, 'question')} of who is who: vigil questions`)
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^ldaps?:$/.test(url.protocol) || url.host === '') {
    throw new InvalidArgumentError('A directory is ldaps://host[:port] or ldap://host[:port].')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError(
      'No name and password belong into the address; see --bind-dn and VIGIL_LDAP_PASSWORD.',
    )
  }
  if (url.pathname.length > 1 || url.search !== '') {
    throw new InvalidArgumentError('Where to look is said with --base, not in the address.')
  }
  return url
}

function readPassword(file: string): string {
  const text = readText(file)
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) throw refuse('open-password', { file })
  // Editors end the last line; a password does not.
  return text.replace(/\r?\n$/, '')
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw refuse('no-file', { file, reason: (cause as NodeJS.ErrnoException).code ?? 'unknown' }, { cause })
  }
}
