/** Deciding on a case, and opening it again; and what leads there from the head of its page. */
import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { changeMember } from '#core/members/contract.ts'
import { demand } from '#core/sign-in/screens/flaws.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Section } from '#ui/page.tsx'
import { Note, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { type Decision, decideCase, decisions, listReviewers, reopenCase } from '../contract.ts'
import { type CaseShown, decisionWords } from './case-words.ts'

export const isWaiting = ({ state }: CaseShown) => state === 'open' || state === 'talk'
const decidingId = 'decide'

/** What the page is for stands at its end, after what there is to know; this leads there. */
export function ToDecision() {
  return (
    <Button
      variant="filled"
      onClick={() => {
        const place = document.getElementById(decidingId)
        place?.scrollIntoView({ block: 'center' })
        place?.querySelector('button')?.focus({ preventScroll: true })
      }}
    >
      {t('Decide')}
    </Button>
  )
}

/** What stands in the place of the decision for the person whom the case is about. */
export function OwnCase() {
  const may = useMay()
  const mayDecide = may(decideCase)
  const reviewers = useRead(listReviewers, {}, { when: mayDecide })
  if (!mayDecide) return undefined
  const isAlone = reviewers.data?.items.every(({ isMe }) => isMe) ?? false
  return (
    <Section title={t('Decide')}>
      <Note>
        {t(
          'This case is about your own accesses, so somebody else decides. What you have to say to it, you may write below.',
        )}
        {isAlone
          ? ` ${t('There is no other privacy officer yet: an administrator can give the role to another member. Until then an auditor sees that the case waits.')}`
          : undefined}
      </Note>
      {isAlone && may(changeMember) ? (
        <p>
          <PageLink to="/settings/members">{t('Give the role to somebody')}</PageLink>
        </p>
      ) : undefined}
    </Section>
  )
}

export function Deciding({ of: one }: { of: CaseShown }) {
  const may = useMay()
  const decide = useChange(decideCase)
  const reopen = useChange(reopenCase)
  const [decision, setDecision] = useState<Decision>()
  const [isReopening, setReopening] = useState(false)
  const form = useFields({ reason: '' }, async ({ reason }) => {
    demand({ reason: reason.trim() === '' && t('Say why, so that it can be followed later.') })
    if (decision === undefined) return
    await decide.run({ caseId: one.id, version: one.version, decision, reason })
    tell(t('Decided.'))
  })
  const again = useFields({ reason: '' }, async ({ reason }) => {
    demand({ reason: reason.trim() === '' && t('Say why.') })
    await reopen.run({ caseId: one.id, reason })
    tell(t('Opened again.'))
  })
  if (!may(decideCase)) return undefined
  if (!isWaiting(one)) {
    if (!isReopening) {
      return (
        <div className="buttons">
          <Button onClick={() => setReopening(true)}>{t('Open it again')}</Button>
        </div>
      )
    }
    return (
      <Section title={t('Open it again')}>
        <Form of={again} does={t('Open again')} onCancel={() => setReopening(false)}>
          <Textarea label={t('Why')} maxLength={4000} autosize {...again.field('reason')} />
        </Form>
      </Section>
    )
  }
  return (
    <Section title={t('Decide')}>
      <p className="soft">{t('What you decide, and why, stays with the case and stands on the ledger.')}</p>
      <div className="buttons" id={decidingId}>
        {decisions
          .filter((each) => !(each === 'talk' && one.state === 'talk'))
          .map((each) => (
            <Button
              key={each}
              variant={decision === each ? 'light' : 'default'}
              aria-pressed={decision === each}
              onClick={() => setDecision(each)}
            >
              {decisionWords[each]}
            </Button>
          ))}
      </div>
      {decision === undefined ? undefined : (
        <Form of={form} does={sayDeciding(decision)} onCancel={() => setDecision(undefined)}>
          <Textarea
            label={decision === 'talk' ? t('What is to be asked') : t('Why')}
            maxLength={4000}
            autosize
            minRows={2}
            {...form.field('reason')}
          />
        </Form>
      )}
    </Section>
  )
}

function sayDeciding(decision: Decision): string {
  return {
    appropriate: t('It was appropriate'),
    talk: t('Speak with them first'),
    violation: t('It was a violation'),
  }[decision]
}
