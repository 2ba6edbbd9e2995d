/** Accepting failures for a while: it says plainly what that changes, and what it does not. */
import { Textarea, TextInput } from '@mantine/core'
import { addDays, dayOf } from '#platform/days.ts'
import { useMinute } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Note } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'

/** The longest that an exception runs; the server holds it. */
const longestDays = 366

export interface ExceptionSaid {
  readonly reason: string
  readonly compensatingControl: string
  readonly approvedBy: string
  readonly expiresOn: string
}

export function ExceptForm({
  count = 1,
  onExcept,
  onCancel,
}: {
  /** How many findings are accepted on these grounds. */
  count?: number
  onExcept: (said: ExceptionSaid) => Promise<unknown>
  onCancel: () => void
}) {
  const { name, timeZone } = useViewer()
  const today = dayOf(useMinute(), timeZone)
  const first = { reason: '', compensatingControl: '', approvedBy: name, expiresOn: addDays(today, 90) }
  const form = useFields(first, onExcept)
  return (
    <Form
      of={form}
      does={t('{count, plural, one {Note the exception} other {Note # exceptions}}', { count })}
      onCancel={onCancel}
    >
      <Note>
        <p>
          {t(
            '{count, plural, one {It stays failed, here and in every report, and closes by itself once its check passes.} other {All # stay failed, here and in every report; each closes by itself once its check passes.}}',
            { count },
          )}
        </p>
        <p>
          {t(
            'An exception mends nothing. It says that somebody accepts the failure until a day, and what is done in its place.',
          )}
        </p>
      </Note>
      <Textarea
        label={t('Why it is accepted')}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={4_000}
        data-autofocus
        {...form.field('reason')}
      />
      <Textarea
        label={t('What is done in its place')}
        description={t('The compensating control: what keeps the harm small until then.')}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={4_000}
        {...form.field('compensatingControl')}
      />
      <TextInput
        label={t('Who accepts it')}
        description={t('The person who answers for it, by name.')}
        maxLength={200}
        autoComplete="off"
        {...form.field('approvedBy')}
      />
      <TextInput
        label={t('Last day')}
        description={t('At most a year away. It ends by itself.')}
        type="date"
        min={addDays(today, 1)}
        max={addDays(today, longestDays)}
        className="day-field"
        {...form.field('expiresOn')}
      />
    </Form>
  )
}
