/** What DuckDB says when it cannot go on, as the trail says it. */
import { refuseStore } from './refusals.ts'

/** Does work, and tells what went wrong in words of the trail. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translate(error)
  }
}

/** What the engine says of a file that it cannot use, as a refusal; everything else is a defect and stays as it is. */
/** The engine takes no further calls after what it could not write. */
export const isHalt = (error: unknown) => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error && /^FATAL Error|database has been invalidated/.test(cause.message)
}

export function translate(error: unknown): unknown {
  const said = error instanceof Error ? error.message : ''
  if (/could not set lock on file|already open in|conflicting lock/i.test(said))
    return refuseStore('in-use', {}, { cause: error })
  if (
    /not a valid duckdb database|corrupt|checksum|serialization error|failed to deserialize|database file version|wal file/i.test(
      said,
    )
  ) {
    return refuseStore('damaged', {}, { cause: error })
  }
  if (/no space left|disk full|ENOSPC|max_temp_directory_size/i.test(said))
    return refuseStore('full', {}, { cause: error })
  return error
}
