/** What somebody signs in with, changed by themselves. */
import { Button, Modal } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { WireOutputOf } from '#platform/contract.ts'
import { Confirm } from '#ui/ask.tsx'
import { useChange, useRead, useRefresh } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { Loading, ProblemNote, tell } from '#ui/say.tsx'
import {
  beginTotp,
  changePassword,
  listPasskeys,
  removePasskey,
  removeTotp,
  renewRecoveryCodes,
  showMe,
} from '../contract.ts'
import { AppSetUp, PasskeySetUp } from './enrolment.tsx'
import { CurrentPassword, NewPassword } from './fields.tsx'
import { beside, demand } from './flaws.ts'
import { useFirstField } from './focus.ts'
import { SignInAgain, useIsFresh } from './fresh.tsx'
import { hasPasskeys } from './passkeys.ts'
import { RecoveryCodes } from './recovery-codes.tsx'
import './rows.css'
import './sign-in.css'
import { t } from '#ui/t.ts'

type Me = WireOutputOf<typeof showMe>

export function MySignInScreen() {
  const me = useRead(showMe, {})
  const isFresh = useIsFresh()
  const [codes, setCodes] = useState<readonly string[]>()
  const refresh = useRefresh()
  const enrolled = (made: readonly string[] | null) => {
    refresh('me')
    if (made === null) tell(t('It is set up. You can sign in with it from now on.'))
    else setCodes(made)
  }
  const may = isFresh === true
  return (
    <Page width="reading">
      <PageHead title={t('My sign-in')} says={me.data === undefined ? undefined : sayMe(me.data)} />
      {isFresh === false ? <SignInAgain /> : undefined}
      <Loading of={me}>
        {(data) => (
          <div className="sign-in-sections">
            <PasswordSection hasPassword={data.hasPassword} hasFactor={data.hasTotp || data.passkeys > 0} may={may} />
            <PasskeySection may={may} onDone={enrolled} />
            <AppSection hasTotp={data.hasTotp} may={may} onDone={enrolled} />
            <CodesSection
              left={data.recoveryCodesLeft}
              hasFactor={data.hasTotp || data.passkeys > 0}
              may={may}
              onDone={setCodes}
            />
          </div>
        )}
      </Loading>
      <Modal
        opened={codes !== undefined}
        onClose={() => undefined}
        title={t('Keep your recovery codes')}
        withCloseButton={false}
        closeOnClickOutside={false}
        closeOnEscape={false}
      >
        <div className="stack">
          <p>
            {t(
              'Each of them lets you in once, should the device with your second factor be lost. They are shown only now.',
            )}
          </p>
          <RecoveryCodes codes={codes ?? []} onKept={() => setCodes(undefined)} />
        </div>
      </Modal>
    </Page>
  )
}

function sayMe({ identity, hasTotp, passkeys }: Me): string {
  const means = [hasTotp ? t('an authenticator app') : '', passkeys > 0 ? 'passkeys' : ''].filter(Boolean)
  if (means.length === 0) return t('You sign in as {email}, by your password alone.', { email: identity.email })
  return t('You sign in as {email}, protected by {means}.', {
    email: identity.email,
    means: means.reduce((said, one) => t('{said} and {one}', { said, one })),
  })
}

function PasswordSection({ hasPassword, hasFactor, may }: { hasPassword: boolean; hasFactor: boolean; may: boolean }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <Section
      title={t('Password')}
      says={t('Changing it ends your sessions elsewhere.')}
      aside={may && !isOpen ? <Button onClick={() => setOpen(true)}>{t('Change it')}</Button> : undefined}
    >
      {isOpen ? (
        <PasswordForm hasPassword={hasPassword} hasFactor={hasFactor} onDone={() => setOpen(false)} />
      ) : undefined}
    </Section>
  )
}

function PasswordForm({
  hasPassword,
  hasFactor,
  onDone,
}: {
  hasPassword: boolean
  hasFactor: boolean
  onDone: () => void
}) {
  const change = useChange(changePassword)
  const first = useFirstField()
  const form = useFields({ current: '', password: '' }, async ({ current, password }) => {
    demand({
      current: hasPassword && current === '' && t('Give the password that you have now.'),
      password: password === '' && t('Choose a new password.'),
    })
    const input = { password, ...(hasPassword ? { current } : {}) }
    await beside({ 'password-': 'password', 'sign-in-wrong': 'current' }, () => change.run(input))
    tell(t('Your password is changed, and your other sessions have ended.'))
    onDone()
  })
  const least = hasFactor ? 8 : 15
  return (
    <Form of={form} does={t('Change the password')} onCancel={onDone}>
      {hasPassword ? (
        <CurrentPassword label={t('Current password')} ref={first} {...form.field('current')} />
      ) : undefined}
      <NewPassword
        label={t('New password')}
        description={t(
          'At least {least} characters. Several words are easy to remember; a password manager is easier still.',
          { least },
        )}
        {...form.field('password')}
      />
    </Form>
  )
}

