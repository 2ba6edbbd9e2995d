/** The accesses of an answer: all of them, those of one person or patient, or those that nothing explains. */
import { Button, SegmentedControl } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { useWords } from '#ui/link.tsx'
import { Section } from '#ui/page.tsx'
import { ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { Accesses } from './accesses.tsx'
import { type Only, useAnswerList } from './answer-list.ts'
import { type AccessShown, type By, type QuestionShown, sayGroup } from './trail-words.ts'
import './trail.css'

/** Which ones are shown stands in the address: the place of a group, and never whose it is. */
export function Every({
  by,
  question,
  first,
  layout,
}: {
  by: By
  question: QuestionShown
  first: readonly AccessShown[]
  layout: string
}) {
  const { words, set } = useWords()
  const place = words.get('group') ?? ''
  const group = /^\d+$/.test(place) ? question.groups[Number(place)] : undefined
  const only = { group: group ? Number(place) : undefined, isUnexplained: words.get('only') === 'unexplained' }
  const { accesses, unexplained } = group ?? { accesses: question.total, unexplained: question.unexplained }
  const section = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (place !== '') section.current?.scrollIntoView({ block: 'start' })
  }, [place])
  return (
    <div ref={section} className="trail-every">
      <Section
        title={
          group === undefined
            ? t('Every access')
            : by === 'patient'
              ? t('Every access by {who}', { who: sayGroup(group) })
              : t('Every access to {who}', { who: sayGroup(group) })
        }
      >
        <div className="buttons">
          <SegmentedControl
            aria-label={t('Which accesses')}
            value={only.isUnexplained ? 'unexplained' : 'all'}
            onChange={(value) =>
              set({ only: value === 'all' ? undefined : value, access: undefined }, { replace: true })
            }
            data={[
              { value: 'all', label: t('All {count, number}', { count: accesses }) },
              { value: 'unexplained', label: t('No reason known: {count, number}', { count: unexplained }) },
            ]}
          />
          {group === undefined ? undefined : (
            <Button
              variant="subtle"
              leftSection={<IconX size={16} stroke={1.5} aria-hidden />}
              onClick={() => set({ group: undefined, access: undefined }, { replace: true })}
            >
              {by === 'patient' ? t('By everybody again') : t('Everybody’s again')}
            </Button>
          )}
        </div>
        <List
          key={`${only.group} ${only.isUnexplained} ${layout}`}
          by={by}
          questionId={question.questionId}
          first={first}
          total={only.isUnexplained ? unexplained : accesses}
          only={only}
        />
      </Section>
    </div>
  )
}

function List({
  by,
  questionId,
  first,
  total,
  only,
}: {
  by: By
  questionId: string
  first: readonly AccessShown[]
  total: number
  only: Only
}) {
  const list = useAnswerList({ questionId, first, total, only })
  if (total === 0) return <p className="soft">{t('For every one of them a reason is known.')}</p>
  // What is over stays over, however often it is tried.
  if (list.problem?.code === 'trail-question-over') return <ProblemNote problem={list.problem} />
  return (
    <>
      {/* Its end may be far from what is in sight. */}
      {list.items.length > 0 ? <ProblemNote problem={list.problem} onAgain={list.again} /> : undefined}
      <Accesses
        label={t('Accesses')}
        pages={list.items.length > 0 ? { ...list, problem: undefined } : list}
        by={by}
        empty={undefined}
      />
    </>
  )
}
