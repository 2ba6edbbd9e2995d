import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react'
import { t } from '#ui/t.ts'

/** Light or dark, as somebody chooses it; `does` is said where it stands among other commands. */
export const schemes = [
  { scheme: 'light', word: t('Light'), does: t('Use light colours'), icon: IconSun },
  { scheme: 'dark', word: t('Dark'), does: t('Use dark colours'), icon: IconMoon },
  { scheme: 'auto', word: t('As the device'), does: t('Use the colours of the device'), icon: IconDeviceDesktop },
] as const
