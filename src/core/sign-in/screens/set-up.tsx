/** The first page of a new Vigil: who it is for, who runs it, and how that person signs in. */
import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { useChange, useRead } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { Loading, ProblemNote } from '#ui/say.tsx'
import { finishSetUp, showSetUp } from '../contract.ts'
import { useArrived, useSecret } from './arriving.ts'
import { Enrolment } from './enrolment.tsx'
import { EmailField, NewPassword, ZoneField, zoneHere } from './fields.tsx'
import { beside, demand, isEmail } from './flaws.ts'
import './sign-in.css'
import { rich } from '#ui/rich.tsx'
import { t } from '#ui/t.ts'

export function SetUpScreen() {
  const token = useSecret()
  const [isFounded, setFounded] = useState(false)
  const look = useRead(showSetUp, { token }, { when: token !== '' && !isFounded })
  const arrived = useArrived()
  if (isFounded) {
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
          title={t('Open the set-up link')}
          says={t('Vigil prints it where it was started. It works once, for a day.')}
        />
        <ProblemNote problem={look.problem} {...(look.problem?.isPassing ? { onAgain: look.again } : {})} />
        <p>
          {rich(
            'If you have begun and this page was loaded again, or if Vigil is set up already: <link>sign in</link>.',
            { link: (words) => <PageLink to="/sign-in">{words}</PageLink> },
          )}
        </p>
      </Page>
    )
  }
  return (
    <Page>
      <p className="door-step">{t('Step 1 of 3')}</p>
      <PageHead
        key="founding"
        title={t('Set up Vigil')}
        says={t('Your organisation, and you as its first administrator.')}
      />
      <Loading of={look}>
        {({ organisation, timeZone }) => (
          <Founding
            token={token}
            organisation={organisation === unnamed ? '' : (organisation ?? '')}
            timeZone={timeZone === 'UTC' ? zoneHere() : timeZone}
            onDone={() => setFounded(true)}
          />
        )}
      </Loading>
    </Page>
  )
}

/** How an organisation is called that nobody has named. */
const unnamed = t('The organisation')

function Founding({
  token,
  organisation,
  timeZone,
  onDone,
}: {
  token: string
  organisation: string
  timeZone: string
  onDone: () => void
}) {
  const finish = useChange(finishSetUp)
  const form = useFields({ organisation, timeZone, name: '', email: '', password: '' }, async (values) => {
    demand({
      organisation: values.organisation.trim() === '' && t('Give the name of your organisation.'),
      name: values.name.trim() === '' && 'Give your name.',
      email: !isEmail(values.email) && t('Give an e-mail address, such as name@clinic.example.'),
      password: values.password === '' && t('Choose a password.'),
    })
    await beside({ 'password-': 'password', 'set-up-no-zone': 'timeZone' }, () =>
      finish.run({ token, ...values, email: values.email.trim() }),
    )
    onDone()
  })
  return (
    <Form of={form} does={t('Go on')}>
      <TextInput
        label={t('Organisation')}
        description={t('As it stands on your letters.')}
        autoComplete="organization"
        maxLength={200}
        {...form.field('organisation')}
      />
      <ZoneField {...form.field('timeZone')} />
      <TextInput label={t('Your name')} autoComplete="name" maxLength={200} {...form.field('name')} />
      <EmailField label={t('Your e-mail address')} description={t('You sign in by it.')} {...form.field('email')} />
      <NewPassword {...form.field('password')} />
    </Form>
  )
}
