/** Evidence: files that support what is claimed; kept sealed, linked to what they support, opened with a record of it. */
import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconUpload } from '@tabler/icons-react'
import { useState } from 'react'
import { usePages, useRead } from '#ui/data.ts'
import { Age, DayText } from '#ui/facts.tsx'
import { PageLink, useWords } from '#ui/link.tsx'
import { Filters, Page, PageHead } from '#ui/page.tsx'
import { usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { EmptyState, Note } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { type Column, DataTable } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import { keepEvidence, listEvidence } from '../contract.ts'
import { EvidencePanel } from './evidence-panel.tsx'
import { placeOf, sayKind, validityChoices } from './evidence-words.ts'
import { KeepPanel } from './keep-panel.tsx'
import { Validity } from './validity.tsx'

export function EvidenceScreen() {
  const { words, set, addressWith } = useWords()
  const validity = validityChoices.find(({ value }) => value === words.get('validity'))?.value
  const about = words.get('about') ?? undefined
  const [text, setText] = useState(words.get('text') ?? '')
  const [asked] = useDebouncedValue(text.trim(), 250)
  const pages = usePages(listEvidence, {
    limit: 100,
    ...(asked === '' ? {} : { text: asked }),
    ...(validity ? { validity } : {}),
    ...(about === undefined ? {} : { about }),
  })
  const ending = useRead(listEvidence, { validity: 'ending', limit: 50 }).data
  const panel = usePanel('evidence')
  const mayKeep = useMay()(keepEvidence)
  const isFiltered = asked !== '' || validity !== undefined || about !== undefined
  const isEmpty = pages.items.length === 0 && !pages.isLoading && !pages.problem
  const keep = mayKeep ? (
    <Button
      variant="filled"
      leftSection={<IconUpload size={16} stroke={1.5} />}
      onClick={() => set({ keep: 'file', for: about })}
    >
      {t('Keep a file')}
    </Button>
  ) : undefined
  type Item = (typeof pages.items)[number]
  const columns: readonly Column<Item>[] = [
    { head: t('Title'), cell: ({ title }) => <span title={title}>{title}</span> },
    { head: t('File'), cell: ({ fileName }) => fileName, width: '22%', from: 1200 },
    { head: t('Supports'), cell: ({ links }) => <Supports count={links} />, width: '112px', from: 1000 },
    { head: t('How it stands'), cell: (item) => <Validity of={item} />, width: '144px' },
    {
      head: t('Valid until'),
      cell: ({ validUntilOn }) =>
        validUntilOn === null ? <span className="soft">{t('no end')}</span> : <DayText day={validUntilOn} />,
      width: '120px',
    },
    { head: t('Kept'), cell: ({ keptAt }) => <Age at={keptAt} />, width: '120px' },
  ]
  return (
    <Page>
      <PageHead
        title={t('Evidence')}
        says={
          ending && ending.items.length > 0 && validity !== 'ending'
            ? rich(
                '<link>{count, plural, one {One file ends} other {# files end}} soon.</link> Keep the next one in time.',
                {
                  count: ending.items.length,
                  link: (said) => <PageLink to={addressWith({ validity: 'ending' })}>{said}</PageLink>,
                },
              )
            : t('Files that support what you claim, sealed. Who keeps one and who opens it stands on the ledger.')
        }
        action={isEmpty && !isFiltered ? undefined : keep}
      />
      {isEmpty && !isFiltered ? undefined : (
        <Filters>
          <TextInput
            label={t('Search')}
            placeholder={t('Words of a title or file')}
            type="search"
            maxLength={100}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value)
              set({ text: event.currentTarget.value.trim() || undefined }, { replace: true })
            }}
            w={240}
          />
          <Select
            label={t('How it stands')}
            placeholder={t('any')}
            data={[...validityChoices]}
            value={validity ?? null}
            onChange={(value) => set({ validity: value ?? undefined }, { replace: true })}
            clearable
            clearButtonProps={{ 'aria-label': t('However it stands') }}
            w={176}
          />
        </Filters>
      )}
      {about === undefined ? undefined : <About of={about} />}
      <DataTable
        label={t('Evidence')}
        pages={pages}
        columns={columns}
        keyOf={({ id }) => id}
        linkOf={({ id }) => panel.addressOf(id)}
        chosen={panel.value}
        lines={(item) => ({
          title: item.title,
          detail: (
            <>
              <Validity of={item} />, <Age at={item.keptAt} word={t('kept')} />
            </>
          ),
        })}
        empty={
          isFiltered ? (
            <EmptyState title={t('No evidence is like that')} action={about === undefined ? undefined : keep}>
              {t('Choose less in the filters above.')}
            </EmptyState>
          ) : (
            <EmptyState title={t('No evidence is kept yet')} action={keep}>
              {t(
                'Policies, signed agreements, reports of drills: what an auditor would ask for, kept where it cannot be changed.',
              )}
            </EmptyState>
          )
        }
      />
      <EvidencePanel />
      {mayKeep ? (
        <KeepPanel onKept={(evidenceId) => set({ keep: undefined, for: undefined, evidence: evidenceId })} />
      ) : undefined}
    </Page>
  )
}

function Supports({ count }: { count: number }) {
  if (count === 0) return <span className="soft">{t('nothing yet')}</span>
  return <>{t('{count, plural, one {# thing} other {# things}}', { count })}</>
}

/** The one thing whose evidence is shown, and the way to all of it. */
function About({ of: about }: { of: string }) {
  const { addressWith } = useWords()
  const place = placeOf(about)
  return (
    <Note>
      <p>
        {rich('Only what supports <thing>one {kind}</thing>. <all>Show all evidence</all>', {
          kind: sayKind(about),
          thing: (said) => (place === undefined ? said : <PageLink to={place}>{said}</PageLink>),
          all: (said) => <PageLink to={addressWith({ about: undefined })}>{said}</PageLink>,
        })}
      </p>
    </Note>
  )
}
