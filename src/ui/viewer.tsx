/** Who looks at the page: their name, roles and organisation, for words, zones, and what to offer. */
import { createContext, type ReactNode, use } from 'react'
import type { Role } from '#platform/contract.ts'
import type { Callable } from './call.ts'

export interface Viewer {
  readonly name: string
  readonly organisationName: string
  /** IANA name of the organisation's zone, in which every time is said. */
  readonly timeZone: string
  readonly roles: readonly Role[]
}

const ViewerContext = createContext<Viewer>({ name: '', organisationName: '', timeZone: 'UTC', roles: [] })

export function ViewerProvider({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  return <ViewerContext value={viewer}>{children}</ViewerContext>
}

export function useViewer(): Viewer {
  return use(ViewerContext)
}

/**
 * Whether to offer what an endpoint does: `const may = useMay()`, then `may(contract.own) && <Button …/>`. The server
 * decides all the same.
 */
export function useMay(): (endpoint: Pick<Callable, 'roles'>) => boolean {
  const { roles } = useViewer()
  return ({ roles: allowed }) => typeof allowed === 'string' || allowed.some((role) => roles.includes(role))
}
