/** The guided start: four questions on one page, then the three files worth bringing first, with where each is found. */
import { Button, Radio } from '@mantine/core'
import { IconCircle, IconCircleCheckFilled } from '@tabler/icons-react'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { WireInputOf, WireOutputOf } from '#platform/contract.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { PageLink, useWord } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { Loading, Note, ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { answerStart, showStart } from '../contract.ts'
import './start.css'

type Answers = WireInputOf<typeof answerStart>
type File = WireOutputOf<typeof showStart>['files'][number]

// Names of products are not translated.
const ehrs = [
  ['epic', 'Epic'],
  ['oracle', 'Oracle Health (Cerner)'],
  ['athena', 'athenahealth'],
  ['eclinicalworks', 'eClinicalWorks'],
  ['nextgen', 'NextGen'],
  ['meditech', 'MEDITECH'],
  ['veradigm', 'Practice Fusion, Veradigm'],
  ['openemr', 'OpenEMR'],
] as const
// Names of products are not translated.
const directories = [
  ['entra', 'Microsoft 365'],
  ['google', 'Google Workspace'],
] as const

export function StartScreen() {
  const may = useMay()
  const read = useRead(showStart, {}, { when: may(showStart) })
  const [asked, setAsked] = useWord('questions')
  if (!may(showStart)) {
    return (
      <Page width="reading">
        <PageHead title={t('The first fifteen minutes')} />
        <Note>{t('An officer or an administrator answers the questions and brings the first files.')}</Note>
      </Page>
    )
  }
  const files = read.data?.files ?? []
  const isAsking = asked === 'again' || files.length === 0
  const arrived = files.filter((file) => file.arrived !== null).length
  return (
    <Page width="reading">
      <PageHead
        title={t('The first fifteen minutes')}
        says={read.data === undefined ? ' ' : sayProgress(isAsking, arrived)}
        action={
          read.data === undefined || isAsking ? undefined : arrived === files.length ? (
            <Button variant="filled" component={PageLink} to="/posture">
              {t('See how you stand')}
            </Button>
          ) : (
            <Button variant="filled" component={PageLink} to="/sources/bring">
              {arrived === 0 ? t('Bring these files') : t('Bring the next file')}
            </Button>
          )
        }
      />
      <Loading of={read}>
        {({ answers, files }) =>
          isAsking ? (
            <Questions first={answers} onDone={() => setAsked(undefined)} />
          ) : (
            <Files files={files} onAskAgain={() => setAsked('again')} />
          )
        }
      </Loading>
    </Page>
  )
}

function sayProgress(isAsking: boolean, arrived: number): string {
  if (isAsking)
    return t('Four questions, one click each. Then Vigil says which three files tell most, and where they are.')
  return t(
    '{arrived, plural, =0 {These three files tell most. Bring what you have: each of them counts by itself.} =3 {All three have arrived. Vigil has looked at them.} =1 {One of the three files has arrived.} =2 {Two of the three files have arrived.} other {}}',
    { arrived },
  )
}

