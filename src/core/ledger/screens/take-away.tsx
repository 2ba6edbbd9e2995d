/** The ledger to take away: the checkpoint to keep elsewhere, the key, the whole of it, and how anybody verifies it. */
import { Button, Checkbox } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import { dayOf } from '#platform/days.ts'
import { CopyField } from '#ui/ask.tsx'
import { download, type Problem, problemOf } from '#ui/call.ts'
import { useRead, useRefresh } from '#ui/data.ts'
import { useMinute } from '#ui/facts.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { Loading, ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { exportLedger, showCheckpoint, showKey } from '../contract.ts'
import { saveText } from './save-text.ts'

export function TakeAway() {
  const panel = usePanel('take')
  return (
    <SidePanel isOpen={panel.value !== undefined} onClose={panel.close} title={t('Take the ledger away')}>
      <Whole />
      <Checkpoint />
      <Verify />
    </SidePanel>
  )
}

function Whole() {
  const [isOpened, setOpened] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const refresh = useRefresh()
  const fetchAll = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await download(exportLedger, { open: isOpened })
      refresh('ledger')
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <p>
        {t(
          'One file with every entry, which anybody can verify without Vigil, without a network and without trusting you.',
        )}
      </p>
      <Checkbox
        label={t('Also what was said in each entry')}
        description={t('It holds names. Without it the entries are whole, and what was said stays sealed.')}
        checked={isOpened}
        onChange={(event) => setOpened(event.currentTarget.checked)}
      />
      <ProblemNote problem={problem} />
      <div className="buttons">
        <Button
          variant="filled"
          loading={isBusy}
          leftSection={<IconDownload size={16} stroke={1.5} />}
          onClick={() => void fetchAll()}
        >
          {t('Download the ledger')}
        </Button>
      </div>
    </>
  )
}

function Checkpoint() {
  const read = useRead(showCheckpoint, {})
  return (
    <>
      <h3>{t('Checkpoint')}</h3>
      <p>
        {t(
          'Keep one outside of Vigil, with your auditor for instance. Whoever holds it finds out if anything before it is ever changed or cut off.',
        )}
      </p>
      <Loading of={read} rows={3}>
        {({ note, size }) => (
          <div className="stack">
            <pre className="note-text">{note}</pre>
            <div className="buttons">
              <Button
                leftSection={<IconDownload size={16} stroke={1.5} />}
                onClick={() => saveText(note, `vigil-checkpoint-${size}.txt`)}
              >
                {t('Download the checkpoint')}
              </Button>
            </div>
            <p className="soft">{t('It seals {count, plural, one {one entry} other {# entries}}.', { count: size })}</p>
          </div>
        )}
      </Loading>
    </>
  )
}

function Verify() {
  // As the server names the file: by its own day.
  const file = `ledger-${dayOf(useMinute())}.vigil`
  const read = useRead(showKey, {})
  return (
    <>
      <h3>{t('How to verify it')}</h3>
      <Loading of={read} rows={3}>
        {({ key }) => (
          <div className="stack">
            <CopyField label={t('Verifying key')} value={key} />
            <ol className="steps">
              <li>{t('Install Vigil on any computer. It needs no network and none of your data.')}</li>
              <li>{t('Put the downloaded file there, and run this command.')}</li>
              <li>{t('It says how many entries stand, and whether every one of them is as it was recorded.')}</li>
            </ol>
            <CopyField label={t('Command')} value={`vigil verify ${file} --key ${key}`} />
            <p className="soft">
              {t('Hand the key over by another way than the file, so that nobody can change both.')}
            </p>
          </div>
        )}
      </Loading>
    </>
  )
}
