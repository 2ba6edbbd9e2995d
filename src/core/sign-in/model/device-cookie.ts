/**
 * A device cookie says that this browser has signed in as this identity before. It opens nothing. It lets the throttle
 * count the failures of a browser that is known apart from those of everybody else, so that whoever guesses at a
 * person's password from elsewhere cannot lock the person out.
 *
 * It is made after a complete sign-in and holds the identity, the day and a nonce, under an HMAC-SHA-256 by a key that
 * is handed in. The nonce tells one browser from another: a stolen cookie can be counted, and shut out, by itself.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { addDays, type Day, isDay } from '#platform/days.ts'

/** Browsers keep no cookie longer. */
export const deviceCookieDays = 400

const shortestKey = 32

export interface KnownDevice {
  readonly identityId: number
  /** Which browser, for the throttle. */
  readonly nonce: string
}

const form = /^1\.([1-9]\d{0,15})\.(\d{4}-\d{2}-\d{2})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

export function makeDeviceCookie(key: Uint8Array, identityId: number, today: Day): string {
  if (!Number.isSafeInteger(identityId) || identityId < 1) throw new RangeError('An identity is a positive number.')
  const nonce = randomBytes(16).toString('base64url')
  return `1.${identityId}.${today}.${nonce}.${sign(key, identityId, today, nonce).toString('base64url')}`
}

/** Whose browser this is; undefined for a cookie that is none, is forged, or is too old. */
export function readDeviceCookie(key: Uint8Array, text: string, today: Day): KnownDevice | undefined {
  const [, id = '', day = '', nonce = '', mac = ''] = form.exec(text) ?? []
  const identityId = Number(id)
  if (!Number.isSafeInteger(identityId) || identityId < 1 || !isDay(day)) return undefined
  const given = Buffer.from(mac, 'base64url')
  const right = sign(key, identityId, day, nonce)
  if (given.toString('base64url') !== mac || given.length !== right.length || !timingSafeEqual(given, right)) {
    return undefined
  }
  // One day ahead: the organisation's day may lie behind that of the server that made it.
  if (day > addDays(today, 1) || day < addDays(today, -deviceCookieDays)) return undefined
  return { identityId, nonce }
}

function sign(key: Uint8Array, identityId: number, day: Day, nonce: string): Buffer {
  if (key.length < shortestKey) throw new RangeError(`The key of device cookies has at least ${shortestKey} bytes.`)
  return createHmac('sha256', key).update(`vigil device cookie/1\0${identityId}\0${day}\0${nonce}`).digest()
}
