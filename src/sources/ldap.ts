/**
 * Accounts read live from a directory by LDAP: Active Directory, OpenLDAP, 389 Directory Server and others.
 *
 * Entries come page by page (RFC 2696). What a server gives before it stops at a limit is kept, and the reading then
 * says that it is not complete; so does a reading that met a referral, as no other server is ever asked. Only the
 * attributes that are used are asked for, so that no password hash is ever read. A password is not sent in the clear to
 * another machine, unless that is explicitly allowed.
 */
import { EventEmitter } from 'node:events'
import { connect as connectPlain, isIP, type LookupFunction } from 'node:net'
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls'
import {
  type BerWriter,
  Client,
  type ClientOptions,
  Control,
  FilterParser,
  PagedResultsControl,
  ResultCodeError,
  SearchEntry,
  SearchReference,
  SearchResponse,
  BerWriter as Writer,
} from 'ldapts'
import type { Item, Reading } from '#core/intake/facts.ts'
import {
  accountOf,
  type DirectoryContext,
  type DirectoryEntry,
  directoryAttributes,
  directoryName,
  isAccount,
  Memberships,
} from './directory.ts'
import { SourceError } from './format.ts'

export interface LdapOptions {
  /** `ldaps://host[:port]`, or `ldap://host[:port]` with `startTls`. */
  readonly url: string
  /** Who signs in; without it the server is asked anonymously. */
  readonly bindDn?: string
  readonly password?: string
  /** Where to look; without it the server's own naming contexts. */
  readonly baseDn?: string
  /** Which entries; a reading of some is never complete. */
  readonly filter?: string
  readonly startTls?: boolean
  /** Certificates (PEM) of the authority that the server's certificate must come from, instead of the usual ones. */
  readonly ca?: string | Buffer
  /** How long the server may take for one answer. */
  readonly timeoutMs?: number
  readonly pageSize?: number
  readonly system?: string
  /** Sends the password unencrypted to another machine, which anyone on the way can read. */
  readonly allowPlain?: boolean
  readonly asOf?: Date
  /** The only addresses that the connection may be made to; without them the name in the url is looked up. */
  readonly addresses?: readonly { readonly address: string; readonly family: number }[]
  /** Looks at the first entries only: who is in which group is not gathered. */
  readonly isTrial?: boolean
}

const accountFilter =
  '(|(objectClass=person)(objectClass=account)(objectClass=posixAccount)(objectClass=shadowAccount)' +
  '(objectClass=simpleSecurityObject)(objectClass=krbPrincipalAux))'
const groupFilter = '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))'

/** Naming contexts of a server's own workings. */
const internalContext = /^(cn=(config|schema|monitor|changelog|accesslog|log)\b|o=(ipaca|netscaperoot)\b)/i
/** Parts of Active Directory that hold no accounts, to which it nevertheless refers in each search of a domain. */
const accountlessReferral = /\/(cn=configuration|cn=schema|dc=(domain|forest)dnszones)(,|%2c)/i

const operatingLimits = new Map([
  [3, 'the server stopped at its time limit'],
  [4, 'the server stopped at its size limit'],
  [11, 'the server stopped at its administrative limit'],
])

const explanations = new Map<number, readonly [code: string, message: string]>([
  [7, ['ldap-sign-in-method', 'The directory does not accept signing in by name and password; ask its administrator.']],
  [8, ['ldap-encryption-required', 'The directory asks for an encrypted connection; use ldaps:// or startTls.']],
  [13, ['ldap-encryption-required', 'The directory asks for an encrypted connection; use ldaps:// or startTls.']],
  [10, ['ldap-referral', 'That part of the directory lies on another server; connect to that server itself.']],
  [
    32,
    ['ldap-base-missing', 'The directory has no entry with that baseDn, or does not show it to who asks; check both.'],
  ],
  [34, ['ldap-dn-invalid', 'The bindDn or baseDn is not a distinguished name such as cn=vigil,dc=clinic,dc=example.']],
  [48, ['ldap-anonymous-refused', 'The directory does not answer without signing in; give a bindDn and its password.']],
  [49, ['ldap-sign-in-refused', 'The directory refused the name or the password; check bindDn and password.']],
  [
    50,
    ['ldap-not-permitted', 'The account that signs in may not read this part of the directory; grant it read access.'],
  ],
  [51, ['ldap-busy', 'The directory is busy; try again later.']],
  [52, ['ldap-unavailable', 'The directory is not available at the moment; try again later.']],
  [53, ['ldap-unwilling', 'The directory is unwilling to answer; a bindDn with a password may be needed.']],
])

