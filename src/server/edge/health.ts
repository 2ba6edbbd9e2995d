/**
 * `/healthz` says that the process lives; `/readyz` that it can serve. Both are open to everybody, so they say a word a
 * probe and nothing of why.
 */
export interface Probe {
  /** A word such as `database`, `migrations` or `jobs`. */
  readonly name: string
  readonly isWell: () => Promise<boolean> | boolean
}

const head = { 'content-type': 'application/json', 'cache-control': 'no-store' }

export function answerHealth(): Response {
  return new Response('{"status":"alive"}', { headers: head })
}

/**
 * Gives the answerer of `/readyz`. Every probe has `withinMs`; one that fails, throws or is late makes Vigil not ready.
 * A probe that is still out is not started again, so that asking often cannot pile up work on a stuck database.
 */
export function watchReadiness(probes: readonly Probe[], withinMs = 1_000): () => Promise<Response> {
  const asked = new Map<string, Promise<boolean>>()
  const start = (name: string, isWell: Probe['isWell']) => {
    const running = (async () => isWell())()
      .catch(() => false)
      .finally(() => asked.delete(name))
    asked.set(name, running)
    return running
  }
  const ask = async ({ name, isWell }: Probe): Promise<boolean> => {
    const running = asked.get(name) ?? start(name, isWell)
    const late = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => late.resolve(false), withinMs)
    try {
      return await Promise.race([running, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
  return async () => {
    const wells = await Promise.all(probes.map(ask))
    const isReady = wells.every(Boolean)
    const checks = Object.fromEntries(probes.map(({ name }, index) => [name, wells[index] === true]))
    return new Response(JSON.stringify({ status: isReady ? 'ready' : 'not-ready', checks }), {
      status: isReady ? 200 : 503,
      headers: head,
    })
  }
}
