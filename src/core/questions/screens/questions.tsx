/** Who is who, and which system is which: what Vigil asks rather than guesses, one question at a time. */
import { Button, Radio } from '@mantine/core'
import { useState } from 'react'
import { useChecks } from '#core/posture/screens/checks.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { useChange, usePages } from '#ui/data.ts'
import { PageLink } from '#ui/link.tsx'
import { Box, Page, PageHead } from '#ui/page.tsx'
import { EmptyState, Note, ProblemNote, Skeleton, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { answerQuestion, listQuestions } from '../contract.ts'
import '#core/findings/screens/findings.css'
import './questions.css'

type Question = WireOutputOf<typeof listQuestions>['items'][number]
type Candidate = Question['candidates'][number]

export function QuestionsScreen() {
  const pages = usePages(listQuestions, { limit: 50 })
  // Accounts, people and findings follow from the answers.
  const checks = useChecks()
  const [skipped, setSkipped] = useState<ReadonlySet<number>>(new Set())
  const open = pages.items.filter(({ id }) => !skipped.has(id))
  const [question] = open
  return (
    <Page width="reading">
      <PageHead
        title={t('Who is who')}
        says={
          pages.isLoading || pages.problem
            ? ' '
            : pages.items.length === 0
              ? t('Vigil has no questions.')
              : sayWaiting(pages.items.length, pages.hasMore)
        }
      />
      <ProblemNote problem={pages.problem} onAgain={pages.again} />
      {question ? (
        <Asked
          key={question.id}
          question={question}
          onAnswer={() => {
            tell(t('The answer is noted.'))
            checks.begin()
          }}
          onSkip={open.length > 1 ? () => setSkipped(new Set([...skipped, question.id])) : undefined}
        />
      ) : pages.isLoading ? (
        <Skeleton rows={4} />
      ) : pages.problem ? undefined : pages.items.length > 0 ? (
        <EmptyState
          title={t('You have seen them all')}
          action={<Button onClick={() => setSkipped(new Set())}>{t('Begin again')}</Button>}
        >
          {t('The ones that you left out still wait.')}
        </EmptyState>
      ) : (
        <EmptyState
          title={t('Nothing is in doubt')}
          action={
            <Button component={PageLink} to="/posture">
              {t('See how things stand')}
            </Button>
          }
        >
          {t('When two lists disagree on who somebody is, the question stands here.')}
        </EmptyState>
      )}
    </Page>
  )
}

function sayWaiting(count: number, hasMore: boolean): string {
  return t(
    '{more, select, yes {More than {count, number} questions wait.} other {{count, plural, =1 {One question waits.} other {# questions wait.}}}} Your answer wins over every sign.',
    { count, more: hasMore ? 'yes' : 'no' },
  )
}

function Asked({
  question,
  onSkip,
  onAnswer,
}: {
  question: Question
  onSkip: (() => void) | undefined
  onAnswer: () => void
}) {
  const { id, about, candidates, reason } = question
  const mayAnswer = useMay()(answerQuestion)
  const [chosen, setChosen] = useState<string | null>(null)
  const answer = useChange(answerQuestion, { onDone: onAnswer })
  const isSystem = about.kind === 'system-name'
  return (
    <Box>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (chosen !== null) answer.start({ questionId: id, candidateId: chosen === 'none' ? null : Number(chosen) })
        }}
      >
        <Radio.Group
          value={chosen}
          onChange={setChosen}
          label={<h2 className="question">{sayQuestion(about)}</h2>}
          description={t('Vigil asks because {reason}.', { reason: reason.replace(/\.$/, '') })}
        >
          <div className="choices">
            {candidates.map((candidate) => (
              <Radio.Card
                key={candidate.id}
                value={String(candidate.id)}
                className="choice"
                disabled={!mayAnswer}
                aria-label={candidate.name}
              >
                <Radio.Indicator />
                <span>
                  <b>{candidate.name}</b>
                  <span className="soft">{sayCandidate(candidate)}</span>
                </span>
              </Radio.Card>
            ))}
            <Radio.Card value="none" className="choice" disabled={!mayAnswer} aria-label={t('None of these')}>
              <Radio.Indicator />
              <span>
                <b>{t('None of these')}</b>
                <span className="soft">
                  {isSystem
                    ? t('It is a system of its own.')
                    : t('The account stays without an owner until one is known.')}
                </span>
              </span>
            </Radio.Card>
          </div>
        </Radio.Group>
        <ProblemNote problem={answer.problem} />
        {mayAnswer ? (
          <div className="buttons">
            <Button type="submit" variant="filled" loading={answer.isBusy} disabled={chosen === null}>
              {t('Answer')}
            </Button>
            {onSkip === undefined ? undefined : <Button onClick={onSkip}>{t('Leave it for now')}</Button>}
          </div>
        ) : (
          <>
            <Note>{t('An officer answers this.')}</Note>
            {onSkip === undefined ? undefined : (
              <div className="buttons">
                <Button onClick={onSkip}>{t('See the next one')}</Button>
              </div>
            )}
          </>
        )}
      </form>
    </Box>
  )
}

function sayQuestion(about: Question['about']): string {
  if (about.kind === 'system-name') return t('Is “{name}” another name for one of these systems?', { name: about.name })
  const { username, system, displayName } = about
  if (displayName === null) return t('Whose account is {username} in {system}?', { username, system })
  return t('Whose account is {username} in {system}, shown as {displayName}?', { username, system, displayName })
}

function sayCandidate({ title, department, employeeNumber }: Candidate): string {
  const number = employeeNumber === null ? null : t('number {number}', { number: employeeNumber })
  return [title, department, number].filter((part) => part !== null).join(', ')
}
