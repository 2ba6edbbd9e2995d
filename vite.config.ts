/**
 * How the web app is built: from `src/web` to `dist/web`, content-hashed, one chunk a route. Two rules are held here:
 *  - Screens import the endpoints of a `contract.ts` as values. What is bundled of such a file is only what a caller
 *    needs (name, method, path, roles …) and plain lists of words; schemas, and with them zod, stay outside.
 *  - Nothing of the server is bundled: an import of `node:`, zod or the database fails the build and says from where.
 */
import { pathToFileURL } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const root = import.meta.dirname

function bundleContracts(): Plugin {
  return {
    name: 'vigil-contracts',
    enforce: 'pre',
    resolveId(source, importer) {
      if (/^(node:|zod($|\/)|#platform\/(database|keys|config|log)\.ts$)/.test(source)) {
        this.error(`The web app must not carry ${source}, which is imported by ${importer}.`)
      }
    },
    async load(id) {
      const [file = id] = id.split('?')
      if (!file.endsWith('/contract.ts')) return undefined
      const exports = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
      const lines: string[] = []
      for (const [name, value] of Object.entries(exports)) {
        const shipped = isEndpoint(value) ? describe(value) : value
        if (isPlain(shipped)) lines.push(`export const ${name} = ${JSON.stringify(shipped)}`)
      }
      return `${lines.join('\n')}\n`
    },
  }
}

function isEndpoint(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'input' in value && 'output' in value && 'effect' in value
}

function describe({ name, method, path, effect, roles, carriage }: Readonly<Record<string, unknown>>) {
  return { name, method, path, effect, roles, carriage }
}

function isPlain(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true
  if (Array.isArray(value)) return value.every(isPlain)
  if (typeof value !== 'object') return false
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain)
}

export default defineConfig({
  root: `${root}/src/web`,
  base: '/',
  plugins: [bundleContracts(), react()],
  // The server puts a fresh nonce in for each answer.
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: `${root}/dist/web`,
    emptyOutDir: true,
    sourcemap: false,
    target: 'es2022',
    // A data: address would need a wider policy for images and fonts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // tools/build-web.ts holds the size that counts.
    chunkSizeWarningLimit: 1_000,
  },
})
