/** What columns of tables may be said to hold: fields of access logs and of lists. */
import { csvFields } from './formats/csv-layout.ts'
import { listFields } from './relations/csv-fields.ts'

export const tableFields: readonly string[] = [...new Set<string>([...csvFields, ...listFields])]
