import type { showMe } from '#core/sign-in/contract.ts'
import type { WireOutputOf } from '#platform/contract.ts'

/** Who is signed in, as the server says it. */
export type Me = WireOutputOf<typeof showMe>
