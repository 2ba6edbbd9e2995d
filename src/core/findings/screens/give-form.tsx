/** To whom work goes: a member, or anybody by name. */
import { Autocomplete } from '@mantine/core'
import { Form, useFields } from '#ui/form.tsx'
import { useColleagues } from './colleagues.ts'

export function GiveForm({ onGive, onCancel }: { onGive: (owner: string) => Promise<unknown>; onCancel: () => void }) {
  const names = [...new Set(useColleagues().map(({ name }) => name))]
  const form = useFields({ owner: '' }, ({ owner }) => onGive(owner))
  return (
    <Form of={form} does="Give it to them" onCancel={onCancel}>
      <Autocomplete
        label="Who"
        description="A member, or somebody else by name."
        data={names}
        comboboxProps={{ withinPortal: false }}
        maxLength={200}
        autoComplete="off"
        data-autofocus
        {...form.field('owner')}
      />
    </Form>
  )
}
