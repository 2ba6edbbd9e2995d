/**
 * For how long Vigil keeps what proves nothing and only serves the day's work. What does prove something is not among it:
 * the ledger, facts and their history, observations, findings, attestations and evidence are kept for as long as Vigil is,
 * for the law wants six years at the least (45 CFR 164.316(b)(2)(i)) and nobody knows today what will be asked then.
 */
export const retentionKinds = {
  jobs: { days: 90, least: 7, most: 3_650 },
  notifications: { days: 180, least: 7, most: 3_650 },
  rejects: { days: 400, least: 30, most: 3_650 },
  'webhook-attempts': { days: 30, least: 1, most: 3_650 },
} as const
export type RetentionKind = keyof typeof retentionKinds

export type Retention = Readonly<Record<RetentionKind, number>>

/** What holds, where some kinds were decided and the others were not. */
export function retentionOf(decided: readonly { readonly kind: string; readonly days: number }[]): Retention {
  const days = new Map(decided.map((one) => [one.kind, one.days]))
  const entries = Object.entries(retentionKinds).map(([kind, usual]) => [kind, days.get(kind) ?? usual.days])
  return Object.fromEntries(entries) as Retention
}
