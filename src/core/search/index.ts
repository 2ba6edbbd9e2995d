import { type Bound, bindRead } from '#core/door.ts'
import { find } from './contract.ts'
import { findByWords } from './service.ts'

export const search: readonly Bound[] = [
  bindRead(find, async (call, { words }) => {
    const { people, systems, devices, findings, requirements, tasks } = await findByWords(call, call.principal, words)
    return {
      // A row of a staff list that names nobody is still somebody.
      people: people.map(({ name, ...rest }) => ({ ...rest, name: name ?? '' })),
      systems: [...systems],
      devices: [...devices],
      findings: [...findings],
      requirements: [...requirements],
      tasks: [...tasks],
    }
  }),
]
