/** Counts of the last days as small bars, the newest at the right; the height of the tallest is the most of any day. */
const [width, height, gap] = [112, 24, 1]
const daysShown = 28

export function Bars({ counts, says }: { counts: readonly number[]; says: string }) {
  const most = Math.max(1, ...counts)
  const step = width / daysShown
  // What is younger than the picture begins within it.
  const begin = Math.max(0, daysShown - counts.length)
  const bars = counts.map((count, place) => ({
    x: (begin + place) * step,
    tall: count === 0 ? 0 : Math.max(1, (count / most) * height),
  }))
  return (
    <svg role="img" aria-label={says} viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
      {bars.map(({ x, tall }) => (
        <rect key={x} x={x} y={height - tall} width={Math.max(1, step - gap)} height={tall} fill="var(--edge)" />
      ))}
    </svg>
  )
}
