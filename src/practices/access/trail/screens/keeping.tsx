/** How the trail is kept: how much there is, whether it is whole, for how long, and whose records are watched. */
import { Button, Checkbox, NumberInput, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useMyself, useNaming } from '#core/findings/screens/colleagues.ts'
import { demand } from '#core/sign-in/screens/flaws.ts'
import type { Role, WireOutputOf } from '#platform/contract.ts'
import { Confirm, CopyField } from '#ui/ask.tsx'
import { useChange, useRead } from '#ui/data.ts'
import { Age, Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, Loading, Note, ProblemNote, tell } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import { sayNumber } from '#ui/words.ts'
import {
  confirmDestruction,
  destroyMonth,
  hold,
  importFile,
  listWatched,
  refuseDestruction,
  setSettings,
  showSettings,
  state,
  verify,
} from '../contract.ts'
import { pagesOf } from './pages.ts'
import { sayBytes, sayMonthName } from './trail-words.ts'
import { Watched } from './watched.tsx'
import './trail.css'

type Shown = WireOutputOf<typeof state>
type Month = Shown['months'][number]

export function KeepingScreen() {
  // Whoever has it verified, or a month destroyed, waits for it.
  const [isWaiting, setWaiting] = useState(false)
  const read = useRead(state, {}, { everySeconds: isWaiting ? 1 : 20 })
  const { verifyJobId = null, destructions = [] } = read.data ?? {}
  const waits = verifyJobId !== null || destructions.some((one) => one.state === 'confirmed')
  if (waits !== isWaiting) setWaiting(waits)
  const may = useMay()
  return (
    <Page>
      <PageHead
        title={t('How the trail is kept')}
        says={t('Nothing in it is changed. What is past its time is destroyed month by month, by two people together.')}
      />
      <Loading of={read}>
        {(shown) => (
          <div className="trail-parts">
            {shown.months.length === 0 ? (
              <EmptyState
                title={t('Nothing has come in yet')}
                action={may(importFile) ? <PageLink to="/trail/bring">{t('Bring an access log')}</PageLink> : undefined}
              >
                {t('Once something has, you see here how much there is, and have it verified.')}
              </EmptyState>
            ) : (
              <>
                <Whole of={shown} />
                <Months of={shown} />
              </>
            )}
            {may(showSettings) ? <Terms /> : undefined}
            {may(listWatched) ? <Watched /> : undefined}
          </div>
        )}
      </Loading>
    </Page>
  )
}

function Whole({ of: shown }: { of: Shown }) {
  const may = useMay()
  const check = useChange(verify)
  const { verified } = shown
  return (
    <Section title={t('Whether it is whole')}>
      <FactList>
        <Fact label={t('Holds')}>
          {t(
            '{accesses, plural, one {one access} other {# accesses}} to {patients, plural, one {one patient} other {# patients}} by {users, plural, one {one login} other {# logins}}',
            { accesses: shown.accesses, patients: shown.patients, users: shown.users },
          )}
        </Fact>
        <Fact label={t('Takes')}>
          {t('{log} for the log of record, {store} for what answers questions ({engine})', {
            log: sayBytes(shown.logBytes),
            store: sayBytes(shown.storeBytes),
            engine: shown.engine,
          })}
        </Fact>
        <Fact label={t('Verified')}>
          {verified === null ? (
            <StatusMark status="unknown" word={t('not yet')} />
          ) : (
            <>
              <StatusMark
                status={verified.isIntact ? 'proved' : 'failed'}
                word={verified.isIntact ? t('Intact') : t('Broken')}
              />{' '}
              <Age at={verified.at} />
            </>
          )}
        </Fact>
      </FactList>
      {verified?.problem ? <Note kind="warning">{verified.problem}</Note> : undefined}
      <ProblemNote problem={check.problem} />
      {may(verify) ? (
        <div className="buttons">
          <Button loading={check.isBusy || shown.verifyJobId !== null} onClick={() => check.start({})}>
            {t('Verify all of it now')}
          </Button>
        </div>
      ) : undefined}
      {shown.key === '' ? undefined : (
        <CopyField label={t('Key by which an outsider verifies proofs')} value={shown.key} />
      )}
    </Section>
  )
}

