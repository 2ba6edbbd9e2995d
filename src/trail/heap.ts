/**
 * How V8 counts memory outside of its heap. As it is set, each 64 MB of buffers that were made begin a collection that walks all
 * objects: hundreds of megabytes of them pass through intake each second, so that such collections took a sixth of all its time.
 * Counted with the heap instead, what is dead may come to twice what lives before it is looked for.
 */
import { setFlagsFromString } from 'node:v8'

let isSet = false

/** For the process that holds a trail; once. */
export function countBuffersWithHeap(): void {
  if (isSet) return
  isSet = true
  setFlagsFromString('--external-memory-accounted-in-global-limit')
  setFlagsFromString('--heap-growing-percent=200')
}
