/** The second factor: asked for where there is one, set up where there has to be one. */
import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { call } from '#ui/call.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { LeadTo } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { ProblemNote, Skeleton } from '#ui/say.tsx'
import { giveSecondFactor, showMe, signOut } from '../contract.ts'
import { useArrived, usePlace } from './arriving.ts'
import { Enrolment } from './enrolment.tsx'
import { CodeField } from './fields.tsx'
import { beside, demand } from './flaws.ts'
import { useFirstField } from './focus.ts'
import { hasPasskeys } from './passkeys.ts'
import { PasskeyButton } from './sign-in.tsx'
import './sign-in.css'
import { t } from '#ui/t.ts'

export function SecondFactorScreen() {
  const me = useRead(showMe, {})
  const arrived = useArrived()
  const place = usePlace()
  const [isEnrolling, setEnrolling] = useState(false)
  // Once a factor is set up the stage is `full`, while the recovery codes are still to be shown.
  if (me.data?.stage === 'enrol' && !isEnrolling) setEnrolling(true)
  if (isEnrolling) {
    return (
      <Page>
        <Enrolment steps={[t('Step 1 of 2'), t('Step 2 of 2')]} onDone={() => arrived({ next: 'done' })} />
        <OtherPerson email={me.data?.identity.email} />
      </Page>
    )
  }
  if (me.data === undefined) {
    if (me.problem?.status === 401)
      return <LeadTo to={place === undefined ? '/sign-in' : `/sign-in?${new URLSearchParams({ to: place })}`} />
    return (
      <Page>
        {me.problem ? <PageHead title={t('The second factor')} /> : undefined}
        {me.problem ? <ProblemNote problem={me.problem} onAgain={me.again} /> : <Skeleton />}
      </Page>
    )
  }
  if (me.data.stage === 'full') return <LeadTo to={place ?? '/'} />
  const { hasTotp, passkeys, recoveryCodesLeft, identity } = me.data
  return (
    <Page>
      <GiveFactor hasApp={hasTotp} hasPasskey={passkeys > 0 && hasPasskeys()} hasCodes={recoveryCodesLeft > 0} />
      <OtherPerson email={identity.email} />
    </Page>
  )
}

function GiveFactor({ hasApp, hasPasskey, hasCodes }: { hasApp: boolean; hasPasskey: boolean; hasCodes: boolean }) {
  const [isByCode, setByCode] = useState(!hasApp && !hasPasskey)
  if (isByCode) {
    return (
      <>
        <PageHead
          key="recovery"
          title={t('Give a recovery code')}
          says={t('One of those that you kept when you set up your sign-in. Each works once.')}
        />
        <RecoveryForm />
        {hasApp || hasPasskey ? (
          <div className="door-other">
            <Button onClick={() => setByCode(false)}>{t('Use something else')}</Button>
          </div>
        ) : undefined}
      </>
    )
  }
  return (
    <>
      <PageHead
        key="factor"
        title={t('One more step')}
        says={
          hasApp
            ? t('Open your authenticator app and type the code that it shows for Vigil.')
            : t('Your passkey is asked for.')
        }
      />
      {hasApp ? <AppForm /> : <PasskeyButton isPrimary />}
      {(hasApp && hasPasskey) || hasCodes ? (
        <div className="door-other">
          {hasApp && hasPasskey ? <PasskeyButton /> : undefined}
          {hasCodes ? <Button onClick={() => setByCode(true)}>{t('Use a recovery code')}</Button> : undefined}
        </div>
      ) : undefined}
    </>
  )
}

function AppForm() {
  const form = useFactor(t('Type the six digits that the app shows.'))
  const first = useFirstField()
  return (
    <Form of={form} does={t('Sign in')}>
      <CodeField ref={first} {...form.field('code')} />
    </Form>
  )
}

function RecoveryForm() {
  const form = useFactor(t('Type one of your recovery codes.'))
  const first = useFirstField()
  return (
    <Form of={form} does={t('Sign in')}>
      <TextInput
        ref={first}
        label={t('Recovery code')}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={64}
        classNames={{ input: 'mono' }}
        {...form.field('code')}
      />
    </Form>
  )
}

function useFactor(whenEmpty: string) {
  const give = useChange(giveSecondFactor)
  const arrived = useArrived()
  return useFields({ code: '' }, async ({ code }) => {
    demand({ code: code.trim() === '' && whenEmpty })
    arrived(await beside({ 'sign-in-wrong-code': 'code' }, () => give.run({ code })))
  })
}

function OtherPerson({ email }: { email: string | undefined }) {
  const leave = async () => {
    await call(signOut, {}).catch(() => undefined)
    window.location.assign('/sign-in')
  }
  return (
    <p className="soft">
      {email === undefined ? t('Not you?') : t('You are signing in as {email}.', { email })}{' '}
      <button type="button" className="word-button" onClick={() => void leave()}>
        {t('Sign in as somebody else')}
      </button>
    </p>
  )
}