function Months({ of: { months, destructions } }: { of: Shown }) {
  const panel = usePanel('month')
  const chosen = months.find(({ month }) => month === panel.value)
  const waiting = destructions.filter((one) => one.state === 'asked')
  const going = destructions.filter((one) => one.state === 'confirmed')
  return (
    <Section title={t('By the month in which it came in')}>
      {waiting.map((one) => (
        <Waiting key={one.id} of={one} />
      ))}
      {going.map((one) => (
        <Note key={one.id}>
          {t('{month} is being destroyed. Until that is done, questions about the trail wait.', {
            month: sayMonthName(one.month),
          })}
        </Note>
      ))}
      <DataTable
        label={t('Months')}
        pages={pagesOf(months.toReversed())}
        keyOf={({ month }) => month}
        linkOf={({ month }) => panel.addressOf(month)}
        chosen={panel.value}
        columns={[
          { head: t('Month'), cell: ({ month }) => sayMonthName(month), isLink: true },
          { head: t('Lines'), cell: ({ lines }) => sayNumber(lines), width: '144px', isNumber: true },
          { head: t('State'), cell: (month) => sayMonth(month), width: '40%' },
        ]}
        lines={(month) => ({
          title: sayMonthName(month.month),
          detail: t('{lines, plural, one {one line} other {# lines}}, {state}', {
            lines: month.lines,
            state: sayMonth(month),
          }),
        })}
        empty={undefined}
      />
      <SidePanel isOpen={chosen !== undefined} onClose={panel.close} title={chosen ? sayMonthName(chosen.month) : ''}>
        {chosen ? <MonthPanel key={chosen.month} of={chosen} onDone={panel.close} /> : undefined}
      </SidePanel>
    </Section>
  )
}

function sayMonth({ state: is, mayBeDestroyed, isPastRetention }: Month): string {
  if (is === 'destroyed') return t('Destroyed: nobody can read it again')
  if (is === 'held') return t('Held for a legal matter')
  if (mayBeDestroyed) return t('Past its time: it may be destroyed')
  return isPastRetention ? t('Past its time: it may be destroyed after the earlier ones') : t('Kept')
}

function MonthPanel({ of: month, onDone }: { of: Month; onDone: () => void }) {
  const may = useMay()
  const holding = useChange(hold)
  const destroying = useChange(destroyMonth)
  const isHeld = month.state === 'held'
  const form = useFields({ reason: '' }, async ({ reason }) => {
    demand({ reason: reason.trim() === '' && t('Say why.') })
    await holding.run({ month: month.month, isHeld: !isHeld, reason })
    tell(isHeld ? t('The hold is lifted.') : t('The month is held.'))
    onDone()
  })
  const ending = useFields({ reason: '' }, async ({ reason }) => {
    demand({ reason: reason.trim() === '' && t('Say why.') })
    await destroying.run({ month: month.month, reason })
    tell(t('Asked. Another officer confirms it.'))
    onDone()
  })
  return (
    <div className="stack">
      <p>{sayMonth(month)}</p>
      {may(hold) && month.state !== 'destroyed' ? (
        <Form of={form} does={isHeld ? t('Lift the hold') : t('Hold it')}>
          <Textarea label={t('Why')} maxLength={1000} autosize {...form.field('reason')} />
        </Form>
      ) : undefined}
      {may(destroyMonth) && month.mayBeDestroyed ? (
        <Section
          title={t('Destroy it')}
          says={t('Its key is destroyed, and with it every line that came in that month. Another officer confirms it.')}
        >
          <Form of={ending} does={t('Ask for it')}>
            <Textarea label={t('Why')} maxLength={1000} autosize {...ending.field('reason')} />
          </Form>
        </Section>
      ) : undefined}
    </div>
  )
}

