/** Sets light or dark before anything is painted. A file of its own, since the policy allows no script within the page. */
;(() => {
  let chosen = null
  try {
    chosen = localStorage.getItem('vigil-scheme')
  } catch {
    // Without storage the system's choice holds.
  }
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches
  const scheme = chosen === 'light' || chosen === 'dark' ? chosen : isDark ? 'dark' : 'light'
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme)
})()
