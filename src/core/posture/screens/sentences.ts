/** How things stand, in words. Pure. */
import type { Status, StatusCounts } from '#ui/status.tsx'
import { t } from '#ui/t.ts'

interface Standing {
  readonly name: string
  readonly title: string
  readonly status: Status
  readonly safeguards: StatusCounts
}

/** How many safeguards of all practices have each value. */
export function sumStanding(practices: readonly Pick<Standing, 'safeguards'>[]): StatusCounts {
  const counts = { proved: 0, attested: 0, failed: 0, unknown: 0 }
  for (const { safeguards } of practices) {
    for (const status of ['proved', 'attested', 'failed', 'unknown'] as const) counts[status] += safeguards[status]
  }
  return counts
}

/** "23 of 45 safeguards fail and 10 are unknown; 12 hold." */
export function sayHeadline(practices: readonly Pick<Standing, 'safeguards'>[]): string {
  return saySafeguards(sumStanding(practices))
}

/** How the safeguards of one practice, or of all, stand: failures first, then what is not known, then what holds. */
export function saySafeguards({ proved, attested, failed, unknown }: StatusCounts): string {
  const hold = proved + attested
  const all = hold + failed + unknown
  const counts = { all, hold, failed, unknown }
  if (hold === all) return t('{all, plural, one {Its one safeguard holds.} other {All # safeguards hold.}}', counts)
  if (failed === 0) {
    return hold === 0
      ? t(
          '{unknown, number} of {all, plural, one {# safeguard} other {# safeguards}} {unknown, plural, one {is} other {are}} unknown.',
          counts,
        )
      : t(
          '{unknown, number} of {all, plural, one {# safeguard} other {# safeguards}} {unknown, plural, one {is} other {are}} unknown; {hold, plural, one {# holds} other {# hold}}.',
          counts,
        )
  }
  if (unknown === 0) {
    return hold === 0
      ? t(
          '{failed, number} of {all, plural, one {# safeguard} other {# safeguards}} {failed, plural, one {fails} other {fail}}.',
          counts,
        )
      : t(
          '{failed, number} of {all, plural, one {# safeguard} other {# safeguards}} {failed, plural, one {fails} other {fail}}; {hold, plural, one {# holds} other {# hold}}.',
          counts,
        )
  }
  return hold === 0
    ? t(
        '{failed, number} of {all, plural, one {# safeguard} other {# safeguards}} {failed, plural, one {fails} other {fail}} and {unknown, plural, one {# is} other {# are}} unknown.',
        counts,
      )
    : t(
        '{failed, number} of {all, plural, one {# safeguard} other {# safeguards}} {failed, plural, one {fails} other {fail}} and {unknown, plural, one {# is} other {# are}} unknown; {hold, plural, one {# holds} other {# hold}}.',
        counts,
      )
}

/** How a safeguard stands that is judged as a whole. */
export function saySafeguard(status: Status): string {
  return {
    proved: t('It holds, by what was measured.'),
    attested: t('A person says that it holds.'),
    failed: t('It does not hold.'),
    unknown: t('It is not known whether it holds.'),
  }[status]
}

/** "289 findings are open." */
export function sayOpen(count: number): string {
  return t('{count, plural, =0 {No finding is open.} one {One finding is open.} other {# findings are open.}}', {
    count,
  })
}

/** "12 accounts": so many of a kind of subject; undefined where the organisation itself is the one thing judged. */
function sayKind(kind: string, count: number): string | undefined {
  const said: Readonly<Record<string, string>> = {
    account: t('{count, plural, one {# account} other {# accounts}}', { count }),
    person: t('{count, plural, one {# person} other {# people}}', { count }),
    device: t('{count, plural, one {# device} other {# devices}}', { count }),
    system: t('{count, plural, one {# system} other {# systems}}', { count }),
    vendor: t('{count, plural, one {# vendor} other {# vendors}}', { count }),
    software: t('{count, plural, one {# product} other {# products}}', { count }),
    role: t('{count, plural, one {# role} other {# roles}}', { count }),
    requirement: t('{count, plural, one {# requirement} other {# requirements}}', { count }),
  }
  return said[kind]
}

/** "3 of 212 accounts fail; 4 are unknown.": undefined where the whole organisation is the one thing that is judged. */
export function saySubjects(kind: string, { proved, attested, failed, unknown }: StatusCounts): string | undefined {
  const count = proved + attested + failed + unknown
  const all = sayKind(kind, count)
  if (all === undefined || count === 0) return undefined
  if (failed > 0 && unknown > 0) {
    return t(
      '{failed, number} of {all} {failed, plural, one {fails} other {fail}}; {unknown, plural, one {# is} other {# are}} unknown.',
      { failed, unknown, all },
    )
  }
  if (failed > 0) return t('{failed, number} of {all} {failed, plural, one {fails} other {fail}}.', { failed, all })
  if (unknown > 0) {
    return t('{unknown, number} of {all} {unknown, plural, one {is} other {are}} unknown.', { unknown, all })
  }
  return count === 1 ? t('{all} passes.', { all }) : t('All {all} pass.', { all })
}

/** What the last 12 months were, as a sentence for those who do not see the picture. */
export function sayTrend(counts: Readonly<Record<Status, readonly number[]>>): string {
  const at = (place: number) => ({
    held: (counts.proved.at(place) ?? 0) + (counts.attested.at(place) ?? 0),
    failed: counts.failed.at(place) ?? 0,
    unknown: counts.unknown.at(place) ?? 0,
  })
  const [before, now] = [at(0), at(-1)]
  return t(
    'A year ago {held, plural, =0 {none} other {#}} held, {failed, plural, =0 {none} other {#}} failed and {unknown, plural, =0 {none was} one {# was} other {# were}} unknown; now {holds, plural, =0 {none holds} one {# holds} other {# hold}}, {fails, plural, =0 {none fails} one {# fails} other {# fail}} and {dark, plural, =0 {none is} one {# is} other {# are}} unknown.',
    { ...before, holds: now.held, fails: now.failed, dark: now.unknown },
  )
}

/** Whether it was in place on every day, in words: how many of the days were proved, stated, failed or not known. */
export function sayYear({ proved, attested, failed, unknown }: StatusCounts): string {
  const all = proved + attested + failed + unknown
  const counts = { all, held: proved + attested, failed, unknown }
  if (proved === all) return t('Yes: it was proved on every one of the {all, number} days.', counts)
  if (counts.held === all) {
    return t('Yes, on every one of the {all, number} days, though on some of them only by a person’s word.', counts)
  }
  if (failed === 0) {
    return t(
      'That cannot be shown: it held on {held, number} of {all, number} days, and {unknown, plural, one {on # day it is} other {on # days it is}} not known.',
      counts,
    )
  }
  return unknown === 0
    ? t(
        'No: it held on {held, number} of {all, number} days and failed on {failed, plural, one {# day} other {# days}}.',
        counts,
      )
    : t(
        'No: it held on {held, number} of {all, number} days, failed on {failed, plural, one {# day} other {# days}}, and {unknown, plural, one {on # day it is} other {on # days it is}} not known.',
        counts,
      )
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

/** The page of a safeguard, by its name. */
export function addressOf(safeguard: string): string {
  return `/practices/${safeguard.replace('.', '/')}`
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