function PasskeySection({ may, onDone }: { may: boolean; onDone: (codes: readonly string[] | null) => void }) {
  const list = useRead(listPasskeys, {})
  const remove = useChange(removePasskey)
  const [isAdding, setAdding] = useState(false)
  const added = (codes: readonly string[] | null) => {
    setAdding(false)
    onDone(codes)
  }
  const canAdd = may && hasPasskeys() && !isAdding
  return (
    <Section
      title={t('Passkeys')}
      says={t('Your finger, face or PIN instead of a password. They cannot be phished.')}
      aside={canAdd ? <Button onClick={() => setAdding(true)}>{t('Add one')}</Button> : undefined}
    >
      {isAdding ? <PasskeySetUp onDone={added} onCancel={() => setAdding(false)} /> : undefined}
      <Loading of={list} rows={2}>
        {({ passkeys }) =>
          passkeys.length === 0 ? (
            <p className="soft">{t('There is none yet.')}</p>
          ) : (
            <ul className="rows">
              {passkeys.map(({ id, name, createdAt, usedAt, isBackedUp }) => (
                <li key={id}>
                  <div>
                    <b>{name}</b>
                    <p className="soft">
                      <Age at={createdAt} word={t('added')} />,{' '}
                      {usedAt === null ? t('not used yet') : <Age at={usedAt} word={t('used')} />}
                      {isBackedUp ? t(', kept by your passkey manager') : t(', on one device only')}
                    </p>
                  </div>
                  {may ? (
                    <Confirm
                      trigger={(open) => (
                        <Button onClick={open} aria-label={t('Remove {name}', { name })}>
                          {t('Remove')}
                        </Button>
                      )}
                      title={t('Remove the passkey {name}?', { name })}
                      does={t('Remove it')}
                      onConfirm={() => remove.run({ passkeyId: id })}
                    >
                      {t(
                        'It lets nobody in any more, at once. Delete it on the device too, where it would be offered in vain.',
                      )}
                    </Confirm>
                  ) : undefined}
                </li>
              ))}
            </ul>
          )
        }
      </Loading>
      {hasPasskeys() ? undefined : (
        <p className="soft">
          {t('This browser makes none here: they need a name in the address and a safe connection.')}
        </p>
      )}
    </Section>
  )
}

function AppSection({
  hasTotp,
  may,
  onDone,
}: {
  hasTotp: boolean
  may: boolean
  onDone: (codes: readonly string[] | null) => void
}) {
  const begin = useChange(beginTotp)
  const remove = useChange(removeTotp)
  const finish = (codes: readonly string[] | null) => {
    begin.reset()
    onDone(codes)
  }
  let action: ReactNode
  if (may && hasTotp) {
    action = (
      <Confirm
        trigger={(open) => <Button onClick={open}>{t('Remove it')}</Button>}
        title={t('Remove the authenticator app?')}
        does={t('Remove it')}
        onConfirm={() => remove.run({})}
      >
        {t(
          'Its codes let nobody in any more. To move to another phone, remove it here, then set up the app on the new one.',
        )}
      </Confirm>
    )
  } else if (may && begin.output === undefined) {
    action = (
      <Button loading={begin.isBusy} onClick={() => begin.start({})}>
        {t('Set it up')}
      </Button>
    )
  }
  return (
    <Section
      title={t('Authenticator app')}
      says={hasTotp ? t('An app shows the six digits that you type after your password.') : t('It is not set up.')}
      aside={action}
    >
      <ProblemNote problem={begin.problem} />
      {!hasTotp && begin.output ? <AppSetUp {...begin.output} onDone={finish} onCancel={begin.reset} /> : undefined}
    </Section>
  )
}

function CodesSection({
  left,
  hasFactor,
  may,
  onDone,
}: {
  left: number
  hasFactor: boolean
  may: boolean
  onDone: (codes: readonly string[]) => void
}) {
  const renew = useChange(renewRecoveryCodes)
  const words = left === 1 ? t('1 is left') : t('{left} are left', { left })
  return (
    <Section
      title={t('Recovery codes')}
      says={
        left > 0
          ? t('{words}. Each lets you in once, should the device with your second factor be lost.', { words })
          : t('There are none. They let you in should the device with your second factor be lost.')
      }
      aside={
        may && hasFactor ? (
          <Confirm
            trigger={(open) => <Button onClick={open}>{t('Make new ones')}</Button>}
            title={t('Make new recovery codes?')}
            does={t('Make new codes')}
            onConfirm={async () => onDone((await renew.run({})).recoveryCodes)}
          >
            {t('The codes that you have now stop working. The new ones are shown once.')}
          </Confirm>
        ) : undefined
      }
    >
      {undefined}
    </Section>
  )
}
