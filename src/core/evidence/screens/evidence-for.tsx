/**
 * The evidence of one thing, wherever the thing is shown: what supports it, and how more is added.
 *
 *   <EvidenceFor about={`finding:${finding.id}`} />
 */
import { ActionIcon, Button, Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconLink, IconPaperclip, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import type { WireOutputOf } from '#platform/contract.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Loading, ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { keepEvidence, linkEvidence, listEvidence, unlinkEvidence } from '../contract.ts'
import { KeepForm } from './keep-form.tsx'
import { Validity } from './validity.tsx'

type Listed = WireOutputOf<typeof listEvidence>['items'][number]

/** What supports a thing (`kind:id`), for who may read evidence; for others nothing. */
export function EvidenceFor({ about }: { about: string }) {
  const may = useMay()
  const read = useRead(listEvidence, { about, limit: 50 }, { when: may(listEvidence) })
  const [adding, setAdding] = useState<'file' | 'kept'>()
  if (!may(listEvidence)) return undefined
  return (
    <div className="stack">
      <Loading of={read} rows={2}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? (
              <p className="soft">{t('No file is kept for it yet.')}</p>
            ) : (
              <ul className="evidence-list">
                {items.map((item) => (
                  <One key={item.id} of={item} about={about} />
                ))}
              </ul>
            )}
            {next === null ? undefined : (
              <PageLink to={`/evidence?about=${encodeURIComponent(about)}`}>{t('See all of it')}</PageLink>
            )}
          </>
        )}
      </Loading>
      {adding === 'file' ? (
        <KeepForm about={about} onDone={() => setAdding(undefined)} onCancel={() => setAdding(undefined)} />
      ) : undefined}
      {adding === 'kept' ? <LinkKept about={about} onClose={() => setAdding(undefined)} /> : undefined}
      {adding === undefined && may(linkEvidence) ? (
        <div className="buttons">
          {may(keepEvidence) ? (
            <Button leftSection={<IconPaperclip size={16} stroke={1.5} />} onClick={() => setAdding('file')}>
              {t('Add a file')}
            </Button>
          ) : undefined}
          <Button leftSection={<IconLink size={16} stroke={1.5} />} onClick={() => setAdding('kept')}>
            {t('Link a kept file')}
          </Button>
        </div>
      ) : undefined}
    </div>
  )
}

function One({ of: item, about }: { of: Listed; about: string }) {
  const may = useMay()
  const refreshes = ['ledger', 'requirements']
  const link = useChange(linkEvidence, { refreshes })
  const unlink = useChange(unlinkEvidence, {
    refreshes,
    onDone: () =>
      tell(t('The file supports this no longer. It is still kept.'), {
        does: t('Undo'),
        onDo: () => link.start({ evidenceId: item.id, about }),
      }),
  })
  return (
    <li>
      <div>
        <PageLink to={`/evidence?evidence=${item.id}`}>{item.title}</PageLink>
        <p className="soft">
          <Validity of={item} />, <Age at={item.keptAt} word={t('kept')} />
        </p>
        <ProblemNote problem={unlink.problem} />
      </div>
      {may(unlinkEvidence) ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('{title} supports this no longer', { title: item.title })}
          loading={unlink.isBusy}
          onClick={() => unlink.start({ evidenceId: item.id, about })}
        >
          <IconX size={16} stroke={1.5} />
        </ActionIcon>
      ) : undefined}
    </li>
  )
}

/** Finds a file among those that are kept, by its words. */
function LinkKept({ about, onClose }: { about: string; onClose: () => void }) {
  const [words, setWords] = useState('')
  const [text] = useDebouncedValue(words.trim(), 200)
  const found = useRead(listEvidence, { limit: 20, ...(text === '' ? {} : { text }) })
  const link = useChange(linkEvidence, { refreshes: ['ledger', 'requirements'] })
  const form = useFields({ evidenceId: null as string | null }, async ({ evidenceId }) => {
    await link.run({ evidenceId: evidenceId ?? '', about })
    tell(t('The file supports it from now on.'))
    onClose()
  })
  const choices = (found.data?.items ?? []).filter(({ state }) => state !== 'shredded')
  return (
    <Form of={form} does={t('Link it')} onCancel={onClose}>
      <Select
        label={t('A kept file')}
        placeholder={t('Words of its title')}
        searchable
        searchValue={words}
        onSearchChange={setWords}
        // The server has searched already.
        filter={({ options }) => options}
        nothingFoundMessage={t('No kept file has these words.')}
        data={choices.map(({ id, title }) => ({ value: id, label: title }))}
        {...form.field('evidenceId')}
      />
    </Form>
  )
}
