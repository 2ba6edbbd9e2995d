import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { operatingSystems, unknownCycle } from '#core/systems/operating-systems.data.ts'

// The dates of endoflife.date, which nobody here wrote. Where ours differ, the difference and its reason stand below.

const folder = '../shared/data/patching'
const skip = existsSync(`${folder}/endoflife-products`) ? false : 'the folder of real inputs (../shared/data) is absent'

interface Release {
  readonly cycle: string
  readonly eol: string
  readonly eoes: string | undefined
}

function releasesOf(product: string): Release[] {
  const text = readFileSync(`${folder}/endoflife-products/${product}.md`, 'utf8')
  const front = text.split(/^---$/m)[1] ?? ''
  return front
    .split(/^ {2}- releaseCycle: */m)
    .slice(1)
    .map((block) => ({
      cycle: /^"?([^"\n]+?)"?\s*$/m.exec(block)?.[1] ?? '',
      eol: /^ {4}eol: *(\S+)/m.exec(block)?.[1] ?? '',
      eoes: /^ {4}eoes: *(\S+)/m.exec(block)?.[1],
    }))
}

/** Products of ours that have a list there; iPadOS has none of its own among them. */
const products = [
  'windows',
  'windows-server',
  'windows-embedded',
  'macos',
  'ios',
  'android',
  'ubuntu',
  'debian',
  'rhel',
  'almalinux',
  'sles',
]

/** Cycles that we name otherwise, so that the name says something to a person. */
const renamed: Readonly<Record<string, string>> = { 'windows 5-sp3': 'xp-sp3', 'windows 6-sp2': 'vista-sp2' }

/** Cycles that are not in our list: no device of today runs them, or a coarser row of ours covers them. */
const leftOut: Readonly<Record<string, RegExp>> = {
  android: /^(?:[123]\..*|4\.[0-3]|4\.4w)$/, // the row "Android 4.3 or older" covers them
  ubuntu: /^[4-9]\./, // before 2010
  debian: /^[123]\./, // before 2007
  sles: /^10\./, // before SLES 11
}

/** Dates that differ, with our own date and the reason. */
const differences: Readonly<Record<string, readonly [ours: string, reason: string]>> = {
  'macos 11': ['2023-09-26', 'the update of February 2026 renewed a certificate and fixed no security hole'],
  'macos 10.15': ['2022-09-12', 'the update of February 2026 renewed a certificate and fixed no security hole'],
  'ios 12': ['2023-01-23', 'the update of January 2026 renewed a certificate and fixed no security hole'],
  'windows-server 2003': ['2015-07-14', 'our row means "service pack not told", so it carries the day of the last one'],
}

test('ends of support agree with those of endoflife.date, but for differences with a reason', { skip }, () => {
  const met = new Set<string>()
  let compared = 0
  for (const product of products) {
    for (const release of releasesOf(product)) {
      if (leftOut[product]?.test(release.cycle)) continue
      const cycle = renamed[`${product} ${release.cycle}`] ?? release.cycle
      const name = `${product} ${cycle}`
      const ours = operatingSystems.find((row) => row.product === product && row.cycle === cycle)
      assert.ok(ours, `${name} is missing`)
      const expected = release.eol === 'false' ? null : release.eol
      const difference = differences[name]
      if (difference) {
        met.add(name)
        assert.notEqual(difference[0], expected, `${name} no longer differs`)
        assert.equal(ours.endOfSupportOn, difference[0], name)
      } else {
        assert.equal(ours.endOfSupportOn, expected, name)
      }
      // Their list repeats the plain end where there is no programme after it.
      if (release.eoes !== undefined && release.eoes !== release.eol) {
        assert.equal(ours.extendedOn, release.eoes, `${name}, extended`)
      }
      compared++
    }
  }
  assert.deepEqual([...met].sort(), Object.keys(differences).sort())
  assert.ok(compared > 180, `${compared} cycles compared`)
})

test('every row of a product that has a list there is in it, or is a row for what was not told', { skip }, () => {
  for (const product of products) {
    const theirs = new Set(releasesOf(product).map(({ cycle }) => renamed[`${product} ${cycle}`] ?? cycle))
    const only = operatingSystems
      .filter((row) => row.product === product && row.cycle !== unknownCycle && !theirs.has(row.cycle))
      .filter((row) => row.note === undefined)
      .map((row) => `${product} ${row.cycle}`)
    assert.deepEqual(
      only.filter((name) => !ownRows.has(name)),
      [],
    )
  }
})

/** Old and built-in versions that medical devices still run and that their lists leave out. */
const ownRows = new Set([
  'windows 2000',
  'windows me',
  'windows 98',
  'windows 95',
  'windows-embedded 8-standard',
  'windows-embedded posready-2009',
  'windows-embedded standard-2009',
  'windows-embedded xp',
  'windows-embedded ce-6',
  'windows-embedded ce-5',
])

test("Apple's cycles without a named end were updated on the day that is told", { skip }, () => {
  for (const product of ['macos', 'ios']) {
    const { versions } = JSON.parse(readFileSync(`${folder}/endoflife-releases/${product}.json`, 'utf8')) as {
      versions: Record<string, { date: string }>
    }
    for (const row of operatingSystems.filter((row) => row.product === product && row.lastUpdateOn)) {
      const days = Object.entries(versions)
        .filter(([version]) => version.split('.')[0] === row.cycle)
        .map(([, { date }]) => date)
      assert.equal(row.lastUpdateOn, days.sort().at(-1), row.label)
    }
  }
})
