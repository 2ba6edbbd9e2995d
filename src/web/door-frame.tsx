/** The frame before the door: sign-in, set-up, invitations. One narrow column, nothing else. */
import { Outlet } from '@tanstack/react-router'
import { Brand } from './brand.tsx'

export function DoorFrame() {
  return (
    <main className="door">
      <div className="door-brand">
        <Brand />
      </div>
      <Outlet />
    </main>
  )
}
