/**
 * The names that files of a delivery may have. They come from outside: they are kept as words, shown and compared, and are
 * never a path on this machine. Folders within stay ("HR/staff.csv"), as they tell sources apart.
 */
import { ignoredNames } from '../folder.ts'

export type NameFault = 'name-invalid' | 'name-too-long' | 'name-passed-over'

const longestName = 500
const longestSegment = 255
const deepest = 20

// What Windows keeps for its devices, with any ending.
const devices = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(\..*)?$/i
/** Control characters, and those that turn the direction of a text or hide in it. */
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/u

/** The name as it is kept, composed (NFC), or what is wrong with it. */
export function readName(given: string): { readonly name: string } | { readonly fault: NameFault } {
  // Measured first, so that no work is done on a text of any length.
  if (given.length > longestName) return { fault: 'name-too-long' }
  const name = given.normalize('NFC')
  if (name.length > longestName) return { fault: 'name-too-long' }
  if (!name.isWellFormed() || hidden.test(name) || name.includes('\\') || /^[a-z]:/i.test(name)) {
    return { fault: 'name-invalid' }
  }
  const segments = name.split('/')
  if (segments.length > deepest) return { fault: 'name-too-long' }
  for (const segment of segments) {
    if (Buffer.byteLength(segment) > longestSegment) return { fault: 'name-too-long' }
    const isPlain = segment.trim() !== '' && segment === segment.trimStart() && !/[. ]$/.test(segment)
    if (!isPlain || segment === '.' || segment === '..' || devices.test(segment)) return { fault: 'name-invalid' }
  }
  if (!isSettingsName(name) && segments.some((segment) => ignoredNames.test(segment))) {
    return { fault: 'name-passed-over' }
  }
  return { name }
}

/** Names that differ only by case are one: not every disk from which they come can tell them apart. */
export function foldName(name: string): string {
  return name.toLowerCase().normalize('NFC')
}

/** The settings of a folder of exports, which say how its files are read; only at its top, as on the command line. */
export const isSettingsName = (name: string) => name === 'vigil.yaml'
