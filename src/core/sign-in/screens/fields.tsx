/** The fields of sign-in forms, with what password managers and telephones need to fill them. */
import { PasswordInput, Select, TextInput } from '@mantine/core'
import type { ComponentProps } from 'react'
import { t } from '#ui/t.ts'

type PasswordProps = Omit<ComponentProps<typeof PasswordInput>, 'autoComplete'>

const toggle = { 'aria-label': t('Show the password'), tabIndex: 0 }

export function CurrentPassword(props: PasswordProps) {
  return (
    <PasswordInput
      label={t('Password')}
      autoComplete="current-password"
      visibilityToggleButtonProps={toggle}
      maxLength={1_024}
      {...props}
    />
  )
}

/** A password that is chosen; once, because it can be shown. */
export function NewPassword(props: PasswordProps) {
  return (
    <PasswordInput
      label={t('Password')}
      description={t('At least 15 characters. Several words are easy to remember; a password manager is easier still.')}
      autoComplete="new-password"
      visibilityToggleButtonProps={toggle}
      maxLength={1_024}
      {...props}
    />
  )
}

export function EmailField(props: ComponentProps<typeof TextInput>) {
  return (
    <TextInput
      label={t('E-mail address')}
      type="email"
      inputMode="email"
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={254}
      {...props}
    />
  )
}

/** The six digits of an authenticator app. */
export function CodeField(props: ComponentProps<typeof TextInput>) {
  return (
    <TextInput
      label={t('Code from the app')}
      inputMode="numeric"
      autoComplete="one-time-code"
      spellCheck={false}
      maxLength={12}
      classNames={{ input: 'code-input' }}
      {...props}
    />
  )
}

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

/** The zone of the browser, where the organisation's is not known yet. */
export function zoneHere(): string {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  return zones.includes(here) ? here : 'UTC'
}

export function ZoneField(props: Omit<ComponentProps<typeof Select>, 'data'>) {
  return (
    <Select
      label={t('Time zone')}
      description={t('Days begin and end by it, and every time is shown in it.')}
      data={zones}
      searchable
      allowDeselect={false}
      selectFirstOptionOnChange
      limit={100}
      nothingFoundMessage={t('No zone is called that. Name a large city.')}
      autoComplete="off"
      {...props}
    />
  )
}
