import type { Passkey, Site } from '../model/passkeys.ts'
import type { PasskeyRow } from '../store.ts'

/** Passkeys belong to the host by which people reach Vigil. */
export function siteOf(publicUrl: URL): Site {
  return { host: publicUrl.hostname, origins: [publicUrl.origin] }
}

/** The challenge that a browser says it answered; whether it was ever set is for who stores them. */
export function challengeOf(clientDataJson: string): string | undefined {
  try {
    const said = JSON.parse(Buffer.from(clientDataJson, 'base64url').toString()) as { challenge?: unknown }
    const { challenge } = said
    // As they are made here; also, no column holds what may hide behind an escape.
    return typeof challenge === 'string' && /^[\w-]{43}$/.test(challenge) ? challenge : undefined
  } catch {
    return undefined
  }
}

export function passkeyOf(row: PasskeyRow): Passkey {
  const { credentialId: id, publicKey, counter, transports, aaguid, backedUp } = row
  return { id, publicKey, counter, transports, aaguid, backedUp }
}
