/**
 * The web app as it was built. The files are read once, when Vigil starts, and answered by exact path as it stands in the
 * request: nothing of a path ever reaches the file system, so none can lead out of the folder. Every other path that
 * looks like a page is answered by index.html, for the app finds its way itself. What compresses is sent compressed, made
 * on the first asking unless the build left a `.br` or `.gz` beside.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { makeNonce, pageHeaders } from './headers.ts'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
const compresses = new Set(['.css', '.ico', '.js', '.json', '.map', '.svg', '.txt', '.wasm', '.webmanifest'])

type Coding = 'br' | 'gzip'

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly etag: string
  /** The name holds a digest of what is in it, as the build gives them, so it never changes. */
  readonly isFixed: boolean
  readonly coded: Map<Coding, Promise<Uint8Array<ArrayBuffer>>>
  readonly mayCompress: boolean
}

export interface WebApp {
  /** Answers a GET or HEAD of a page or asset; undefined for what is not the web app's: `/api` and below. */
  answer(request: Request): Promise<Response> | Response | undefined
}

/** Reads the folder; where it is not there, every page says how to build it. */
export async function openWebApp(folder: string): Promise<WebApp> {
  const page = existsSync(join(folder, 'index.html')) ? await readFile(join(folder, 'index.html'), 'utf8') : unbuilt
  const assets = page === unbuilt ? new Map<string, Asset>() : await readAssets(folder)
  const parts = page.split('__NONCE__')
  const status = page === unbuilt ? 503 : 200
  const sendPage = () => {
    const nonce = makeNonce()
    return new Response(parts.join(nonce), {
      status,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        ...pageHeaders(nonce),
      },
    })
  }
  return {
    answer(request) {
      const path = pathOf(request.url)
      if (path === '/api' || path.startsWith('/api/')) return undefined
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
      }
      const asset = assets.get(path)
      if (asset) return sendAsset(asset, request)
      return isPage(path)
        ? sendPage()
        : new Response('Not found', { status: 404, headers: { 'content-type': 'text/plain' } })
    },
  }
}

/** The path as the client wrote it, not decoded. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.slice(start).search(/[?#]/)
  return start === -1 ? '/' : end === -1 ? url.slice(start) : url.slice(start, start + end)
}

/**
 * A page has no full stop in its last word, is not below `/assets/`, and hides no separator, NUL or percent sign in an
 * escape. A missing asset must not come as HTML: it would be kept for a script.
 */
function isPage(path: string): boolean {
  if (path === '/index.html') return true
  if (path.startsWith('/assets/') || /%(?:2f|5c|00|25|2e)|\\/i.test(path)) return false
  return !path.slice(path.lastIndexOf('/')).includes('.')
}

async function readAssets(folder: string): Promise<Map<string, Asset>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  // Links are no files here, so none is followed out of the folder.
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const known = new Set(paths)
  const assets = new Map<string, Asset>()
  for (const path of paths) {
    const kind = extname(path)
    if ((kind === '.br' || kind === '.gz') && known.has(path.slice(0, -3))) continue
    const url = encodeURI(`/${relative(folder, path).split(sep).join('/')}`)
    if (url === '/index.html') continue
    const body = await readFile(path)
    const coded: Asset['coded'] = new Map()
    if (known.has(`${path}.br`)) coded.set('br', readFile(`${path}.br`))
    if (known.has(`${path}.gz`)) coded.set('gzip', readFile(`${path}.gz`))
    await Promise.all(coded.values())
    assets.set(url, {
      body,
      type: types[kind] ?? 'application/octet-stream',
      etag: createHash('sha256').update(body).digest('base64url').slice(0, 22),
      isFixed: /[-.][A-Za-z0-9_-]{8,}\.\w+$/.test(url) && url.startsWith('/assets/'),
      coded,
      mayCompress: coded.size > 0 || (compresses.has(kind) && body.length > 1_024),
    })
  }
  return assets
}

async function sendAsset(asset: Asset, request: Request): Promise<Response> {
  const coding = asset.mayCompress ? chooseCoding(request.headers.get('accept-encoding')) : undefined
  const etag = `"${asset.etag}${coding === undefined ? '' : `-${coding}`}"`
  const headers: Record<string, string> = {
    etag,
    'cache-control': asset.isFixed ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(asset.mayCompress ? { vary: 'accept-encoding' } : {}),
  }
  if (isKnown(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  const body = coding === undefined ? asset.body : await encode(asset, coding)
  headers['content-type'] = asset.type
  headers['content-length'] = String(body.byteLength)
  if (coding !== undefined) headers['content-encoding'] = coding
  return new Response(request.method === 'HEAD' ? null : body, { headers })
}

function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return known.includes(etag)
}

/** Of what the browser takes, the smaller; a coding with `q=0` is not taken. */
function chooseCoding(accepted: string | null): Coding | undefined {
  const taken = (accepted ?? '')
    .toLowerCase()
    .split(',')
    .map((one) => one.trim())
    .filter((one) => !/;\s*q=0(?:\.0*)?$/.test(one))
    .map((one) => one.split(';')[0]?.trim())
  return taken.includes('br') ? 'br' : taken.includes('gzip') ? 'gzip' : undefined
}

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

function encode({ body, coded }: Asset, coding: Coding): Promise<Uint8Array<ArrayBuffer>> {
  const known = coded.get(coding)
  if (known) return known
  const made =
    coding === 'br'
      ? toBrotli(body, {
          params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: body.byteLength },
        })
      : toGzip(body, { level: 6 })
  coded.set(coding, made)
  return made
}

const unbuilt = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Vigil</title></head>
<body>
<h1>The web app has not been built</h1>
<p>Run <code>npm run build</code> where Vigil is installed, then start Vigil again.</p>
<p>The program interface answers below <code>/api</code>.</p>
</body>
</html>
`
