/** People who come in by the front door: invited, with a password and a second factor of their own. */
import assert from 'node:assert/strict'
import { Secret, TOTP } from 'otpauth'
import type { Role } from '#platform/contract.ts'
import { SoftwareAuthenticator } from './authenticator.ts'
import { type Answer, type Client, publicUrl, type TestServer } from './server.ts'

export const goodPassword = 'orange kettle walks quietly north'
export const otherPassword = 'seven lanterns under the wooden bridge'

export interface Person {
  readonly client: Client
  readonly email: string
  readonly memberId: number
  readonly identityId: number
  /** Of the authenticator app; undefined where there is none. */
  readonly secret: string | undefined
  readonly recoveryCodes: readonly string[]
}

export interface Wanted {
  readonly email?: string
  readonly name?: string
  readonly untilOn?: string
  /** Staff may do without. */
  readonly withoutFactor?: boolean
}

/** The body of an answer that must be a good one. */
export function good<T>(answer: Answer): T {
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body as T
}

/** The code of a refusal; fails where it is none. */
export function refusedBy({ status, body }: Answer): string {
  assert.ok(status >= 400 && status < 500, `answered by ${status}: ${JSON.stringify(body)}`)
  return (body as { code: string }).code
}

/** What an authenticator app shows at this moment. */
export function codeOf(secret: string, now: Date): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret), digits: 6, period: 30, timestamp: now.getTime() })
}

/** Half a minute and more: a code works once, and the next one is another. */
export function later(server: TestServer, seconds = 61): void {
  server.now = new Date(server.now.getTime() + seconds * 1_000)
}

/** The token behind the hash sign of a link. */
export const tokenOf = (link: string) => new URL(link).hash.slice(1)

let people = 0

/** Invites somebody; gives the token of the link. */
export async function invite(
  admin: Client,
  roles: readonly Role[],
  { email, name = 'Robin Ward', untilOn }: Wanted = {},
): Promise<{ readonly token: string; readonly invitationId: number; readonly email: string }> {
  people += 1
  const address = email ?? `person${people}@vigil.example`
  const asked = { name, email: address, roles, ...(untilOn === undefined ? {} : { untilOn }) }
  const { link, invitationId } = good<{ link: string; invitationId: number }>(
    await admin.call('POST', '/members/invitations', asked),
  )
  return { token: tokenOf(link), invitationId, email: address }
}

/** Sets an authenticator app up in a browser that may. */
export async function addTotp(
  server: TestServer,
  client: Client,
): Promise<{ secret: string; recoveryCodes: string[] }> {
  const { secret } = good<{ secret: string }>(await client.call('POST', '/me/totp'))
  const confirmed = await client.call('POST', '/me/totp/confirm', { code: codeOf(secret, server.now) })
  return { secret, recoveryCodes: good<{ recoveryCodes: string[] | null }>(confirmed).recoveryCodes ?? [] }
}

/** Adds a passkey of this authenticator. */
export async function addPasskey(client: Client, authenticator: SoftwareAuthenticator): Promise<Answer> {
  const { options } = good<{ options: never }>(await client.call('POST', '/me/passkeys/options'))
  const response = authenticator.register(options)
  return client.call('POST', '/me/passkeys', { name: 'A key', response })
}

export const newAuthenticator = (isSynced = false) => new SoftwareAuthenticator({ origin: publicUrl.origin, isSynced })

/** Signs in with a passkey. */
export async function givePasskey(
  client: Client,
  authenticator: SoftwareAuthenticator,
  conduct: Parameters<SoftwareAuthenticator['authenticate']>[1] = {},
): Promise<Answer> {
  const { options } = good<{ options: never }>(await client.call('POST', '/sign-in/passkey/options'))
  return client.call('POST', '/sign-in/passkey', { response: authenticator.authenticate(options, conduct) })
}

/** Invites somebody and lets them join with a password and, but for staff who do without, an authenticator app. */
export async function join(
  server: TestServer,
  admin: Client,
  roles: readonly Role[],
  wanted: Wanted = {},
): Promise<Person> {
  const { token, email } = await invite(admin, roles, wanted)
  const client = server.browser()
  good(await client.call('POST', '/join', { token, name: wanted.name ?? 'Robin Ward', password: goodPassword }))
  const factor = wanted.withoutFactor ? undefined : await addTotp(server, client)
  const me = good<{ memberId: number; identity: { id: number } }>(await client.call('GET', '/me'))
  return {
    client,
    email,
    memberId: me.memberId,
    identityId: me.identity.id,
    secret: factor?.secret,
    recoveryCodes: factor?.recoveryCodes ?? [],
  }
}

/** Gives the password in this browser. */
export function givePassword(
  client: Client,
  email: string,
  password = goodPassword,
  address?: string,
): Promise<Answer> {
  return client.call('POST', '/sign-in', { email, password }, address === undefined ? {} : { address })
}

/** Signs somebody in anew, in a browser of its own, by all the factors they have. */
export async function signIn(server: TestServer, person: Person, client = server.browser()): Promise<Client> {
  const { next } = good<{ next: string }>(await givePassword(client, person.email))
  if (next === 'done') return client
  later(server)
  const code = codeOf(person.secret ?? '', server.now)
  assert.equal(good<{ next: string }>(await client.call('POST', '/sign-in/second-factor', { code })).next, 'done')
  return client
}
