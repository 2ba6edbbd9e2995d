/** Accepting a failure for a while: it says plainly what that changes, and what it does not. */
import { Textarea, TextInput } from '@mantine/core'
import { addDays, dayOf } from '#platform/days.ts'
import { useMinute } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Note } from '#ui/say.tsx'
import { useViewer } from '#ui/viewer.tsx'

/** The longest that an exception runs; the server holds it. */
const longestDays = 366

export function ExceptForm({
  onExcept,
  onCancel,
}: {
  onExcept: (said: {
    reason: string
    compensatingControl: string
    approvedBy: string
    expiresOn: string
  }) => Promise<unknown>
  onCancel: () => void
}) {
  const { name, timeZone } = useViewer()
  const today = dayOf(useMinute(), timeZone)
  const first = { reason: '', compensatingControl: '', approvedBy: name, expiresOn: addDays(today, 90) }
  const form = useFields(first, onExcept)
  return (
    <Form of={form} does="Note the exception" onCancel={onCancel}>
      <Note>
        It stays failed, here and in every report. The exception says that somebody accepts it until a day, and what is
        done in its place.
      </Note>
      <Textarea
        label="Why it is accepted"
        autosize
        minRows={2}
        maxRows={8}
        maxLength={4_000}
        data-autofocus
        {...form.field('reason')}
      />
      <Textarea
        label="What is done in its place"
        description="The compensating control: what keeps the harm small until then."
        autosize
        minRows={2}
        maxRows={8}
        maxLength={4_000}
        {...form.field('compensatingControl')}
      />
      <TextInput
        label="Who accepts it"
        description="The person who answers for it, by name."
        maxLength={200}
        autoComplete="off"
        {...form.field('approvedBy')}
      />
      <TextInput
        label="Last day"
        description="At most a year away. It ends by itself."
        type="date"
        min={addDays(today, 1)}
        max={addDays(today, longestDays)}
        className="day-field"
        {...form.field('expiresOn')}
      />
    </Form>
  )
}
