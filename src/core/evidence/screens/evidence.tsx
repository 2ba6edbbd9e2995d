/** Evidence: files that support what is claimed; kept sealed, opened with a record of it, destroyed for good. */
import { Button, Textarea } from '@mantine/core'
import { IconDownload, IconUpload } from '@tabler/icons-react'
import { useId, useState } from 'react'
import type { WireOutputOf } from '#platform/contract.ts'
import { saySize } from '#sources/deliveries/screens/delivery-words.ts'
import { download, type Problem, problemOf } from '#ui/call.ts'
import { useChange, usePages, useRead, useRefresh } from '#ui/data.ts'
import { Age, DayText, Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, Loading, Note, ProblemNote, tell } from '#ui/say.tsx'
import { type Column, DataTable } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import { useNaming } from '../../findings/screens/colleagues.ts'
import { keepEvidence, listEvidence, openEvidence, showEvidence, shredEvidence } from '../contract.ts'
import { KeepPanel } from './keep-panel.tsx'
import './evidence.css'

type Evidence = WireOutputOf<typeof showEvidence>

const stateWords = { kept: 'kept', lapsed: 'no longer valid', shredded: 'destroyed' } as const

export function EvidenceScreen() {
  const pages = usePages(listEvidence, { limit: 100 })
  const panel = usePanel('evidence')
  const keeping = usePanel('keep')
  const mayKeep = useMay()(keepEvidence)
  const isEmpty = pages.items.length === 0 && !pages.isLoading && !pages.problem
  const keep = mayKeep ? (
    <Button variant="filled" leftSection={<IconUpload size={16} stroke={1.5} />} onClick={() => keeping.open('file')}>
      Keep a file
    </Button>
  ) : undefined
  const columns: readonly Column<Evidence>[] = [
    { head: 'Title', cell: ({ title }) => <span title={title}>{title}</span> },
    { head: 'File', cell: ({ fileName }) => fileName, width: '26%', from: 1000 },
    { head: 'How it stands', cell: ({ state }) => <State of={state} />, width: '136px' },
    {
      head: 'Valid until',
      cell: ({ validUntilOn }) =>
        validUntilOn === null ? <span className="soft">no end</span> : <DayText day={validUntilOn} />,
      width: '128px',
    },
    { head: 'Kept', cell: ({ keptAt }) => <Age at={keptAt} />, width: '128px' },
  ]
  return (
    <Page>
      <PageHead
        title="Evidence"
        says="Files that support what you claim. Each is sealed; its digest stands on the ledger, and so does who opens it."
        action={isEmpty ? undefined : keep}
      />
      <DataTable
        label="Evidence"
        pages={pages}
        columns={columns}
        keyOf={({ id }) => id}
        linkOf={({ id }) => panel.addressOf(id)}
        chosen={panel.value}
        lines={(item) => ({
          title: item.title,
          detail: (
            <>
              <State of={item.state} />, <Age at={item.keptAt} />
            </>
          ),
        })}
        empty={
          <EmptyState title="No evidence is kept yet" action={keep}>
            Policies, signed agreements, reports of drills: what an auditor would ask for, kept where it cannot be
            changed.
          </EmptyState>
        }
      />
      <SidePanel isOpen={panel.value !== undefined} onClose={panel.close} title={<Title evidenceId={panel.value} />}>
        {panel.value === undefined ? undefined : <One evidenceId={panel.value} />}
      </SidePanel>
      {mayKeep ? <KeepPanel /> : undefined}
    </Page>
  )
}

function State({ of: state }: { of: Evidence['state'] }) {
  return <span className={state === 'kept' ? undefined : 'soft'}>{stateWords[state]}</span>
}

function Title({ evidenceId }: { evidenceId: string | undefined }) {
  const read = useRead(showEvidence, { evidenceId: evidenceId ?? '' }, { when: evidenceId !== undefined })
  return <>{read.data?.id === evidenceId ? read.data?.title : 'Evidence'}</>
}

function One({ evidenceId }: { evidenceId: string }) {
  const read = useRead(showEvidence, { evidenceId })
  const name = useNaming()
  const may = useMay()
  return (
    <Loading of={{ ...read, data: read.data?.id === evidenceId ? read.data : undefined }}>
      {(evidence) => (
        <div className="stack">
          <FactList>
            <Fact label="How it stands">{stateWords[evidence.state]}</Fact>
            <Fact label="File">
              {evidence.fileName}, {saySize(evidence.bytes)}
            </Fact>
            <Fact label="Kept by">{name(evidence.keptBy)}</Fact>
            <Fact label="Kept">
              <Age at={evidence.keptAt} />
            </Fact>
            <Fact label="Valid until">
              {evidence.validUntilOn === null ? 'no end' : <DayText day={evidence.validUntilOn} isDue />}
            </Fact>
            <Fact label="SHA-256">
              <span className="mono">{evidence.digest}</span>
            </Fact>
          </FactList>
          {evidence.state === 'shredded' ? (
            <Note>
              It was destroyed and cannot be opened by anybody. That it was, by whom and why stands on the ledger.
            </Note>
          ) : (
            <>
              <Open evidenceId={evidence.id} />
              {may(shredEvidence) ? <Shred evidenceId={evidence.id} /> : undefined}
            </>
          )}
        </div>
      )}
    </Loading>
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
    <>
      <ProblemNote problem={problem} />
      <div className="buttons">
        <Button
          variant="filled"
          loading={isBusy}
          leftSection={<IconDownload size={16} stroke={1.5} />}
          onClick={() => void open()}
        >
          Open the file
        </Button>
      </div>
      <p className="soft">That you opened it goes on the ledger.</p>
    </>
  )
}

function Shred({ evidenceId }: { evidenceId: string }) {
  const [isAsked, setAsked] = useState(false)
  const shred = useChange(shredEvidence, { refreshes: ['ledger', 'requirements'] })
  const form = useFields({ reason: '' }, async ({ reason }) => {
    await shred.run({ evidenceId, reason })
    tell('The file was destroyed.')
  })
  const heading = useId()
  if (!isAsked) {
    return (
      <div className="buttons">
        <Button onClick={() => setAsked(true)}>Destroy it</Button>
      </div>
    )
  }
  return (
    <section className="shred" aria-labelledby={heading}>
      <h3 id={heading}>Destroy this file?</h3>
      <p>
        Its key is thrown away, so that nobody can open it again; only a backup made before today still holds it. What
        rests on it loses its support. The entry on the ledger stays, with your reason.
      </p>
      <Form of={form} does="Destroy it for good" onCancel={() => setAsked(false)}>
        <Textarea label="Why" autosize minRows={2} {...form.field('reason')} />
      </Form>
    </section>
  )
}
