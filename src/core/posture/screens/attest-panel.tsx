/** A person's word for a safeguard: what was said so far, and a form to say it for a period. */
import { Autocomplete, Button, Textarea, TextInput } from '@mantine/core'
import { attest, listAttestations, withdraw } from '#core/attestations/contract.ts'
import { useColleagues } from '#core/findings/screens/colleagues.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { addDays, dayOf } from '#platform/days.ts'
import { Confirm } from '#ui/ask.tsx'
import { useChange, usePages } from '#ui/data.ts'
import { Cite, DayText, useMinute } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { SidePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { Note, tell } from '#ui/say.tsx'
import { type Status, StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'

interface SafeguardShown {
  readonly name: string
  readonly title: string
  readonly status: Status
  readonly citations: readonly string[]
  readonly statement: string | null
}
type Statement = WireOutputOf<typeof listAttestations>['items'][number]

export function AttestPanel({
  safeguard,
  onClose,
  onSaid,
}: {
  safeguard: SafeguardShown | undefined
  onClose: () => void
  /** Something was said or taken back: the checks run again. */
  onSaid: () => void
}) {
  const may = useMay()
  const isOpen = safeguard !== undefined && safeguard.statement !== null
  return (
    <SidePanel
      isOpen={isOpen}
      onClose={onClose}
      title={safeguard?.title ?? ''}
      mark={safeguard ? <StatusMark status={safeguard.status} /> : undefined}
    >
      {safeguard ? <Cite of={safeguard.citations} /> : undefined}
      {safeguard ? <Statements safeguard={safeguard.name} onSaid={onSaid} /> : undefined}
      {safeguard && may(attest) ? (
        <AttestForm
          key={safeguard.name}
          safeguard={safeguard}
          onCancel={onClose}
          onDone={() => {
            onSaid()
            onClose()
          }}
        />
      ) : undefined}
    </SidePanel>
  )
}

function AttestForm({
  safeguard,
  onDone,
  onCancel,
}: {
  safeguard: SafeguardShown
  onDone: () => void
  onCancel: () => void
}) {
  const { name, timeZone } = useViewer()
  const today = dayOf(useMinute(), timeZone)
  const change = useChange(attest)
  const first = { statement: safeguard.statement ?? '', author: name, validUntilOn: addDays(today, 365) }
  const form = useFields(first, async (said) => {
    await change.run({ safeguard: safeguard.name, ...said })
    tell(t('The statement is noted.'))
    onDone()
  })
  const names = [...new Set(useColleagues().map((colleague) => colleague.name))]
  return (
    <section className="stack" aria-label={t('Attest to it')}>
      <h3>{t('Attest to it')}</h3>
      <Form of={form} does={t('Note the statement')} onCancel={onCancel}>
        <Note>
          {t('A statement counts as attested, never as proved: it is somebody’s word, under their name, until a day.')}
        </Note>
        <Textarea
          label={t('What is stated')}
          description={t('Change the words to what is true.')}
          autosize
          minRows={3}
          maxRows={10}
          maxLength={4_000}
          {...form.field('statement')}
        />
        <Autocomplete
          label={t('Who says so')}
          description={t('The person who knows, by name.')}
          data={names}
          comboboxProps={{ withinPortal: false }}
          maxLength={200}
          autoComplete="off"
          {...form.field('author')}
        />
        <TextInput
          label={t('Until when')}
          description={t('The last day for which it speaks. Then it is unknown again.')}
          type="date"
          min={today}
          className="day-field"
          {...form.field('validUntilOn')}
        />
      </Form>
    </section>
  )
}

export function Statements({ safeguard, onSaid }: { safeguard: string; onSaid: () => void }) {
  const pages = usePages(listAttestations, { safeguard, limit: 10 })
  const shown = pages.items.filter((one) => one.safeguard === safeguard)
  if (shown.length === 0) return undefined
  return (
    <section className="stack" aria-label={t('What was stated')}>
      <h3>{t('What was stated')}</h3>
      <ul className="statements">
        {shown.map((statement) => (
          <StatementRow key={statement.id} statement={statement} onSaid={onSaid} />
        ))}
      </ul>
    </section>
  )
}

function StatementRow({
  statement: { id, statement, author, statedOn, validUntilOn, state },
  onSaid,
}: {
  statement: Statement
  onSaid: () => void
}) {
  const may = useMay()
  const change = useChange(withdraw)
  return (
    <li>
      <p>{statement}</p>
      <p className="soft">
        {rich(
          '{state, select, withdrawn {{author}, <day>on</day>; taken back} lapsed {{author}, <day>on</day>; no longer counts} other {{author}, <day>on</day>; until <until>then</until>}}',
          { author, state, day: () => <DayText day={statedOn} />, until: () => <DayText day={validUntilOn} /> },
        )}
      </p>
      {state === 'holds' && may(withdraw) ? (
        <Confirm
          trigger={(open) => (
            <Button size="xs" onClick={open}>
              {t('Take it back')}
            </Button>
          )}
          title={t('Take this statement back?')}
          does={t('Take it back')}
          onConfirm={async () => {
            await change.run({ attestationId: id })
            onSaid()
          }}
        >
          {t('From now on it speaks for nothing, and the safeguard may be unknown again. It stays in the history.')}
        </Confirm>
      ) : undefined}
    </li>
  )
}
