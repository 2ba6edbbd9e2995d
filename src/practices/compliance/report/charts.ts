/**
 * Bars of the four values. Their fillings repeat the marks: full, half full, with diamonds, dashed and empty. So a bar
 * can be read in a grey print, and beside a mark without a legend.
 */

import { colour, shownStatuses, statusColour } from '#core/paper/look.ts'
import type { Status } from '#core/safeguards/model.ts'
import { type CanvasElement, diamond } from './marks.ts'
import type { StatusCounts } from './words.ts'

const tint: Readonly<Record<Status, string>> = {
  proved: statusColour.proved,
  attested: '#dde4ef',
  failed: '#f1e1d6',
  unknown: colour.paper,
}

const gap = 1.5

/** A bar with one cell for each safeguard; `unit` is the width of a cell with its gap. */
export function drawCells(counts: StatusCounts, unit: number, height: number): CanvasElement[] {
  let x = 0
  return shownStatuses.flatMap((status) => {
    // Cells too narrow to tell apart become one stretch of the same length.
    const cells = unit < 4 ? (counts[status] > 0 ? 1 : 0) : counts[status]
    const width = unit < 4 ? counts[status] * unit : unit
    return Array.from({ length: cells }, () => {
      const cell = drawCell(status, x, Math.max(0.8, width - gap), height, counts[status])
      x += width
      return cell
    }).flat()
  })
}

/** A bar of a given width, shared out by the counts; the smallest part is still wide enough to be seen. */
export function drawShares(counts: StatusCounts, width: number, height: number): CanvasElement[] {
  const present = shownStatuses.filter((status) => counts[status] > 0)
  const total = present.reduce((sum, status) => sum + counts[status], 0)
  if (total === 0) return drawCell('unknown', 0, width, height, 0)
  const least = height * 0.9
  const free = width - present.length * least
  let x = 0
  return present.flatMap((status, index) => {
    const share = least + (free * counts[status]) / total
    const part = drawCell(status, x, index === present.length - 1 ? width - x : share - gap, height, counts[status])
    x += share
    return part
  })
}

function drawCell(status: Status, x: number, width: number, height: number, count: number): CanvasElement[] {
  const hue = statusColour[status]
  const line = 0.7
  const frame = { x: x + line / 2, y: line / 2, w: Math.max(0.1, width - line), h: height - line }
  switch (status) {
    case 'proved':
      return [{ type: 'rect', x, y: 0, w: width, h: height, color: hue }]
    case 'attested':
      return [
        { type: 'rect', ...frame, color: tint.attested, lineColor: hue, lineWidth: line },
        { type: 'rect', x, y: height / 2, w: width, h: height / 2, color: hue },
      ]
    case 'failed': {
      const radius = Math.min(height * 0.36, Math.max(0.8, width * 0.4))
      const pitch = height
      // Never more diamonds than failures: somebody will count them.
      const many = Math.max(1, Math.min(count, Math.floor(width / pitch)))
      const first = x + (width - (many - 1) * pitch) / 2
      return [
        { type: 'rect', ...frame, color: tint.failed, lineColor: hue, lineWidth: line },
        ...Array.from({ length: many }, (_, index): CanvasElement => {
          const centre = { x: first + index * pitch, y: height / 2 }
          return { type: 'polyline', points: diamond(centre, radius), closePath: true, color: hue }
        }),
      ]
    }
    case 'unknown':
      return [{ type: 'rect', ...frame, lineColor: hue, lineWidth: line, dash: { length: 1.6, space: 1.6 } }]
  }
}

const heat = ['#ffffff', '#eaf0ee', '#d3e1de', '#b6cfcb', '#95bab5'] as const

/** The tint of a count in a heat table: light enough throughout for the number on it to be read. */
export function heatOf(count: number, most: number): string {
  if (count <= 0 || most <= 0) return heat[0]
  // By magnitude: one outlier of thousands must not make everything else look like nothing.
  const share = Math.log1p(count) / Math.log1p(most)
  return heat[Math.min(heat.length - 1, Math.max(1, Math.ceil(share * (heat.length - 1))))] ?? heat[0]
}
