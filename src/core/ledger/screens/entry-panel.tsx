/** One entry: what was said and done, opened, and the proof that it stands in the log. */
import { Button } from '@mantine/core'
import { IconAlertTriangle, IconDownload, IconHelp, IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { CopyField } from '#ui/ask.tsx'
import { useRead } from '#ui/data.ts'
import { Fact, FactList } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { Loading } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { sayMoment } from '#ui/words.ts'
import { useNaming } from '../../findings/screens/colleagues.ts'
import { showEntry, showKey } from '../contract.ts'
import '#core/intake/screens/intake.css'
import { openPayload, placeOfSubject, sayAction, saySubject } from './ledger-words.ts'
import { type EntryShown, writeProof } from './proof-file.ts'
import { prove } from './prove.ts'
import { saveText } from './save-text.ts'

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
      title={shown ? sayAction(shown.entry.action) : t('Entry {number}', { number: seq + 1 })}
    >
      <Loading of={{ ...read, data: shown }} rows={8}>
        {(entry) => <Entry shown={entry} />}
      </Loading>
    </SidePanel>
  )
}

function Entry({ shown }: { shown: EntryShown }) {
  const { timeZone } = useViewer()
  const name = useNaming()
  const { entry, payload } = shown
  return (
    <div className="stack">
      <FactList>
        <Fact label={t('When')}>{sayMoment(new Date(entry.at), timeZone)}</Fact>
        <Fact label={t('By whom')}>
          {name(entry.actor)}{' '}
          <PageLink to={`/ledger?actor=${encodeURIComponent(entry.actor)}`}>{t('All they did')}</PageLink>
        </Fact>
        {entry.subjects.length === 0 ? undefined : (
          <Fact label={t('To what')}>
            <ul className="subjects">
              {entry.subjects.map((subject) => (
                <Subject key={subject} of={subject} />
              ))}
            </ul>
          </Fact>
        )}
        <Fact label={t('Outcome')}>{entry.outcome === 'done' ? t('done') : t('refused')}</Fact>
        <Fact label={t('Action')}>
          <span className="mono">{entry.action}</span>
        </Fact>
      </FactList>
      <h3>{t('What was said')}</h3>
      {shown.isWithheld ? (
        <p className="soft">{t('It names whose record was asked about: privacy officers and auditors read it.')}</p>
      ) : payload === null ? (
        <p className="soft">{t('It was destroyed. The entry itself stands, and its proof holds without it.')}</p>
      ) : (
        <FactList>
          {openPayload(payload).map(([label, text]) => (
            <Fact key={label} label={label}>
              {isInstant(text) ? sayMoment(new Date(text), timeZone) : text}
            </Fact>
          ))}
        </FactList>
      )}
      <h3>{t('Proof')}</h3>
      <Proof shown={shown} />
    </div>
  )
}

function Subject({ of: subject }: { of: string }) {
  const place = placeOfSubject(subject)
  const said = saySubject(subject)
  return (
    <li>
      {place === undefined ? <span>{said}</span> : <PageLink to={place}>{said}</PageLink>}
      <PageLink to={`/ledger?subject=${encodeURIComponent(subject)}`} className="soft">
        {t('All about it')}
      </PageLink>
    </li>
  )
}

const isInstant = (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)

const verdicts = {
  holds: t('Your browser has worked it out anew: the proof holds, and what was said is what was recorded.'),
  broken: t('The proof does not hold. Keep this page, and have the ledger verified with a checkpoint from before.'),
  'cannot-tell': t(
    'This browser cannot work it out over a connection without encryption. The values below can be checked elsewhere.',
  ),
}

function Proof({ shown }: { shown: EntryShown }) {
  const { entry, line, payload, salt, proof } = shown
  const key = useRead(showKey, {}).data?.key
  const { data: verdict } = useQuery({
    queryKey: ['prove', line, proof.checkpoint],
    queryFn: () => prove(shown),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const Mark = verdict === 'broken' ? IconAlertTriangle : verdict === 'holds' ? IconShieldCheck : IconHelp
  return (
    <>
      {verdict === undefined ? undefined : (
        <p className="verdict" data-verdict={verdict} role={verdict === 'broken' ? 'alert' : undefined}>
          <Mark size={18} stroke={1.5} aria-hidden="true" />
          {verdicts[verdict]}
        </p>
      )}
      <p>
        {t(
          'This entry is number {number} of {size}, proved by {hashes, plural, =0 {the signed checkpoint itself} one {one hash that leads from it to the signed checkpoint} other {# hashes that lead from it to the signed checkpoint}}.',
          { number: entry.seq + 1, size: proof.size, hashes: proof.path.length },
        )}
      </p>
      <p className="soft">
        {t(
          'The checkpoint stands for all entries in their order, and was signed. If a single letter of this entry were another, the hashes would lead elsewhere.',
        )}
      </p>
      <div className="buttons">
        <Button
          leftSection={<IconDownload size={16} stroke={1.5} />}
          disabled={key === undefined}
          onClick={() => saveText(writeProof(shown, key ?? ''), `vigil-proof-${entry.seq}.json`)}
        >
          {t('Download the proof')}
        </Button>
        <Button
          leftSection={<IconDownload size={16} stroke={1.5} />}
          onClick={() => saveText(proof.checkpoint, `vigil-checkpoint-${proof.size}.txt`)}
        >
          {t('Download the checkpoint')}
        </Button>
      </div>
      <details className="unfold">
        <summary>{t('The values themselves')}</summary>
        <div className="stack">
          <CopyField label={t('Entry')} value={line} />
          <CopyField label={t('Hash of the entry (leaf)')} value={proof.leafHash} />
          <CopyField label={t('Path, the lowest first')} value={proof.path.join(' ')} />
          <CopyField label={t('Checkpoint (root, signed)')} value={proof.checkpoint} />
          {payload === null ? undefined : <CopyField label={t('What was said')} value={payload} />}
          {salt === null ? undefined : <CopyField label={t('Random bytes of its digest')} value={salt} />}
        </div>
      </details>
    </>
  )
}
