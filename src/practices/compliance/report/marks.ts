/**
 * The four marks, drawn: a filled disc, a half disc, a diamond, a dashed ring. They are shapes and not letters, because
 * the embedded typeface has no such letters, and because a shape prints the same everywhere.
 */
import type { Content } from 'pdfmake'
import { colour, statusColour } from '#core/paper/look.ts'
import type { Status } from '#core/safeguards/model.ts'

/** A shape as pdfmake draws it, in points from the upper left corner of its place. */
export type CanvasElement = Extract<Content, { canvas: unknown }>['canvas'][number]

/** One mark in a square of `side` points whose upper left corner is `x`, `y`. */
export function drawMark(status: Status, side: number, x = 0, y = 0): CanvasElement[] {
  const radius = side / 2
  const centre = { x: x + radius, y: y + radius }
  const hue = statusColour[status]
  const line = Math.max(0.8, side / 10)
  const inner = radius - line / 2
  switch (status) {
    case 'proved':
      return [{ type: 'ellipse', ...centre, r1: radius, r2: radius, color: hue }]
    case 'attested':
      return [
        { type: 'ellipse', ...centre, r1: inner, r2: inner, color: colour.paper, lineColor: hue, lineWidth: line },
        { type: 'polyline', points: leftHalf(centre, inner), closePath: true, color: hue },
      ]
    case 'failed':
      return [{ type: 'polyline', points: diamond(centre, radius * 1.08), closePath: true, color: hue }]
    case 'unknown': {
      // Eight dashes exactly, so that the ring closes without a seam.
      const dash = (2 * Math.PI * inner) / 16
      return [
        {
          type: 'ellipse',
          ...centre,
          r1: inner,
          r2: inner,
          lineColor: hue,
          lineWidth: line,
          dash: { length: dash, space: dash },
        },
      ]
    }
  }
}

interface Point {
  readonly x: number
  readonly y: number
}

function leftHalf({ x, y }: Point, radius: number): { x: number; y: number }[] {
  return Array.from({ length: 25 }, (_, step) => {
    const angle = Math.PI / 2 + (step / 24) * Math.PI
    return { x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle) }
  })
}

export function diamond({ x, y }: Point, radius: number): { x: number; y: number }[] {
  return [
    { x, y: y - radius },
    { x: x + radius, y },
    { x, y: y + radius },
    { x: x - radius, y },
  ]
}
