/** A comment, in which `@` names members: they are told of it. */
import { Button, Combobox, Textarea, useCombobox } from '@mantine/core'
import { useRef, useState } from 'react'
import { useChange } from '#ui/data.ts'
import { useFields } from '#ui/form.tsx'
import { ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { commentOnFinding } from '../contract.ts'
import { useReaders } from './colleagues.ts'
import { mentionBefore, startsIn, withMentions } from './comment-words.ts'
import { labelled } from './give-form.tsx'

const mostOffered = 8

export function CommentForm({ findingId }: { findingId: number }) {
  const add = useChange(commentOnFinding, { refreshes: ['notifications'] })
  const members = labelled(useReaders(findingId))
  const box = useRef<HTMLTextAreaElement>(null)
  const [begun, setBegun] = useState<{ readonly from: number; readonly words: string }>()
  // Whom somebody chose from the list, by the words that stand for them.
  const [named, setNamed] = useState<ReadonlyMap<string, number>>(new Map())
  const form = useFields({ comment: '' }, async ({ comment }) => {
    await add.run({ findingId, comment: withMentions(comment, named) })
    form.reset()
    setNamed(new Map())
  })
  const { value, onChange, ...field } = form.field('comment')
  const offered =
    begun === undefined ? [] : members.filter(({ label }) => startsIn(label, begun.words)).slice(0, mostOffered)
  const combobox = useCombobox({
    opened: offered.length > 0,
    onOpenedChange: (isOpen) => {
      if (!isOpen) setBegun(undefined)
    },
  })
  const look = (area: HTMLTextAreaElement) => {
    setBegun(mentionBefore(area.value, area.selectionStart))
    combobox.selectFirstOption()
  }
  const mention = (option: string) => {
    const member = members.find((one) => one.value === option)
    const area = box.current
    if (member === undefined || begun === undefined || area === null) return
    const head = `${area.value.slice(0, begun.from)}@${member.label} `
    const text = `${head}${area.value.slice(begun.from + 1 + begun.words.length)}`
    form.set({ comment: text })
    setNamed(new Map(named).set(member.label, member.id))
    setBegun(undefined)
    requestAnimationFrame(() => {
      area.focus()
      area.setSelectionRange(head.length, head.length)
    })
  }
  return (
    <form className="stack" onSubmit={form.onSubmit} noValidate>
      <Combobox
        store={combobox}
        onOptionSubmit={mention}
        withinPortal={false}
        position="top-start"
        transitionProps={{ duration: 0 }}
      >
        <Combobox.Target withKeyboardNavigation={offered.length > 0}>
          <Textarea
            ref={box}
            label={t('Comment')}
            description={t('Stays in the history; leave patients’ names out. Type @ to mention a colleague.')}
            autosize
            minRows={2}
            maxRows={8}
            maxLength={3_500}
            value={value}
            onChange={(event) => {
              onChange(event)
              look(event.currentTarget)
            }}
            onClick={(event) => look(event.currentTarget)}
            onBlur={() => setBegun(undefined)}
            {...field}
          />
        </Combobox.Target>
        <Combobox.Dropdown>
          <Combobox.Options aria-label={t('Members who may see this finding')}>
            {offered.map((member) => (
              <Combobox.Option key={member.value} value={member.value}>
                {member.label}
              </Combobox.Option>
            ))}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      <ProblemNote problem={form.problem} />
      <div className="buttons">
        <Button type="submit" loading={form.isBusy} disabled={form.values.comment.trim() === ''}>
          {t('Add the comment')}
        </Button>
      </div>
    </form>
  )
}
