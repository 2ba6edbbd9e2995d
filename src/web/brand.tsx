/** The name with its mark: a half disc, somebody awake while half of the day is dark. */
export function Brand() {
  return (
    <span className="brand">
      <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
        <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" strokeWidth="1.75" />
        <path d="M8 1.5a6.5 6.5 0 0 0 0 13z" fill="currentColor" />
      </svg>
      Vigil
    </span>
  )
}
