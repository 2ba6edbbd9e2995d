/** The bell in the bar above every page: how much is new, asked each minute, and the way to it. */
import { IconBell } from '@tabler/icons-react'
import { useRead } from '#ui/data.ts'
import { PageLink } from '#ui/link.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { countNotifications } from '../contract.ts'
import './news-bell.css'

/** What a count stops at, as the server says it. */
const most = 100

export function NewsBell() {
  const may = useMay()
  const { data } = useRead(countNotifications, {}, { when: may(countNotifications), everySeconds: 60 })
  if (!may(countNotifications)) return undefined
  const unread = data?.unread ?? 0
  return (
    <PageLink
      to="/notifications"
      className="news-bell"
      aria-label={
        unread >= most
          ? t('Notifications: more than 99 not read')
          : t('{unread, plural, =0 {Notifications: nothing new} other {Notifications: # not read}}', { unread })
      }
    >
      <IconBell size={18} stroke={1.5} aria-hidden="true" />
      {unread > 0 ? (
        <span className="news-bell-count" aria-hidden="true">
          {unread >= most ? '99+' : unread}
        </span>
      ) : undefined}
    </PageLink>
  )
}
