import { type KeyStore, open, seal } from '#platform/keys.ts'
import type { Identity } from '../store.ts'

const contextOf = (identityId: number) => `totp/${identityId}`

export function sealTotp(keys: KeyStore, identityId: number, secret: string): Promise<Buffer> {
  return seal(keys, Buffer.from(secret), contextOf(identityId))
}

/** The secret of the authenticator app; undefined where there is none. */
export async function openTotp(keys: KeyStore, identity: Pick<Identity, 'id' | 'totp'>): Promise<string | undefined> {
  return identity.totp === null ? undefined : (await open(keys, identity.totp, contextOf(identity.id))).toString()
}
