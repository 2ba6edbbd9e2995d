/** Setting up a second factor: a passkey or an authenticator app, and the recovery codes that come with the first one. */
import { Button, TextInput } from '@mantine/core'
import { IconCopy, IconDeviceMobile, IconFingerprint } from '@tabler/icons-react'
import { useId, useState } from 'react'
import type { WireOutputOf } from '#platform/contract.ts'
import { useChange } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { PageHead } from '#ui/page.tsx'
import { ProblemNote } from '#ui/say.tsx'
import { beginTotp, confirmTotp } from '../contract.ts'
import { useCopying } from './copying.ts'
import { CodeField } from './fields.tsx'
import { beside, demand } from './flaws.ts'
import { useFirstField } from './focus.ts'
import { hasPasskeys, makePasskey, nameDevice } from './passkeys.ts'
import { RecoveryCodes } from './recovery-codes.tsx'
import { SquareCode } from './square-code.tsx'
import './sign-in.css'
import { t } from '#ui/t.ts'

type Codes = readonly string[] | null

/** A whole enrolment, step by step, each with the head of the page; `step` says which of how many it is. */
export function Enrolment({ steps, onDone }: { steps?: readonly [string, string]; onDone: () => void }) {
  const [stage, setStage] = useState<'choose' | 'app' | 'passkey' | 'codes'>('choose')
  const [codes, setCodes] = useState<readonly string[]>([])
  const begin = useChange(beginTotp)
  const enrolled = (made: Codes) => {
    if (made === null) {
      onDone()
      return
    }
    setCodes(made)
    setStage('codes')
  }
  const beginApp = async () => {
    await begin.run({})
    setStage('app')
  }
  const step = steps?.[stage === 'codes' ? 1 : 0]

  if (stage === 'codes') {
    return (
      <>
        <Step word={step} />
        <PageHead
          key="codes"
          title={t('Keep your recovery codes')}
          says={t(
            'Each of them lets you in once, should the device with your second factor be lost. They are shown only now.',
          )}
        />
        <RecoveryCodes codes={codes} onKept={onDone} />
      </>
    )
  }
  if (stage === 'app' && begin.output) {
    return (
      <>
        <Step word={step} />
        <PageHead key="app" title={t('Set up an authenticator app')} />
        <AppSetUp {...begin.output} onDone={enrolled} onCancel={() => setStage('choose')} />
      </>
    )
  }
  if (stage === 'passkey') {
    return (
      <>
        <Step word={step} />
        <PageHead
          key="passkey"
          title={t('Make a passkey')}
          says={t('The device asks for your finger, face or PIN. None of them ever leaves it.')}
        />
        <PasskeySetUp onDone={enrolled} onCancel={() => setStage('choose')} />
      </>
    )
  }
  const canPasskeys = hasPasskeys()
  return (
    <>
      <Step word={step} />
      <PageHead
        key="choose"
        title={t('Protect your sign-in')}
        says={t('A password alone can be guessed or stolen. Choose what you will sign in with besides.')}
      />
      {canPasskeys ? (
        <div className="box choice">
          <IconFingerprint size={24} stroke={1.5} aria-hidden="true" />
          <h2>{t('A passkey')}</h2>
          <p className="soft">
            {t('Your finger, face or PIN on this device, or a security key. Quickest, and cannot be phished.')}
          </p>
          <Button variant="filled" onClick={() => setStage('passkey')}>
            {t('Make a passkey')}
          </Button>
        </div>
      ) : undefined}
      <div className="box choice">
        <IconDeviceMobile size={24} stroke={1.5} aria-hidden="true" />
        <h2>{t('An authenticator app')}</h2>
        <p className="soft">{t('An app on your phone shows six digits, which you type when you sign in.')}</p>
        <Button
          variant={canPasskeys ? 'default' : 'filled'}
          loading={begin.isBusy}
          onClick={() => void beginApp().catch(() => undefined)}
        >
          {t('Set up an app')}
        </Button>
        <ProblemNote problem={begin.problem} />
      </div>
      {canPasskeys ? undefined : (
        <p className="soft">{t('Passkeys work where Vigil is opened by a name and over a safe connection.')}</p>
      )}
    </>
  )
}

function Step({ word }: { word: string | undefined }) {
  return word === undefined ? undefined : <p className="door-step">{word}</p>
}

/** The secret for an app, as a square to scan and as text, and the code that proves that the app has it. */
export function AppSetUp({
  uri,
  secret,
  onDone,
  onCancel,
}: WireOutputOf<typeof beginTotp> & { onDone: (codes: Codes) => void; onCancel: () => void }) {
  const confirm = useChange(confirmTotp)
  const form = useFields({ code: '' }, async ({ code }) => {
    demand({ code: code.trim() === '' && t('Type the six digits that the app shows.') })
    const done = await beside({ 'sign-in-wrong-code': 'code', 'input-': 'code' }, () => confirm.run({ code }))
    onDone(done.recoveryCodes)
  })
  return (
    <ol className="app-steps">
      <li>
        <p>{t('Scan this square with the app, or type the secret into it.')}</p>
        <SquareCode text={uri} label={t('QR code with the secret for your authenticator app')} />
        <SecretText secret={secret} />
      </li>
      <li>
        <p>{t('Type the six digits that the app shows now.')}</p>
        <Form of={form} does={t('Confirm')} onCancel={onCancel}>
          <CodeField {...form.field('code')} />
        </Form>
      </li>
    </ol>
  )
}

/** The secret in groups of four, all of them in sight, since somebody may have to type them. */
function SecretText({ secret }: { secret: string }) {
  const { copied, copy } = useCopying()
  const label = useId()
  return (
    <div className="secret">
      <b id={label}>{t('Secret')}</b>
      <output aria-labelledby={label}>{secret.match(/.{1,4}/g)?.join(' ')}</output>
      <Button size="xs" onClick={() => copy(secret)} leftSection={<IconCopy size={14} stroke={1.5} />}>
        {t('Copy the secret')}
      </Button>
      <span className="soft" role="status">
        {copied === undefined ? '' : copied ? t('Copied') : t('The browser does not allow to copy.')}
      </span>
    </div>
  )
}

/** Names a passkey and makes it. */
export function PasskeySetUp({ onDone, onCancel }: { onDone: (codes: Codes) => void; onCancel: () => void }) {
  const first = useFirstField()
  const form = useFields({ name: nameDevice() }, async ({ name }) => {
    demand({ name: name.trim() === '' && 'Give it a name by which you know it again.' })
    const { recoveryCodes } = await makePasskey(name)
    onDone(recoveryCodes)
  })
  return (
    <Form of={form} does={t('Make the passkey')} onCancel={onCancel}>
      <TextInput
        label={t('Name of the passkey')}
        description={t('By which you know it again among others.')}
        autoComplete="off"
        maxLength={100}
        ref={first}
        {...form.field('name')}
      />
    </Form>
  )
}
