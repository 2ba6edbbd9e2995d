/**
 * Counts of days as small bars, today's at the right; the height of the tallest is the most of any day. They stand on a line, so
 * that days of silence are seen as such.
 */
const [width, height, gap] = [112, 24, 1]

export function Bars({ counts, says }: { counts: readonly number[]; says: string }) {
  const most = Math.max(1, ...counts)
  const step = width / Math.max(1, counts.length)
  const bars = counts.map((count, place) => ({
    x: place * step,
    tall: count === 0 ? 0 : Math.max(2, (count / most) * height),
  }))
  return (
    <svg role="img" aria-label={says} viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
      {bars.map(({ x, tall }) => (
        <rect key={x} x={x} y={height - tall} width={Math.max(1, step - gap)} height={tall} fill="var(--edge)" />
      ))}
      <rect y={height - 1} width={width} height={1} fill="var(--edge)" />
    </svg>
  )
}
