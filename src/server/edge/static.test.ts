import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { openWebApp } from './static.ts'

const folder = mkdtempSync(join(tmpdir(), 'vigil-web-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const script = 'export const word = "vigil";\n'.repeat(200)
writeFileSync(join(folder, 'secret.txt'), 'secret')
mkdirSync(join(folder, 'web', 'assets'), { recursive: true })
writeFileSync(join(folder, 'web', 'index.html'), '<script nonce="__NONCE__"></script><style nonce="__NONCE__"></style>')
writeFileSync(join(folder, 'web', 'assets', 'index-BxK3_a9Q.js'), script)
writeFileSync(join(folder, 'web', 'favicon.svg'), '<svg/>')
symlinkSync(join(folder, 'secret.txt'), join(folder, 'web', 'linked.txt'))

const app = await openWebApp(join(folder, 'web'))
const ask = async (path: string, init: RequestInit = {}) => {
  // Made by hand: a Request would tidy the path before the app sees it.
  const request = new Request('http://localhost/', init)
  Object.defineProperty(request, 'url', { value: `http://localhost${path}` })
  return (await app.answer(request)) ?? assert.fail(`${path} is not the web app's`)
}

test('every path that is a page is answered by index.html with a fresh nonce, which its policy names, and is not kept', async () => {
  const nonces = new Set<string>()
  for (const path of ['/', '/index.html', '/findings', '/findings/7?severity=high', '/a/b/c', '/apiary']) {
    const response = await ask(path)
    const nonce = /nonce="([^"]+)"/.exec(await response.text())?.[1] ?? ''
    assert.ok(Buffer.from(nonce, 'base64').length === 16, path)
    assert.ok(response.headers.get('content-security-policy')?.includes(`script-src 'self' 'nonce-${nonce}'`))
    assert.equal(response.headers.get('cache-control'), 'no-store')
    nonces.add(nonce)
  }
  assert.equal(nonces.size, 6)
})

test('what is below /api is not the web app', () => {
  for (const path of ['/api', '/api/', '/api/findings', '/api?x']) {
    assert.equal(app.answer(new Request(`http://localhost${path}`)), undefined)
  }
})

test('an asset is kept for ever by its name, has a type, and is not sent again to who has it', async () => {
  const response = await ask('/assets/index-BxK3_a9Q.js?v=1')
  assert.equal(await response.text(), script)
  assert.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8')
  assert.match(response.headers.get('cache-control') ?? '', /immutable/)
  const etag = response.headers.get('etag') ?? ''
  const again = await ask('/assets/index-BxK3_a9Q.js', { headers: { 'if-none-match': `"other", W/${etag}` } })
  assert.equal(again.status, 304)
  const icon = await ask('/favicon.svg')
  assert.equal(icon.headers.get('cache-control'), 'no-cache')
})

test('an asset is sent compressed to who takes it, each form with an ETag of its own', async () => {
  const read = async (accept: string) => {
    const response = await ask('/assets/index-BxK3_a9Q.js', { headers: { 'accept-encoding': accept } })
    assert.equal(response.headers.get('vary'), 'accept-encoding')
    const bytes = Buffer.from(await response.arrayBuffer())
    assert.equal(Number(response.headers.get('content-length')), bytes.length)
    return { coding: response.headers.get('content-encoding'), bytes, etag: response.headers.get('etag') }
  }
  const br = await read('gzip, deflate, br')
  const gzip = await read('gzip, br;q=0')
  const none = await read('identity')
  assert.deepEqual([br.coding, gzip.coding, none.coding], ['br', 'gzip', null])
  assert.equal(brotliDecompressSync(br.bytes).toString(), script)
  assert.equal(gunzipSync(gzip.bytes).toString(), script)
  assert.equal(new Set([br.etag, gzip.etag, none.etag]).size, 3)
})

test('HEAD has the headers and no body; another method is refused', async () => {
  const head = await ask('/assets/index-BxK3_a9Q.js', { method: 'HEAD' })
  assert.equal(Number(head.headers.get('content-length')), script.length)
  assert.equal(await head.text(), '')
  assert.equal((await ask('/', { method: 'POST' })).status, 405)
})

test('path traversal in every spelling reaches no file, nor does a link or another case', async () => {
  for (const path of [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/..%2Fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/assets/..%2f..%2fsecret',
    '/%252e%252e%252fsecret',
    '/..%252fsecret.txt',
    '/assets/%00index-BxK3_a9Q.js',
    '/assets/index-BxK3_a9Q.js%00.html',
    '/%00',
    '/ASSETS/index-BxK3_a9Q.js',
    '/assets/INDEX-BxK3_a9Q.js',
    '/assets/index-BxK3_a9Q.js/',
    '/assets/',
    '/assets//index-BxK3_a9Q.js',
    '/linked.txt',
    '/favicon.svg.',
    '/..;/secret.txt',
    '/%c0%ae%c0%ae/secret.txt',
  ]) {
    const response = await ask(path)
    const text = await response.text()
    assert.equal(response.status, 404, path)
    assert.equal(text, 'Not found', path)
  }
})

test('without a built web app there is a plain page that says how to build it', async () => {
  const none = await openWebApp(join(folder, 'nowhere'))
  const response = await none.answer(new Request('http://localhost/'))
  assert.equal(response?.status, 503)
  assert.match((await response?.text()) ?? '', /npm run build/)
  assert.equal(none.answer(new Request('http://localhost/api/x')), undefined)
})
