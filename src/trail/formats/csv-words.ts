/** The words and letters with which exports say what was done, how it ended, and whether a record was broken open. */
import type { Action, Outcome } from '../model/access.ts'

/** Letters and codes that stand alone. `S` is TouchWorks' "sign", which changes the record. */
const codes = new Map<string, Action>(
  Object.entries({
    r: 'read',
    v: 'read',
    q: 'query',
    s: 'update',
    u: 'update',
    m: 'update',
    w: 'update',
    c: 'create',
    i: 'create',
    a: 'create',
    d: 'delete',
    p: 'print',
    x: 'export',
    e: 'execute',
    btg: 'read',
  } as const),
)

/** The first whose word is in the text decides: what left the house before how it was shown. */
const words: readonly (readonly [RegExp, Action])[] = [
  [/log(?:ged)? ?(?:out|off)|sign(?:ed)? ?(?:out|off)\b|session end|abmeld/, 'sign-out'],
  [/log(?:ged)? ?(?:in|on)\b|sign(?:ed)? ?(?:in|on)\b|user authenticat|anmeld/, 'sign-in'],
  [/disclos|release of info|roi\b/, 'disclose'],
  [/print|fax|druck/, 'print'],
  [/export|download|transmi|extract|copied|copy|e-?mail/, 'export'],
  [/delet|remov|purg|void|destroy|l[oö]sch|inactivat/, 'delete'],
  [/creat|\badd|insert|\bnew\b|register|\bwrote|enter(?:ed)?\b|upload|import|anleg|erstell/, 'create'],
  [
    /updat|modif|edit|chang|writ|sav(?:e|ing)|amend|\bsign|merge|correct|authenticat|addend|complete|[aä]nder|patch/,
    'update',
  ],
  [/query|quer(?:y|ies)|search|find|look ?up|lookup|such/, 'query'],
  [
    /read|view|open|inquir|access|display|select|look|review|browse|show|print preview|chart|report|get\b|lesen|anzeig/,
    'read',
  ],
  [/execut|run\b|start|stop/, 'execute'],
]

export function readAction(given: string): Action {
  const text = given.trim().toLowerCase()
  if (text === '') return 'read'
  const code = codes.get(text)
  if (code !== undefined) return code
  const apart = text.replace(/[_\-./]+/g, ' ')
  for (const [word, action] of words) if (word.test(apart)) return action
  return 'other'
}

const successes =
  /^(?:0|1|y|yes|true|t|ok|success|successful|succeeded|granted|allowed|pass|passed|permit|permitted|completed?)$/
const failures =
  /^(?:4|8|12|-1|n|no|false|f|fail|failed|failure|denied|error|rejected|refused|unauthori[sz]ed|deny|blocked)$/

/** In a column named for success `0` is a failure; in one of DICOM's indicators it is a success. */
export function readOutcome(given: string, isOfSuccess: boolean): Outcome {
  const text = given.trim().toLowerCase()
  if (isOfSuccess && text === '0') return 'failure'
  if (!isOfSuccess && text === '1') return 'unknown'
  if (successes.test(text)) return 'success'
  return failures.test(text) ? 'failure' : 'unknown'
}

const noes = /^(?:|0|n|no|none|false|f|null|nil|na|n\/a|-|po|normal|nein|not applicable|\\n)$/

/** Tells whether a column for it says that the record was broken open: by anything but a "no". `PO` is TouchWorks' "opened". */
export function readBreakGlass(given: string): boolean {
  return !noes.test(given.trim().toLowerCase())
}
