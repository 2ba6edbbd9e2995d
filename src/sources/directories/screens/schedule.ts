/** The times at which a directory is read, in words. Pure. */

export const schedules = [
  { cron: '15 * * * *', word: 'every hour' },
  { cron: '10 2 * * *', word: 'every night at 2:10' },
  { cron: '10 2 * * 1', word: 'every Monday at 2:10' },
  { cron: '10 2 1 * *', word: 'on the first of each month at 2:10' },
] as const

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** "every night at 2:10" of `10 2 * * *`; what has no plain words is shown as it is written. */
export function sayCron(cron: string | null): string {
  if (cron === null) return 'only when asked'
  const known = schedules.find((one) => one.cron === cron)
  if (known) return known.word
  const [minute = '', hour = '', date, month, weekday = ''] = cron.trim().split(/\s+/)
  if (/^\d+$/.test(minute) && date === '*' && month === '*') {
    if (hour === '*' && weekday === '*') return `every hour, ${Number(minute)} minutes past`
    if (/^\d+$/.test(hour)) {
      const time = `${Number(hour)}:${minute.padStart(2, '0')}`
      if (weekday === '*') return `every day at ${time}`
      if (/^[0-7]$/.test(weekday)) return `every ${days[Number(weekday)]} at ${time}`
    }
  }
  return `at ${cron}`
}
