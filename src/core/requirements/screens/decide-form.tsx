/** What the organisation decides on an addressable specification: how, why, by whom, and when it is looked at again. */
import { Button, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { addDays, dayOf } from '#platform/days.ts'
import { useChange } from '#ui/data.ts'
import { useMinute } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { decide } from '../contract.ts'
import { type Decision, decisionWords } from './requirement-words.ts'

export function Decide({ citation, isFirst }: { citation: string; isFirst: boolean }) {
  const [isOpen, setOpen] = useState(false)
  if (!isOpen) {
    return (
      <div className="buttons">
        <Button variant={isFirst ? 'filled' : 'default'} onClick={() => setOpen(true)}>
          {isFirst ? t('Record a decision') : t('Decide anew')}
        </Button>
      </div>
    )
  }
  return <DecideForm citation={citation} onClose={() => setOpen(false)} />
}

function DecideForm({ citation, onClose }: { citation: string; onClose: () => void }) {
  const { timeZone } = useViewer()
  const today = dayOf(useMinute(), timeZone)
  const change = useChange(decide, { refreshes: ['posture', 'practices', 'ledger'] })
  const form = useFields(
    { decision: 'implement' as Decision['decision'], why: '', approvedBy: '', reviewOn: addDays(today, 365) },
    async (values) => {
      await change.run({ citation, ...values })
      tell(t('The decision is recorded.'))
      onClose()
    },
  )
  return (
    <Form of={form} does={t('Record the decision')} onCancel={onClose}>
      <Radio.Group label={t('How you meet it')} {...form.field('decision')}>
        <Stack gap={8}>
          {Object.entries(decisionWords).map(([value, label]) => (
            <Radio key={value} value={value} label={label} />
          ))}
        </Stack>
      </Radio.Group>
      <Textarea
        label={t('Why')}
        description={t(
          'What you weighed: your size, your systems, what it costs, how likely and how grave the risk is. Where you do something else instead, say what.',
        )}
        autosize
        minRows={3}
        {...form.field('why')}
      />
      <TextInput
        label={t('Approved by')}
        description={t('The person who approved it, by name.')}
        {...form.field('approvedBy')}
      />
      <TextInput
        type="date"
        label={t('To be looked at again on')}
        description={t('Within three years.')}
        {...form.field('reviewOn')}
      />
    </Form>
  )
}
