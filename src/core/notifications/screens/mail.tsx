/** The server that mail goes out by: set, tried, and what became of the mails. */
import { Button, NumberInput, PasswordInput, Select, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { beside, demand, isEmail } from '#core/sign-in/screens/flaws.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { Confirm } from '#ui/ask.tsx'
import { useChange, usePages, useRead } from '#ui/data.ts'
import { Age, Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { EmptyState, Loading, Note, ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { listMails, removeMail, setMail, showMail, testMail } from '../contract.ts'
import './notifications.css'

type Settings = WireOutputOf<typeof showMail>
type Sent = WireOutputOf<typeof listMails>['items'][number]
type Security = NonNullable<Settings['security']>

export function MailScreen() {
  const read = useRead(showMail, {})
  return (
    <Page width="reading">
      <PageHead
        title={t('Mail')}
        says={t(
          'Digests, and the links of those whom you invite, go out by a mail server. Mails hold counts and links, never a patient or a detail.',
        )}
      />
      <Loading of={read}>{(settings) => <Server settings={settings} />}</Loading>
      {read.data === undefined || read.data.way === 'none' ? undefined : <Mails />}
    </Page>
  )
}

function Server({ settings }: { settings: Settings }) {
  const [isOpen, setOpen] = useState(false)
  const trial = useChange(testMail, {
    onDone: ({ sentTo }) => tell(t('A test mail is on its way to {address}.', { address: sentTo })),
  })
  const remove = useChange(removeMail)
  if (isOpen || settings.way === 'none') {
    return (
      <ServerForm
        settings={settings}
        onDone={() => setOpen(false)}
        {...(settings.way === 'none' ? {} : { onCancel: () => setOpen(false) })}
      />
    )
  }
  return (
    <div className="stack">
      {settings.way === 'own' ? (
        <FactList>
          <Fact label={t('Server')}>
            {t('{host}, port {port}', { host: settings.host ?? '', port: String(settings.port) })}
          </Fact>
          <Fact label={t('Encryption')}>{securityWords[settings.security ?? 'tls']}</Fact>
          <Fact label={t('Signs in as')}>{settings.username ?? t('Nobody: the server asks for no name')}</Fact>
          <Fact label={t('Mail comes from')}>{settings.fromAddress}</Fact>
        </FactList>
      ) : (
        <Note>
          <p>
            {t(
              'Mail goes out by the server of whoever runs this Vigil. You can set one of your own, so that mail comes from your address.',
            )}
          </p>
        </Note>
      )}
      <ProblemNote problem={trial.problem ?? remove.problem} />
      <div className="buttons">
        <Button variant="filled" loading={trial.isBusy} onClick={() => trial.start({})}>
          {t('Send me a test mail')}
        </Button>
        <Button onClick={() => setOpen(true)}>
          {settings.way === 'own' ? t('Change') : t('Set a server of our own')}
        </Button>
        {settings.way === 'own' ? (
          <Confirm
            trigger={(open) => <Button onClick={open}>{t('Remove')}</Button>}
            title={t('Remove the mail server?')}
            does={t('Remove it')}
            onConfirm={() => remove.run({})}
          >
            {settings.hasInstallation
              ? t('Mail then goes out by the server of whoever runs this Vigil.')
              : t('Vigil then sends no mail. What happens is still told in the app.')}
          </Confirm>
        ) : undefined}
      </div>
    </div>
  )
}

const securityWords: Readonly<Record<Security, string>> = {
  tls: t('TLS from the start'),
  starttls: t('STARTTLS'),
  none: t('None: a server on this machine'),
}

const usualPorts: Readonly<Record<Security, number>> = { tls: 465, starttls: 587, none: 25 }

function ServerForm({ settings, onDone, onCancel }: { settings: Settings; onDone: () => void; onCancel?: () => void }) {
  const set = useChange(setMail, { refreshes: ['notifications'] })
  const first = {
    host: settings.host ?? '',
    security: (settings.security ?? 'tls') as string,
    port: settings.port ?? usualPorts.tls,
    username: settings.username ?? '',
    password: '',
    fromAddress: settings.fromAddress ?? '',
    ca: settings.ca ?? '',
  }
  const form = useFields(first, async (values) => {
    const { security, password } = values
    const [host, username, fromAddress, ca] = [
      values.host.trim(),
      values.username.trim(),
      values.fromAddress.trim(),
      values.ca.trim(),
    ]
    demand({
      host: host === '' && t('Give the name of the server, such as smtp.clinic.example.'),
      fromAddress: !isEmail(fromAddress) && t('Give the address that mail comes from, such as vigil@clinic.example.'),
    })
    const given = password === '' ? (settings.hasPassword && username !== '' ? undefined : null) : password
    const input = { host, port: Number(values.port), security: security as Security, fromAddress }
    await beside({ 'mail-host': 'host', 'mail-password': 'password' }, () =>
      set.run({
        ...input,
        username: username === '' ? null : username,
        ca: ca === '' ? null : ca,
        ...(given === undefined ? {} : { password: given }),
      }),
    )
    tell(t('The mail server is saved. Send yourself a test mail to see whether it works.'))
    onDone()
  })
  return (
    <Form of={form} does={t('Save')} {...(onCancel === undefined ? {} : { onCancel })}>
      <TextInput
        label={t('Server')}
        description={t('Its name, such as smtp.clinic.example.')}
        autoComplete="off"
        maxLength={253}
        {...form.field('host')}
      />
      <Select
        label={t('Encryption')}
        data={(['tls', 'starttls', 'none'] as const).map((value) => ({ value, label: securityWords[value] }))}
        allowDeselect={false}
        {...form.field('security')}
        onChange={(value) => {
          if (value !== null) form.set({ security: value, port: usualPorts[value as Security] })
        }}
      />
      <NumberInput
        label={t('Port')}
        min={1}
        max={65_535}
        allowDecimal={false}
        thousandSeparator=""
        className="mail-port"
        {...form.field('port')}
      />
      <TextInput
        label={t('User name')}
        description={t('Left empty where the server asks for none.')}
        autoComplete="off"
        maxLength={254}
        {...form.field('username')}
      />
      {form.values.username.trim() === '' ? undefined : (
        <PasswordInput
          label={t('Password')}
          description={
            settings.hasPassword
              ? t('Left empty, the one that was given before stays. It is kept sealed.')
              : t('It is kept sealed, and shown to nobody.')
          }
          autoComplete="new-password"
          maxLength={1_000}
          {...form.field('password')}
        />
      )}
      <TextInput
        label={t('Mail comes from')}
        description={t('An address that the server may send for.')}
        type="email"
        inputMode="email"
        autoComplete="off"
        maxLength={254}
        {...form.field('fromAddress')}
      />
      <Textarea
        label={t('Certificate of your own authority (may be left out)')}
        description={t('In PEM, where no public authority signed the server’s certificate.')}
        autosize
        minRows={2}
        maxRows={8}
        {...form.field('ca')}
      />
    </Form>
  )
}

const purposes: Readonly<Record<Sent['purpose'], string>> = {
  digest: t('Digest'),
  news: t('News at once'),
  join: t('Invitation'),
  recover: t('Recovery link'),
}

function Mails() {
  const mails = usePages(listMails, {})
  return (
    <Section title={t('What was sent')} says={t('A mail is tried five times over two and a half hours.')}>
      <DataTable
        label={t('Mails')}
        pages={mails}
        keyOf={({ id }) => id}
        columns={[
          { head: t('What'), cell: ({ purpose }) => purposes[purpose], width: '140px' },
          { head: t('When'), cell: ({ madeAt }) => <Age at={madeAt} />, width: '120px' },
          { head: t('State'), cell: (mail) => sayState(mail) },
        ]}
        lines={(mail) => ({ title: purposes[mail.purpose], detail: sayState(mail) })}
        empty={
          <EmptyState title={t('No mail was sent yet')}>
            {t('What goes out stands here, with what became of it.')}
          </EmptyState>
        }
      />
    </Section>
  )
}

function sayState({ state, attempts, failure }: Sent): string {
  if (state === 'sent') return t('Sent')
  if (state === 'failed') return t('Not sent. {failure}', { failure: failure ?? '' })
  return attempts === 0 || failure === null
    ? t('On its way')
    : t('Tried {attempts, plural, one {once} other {# times}}, and will be again. {failure}', { attempts, failure })
}
