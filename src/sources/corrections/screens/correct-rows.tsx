/** Correcting rows that could not be read: taken away as a table, corrected in a spreadsheet, brought again. */
import { Button, FileButton } from '@mantine/core'
import { useState } from 'react'
import { download, type Problem, problemOf, upload } from '#ui/call.ts'
import { useRefresh } from '#ui/data.ts'
import { ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { bringCorrected, downloadRejected } from '../contract.ts'

export function CorrectRows({ sourceId, runId }: { sourceId: number; runId: number }) {
  const may = useMay()
  const refresh = useRefresh()
  const [busy, setBusy] = useState<'taking' | 'bringing'>()
  const [problem, setProblem] = useState<Problem>()
  if (!may(downloadRejected)) return undefined
  const during = async (what: 'taking' | 'bringing', work: () => Promise<void>) => {
    setBusy(what)
    setProblem(undefined)
    try {
      await work()
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setBusy(undefined)
    }
  }
  const take = () => during('taking', () => download(downloadRejected, { sourceId, runId }))
  const bring = (file: File) =>
    during('bringing', async () => {
      const { rowsRead, rejects } = await upload(bringCorrected, { sourceId, runId }, file)
      // Said outside of the panel, which may show the new run by now.
      tell(
        t(
          '{read, plural, one {One row was} other {# rows were}} taken in{rejects, plural, =0 {} one {; one still cannot be read} other {; # still cannot be read}}. What this changes is being checked.',
          { read: rowsRead - rejects, rejects },
        ),
      )
      refresh('sources')
    })
  return (
    <section className="stack">
      <h3>{t('Correct them')}</h3>
      <p className="soft">
        {t(
          'Take these rows away as a table, correct them in a spreadsheet, and bring it again as CSV. Nothing else of the file changes.',
        )}
      </p>
      <div className="buttons">
        <Button loading={busy === 'taking'} onClick={() => void take()}>
          {t('Take these rows away')}
        </Button>
        <FileButton accept=".csv,text/csv" onChange={(file) => void (file && bring(file))}>
          {(props) => (
            <Button {...props} loading={busy === 'bringing'}>
              {t('Bring the corrected rows')}
            </Button>
          )}
        </FileButton>
      </div>
      <ProblemNote problem={problem} />
    </section>
  )
}
