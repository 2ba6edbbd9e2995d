/** The times at which a directory is read, in words. Pure. */
import { t } from '#ui/t.ts'

export const schedules = [
  { cron: '15 * * * *', word: t('every hour') },
  { cron: '10 2 * * *', word: t('every night at 2:10') },
  { cron: '10 2 * * 1', word: t('every Monday at 2:10') },
  { cron: '10 2 1 * *', word: t('on the first of each month at 2:10') },
] as const

const days = [
  t('Sunday'),
  t('Monday'),
  t('Tuesday'),
  t('Wednesday'),
  t('Thursday'),
  t('Friday'),
  t('Saturday'),
  t('Sunday'),
]

/** "every night at 2:10" of `10 2 * * *`; what has no plain words is shown as it is written. */
export function sayCron(cron: string | null): string {
  if (cron === null) return t('only when asked')
  const known = schedules.find((one) => one.cron === cron)
  if (known) return known.word
  const [minute = '', hour = '', date, month, weekday = ''] = cron.trim().split(/\s+/)
  if (/^\d+$/.test(minute) && date === '*' && month === '*') {
    if (hour === '*' && weekday === '*') return t('every hour, {minutes} minutes past', { minutes: Number(minute) })
    if (/^\d+$/.test(hour)) {
      const time = `${Number(hour)}:${minute.padStart(2, '0')}`
      if (weekday === '*') return t('every day at {time}', { time })
      if (/^[0-7]$/.test(weekday)) return t('every {day} at {time}', { day: days[Number(weekday)], time })
    }
  }
  return t('at {cron}', { cron })
}
