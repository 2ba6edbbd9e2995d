/** Keeping a file as evidence. */
import { FileInput, Progress, TextInput } from '@mantine/core'
import { IconPaperclip } from '@tabler/icons-react'
import { useState } from 'react'
import { Problem, upload } from '#ui/call.ts'
import { useRefresh } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { tell } from '#ui/say.tsx'
import { keepEvidence } from '../contract.ts'

export function KeepPanel() {
  const panel = usePanel('keep')
  return (
    <SidePanel isOpen={panel.value !== undefined} onClose={panel.close} title="Keep a file">
      <Keep onDone={panel.close} />
    </SidePanel>
  )
}

function Keep({ onDone }: { onDone: () => void }) {
  const [share, setShare] = useState<number>()
  const refresh = useRefresh()
  const form = useFields({ file: null as File | null, title: '', validUntilOn: '' }, async (values) => {
    const { file, title, validUntilOn } = values
    if (file === null) throw missingFile()
    try {
      await upload(
        keepEvidence,
        { title: title.trim() || file.name, fileName: file.name, ...(validUntilOn === '' ? {} : { validUntilOn }) },
        file,
        { onProgress: setShare },
      )
    } finally {
      setShare(undefined)
    }
    refresh('evidence', 'ledger')
    tell('The file is kept.')
    onDone()
  })
  return (
    <Form of={form} does="Keep it" onCancel={onDone}>
      <FileInput
        label="File"
        placeholder="Choose a file"
        leftSection={<IconPaperclip size={16} stroke={1.5} />}
        clearable
        clearButtonProps={{ 'aria-label': 'Choose no file' }}
        {...form.field('file')}
      />
      <TextInput
        label="Title"
        description="What it shows, as you would say it: “Contingency plan, signed 2026”."
        {...form.field('title')}
      />
      <TextInput
        type="date"
        label="Valid until"
        description="The last day for which it speaks, if there is one."
        {...form.field('validUntilOn')}
      />
      {share === undefined ? undefined : (
        <Progress value={share * 100} size="sm" aria-label="How much is sent" transitionDuration={120} />
      )}
    </Form>
  )
}

function missingFile(): Problem {
  return new Problem({
    status: 400,
    code: 'evidence-no-file',
    message: 'No file is chosen.',
    errors: [{ path: 'file', message: 'Choose the file to keep.' }],
  })
}
