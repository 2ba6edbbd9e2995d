/** How people get in: set-up, sign-in by one or two factors, what they sign in with, and where they are signed in. */
import { z } from 'zod'
import { endpoint, id, instant, line, nothing, role } from '#platform/contract.ts'
import { authenticationResponse, registrationResponse } from './model/passkey-responses.ts'

const secret = z.string().min(1).max(200)
const password = z.string().min(1).max(1_024)
/** What the browser's own functions take. */
const ceremony = z.looseObject({})

/**
 * What comes next: nothing (`done`), the second factor that is there (`second-factor`), or one has to be set up first
 * (`enrol`), without which somebody with more than a member of staff's rights gets no further.
 */
const arrival = z.object({
  next: z.enum(['done', 'second-factor', 'enrol']),
  means: z.array(z.enum(['totp', 'passkey', 'recovery-code'])),
})

export const showSetUp = endpoint({
  name: 'set-up.show',
  method: 'POST',
  path: '/set-up/look',
  effect: 'read',
  summary: 'See whether a set-up link still works',
  roles: 'nobody',
  input: z.strictObject({ token: secret }),
  output: z.object({ organisation: z.string().nullable(), timeZone: z.string() }),
})

export const finishSetUp = endpoint({
  name: 'set-up.finish',
  method: 'POST',
  path: '/set-up',
  effect: 'change',
  summary: 'Name the organisation and become its first administrator',
  roles: 'nobody',
  input: z.strictObject({
    token: secret,
    organisation: line(),
    timeZone: line(64),
    name: line(),
    email: z.email().max(254),
    password,
  }),
  output: arrival,
})

export const signIn = endpoint({
  name: 'sign-in.password',
  method: 'POST',
  path: '/sign-in',
  effect: 'change',
  summary: 'Sign in with an e-mail address and a password',
  roles: 'nobody',
  input: z.strictObject({ email: z.string().trim().min(1).max(254), password }),
  output: arrival,
})

export const giveSecondFactor = endpoint({
  name: 'sign-in.second-factor',
  method: 'POST',
  path: '/sign-in/second-factor',
  effect: 'change',
  summary: 'Give the code of an authenticator app, or a recovery code',
  roles: 'arriving',
  input: z.strictObject({ code: z.string().trim().min(1).max(64) }),
  output: arrival,
})

export const beginPasskey = endpoint({
  name: 'sign-in.passkey-options',
  method: 'POST',
  path: '/sign-in/passkey/options',
  effect: 'change',
  summary: 'Begin to sign in with a passkey',
  roles: 'nobody',
  input: z.strictObject({}),
  output: z.object({ options: ceremony }),
})

export const signInByPasskey = endpoint({
  name: 'sign-in.passkey',
  method: 'POST',
  path: '/sign-in/passkey',
  effect: 'change',
  summary: 'Sign in with a passkey',
  roles: 'nobody',
  input: z.strictObject({ response: authenticationResponse }),
  output: arrival,
})

export const signOut = endpoint({
  name: 'sign-in.end',
  method: 'POST',
  path: '/sign-out',
  effect: 'change',
  summary: 'Sign out',
  roles: 'arriving',
  input: z.strictObject({}),
  output: nothing,
})

export const showInvitation = endpoint({
  name: 'invitations.show',
  method: 'POST',
  path: '/join/look',
  effect: 'read',
  summary: 'See what an invitation is for',
  roles: 'nobody',
  input: z.strictObject({ token: secret }),
  output: z.object({
    kind: z.enum(['join', 'recover']),
    organisation: z.string(),
    name: z.string(),
    email: z.string(),
    roles: z.array(role),
    /** Somebody signs in by that address already: they join by signing in first. */
    isKnown: z.boolean(),
  }),
})

export const acceptInvitation = endpoint({
  name: 'invitations.accept',
  method: 'POST',
  path: '/join',
  effect: 'change',
  summary: 'Accept an invitation, or take a sign-in back by a recovery link',
  roles: 'nobody',
  input: z.strictObject({ token: secret, name: line().optional(), password: password.optional() }),
  output: arrival,
})

const organisation = z.object({ id, name: z.string(), timeZone: z.string(), roles: z.array(role) })

export const showMe = endpoint({
  name: 'me.show',
  method: 'GET',
  path: '/me',
  effect: 'read',
  summary: 'See who is signed in, and for whom',
  roles: 'arriving',
  input: z.strictObject({}),
  output: z.object({
    identity: z.object({ id, name: z.string(), email: z.string() }),
    stage: z.enum(['full', 'second-factor', 'enrol']),
    /** The organisation that this request speaks for; null while arriving. */
    organisation: organisation.nullable(),
    organisations: z.array(organisation),
    memberId: id.nullable(),
    hasPassword: z.boolean(),
    hasTotp: z.boolean(),
    passkeys: z.int(),
    recoveryCodesLeft: z.int(),
    mustHaveSecondFactor: z.boolean(),
  }),
})