const certificateFaults = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
])

/**
 * Reads the accounts of a directory as one Reading. Its `complete` is settled only when its items have been read to
 * the end, and false until then. The `line` of an item is the number of the entry in the order of the server.
 * Raises SourceError, whose message repeats neither password nor name, for everything a server or network may do.
 */
export async function* readLdap(options: LdapOptions): AsyncGenerator<Reading> {
  const session = await Session.open(options)
  try {
    const root = await session.readRoot()
    const bases = options.baseDn === undefined ? root.bases : [options.baseDn]
    if (bases.length === 0) {
      throw new SourceError('ldap-base-unknown', 'The directory does not say where its entries are; give a baseDn.')
    }
    const state = { isFinished: false, isCut: false }
    const { groups, tellsGroups } =
      root.isActive || options.isTrial
        ? { groups: new Memberships(0), tellsGroups: root.isActive }
        : await readGroups(session, bases)
    const context: DirectoryContext = {
      system: options.system ?? directoryName(root.isActive, bases[0]),
      askedForAll: true,
      tellsGroups,
      groups,
      asOf: options.asOf ?? new Date(),
    }
    yield {
      format: 'ldap',
      kinds: ['account'],
      basis: 'measured',
      ...(root.product === undefined ? {} : { product: root.product }),
      collectedAt: new Date(),
      get complete() {
        return state.isFinished && !state.isCut && options.filter === undefined
      },
      columns: [],
      items: readAccounts(session, bases, options.filter ?? accountFilter, context, state),
    }
  } finally {
    await session.close()
  }
}

async function* readAccounts(
  session: Session,
  bases: readonly string[],
  filter: string,
  context: DirectoryContext,
  state: { isFinished: boolean; isCut: boolean },
): AsyncGenerator<Item> {
  let line = 0
  for (const base of bases) {
    for await (const page of session.search(base, filter, directoryAttributes)) {
      for (const entry of page.entries) {
        line += 1
        if (isAccount(entry)) yield { kind: 'account', line, row: accountOf(entry, context) }
      }
      if (page.cut === undefined) continue
      state.isCut = true
      yield { kind: 'reject', line: Math.max(line, 1), reason: page.cut }
    }
  }
  if (line === 0) {
    // A server without entries is rarer than one that shows them to nobody; it must not end every account.
    state.isCut = true
    yield {
      kind: 'reject',
      line: 1,
      reason: 'the directory showed no entry; grant the account that signs in read access',
    }
  }
  state.isFinished = true
}

/** Reads who is in which group, where a directory does not tell it with the accounts. */
async function readGroups(
  session: Session,
  bases: readonly string[],
): Promise<Pick<DirectoryContext, 'groups' | 'tellsGroups'>> {
  const groups = new Memberships()
  let tellsGroups = true
  for (const base of bases) {
    const attributes = ['objectClass', 'cn', 'member', 'uniqueMember', 'memberUid']
    for await (const page of session.search(base, groupFilter, attributes)) {
      for (const entry of page.entries) groups.add(entry)
      if (page.cut !== undefined) tellsGroups = false
    }
  }
  return { groups, tellsGroups }
}

interface Page {
  readonly entries: readonly DirectoryEntry[]
  /** Why entries are missing after this page, in words. */
  readonly cut: string | undefined
}

interface Root {
  readonly isActive: boolean
  readonly product: string | undefined
  readonly bases: readonly string[]
}

/** Asks for one page; the library's own control for this ends a search at the first page without entries. */
class PageRequest extends Control {
  cookie: Buffer = Buffer.alloc(0)
  readonly #size: number

