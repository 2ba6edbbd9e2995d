/** Asking the trail: about a patient or a person, for a purpose that stands on the ledger; then the answer. */
import { Button, SegmentedControl, Select, TextInput } from '@mantine/core'
import { IconDownload, IconShieldCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { demand } from '#core/sign-in/screens/flaws.ts'
import { call, download, type Problem, problemOf } from '#ui/call.ts'
import { type Pages, useChange } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { EmptyState, ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayMoment, sayNumber } from '#ui/words.ts'
import { askPatient, askPerson, type Purpose, personDays, readOn, report } from '../contract.ts'
import { Accesses } from './accesses.tsx'
import { HeatMap } from './heat-map.tsx'
import { pagesOf } from './pages.ts'
import { type AccessShown, purposeChoices, type QuestionShown, sayWhen } from './trail-words.ts'
import './trail.css'

type By = 'patient' | 'person'

/** What was asked, to be named again when more is asked of the same. It is held here alone, never in the address. */
interface Asked {
  readonly by: By
  readonly identifier: string
  readonly since: string
  readonly until: string
  readonly purpose: Purpose
  readonly why: string
}

interface Answered {
  readonly asked: Asked
  readonly question: QuestionShown
  readonly first: readonly AccessShown[]
  readonly next: string | null
}

export function AskScreen() {
  const may = useMay()
  const [answered, setAnswered] = useState<Answered>()
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
        action={
          answered ? <Button onClick={() => setAnswered(undefined)}>{t('Ask something else')}</Button> : undefined
        }
      />
      {answered ? <Answer key={answered.question.questionId} of={answered} /> : <Question onAnswer={setAnswered} />}
    </Page>
  )
}

