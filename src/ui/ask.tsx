/** Asking before what cannot be taken back, and handing over what is shown only once. */
import { Button, Modal, TextInput } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { type ReactNode, useId, useState } from 'react'
import { type Problem, problemOf } from './call.ts'
import { ProblemNote } from './say.tsx'
import { t } from './t.ts'

/**
 * Asks before a change: `<Confirm trigger={(open) => <Button onClick={open}>End</Button>} title="End this session?"
 * does="End the session" onConfirm={() => end.run({ sessionId })}>What follows from it.</Confirm>`. It stays open and says
 * why when the change is refused.
 */
export function Confirm({
  trigger,
  title,
  does,
  onConfirm,
  children,
}: {
  trigger: (open: () => void) => ReactNode
  title: string
  /** The word on the button: what it does, never "OK". */
  does: string
  onConfirm: () => Promise<unknown>
  children: ReactNode
}) {
  const [isOpen, setOpen] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const confirm = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await onConfirm()
      setOpen(false)
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      {trigger(() => setOpen(true))}
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={title} withCloseButton={false}>
        <div className="stack">
          <div>{children}</div>
          <ProblemNote problem={problem} />
          <div className="buttons">
            <Button variant="filled" loading={isBusy} onClick={() => void confirm()}>
              {does}
            </Button>
            <Button onClick={() => setOpen(false)}>{t('Cancel')}</Button>
          </div>
        </div>
      </Modal>
    </>
  )
}

/** A text to take away, with a button that copies it; `isSecret` says that it is shown only now. */
export function CopyField({ label, value, isSecret }: { label: string; value: string; isSecret?: boolean }) {
  const [state, setState] = useState<'ready' | 'copied' | 'by-hand'>('ready')
  const field = useId()
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
      setState('copied')
    } catch {
      // Browsers hand out the clipboard only over a safe connection.
      const input = document.getElementById(field)
      if (input instanceof HTMLInputElement) input.select()
      setState('by-hand')
    }
  }
  return (
    <div className="copy">
      <TextInput
        id={field}
        label={label}
        description={isSecret ? t('It is shown only now. Keep it where you keep passwords.') : undefined}
        value={value}
        readOnly
        autoComplete="off"
        spellCheck={false}
        onFocus={(event) => event.currentTarget.select()}
        classNames={{ input: 'mono' }}
      />
      <Button
        onClick={() => void copy()}
        leftSection={state === 'copied' ? <IconCheck size={16} stroke={1.5} /> : <IconCopy size={16} stroke={1.5} />}
      >
        {state === 'copied' ? t('Copied') : t('Copy')}
      </Button>
      <span className="only-read" role="status">
        {state === 'copied' ? t('Copied') : ''}
      </span>
      {state === 'by-hand' ? <p className="soft">{t('It is selected: copy it with Ctrl-C.')}</p> : undefined}
    </div>
  )
}