function Questions({ first, onDone }: { first: Answers | null; onDone: () => void }) {
  const [given, setGiven] = useState<Partial<Answers>>(first ?? {})
  const answer = useChange(answerStart, { onDone })
  const { size, ehr, directory, it } = given
  const isWhole = size !== undefined && ehr !== undefined && directory !== undefined && it !== undefined
  const left = [size, ehr, directory, it].filter((one) => one === undefined).length
  return (
    <form
      className="stack start-questions"
      onSubmit={(event) => {
        event.preventDefault()
        if (isWhole) answer.start({ size, ehr, directory, it })
      }}
    >
      <Question
        asks={t('How many people work with you?')}
        value={size}
        onChange={(value) => setGiven({ ...given, size: value })}
        choices={[
          ['under-10', t('Fewer than 10')],
          ['10-to-50', t('10 to 50')],
          ['51-to-500', t('51 to 500')],
          ['over-500', t('More than 500')],
        ]}
      />
      <Question
        asks={t('Where are your patients’ records?')}
        value={ehr}
        onChange={(value) => setGiven({ ...given, ehr: value })}
        choices={[...ehrs, ['other', t('Another, or none')]]}
      />
      <Question
        asks={t('Where do people sign in to their computers and e-mail?')}
        value={directory}
        onChange={(value) => setGiven({ ...given, directory: value })}
        choices={[
          ...directories,
          ['active-directory', t('Active Directory of our own')],
          ['none', t('Nowhere in common')],
        ]}
      />
      <Question
        asks={t('Who looks after the computers?')}
        value={it}
        onChange={(value) => setGiven({ ...given, it: value })}
        choices={[
          ['nobody', t('Nobody in particular')],
          ['one-of-us', t('One of us, beside other work')],
          ['team', t('Our own IT staff')],
          ['company', t('A company that we pay for it')],
        ]}
      />
      <ProblemNote problem={answer.problem} />
      <div className="buttons">
        <Button type="submit" variant="filled" disabled={!isWhole} loading={answer.isBusy}>
          {t('Show the three files')}
        </Button>
        {isWhole ? undefined : (
          <span className="soft start-left">
            {t('{left, plural, =1 {One question is left.} other {# questions are left.}}', { left })}
          </span>
        )}
      </div>
    </form>
  )
}

function Question<T extends string>({
  asks,
  value,
  onChange,
  choices,
}: {
  asks: string
  value: T | undefined
  onChange: (value: T) => void
  choices: readonly (readonly [value: T, word: string])[]
}) {
  return (
    <Radio.Group value={value ?? null} onChange={(chosen) => onChange(chosen as T)} label={<b>{asks}</b>}>
      <div className="start-choices" data-four={choices.length === 4 || undefined}>
        {choices.map(([one, word]) => (
          <Radio.Card key={one} value={one} className="start-choice" aria-label={word}>
            <Radio.Indicator size="xs" />
            {word}
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  )
}

function Files({ files, onAskAgain }: { files: readonly File[]; onAskAgain: () => void }) {
  // Whoever has just answered is led to what follows from it.
  const list = useRef<HTMLOListElement>(null)
  const begin = useEffectEvent(() => list.current?.focus({ preventScroll: true }))
  useEffect(() => begin(), [])
  return (
    <div className="stack">
      <ol className="start-files" ref={list} tabIndex={-1} aria-label={t('The three files')}>
        {files.map((file) => (
          <FileRow key={file.kind} file={file} />
        ))}
      </ol>
      <p className="soft">
        {t(
          'The names of menus may differ in your version. A file need not be tidy: Vigil reads CSV and Excel as they come out, and says what it has understood before it takes anything in.',
        )}
      </p>
      <div className="buttons">
        <Button onClick={onAskAgain}>{t('Change the answers')}</Button>
      </div>
    </div>
  )
}

function FileRow({ file: { title, tells, way, otherWay, columns, arrived } }: { file: File }) {
  const steps = (
    <div className="start-ways">
      <WayShown way={way} />
      {otherWay === null ? undefined : <WayShown way={otherWay} isOther />}
      <p className="soft">{t('It helps when it holds: {columns}.', { columns: columns.join(', ') })}</p>
    </div>
  )
  return (
    <li data-arrived={arrived !== null || undefined}>
      <div className="start-file-head">
        {arrived === null ? (
          <IconCircle size={20} stroke={1.5} aria-hidden="true" />
        ) : (
          <IconCircleCheckFilled size={20} aria-hidden="true" />
        )}
        <div>
          <h2>{title}</h2>
          <p className="soft">{tells}</p>
          {arrived === null ? undefined : (
            <p className="start-arrived">
              {t('Arrived: {name}', { name: arrived.name })} <Age at={arrived.collectedAt} word={t('made')} />
            </p>
          )}
        </div>
      </div>
      {arrived === null ? (
        steps
      ) : (
        <details>
          <summary>{t('Where it was found')}</summary>
          {steps}
        </details>
      )}
    </li>
  )
}

function WayShown({ way: { place, steps }, isOther }: { way: File['way']; isOther?: boolean }) {
  return (
    <div className="start-way">
      <h3>{isOther ? t('Also, or instead: {place}', { place }) : place}</h3>
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </div>
  )
}
