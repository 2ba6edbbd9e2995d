/** A real OpenLDAP server for one test file: its own folder, a port of loopback, stopped by its process. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findProgram, requireProgram } from './servers.ts'

const run = promisify(execFile)

export const suffix = 'dc=clinic,dc=example'
export const administrator = { bindDn: `cn=admin,${suffix}`, password: 'correct horse battery' }

/** Tells why no server can be started, false when one can. */
// Its certificate is made with it.
await requireProgram({ name: 'openssl', apt: ['openssl'] })
export const slapdProgram = await requireProgram({ name: 'slapd', apt: ['slapd', 'ldap-utils'] })

export interface Slapd extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Where the server speaks TLS from the first byte; it does so only with a certificate. */
  readonly secureUrl: string
  /** The certificate that signs the server's own, when it has one. */
  readonly ca: string | undefined
  kill(): Promise<void>
  stop(): Promise<void>
}

export interface SlapdOptions {
  /** Entries to begin with, below the suffix, whose own entry is always there. */
  readonly ldif: string
  /** Lines of slapd.conf for the database, for example `sizelimit 100`. */
  readonly config?: readonly string[]
  readonly isAnonymousRefused?: boolean
}

/**
 * Attributes and classes that Active Directory has and OpenLDAP has not, with their own names and kinds. The numbers
 * are private ones: the real ones belong to Microsoft and are not needed to speak them.
 */
const activeDirectorySchema = [
  ...schemaAttributes('caseIgnoreMatch', '1.3.6.1.4.1.1466.115.121.1.15', [
    'sAMAccountName',
    'userPrincipalName',
    'employeeID',
    'department',
    'servicePrincipalName*',
    'proxyAddresses*',
  ]),
  ...schemaAttributes('integerMatch', '1.3.6.1.4.1.1466.115.121.1.27', [
    'userAccountControl',
    'pwdLastSet',
    'lastLogon',
    'lastLogonTimestamp',
    'accountExpires',
    'adminCount',
    'primaryGroupID',
    'instanceType',
  ]),
  ...schemaAttributes('generalizedTimeMatch', '1.3.6.1.4.1.1466.115.121.1.24', ['whenCreated']),
  ...schemaAttributes('octetStringMatch', '1.3.6.1.4.1.1466.115.121.1.40', ['objectGUID', 'objectSid']),
  ...schemaAttributes('distinguishedNameMatch', '1.3.6.1.4.1.1466.115.121.1.12', ['managedBy', 'memberOf*']),
].map((make, index) => make(index + 1))

function schemaAttributes(match: string, syntax: string, names: readonly string[]): ((number: number) => string)[] {
  return names.map((name) => (number) => {
    const single = name.endsWith('*') ? '' : ' SINGLE-VALUE'
    const own = name.replace('*', '')
    return `attributetype ( 1.3.6.1.4.1.4203.666.77.1.${number} NAME '${own}' EQUALITY ${match} SYNTAX ${syntax}${single} )`
  })
}

function schemaClasses(): string[] {
  const may = activeDirectorySchema.map((line) => /NAME '(\w+)'/.exec(line)?.[1]).join(' $ ')
  const arc = '1.3.6.1.4.1.4203.666.77.2'
  return [
    `objectclass ( ${arc}.1 NAME 'user' SUP inetOrgPerson STRUCTURAL MAY ( ${may} ) )`,
    `objectclass ( ${arc}.2 NAME 'computer' SUP user STRUCTURAL )`,
    `objectclass ( ${arc}.3 NAME 'lockable' SUP top AUXILIARY MAY ( inetUserStatus $ nsAccountLock ) )`,
  ]
}

const lockAttributes = ['inetUserStatus', 'nsAccountLock'].map(
  (name, index) =>
    `attributetype ( 1.3.6.1.4.1.4203.666.77.3.${index + 1} NAME '${name}' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )`,
)