function Waiting({ of: asked }: { of: Shown['destructions'][number] }) {
  const may = useMay()
  const nameOf = useNaming()
  const me = useMyself()
  const confirm = useChange(confirmDestruction)
  const [isRefusing, setRefusing] = useState(false)
  const month = sayMonthName(asked.month)
  const isMine = me !== undefined && asked.askedBy === `member:${me}`
  const does = isMine ? t('Take it back') : t('Refuse')
  const mayRefuse = may(refuseDestruction) && (isMine || asked.mayConfirm)
  return (
    <Note kind="warning">
      <p>
        {isMine
          ? t('You ask that {month} be destroyed: {reason}', { month, reason: asked.reason ?? '' })
          : t('{who} asks that {month} be destroyed: {reason}', {
              who: nameOf(asked.askedBy),
              month,
              reason: asked.reason ?? '',
            })}
      </p>
      {asked.whyNotDone === null ? undefined : (
        <p>{t('It was confirmed and could not be done. {reason}', { reason: asked.whyNotDone })}</p>
      )}
      {isRefusing ? (
        <Refusing of={asked} does={does} onDone={() => setRefusing(false)} />
      ) : (
        <div className="buttons">
          {asked.mayConfirm ? (
            <Confirm
              trigger={(open) => <Button onClick={open}>{t('Destroy {month}', { month })}</Button>}
              title={t('Destroy {month}?', { month })}
              does={t('Destroy it')}
              onConfirm={() => confirm.run({ destructionId: asked.id, month: asked.month })}
            >
              {t('Nobody can read what came in that month again. It cannot be taken back.')}
            </Confirm>
          ) : undefined}
          {mayRefuse ? (
            <Button variant="subtle" onClick={() => setRefusing(true)}>
              {does}
            </Button>
          ) : undefined}
        </div>
      )}
    </Note>
  )
}

function Refusing({
  of: { id: destructionId },
  does,
  onDone,
}: {
  of: Shown['destructions'][number]
  does: string
  onDone: () => void
}) {
  const refuse = useChange(refuseDestruction)
  const form = useFields({ reason: '' }, async ({ reason }) => {
    demand({ reason: reason.trim() === '' && t('Say why.') })
    await refuse.run({ destructionId, reason })
    tell(t('The month is not destroyed.'))
    onDone()
  })
  return (
    <Form of={form} does={does} onCancel={onDone}>
      <Textarea label={t('Why')} maxLength={1000} autosize {...form.field('reason')} />
    </Form>
  )
}

const tellable: readonly { readonly value: Role; readonly label: string }[] = [
  { value: 'privacy-officer', label: t('Privacy officers') },
  { value: 'security-officer', label: t('Security officers') },
  { value: 'administrator', label: t('Administrators') },
]

function Terms() {
  const read = useRead(showSettings, {})
  return (
    <Section title={t('What your policy says')}>
      <Loading of={read}>{(shown) => <TermsForm key={JSON.stringify(shown)} of={shown} />}</Loading>
    </Section>
  )
}

function TermsForm({ of: shown }: { of: WireOutputOf<typeof showSettings> }) {
  const may = useMay()
  const change = useChange(setSettings)
  const form = useFields({ ...shown, tell: [...shown.tell] }, async (values) => {
    await change.run({
      retentionYears: Number(values.retentionYears),
      reviewWithinDays: Number(values.reviewWithinDays),
      decideWithinDays: Number(values.decideWithinDays),
      tell: values.tell,
    })
    tell(t('Kept.'))
  })
  if (!may(setSettings)) {
    return (
      <FactList>
        <Fact label={t('Kept for')}>
          {t('{years, plural, one {one year} other {# years}}', { years: shown.retentionYears })}
        </Fact>
        <Fact label={t('A case is looked at within')}>
          {t('{days, plural, one {one day} other {# days}}', { days: shown.reviewWithinDays })}
        </Fact>
        <Fact label={t('A case is decided within')}>
          {t('{days, plural, one {one day} other {# days}}', { days: shown.decideWithinDays })}
        </Fact>
      </FactList>
    )
  }
  return (
    <Form of={form} does={t('Keep')}>
      <NumberInput
        label={t('Years for which accesses are kept')}
        description={t('Six at least (45 CFR 164.316(b)(2)(i)).')}
        min={6}
        max={100}
        allowDecimal={false}
        {...form.field('retentionYears')}
      />
      <NumberInput
        label={t('Days within which a case is looked at')}
        min={1}
        max={90}
        allowDecimal={false}
        {...form.field('reviewWithinDays')}
      />
      <NumberInput
        label={t('Days within which it is decided')}
        min={1}
        max={180}
        allowDecimal={false}
        {...form.field('decideWithinDays')}
      />
      <Checkbox.Group label={t('Who is told of new cases')} {...form.field('tell')}>
        <div className="trail-choices">
          {tellable.map(({ value, label }) => (
            <Checkbox key={value} value={value} label={label} />
          ))}
        </div>
      </Checkbox.Group>
    </Form>
  )
}
