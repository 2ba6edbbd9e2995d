/** One piece of software as every inventory format reports it. */
import { PackageURL } from 'packageurl-js'
import type { FactRow } from '#core/intake/facts.ts'

/** Package types that belong to an operating system, whatever an inventory calls them. */
const systemPackages = new Set(['alpm', 'apk', 'deb', 'rpm', 'ebuild', 'opkg', 'qpkg'])

/** Gives a package URL in its canonical form; undefined when it is not valid, or missing. */
export function normalizePurl(text: string | undefined): PackageURL | undefined {
  if (text === undefined || !text.startsWith('pkg:')) return undefined
  try {
    return PackageURL.fromString(text)
  } catch {
    return undefined
  }
}

/**
 * Makes the fact of one component. A package URL that is not valid is left out and the component kept by its name and
 * version: the software is there, whatever its identifier. Nothing is made of a component without a name.
 */
export function componentOf(found: {
  readonly host: string
  readonly purl?: string | undefined
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly componentType?: string | undefined
  readonly publisher?: string | undefined
  readonly installedOn?: string | undefined
}): FactRow<'component'> | undefined {
  const purl = normalizePurl(found.purl)
  const name = clean(found.name) ?? purl?.name
  if (name === undefined) return undefined
  return {
    host: found.host,
    purl: purl?.toString(),
    name,
    version: clean(found.version) ?? purl?.version,
    componentType: purl && systemPackages.has(purl.type) ? 'package' : found.componentType,
    publisher: clean(found.publisher),
    installedOn: found.installedOn,
  }
}

/** Gives text without the blanks around it; undefined for what is empty, no text or SPDX's way to say nothing. */
export function clean(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
  return text === '' || text === 'NOASSERTION' || text === 'NONE' ? undefined : text
}

/**
 * Gives the host that an inventory names, else the name of its file. Tools that looked at a whole machine write `/` or
 * `.`, and some write a name that they make up for each run: neither tells which machine it was.
 */
export function hostOf(named: string | undefined, stem: string): string {
  if (named === undefined || /^[./\\]+$/.test(named) || /^[a-z]:[\\/]*$/i.test(named)) return stem
  if (/generated (spdx|cyclonedx|sbom)|^sbom-spdx-[0-9a-f-]{36}$/i.test(named)) return stem
  return named.replace(/(\.(spdx|cdx))?\.json$/i, '') || stem
}
