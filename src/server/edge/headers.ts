/**
 * The headers that hold a browser to what Vigil's pages need. The edge sets them on every answer before anybody else
 * sees the request, so that no route can forget them; a page adds its own (with a policy that names its
 * nonce), and an asset the caching rule.
 */
import { randomBytes } from 'node:crypto'

/** A fresh nonce: 128 random bits, for one answer. */
export function makeNonce(): string {
  return randomBytes(16).toString('base64')
}

/**
 * The content security policy of a page. Style attributes stay allowed because component libraries set them by script;
 * style sheets and scripts run from Vigil itself or by nonce only. Trusted types are not demanded: the component library
 * writes its style sheet as HTML text, which they forbid.
 */
function contentSecurityPolicy(nonce: string): string {
  const own = `'self' 'nonce-${nonce}'`
  return [
    "default-src 'none'",
    `script-src ${own}`,
    `style-src ${own}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
  ].join('; ')
}

/**
 * What a page adds to the headers of every answer: its policy, and the powers of the browser that it does without. They
 * say nothing where there is no page, so data is not burdened with them.
 */
export function pageHeaders(nonce: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy(nonce),
    'permissions-policy': permissions,
    'cross-origin-opener-policy': 'same-origin',
  }
}

const permissions =
  'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), ' +
  'midi=(), payment=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=(), publickey-credentials-create=(self), ' +
  'publickey-credentials-get=(self)'

/** What is no page may do nothing at all, should a browser be led to show it as one. */
const overPlainHttp: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** A year; without subdomains, which are not Vigil's to speak for. */
const overTls: Readonly<Record<string, string>> = {
  ...overPlainHttp,
  'strict-transport-security': 'max-age=31536000',
}

/** The headers of every answer. HSTS is said over TLS only: browsers ignore it elsewhere, and a wrong one locks out. */
export function securityHeaders(isSecure: boolean): Readonly<Record<string, string>> {
  return isSecure ? overTls : overPlainHttp
}
