/**
 * Where the bytes of a request come from. A request that came through the edge carries the stream it was made of: reading
 * that one costs half of what the copy in `request.body` does. Any other is read by its body.
 */
import type { IncomingMessage } from 'node:http'

const incomingOf = Symbol('incoming')

interface Carrying {
  [incomingOf]?: IncomingMessage
}

export function carry(request: Request, incoming: IncomingMessage): void {
  ;(request as Carrying)[incomingOf] = incoming
}

export interface ByteReader {
  /** The next bytes; undefined at the end. Rejects where the sender went. */
  read(): Promise<Uint8Array | undefined>
  /** Reads no more. The connection stays, so that the answer reaches the sender. */
  cancel(): void
}

export function openBody(request: Request): ByteReader {
  const incoming = (request as Carrying)[incomingOf]
  if (incoming && !incoming.readableDidRead) {
    const chunks: AsyncIterator<Uint8Array> = incoming.iterator({ destroyOnReturn: false })
    return {
      read: async () => {
        const { done, value } = await chunks.next()
        return done ? undefined : value
      },
      cancel: () => {
        chunks.return?.().catch(ignore)
      },
    }
  }
  const reader = request.body?.getReader()
  return {
    read: async () => (await reader?.read())?.value,
    cancel: () => {
      reader?.cancel().catch(ignore)
    },
  }
}

function ignore(): void {}
