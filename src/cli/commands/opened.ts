/** An installation for the length of one command, and what its changes tell the ledger. */
import type { Happening } from '#core/ledger/service.ts'
import { KeyError } from '#platform/keys.ts'
import { refusals } from '#platform/refusal.ts'
import { type Installation, openInstallation, type Tell } from '#server/installation.ts'
import type { Program } from '../program.ts'

const refuse = refusals('keys', {
  unusable: [
    'unavailable',
    'The keys of this installation do not open what was sealed: {reason}',
    'put the key file that it was sealed with back in its place',
  ],
})

/** Opens the installation, works with it, and closes it however that ends. */
export async function withInstallation<T>(
  program: Program,
  work: (installation: Installation) => Promise<T>,
  options: { readonly create: boolean } = { create: false },
): Promise<T> {
  const installation = await openInstallation(program.configure(), options)
  try {
    return await work(installation)
  } catch (error) {
    if (error instanceof KeyError) throw refuse('unusable', { reason: error.message }, { cause: error })
    throw error
  } finally {
    await installation.close()
  }
}

/** Names what a use case recorded, so that its entry commits with it, and a refusal of it is told by the same name. */
export function recordAs(action: string): Tell<Pick<Happening, 'subjects' | 'payload'>> {
  return Object.assign(
    ({ subjects, payload }: Pick<Happening, 'subjects' | 'payload'>) => ({ action, subjects, payload }),
    {
      action,
    },
  )
}
