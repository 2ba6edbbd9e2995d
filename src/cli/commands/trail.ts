import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { refusals } from '#platform/refusal.ts'
import { parseVkey } from '#platform/transparency/checkpoint.ts'
import { reachTrail } from '#server/trail.ts'
import { verifyProof } from '#trail/proof/verify.ts'
import type { ToldAccess, Trail, WhoQuestion } from '#trail/trail.ts'
import type { Program } from '../program.ts'
import { count, openProgress, plain } from '../terminal/screen.ts'
import { parseDay } from './days.ts'
import { withInstallation } from './opened.ts'

const refuse = refusals('trail-command', {
  'no-file': ['missing', 'There is no file {file}.'],
  'one-of': ['invalid', 'Say whose accesses: --patient or --user, one of them.'],
  'no-key': ['invalid', 'That is no verifying key: {reason}', 'vigil trail key prints the key of this trail'],
  'not-json': ['invalid', 'The file {file} holds no proof.', 'vigil trail who --patient ID --proof FILE writes one'],
})

const formats = ['fhir', 'atna', 'csv', 'relations'] as const

interface ImportOptions {
  source?: string
  format?: (typeof formats)[number]
  json?: true
}

interface WhoOptions {
  patient?: string
  user?: string
  since?: string
  until?: string
  limit?: string
  proof?: string
  json?: true
}

