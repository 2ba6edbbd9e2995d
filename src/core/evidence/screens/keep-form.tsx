/** Keeping a file as evidence: chosen or dropped, with what it is called, for how long it speaks and what it supports. */
import { Button, Progress, TextInput } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import '@mantine/dropzone/styles.layer.css'
import { IconFile, IconPaperclip } from '@tabler/icons-react'
import { type ChangeEvent, useEffect, useId, useRef, useState } from 'react'
import { saySize } from '#sources/deliveries/screens/delivery-words.ts'
import { Problem, upload } from '#ui/call.ts'
import { useRefresh } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { keepEvidence } from '../contract.ts'
import './evidence.css'

/** `about` is what the file supports at once, as `kind:id`. */
export function KeepForm({
  about,
  onDone,
  onCancel,
}: {
  about?: string | undefined
  onDone: (evidenceId: string) => void
  onCancel: () => void
}) {
  const [share, setShare] = useState<number>()
  const refresh = useRefresh()
  // Who leaves while it is sent does not want it kept.
  const ending = useRef(new AbortController())
  useEffect(() => {
    const controller = new AbortController()
    ending.current = controller
    return () => controller.abort()
  }, [])
  const form = useFields({ file: null as File | null, title: '', validUntilOn: '' }, async (values) => {
    const { file, title, validUntilOn } = values
    if (file === null) throw missingFile()
    setShare(0)
    try {
      const kept = await upload(
        keepEvidence,
        {
          title: title.trim() || file.name,
          fileName: file.name,
          ...(validUntilOn === '' ? {} : { validUntilOn }),
          ...(about === undefined ? {} : { about }),
        },
        file,
        { onProgress: setShare, signal: ending.current.signal },
      )
      refresh('evidence', 'ledger', 'requirements')
      tell(t('The file is kept.'))
      onDone(kept.id)
    } finally {
      setShare(undefined)
    }
  })
  const { error, value } = form.field('file') as { error?: string; value: File | null }
  return (
    <Form of={form} does={t('Keep it')} onCancel={onCancel}>
      <FileDrop file={value} error={error} onFile={(file) => form.set({ file })} />
      <TextInput
        label={t('Title')}
        description={t(
          'What it shows, as you would say it: “Contingency plan, signed 2026”. The title is read by many: leave the names of patients out of it.',
        )}
        placeholder={value?.name ?? ''}
        {...form.field('title')}
      />
      <TextInput
        type="date"
        label={t('Valid until')}
        description={t('The last day for which it speaks, if there is one.')}
        {...form.field('validUntilOn')}
      />
      {share === undefined ? undefined : (
        <div className="sending" role="status">
          <Progress value={share * 100} size="sm" aria-label={t('How much is sent')} transitionDuration={120} />
          <p className="soft">
            {share < 1
              ? t('{share, number, percent} is sent.', { share })
              : t('All of it is sent. It is being sealed.')}
          </p>
        </div>
      )}
    </Form>
  )
}

/** Where the file is dropped; the button does the same for who uses the keyboard. */
function FileDrop({
  file,
  error,
  onFile,
}: {
  file: File | null
  error: string | undefined
  onFile: (file: File) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  const words = useId()
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = event.currentTarget.files ?? []
    // So that the same file can be chosen once more.
    event.currentTarget.value = ''
    if (chosen) onFile(chosen)
  }
  return (
    <Dropzone
      onDrop={([dropped]) => {
        if (dropped) onFile(dropped)
      }}
      multiple={false}
      activateOnClick={false}
      activateOnKeyboard={false}
      enablePointerEvents
      className="evidence-drop"
      inputProps={{ 'aria-label': t('The file that was dropped'), tabIndex: -1 }}
    >
      <div className="evidence-drop-words">
        {file === null ? (
          <p id={words}>{t('Drop the file here.')}</p>
        ) : (
          <p id={words} className="chosen-file">
            <IconFile size={18} stroke={1.5} aria-hidden="true" />
            <span>
              <b>{file.name}</b> <span className="soft">{saySize(file.size)}</span>
            </span>
          </p>
        )}
        <Button
          leftSection={<IconPaperclip size={16} stroke={1.5} />}
          onClick={() => input.current?.click()}
          aria-describedby={words}
        >
          {file === null ? t('Choose a file') : t('Choose another')}
        </Button>
        <input ref={input} type="file" hidden aria-label={t('File')} onChange={take} />
        {error === undefined ? undefined : (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
      </div>
    </Dropzone>
  )
}

function missingFile(): Problem {
  const message = t('Choose the file to keep.')
  return new Problem({ status: 400, code: 'evidence-no-file', message, errors: [{ path: 'file', message }] })
}
