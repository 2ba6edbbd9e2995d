import type { Command } from 'commander'
import { type Attestation, attest, listAttestations, withdrawAttestation } from '#core/attestations/service.ts'
import { readPosture } from '#core/posture/service.ts'
import type { Safeguard, Status } from '#core/safeguards/model.ts'
import { type Day, sayDay } from '#platform/days.ts'
import { allSafeguards, practices } from '#practices/index.ts'
import { change, type Installation, judgeAll, read } from '#server/installation.ts'
import type { Program } from '../program.ts'
import { count, plain, wrap } from '../terminal/screen.ts'
import { parseEvidenceId, parseId, parseNumber, parseText } from './arguments.ts'
import { parseDay } from './days.ts'
import { recordAs, withInstallation } from './opened.ts'

interface Options {
  readonly by?: string
  readonly on?: Day
  readonly until?: Day
  readonly statement?: string
  readonly evidence?: string
  readonly population?: string
  readonly sample?: string
  readonly json?: true
}

const mostListed = 1_000

export function registerAttest(command: Command, program: Program): void {
  const attesting = command
    .command('attest')
    .description(
      'record what a named person states about a safeguard; without one, list those that people can speak for',
    )
    .enablePositionalOptions()
    .argument('[safeguard]', 'for example assessments.risk-analysis')
    .option('--by <name>', 'the person who states it', parseText)
    .option('--on <day>', 'when it was stated; today when not said', parseDay)
    .option('--until <day>', 'the last day for which it holds; a year later when not said', parseDay)
    .option('--statement <text>', 'in the person’s own words; the safeguard’s claim when not said', parseText)
    .option('--evidence <id>', 'kept evidence that supports it', parseEvidenceId)
    .option('--population <text>', 'what there is of what was looked at, for example "42 vendors"')
    .option('--sample <text>', 'which of them were looked at')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
An attestation never outweighs what a machine measured, and it is shown as attested, never as proved. It lapses by
itself with its last day. One that was wrong is withdrawn, and a new one made.

  $ vigil attest
  $ vigil attest assessments.risk-analysis --by "Ada Okoye" --on 2026-10-01
  $ vigil attest list
  $ vigil attest withdraw 3 --reason "it spoke of another site"`,
    )
    .action(async (safeguard: string | undefined, options: Options) => {
      if (safeguard === undefined) {
        const given = Object.keys(options).filter((name) => name !== 'json')
        if (given.length > 0) attesting.error('error: say which safeguard is attested', { exitCode: 2 })
        await listAttestable(program, options)
        return
      }
      const { by } = options
      if (by === undefined) return attesting.error('error: say who states it with --by', { exitCode: 2 })
      await record(program, safeguard, by, options)
    })

  attesting
    .command('list')
    .description('list what was attested, the newest first')
    .option('--safeguard <name>', 'only of this safeguard')
    .option('--limit <number>', 'at most so many', parseNumber(1, mostListed))
    .option('--json', 'print them as JSON')
    .action(async (options: { safeguard?: string; limit?: number; json?: true }) => {
      await withInstallation(program, async (installation) => {
        const { safeguard, limit } = options
        const found = await read(installation, new Date(), (context) => listAttestations(context, { safeguard, limit }))
        if (options.json) {
          program.screen.out(JSON.stringify(found.map(toJson)))
          return
        }
        for (const attestation of found) print(program, attestation)
        if (found.length === 0)
          program.screen.out('Nobody has attested to anything here. vigil attest lists what can be.')
      })
    })

  attesting
    .command('withdraw')
    .description('take a statement back: from now on it speaks for nothing')
    .argument('<id>', 'its number', parseId)
    .option('--reason <text>', 'why')
    .option('--json', 'print the result as JSON')
    .action(async (attestationId: number, options: { reason?: string; json?: true }) => {
      await withInstallation(program, async (installation) => {
        const now = new Date()
        await change(
          installation,
          now,
          (context) => withdrawAttestation(context, { attestationId, reason: options.reason }),
          recordAs('attestations.withdraw'),
        )
        await judgeAll(installation, now)
        if (options.json) program.screen.out(JSON.stringify({ id: attestationId, state: 'withdrawn' }))
        else program.screen.out(`Attestation ${attestationId} is withdrawn.`)
      })
    })
}

async function record(program: Program, safeguard: string, by: string, options: Options): Promise<void> {
  await withInstallation(program, async (installation) => {
    const now = new Date()
    const { attestationId, validUntilOn } = await change(
      installation,
      now,
      (context) =>
        attest(context, {
          safeguard,
          author: by,
          statedOn: options.on ?? context.today,
          validUntilOn: options.until,
          statement: options.statement,
          evidenceId: options.evidence,
          population: options.population,
          sample: options.sample,
        }),
      recordAs('attestations.attest'),
    )
    await judgeAll(installation, now)
    const status = (await readStatus(installation, now)).get(safeguard) ?? 'unknown'
    if (options.json) {
      program.screen.out(JSON.stringify({ id: attestationId, safeguard, validUntilOn, status }))
      return
    }
    const { screen } = program
    screen.out(
      `Attestation ${attestationId} holds until ${sayDay(validUntilOn)}. ${screen.mark(status)} ${safeguard} is ${status}.`,
    )
    if (status !== 'attested' && !isAttestable(allSafeguards.find(({ name }) => name === safeguard))) {
      screen.out('A machine judges this safeguard; a statement counts only where there is nothing to judge.')
    }
  })
}

/** Whether a person's word enters into its check. */
function isAttestable(safeguard: Safeguard | undefined): boolean {
  return safeguard !== undefined && [...safeguard.needs, ...safeguard.uses].includes('attestation')
}

async function listAttestable(program: Program, options: { readonly json?: true }): Promise<void> {
  await withInstallation(program, async (installation) => {
    const status = await readStatus(installation, new Date())
    const { screen } = program
    const found = practices.flatMap((practice) =>
      practice.safeguards.filter(isAttestable).map((safeguard) => ({
        name: safeguard.name,
        practice: practice.name,
        title: safeguard.title,
        statement: safeguard.statement ?? `${safeguard.title}.`,
        status: status.get(safeguard.name) ?? ('unknown' as const),
      })),
    )
    if (options.json) {
      screen.out(JSON.stringify(found))
      return
    }
    for (const { name, statement, status } of found) {
      screen.out(`${screen.mark(status)} ${screen.style('bold', name)}  ${screen.style('dim', status)}`)
      for (const line of wrap(statement, screen.width - 4)) screen.out(`    ${line}`)
    }
    screen.out()
    screen.out(`${count(found.length, 'safeguard')} that people can speak for: vigil attest SAFEGUARD --by NAME`)
  })
}

async function readStatus(installation: Installation, now: Date): Promise<ReadonlyMap<string, Status>> {
  const posture = await read(installation, now, (context) => readPosture(context, practices, { findings: 1 }))
  return new Map(posture.practices.flatMap(({ safeguards }) => safeguards.map(({ name, status }) => [name, status])))
}

function print({ screen }: Program, attestation: Attestation): void {
  const { id, safeguard, author, statement, statedOn, validUntilOn, state, evidenceId } = attestation
  const until =
    state === 'holds'
      ? `holds until ${sayDay(validUntilOn)}`
      : state === 'lapsed'
        ? `lapsed on ${sayDay(validUntilOn)}`
        : state
  screen.out(`${screen.style('bold', String(id).padStart(6))}  ${safeguard}  ${screen.style('dim', until)}`)
  for (const line of wrap(statement, screen.width - 8)) screen.out(`        ${line}`)
  const beside = `${plain(author)}, ${sayDay(statedOn)}${evidenceId === undefined ? '' : ` · evidence ${evidenceId}`}`
  screen.out(`        ${screen.style('dim', beside)}`)
}

function toJson({ population, sample, evidenceId, ...rest }: Attestation) {
  return { ...rest, population: population ?? null, sample: sample ?? null, evidenceId: evidenceId ?? null }
}