  constructor(size: number) {
    super(PagedResultsControl.type)
    this.#size = size
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new Writer()
    value.startSequence()
    value.writeInt(this.#size)
    value.writeBuffer(this.cookie, 0x04)
    value.endSequence()
    writer.writeBuffer(value.buffer, 0x04)
  }
}

/** A connection to one server, signed in. */
class Session {
  readonly #client: Client
  readonly #timeoutMs: number
  readonly #pageSize: number
  readonly #isSignedIn: boolean
  #entries: SearchEntry[] = []
  #referrals: string[] = []
  #cookie: Buffer | undefined

  private constructor(client: Client, options: LdapOptions) {
    this.#client = client
    this.#timeoutMs = options.timeoutMs ?? 30_000
    this.#pageSize = options.pageSize ?? 500
    this.#isSignedIn = options.bindDn !== undefined
    // The library throws away what came before a server stopped at a limit, and the cookie of the next page: both are
    // taken where its messages arrive. A version without this place fails here at once, and so do its tests.
    const messages: unknown = Reflect.get(client, 'messageParser')
    if (!(messages instanceof EventEmitter)) throw new TypeError('ldapts has changed: no messageParser to listen to')
    messages.on('message', (message: unknown) => this.#receive(message))
  }

  static async open(options: LdapOptions): Promise<Session> {
    const url = checkOptions(options)
    const host = url.hostname.replace(/^\[|\]$/g, '') || 'localhost'
    const ca = options.ca === undefined ? {} : { ca: options.ca }
    const name = isIP(host) === 0 ? { servername: host } : {}
    const timeoutMs = options.timeoutMs ?? 30_000
    const client = new Client({
      url: `${url.protocol}//${url.host}`,
      timeout: timeoutMs,
      connectTimeout: timeoutMs,
      ...connectionsTo(options.addresses),
      ...(url.protocol === 'ldaps:' ? { tlsOptions: { rejectUnauthorized: true, ...ca, ...name } } : {}),
    })
    const session = new Session(client, options)
    try {
      if (options.startTls) await session.#within(() => client.startTLS({ host, ...ca, ...name }), 'startTls')
      if (options.bindDn !== undefined) {
        await session.#within(() => client.bind(options.bindDn ?? '', options.password ?? ''), 'bind')
      }
    } catch (error) {
      await session.close()
      throw error
    }
    return session
  }

  async close(): Promise<void> {
    // A connection that is broken already needs no good-bye; a silent server is given none to wait for.
    await withTimeout(this.#client.unbind(), 1_000).catch(() => undefined)
  }

  async readRoot(): Promise<Root> {
    const attributes = ['defaultNamingContext', 'namingContexts', 'vendorName', 'supportedCapabilities', 'objectClass']
    this.#reset()
    await this.#within(
      () => this.#client.search('', { scope: 'base', filter: '(objectClass=*)', attributes }),
      'search',
    )
    const entry = this.#entries[0] && entryOf(this.#entries[0])
    const texts = (name: string) => (entry?.attributes.get(name) ?? []).map((value) => value.toString('utf8'))
    const preferred = texts('defaultnamingcontext')[0]
    const bases =
      preferred === undefined ? texts('namingcontexts').filter((dn) => !internalContext.test(dn)) : [preferred]
    // The capability that Active Directory announces (MS-ADTS section 3.1.1.3.4.3).
    const isActive = texts('supportedcapabilities').includes('1.2.840.113556.1.4.800')
    const vendor = texts('vendorname')[0]
    const isOpen = texts('objectclass').some((name) => /^openldaprootdse$/i.test(name))
    return { isActive, product: isActive ? 'Active Directory' : isOpen ? 'OpenLDAP' : vendor, bases }
  }

  /** Gives the entries below a base page by page. */
  async *search(base: string, filter: string, attributes: readonly string[]): AsyncGenerator<Page> {
    const request = new PageRequest(this.#pageSize)
    for (let isFirst = true; ; isFirst = false) {
      // The library would connect anew by itself, but neither signed in nor where the search was.
      if (!isFirst && !(this.#isSignedIn ? this.#client.isBound : this.#client.isConnected)) throw connectionLost()
      this.#reset()
      let limit: string | undefined
      try {
        const options = { scope: 'sub' as const, filter, attributes: [...attributes] }
        await this.#within(() => this.#client.search(base, options, [request]), 'search')
      } catch (error) {
        limit = error instanceof LimitReached ? error.message : undefined
        if (limit === undefined) throw error
      }
      const entries = this.#entries.map(entryOf)
      const cookie = this.#cookie
      yield { entries, cut: this.#explainCut(limit) }
      if (limit !== undefined || cookie === undefined || cookie.length === 0) return
      request.cookie = cookie
    }
  }

  #explainCut(limit: string | undefined): string | undefined {
    if (limit !== undefined) {
      return `${limit}, so entries are missing; raise the limit for the account that Vigil signs in with`
    }
    const isPartial = this.#referrals.some((uri) => !accountlessReferral.test(uri))
    return isPartial
      ? 'a part of the directory lies on another server, which was not asked; read that server as a source of its own'
      : undefined
  }

  #reset(): void {
    this.#entries = []
    this.#referrals = []
    this.#cookie = undefined
  }

  #receive(message: unknown): void {
    if (message instanceof SearchEntry) this.#entries.push(message)
    else if (message instanceof SearchReference) this.#referrals.push(...message.uris)
    else if (message instanceof SearchResponse) {
      const control = message.controls?.find((each) => each instanceof PagedResultsControl)
      this.#cookie = control?.value?.cookie
    }
  }

  /** Runs one operation within the time given, and says in words what went wrong. */
  async #within<T>(operate: () => Promise<T>, step: Step): Promise<T> {
    try {
      // Somewhat longer than the library's own time-out, which does not cover a TLS handshake.
      return await withTimeout(operate(), this.#timeoutMs + 500)
    } catch (error) {
      throw explain(error, step, this.#isSignedIn)
    }
  }
}

type Step = 'startTls' | 'bind' | 'search'

/** A server's limit that ends a search; what was found before is kept. */
class LimitReached extends Error {}

class TimeOut extends Error {}

async function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeOut()), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function checkOptions(options: LdapOptions): URL {
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined
  if (!url || !/^ldaps?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new SourceError(
      'ldap-url-invalid',
      'The url is not of the form ldaps://host or ldap://host, without a password.',
    )
  }
  if (options.startTls && url.protocol === 'ldaps:') {
    throw new SourceError('ldap-url-invalid', 'Use either ldaps:// or startTls with ldap://, not both.')
  }
  // A server takes a name with an empty password for an anonymous visitor and reports success (RFC 4513 section 5.1.2).
  if (options.bindDn !== undefined && (options.password ?? '') === '') {
    throw new SourceError('ldap-password-missing', 'A bindDn is given without a password.')
  }
  // Text that holds no certificate would silently mean that no authority is trusted.
  if (options.ca !== undefined && !options.ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw new SourceError('ldap-ca-invalid', 'The ca holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).')
  }
  const isPlain = url.protocol === 'ldap:' && !options.startTls
  if (isPlain && options.password !== undefined && !isLoopback(url.hostname) && !options.allowPlain) {
    throw new SourceError(
      'ldap-plain-refused',
      'The password would cross the network unencrypted; use ldaps://, or startTls with ldap://.',
    )
  }
  try {
    FilterParser.parseString(options.filter ?? accountFilter)
  } catch {
    throw new SourceError('ldap-filter-invalid', 'The filter is not an LDAP filter such as (objectClass=person).')
  }
  return url
}

/**
 * Makes connections to the addresses given and nowhere else, whatever the name means by then; a certificate is still held
 * against the name. StartTLS encrypts the connection that is there, by the options handed in.
 */
function connectionsTo(addresses: LdapOptions['addresses']): Partial<ClientOptions> {
  if (addresses === undefined) return {}
  const lookup: LookupFunction = (_name, wanted, answer) => {
    const [first] = addresses
    if (wanted.all) answer(null, [...addresses])
    else answer(null, first?.address ?? '', first?.family)
  }
  const connect = (port: number, host: string) => connectPlain({ port, host, lookup })
  const secure = (port: number | ConnectionOptions, host?: string, tls?: ConnectionOptions) =>
    typeof port === 'number'
      ? connectSecurely({ ...tls, port, ...(host === undefined ? {} : { host }), lookup })
      : connectSecurely(port)
  return { createConnection: connect as typeof connectPlain, createSecureConnection: secure as typeof connectSecurely }
}

function isLoopback(hostname: string): boolean {
  return hostname === '' || hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function entryOf(message: SearchEntry): DirectoryEntry {
  const attributes = new Map<string, Buffer[]>()
  for (const attribute of message.attributes) {
    // Active Directory numbers the parts of a long list: memberOf;range=0-1499.
    const name = attribute.type.replace(/;.*$/s, '').toLowerCase()
    const values = [...(attributes.get(name) ?? []), ...attribute.parsedBuffers]
    if (values.length > 0) attributes.set(name, values)
  }
  return { dn: message.name, attributes }
}

function connectionLost(): SourceError {
  return new SourceError('ldap-connection-lost', 'The directory ended the connection before it had given all entries.')
}

function explain(error: unknown, step: Step, isSignedIn: boolean): Error {
  if (error instanceof ResultCodeError) return explainResult(error, step, isSignedIn)
  const message = error instanceof Error ? error.message : ''
  if (error instanceof TimeOut || /timed out|Connection timeout/i.test(message)) {
    return new SourceError(
      'ldap-timeout',
      'The directory did not answer in time; check the address, or raise timeoutMs.',
    )
  }
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') {
    return new SourceError(
      'ldap-connection-refused',
      'Nothing answers at the address of the directory; check host and port.',
    )
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new SourceError(
      'ldap-host-unknown',
      'The name of the directory server is not known; check the host in the url.',
    )
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT') {
    return new SourceError(
      'ldap-unreachable',
      'The directory server cannot be reached from here; check network and firewall.',
    )
  }
  if (certificateFaults.has(code)) {
    const hint = 'give the certificate of your authority as ca'
    return new SourceError(
      'ldap-certificate-unknown',
      `The directory's certificate comes from an unknown authority; ${hint}.`,
    )
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return new SourceError(
      'ldap-certificate-expired',
      "The directory's certificate is not valid at this time; renew it.",
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new SourceError(
      'ldap-certificate-name',
      "The directory's certificate is for another name; use that name in the url.",
    )
  }
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO' || code.startsWith('ERR_OSSL')) {
    return new SourceError(
      'ldap-tls-failed',
      'No encrypted connection came about; check that the port speaks TLS and the ca is a PEM file.',
    )
  }
  if (/secure TLS connection/.test(message) || (step === 'startTls' && code === 'ECONNRESET')) {
    return new SourceError(
      'ldap-tls-failed',
      'The directory ended the connection while it was being encrypted; check that the port speaks TLS.',
    )
  }
  if (/closed|Socket|ECONNRESET|EPIPE/i.test(`${message} ${code}`)) return connectionLost()
  return error instanceof Error ? error : new Error('the directory client failed', { cause: error })
}

function explainResult({ code }: ResultCodeError, step: Step, isSignedIn: boolean): Error {
  if (step === 'startTls') {
    return new SourceError('ldap-starttls-refused', 'The directory does not offer StartTLS; use ldaps:// instead.')
  }
  const limit = operatingLimits.get(code)
  if (limit !== undefined && step === 'search') return new LimitReached(limit)
  // Active Directory answers a visitor who has not signed in with an "operations error".
  if (step === 'search' && !isSignedIn && [1, 50, 53].includes(code)) return refusalOf(48, code)
  return refusalOf(code, code)
}

function refusalOf(explained: number, code: number): SourceError {
  const [name, message] = explanations.get(explained) ?? [
    'ldap-refused',
    `The directory refused the request with result ${code}; ask its administrator.`,
  ]
  return new SourceError(name, message)
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
