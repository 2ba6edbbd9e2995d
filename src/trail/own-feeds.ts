/**
 * The feeds by which Vigil itself tells the trail what it knows. They alone may take something back (`takesBack` of
 * model/relation.ts), so nobody else goes by their names: whoever lets a person or a program name a source refuses names that
 * begin like theirs.
 */
import type { ReadOptions } from './formats/format.ts'

/** Tells whose records are watched, as the privacy officer's list has it. */
export const watchFeed = 'vigil-watch-list'
/** Tells who works here. */
export const peopleFeed = 'vigil-people'

const takingBack: ReadonlyMap<string, ReadOptions['takesBack']> = new Map([
  [watchFeed, 'patient'],
  [peopleFeed, 'worker'],
])

/** Of what records a feed may take something back. */
export const takenBackBy = (source: string): ReadOptions['takesBack'] => takingBack.get(source)

/** Whether a name is one of Vigil's own feeds, or might be taken for one. */
export const isOwnFeed = (source: string): boolean => source.trim().toLowerCase().startsWith('vigil-')
