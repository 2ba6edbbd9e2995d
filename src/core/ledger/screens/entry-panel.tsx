/** One entry: what was said and done, opened, and the proof that it stands in the log. */
import { IconAlertTriangle, IconHelp, IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { WireOutputOf } from '#platform/contract.ts'
import { CopyField } from '#ui/ask.tsx'
import { useRead } from '#ui/data.ts'
import { Fact, FactList } from '#ui/facts.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { Loading } from '#ui/say.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { sayMoment, sayNumber } from '#ui/words.ts'
import { useNaming } from '../../findings/screens/colleagues.ts'
import { showEntry } from '../contract.ts'
import '#core/intake/screens/intake.css'
import { openPayload, sayAction, saySubject } from './ledger-words.ts'
import { prove } from './prove.ts'

type Shown = WireOutputOf<typeof showEntry>

export function EntryPanel() {
  const panel = usePanel('entry')
  const seq = Number(panel.value ?? -1)
  const isOpen = panel.value !== undefined
  const read = useRead(showEntry, { seq }, { when: isOpen })
  const shown = read.data?.entry.seq === seq ? read.data : undefined
  return (
    <SidePanel
      isOpen={isOpen}
      onClose={panel.close}
      title={shown ? sayAction(shown.entry.action) : `Entry ${sayNumber(seq + 1)}`}
    >
      <Loading of={{ ...read, data: shown }} rows={8}>
        {(entry) => <Entry shown={entry} />}
      </Loading>
    </SidePanel>
  )
}

function Entry({ shown }: { shown: Shown }) {
  const { timeZone } = useViewer()
  const name = useNaming()
  const { entry, payload } = shown
  return (
    <div className="stack">
      <FactList>
        <Fact label="When">{sayMoment(new Date(entry.at), timeZone)}</Fact>
        <Fact label="By whom">
          {name(entry.actor)} <span className="soft mono">{entry.actor}</span>
        </Fact>
        {entry.subjects.length === 0 ? undefined : (
          <Fact label="To what">{entry.subjects.map(saySubject).join(', ')}</Fact>
        )}
        <Fact label="Outcome">{entry.outcome}</Fact>
        <Fact label="Action">
          <span className="mono">{entry.action}</span>
        </Fact>
      </FactList>
      <h3>What was said</h3>
      {payload === null ? (
        <p className="soft">It was destroyed. The entry itself stands, and its proof holds without it.</p>
      ) : (
        <FactList>
          {openPayload(payload).map(([label, text]) => (
            <Fact key={label} label={label}>
              {isInstant(text) ? sayMoment(new Date(text), timeZone) : text}
            </Fact>
          ))}
        </FactList>
      )}
      <h3>Proof</h3>
      <Proof shown={shown} />
    </div>
  )
}

const isInstant = (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)

function Proof({ shown }: { shown: Shown }) {
  const { entry, line, payload, salt, proof } = shown
  const { data: verdict } = useQuery({
    queryKey: ['prove', line, proof.checkpoint],
    queryFn: () => prove(shown),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const said = {
    holds: 'Your browser has worked it out anew: the proof holds, and what was said is what was recorded.',
    broken: 'The proof does not hold. Keep this page, and have the ledger verified with a checkpoint from before.',
    'cannot-tell':
      'This browser cannot work it out over a connection without encryption. The values below can be checked elsewhere.',
  }
  const Mark = verdict === 'broken' ? IconAlertTriangle : verdict === 'holds' ? IconShieldCheck : IconHelp
  return (
    <>
      <p>
        This entry is number {sayNumber(entry.seq + 1)} of {sayNumber(proof.size)}, proved by{' '}
        {proof.path.length === 0
          ? 'the signed checkpoint itself'
          : `${proof.path.length === 1 ? 'one hash' : `${proof.path.length} hashes`} that lead from it to the signed checkpoint`}
        .
      </p>
      {verdict === undefined ? undefined : (
        <p className="verdict" data-verdict={verdict} role={verdict === 'broken' ? 'alert' : undefined}>
          <Mark size={18} stroke={1.5} aria-hidden="true" />
          {said[verdict]}
        </p>
      )}
      <details className="unfold">
        <summary>The values themselves</summary>
        <div className="stack">
          <CopyField label="Entry" value={line} />
          <CopyField label="Hash of the entry (leaf)" value={proof.leafHash} />
          <CopyField label="Path, the lowest first" value={proof.path.join(' ')} />
          <CopyField label="Checkpoint (root, signed)" value={proof.checkpoint} />
          {payload === null ? undefined : <CopyField label="What was said" value={payload} />}
          {salt === null ? undefined : <CopyField label="Random bytes of its digest" value={salt} />}
        </div>
      </details>
    </>
  )
}
