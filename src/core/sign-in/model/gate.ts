/**
 * Lets so many pieces of work run at once; so many more wait in the order they came, and the next is refused. A flood is
 * turned away at the door, and what is inside is done in a time that can be told.
 */
export function openGate(limits: { readonly atOnce: number; readonly waiting: number; refuse(): Error }) {
  const queue: (() => void)[] = []
  let running = 0

  return async function passGate<T>(work: () => Promise<T>): Promise<T> {
    if (running < limits.atOnce) running += 1
    else if (queue.length >= limits.waiting) throw limits.refuse()
    // Whoever leaves hands the place on, so nobody who comes later slips in between.
    else await new Promise<void>((enter) => queue.push(enter))
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next) next()
      else running -= 1
    }
  }
}
