import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { statuses } from '#core/safeguards/model.ts'
import { drawCells, drawShares, heatOf } from './charts.ts'
import { type CanvasElement, drawMark } from './marks.ts'

const count = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 20_000_000 }))
const counts = fc.record({ proved: count, attested: count, failed: count, unknown: count })

suite('Charts and marks', () => {
  test('a bar of shares stays within its width, and shows every value that there is', () => {
    fc.assert(
      fc.property(counts, (values) => {
        const shapes = drawShares(values, 84, 8)
        for (const { from, to } of shapes.map(reach)) assert.ok(from >= -0.001 && to <= 84.001, `${from} to ${to}`)
        assert.ok(shapes.length >= Object.values(values).filter((value) => value > 0).length)
        assert.ok(shapes.length < 200)
      }),
    )
  })

  test('a bar of cells has a cell for each safeguard while there is room, and a stretch when there is not', () => {
    assert.equal(drawCells({ proved: 3, attested: 0, failed: 0, unknown: 2 }, 16, 10).length, 5)
    assert.equal(drawCells({ proved: 300, attested: 0, failed: 0, unknown: 2 }, 0.4, 10).length, 2)
  })

  test('the four marks differ in shape, not in colour alone', () => {
    const drawn = statuses.map((status) =>
      JSON.stringify(drawMark(status, 8), (key, value: unknown) =>
        key.toLowerCase().includes('color') ? value !== undefined : value,
      ),
    )
    assert.equal(new Set(drawn).size, statuses.length)
  })

  test('a larger number never has a lighter tint, and only nothing has none', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), fc.nat(100_000), (one, other, more) => {
        const most = Math.max(one, other) + more
        const [less, larger] = one < other ? [one, other] : [other, one]
        assert.ok(lightness(heatOf(less, most)) >= lightness(heatOf(larger, most)))
        assert.equal(heatOf(one, most) === '#ffffff', one === 0)
      }),
    )
  })
})

function reach(shape: CanvasElement): { from: number; to: number } {
  switch (shape.type) {
    case 'rect':
      return { from: shape.x, to: shape.x + shape.w }
    case 'polyline':
      return { from: Math.min(...shape.points.map(({ x }) => x)), to: Math.max(...shape.points.map(({ x }) => x)) }
    case 'ellipse':
      return { from: shape.x - shape.r1, to: shape.x + shape.r1 }
    case 'line':
      return { from: Math.min(shape.x1, shape.x2), to: Math.max(shape.x1, shape.x2) }
  }
}

function lightness(colour: string): number {
  return Number.parseInt(colour.slice(1, 3), 16)
}
