/** Where somebody is signed in; each session can be ended at once. */
import { Button } from '@mantine/core'
import type { WireOutputOf } from '#platform/contract.ts'
import { Confirm } from '#ui/ask.tsx'
import { useChange, useRead } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { Loading, tell } from '#ui/say.tsx'
import { endOtherSessions, endSession, listSessions } from '../contract.ts'
import './rows.css'
import { rich } from '#ui/rich.tsx'
import { t } from '#ui/t.ts'

type Session = WireOutputOf<typeof listSessions>['sessions'][number]

const meansWords: Readonly<Record<string, string>> = {
  password: t('password'),
  totp: t('authenticator app'),
  passkey: t('passkey'),
  'recovery-code': t('recovery code'),
}

export function MySessionsScreen() {
  const read = useRead(listSessions, {})
  const endOthers = useChange(endOtherSessions)
  const others = read.data?.sessions.filter(({ isThis }) => !isThis).length ?? 0
  return (
    <Page width="reading">
      <PageHead
        title={t('My sessions')}
        says={read.data === undefined ? undefined : sayOthers(others)}
        action={
          others > 0 ? (
            <Confirm
              trigger={(open) => <Button onClick={open}>{t('End all others')}</Button>}
              title={t('End all other sessions?')}
              does={t('End them')}
              onConfirm={async () => {
                const { ended } = await endOthers.run({})
                tell(ended === 1 ? t('One session has ended.') : t('{ended} sessions have ended.', { ended }))
              }}
            >
              {t('You stay signed in here and are signed out everywhere else, at once.')}
            </Confirm>
          ) : undefined
        }
      />
      <Loading of={read}>
        {({ sessions }) => (
          <ul className="rows">
            {[...sessions]
              .sort((one, other) => Number(other.isThis) - Number(one.isThis))
              .map((session) => (
                <SessionRow key={session.id} session={session} />
              ))}
          </ul>
        )}
      </Loading>
      <p className="soft">
        {t(
          'A session ends by itself after an hour without use, and after half a day in any case. If you do not know one of these, end it and change your password.',
        )}
      </p>
    </Page>
  )
}

function SessionRow({ session }: { session: Session }) {
  const end = useChange(endSession)
  const { id, browser, address, createdAt, seenAt, means, isThis } = session
  const by = means.map((one) => meansWords[one] ?? one).join(' and ')
  return (
    <li>
      <div>
        <p>
          <b>{browser}</b>
          {isThis ? <span className="soft">{t('· this one')}</span> : undefined}
        </p>
        <p className="soft">
          {address} · <Age at={seenAt} word={t('used')} />
        </p>
        <p className="soft">{rich('{age}, by {by}', { age: <Age at={createdAt} word={t('signed in')} />, by })}</p>
      </div>
      {isThis ? undefined : (
        <Confirm
          trigger={(open) => (
            <Button onClick={open} aria-label={t('End {browser} at {address}', { browser, address })}>
              {t('End')}
            </Button>
          )}
          title={t('End this session?')}
          does={t('End it')}
          onConfirm={async () => {
            await end.run({ sessionId: id })
            tell(t('The session has ended.'))
          }}
        >
          {rich('{browser} at {address} is signed out at once. What is unsaved there is lost.', { browser, address })}
        </Confirm>
      )}
    </li>
  )
}

function sayOthers(others: number): string {
  if (others === 0) return t('You are signed in here, and nowhere else.')
  return others === 1
    ? t('You are signed in here and in one other place.')
    : t('You are signed in here and in {others} other places.', { others })
}
