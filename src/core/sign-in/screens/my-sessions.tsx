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

type Session = WireOutputOf<typeof listSessions>['sessions'][number]

const meansWords: Readonly<Record<string, string>> = {
  password: 'password',
  totp: 'authenticator app',
  passkey: 'passkey',
  'recovery-code': 'recovery code',
}

export function MySessionsScreen() {
  const read = useRead(listSessions, {})
  const endOthers = useChange(endOtherSessions)
  const others = read.data?.sessions.filter(({ isThis }) => !isThis).length ?? 0
  return (
    <Page width="reading">
      <PageHead
        title="My sessions"
        says={read.data === undefined ? undefined : sayOthers(others)}
        action={
          others > 0 ? (
            <Confirm
              trigger={(open) => <Button onClick={open}>End all others</Button>}
              title="End all other sessions?"
              does="End them"
              onConfirm={async () => {
                const { ended } = await endOthers.run({})
                tell(ended === 1 ? 'One session has ended.' : `${ended} sessions have ended.`)
              }}
            >
              You stay signed in here and are signed out everywhere else, at once.
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
        A session ends by itself after an hour without use, and after half a day in any case. If you do not know one of
        these, end it and change your password.
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
          {isThis ? <span className="soft"> · this one</span> : undefined}
        </p>
        <p className="soft">
          {address} · <Age at={seenAt} word="used" />
        </p>
        <p className="soft">
          <Age at={createdAt} word="signed in" />, by {by}
        </p>
      </div>
      {isThis ? undefined : (
        <Confirm
          trigger={(open) => (
            <Button onClick={open} aria-label={`End ${browser} at ${address}`}>
              End
            </Button>
          )}
          title="End this session?"
          does="End it"
          onConfirm={async () => {
            await end.run({ sessionId: id })
            tell('The session has ended.')
          }}
        >
          {browser} at {address} is signed out at once. What is unsaved there is lost.
        </Confirm>
      )}
    </li>
  )
}

function sayOthers(others: number): string {
  if (others === 0) return 'You are signed in here, and nowhere else.'
  return others === 1
    ? 'You are signed in here and in one other place.'
    : `You are signed in here and in ${others} other places.`
}
