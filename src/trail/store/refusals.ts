/** What the query store refuses. All of it can be made anew from the log, so that is the remedy. */
import { refusals } from '#platform/refusal.ts'

const rebuild = 'Run `vigil trail rebuild`: it makes the query store anew from the log.'

export const refuseStore = refusals('trail-store', {
  damaged: ['unavailable', 'The query store of the access trail is damaged.', rebuild],
  older: ['unavailable', 'The query store of the access trail was made by another version of Vigil.', rebuild],
  zone: [
    'unavailable',
    "The query store of the access trail was made for another time zone than the organisation's.",
    rebuild,
  ],
  behind: ['unavailable', 'The dictionary of the access trail lacks texts that its query store names.', rebuild],
  foreign: [
    'unavailable',
    'The dictionary of the access trail is not the one that its query store was made with.',
    rebuild,
  ],
  'codes-damaged': ['unavailable', 'The dictionary of the access trail is damaged.', rebuild],
  full: [
    'unavailable',
    'There is no room on the disk for the query store of the access trail.',
    'Make room; what was acknowledged is in the log, and the store goes on from where it is.',
  ],
  'in-use': [
    'busy',
    'Another process has the query store of the access trail open.',
    'Stop that process, or ask through the server.',
  ],
  'shard-away': [
    'unavailable',
    'A server that keeps a part of the accesses does not answer, so no answer would be whole.',
    'Start it again; the log of vigil serve says which calls failed.',
  ],
  'shard-short': [
    'unavailable',
    'A server that keeps a part of the accesses holds less than it took, so no answer would be whole.',
    rebuild,
  ],
  'foreign-shard': [
    'conflict',
    'The servers that keep the accesses are named in another order or number than when they were filled.',
    'Put them back into their order, or empty them and run `vigil trail rebuild`.',
  ],
  incomplete: [
    'unavailable',
    'The query store could not give the whole answer, so it gives none.',
    'Try again; if it stays so, run `vigil trail rebuild`.',
  ],
})
