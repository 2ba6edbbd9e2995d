import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

const css = readFileSync(new URL('look.css', import.meta.url), 'utf8')

/** The colours of a theme, read where they are said. */
function readColours(scheme: 'light' | 'dark'): ReadonlyMap<string, string> {
  const block = css.split(`[data-mantine-color-scheme="${scheme}"] {`)[1]?.split('}')[0] ?? ''
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]))
}

/** Relative luminance by WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

const texts = ['ink', 'soft', 'accent', 'proved', 'attested', 'failed', 'unknown']
const grounds = ['ground', 'raised', 'wash', 'hover', 'chosen']

for (const scheme of ['light', 'dark'] as const) {
  const colours = readColours(scheme)
  const get = (name: string) => {
    const colour = colours.get(name)
    assert.ok(colour, `${scheme} says --${name}`)
    return colour
  }

  test(`every text stands out from every ground by 4.5:1 in the ${scheme} theme`, () => {
    for (const text of texts) {
      for (const ground of grounds) {
        const ratio = contrast(get(text), get(ground))
        assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`)
      }
    }
    for (const accent of ['accent', 'accent-hover']) {
      const ratio = contrast(get('on-accent'), get(accent))
      assert.ok(ratio >= 4.5, `on-accent on ${accent}: ${ratio.toFixed(2)}`)
    }
  })

  test(`the edge of a field stands out by 3:1 in the ${scheme} theme`, () => {
    for (const ground of grounds) {
      const ratio = contrast(get('edge'), get(ground))
      assert.ok(ratio >= 3, `edge on ${ground}: ${ratio.toFixed(2)}`)
    }
  })
}
