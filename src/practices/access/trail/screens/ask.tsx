/** Asking the trail: about a patient or a person, for a purpose that stands on the ledger. */
import { Button, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { demand } from '#core/sign-in/screens/flaws.ts'
import { useChange } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink, useWords } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { EmptyState } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { askPatient, askPerson, purposes } from '../contract.ts'
import { Answer, type Answered, type Asked } from './answer.tsx'
import { pageLength } from './answer-list.ts'
import { type By, purposeChoices } from './trail-words.ts'
import './trail.css'

export function AskScreen() {
  const may = useMay()
  // The address holds the number of the question, so that Back leads to asking; what was asked is held here alone.
  const { words, set } = useWords()
  const [last, setLast] = useState<Answered>()
  const answered = last?.question.questionId === words.get('question') ? last : undefined
  if (!may(askPatient)) {
    return (
      <Page width="reading">
        <PageHead title={t('Access trail')} />
        <EmptyState
          title={t('Who opened whose record is for the privacy officer to ask')}
          action={<PageLink to="/trail/sources">{t('See whether the sources are well')}</PageLink>}
        >
          {t('You see whether the trail is whole; who is in it stays with those who review it.')}
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page>
      <PageHead
        title={t('Access trail')}
        says={t('Who opened which patient’s record, when, from where and why. What you ask is on the ledger.')}
        action={answered ? <Button onClick={() => set(none)}>{t('Ask something else')}</Button> : undefined}
      />
      {answered ? (
        <Answer key={answered.question.questionId} of={answered} />
      ) : (
        <Question
          last={last?.asked}
          onAnswer={(next) => {
            setLast(next)
            set({ ...none, question: next.question.questionId })
          }}
        />
      )}
    </Page>
  )
}

const none = { question: undefined, access: undefined, group: undefined, only: undefined }

/** Whoever asks again asks mostly for the same purpose, but never of the same by mistake. */
function Question({ last, onAnswer }: { last: Asked | undefined; onAnswer: (answered: Answered) => void }) {
  const patient = useChange(askPatient)
  const person = useChange(askPerson)
  const [by, setBy] = useState<By>(last?.by ?? 'patient')
  const first = useRef<HTMLInputElement>(null)
  const isAgain = last !== undefined
  useEffect(() => {
    if (isAgain) first.current?.focus()
  }, [isAgain])
  const form = useFields(
    {
      identifier: '',
      purpose: (last?.purpose ?? null) as string | null,
      why: last?.why ?? '',
      since: last?.since ?? '',
      until: last?.until ?? '',
    },
    async (values) => {
      const purpose = purposes.find((one) => one === values.purpose)
      demand({
        identifier:
          values.identifier.trim() === '' && (by === 'patient' ? t('Say which patient.') : t('Say whose login.')),
        purpose: purpose === undefined && t('Choose for what purpose.'),
        why: values.why.trim() === '' && t('Say in a few words for what.'),
        until: values.since !== '' && values.until !== '' && values.until < values.since && t('This is before From.'),
      })
      if (purpose === undefined) return
      const asked: Asked = { ...values, by, purpose, identifier: values.identifier.trim(), why: values.why.trim() }
      const input = {
        purpose,
        why: asked.why,
        limit: pageLength,
        ...(asked.since ? { since: asked.since } : {}),
        ...(asked.until ? { until: asked.until } : {}),
      }
      const answer =
        by === 'patient'
          ? await patient.run({ patient: asked.identifier, ...input })
          : await person.run({ login: asked.identifier, ...input })
      onAnswer({ asked, question: answer.question, first: answer.accesses.items })
    },
  )
  return (
    <Form of={form} does={t('Ask')}>
      <SegmentedControl
        aria-label={t('About')}
        value={by}
        onChange={(value) => setBy(value === 'person' ? 'person' : 'patient')}
        data={[
          { value: 'patient', label: t('A patient’s record') },
          { value: 'person', label: t('A person') },
        ]}
      />
      <TextInput
        ref={first}
        label={by === 'patient' ? t('Patient') : t('Login')}
        description={
          by === 'patient'
            ? t('The number by which your record system knows the patient')
            : t('The name with which the person signs in to the record system')
        }
        autoComplete="off"
        spellCheck={false}
        maxLength={300}
        {...form.field('identifier')}
      />
      <Select
        label={t('Purpose')}
        placeholder={t('Choose one')}
        data={purposeChoices}
        allowDeselect={false}
        {...form.field('purpose')}
      />
      <TextInput
        label={t('In a few words')}
        description={t('Which request, whose complaint: whoever reviews your questions reads it')}
        maxLength={500}
        {...form.field('why')}
      />
      <fieldset className="trail-period">
        <legend>{t('Period')}</legend>
        <p className="soft">{t('Leave both empty for all that is kept. A proof comes with all of it only.')}</p>
        <div className="buttons">
          <TextInput type="date" label={t('From')} {...form.field('since')} />
          <TextInput type="date" label={t('Until')} {...form.field('until')} />
        </div>
      </fieldset>
    </Form>
  )
}
