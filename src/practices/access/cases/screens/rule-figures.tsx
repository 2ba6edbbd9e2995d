/** What a rule goes by, in figures; a privacy officer sets them. */
import { Button, NumberInput } from '@mantine/core'
import { useState } from 'react'
import { useNaming } from '#core/findings/screens/colleagues.ts'
import { demand } from '#core/sign-in/screens/flaws.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { useChange } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Section } from '#ui/page.tsx'
import { rich } from '#ui/rich.tsx'
import { ProblemNote, tell } from '#ui/say.tsx'
import { language, t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { type listRules, setRule } from '../contract.ts'
import './cases.css'

export type Rule = WireOutputOf<typeof listRules>['items'][number]
type Figure = Rule['parameters'][number]

const isChanged = ({ value, usual }: Figure) => value !== usual

/** Shares are small: three places behind the point, as elsewhere, would not show them. */
const sayFigure = (value: number) => value.toLocaleString(language, { maximumFractionDigits: 6 })

export function RuleFigures({ of: rule }: { of: Rule }) {
  const may = useMay()
  const [isOpen, setOpen] = useState(false)
  return (
    <Section title={t('What it goes by')}>
      {isOpen ? (
        <FiguresForm of={rule} onDone={() => setOpen(false)} />
      ) : (
        <>
          <FigureList of={rule} />
          {may(setRule) ? <Changing of={rule} onChange={() => setOpen(true)} /> : undefined}
        </>
      )}
    </Section>
  )
}

function FigureList({ of: { parameters } }: { of: Rule }) {
  const nameOf = useNaming()
  return (
    <dl className="rule-figures">
      {parameters.map((figure) => (
        <div key={figure.name} data-changed={isChanged(figure) || undefined}>
          <dt>{figure.means}</dt>
          <dd>{sayFigure(figure.value)}</dd>
          {isChanged(figure) && figure.changedAt !== null ? (
            <dd className="rule-figure-changed">
              {rich('usually {usual}; changed by {who} {age}', {
                usual: sayFigure(figure.usual),
                who: nameOf(figure.changedBy),
                age: <Age at={figure.changedAt} />,
              })}
            </dd>
          ) : undefined}
        </div>
      ))}
    </dl>
  )
}

function Changing({ of: { kind, parameters }, onChange }: { of: Rule; onChange: () => void }) {
  const change = useChange(setRule)
  const changed = parameters.filter(isChanged)
  const goBack = async () => {
    await change.run({ kind, parameters: Object.fromEntries(changed.map(({ name }) => [name, null])) })
    tell(t('The usual values hold again. Cases are worked out anew.'), {
      does: t('Undo'),
      onDo: () =>
        change.start({ kind, parameters: Object.fromEntries(changed.map(({ name, value }) => [name, value])) }),
    })
  }
  return (
    <>
      <ProblemNote problem={change.problem} />
      <div className="buttons">
        <Button onClick={onChange}>{t('Change the figures')}</Button>
        {changed.length === 0 ? undefined : (
          // What went wrong stands above.
          <Button loading={change.isBusy} onClick={() => void goBack().catch(() => undefined)}>
            {t('Back to the usual values')}
          </Button>
        )}
      </div>
    </>
  )
}

function FiguresForm({ of: { kind, parameters }, onDone }: { of: Rule; onDone: () => void }) {
  const change = useChange(setRule)
  // As they were when the form was opened: what a colleague changes meanwhile is not set back by who did not touch it.
  const [first] = useState<Readonly<Record<string, number | string>>>(() =>
    Object.fromEntries(parameters.map(({ name, value }) => [name, value])),
  )
  const form = useFields(first, async (values) => {
    demand(Object.fromEntries(parameters.map((figure) => [figure.name, flawOf(figure, values[figure.name] ?? '')])))
    const changed = Object.keys(first).filter((name) => Number(values[name]) !== first[name])
    if (changed.length > 0) {
      await change.run({ kind, parameters: Object.fromEntries(changed.map((name) => [name, Number(values[name])])) })
      tell(t('The figures are changed. Cases are worked out anew.'))
    }
    onDone()
  })
  return (
    <div className="rule-form">
      <Form of={form} does={t('Save')} onCancel={onDone}>
        <p className="soft">
          {t(
            'Cases are worked out anew with what you save: some may open, and some that wait may close by themselves.',
          )}
        </p>
        {parameters.map(({ name, means, usual, min, max, isWhole }) => (
          <NumberInput
            key={name}
            label={means}
            description={t('Usually {usual}; from {min} to {max}', {
              usual: sayFigure(usual),
              min: sayFigure(min),
              max: sayFigure(max),
            })}
            min={min}
            max={max}
            step={isWhole ? 1 : stepOf(usual || max)}
            allowDecimal={!isWhole}
            allowNegative={min < 0}
            clampBehavior="none"
            {...form.field(name)}
          />
        ))}
      </Form>
    </div>
  )
}

function flawOf({ min, max }: Figure, given: number | string): string | false {
  const value = given === '' ? Number.NaN : Number(given)
  return (
    !(value >= min && value <= max) &&
    t('Give a number from {min} to {max}.', { min: sayFigure(min), max: sayFigure(max) })
  )
}

/** A tenth of where the usual value's first digit stands: 0.1 of 1.25, 0.001 of 0.04. */
function stepOf(usual: number): number {
  return 10 ** (Math.floor(Math.log10(usual)) - 1)
}
