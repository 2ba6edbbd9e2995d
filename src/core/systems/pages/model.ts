/** What the rows of sources amount to, for whoever reads them. Pure. */
import { derive } from '#core/intake/model.ts'
import type { Day } from '#platform/days.ts'
import type { PieceRow, ToldRow } from './store.ts'

export const agreements = ['signed', 'none', 'pending', 'expired', 'not-required'] as const
export type Agreement = (typeof agreements)[number]

/** How an agreement stands on a day: one whose last day has passed is expired, whatever the list says. */
export function agreementOf(said: string | null, expiresOn: Day | null, today: Day): Agreement | undefined {
  const known = agreements.find((one) => one === said)
  return known === 'signed' && expiresOn !== null && expiresOn < today ? 'expired' : known
}

export interface Told extends Omit<ToldRow, 'says'> {
  readonly says: readonly { readonly field: string; readonly value: string | number | boolean }[]
}

/** What a row says, without what it does not say. */
export function saysOf({ says, ...row }: ToldRow): Told {
  const said = Object.entries(says).flatMap(([field, value]) =>
    value === null || value === '' ? [] : [{ field, value: value instanceof Date ? value.toISOString() : value }],
  )
  return { ...row, says: said }
}

export type Approval = 'approved' | 'refused' | 'expired' | 'not-listed' | 'not-known' | 'part'

export interface Piece extends PieceRow {
  readonly approval: Approval
}

/** Whether a piece of software was decided upon, as the check of approved software judges it. */
export function approvalOf(
  piece: Pick<PieceRow, 'productId' | 'isApproved' | 'isRefused' | 'hasExpired' | 'someLapsed' | 'isListComplete'>,
): Approval {
  if (piece.productId === null) return 'part'
  // Two lines that contradict each other say nothing.
  if (piece.isApproved && piece.isRefused) return 'not-known'
  if (piece.isApproved) return 'approved'
  if (piece.isRefused) return 'refused'
  if (piece.hasExpired) return 'expired'
  return piece.isListComplete && !piece.someLapsed ? 'not-listed' : 'not-known'
}

/** By what inventories of software compare the names of hosts. */
export function hostKey(name: string): string | undefined {
  return derive('component', { host: name }).hostKey ?? undefined
}
