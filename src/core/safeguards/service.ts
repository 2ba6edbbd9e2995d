/** Judging: every check over what is known now, in one transaction that all of them see the same. */
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import { refreshConcerns } from '#core/people/record/store.ts'
import type { Context } from '#platform/context.ts'
import { endOfDay } from '#platform/days.ts'
import type { Safeguard, Status } from './model.ts'
import {
  countVerdicts,
  digestCheck,
  findAttestationEnd,
  insertCoverage,
  judge,
  judgeAsOf,
  listLastCoverage,
  listSourceStates,
  mayBeNone,
  moveFindings,
  openChecks,
  readDecisionState,
  type SourceState,
  writeObservations,
} from './store.ts'

export interface JudgeOptions {
  readonly safeguards: readonly Safeguard[]
  readonly checkRole: string
  readonly dueDays: Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>
  readonly onChecked?: ((name: string, tookMs: number) => void) | undefined
}

export interface JudgeResult {
  /** Checks that ran; the others rest on what they rested on before. */
  readonly checked: number
  readonly opened: number
  readonly reopened: number
  readonly closed: number
}

/** Runs the checks whose inputs have changed, and moves observations, coverage and findings with what they say. */
export async function judgeSafeguards(context: Context, options: JudgeOptions): Promise<JudgeResult> {
  const { db, now, today, actor } = context
  await judgeAsOf(db, now, today)
  const states = await listSourceStates(db)
  const decisions = await readDecisionState(db)
  const last = await listLastCoverage(db)
  const due = options.safeguards.flatMap((safeguard) => {
    const inputs = describeInputs(safeguard, states, `${today} ${decisions} ${digestCheck(db, safeguard.check)}`)
    const before = last.get(safeguard.name)
    return before?.inputs === inputs && before.coversUntil > now ? [] : [{ safeguard, inputs }]
  })
  const result = { checked: due.length, opened: 0, reopened: 0, closed: 0 }
  if (due.length === 0) return result
  await openChecks(db, options.checkRole)
  for (const { safeguard, inputs } of due) {
    const started = performance.now()
    const rests = [...safeguard.needs, ...safeguard.uses].flatMap((kind) => states.get(kind) ?? [])
    const missing = safeguard.needs.filter((kind) => !states.get(kind)?.isCurrent)
    await judge(db, safeguard, options.checkRole, missing.length > 0 ? sayMissing(missing, states) : undefined)
    const counts = await countVerdicts(db)
    await writeObservations(db, safeguard.name, now)
    const attestedUntil = await findAttestationEnd(db, safeguard.name)
    const ends = rests.filter(({ isCurrent }) => isCurrent).map(({ validUntil }) => validUntil)
    // Without any source the verdict rests on people's word, or on the register of decisions: for a day, then asked again.
    if (attestedUntil !== undefined) ends.push(endOfDay(attestedUntil))
    if (ends.length === 0) ends.push(new Date(now.getTime() + 86_400_000))
    if (safeguard.holdsHours !== undefined) ends.push(new Date(now.getTime() + safeguard.holdsHours * 3_600_000))
    await insertCoverage(db, {
      safeguard: safeguard.name,
      now,
      coversUntil: new Date(Math.min(...ends.map(Number))),
      inputs,
      runIds: [...new Set(rests.flatMap(({ runIds }) => runIds))],
      counts,
      noneStatus: (await mayBeNone(db, safeguard))
        ? statusOfNone(safeguard, states, missing, attestedUntil !== undefined)
        : attestedUntil === undefined
          ? 'unknown'
          : 'attested',
      whyUnknown: missing.length > 0 ? sayMissing(missing, states) : (counts.whyUnknown ?? sayNone(safeguard, states)),
    })
    const moved = await moveFindings(db, {
      safeguard,
      now,
      today,
      actor,
      dueDays: options.dueDays[safeguard.severity],
      closeAbsent: missing.length === 0 && rests.every(({ isWhole }) => isWhole),
    })
    result.opened += moved.opened
    result.reopened += moved.reopened
    result.closed += moved.closed
    options.onChecked?.(safeguard.name, performance.now() - started)
  }
  await refreshConcerns(db)
  return result
}

function describeInputs(safeguard: Safeguard, states: ReadonlyMap<string, SourceState>, rest: string): string {
  // Who owns an account may follow from any of these, so they count for every check.
  const kinds = new Set<FactKind>([...safeguard.needs, ...safeguard.uses, 'person', 'system'])
  const runs = [...kinds].map((kind) => {
    const state = states.get(kind)
    return `${kind}:${state ? `${state.runIds.join(',')}/${state.isCurrent}/${state.isWhole}/${state.basis}/${state.validUntil.toISOString()}` : ''}`
  })
  return `${runs.join(' ')} ${rest}`
}

/** "None to judge" is an answer only when the source that would name them is current and complete, or a person says so. */
function statusOfNone(
  safeguard: Safeguard,
  states: ReadonlyMap<string, SourceState>,
  missing: readonly FactKind[],
  isAttested: boolean,
): Status {
  if (isAttested) return 'attested'
  if (missing.length > 0 || safeguard.namedBy === undefined) return 'unknown'
  const state = states.get(safeguard.namedBy)
  if (!state?.isComplete || !state.isWhole) return 'unknown'
  return state.basis === 'measured' ? 'proved' : 'attested'
}

/** Why nothing can be judged: what is missing, and the file that it takes. */
export function sayMissing(missing: readonly FactKind[], states: ReadonlyMap<string, SourceState>): string {
  return missing
    .map((kind) =>
      states.has(kind)
        ? `what was known of ${factKinds[kind].title} has lapsed; import ${factKinds[kind].suppliedBy} again`
        : `nothing is known of ${factKinds[kind].title}; it takes ${factKinds[kind].suppliedBy}`,
    )
    .join(', and ')
}

function sayNone(safeguard: Safeguard, states: ReadonlyMap<string, SourceState>): string | undefined {
  if (safeguard.namedBy === undefined) return undefined
  const { title } = factKinds[safeguard.namedBy]
  return states.get(safeguard.namedBy)?.isComplete
    ? undefined
    : `no ${title} to judge are named, and what was read of them is not a complete list`
}
