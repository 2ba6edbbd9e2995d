/** The thread that `apart.ts` starts: bytes come in, batches go out as columns. */
import { parentPort, workerData } from 'node:worker_threads'
import { Refusal } from '#platform/refusal.ts'
import type { ImportOptions, ImportResult } from '../trail.ts'
import { type Gathered, memoryOfGathered } from './batch.ts'
import type { Accepted } from './intake.ts'
import { type Reading, readInto } from './reading.ts'

export type ToReader =
  | { readonly bytes: Uint8Array }
  | { readonly end: true }
  /** Something failed on the other side, which knows what. */
  | { readonly failed: true }
  | { readonly number: number; readonly accepted: Accepted; readonly spare: readonly ArrayBuffer[] }

export type FromReader =
  | { readonly more: true }
  | { readonly batch: Gathered; readonly number: number }
  | { readonly rejected: readonly string[] }
  | { readonly result: ImportResult }
  | { readonly refused: Pick<Refusal, 'kind' | 'code' | 'hint'> & { readonly sentence: string } }

/** Reasons of rejects that go over together. */
const rejectsAtOnce = 1_000

const port = parentPort
if (!port) throw new Error('This is no thread.')
const { options, reading } = workerData as { readonly options: ImportOptions; readonly reading: Reading }

const pieces: Uint8Array[] = []
const committing = new Map<number, { resolve: (accepted: Accepted) => void; reject: (error: unknown) => void }>()
const spares: (readonly ArrayBuffer[])[] = []
let isEnded = false
let hasFailed = false
let wake: (() => void) | undefined
let batches = 0
let rejected: string[] = []

port.on('message', (message: ToReader) => {
  if ('bytes' in message) pieces.push(message.bytes)
  else if ('end' in message) isEnded = true
  else if ('failed' in message) {
    hasFailed = true
    for (const { reject } of committing.values()) reject(failure())
  } else {
    spares.push(message.spare)
    committing.get(message.number)?.resolve(message.accepted)
    committing.delete(message.number)
  }
  wake?.()
})

const failure = () => new Error('What was read could not be taken in.')

async function* bytes(): AsyncGenerator<Uint8Array> {
  for (;;) {
    if (hasFailed) throw failure()
    const piece = pieces.shift()
    if (piece) {
      send({ more: true })
      yield piece
    } else if (isEnded) return
    else {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
}

function send(message: FromReader, memory: ArrayBuffer[] = []): void {
  port?.postMessage(message, memory)
}

function tellRejected(): void {
  if (rejected.length > 0) send({ rejected })
  rejected = []
}

try {
  const result = await readInto(
    {
      commit(batch) {
        tellRejected()
        batches += 1
        const number = batches
        send({ batch, number }, memoryOfGathered(batch))
        return new Promise((resolve, reject) => {
          committing.set(number, { resolve, reject })
        })
      },
      ready: () => (hasFailed ? Promise.reject(failure()) : Promise.resolve()),
      rejected(_, reason) {
        rejected.push(reason)
        if (rejected.length >= rejectsAtOnce) tellRejected()
      },
      spare: () => spares.pop(),
    },
    bytes(),
    options,
    reading,
  )
  tellRejected()
  send({ result })
} catch (error) {
  tellRejected()
  if (!(error instanceof Refusal)) throw error
  const { kind, code, message, hint } = error
  send({ refused: { kind, code, sentence: message, hint } })
} finally {
  port.close()
}
