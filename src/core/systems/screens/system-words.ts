/** What the pages of systems say. Pure. */
import type { WireOutputOf } from '#platform/contract.ts'
import { t } from '#ui/t.ts'
import type { listSystemAccounts, listSystemSoftware, listSystems, showSystem } from '../contract.ts'

export type SystemListed = WireOutputOf<typeof listSystems>['items'][number]
export type SystemShown = WireOutputOf<typeof showSystem>
export type AccountListed = WireOutputOf<typeof listSystemAccounts>['items'][number]
export type PieceListed = WireOutputOf<typeof listSystemSoftware>['items'][number]
export type ToldShown = SystemShown['told'][number]
export type Agreement = NonNullable<NonNullable<SystemListed['vendor']>['agreement']>

const kinds: Readonly<Record<string, string>> = {
  ehr: t('health record'),
  directory: t('directory'),
  mail: t('mail'),
  imaging: t('imaging'),
  billing: t('billing'),
  laboratory: t('laboratory'),
  pharmacy: t('pharmacy'),
  hr: t('staff and payroll'),
  backup: t('backup'),
  vpn: t('remote access'),
  'file-share': t('files'),
  other: t('other'),
}

/** The kind in words; one that Vigil does not know is said as the list says it. */
export function sayKind(kind: string | null): string | undefined {
  return kind === null ? undefined : (kinds[kind] ?? kind)
}

export const agreements: Readonly<Record<Agreement, string>> = {
  signed: t('agreement signed'),
  none: t('no agreement'),
  pending: t('agreement pending'),
  expired: t('agreement expired'),
  'not-required': t('no agreement needed'),
}

/** Whether an agreement is there: what a vendor with patient data must have. */
export function isAgreed(agreement: Agreement): boolean {
  return agreement === 'signed' || agreement === 'not-required'
}

export const approvals: Readonly<Record<PieceListed['approval'], string>> = {
  approved: t('approved'),
  refused: t('refused'),
  expired: t('approval ran out'),
  'not-listed': t('not approved'),
  'not-known': t('not known'),
  part: t('a part of something else'),
}

/** How things stand with a system, in sentences: its data, who can get in, its backup. */
export function saySystem({ system }: Pick<SystemShown, 'system'>): readonly string[] {
  const said: string[] = []
  if (system.isOutOfUse) said.push(t('It is out of use.'))
  if (system.ephi === null) said.push(t('Whether it holds patient data is not known.'))
  else said.push(system.ephi ? t('It holds patient data.') : t('It holds no patient data.'))
  if (system.accounts === null) said.push(t('Who can get in is not known.'))
  else {
    const { enabled, withoutSecondFactor, secondFactorNotKnown } = system.accounts
    said.push(
      t(
        '{enabled, plural, =0 {No account works} one {One account can get in} other {# accounts can get in}}{without, plural, =0 {} other {, # without a second factor}}{unknown, plural, =0 {} other {, # where a second factor is not known}}.',
        { enabled, without: withoutSecondFactor, unknown: secondFactorNotKnown },
      ),
    )
  }
  if (system.findings > 0)
    said.push(t('{count, plural, one {One finding is open} other {# findings are open}}.', { count: system.findings }))
  return said
}

/** How things stand with all of them. */
export function sayCounts({
  all,
  withPatientData,
  patientDataNotKnown,
  onlySeen,
}: {
  readonly all: number
  readonly withPatientData: number
  readonly patientDataNotKnown: number
  readonly onlySeen: number
}): string {
  if (all === 0) return t('What your organisation works with stands here.')
  return [
    t(
      '{all, plural, one {One system is} other {# systems are}} in use; {ephi, plural, =0 {none is known to hold} one {one holds} other {# hold}} patient data.',
      { all, ephi: withPatientData },
    ),
    ...(patientDataNotKnown > 0
      ? [
          t('Whether {count, plural, one {one more does} other {# more do}} is not known.', {
            count: patientDataNotKnown,
          }),
        ]
      : []),
    ...(onlySeen > 0
      ? [
          t(
            '{count, plural, one {One was} other {# were}} only seen and {count, plural, one {stands} other {stand}} on no list.',
            {
              count: onlySeen,
            },
          ),
        ]
      : []),
  ].join(' ')
}

/** "8 hours", "2 days": how much may be lost, or how long it may take. */
export function sayHours(hours: number): string {
  if (hours >= 48 && hours % 24 === 0) return t('{days, plural, one {# day} other {# days}}', { days: hours / 24 })
  return t('{hours, plural, one {# hour} other {# hours}}', { hours })
}
