/** How a directory is reached and when it is read. A password goes in and never out. */
import { Checkbox, NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core'
import type { WireOutputOf } from '#platform/contract.ts'
import { useChange } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { change, connect } from '../contract.ts'
import { sayCron, schedules } from './schedule.ts'

type Directory = WireOutputOf<typeof connect>

const ownTimes = 'own'

export function DirectoryForm({
  directory,
  onDone,
  onCancel,
}: {
  directory?: Directory | undefined
  onDone: (id: number) => void
  onCancel: () => void
}) {
  const make = useChange(connect)
  const alter = useChange(change)
  const isKnown = !directory || directory.cron === null || schedules.some(({ cron }) => cron === directory.cron)
  const form = useFields(
    {
      name: directory?.name ?? '',
      url: directory?.url ?? '',
      startTls: directory?.startTls ?? false,
      bindDn: directory?.bindDn ?? '',
      password: '',
      base: directory?.base ?? '',
      filter: directory?.filter ?? '',
      system: directory?.system ?? '',
      ca: directory?.ca ?? '',
      when: directory ? (isKnown ? (directory.cron ?? '') : ownTimes) : schedules[1].cron,
      cron: directory?.cron ?? '',
      isOn: directory?.isOn ?? true,
    },
    async (said) => {
      const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
      const input = {
        name: said.name,
        url: said.url,
        startTls: said.startTls,
        bindDn: orNull(said.bindDn),
        base: orNull(said.base),
        filter: orNull(said.filter),
        system: orNull(said.system),
        ca: orNull(said.ca),
        cron: said.when === ownTimes ? orNull(said.cron) : orNull(said.when),
        isOn: said.isOn,
        // A password that is not typed anew stays as it is.
        ...(said.password === '' ? {} : { password: said.password }),
      }
      const made = directory ? await alter.run({ directoryId: directory.id, ...input }) : await make.run(input)
      tell(directory ? t('The connection is changed.') : t('The directory is connected. Test the connection next.'))
      onDone(made.id)
    },
  )
  return (
    <Form of={form} does={directory ? t('Save') : t('Connect')} onCancel={onCancel}>
      <TextInput label={t('Name')} description={t('What you call it.')} {...form.field('name')} />
      <TextInput
        label={t('Address')}
        description={t('ldaps:// and the name of the server.')}
        placeholder="ldaps://dc1.clinic.example"
        spellCheck={false}
        {...form.field('url')}
      />
      <Checkbox
        label={t('Encrypt after connecting (StartTLS)')}
        description={t('For an address that begins with ldap://.')}
        {...form.field('startTls', 'checkbox')}
      />
      <TextInput
        label={t('Signs in as')}
        description={t('The account that reads, as its distinguished name or user name. Empty for nobody.')}
        spellCheck={false}
        autoComplete="off"
        {...form.field('bindDn')}
      />
      <PasswordInput
        label={t('Password')}
        description={
          directory?.hasPassword
            ? t('Leave it empty to keep the one that is there.')
            : t('It is sealed, and never shown again.')
        }
        autoComplete="new-password"
        {...form.field('password')}
      />
      <NativeSelect label={t('Is read')} {...form.field('when')}>
        {schedules.map(({ cron, word }) => (
          <option key={cron} value={cron}>
            {word}
          </option>
        ))}
        <option value="">{sayCron(null)}</option>
        <option value={ownTimes}>{t('at other times')}</option>
      </NativeSelect>
      {form.values.when === ownTimes ? (
        <TextInput
          label={t('Times')}
          description={t('Minute, hour, day, month and weekday, as cron has them.')}
          placeholder="30 4 * * 1-5"
          spellCheck={false}
          {...form.field('cron')}
        />
      ) : undefined}
      {directory ? <Checkbox label={t('It is read at its times')} {...form.field('isOn', 'checkbox')} /> : undefined}
      <details className="unfold">
        <summary>{t('Say more about it')}</summary>
        <div className="stack">
          <TextInput
            label={t('Below')}
            description={t('Where in the directory to begin.')}
            placeholder={t('OU=Staff,DC=clinic,DC=example')}
            spellCheck={false}
            {...form.field('base')}
          />
          <TextInput
            label={t('Only entries that match')}
            description={t('A filter as LDAP has it. Who is left out by it is not thought to be gone.')}
            spellCheck={false}
            {...form.field('filter')}
          />
          <TextInput
            label={t('System')}
            description={t('The system whose accounts these are, if it is not the directory itself.')}
            {...form.field('system')}
          />
          <Textarea
            label={t('Certificate of the authority')}
            description={t('In PEM, where the server’s is made by your own authority.')}
            autosize
            minRows={2}
            maxRows={8}
            spellCheck={false}
            {...form.field('ca')}
          />
        </div>
      </details>
    </Form>
  )
}
