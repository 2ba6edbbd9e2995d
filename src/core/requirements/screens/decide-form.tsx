/** What the organisation decides on an addressable specification: how, why, by whom, and when it is looked at again. */
import { Button, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { addDays, dayOf } from '#platform/days.ts'
import { useChange } from '#ui/data.ts'
import { useMinute } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { tell } from '#ui/say.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { decide } from '../contract.ts'
import { type Decision, decisionWords } from './requirement-words.ts'

export function Decide({ citation, isFirst }: { citation: string; isFirst: boolean }) {
  const [isOpen, setOpen] = useState(false)
  if (!isOpen) {
    return (
      <div className="buttons">
        <Button onClick={() => setOpen(true)}>{isFirst ? 'Record a decision' : 'Decide anew'}</Button>
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
      tell('The decision is recorded.')
      onClose()
    },
  )
  return (
    <Form of={form} does="Record the decision" onCancel={onClose}>
      <Radio.Group label="How you meet it" {...form.field('decision')}>
        <Stack gap={8}>
          {Object.entries(decisionWords).map(([value, label]) => (
            <Radio key={value} value={value} label={label} />
          ))}
        </Stack>
      </Radio.Group>
      <Textarea
        label="Why"
        description="What you weighed: your size, your systems, what it costs, how likely and how grave the risk is. Where you do something else instead, say what."
        autosize
        minRows={3}
        {...form.field('why')}
      />
      <TextInput label="Approved by" description="The person who approved it, by name." {...form.field('approvedBy')} />
      <TextInput
        type="date"
        label="To be looked at again on"
        description="Within three years."
        {...form.field('reviewOn')}
      />
    </Form>
  )
}
