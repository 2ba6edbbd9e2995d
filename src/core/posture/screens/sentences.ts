/** How things stand, in words. Pure. */
import type { Status, StatusCounts } from '#ui/status.tsx'
import { sayNumber } from '#ui/words.ts'

interface Standing {
  readonly name: string
  readonly title: string
  readonly status: Status
  readonly safeguards: StatusCounts
}

/** "23 of 45 safeguards fail and 10 are unknown; 12 hold." */
export function sayHeadline(practices: readonly Pick<Standing, 'safeguards'>[]): string {
  const counts = { proved: 0, attested: 0, failed: 0, unknown: 0 }
  for (const { safeguards } of practices) {
    for (const status of ['proved', 'attested', 'failed', 'unknown'] as const) counts[status] += safeguards[status]
  }
  return saySafeguards(counts)
}

/** How the safeguards of one practice, or of all, stand: failures first, then what is not known, then what holds. */
export function saySafeguards({ proved, attested, failed, unknown }: StatusCounts): string {
  const hold = proved + attested
  const all = hold + failed + unknown
  if (hold === all) return all === 1 ? 'Its one safeguard holds.' : `All ${sayNumber(all)} safeguards hold.`
  const parts: string[] = []
  if (failed > 0) parts.push(failed === 1 ? 'fails' : 'fail')
  if (unknown > 0) parts.push(unknown === 1 ? 'is unknown' : 'are unknown')
  const [first = '', second] = parts
  const head = `${sayNumber(failed > 0 ? failed : unknown)} of ${sayNumber(all)} safeguards ${first}`
  const middle = second === undefined ? '' : ` and ${sayNumber(unknown)} ${second}`
  const tail = hold === 0 ? '' : `; ${sayNumber(hold)} ${hold === 1 ? 'holds' : 'hold'}`
  return `${head}${middle}${tail}.`
}

/** "289 findings are open." */
export function sayOpen(count: number): string {
  if (count === 0) return 'No finding is open.'
  return count === 1 ? 'One finding is open.' : `${sayNumber(count)} findings are open.`
}

const nouns: Readonly<Record<string, readonly [one: string, many: string]>> = {
  account: ['account', 'accounts'],
  person: ['person', 'people'],
  device: ['device', 'devices'],
  system: ['system', 'systems'],
  vendor: ['vendor', 'vendors'],
  software: ['product', 'products'],
  role: ['role', 'roles'],
  requirement: ['requirement', 'requirements'],
}

/** "3 of 212 accounts fail; 4 are unknown.": undefined where the whole organisation is the one thing that is judged. */
export function saySubjects(kind: string, { proved, attested, failed, unknown }: StatusCounts): string | undefined {
  const noun = nouns[kind]
  const all = proved + attested + failed + unknown
  if (noun === undefined || all === 0) return undefined
  const [one, many] = noun
  const of = (count: number, verbs: readonly [string, string]) =>
    `${sayNumber(count)} of ${sayNumber(all)} ${all === 1 ? one : many} ${verbs[count === 1 ? 0 : 1]}`
  if (failed > 0) {
    const rest = unknown === 0 ? '' : `; ${sayNumber(unknown)} ${unknown === 1 ? 'is' : 'are'} unknown`
    return `${of(failed, ['fails', 'fail'])}${rest}.`
  }
  if (unknown > 0) return `${of(unknown, ['is unknown', 'are unknown'])}.`
  return all === 1 ? `The one ${one} passes.` : `All ${sayNumber(all)} ${many} pass.`
}

const byStatus: readonly Status[] = ['failed', 'unknown', 'attested', 'proved']
const bySeverity: readonly string[] = ['critical', 'high', 'medium', 'low']

/** What fails first: by status, then by the worst open finding, then by how much of it fails. */
export function sortStanding<T extends Standing & { readonly worstFinding: { readonly severity: string } | null }>(
  practices: readonly T[],
): readonly T[] {
  const rank = ({ worstFinding }: T) => (worstFinding ? bySeverity.indexOf(worstFinding.severity) : bySeverity.length)
  return practices.toSorted(
    (a, b) =>
      byStatus.indexOf(a.status) - byStatus.indexOf(b.status) ||
      rank(a) - rank(b) ||
      b.safeguards.failed - a.safeguards.failed ||
      b.safeguards.unknown - a.safeguards.unknown,
  )
}

/** "a staff list (the export of …)" as its name and what stands in parentheses. */
export function splitFile(file: string): { readonly name: string; readonly more: string | undefined } {
  const [, head = file, more] = /^([^(]*?)\s*(?:\((.*)\))?$/.exec(file) ?? []
  return { name: begin(head), more: more === undefined ? undefined : begin(more) }
}

/** As the beginning of a sentence. */
export function begin(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** As a whole sentence. */
export function sayWhole(text: string): string {
  return /[.?…]$/.test(text) ? begin(text) : `${begin(text)}.`
}

/** "Access (3), Training": of which practices these safeguards are. */
export function sayPractices(
  safeguards: readonly string[],
  practices: readonly Pick<Standing, 'name' | 'title'>[],
): readonly { readonly name: string; readonly title: string; readonly count: number }[] {
  return practices.flatMap(({ name, title }) => {
    const count = safeguards.filter((safeguard) => safeguard.startsWith(`${name}.`)).length
    return count === 0 ? [] : [{ name, title, count }]
  })
}