function Question({ onAnswer }: { onAnswer: (answered: Answered) => void }) {
  const patient = useChange(askPatient)
  const person = useChange(askPerson)
  const [by, setBy] = useState<By>('patient')
  const form = useFields(
    { identifier: '', since: '', until: '', purpose: 'patient-request' as Purpose, why: '' },
    async (values) => {
      demand({
        identifier:
          values.identifier.trim() === '' && (by === 'patient' ? t('Say which patient.') : t('Say whose login.')),
        why: values.why.trim() === '' && t('Say in a few words for what.'),
      })
      const asked: Asked = { ...values, by, identifier: values.identifier.trim(), why: values.why.trim() }
      const input = {
        purpose: asked.purpose,
        why: asked.why,
        ...(asked.since ? { since: asked.since } : {}),
        ...(asked.until ? { until: asked.until } : {}),
      }
      const answer =
        by === 'patient'
          ? await patient.run({ patient: asked.identifier, ...input })
          : await person.run({ login: asked.identifier, ...input })
      onAnswer({ asked, question: answer.question, first: answer.accesses.items, next: answer.accesses.next })
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
        label={by === 'patient' ? t('Patient') : t('Login')}
        description={
          by === 'patient'
            ? t('The number by which your record system knows the patient')
            : t('The name with which the person signs in to the record system')
        }
        autoComplete="off"
        maxLength={300}
        {...form.field('identifier')}
      />
      <Select label={t('Purpose')} data={purposeChoices} allowDeselect={false} {...form.field('purpose')} />
      <TextInput
        label={t('In a few words')}
        placeholder={t('Which request, whose complaint')}
        maxLength={500}
        {...form.field('why')}
      />
      <div className="buttons">
        <TextInput type="date" label={t('From')} {...form.field('since')} />
        <TextInput type="date" label={t('Until')} {...form.field('until')} />
      </div>
    </Form>
  )
}

function Answer({ of: { asked, question, first, next } }: { of: Answered }) {
  const pages = useReadOn(question.questionId, first, next)
  return (
    <div className="stack">
      <Summary asked={asked} question={question} />
      {question.total === 0 ? (
        <EmptyState title={t('Nobody')}>
          {asked.by === 'patient'
            ? t(
                'The trail holds no access to this patient’s record in that time. Is the number the one that the record system uses?',
              )
            : t('The trail holds no access by this login in that time. Is it the one that the record system uses?')}
        </EmptyState>
      ) : (
        <>
          {asked.by === 'person' ? <Days asked={asked} /> : undefined}
          <Groups by={asked.by} question={question} />
          <Section title={t('Every access')}>
            <Accesses label={t('Accesses')} pages={pages} by={asked.by} empty={<EmptyState title={t('Nobody')} />} />
          </Section>
        </>
      )}
    </div>
  )
}

function Summary({ asked, question }: { asked: Asked; question: QuestionShown }) {
  const { timeZone } = useViewer()
  const [isBusy, setBusy] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const take = async (
    name: string,
    kind: 'accounting' | 'access-report' | 'person-report' | 'proof',
    format: 'pdf' | 'csv' | 'json',
  ) => {
    setBusy(name)
    setProblem(undefined)
    try {
      const { identifier, purpose, why, since, until } = asked
      const period = { ...(since ? { since } : {}), ...(until ? { until } : {}) }
      await download(report, { report: kind, format, identifier, purpose, why, ...(kind === 'proof' ? {} : period) })
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setBusy('')
    }
  }
  const offers =
    asked.by === 'patient'
      ? ([
          [t('Accounting (PDF)'), 'accounting', 'pdf'],
          [t('Access report (PDF)'), 'access-report', 'pdf'],
          [t('Access report (CSV)'), 'access-report', 'csv'],
        ] as const)
      : ([
          [t('Report (PDF)'), 'person-report', 'pdf'],
          [t('Report (CSV)'), 'person-report', 'csv'],
        ] as const)
  return (
    <section className="stack" aria-label={t('The answer in brief')}>
      <h2>
        {asked.by === 'patient'
          ? t('Patient {identifier}', { identifier: asked.identifier })
          : t('Login {identifier}', { identifier: asked.identifier })}
      </h2>
      <dl className="trail-sum">
        <div>
          <dt>{t('accesses')}</dt>
          <dd>{sayNumber(question.total)}</dd>
        </div>
        <div>
          <dt>{asked.by === 'patient' ? t('people') : t('patients')}</dt>
          <dd>{sayNumber(question.groupCount)}</dd>
        </div>
        <div>
          <dt>{t('without a known reason')}</dt>
          <dd>{sayNumber(question.unexplained)}</dd>
        </div>
      </dl>
      <p className="trail-proof">
        <IconShieldCheck size={18} stroke={1.5} aria-hidden />
        <span>
          {question.firstAt !== null && question.lastAt !== null
            ? t(
                'Complete from {first} to {last}: every part of the trail has answered, up to line {size, number} of its log.',
                {
                  first: sayMoment(new Date(question.firstAt), timeZone),
                  last: sayMoment(new Date(question.lastAt), timeZone),
                  size: question.proof.size,
                },
              )
            : t('Complete: every part of the trail has answered, up to line {size, number} of its log.', {
                size: question.proof.size,
              })}
        </span>
      </p>
      {question.total === 0 && !question.proof.hasFile ? undefined : (
        <div className="buttons">
          {question.proof.hasFile ? (
            <Button
              leftSection={<IconShieldCheck size={16} stroke={1.5} />}
              loading={isBusy === 'proof'}
              onClick={() => void take('proof', 'proof', 'json')}
            >
              {t('Download the proof')}
            </Button>
          ) : undefined}
          {(question.total === 0 ? [] : offers).map(([name, kind, format]) => (
            <Button
              key={name}
              leftSection={<IconDownload size={16} stroke={1.5} />}
              loading={isBusy === name}
              onClick={() => void take(name, kind, format)}
            >
              {name}
            </Button>
          ))}
        </div>
      )}
      <ProblemNote problem={problem} />
    </section>
  )
}

function Groups({ by, question }: { by: By; question: QuestionShown }) {
  const { timeZone } = useViewer()
  const { groups, groupCount } = question
  const [areAll, setAll] = useState(false)
  const shown = areAll ? groups : groups.slice(0, groupsShown)
  return (
    <Section
      title={by === 'patient' ? t('By whom') : t('Whose')}
      says={
        groupCount > groups.length
          ? t('The {shown, number} with most accesses, of {all, number}.', { shown: groups.length, all: groupCount })
          : undefined
      }
    >
      <DataTable
        label={by === 'patient' ? t('People who opened the record') : t('Patients whose records were opened')}
        pages={{ ...pagesOf(shown), hasMore: shown.length < groups.length, more: () => setAll(true) }}
        keyOf={({ key }) => key}
        columns={[
          {
            head: by === 'patient' ? t('Who') : t('Patient'),
            cell: ({ key, name }) => (
              <span title={key}>
                {name || key} {name && name !== key ? <span className="soft">{key}</span> : undefined}
              </span>
            ),
          },
          { head: t('Accesses'), cell: ({ accesses }) => sayNumber(accesses), width: '96px', isNumber: true },
          {
            head: t('No reason known'),
            cell: ({ unexplained }) => sayNumber(unexplained),
            width: '144px',
            isNumber: true,
          },
          {
            head: t('First'),
            cell: ({ firstAt }) => sayWhen(firstAt, timeZone),
            width: '164px',
            from: 1000,
          },
          { head: t('Last'), cell: ({ lastAt }) => sayWhen(lastAt, timeZone), width: '164px' },
        ]}
        lines={({ key, name, accesses, unexplained, lastAt }) => ({
          title: name || key,
          detail: t(
            '{accesses, plural, one {one access} other {# accesses}}, {unexplained, number} without a reason, last {last}',
            { accesses, unexplained, last: sayWhen(lastAt, timeZone) },
          ),
        })}
        empty={<EmptyState title={t('Nobody')} />}
      />
    </Section>
  )
}

/** Of people or patients, before the rest is asked for. */
const groupsShown = 10
const dayMs = 86_400_000
const daysShown = 28

function Days({ asked }: { asked: Asked }) {
  const pattern = useChange(personDays)
  const { output } = pattern
  const to = asked.until || new Date().toISOString().slice(0, 10)
  const from = new Date(Date.parse(to) - (daysShown - 1) * dayMs).toISOString().slice(0, 10)
  return (
    <Section
      title={t('Days and hours')}
      aside={
        output ? undefined : (
          <Button
            variant="subtle"
            loading={pattern.isBusy}
            onClick={() => pattern.start({ login: asked.identifier, from, to, purpose: asked.purpose, why: asked.why })}
          >
            {t('Show the last four weeks')}
          </Button>
        )
      }
    >
      <ProblemNote problem={pattern.problem} />
      {output ? <HeatMap of={output} from={from} to={to} /> : undefined}
    </Section>
  )
}

/** Everything that is read on demand of a question; the first page came with its answer. */
function useReadOn(questionId: string, first: readonly AccessShown[], next: string | null): Pages<AccessShown> {
  const [more, setMore] = useState<{ readonly items: readonly AccessShown[]; readonly next: string | null }>({
    items: first,
    next,
  })
  const [isLoadingMore, setLoading] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const go = async () => {
    if (more.next === null || isLoadingMore) return
    setLoading(true)
    setProblem(undefined)
    try {
      const page = await call(readOn, { questionId, after: more.next })
      setMore({ items: [...more.items, ...page.items], next: page.next })
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setLoading(false)
    }
  }
  return {
    items: more.items,
    isLoading: false,
    isOld: false,
    hasMore: more.next !== null,
    isLoadingMore,
    more: () => void go(),
    again: () => void go(),
    problem,
  }
}
