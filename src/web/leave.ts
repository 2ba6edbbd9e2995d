import { signOut } from '#core/sign-in/contract.ts'
import { call, workFor } from '#ui/call.ts'

/** Signs out, and loads the page anew, so that nothing of the person is left in it. */
export async function leave(): Promise<void> {
  await call(signOut, {}).catch(() => {})
  workFor(undefined)
  window.location.assign('/sign-in')
}
