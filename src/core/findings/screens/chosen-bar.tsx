/** What can be done with several findings at once: they go to somebody, or back to nobody. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useChange } from '#ui/data.ts'
import { SidePanel } from '#ui/panel.tsx'
import { ProblemNote, tell } from '#ui/say.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import { ownFindings } from '../contract.ts'
import type { FindingShown } from './finding-words.ts'
import { GiveForm } from './give-form.tsx'

export function ChosenBar({
  chosen,
  shown,
  onChoose,
}: {
  chosen: ReadonlySet<number>
  shown: readonly FindingShown[]
  onChoose: (next: ReadonlySet<number>) => void
}) {
  const { name } = useViewer()
  const [isGiving, setGiving] = useState(false)
  const own = useChange(ownFindings, { refreshes: ['posture', 'practices'] })
  const give = async (owner: string | null) => {
    const { changed } = await own.run({ findingIds: [...chosen], owner })
    const many = changed === 1 ? 'One finding' : `${sayNumber(changed)} findings`
    const verb = changed === 1 ? 'belongs' : 'belong'
    tell(owner === null ? `${many} ${verb} to nobody now.` : `${many} ${verb} to ${owner} now.`)
    onChoose(new Set())
  }
  // What goes wrong stands in the bar.
  const start = (owner: string | null) => void give(owner).catch(() => undefined)
  const isAll = shown.every(({ id }) => chosen.has(id))
  return (
    <section className="chosen-bar" aria-label="Chosen findings">
      <p role="status">
        <b>{sayNumber(chosen.size)}</b> chosen
      </p>
      <div className="buttons">
        <Button variant="filled" loading={own.isBusy} onClick={() => start(name)}>
          Take over
        </Button>
        <Button onClick={() => setGiving(true)}>Give away</Button>
        <Button onClick={() => start(null)}>Give back</Button>
        {isAll ? undefined : (
          <Button variant="subtle" onClick={() => onChoose(new Set(shown.map(({ id }) => id)))}>
            Choose all {sayNumber(shown.length)} shown
          </Button>
        )}
        <Button variant="subtle" onClick={() => onChoose(new Set())}>
          Choose none
        </Button>
      </div>
      {isGiving ? undefined : <ProblemNote problem={own.problem} />}
      <SidePanel
        isOpen={isGiving}
        onClose={() => setGiving(false)}
        title={
          chosen.size === 1 ? 'Give one finding to somebody' : `Give ${sayNumber(chosen.size)} findings to somebody`
        }
      >
        <GiveForm onGive={(owner) => give(owner)} onCancel={() => setGiving(false)} />
      </SidePanel>
    </section>
  )
}