/** Starts a server that holds the given entries and answers. */
export async function startSlapd(options: SlapdOptions): Promise<Slapd> {
  if (slapdProgram.path === undefined) throw new Error(slapdProgram.skip)
  const folder = await mkdtemp(join(tmpdir(), 'vigil-slapd-'))
  await mkdir(join(folder, 'data'))
  const ca = await makeCertificate(folder)
  const schema = join(folder, 'active-directory.schema')
  await writeFile(schema, [...activeDirectorySchema, ...lockAttributes, ...schemaClasses(), ''].join('\n'))
  const config = join(folder, 'slapd.conf')
  await writeFile(config, (await configure(folder, schema, ca !== undefined, options)).join('\n'))
  const ldif = join(folder, 'start.ldif')
  await writeFile(ldif, [root, administratorEntry, options.ldif].join('\n'))
  await run(slapdProgram.path, ['-T', 'add', '-f', config, '-l', ldif, '-q'])

  const port = await freePort()
  const url = `ldap://127.0.0.1:${port}`
  const secureUrl = `ldaps://127.0.0.1:${await freePort()}`
  const addresses = ca === undefined ? `${url}/` : `${url}/ ${secureUrl}/`
  const child = spawn(slapdProgram.path, ['-f', config, '-h', addresses, '-d', '0'], { stdio: 'ignore' })
  const kill = () => end(child, 'SIGKILL')
  const stop = async () => {
    await end(child, 'SIGTERM')
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilListening(port, child)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, port, secureUrl, ca, kill, stop, [Symbol.asyncDispose]: stop }
}

const root = `dn: ${suffix}
objectClass: organization
objectClass: dcObject
o: Clinic
dc: clinic
`

async function configure(folder: string, schema: string, hasTls: boolean, options: SlapdOptions): Promise<string[]> {
  const shared = '/etc/ldap/schema'
  const modules = await findModules()
  const tls = [
    `TLSCertificateFile ${join(folder, 'server.pem')}`,
    `TLSCertificateKeyFile ${join(folder, 'server.key')}`,
    `TLSCACertificateFile ${join(folder, 'ca.pem')}`,
  ]
  return [
    ...['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include ${shared}/${name}.schema`),
    `include ${schema}`,
    ...(modules === undefined ? [] : [`modulepath ${modules}`, 'moduleload back_mdb', 'moduleload ppolicy']),
    `pidfile ${join(folder, 'slapd.pid')}`,
    ...(hasTls ? tls : []),
    ...(options.isAnonymousRefused ? ['require authc', 'disallow bind_anon'] : []),
    'sizelimit unlimited',
    'database mdb',
    `suffix "${suffix}"`,
    `directory ${join(folder, 'data')}`,
    'maxsize 268435456',
    // Limits do not hold for the root of a database, so the administrator is an entry like any other.
    'access to attrs=userPassword by anonymous auth by * none',
    `access to * by dn.exact="${administrator.bindDn}" write by * read`,
    ...(options.config ?? []),
    'overlay ppolicy',
    '',
  ]
}

async function findModules(): Promise<string | undefined> {
  for (const path of ['/usr/lib/ldap', '/usr/lib64/openldap', '/usr/libexec/openldap']) {
    if (await exists(path)) return path
  }
  return undefined
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Makes an authority and a certificate for the loopback address; undefined where openssl is missing. */
async function makeCertificate(folder: string): Promise<string | undefined> {
  const openssl = await findProgram('openssl')
  if (openssl === undefined) return undefined
  const at = (name: string) => join(folder, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await run(openssl, [
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Clinic CA',
  ])
  const names = [
    '-addext',
    'subjectAltName=IP:127.0.0.1,DNS:localhost',
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ]
  const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key')]
  await run(openssl, [
    ...['req', '-x509', ...key, '-keyout', at('server.key'), '-out', at('server.pem'), '-days', '2'],
    ...['-subj', '/CN=localhost', ...signer, ...names],
  ])
  return readFile(at('ca.pem'), 'utf8')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

/** Connects until the server listens; it says nothing when it begins to, so it has to be asked. */
async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`slapd ended with ${child.exitCode}`)
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      await pause(10)
    } finally {
      socket.destroy()
    }
  }
  throw new Error('slapd did not answer within 20 seconds')
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

/** The account of the administrator, with the password in the clear, as only loopback ever sees it. */
const administratorEntry = `dn: ${administrator.bindDn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: admin
userPassword: ${administrator.password}
`
