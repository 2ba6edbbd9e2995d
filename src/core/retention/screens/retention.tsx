/** For how long is kept what proves nothing, and what is never let go. */
import { Button, NumberInput } from '@mantine/core'
import { useState } from 'react'
import { beside } from '#core/sign-in/screens/flaws.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Cite } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { Loading, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { setRetention, showRetention } from '../contract.ts'
import './retention.css'

type Kept = WireOutputOf<typeof showRetention>['kept'][number]

export function RetentionScreen() {
  const read = useRead(showRetention, {})
  return (
    <Page width="reading">
      <PageHead title={t('Retention')} says={t('For how long Vigil keeps what only serves the day’s work.')} />
      <Loading of={read}>
        {({ kept }) => (
          <ul className="retention">
            {kept.map((one) => (
              <Row key={one.kind} kept={one} />
            ))}
          </ul>
        )}
      </Loading>
      <Section title={t('What is kept for as long as Vigil is')}>
        <p>
          {t(
            'The ledger, everything that sources said, what was judged of it, findings, statements and evidence prove what was done. Vigil removes none of it by age: the law wants it for six years at the least.',
          )}
        </p>
        <p>
          <Cite of={['164.316(b)(2)(i)']} />
        </p>
      </Section>
    </Page>
  )
}

function Row({ kept }: { kept: Kept }) {
  const may = useMay()
  const [isOpen, setOpen] = useState(false)
  const { title, says } = wordsOf(kept.kind)
  return (
    <li>
      <div>
        <h2>{title}</h2>
        <p className="soft">{says}</p>
      </div>
      {isOpen ? (
        <Days kept={kept} title={title} onDone={() => setOpen(false)} />
      ) : (
        <div className="retention-days">
          <span>{t('{days, plural, one {one day} other {# days}}', { days: kept.days })}</span>
          {may(setRetention) ? (
            <Button size="xs" onClick={() => setOpen(true)} aria-label={t('Change: {title}', { title })}>
              {t('Change')}
            </Button>
          ) : undefined}
        </div>
      )}
    </li>
  )
}

function Days({ kept, title, onDone }: { kept: Kept; title: string; onDone: () => void }) {
  const set = useChange(setRetention)
  const form = useFields({ days: kept.days }, async ({ days }) => {
    await beside({ 'retention-': 'days' }, () => set.run({ kind: kept.kind, days: Number(days) }))
    tell(t('Retention is changed.'))
    onDone()
  })
  return (
    <Form of={form} does={t('Save')} onCancel={onDone}>
      <NumberInput
        label={t('Days: {title}', { title })}
        description={t('From {least} to {most}; usually {usual}.', {
          least: kept.least,
          most: kept.most,
          usual: kept.usual,
        })}
        min={kept.least}
        max={kept.most}
        allowDecimal={false}
        clampBehavior="none"
        data-autofocus
        {...form.field('days')}
      />
    </Form>
  )
}

function wordsOf(kind: Kept['kind']): { readonly title: string; readonly says: string } {
  return {
    jobs: { title: t('Jobs'), says: t('What Vigil did in the background, and how it went.') },
    notifications: { title: t('Notifications'), says: t('What members were told in the app.') },
    rejects: {
      title: t('Rejected rows'),
      says: t('Which rows of a file could not be read. How many they were is kept with the file’s run.'),
    },
    'webhook-attempts': { title: t('Messages to webhooks'), says: t('How messages to other programs went.') },
  }[kind]
}
