/** The trail from outside of the process that holds it: the same calls, over its socket. */
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { Refusal, type RefusalKind, refusals } from '#platform/refusal.ts'
import type { Story } from './model/story.ts'
import type { TrailProof } from './proof/verify.ts'
import type {
  ImportProgress,
  ImportResult,
  Pattern,
  SourceState,
  ToldAccess,
  Trail,
  TrailState,
  VerifyResult,
  WhoAnswer,
} from './trail.ts'
import { type Asking, type Call, maxHeaderBytes, readLine, socketOf } from './wire.ts'

export const refuse = refusals('trail', {
  away: [
    'unavailable',
    'The access trail does not answer.',
    'it is starting, or has ended: try again in a moment; the log of vigil serve says why',
  ],
})

type Line =
  | { readonly so: unknown }
  | { readonly done: unknown }
  | { readonly refused: { kind: RefusalKind; code: string; message: string; hint: string | undefined } }
  | { readonly failed: true }

/** The trail of an organisation, held by another process of this machine. */
export function connectTrail(dataDirectory: string, organisationId: number): Trail {
  const socketPath = socketOf(dataDirectory)

  function open<C extends Call>(call: C, input: Asking<C>, signal?: AbortSignal): ClientRequest {
    return request({
      socketPath,
      method: 'POST',
      path: `/${organisationId}/${call}`,
      headers: { 'x-trail': encodeURIComponent(JSON.stringify(input)) },
      maxHeaderSize: maxHeaderBytes,
      ...(signal ? { signal } : {}),
    })
  }

  async function* lines(sent: ClientRequest): AsyncGenerator<Line> {
    let answer: IncomingMessage
    try {
      ;[answer] = (await once(sent, 'response')) as [IncomingMessage]
    } catch (error) {
      if (sent.destroyed && (error as { name?: string }).name === 'AbortError') throw error
      throw refuse('away', {}, { cause: error })
    }
    let hasEnded = false
    for await (const line of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY })) {
      const read = readLine(line) as Line
      if ('done' in read || 'refused' in read || 'failed' in read) hasEnded = true
      yield read
    }
    if (!hasEnded) throw refuse('away')
  }

  async function* pieces<C extends Call>(
    call: C,
    input: Asking<C>,
    body?: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ) {
    const sent = open(call, input, signal)
    const sending = body ? pipeline(body, sent) : Promise.resolve(sent.end())
    // What the other side says is the better reason; that the sending broke is said where nothing else is.
    sending.catch(() => undefined)
    for await (const line of lines(sent)) {
      if ('failed' in line) throw new Error(`the trail failed at ${call}; its log says why`)
      if ('refused' in line) {
        const { kind, code, message, hint } = line.refused
        throw new Refusal(kind, code, message, hint)
      }
      yield line
    }
  }

  async function ask<C extends Call, R>(
    call: C,
    input: Asking<C>,
    so?: (piece: unknown) => void,
    signal?: AbortSignal,
  ): Promise<R> {
    let answer: unknown
    for await (const line of pieces(call, input, undefined, signal)) {
      if ('so' in line) so?.(line.so)
      if ('done' in line) answer = line.done
    }
    return answer as R
  }

  const told = (progress: ((done: number, total: number) => void) | undefined) => (piece: unknown) => {
    const { done, total } = piece as { done: number; total: number }
    progress?.(done, total)
  }

  return {
    async import(bytes, options, progress) {
      const { source, format, columns } = options
      const input = { source, ...(format ? { format } : {}), ...(columns ? { columns } : {}) }
      let result: ImportResult | undefined
      for await (const line of pieces('import', input, bytes)) {
        if ('so' in line) progress?.(line.so as ImportProgress)
        if ('done' in line) result = line.done as ImportResult
      }
      if (!result) throw refuse('away')
      return result
    },
    async who({ by, id, since, until, limit, asOf, skip, unexplained, other, isSummed }) {
      const input = {
        by,
        id,
        ...(since ? { since: since.toISOString() } : {}),
        ...(until ? { until: until.toISOString() } : {}),
        ...(limit ? { limit } : {}),
      }
      const part = {
        ...(asOf === undefined ? {} : { asOf }),
        ...(skip ? { skip } : {}),
        ...(unexplained ? { unexplained } : {}),
        ...(other === undefined ? {} : { other }),
        ...(isSummed ? { isSummed } : {}),
      }
      const reading = pieces('who', { ...input, ...part })
      const head = await reading.next()
      if (head.done || !('so' in head.value)) throw refuse('away')
      const counted = head.value.so as Omit<WhoAnswer, 'complete' | 'accesses' | 'proof'>
      async function* accesses(): AsyncGenerator<ToldAccess> {
        for await (const line of reading) if ('so' in line) yield* line.so as ToldAccess[]
      }
      return {
        complete: true,
        ...counted,
        accesses: accesses(),
        proof: async (isOpened) => {
          const proof = await ask<'who', TrailProof | null>('who', { ...input, proof: isOpened ? 'opened' : 'bound' })
          return proof ?? undefined
        },
      }
    },
    stories: (since, limit) => ask<'stories', Story[]>('stories', { since, limit }),
    changed: (since, signal) => ask<'changed', number>('changed', { since }, undefined, signal),
    pattern: (login, from, to) => ask<'pattern', Pattern>('pattern', { login, from, to }),
    setFeedback: (counts) => ask('feedback', { counts: [...counts] }),
    setParameters: (chosen) => ask('parameters', { chosen: { ...chosen } }),
    judge: () => ask('judge', {}),
    expect: (statements) => ask('expect', { statements }),
    sources: () => ask<'sources', SourceState[]>('sources', {}),
    state: () => ask<'state', TrailState>('state', {}),
    hold: (month, isHeld) => ask('hold', { month, isHeld }),
    destroy: (month) => ask('destroy', { month }),
    compact: () => ask('compact', {}),
    rebuild: (progress) => ask('rebuild', {}, told(progress)),
    verify: (progress) => ask<'verify', VerifyResult>('verify', {}, told(progress)),
    close: () => Promise.resolve(),
  }
}
