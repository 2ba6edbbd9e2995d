/**
 * One event a line, as JSON, on standard error. Values are ids, counts and enum words only: no name, address, path of a
 * patient file or other identifier of a person may be logged, so the type admits nothing longer than a word.
 */
const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const

export type LogLevel = (typeof levels)[number]
export const logLevels: readonly LogLevel[] = levels

type LogValue = string | number | boolean | undefined

export interface Log {
  error(event: string, values?: Readonly<Record<string, LogValue>>): void
  warn(event: string, values?: Readonly<Record<string, LogValue>>): void
  info(event: string, values?: Readonly<Record<string, LogValue>>): void
  debug(event: string, values?: Readonly<Record<string, LogValue>>): void
}

export function createLog(level: LogLevel, write: (line: string) => void): Log {
  const threshold = levels.indexOf(level)
  const at =
    (name: LogLevel) =>
    (event: string, values: Readonly<Record<string, LogValue>> = {}) => {
      if (levels.indexOf(name) > threshold) return
      write(`${JSON.stringify({ at: new Date().toISOString(), level: name, event, ...values })}\n`)
    }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}
