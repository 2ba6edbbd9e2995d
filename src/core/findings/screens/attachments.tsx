/** The files of a finding: kept as evidence, sealed, and linked to it. */
import { Button, FileButton, Progress } from '@mantine/core'
import { IconDownload, IconPaperclip } from '@tabler/icons-react'
import { useState } from 'react'
import { keepEvidence, listEvidence, openEvidence } from '#core/evidence/contract.ts'
import { download, type Problem, problemOf, upload } from '#ui/call.ts'
import { useRead, useRefresh } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'

const mostShown = 50

export function Attachments({ findingId }: { findingId: number }) {
  const may = useMay()
  const about = `finding:${findingId}`
  const read = useRead(listEvidence, { about, limit: mostShown }, { when: may(listEvidence) })
  const refresh = useRefresh()
  const [share, setShare] = useState<number>()
  const [problem, setProblem] = useState<Problem>()
  if (!may(listEvidence)) return undefined
  const items = (read.isOld ? undefined : read.data?.items)?.filter(({ state }) => state !== 'shredded') ?? []
  const mayKeep = may(keepEvidence)
  if (items.length === 0 && !mayKeep) return undefined
  const attempt = async (work: () => Promise<unknown>) => {
    setProblem(undefined)
    try {
      await work()
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setShare(undefined)
    }
  }
  const attach = (file: File) =>
    attempt(async () => {
      setShare(0)
      await upload(keepEvidence, { title: file.name.slice(0, 200), fileName: file.name, about }, file, {
        onProgress: setShare,
      })
      refresh('evidence', 'ledger')
      tell(t('The file is kept as evidence.'))
    })
  return (
    <section className="stack" aria-label={t('Files')}>
      <h3>{t('Files')}</h3>
      {items.length === 0 ? undefined : (
        <ul className="attachments">
          {items.map(({ id, title, keptAt }) => (
            <li key={id}>
              <div>
                <PageLink to={`/evidence?evidence=${id}`}>{title}</PageLink> <Age at={keptAt} />
              </div>
              {may(openEvidence) ? (
                <Button
                  size="compact-sm"
                  variant="subtle"
                  leftSection={<IconDownload size={16} stroke={1.5} />}
                  aria-label={t('Save {title}', { title })}
                  onClick={() => void attempt(() => download(openEvidence, { evidenceId: id }))}
                >
                  {t('Save')}
                </Button>
              ) : undefined}
            </li>
          ))}
        </ul>
      )}
      {share === undefined ? undefined : (
        <Progress value={share * 100} size="sm" aria-label={t('How much is sent')} transitionDuration={120} />
      )}
      <ProblemNote problem={problem} />
      {mayKeep ? (
        <div className="buttons">
          <FileButton onChange={(file) => (file === null ? undefined : void attach(file))}>
            {(props) => (
              <Button {...props} loading={share !== undefined} leftSection={<IconPaperclip size={16} stroke={1.5} />}>
                {t('Attach a file')}
              </Button>
            )}
          </FileButton>
        </div>
      ) : undefined}
    </section>
  )
}