export function registerTrail(command: Command, program: Program): void {
  const trail = command
    .command('trail')
    .description('the access trail: who opened which patient’s record, when, from where and why')

  trail
    .command('import')
    .description('take in access logs (FHIR AuditEvent, ATNA, CSV) and what explains them (FHIR, HL7 v2, CSV)')
    .argument('<file...>', 'files, packed by gzip or not; - is the standard input')
    .option('--source <name>', 'the feed that they are of, where it is not files brought by hand')
    .option('--format <format>', `${formats.join(', ')}; recognised by itself when not said`, one(formats))
    .option('--json', 'end with the counts as JSON')
    .action(async (files: string[], options: ImportOptions) => {
      for (const file of files) if (file !== '-' && !isFile(file)) throw refuse('no-file', { file })
      await withTrail(
        program,
        async (opened) => {
          const progress = openProgress(program.errors)
          const sums = { accepted: 0, rejected: 0, duplicates: 0, relations: 0, bytes: 0 }
          const startedAt = performance.now()
          for (const file of files) {
            const bytes = file === '-' ? 0 : statSync(file).size
            const result = await opened.import(
              file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 }),
              {
                source: options.source ?? 'Files',
                ...(options.format ? { format: options.format } : {}),
              },
              (so) => progress.say(sayProgress(file, so.bytes, bytes, so.accepted)),
            )
            progress.clear()
            for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += result[name]
            if (options.json) continue
            program.screen.out(
              `${plain(file)}: ${count(result.accepted, 'message')} taken in (${result.format}), ${count(result.duplicates, 'duplicate')}, ${result.rejected} rejected.`,
            )
            for (const { where, reason } of result.rejects.slice(0, 5)) program.screen.out(`  ${where}: ${reason}`)
            if (result.rejected > 5) program.screen.out(`  and ${count(result.rejected - 5, 'other')}`)
          }
          const seconds = (performance.now() - startedAt) / 1000
          const eventsPerSecond = Math.round(sums.accepted / Math.max(seconds, 0.001))
          if (options.json) program.screen.out(JSON.stringify({ files: files.length, ...sums, eventsPerSecond }))
          else
            program.screen.out(
              `${count(sums.accepted, 'message')} in ${seconds.toFixed(1)} s, ${count(eventsPerSecond, 'message')} a second.`,
            )
        },
        { create: true },
      )
    })

  trail
    .command('who')
    .description('who accessed a patient’s record, or whose records a person accessed, with the reasons')
    .option('--patient <id>', 'the patient, as the source names them')
    .option('--user <login>', 'the person, by their login')
    .option('--since <day>', 'from this day on', parseDay)
    .option('--until <day>', 'up to the end of this day', parseDay)
    .option('--limit <number>', 'the newest so many alone')
    .option('--proof <file>', 'write the proof with all that it opens to a file, for an outsider to verify')
    .option('--json', 'print the answer as JSON')
    .action(async (options: WhoOptions) => {
      const question = readQuestion(options)
      await withTrail(program, async (opened) => {
        const answer = await opened.who(question)
        const accesses: ToldAccess[] = []
        const { screen } = program
        if (options.json) {
          process.stdout.write('{"complete":true,"accesses":[')
          let isFirst = true
          for await (const access of answer.accesses) {
            if (!process.stdout.write(`${isFirst ? '' : ','}\n${JSON.stringify(toJson(access))}`)) {
              await new Promise((resolve) => process.stdout.once('drain', resolve))
            }
            isFirst = false
          }
          const proof = await answer.proof(options.proof !== undefined)
          screen.out(`\n],"total":${answer.total},"proof":${JSON.stringify(proof ?? null)}}`)
          return
        }
        for await (const access of answer.accesses) accesses.push(access)
        if (accesses.length === 0) {
          screen.out('Nobody: the trail holds no such access.')
          return
        }
        for (const access of accesses) screen.out(sayAccess(access, question.by))
        const unexplained = accesses.filter(({ explained }) => !explained).length
        screen.out(`${count(answer.total, 'access', 'accesses')}, ${unexplained} without a reason that is known.`)
      })
    })

  trail
    .command('state')
    .description('what the trail holds, its sources and what is wrong with them')
    .option('--json', 'print it as JSON')
    .action(async (options: { json?: true }) => {
      await withTrail(program, async (opened) => {
        const [state, sources] = await Promise.all([opened.state(), opened.sources()])
        if (options.json) {
          program.screen.out(JSON.stringify({ ...state, sources }))
          return
        }
        const { screen } = program
        screen.out(
          `${count(state.accesses, 'access', 'accesses')} of ${count(state.patients, 'patient')} by ${count(state.users, 'login')}.`,
        )
        screen.out(`  log    ${count(state.logSize, 'line')}, ${sayBytes(state.logBytes)}`)
        screen.out(`  store  ${state.engine}, ${sayBytes(state.storeBytes)}`)
        for (const source of sources) {
          const last = source.lastReceivedAt ? source.lastReceivedAt.toISOString() : 'never'
          screen.out(
            `  ${plain(source.source)}: ${count(source.accepted, 'message')}, last ${last}, ${count(source.missing, 'missing', 'missing')}`,
          )
        }
      })
    })

  trail
    .command('judge')
    .description('work out anew what nothing explains, over everything')
    .option('--json', 'print the counts as JSON')
    .action(async (options: { json?: true }) => {
      await withTrail(program, async (opened) => {
        const judged = await opened.judge()
        if (options.json) program.screen.out(JSON.stringify(judged))
        else
          program.screen.out(`${count(judged.stories, 'story', 'stories')} (${(judged.tookMs / 1000).toFixed(1)} s).`)
      })
    })

  trail
    .command('rebuild')
    .description('make the query store anew from the log')
    .action(async () => {
      await withTrail(program, async (opened) => {
        const progress = openProgress(program.errors)
        await opened.rebuild((done, total) => progress.say(`read ${count(done, 'line')} of ${count(total, 'line')}`))
        progress.clear()
        program.screen.out('The query store is made anew.')
      })
    })

  trail
    .command('verify')
    .description(
      'verify the whole log; or, with a file, a proof, offline: 0 proved and signed, 3 signer not checked, 1 broken',
    )
    .argument('[proof]', 'a proof that vigil trail who --proof wrote')
    .option('--key <key>', 'the verifying key, or a file that holds it')
    .option('--json', 'print the result as JSON')
    .action(async (file: string | undefined, options: { key?: string; json?: true }) => {
      if (file !== undefined) {
        verifyFile(program, file, options)
        return
      }
      await withTrail(program, async (opened) => {
        const progress = openProgress(program.errors)
        const result = await opened.verify((done, total) => progress.say(`verified ${done} of ${count(total, 'line')}`))
        progress.clear()
        program.endWith(result.isIntact ? 0 : 1)
        if (options.json) program.screen.out(JSON.stringify(result))
        else if (result.isIntact)
          program.screen.out(`${program.screen.mark('proved')} Intact: ${count(result.size, 'line')}.`)
        else program.screen.out(`${program.screen.mark('failed')} Broken. ${result.problem}`)
      })
    })
}

