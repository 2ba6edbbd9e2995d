/** Asking somebody to do something by a day. */
import { Select, TextInput } from '@mantine/core'
import { useColleagues } from '#core/findings/screens/colleagues.ts'
import { dayOf } from '#platform/days.ts'
import { useChange } from '#ui/data.ts'
import { useMinute } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { openTask } from '../contract.ts'

export function AskForm({ onDone, onCancel }: { onDone: () => void; onCancel: () => void }) {
  const { timeZone } = useViewer()
  const today = dayOf(useMinute(), timeZone)
  const colleagues = useColleagues()
  const ask = useChange(openTask)
  const form = useFields({ title: '', memberId: null as string | null, dueOn: '' }, async (values) => {
    const { title, memberId, dueOn } = values
    await ask.run({ title, ...(memberId ? { memberId: Number(memberId) } : {}), ...(dueOn ? { dueOn } : {}) })
    const name = colleagues.find(({ id }) => String(id) === memberId)?.name
    tell(name === undefined ? t('The task is opened.') : t('{name} has the task.', { name }))
    onDone()
  })
  return (
    <Form of={form} does={t('Open the task')} onCancel={onCancel}>
      <TextInput
        label={t('What is to be done')}
        description={t('One sentence that the person understands without you.')}
        maxLength={200}
        autoComplete="off"
        data-autofocus
        {...form.field('title')}
      />
      <Select
        label={t('Who does it')}
        placeholder={t('Nobody yet')}
        data={colleagues.map(({ id, name }) => ({ value: String(id), label: name }))}
        searchable
        clearable
        comboboxProps={{ withinPortal: false }}
        {...form.field('memberId')}
      />
      <TextInput
        label={t('By when')}
        description={t('May stay empty.')}
        type="date"
        min={today}
        className="day-field"
        {...form.field('dueOn')}
      />
    </Form>
  )
}
