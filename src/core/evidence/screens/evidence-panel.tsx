/** One piece of evidence: what it is, what it supports, who kept it, and the way to open or destroy it. */
import { ActionIcon, Button, Textarea } from '@mantine/core'
import { IconDownload, IconX } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { saySize } from '#sources/deliveries/screens/delivery-words.ts'
import { CopyField } from '#ui/ask.tsx'
import { download, type Problem, problemOf } from '#ui/call.ts'
import { useChange, useRead, useRefresh } from '#ui/data.ts'
import { Age, DayText, Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { Loading, Note, ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { useNaming } from '../../findings/screens/colleagues.ts'
import { listEntries } from '../../ledger/contract.ts'
import { openEvidence, showEvidence, shredEvidence, unlinkEvidence } from '../contract.ts'
import { placeOf, type Shown, sayKind, sayThing } from './evidence-words.ts'
import { LinkForm } from './link-form.tsx'
import { Validity } from './validity.tsx'

export function EvidencePanel() {
  const panel = usePanel('evidence')
  const evidenceId = panel.value
  const read = useRead(showEvidence, { evidenceId: evidenceId ?? '' }, { when: evidenceId !== undefined })
  const shown = read.data?.id === evidenceId ? read.data : undefined
  return (
    <SidePanel isOpen={evidenceId !== undefined} onClose={panel.close} title={shown?.title ?? t('Evidence')}>
      <Loading of={{ ...read, data: shown }} rows={8}>
        {(evidence) => <One key={evidence.id} of={evidence} />}
      </Loading>
    </SidePanel>
  )
}

function One({ of: evidence }: { of: Shown }) {
  const name = useNaming()
  const may = useMay()
  return (
    <div className="stack">
      {evidence.state === 'shredded' ? (
        <Note>
          {t('It was destroyed and cannot be opened by anybody. That it was, by whom and why stands on the ledger.')}
        </Note>
      ) : (
        <Open evidenceId={evidence.id} />
      )}
      <Supports of={evidence} />
      <FactList>
        <Fact label={t('How it stands')}>
          <Validity of={evidence} />
        </Fact>
        <Fact label={t('Valid until')}>
          {evidence.validUntilOn === null ? t('no end') : <DayText day={evidence.validUntilOn} isDue />}
        </Fact>
        <Fact label={t('File')}>
          {t('{fileName}, {size}', { fileName: evidence.fileName, size: saySize(evidence.bytes) })}
        </Fact>
        <Fact label={t('Kept by')}>{name(evidence.keptBy)}</Fact>
        <Fact label={t('Kept')}>
          <Age at={evidence.keptAt} />
        </Fact>
        {may(listEntries) ? (
          <Fact label={t('On the ledger')}>
            <PageLink to={`/ledger?subject=${encodeURIComponent(`evidence:${evidence.id}`)}`}>
              {t('All that was done with it')}
            </PageLink>
          </Fact>
        ) : undefined}
      </FactList>
      <CopyField label={t('Digest (SHA-256)')} value={evidence.digest} />
      <p className="soft">
        {t('Whoever has the file can work the digest out, and compare it with this one and with the ledger’s.')}
      </p>
      {evidence.state !== 'shredded' && may(shredEvidence) ? <Shred evidenceId={evidence.id} /> : undefined}
    </div>
  )
}

function Supports({ of: evidence }: { of: Shown }) {
  const may = useMay()
  const heading = useId()
  return (
    <section className="stack" aria-labelledby={heading}>
      <h3 id={heading}>{t('What it supports')}</h3>
      {evidence.about.length === 0 ? (
        <p className="soft">{t('Nothing yet. Linked to a requirement or a finding, it is shown there.')}</p>
      ) : (
        <ul className="evidence-list">
          {evidence.about.map((thing) => (
            <Supported key={thing.about} evidenceId={evidence.id} of={thing} />
          ))}
        </ul>
      )}
      {evidence.state !== 'shredded' && may(unlinkEvidence) ? <LinkForm evidenceId={evidence.id} /> : undefined}
    </section>
  )
}

function Supported({ evidenceId, of: thing }: { evidenceId: string; of: Shown['about'][number] }) {
  const may = useMay()
  const name = useNaming()
  const place = thing.title === null ? undefined : placeOf(thing.about)
  const said = sayThing(thing)
  const unlink = useChange(unlinkEvidence, {
    refreshes: ['ledger', 'requirements'],
    onDone: () => tell(t('The file supports this no longer. It is still kept.')),
  })
  return (
    <li>
      <div>
        {place === undefined ? said : <PageLink to={place}>{said}</PageLink>}
        <p className="soft">
          {rich('{kind}, linked by {who} {when}', {
            kind: sayKind(thing.about),
            who: name(thing.linkedBy),
            when: <Age at={thing.linkedAt} />,
          })}
        </p>
        <ProblemNote problem={unlink.problem} />
      </div>
      {may(unlinkEvidence) ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('It supports {title} no longer', { title: said })}
          loading={unlink.isBusy}
          onClick={() => unlink.start({ evidenceId, about: thing.about })}
        >
          <IconX size={16} stroke={1.5} />
        </ActionIcon>
      ) : undefined}
    </li>
  )
}

function Open({ evidenceId }: { evidenceId: string }) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const refresh = useRefresh()
  const open = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await download(openEvidence, { evidenceId })
      refresh('ledger')
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="open-it">
      <ProblemNote problem={problem} />
      <Button
        variant="filled"
        loading={isBusy}
        leftSection={<IconDownload size={16} stroke={1.5} />}
        onClick={() => void open()}
      >
        {t('Open the file')}
      </Button>
      <span className="soft">{t('That you opened it goes on the ledger.')}</span>
    </div>
  )
}

function Shred({ evidenceId }: { evidenceId: string }) {
  const [isAsked, setAsked] = useState(false)
  const shred = useChange(shredEvidence, { refreshes: ['ledger', 'requirements'] })
  const form = useFields({ reason: '' }, async ({ reason }) => {
    await shred.run({ evidenceId, reason })
    tell(t('The file was destroyed.'))
  })
  const heading = useId()
  if (!isAsked) {
    return (
      <div className="buttons">
        <Button onClick={() => setAsked(true)}>{t('Destroy it')}</Button>
      </div>
    )
  }
  return (
    <section className="shred" aria-labelledby={heading}>
      <h3 id={heading}>{t('Destroy this file?')}</h3>
      <p>
        {t(
          'Its key is thrown away, so that nobody can open it again; only a backup made before today still holds it. What rests on it loses its support. The entry on the ledger stays, with your reason.',
        )}
      </p>
      <Form of={form} does={t('Destroy it for good')} onCancel={() => setAsked(false)}>
        <Textarea label={t('Why')} autosize minRows={2} {...form.field('reason')} />
      </Form>
    </section>
  )
}
