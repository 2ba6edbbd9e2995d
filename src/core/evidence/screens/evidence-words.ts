/** What screens say of evidence and of what it supports. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { showEvidence } from '../contract.ts'
import { readAbout, type Supported, type Validity } from '../model.ts'

export type Shown = WireOutputOf<typeof showEvidence>

export const validityWords: Readonly<Record<Validity, string>> = {
  valid: t('valid'),
  ending: t('ends soon'),
  over: t('no longer valid'),
  destroyed: t('destroyed'),
}

/** What can be asked for. */
export const validityChoices: readonly { readonly value: Validity; readonly label: string }[] = [
  { value: 'valid', label: t('Valid') },
  { value: 'ending', label: t('Ends soon') },
  { value: 'over', label: t('No longer valid') },
  { value: 'destroyed', label: t('Destroyed') },
]

export const kindWords: Readonly<Record<Supported, string>> = {
  finding: t('finding'),
  safeguard: t('safeguard'),
  requirement: t('requirement'),
  task: t('task'),
  system: t('system'),
  device: t('device'),
  vendor: t('vendor'),
}

/** Where a thing is shown that evidence supports; undefined where it has no page. */
export function placeOf(about: string): string | undefined {
  const thing = readAbout(about)
  if (!thing) return undefined
  const id = encodeURIComponent(thing.id)
  switch (thing.kind) {
    case 'finding':
      return `/findings?finding=${id}`
    case 'safeguard':
      return `/practices/${thing.id.replace('.', '/')}`
    case 'requirement':
      return `/requirements?paragraph=${id}`
    case 'task':
      return `/tasks?task=${id}`
    case 'system':
      return `/systems/${id}`
    case 'device':
      return `/devices/${id}`
    case 'vendor':
      return undefined
  }
}

/** A thing as a person would name it: its title, or what of it is known. */
export function sayThing({ about, title }: { readonly about: string; readonly title: string | null }): string {
  if (title !== null) return title
  const thing = readAbout(about)
  return thing
    ? t('{kind} {id}, which is no more', { kind: kindWords[thing.kind], id: thing.id })
    : t('Something that is no more')
}

/** "requirement § 164.316(a)", "finding 12": what kind of thing it is, small beside its title. */
export function sayKind(about: string): string {
  const thing = readAbout(about)
  if (!thing) return about
  if (thing.kind === 'requirement') return t('requirement, § {citation}', { citation: thing.id })
  return kindWords[thing.kind]
}
