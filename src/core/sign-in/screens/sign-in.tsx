/** The door: by password, or by passkey alone. */
import { Button } from '@mantine/core'
import { IconFingerprint } from '@tabler/icons-react'
import { useState } from 'react'
import { type Problem, problemOf } from '#ui/call.ts'
import { useChange } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { ProblemNote } from '#ui/say.tsx'
import { signIn } from '../contract.ts'
import { useArrived, usePlace } from './arriving.ts'
import { CurrentPassword, EmailField } from './fields.tsx'
import { demand } from './flaws.ts'
import { arriveByPasskey, hasPasskeys } from './passkeys.ts'
import './sign-in.css'
import { t } from '#ui/t.ts'

export function SignInScreen() {
  const send = useChange(signIn)
  const arrived = useArrived()
  const place = usePlace()
  const form = useFields({ email: '', password: '' }, async ({ email, password }) => {
    demand({
      email: email.trim() === '' && t('Give your e-mail address.'),
      password: password === '' && t('Give your password.'),
    })
    arrived(await send.run({ email, password }))
  })
  return (
    <Page>
      <PageHead
        title={t('Sign in')}
        says={place === undefined ? undefined : t('Then you get to the page that you opened.')}
      />
      <Form of={form} does={t('Sign in')}>
        <EmailField {...form.field('email')} />
        <CurrentPassword {...form.field('password')} />
      </Form>
      <div className="door-other">
        {hasPasskeys() ? <PasskeyButton /> : undefined}
        <p className="soft">
          {t(
            'Cannot sign in any more? An administrator of your organisation gives you a link to set your sign-in up anew.',
          )}
        </p>
      </div>
    </Page>
  )
}

/** Signs in by a passkey. */
export function PasskeyButton({ isPrimary }: { isPrimary?: boolean }) {
  const arrived = useArrived()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const start = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      arrived(await arriveByPasskey())
    } catch (thrown) {
      setProblem(problemOf(thrown))
      setBusy(false)
    }
  }
  return (
    <>
      <Button
        variant={isPrimary ? 'filled' : 'default'}
        loading={isBusy}
        onClick={() => void start()}
        leftSection={<IconFingerprint size={16} stroke={1.5} />}
      >
        {t('Sign in with a passkey')}
      </Button>
      <ProblemNote problem={problem} />
    </>
  )
}
