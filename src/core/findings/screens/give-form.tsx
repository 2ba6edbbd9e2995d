/** To whom work goes: a member who may see it, or anybody by name. */
import { Select } from '@mantine/core'
import { useState } from 'react'
import { Problem } from '#ui/call.ts'
import { Form, useFields } from '#ui/form.tsx'
import { t } from '#ui/t.ts'
import { useReaders } from './colleagues.ts'
import type { To } from './giving.ts'

/** With a finding, those who may see it are offered; without one, those who may see all. */
export function GiveForm({
  findingId,
  onGive,
  onCancel,
}: {
  findingId?: number
  onGive: (to: To) => Promise<unknown>
  onCancel: () => void
}) {
  const readers = useReaders(findingId)
  const [words, setWords] = useState('')
  const form = useFields({ owner: null as string | null }, async ({ owner }) => {
    const to = toOf(owner, members)
    if (to === undefined) throw missingOwner()
    await onGive(to)
  })
  const members = labelled(readers)
  const { owner } = form.values
  const typed = words.trim()
  const isKnown = members.some(({ label }) => label.toLowerCase() === typed.toLowerCase())
  const others = [
    ...(owner?.startsWith(byName) ? [owner] : []),
    ...(typed !== '' && !isKnown && !(owner?.startsWith(byName) && typed === sayOther(owner)) ? [byName + typed] : []),
  ]
  return (
    <Form of={form} does={t('Give it to them')} onCancel={onCancel}>
      <Select
        label={t('Who')}
        description={t('Begin to type a name. Members are told; somebody else is only named here.')}
        placeholder={t('A member, or somebody else by name')}
        data={[...members, ...[...new Set(others)].map((value) => ({ value, label: sayOther(value) }))]}
        searchable
        selectFirstOptionOnChange
        searchValue={words}
        onSearchChange={setWords}
        limit={50}
        comboboxProps={{ withinPortal: false, transitionProps: { duration: 0 } }}
        maxLength={200}
        autoComplete="off"
        data-autofocus
        {...form.field('owner')}
      />
    </Form>
  )
}

const byName = 'name:'
const sayOther = (value: string) => t('{name} (not a member)', { name: value.slice(byName.length) })

/** Members as options; those of one name are told apart by their number. */
export function labelled(members: readonly { readonly id: number; readonly name: string }[]) {
  return members.map(({ id, name }) => ({
    value: `member:${id}`,
    label: members.some((other) => other.name === name && other.id !== id) ? `${name} (${id})` : name,
    id,
    name,
  }))
}

function toOf(owner: string | null, members: ReturnType<typeof labelled>): To | undefined {
  if (owner?.startsWith(byName)) return { name: owner.slice(byName.length) }
  const member = members.find(({ value }) => value === owner)
  return member && { memberId: member.id, name: member.name }
}

function missingOwner(): Problem {
  return new Problem({
    status: 400,
    code: 'finding-no-owner',
    message: t('Nobody is chosen.'),
    errors: [{ path: 'owner', message: t('Choose who it goes to.') }],
  })
}
