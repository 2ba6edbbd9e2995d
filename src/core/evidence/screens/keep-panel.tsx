/** Keeping a file from the page of all evidence; what it supports may stand in the address (`?keep=file&for=finding:12`). */
import { PageLink, useWord } from '#ui/link.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { Note } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { placeOf, sayKind } from './evidence-words.ts'
import { KeepForm } from './keep-form.tsx'

export function KeepPanel({ onKept }: { onKept: (evidenceId: string) => void }) {
  const panel = usePanel('keep')
  const [about] = useWord('for')
  return (
    <SidePanel isOpen={panel.value !== undefined} onClose={panel.close} title={t('Keep a file')}>
      {about === undefined ? undefined : (
        <Note>
          <p>
            {rich('It will support <thing>this {kind}</thing>.', {
              kind: sayKind(about),
              thing: (words) => <PageLink to={placeOf(about) ?? '/evidence'}>{words}</PageLink>,
            })}
          </p>
        </Note>
      )}
      <KeepForm about={about} onDone={onKept} onCancel={panel.close} />
    </SidePanel>
  )
}
