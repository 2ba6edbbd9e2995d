/** The other end of an invitation, and of a link by which somebody takes their sign-in back. */
import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { roles as roleTitles, type WireOutputOf } from '#platform/contract.ts'
import { call, workFor } from '#ui/call.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink, useGo } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { ProblemNote, Skeleton } from '#ui/say.tsx'
import { acceptInvitation, showInvitation, showMe, signOut } from '../contract.ts'
import { useArrived, useSecret } from './arriving.ts'
import { Enrolment } from './enrolment.tsx'
import { NewPassword } from './fields.tsx'
import { beside, demand } from './flaws.ts'
import './sign-in.css'
import { rich } from '#ui/rich.tsx'
import { t } from '#ui/t.ts'

type Invitation = WireOutputOf<typeof showInvitation>

export function JoinScreen() {
  const token = useSecret()
  const [next, setNext] = useState<'enrol' | 'done'>()
  const look = useRead(showInvitation, { token }, { when: token !== '' && next === undefined })
  const arrived = useArrived()
  if (next === 'enrol') {
    return (
      <Page>
        <Enrolment steps={[t('Step 2 of 3'), t('Step 3 of 3')]} onDone={() => arrived({ next: 'done' })} />
      </Page>
    )
  }
  if (token === '' || look.problem !== undefined) {
    return (
      <Page>
        <PageHead
          title={t('Open your link once more')}
          says={t('This page needs the link that an administrator gave you.')}
        />
        <ProblemNote problem={look.problem} {...(look.problem?.isPassing ? { onAgain: look.again } : {})} />
        <p>
          {rich('If you have joined already, <link>sign in</link>.', {
            link: (words) => <PageLink to="/sign-in">{words}</PageLink>,
          })}
        </p>
      </Page>
    )
  }
  if (look.data === undefined) {
    return (
      <Page>
        <Skeleton />
      </Page>
    )
  }
  const invitation = look.data
  const accepted = (said: WireOutputOf<typeof acceptInvitation>) => {
    // A tab that served another organisation begins anew, with the one that is chosen by the server.
    workFor(undefined)
    if (said.next === 'enrol') setNext('enrol')
    else arrived(said)
  }
  const { kind, organisation, roles, email, isKnown } = invitation
  return (
    <Page>
      <PageHead
        title={kind === 'recover' ? t('Set your sign-in up anew') : t('Join {organisation}', { organisation })}
        says={
          kind === 'recover'
            ? t('Choose a new password. Your former password, passkeys, authenticator app and recovery codes end now.')
            : t('Vigil is where your organisation keeps watch over its security.')
        }
      />
      <FactList>
        {kind === 'recover' ? <Fact label={t('Organisation')}>{organisation}</Fact> : undefined}
        <Fact label={t('E-mail address')}>
          {email.split('@')[0]}
          <wbr />@{email.split('@')[1]}
        </Fact>
        <Fact label={roles.length === 1 ? t('Your role') : t('Your roles')}>
          {roles.map((role) => roleTitles[role]).join(', ')}
        </Fact>
      </FactList>
      {kind === 'join' && isKnown ? (
        <JoinAsKnown token={token} invitation={invitation} onAccepted={accepted} />
      ) : (
        <JoinAnew token={token} invitation={invitation} onAccepted={accepted} />
      )}
    </Page>
  )
}

interface JoinProps {
  readonly token: string
  readonly invitation: Invitation
  readonly onAccepted: (said: WireOutputOf<typeof acceptInvitation>) => void
}

function JoinAnew({ token, invitation, onAccepted }: JoinProps) {
  const accept = useChange(acceptInvitation)
  const isNew = invitation.kind === 'join'
  const form = useFields({ name: invitation.name, password: '' }, async ({ name, password }) => {
    demand({
      name: isNew && name.trim() === '' && 'Give your name.',
      password: password === '' && t('Choose a password.'),
    })
    onAccepted(
      await beside({ 'password-': 'password' }, () => accept.run({ token, password, ...(isNew ? { name } : {}) })),
    )
  })
  return (
    <Form of={form} does={isNew ? t('Join') : t('Set it up anew')}>
      {isNew ? (
        <TextInput label={t('Your name')} autoComplete="name" maxLength={200} {...form.field('name')} />
      ) : undefined}
      {/* Password managers keep a password under the name beside it. */}
      <input
        className="only-read"
        type="email"
        autoComplete="username"
        value={invitation.email}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <NewPassword label={isNew ? t('Password') : t('New password')} {...form.field('password')} />
    </Form>
  )
}

/** Somebody who signs in by this address already joins signed in, so that the link alone opens nothing of theirs. */
function JoinAsKnown({ token, invitation, onAccepted }: JoinProps) {
  const me = useRead(showMe, {})
  const accept = useChange(acceptInvitation, { onDone: onAccepted })
  const go = useGo()
  const toSignIn = '/sign-in?to=%2Fjoin'
  const leave = async () => {
    await call(signOut, {}).catch(() => undefined)
    go(toSignIn)
  }
  if (me.data === undefined && me.problem === undefined) return <Skeleton rows={2} />
  const isThem = me.data?.identity.email.toLowerCase() === invitation.email.toLowerCase()
  if (me.data?.stage === 'full' && isThem) {
    return (
      <>
        <ProblemNote problem={accept.problem} />
        <div className="buttons">
          <Button variant="filled" loading={accept.isBusy} onClick={() => accept.start({ token })}>
            {rich('Join as {name}', { name: me.data.identity.name })}
          </Button>
        </div>
      </>
    )
  }
  return (
    <>
      <p>
        {me.data === undefined || isThem
          ? t('You have a sign-in with this address already. Sign in with it to join.')
          : t('You are signed in as {email}. Sign in with the invited address to join.', {
              email: me.data.identity.email,
            })}
      </p>
      <div className="buttons">
        <Button variant="filled" onClick={() => (me.data === undefined ? go(toSignIn) : void leave())}>
          {t('Sign in to join')}
        </Button>
      </div>
    </>
  )
}
