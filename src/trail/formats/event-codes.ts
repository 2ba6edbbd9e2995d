/** The codes by which FHIR and ATNA say what was done, how it ended, and that a record was broken open. */
import type { Action, Outcome } from '../model/access.ts'
import { cleanField } from '../model/identifier.ts'

const activities = new Set(['110100', '110101', '110108', '110113', '110128', '110129', '110130', '110131', '110137'])
const breakGlass = /^(?:BTG|110127|110138|BREAK[-_ ]?(?:THE[-_ ]?)?GLASS|EMERGENCY[-_ ]?(?:OVERRIDE|ACCESS))$/i
const actionOfLetter = new Map<string, Action>(
  Object.entries({
    C: 'create',
    R: 'read',
    U: 'update',
    D: 'delete',
    E: 'execute',
  } as const),
)
const actionOfCode = new Map<string, Action>(
  Object.entries({
    '110122': 'sign-in',
    '110123': 'sign-out',
    login: 'sign-in',
    logout: 'sign-out',
    disclosure: 'disclose',
    disclose: 'disclose',
    '110106': 'export',
    export: 'export',
    '110107': 'create',
    '110105': 'delete',
    '110112': 'query',
    read: 'read',
    vread: 'read',
    history: 'read',
    'history-instance': 'read',
    'history-type': 'read',
    'history-system': 'read',
    search: 'query',
    'search-type': 'query',
    'search-system': 'query',
    'search-compartment': 'query',
    create: 'create',
    update: 'update',
    patch: 'update',
    delete: 'delete',
    'delete-conditional-single': 'delete',
    'delete-conditional-multiple': 'delete',
    'delete-history': 'delete',
    print: 'print',
  } as const),
)
/** Which of several that a message names is the one: what left the house matters more than how it was asked for. */
const ranks: readonly Action[] = ['sign-in', 'sign-out', 'disclose', 'print', 'export', 'query']
/** What may show patients without naming them. */
export const wide = new Set<Action>(['query', 'export', 'print', 'disclose'])

export function chooseAction(codes: readonly string[], letter: string): Action {
  let chosen: Action | undefined
  for (const code of codes) {
    const action = actionOfCode.get(code) ?? actionOfCode.get(code.toLowerCase())
    if (action === undefined) continue
    const isStronger = chosen === undefined || (rankOf(action) < rankOf(chosen) && ranks.includes(action))
    if (isStronger) chosen = action
  }
  return chosen ?? actionOfLetter.get(letter.toUpperCase()) ?? 'other'
}

function rankOf(action: Action): number {
  const rank = ranks.indexOf(action)
  return rank === -1 ? ranks.length : rank
}

/** Nearly every code is told by its first letter to be none of them. */
const breakGlassStarts = new Set('B1Ebe')
export const isBreakGlass = (code: string) => breakGlassStarts.has(code[0] ?? '') && breakGlass.test(code)

/** Tells whether an event of these codes is of a system, not of a record. */
export const isActivity = (codes: readonly string[]) => codes.some((code) => activities.has(code))

const successes = new Set(['0', 'success', 'information', 'warning'])
const failures = new Set(['4', '8', '12', 'error', 'fatal', 'failure'])

export function outcomeOf(code: string): Outcome {
  if (successes.has(code)) return 'success'
  return failures.has(code) ? 'failure' : 'unknown'
}

/** The purpose of several: that of broken glass, else the first. */
export function choosePurpose(codes: readonly string[]): string {
  return cleanField((codes.find(isBreakGlass) ?? codes[0] ?? '').toUpperCase())
}
