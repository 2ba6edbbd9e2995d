/** When somebody is told by mail, and of what: theirs alone to choose. */
import { Checkbox, Radio, Select } from '@mantine/core'
import type { WireOutputOf } from '#platform/contract.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { rich } from '#ui/rich.tsx'
import { Loading, Note, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { choose, showChoices, showMail } from '../contract.ts'
import type { Digest, NewsKind } from '../model.ts'
import { kindWords } from './news-words.ts'
import './notifications.css'

type Choices = WireOutputOf<typeof showChoices>

export function ChoicesScreen() {
  const read = useRead(showChoices, {})
  return (
    <Page width="reading">
      <PageHead
        title={t('My notifications')}
        says={t('Everything that concerns you stands in Vigil. Choose what also comes by mail.')}
      />
      <Loading of={read}>{(choices) => <ChoicesForm choices={choices} />}</Loading>
    </Page>
  )
}

function ChoicesForm({ choices }: { choices: Choices }) {
  const change = useChange(choose)
  const may = useMay()
  const { timeZone } = useViewer()
  const form = useFields(
    { digest: choices.digest as string, hour: String(choices.hour), atOnce: choices.atOnce as string[] },
    async ({ digest, hour, atOnce }) => {
      await change.run({ digest: digest as Digest, hour: Number(hour), atOnce: atOnce as NewsKind[] })
      tell(t('Your choice is saved.'))
    },
  )
  const { digest } = form.values
  return (
    <div className="choices">
      {choices.isMailSetUp ? undefined : (
        <Note>
          <p>
            {may(showMail)
              ? rich('No mail server is set up, so nothing is sent yet. <link>Set one up</link>', {
                  link: (words) => <PageLink to="/settings/mail">{words}</PageLink>,
                })
              : t('No mail server is set up, so nothing is sent yet. Your choice holds as soon as one is.')}
          </p>
        </Note>
      )}
      <Form of={form} does={t('Save')}>
        <Radio.Group
          label={t('Digest')}
          description={t('One mail with what is new and not read yet, to {email}. Nothing new, no mail.', {
            email: choices.email,
          })}
          {...form.field('digest')}
        >
          <div className="choice-list">
            <Radio value="weekdays" label={t('Monday to Friday')} />
            <Radio value="daily" label={t('Every day')} />
            <Radio value="off" label={t('Never')} />
          </div>
        </Radio.Group>
        {digest === 'off' ? undefined : (
          <Select
            label={t('From this hour')}
            description={t('By the clocks of {zone}.', { zone: timeZone })}
            data={hours()}
            allowDeselect={false}
            classNames={{ wrapper: 'choice-hour' }}
            {...form.field('hour')}
          />
        )}
        <Checkbox.Group
          label={t('At once')}
          description={t('A mail of its own as soon as it happens. It says that it happened and links here, no more.')}
          {...form.field('atOnce')}
        >
          <div className="choice-list">
            {choices.kinds.map((kind) => (
              <Checkbox key={kind} value={kind} label={kindWords[kind]} />
            ))}
          </div>
        </Checkbox.Group>
      </Form>
    </div>
  )
}

function hours(): { value: string; label: string }[] {
  return Array.from({ length: 24 }, (_, hour) => ({
    value: String(hour),
    label: `${String(hour).padStart(2, '0')}:00`,
  }))
}
