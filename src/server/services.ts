/** What the server's use cases stand on, opened once. */
import { createHash } from 'node:crypto'
import type { Services } from '#core/door.ts'
import { openBreachedList } from '#core/sign-in/model/breached.ts'
import type { KeyFile } from '#platform/keys.ts'
import type { Installation } from './installation.ts'

export async function openServices(
  installation: Pick<Installation, 'database' | 'keys' | 'ledger' | 'config' | 'dataDirectory'>,
  publicUrl: URL,
): Promise<Services> {
  const { database, keys, ledger, config, dataDirectory } = installation
  return {
    database,
    keys,
    ledger,
    config,
    dataDirectory,
    publicUrl,
    breached: openBreachedList(config.server.breachedPasswords),
    digestKey: await deriveDigestKey(keys),
  }
}

/**
 * A secret that every server with this key file derives alike and that is stored nowhere: an Ed25519 signature is always
 * the same for the same message, and nothing else signs this one.
 */
async function deriveDigestKey(keys: KeyFile): Promise<Buffer> {
  const signature = await keys.signingKey.sign(Buffer.from('vigil digest key/1'))
  return createHash('sha256').update(signature).digest()
}
