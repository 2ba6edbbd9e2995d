/** Where the organisation stands: read off the views, put in the order that a person needs it. */
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import type { Posture, Practice, PracticePosture, SafeguardPosture } from '#core/safeguards/model.ts'
import { worstStatus } from '#core/safeguards/model.ts'
import { judgeAsOf, listSafeguardStatus, listSourceStates } from '#core/safeguards/store.ts'
import type { Context } from '#platform/context.ts'
import { countOpenFindings, countOpenQuestions, findOrganisationName, listOpenFindings, listSources } from './store.ts'

/** Reads the posture as of the context's moment; `findings` bounds how many are read, the worst first. */
export async function readPosture(
  context: Context,
  practices: readonly Practice[],
  limits: { readonly findings?: number } = {},
): Promise<Posture> {
  const { db, now, today } = context
  await judgeAsOf(db, now, today)
  const standing = new Map((await listSafeguardStatus(db)).map((row) => [row.name, row]))
  const states = await listSourceStates(db)
  const shown = practices.map((practice): PracticePosture => {
    const safeguards = practice.safeguards.map((safeguard): SafeguardPosture => {
      const row = standing.get(safeguard.name)
      return {
        name: safeguard.name,
        title: safeguard.title,
        status: row?.status ?? 'unknown',
        severity: safeguard.severity,
        subject: safeguard.subject,
        citations: safeguard.meets,
        subjects: {
          proved: row?.proved ?? 0,
          attested: row?.attested ?? 0,
          failed: row?.failed ?? 0,
          unknown: row?.unknown ?? 0,
        },
        whyUnknown: row?.checkedAt ? (row.whyUnknown ?? undefined) : 'it has not been checked yet',
        coversUntil: row?.coversUntil ?? undefined,
      }
    })
    return {
      name: practice.name,
      title: practice.title,
      asks: practice.asks,
      status: worstStatus(safeguards.map(({ status }) => status)),
      safeguards,
    }
  })
  const byName = new Map(practices.flatMap((practice) => practice.safeguards).map((one) => [one.name, one]))
  const findings = (await listOpenFindings(db, limits.findings)).map((finding) => ({
    ...finding,
    title: byName.get(finding.safeguard)?.title ?? finding.safeguard,
    remedy: byName.get(finding.safeguard)?.remedy ?? '',
  }))
  return {
    organisation: await findOrganisationName(db),
    asOf: today,
    practices: shown,
    findings,
    findingCounts: await countOpenFindings(db),
    sources: await listSources(db),
    wanted: listWanted(
      practices,
      shown,
      new Set([...states].filter(([, state]) => state.isCurrent).map(([kind]) => kind)),
    ),
    openQuestions: await countOpenQuestions(db),
  }
}

/** Which file would make which unknown safeguards known, those that would tell most first. */
function listWanted(
  practices: readonly Practice[],
  shown: readonly PracticePosture[],
  current: ReadonlySet<string>,
): Posture['wanted'] {
  const unknown = new Set(
    shown
      .flatMap(({ safeguards }) => safeguards)
      .filter(({ status }) => status === 'unknown')
      .map(({ name }) => name),
  )
  const waiting = new Map<FactKind, string[]>()
  for (const safeguard of practices.flatMap((practice) => practice.safeguards)) {
    if (!unknown.has(safeguard.name)) continue
    for (const kind of [...safeguard.needs, ...safeguard.uses]) {
      if (current.has(kind)) continue
      const list = waiting.get(kind)
      if (list) list.push(safeguard.name)
      else waiting.set(kind, [safeguard.name])
    }
  }
  return [...waiting]
    .map(([kind, safeguards]) => ({ file: factKinds[kind].suppliedBy, safeguards }))
    .sort((a, b) => b.safeguards.length - a.safeguards.length)
}
