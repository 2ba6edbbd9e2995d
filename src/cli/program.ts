import type { Config } from '#platform/config.ts'
import type { Screen } from './terminal/screen.ts'

/** 0 done, 1 refused (or a gate that failed), 2 misused, 70 a defect of ours. */
export const exitCodes = { done: 0, refused: 1, misused: 2, defect: 70 } as const

/** What every command is handed. */
export interface Program {
  readonly screen: Screen
  readonly errors: NodeJS.WriteStream
  /** The settings, with those of the folder worked on where there is one. */
  configure(folder?: string): Config
  /** Ends with a code other than 0 after the results are printed. */
  endWith(code: number): void
  say(words: string): void
}