function verifyFile(program: Program, file: string, options: { key?: string; json?: true }): void {
  if (!isFile(file)) throw refuse('no-file', { file })
  const key =
    options.key === undefined
      ? undefined
      : (isFile(options.key) ? readFileSync(options.key, 'utf8') : options.key).trim()
  if (key !== undefined) {
    const parsed = parseVkey(key)
    if (!parsed.ok) throw refuse('no-key', { reason: parsed.reason })
  }
  let proof: unknown
  try {
    proof = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw refuse('not-json', { file }, { cause })
  }
  const result = verifyProof(proof, key)
  program.endWith(result.isValid ? (result.isSigned ? 0 : 3) : 1)
  const { screen } = program
  if (options.json) screen.out(JSON.stringify(result))
  else if (!result.isValid) screen.out(`${screen.mark('failed')} Broken. ${result.problem}`)
  else {
    screen.out(
      `${screen.mark(result.isSigned ? 'proved' : 'attested')} Complete: ${count(result.accesses, 'access', 'accesses')}, in a log of ${count(result.size, 'line')}${result.isSigned ? '' : '; who signed it was not checked, as no key was given'}.`,
    )
    if (!result.isOpened) screen.out('  The proof binds their number; the accesses themselves are not in it.')
  }
}

/** Opens the trail for one command. */
async function withTrail(
  program: Program,
  work: (trail: Trail) => Promise<void>,
  options: { create: boolean } = { create: false },
): Promise<void> {
  await withInstallation(
    program,
    async (installation) => {
      const { trail, close } = await reachTrail(installation)
      try {
        await work(trail)
      } finally {
        await close()
      }
    },
    options,
  )
}

function readQuestion({ patient, user, since, until, limit }: WhoOptions): WhoQuestion {
  if ((patient === undefined) === (user === undefined)) throw refuse('one-of')
  return {
    by: patient === undefined ? 'user' : 'patient',
    id: patient ?? user ?? '',
    ...(since ? { since: new Date(`${since}T00:00:00Z`) } : {}),
    ...(until ? { until: new Date(`${until}T23:59:59.999Z`) } : {}),
    ...(limit ? { limit: Number(limit) } : {}),
  }
}

/** An access as the answer's JSON has it; documented in docs/trail.md. */
function toJson(access: ToldAccess) {
  const { explained, reasons, ...rest } = access
  return { ...rest, explained, reasons: reasons.map(({ says }) => says) }
}

function sayAccess(access: ToldAccess, by: 'patient' | 'user'): string {
  const at = access.at.toISOString().replace('T', ' ').slice(0, 19)
  const whom =
    by === 'patient' ? `${access.user}${access.person ? ` (${access.person})` : ''}` : access.patient || 'no patient'
  const why = access.explained ? access.reasons.map(({ says }) => says).join('; ') : 'nothing that is known explains it'
  return plain(`${at}  ${whom}  ${access.action}${access.object ? ` ${access.object}` : ''}  ${why}`)
}

function sayProgress(file: string, done: number, total: number, accepted: number): string {
  const share = total > 0 ? ` ${Math.min(100, Math.floor((done / total) * 100))} %` : ''
  return `${basename(file)}${share}: ${count(accepted, 'message')}`
}

function sayBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let [value, unit] = [bytes, 0]
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

const isFile = (path: string) => existsSync(path) && statSync(path).isFile()

function one<T extends string>(values: readonly T[]) {
  return (text: string): T => {
    const found = values.find((value) => value === text)
    if (!found) throw refuse('one-of')
    return found
  }
}
