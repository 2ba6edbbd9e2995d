/** What the pages of devices say. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { countDevices, listDevices, showDevice } from '../contract.ts'

export type DeviceListed = WireOutputOf<typeof listDevices>['items'][number]
export type DeviceShown = WireOutputOf<typeof showDevice>
export type HappenedTo = DeviceShown['events'][number]

export const kinds = {
  workstation: t('Workstation'),
  laptop: t('Laptop'),
  server: t('Server'),
  virtual: t('Virtual'),
  phone: t('Phone'),
  tablet: t('Tablet'),
  medical: t('Medical device'),
  network: t('Network device'),
  printer: t('Printer'),
} as const
export type Kind = keyof typeof kinds

/** The kind in words; one that Vigil does not know is said as the inventory says it. */
export function sayKind(kind: string | null): string | undefined {
  return kind === null ? undefined : ((kinds as Readonly<Record<string, string>>)[kind] ?? kind)
}

/** How things stand with all of them. */
export function sayCounts(counts: WireOutputOf<typeof countDevices>): string {
  const { all, outOfUse, unsupported, notEncrypted, notSeen, lapsed } = counts
  if (all === 0) return t('The computers, phones and medical devices of your organisation stand here.')
  return [
    t('{count, plural, =0 {No device is} one {One device is} other {# devices are}} in use.', {
      count: all - outOfUse,
    }),
    ...(unsupported + notEncrypted + notSeen === 0
      ? []
      : [
          t(
            '{unsupported, number} {unsupported, plural, one {gets} other {get}} no security updates, {notEncrypted, number} {notEncrypted, plural, one {is} other {are}} not encrypted, {notSeen, number} {notSeen, plural, one {was} other {were}} not seen for 30 days.',
            { unsupported, notEncrypted, notSeen },
          ),
        ]),
    ...(lapsed === 0
      ? []
      : [
          t('What is known of {count, plural, one {one of them} other {# of them}} is too old to speak.', {
            count: lapsed,
          }),
        ]),
  ].join(' ')
}

/** What a device is, in one or two sentences. */
export function sayDevice({ device }: Pick<DeviceShown, 'device'>): string {
  const kind = sayKind(device.kind) ?? t('Device')
  const first =
    device.operatingSystem === null
      ? device.isCurrent
        ? t('{kind}; what it runs is not known.', { kind })
        : t('{kind}; no current inventory names it.', { kind })
      : t('{kind} with {system}.', { kind, system: device.operatingSystem })
  return [
    first,
    ...(device.isLost ? [t('It is said to be lost.')] : []),
    ...(device.isOutOfUse ? [t('It is out of use.')] : []),
    ...(device.faults.includes('unsupported') ? [t('It gets no security updates any more.')] : []),
    ...(device.faults.includes('not-encrypted') ? [t('It is not encrypted.')] : []),
    ...(device.findings > 0
      ? [t('{count, plural, one {One finding is} other {# findings are}} open.', { count: device.findings })]
      : []),
  ].join(' ')
}

/** What happened, as a sentence; a finding says its own. */
export function sayHappened({ kind, what, count }: HappenedTo): string {
  switch (kind) {
    case 'listed':
      return t('{source} named it first.', { source: what })
    case 'not-listed':
      return t('{source} named it no more.', { source: what })
    case 'software-seen':
      return t(
        '{source} told of {count, plural, one {one piece of software} other {# pieces of software}} new on it.',
        {
          source: what,
          count,
        },
      )
    case 'software-gone':
      return t(
        '{source} told that {count, plural, one {one piece of software is} other {# pieces of software are}} gone.',
        {
          source: what,
          count,
        },
      )
    case 'finding-opened':
      return t('A finding opened: {what}', { what })
    case 'finding-closed':
      return t('A finding closed: {what}', { what })
    case 'finding-reopened':
      return t('A finding opened again: {what}', { what })
    case 'finding-excepted':
      return t('A finding was accepted for a while: {what}', { what })
  }
}
