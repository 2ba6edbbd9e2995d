/**
 * What a browser hands back from the two ceremonies of a passkey, as the web app sends it. Only what is read is let
 * through, and each part is bounded; whether it is true is for `passkeys.ts` to say.
 */
import { z } from 'zod'

const bytes = (longest: number) => z.base64url().min(1).max(longest)
/** Credential ids have up to 1,023 bytes. */
const credentialId = bytes(1_364)
const clientData = bytes(4_096)

export const passkeyTransports = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const

const transports = z
  .array(z.string().max(32))
  .max(16)
  .default([])
  // The list of transports grows; one that is not known yet says nothing wrong.
  .transform((named) => passkeyTransports.filter((known) => named.includes(known)))

export const registrationResponse = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: clientData,
    attestationObject: bytes(16_384),
    transports,
  }),
})

export const authenticationResponse = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: clientData,
    authenticatorData: bytes(4_096),
    signature: bytes(2_048),
    userHandle: bytes(88).nullish(),
  }),
})

export type RegistrationResponse = z.output<typeof registrationResponse>
export type AuthenticationResponse = z.output<typeof authenticationResponse>
