import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { Secret } from '#platform/config.ts'
import type { KeyStore } from '#platform/keys.ts'
import { refuse } from './refuse.ts'

const passphraseStoreId = 'passphrase'
export const leastPassphraseLength = 12

// 128 MiB and a few tenths of a second for each guess. Another cost is another version of the store's key.
const version = 1
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 }
const saltLength = 16
const nonceLength = 12
const tagLength = 16
const keyLength = 32

const derive = promisify<string, Buffer, number, typeof cost, Buffer>(scrypt)

/** A key store whose key is derived (scrypt) from a passphrase and a salt that each wrapped key brings along. */
export function passphraseStore(passphrase: Secret): KeyStore {
  const keyFor = (salt: Buffer) => derive(passphrase.reveal().normalize('NFKC'), salt, keyLength, cost)
  const covered = (context: string) => Buffer.from(`vigil passphrase/${version}\0${context}`)
  return {
    id: passphraseStoreId,
    currentVersion: version,
    async wrap(dataKey, context) {
      const salt = randomBytes(saltLength)
      const nonce = randomBytes(nonceLength)
      const aes = createCipheriv('aes-256-gcm', await keyFor(salt), nonce, { authTagLength: tagLength })
      aes.setAAD(covered(context))
      const bytes = Buffer.concat([salt, nonce, aes.update(dataKey), aes.final(), aes.getAuthTag()])
      return { store: passphraseStoreId, version, bytes }
    },
    async unwrap(wrapped, context) {
      const { bytes } = wrapped
      if (wrapped.version !== version || bytes.length !== saltLength + nonceLength + keyLength + tagLength) {
        throw refuse('wrong-passphrase')
      }
      const body = bytes.subarray(saltLength)
      const key = await keyFor(bytes.subarray(0, saltLength))
      const aes = createDecipheriv('aes-256-gcm', key, body.subarray(0, nonceLength), { authTagLength: tagLength })
      aes.setAAD(covered(context))
      aes.setAuthTag(body.subarray(-tagLength))
      const dataKey = aes.update(body.subarray(nonceLength, -tagLength))
      try {
        aes.final()
      } catch (cause) {
        throw refuse('wrong-passphrase', {}, { cause })
      }
      return dataKey
    },
    rotate: () => Promise.reject(new Error('a passphrase is not rotated: a new backup takes a new one')),
  }
}
