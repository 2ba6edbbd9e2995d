/** What everything stands in: the look, the cache of what was read, notices and the routes. */
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { showMe } from '#core/sign-in/contract.ts'
import { localPath, whenTurnedAway } from '#ui/call.ts'
import { askAhead, makeQueryClient } from '#ui/data.ts'
import { resolveVariables, schemeManager, theme } from '#ui/theme.ts'
import { router } from './router.tsx'

/** The nonce of this page, by which styles that are made here are allowed. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
// A library below Mantine, which holds the page still behind a panel, asks for it under this name.
Object.assign(globalThis, { __webpack_nonce__: nonce })

const client = makeQueryClient()

const doors = ['/sign-in', '/second-factor', '/set-up', '/join']

whenTurnedAway((why) => {
  const { pathname, search, hash } = window.location
  if (doors.includes(pathname)) return
  client.clear()
  const place = localPath(pathname + search + hash)
  const door = why === 'not-signed-in' ? '/sign-in' : '/second-factor'
  router.history.replace(place === undefined || place === '/' ? door : `${door}?${new URLSearchParams({ to: place })}`)
})

// Who is signed in is asked for while the page's own parts are still on their way.
if (!doors.includes(window.location.pathname)) askAhead(client, showMe, {})

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolveVariables}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" limit={3} transitionDuration={120} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}
