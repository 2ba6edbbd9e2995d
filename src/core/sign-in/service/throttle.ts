/**
 * How tries are slowed down without letting anybody lock others out. Tries are counted by who is tried from where: a
 * browser that this person has signed in from before (it holds a mark that only Vigil can make) has a count of its own, and
 * nothing else slows it; all other browsers share one count, and so do all of them from one network.
 *
 * A try is counted before it is judged, and one at a time, so that many at once gain nothing; one that succeeds is taken
 * off again. A passkey cannot be guessed, so its tries are not counted: the limit of requests is enough.
 */
import { createHmac } from 'node:crypto'
import type { Beforehand, Call } from '#core/door.ts'
import { readDeviceCookie } from '../model/device-cookie.ts'
import { networkOf } from '../model/networks.ts'
import { refuseSignIn } from '../model/refusals.ts'
import { failureWindowMs, waitAfter } from '../model/rules.ts'
import { clearFailures, forgiveFailure, lockFailures, noteFailure } from '../store.ts'

/** Many people sign in from one network: that many failures of theirs weigh as one. */
const networkShare = 10

/** What is tried: the password of an address, or the second factor of somebody. */
export interface Tried {
  readonly what: 'password' | 'second-factor'
  /** Whose it is; undefined for an address that nobody has. */
  readonly identityId: number | undefined
  readonly address?: string
}

interface Counts {
  readonly own: Buffer
  /** Undefined for a browser that is known. */
  readonly network: Buffer | undefined
}

/** Counts a try, or refuses it for now. */
export async function countTry(beforehand: Beforehand, tried: Tried): Promise<void> {
  const { services, now } = beforehand
  const { own, network } = countsOf(beforehand, tried)
  const keys = network ? [own, network] : [own]
  await services.database.outside(async (db) => {
    for (const { key, failures, lastAt } of await lockFailures(db, keys, now)) {
      // Where the clock was set back, what lies ahead holds up nobody for longer than what lies behind.
      const age = Math.abs(now.getTime() - lastAt.getTime())
      const weight = key.equals(own) ? failures : Math.floor(failures / networkShare)
      const left = age > failureWindowMs ? 0 : waitAfter(weight) - age
      if (left > 0) throw refuseSignIn('waiting', { seconds: Math.ceil(left / 1_000) })
    }
    await noteFailure(db, keys, now, failureWindowMs)
  })
}

/** Takes the try off that has succeeded, and the failures before it. The network keeps those of others. */
export async function clearTries(call: Call, tried: Tried): Promise<void> {
  const { own, network } = countsOf(call, tried)
  await lockFailures(call.db, network ? [own, network] : [own], call.now)
  await clearFailures(call.db, own)
  if (network) await forgiveFailure(call.db, network)
}

function countsOf({ services, from, today }: Beforehand | Call, { what, identityId, address }: Tried): Counts {
  const digest = (text: string) => createHmac('sha256', services.digestKey).update(`try\0${text}`).digest()
  const known = from.device === undefined ? undefined : readDeviceCookie(services.digestKey, from.device, today)
  // The mark of somebody else's browser counts for nothing: else everybody could make themselves fresh counts.
  if (known && known.identityId === identityId) {
    return { own: digest(`${what}\0${identityId}\0${known.nonce}`), network: undefined }
  }
  return {
    own: digest(`${what}\0${identityId ?? `nobody ${address}`}`),
    network: digest(`network\0${networkOf(from.address)}`),
  }
}
