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

type Me = WireOutputOf<typeof showMe>

export function MySignInScreen() {
  const me = useRead(showMe, {})
  const isFresh = useIsFresh()
  const [codes, setCodes] = useState<readonly string[]>()
  const refresh = useRefresh()
  const enrolled = (made: readonly string[] | null) => {
    refresh('me')
    if (made === null) tell('It is set up. You can sign in with it from now on.')
    else setCodes(made)
  }
  const may = isFresh === true
  return (
    <Page width="reading">
      <PageHead title="My sign-in" says={me.data === undefined ? undefined : sayMe(me.data)} />
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
        title="Keep your recovery codes"
        withCloseButton={false}
        closeOnClickOutside={false}
        closeOnEscape={false}
      >
        <div className="stack">
          <p>
            Each of them lets you in once, should the device with your second factor be lost. They are shown only now.
          </p>
          <RecoveryCodes codes={codes ?? []} onKept={() => setCodes(undefined)} />
        </div>
      </Modal>
    </Page>
  )
}

function sayMe({ identity, hasTotp, passkeys }: Me): string {
  const means = [hasTotp ? 'an authenticator app' : '', passkeys > 0 ? 'passkeys' : ''].filter(Boolean)
  if (means.length === 0) return `You sign in as ${identity.email}, by your password alone.`
  return `You sign in as ${identity.email}, protected by ${means.join(' and ')}.`
}

function PasswordSection({ hasPassword, hasFactor, may }: { hasPassword: boolean; hasFactor: boolean; may: boolean }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <Section
      title="Password"
      says="Changing it ends your sessions elsewhere."
      aside={may && !isOpen ? <Button onClick={() => setOpen(true)}>Change it</Button> : undefined}
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
      current: hasPassword && current === '' && 'Give the password that you have now.',
      password: password === '' && 'Choose a new password.',
    })
    const input = { password, ...(hasPassword ? { current } : {}) }
    await beside({ 'password-': 'password', 'sign-in-wrong': 'current' }, () => change.run(input))
    tell('Your password is changed, and your other sessions have ended.')
    onDone()
  })
  const least = hasFactor ? 8 : 15
  return (
    <Form of={form} does="Change the password" onCancel={onDone}>
      {hasPassword ? <CurrentPassword label="Current password" ref={first} {...form.field('current')} /> : undefined}
      <NewPassword
        label="New password"
        description={`At least ${least} characters. Several words are easy to remember; a password manager is easier still.`}
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
      title="Passkeys"
      says="Your finger, face or PIN instead of a password. They cannot be phished."
      aside={canAdd ? <Button onClick={() => setAdding(true)}>Add one</Button> : undefined}
    >
      {isAdding ? <PasskeySetUp onDone={added} onCancel={() => setAdding(false)} /> : undefined}
      <Loading of={list} rows={2}>
        {({ passkeys }) =>
          passkeys.length === 0 ? (
            <p className="soft">There is none yet.</p>
          ) : (
            <ul className="rows">
              {passkeys.map(({ id, name, createdAt, usedAt, isBackedUp }) => (
                <li key={id}>
                  <div>
                    <b>{name}</b>
                    <p className="soft">
                      <Age at={createdAt} word="added" />,{' '}
                      {usedAt === null ? 'not used yet' : <Age at={usedAt} word="used" />}
                      {isBackedUp ? ', kept by your passkey manager' : ', on one device only'}
                    </p>
                  </div>
                  {may ? (
                    <Confirm
                      trigger={(open) => (
                        <Button onClick={open} aria-label={`Remove ${name}`}>
                          Remove
                        </Button>
                      )}
                      title={`Remove the passkey ${name}?`}
                      does="Remove it"
                      onConfirm={() => remove.run({ passkeyId: id })}
                    >
                      It lets nobody in any more, at once. Delete it on the device too, where it would be offered in
                      vain.
                    </Confirm>
                  ) : undefined}
                </li>
              ))}
            </ul>
          )
        }
      </Loading>
      {hasPasskeys() ? undefined : (
        <p className="soft">This browser makes none here: they need a name in the address and a safe connection.</p>
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
        trigger={(open) => <Button onClick={open}>Remove it</Button>}
        title="Remove the authenticator app?"
        does="Remove it"
        onConfirm={() => remove.run({})}
      >
        Its codes let nobody in any more. To move to another phone, remove it here, then set up the app on the new one.
      </Confirm>
    )
  } else if (may && begin.output === undefined) {
    action = (
      <Button loading={begin.isBusy} onClick={() => begin.start({})}>
        Set it up
      </Button>
    )
  }
  return (
    <Section
      title="Authenticator app"
      says={hasTotp ? 'An app shows the six digits that you type after your password.' : 'It is not set up.'}
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
  const words = left === 1 ? '1 is left' : `${left} are left`
  return (
    <Section
      title="Recovery codes"
      says={
        left > 0
          ? `${words}. Each lets you in once, should the device with your second factor be lost.`
          : 'There are none. They let you in should the device with your second factor be lost.'
      }
      aside={
        may && hasFactor ? (
          <Confirm
            trigger={(open) => <Button onClick={open}>Make new ones</Button>}
            title="Make new recovery codes?"
            does="Make new codes"
            onConfirm={async () => onDone((await renew.run({})).recoveryCodes)}
          >
            The codes that you have now stop working. The new ones are shown once.
          </Confirm>
        ) : undefined
      }
    >
      {undefined}
    </Section>
  )
}
