/** What the parts of a trail share beside the log: secrets that the key file gives, and how much lies in a folder. */
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyFile } from '#platform/keys.ts'

export interface Secrets {
  /** Under which it is known which messages have come: 16 bytes. */
  readonly seen: Buffer
  /** Under which patients stand in manifests: 32 bytes. */
  readonly manifests: Buffer
  /** Under which stories have their ids: 32 bytes. */
  readonly stories: Buffer
  /** Tells this installation's logs from others' in their origin; not secret. */
  readonly origin: string
}

/**
 * An Ed25519 signature is always the same for the same message, and nothing else signs these: so every process with the key
 * file derives the same secrets, and they are stored nowhere.
 */
export async function deriveSecrets(keys: KeyFile, organisationId: number): Promise<Secrets> {
  const derive = async (purpose: string) => {
    const signature = await keys.signingKey.sign(Buffer.from(`vigil trail ${purpose}/1 ${organisationId}`))
    return createHash('sha256').update(signature).digest()
  }
  return {
    seen: (await derive('messages that came')).subarray(0, 16),
    manifests: await derive('patients in manifests'),
    stories: await derive('ids of stories'),
    origin: createHash('sha256').update(keys.signingKey.publicKey).digest('hex').slice(0, 16),
  }
}

/** Bytes of all files in a folder and below. */
export async function directorySize(path: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (!entry.isFile()) continue
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined)
    bytes += found?.size ?? 0
  }
  return bytes
}
