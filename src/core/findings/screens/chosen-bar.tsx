/** What can be done with several findings at once: they go to somebody, back to nobody, or are accepted for a while. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useChange } from '#ui/data.ts'
import { SidePanel } from '#ui/panel.tsx'
import { ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { exceptFindings } from '../contract.ts'
import { useMyself } from './colleagues.ts'
import { ExceptForm, type ExceptionSaid } from './except-form.tsx'
import type { FindingShown } from './finding-words.ts'
import { GiveForm } from './give-form.tsx'
import { type To, useGiving } from './giving.ts'

export function ChosenBar({
  chosen,
  onClear,
}: {
  chosen: readonly FindingShown[]
  /** Chooses none of them any more. */
  onClear: () => void
}) {
  const { name } = useViewer()
  const may = useMay()
  const myself = useMyself()
  const [doing, setDoing] = useState<'give' | 'except'>()
  const giving = useGiving()
  const except = useChange(exceptFindings, { refreshes: ['posture', 'practices', 'today'] })
  const count = chosen.length
  const ids = chosen.map(({ id }) => id)
  const give = async (to: To) => {
    await giving.give(ids, to)
    onClear()
  }
  // What goes wrong stands in the bar.
  const start = (to: To) => void give(to).catch(() => undefined)
  const accept = async (said: ExceptionSaid) => {
    const { excepted, left } = await except.run({ findingIds: ids, ...said })
    tell(sayExcepted(excepted, left))
    onClear()
  }
  const stop = () => setDoing(undefined)
  return (
    <section className="chosen-bar" aria-label={t('Chosen findings')}>
      <p role="status">{t('{count} chosen', { count })}</p>
      <div className="buttons">
        <Button
          variant="filled"
          loading={giving.isBusy}
          disabled={myself === undefined}
          onClick={() => myself === undefined || start({ memberId: myself, name })}
        >
          {t('Take over')}
        </Button>
        <Button onClick={() => setDoing('give')}>{t('Give away')}</Button>
        {chosen.some(({ owner }) => owner !== null) ? (
          <Button onClick={() => start({ name: null })}>{t('Give back')}</Button>
        ) : undefined}
        {may(exceptFindings) && chosen.some(({ state }) => state === 'open') ? (
          <Button onClick={() => setDoing('except')}>{t('Accept for now')}</Button>
        ) : undefined}
        <Button variant="subtle" onClick={onClear}>
          {t('Choose none')}
        </Button>
      </div>
      {doing === 'give' ? undefined : <ProblemNote problem={giving.problem} />}
      <SidePanel
        isOpen={doing === 'give'}
        onClose={stop}
        title={t('{count, plural, one {Give one finding to somebody} other {Give # findings to somebody}}', { count })}
      >
        <GiveForm onGive={give} onCancel={stop} />
      </SidePanel>
      <SidePanel
        isOpen={doing === 'except'}
        onClose={stop}
        title={t('{count, plural, one {Accept one finding for now} other {Accept # findings for now}}', { count })}
      >
        <ExceptForm count={count} onExcept={accept} onCancel={stop} />
      </SidePanel>
    </section>
  )
}

function sayExcepted(count: number, left: readonly { readonly why: 'excepted' | 'closed' }[]): string {
  const said = t(
    '{count, plural, =0 {None was excepted.} one {One is excepted and stays failed.} other {# are excepted and stay failed.}}',
    { count },
  )
  if (left.length === 0) return said
  const rest = t(
    '{excepted, plural, =0 {} one {One was excepted already. } other {# were excepted already. }}{closed, plural, =0 {} one {One was closed.} other {# were closed.}}',
    {
      excepted: left.filter(({ why }) => why === 'excepted').length,
      closed: left.filter(({ why }) => why === 'closed').length,
    },
  )
  return `${said} ${rest.trim()}`
}