export const chooseOrganisation = endpoint({
  name: 'me.choose-organisation',
  method: 'PUT',
  path: '/me/organisation',
  effect: 'change',
  summary: 'Serve another of your organisations',
  roles: 'anyone',
  input: z.strictObject({ organisationId: id }),
  output: nothing,
})

export const changePassword = endpoint({
  name: 'me.change-password',
  method: 'PUT',
  path: '/me/password',
  effect: 'change',
  summary: 'Change your password; other sessions end',
  roles: 'anyone',
  input: z.strictObject({ current: password.optional(), password }),
  output: nothing,
})

export const beginTotp = endpoint({
  name: 'me.begin-totp',
  method: 'POST',
  path: '/me/totp',
  effect: 'change',
  summary: 'Begin to set up an authenticator app',
  roles: 'arriving',
  input: z.strictObject({}),
  output: z.object({ uri: z.string(), secret: z.string() }),
})

const recoveryCodes = z.object({
  /** Shown once; null where there are some already. */
  recoveryCodes: z.array(z.string()).nullable(),
})

export const confirmTotp = endpoint({
  name: 'me.confirm-totp',
  method: 'POST',
  path: '/me/totp/confirm',
  effect: 'change',
  summary: 'Confirm the authenticator app by a code',
  roles: 'arriving',
  input: z.strictObject({ code: z.string().trim().min(1).max(16) }),
  output: recoveryCodes,
})

export const removeTotp = endpoint({
  name: 'me.remove-totp',
  method: 'DELETE',
  path: '/me/totp',
  effect: 'change',
  summary: 'Remove the authenticator app',
  roles: 'anyone',
  input: z.strictObject({}),
  output: nothing,
})

export const listPasskeys = endpoint({
  name: 'me.passkeys',
  method: 'GET',
  path: '/me/passkeys',
  effect: 'read',
  summary: 'List your passkeys',
  roles: 'anyone',
  input: z.strictObject({}),
  output: z.object({
    passkeys: z.array(
      z.object({ id, name: z.string(), createdAt: instant, usedAt: instant.nullable(), isBackedUp: z.boolean() }),
    ),
  }),
})

export const beginPasskeyRegistration = endpoint({
  name: 'me.begin-passkey',
  method: 'POST',
  path: '/me/passkeys/options',
  effect: 'change',
  summary: 'Begin to add a passkey',
  roles: 'arriving',
  input: z.strictObject({}),
  output: z.object({ options: ceremony }),
})

export const addPasskey = endpoint({
  name: 'me.add-passkey',
  method: 'POST',
  path: '/me/passkeys',
  effect: 'change',
  summary: 'Add a passkey',
  roles: 'arriving',
  input: z.strictObject({ name: line(100), response: registrationResponse }),
  output: recoveryCodes,
})

export const removePasskey = endpoint({
  name: 'me.remove-passkey',
  method: 'DELETE',
  path: '/me/passkeys/{passkeyId}',
  effect: 'change',
  summary: 'Remove a passkey',
  roles: 'anyone',
  input: z.strictObject({ passkeyId: id }),
  output: nothing,
})

export const renewRecoveryCodes = endpoint({
  name: 'me.renew-recovery-codes',
  method: 'POST',
  path: '/me/recovery-codes',
  effect: 'change',
  summary: 'Make new recovery codes; the former ones end',
  roles: 'anyone',
  input: z.strictObject({}),
  output: z.object({ recoveryCodes: z.array(z.string()) }),
})

export const listSessions = endpoint({
  name: 'me.sessions',
  method: 'GET',
  path: '/me/sessions',
  effect: 'read',
  summary: 'List where you are signed in',
  roles: 'anyone',
  input: z.strictObject({}),
  output: z.object({
    sessions: z.array(
      z.object({
        id,
        browser: z.string(),
        address: z.string(),
        createdAt: instant,
        seenAt: instant,
        expiresAt: instant,
        means: z.array(z.string()),
        isThis: z.boolean(),
      }),
    ),
  }),
})

export const endSession = endpoint({
  name: 'me.end-session',
  method: 'DELETE',
  path: '/me/sessions/{sessionId}',
  effect: 'change',
  summary: 'End one of your sessions at once',
  roles: 'anyone',
  input: z.strictObject({ sessionId: id }),
  output: nothing,
})

export const endOtherSessions = endpoint({
  name: 'me.end-other-sessions',
  method: 'POST',
  path: '/me/sessions/end-others',
  effect: 'change',
  summary: 'End all your sessions but this one',
  roles: 'anyone',
  input: z.strictObject({}),
  output: z.object({ ended: z.int() }),
})
