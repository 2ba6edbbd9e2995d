/** What somebody was told of, the newest first; each leads to what it is about. */
import { Button, SegmentedControl } from '@mantine/core'
import { useChange, usePages, useRead } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { PageLink, useWord } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { EmptyState, ProblemNote, Skeleton, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { countNotifications, listNotifications, readAllNotifications, readNotification } from '../contract.ts'
import { addressOf, type NewsItem, sayNews } from './news-words.ts'
import './notifications.css'

export function NotificationsScreen() {
  const [show, setShow] = useWord('show')
  const isUnread = show === 'unread'
  const pages = usePages(listNotifications, isUnread ? { unread: true } : {})
  const readAll = useChange(readAllNotifications, {
    onDone: ({ read }) =>
      tell(t('{read, plural, one {One notification is} other {# notifications are}} marked as read.', { read })),
  })
  const count = useRead(countNotifications, {})
  const [newest] = pages.items
  const isAnyUnread = pages.items.some(({ readAt }) => readAt === null)
  return (
    <Page width="reading">
      <PageHead
        title={t('Notifications')}
        says={sayUnread(count.data?.unread)}
        action={
          newest !== undefined && isAnyUnread ? (
            <Button loading={readAll.isBusy} onClick={() => readAll.start({ upTo: newest.id })}>
              {t('Mark all as read')}
            </Button>
          ) : undefined
        }
      />
      <Filters>
        <SegmentedControl
          aria-label={t('Which notifications')}
          value={isUnread ? 'unread' : 'all'}
          onChange={(value) => setShow(value === 'unread' ? 'unread' : undefined)}
          data={[
            { value: 'all', label: t('All') },
            { value: 'unread', label: t('Not read') },
          ]}
        />
        <PageLink to="/settings/notifications" className="news-settings">
          {t('What comes by mail')}
        </PageLink>
      </Filters>
      <ProblemNote problem={readAll.problem ?? pages.problem} onAgain={pages.again} />
      {pages.items.length === 0 && pages.problem === undefined ? (
        pages.isLoading ? (
          <Skeleton rows={6} />
        ) : (
          <EmptyState title={isUnread ? t('You have read everything') : t('Nothing has happened yet')}>
            {t('You are told here when work is given to you, and when something that you look after changes.')}
          </EmptyState>
        )
      ) : (
        <ul className="news">
          {pages.items.map((item) => (
            <NewsLine key={item.id} item={item} />
          ))}
        </ul>
      )}
      {pages.hasMore ? (
        <Button loading={pages.isLoadingMore} onClick={pages.more}>
          {t('Show more')}
        </Button>
      ) : undefined}
    </Page>
  )
}

function sayUnread(unread: number | undefined): string {
  if (unread === undefined) return ' '
  return unread >= 100
    ? t('More than 99 are not read. Each leads to what it is about.')
    : t(
        '{unread, plural, =0 {You have read all of them.} one {One is not read.} other {# are not read.}} Each leads to what it is about.',
        {
          unread,
        },
      )
}

function NewsLine({ item }: { item: NewsItem }) {
  const read = useChange(readNotification)
  const { title, detail } = sayNews(item)
  const isUnread = item.readAt === null
  return (
    <li data-unread={isUnread || undefined}>
      <PageLink
        to={addressOf(item.about)}
        // Also where it is opened in another tab.
        onClick={() => {
          if (isUnread) read.start({ notificationId: item.id })
        }}
      >
        <span className="news-title">
          {title}
          {isUnread ? <span className="only-read"> {t('(not read)')}</span> : undefined}
        </span>
        {detail === undefined ? undefined : <span className="news-detail">{detail}</span>}
      </PageLink>
      <span className="news-when">
        <Age at={item.madeAt} />
      </span>
    </li>
  )
}
