import type { Db } from './database.ts'
import type { Day } from './days.ts'

/** What every use case is handed first: the transaction, who acts, and when it is. */
export interface Context {
  readonly db: Db
  /** `operator:<os user>`, `member:<id>`, `token:<id>`, `identity:<id>`, `job:<name>`: never a person's name. */
  readonly actor: string
  readonly now: Date
  /** The day in the organisation's zone. */
  readonly today: Day
}
