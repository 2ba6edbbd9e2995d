/** Passkeys in the browser: what the device is asked, and what it means when it says no. */
import { browserSupportsWebAuthn, startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser'
import type { WireInputOf, WireOutputOf } from '#platform/contract.ts'
import { call, Problem } from '#ui/call.ts'
import { t } from '#ui/t.ts'
import { addPasskey, beginPasskey, beginPasskeyRegistration, signInByPasskey } from '../contract.ts'

/** Whether this browser makes passkeys here: they need a safe connection, and belong to a name, never to an IP address. */
export function hasPasskeys(): boolean {
  return browserSupportsWebAuthn() && !/^[\d.]+$|:/.test(window.location.hostname)
}

/** Makes a passkey for whoever is signed in, or is setting their sign-in up. */
export async function makePasskey(name: string): Promise<WireOutputOf<typeof addPasskey>> {
  const { options } = await call(beginPasskeyRegistration, {})
  const optionsJSON = options as unknown as Parameters<typeof startRegistration>[0]['optionsJSON']
  const response = await askDevice(() => startRegistration({ optionsJSON }))
  return call(addPasskey, { name, response: response as WireInputOf<typeof addPasskey>['response'] })
}

/** Signs in by a passkey of this site, whoever's it is. */
export async function arriveByPasskey(): Promise<WireOutputOf<typeof signInByPasskey>> {
  const { options } = await call(beginPasskey, {})
  const optionsJSON = options as unknown as Parameters<typeof startAuthentication>[0]['optionsJSON']
  const response = await askDevice(() => startAuthentication({ optionsJSON }))
  return call(signInByPasskey, { response: response as WireInputOf<typeof signInByPasskey>['response'] })
}

async function askDevice<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (thrown) {
    const isTwice = thrown instanceof WebAuthnError && thrown.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED'
    const [code, message, hint] = isTwice
      ? ['passkey-there', t('This device holds a passkey of yours already.'), t('use another device or security key')]
      : [
          'passkey-not-given',
          t('No passkey came from the device.'),
          t('its window was closed, or the time ran out; try again'),
        ]
    throw new Problem({ status: -1, code, message, hint })
  }
}

const browsers = [
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const
const systems = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'Mac'],
  [/Linux/, 'Linux'],
] as const

/** A name to begin with for a passkey made here: "Chrome on Windows". */
export function nameDevice(): string {
  const find = (list: readonly (readonly [RegExp, string])[]) =>
    list.find(([pattern]) => pattern.test(navigator.userAgent))?.[1]
  return [find(browsers), find(systems)].filter(Boolean).join(' on ') || t('This device')
}
