/** Certificates for one test file, made by openssl: authorities, servers of loopback, senders. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { requireProgram } from './servers.ts'

const run = promisify(execFile)

/** Tells why no certificate can be made, false when one can. */
export const openssl = await requireProgram({ name: 'openssl', apt: ['openssl'] })

export interface Certificate {
  /** PEM, and where it lies. */
  readonly certificate: string
  readonly key: string
  readonly certificatePath: string
  readonly keyPath: string
}

export interface Authority extends AsyncDisposable {
  readonly certificate: string
  readonly certificatePath: string
  /** Makes a certificate for both directions; `subjectAltName` is of loopback unless said otherwise. */
  issue(commonName: string, subjectAltName?: string): Promise<Certificate>
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Makes an authority in a folder of its own, which is removed with it. */
export async function makeAuthority(name: string): Promise<Authority> {
  if (openssl.path === undefined) throw new Error(openssl.skip)
  const program = openssl.path
  const folder = await mkdtemp(join(tmpdir(), 'vigil-tls-'))
  const at = (file: string) => join(folder, file)
  const subject = ['-days', '2', '-subj', `/CN=${name}`]
  await run(program, ['req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.pem'), ...subject])
  let issued = 0
  return {
    certificate: await readFile(at('ca.pem'), 'utf8'),
    certificatePath: at('ca.pem'),
    async issue(commonName, subjectAltName = 'IP:127.0.0.1,DNS:localhost') {
      issued += 1
      const [keyPath, certificatePath] = [at(`${issued}.key`), at(`${issued}.pem`)]
      await run(program, [
        ...['req', '-x509', ...newKey, '-keyout', keyPath, '-out', certificatePath, '-days', '2'],
        ...['-subj', `/CN=${commonName}`, '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
        ...['-addext', `subjectAltName=${subjectAltName}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
      ])
      const [certificate, key] = [await readFile(certificatePath, 'utf8'), await readFile(keyPath, 'utf8')]
      return { certificate, key, certificatePath, keyPath }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
