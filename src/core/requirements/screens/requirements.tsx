/** What the law asks, as a tree, and how each paragraph stands. The proposal of 2025 is shown apart: it obliges nobody. */
import { Button, Select, Switch, TextInput } from '@mantine/core'
import { IconPrinter } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'
import { useRead } from '#ui/data.ts'
import { PageLink, useWord, useWords } from '#ui/link.tsx'
import { Filters, Page, PageHead, Section } from '#ui/page.tsx'
import { usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { EmptyState, Loading, Note } from '#ui/say.tsx'
import { StatusBar, statuses } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { decide, listRequirements } from '../contract.ts'
import { LawTree, Row, useFolding, useLast } from './law-tree.tsx'
import { RequirementPanel } from './requirement-panel.tsx'
import { growTree, isUndecided, type Kind, kinds, type Listed, sumCounts, type Wanted } from './requirement-words.ts'
import './requirements.css'

export function RequirementsScreen() {
  const read = useRead(listRequirements, { profile: 'hipaa' })
  const wanted = useWanted()
  const [proposal] = useWord('proposal')
  const chosen = useLast(usePanel('paragraph').value)
  return (
    <Page>
      <PageHead
        title={t('Requirements')}
        says={read.data ? <Standing of={read.data} /> : t('What the law asks of you, and how each paragraph stands.')}
        action={read.data ? <NextAction of={read.data} kind={wanted.kind} /> : undefined}
      />
      <Controls listed={read.data} wanted={wanted} />
      {proposal === undefined ? undefined : <Proposal text={wanted.text} />}
      <Loading of={read} rows={12}>
        {(listed) => <Law listed={listed} wanted={wanted} chosen={chosen} />}
      </Loading>
      <RequirementPanel />
    </Page>
  )
}

/** What is asked for, as it stands in the address. */
function useWanted(): Wanted {
  const { words } = useWords()
  const status = statuses.find((each) => each === words.get('status'))
  const kind = (Object.keys(kinds) as Kind[]).find((each) => each === words.get('kind'))
  const isNarrow = status !== undefined || kind !== undefined
  return {
    status,
    kind,
    text: words.get('text') ?? undefined,
    part: words.get('part') ?? undefined,
    all: words.has('explains') && !isNarrow,
  }
}

function Standing({ of: listed }: { of: Listed }) {
  const counts = sumCounts(listed.subparts.flatMap(({ citation }) => growTree(listed, citation, { all: false })))
  const total = statuses.reduce((sum, status) => sum + counts[status], 0)
  return t(
    'Of {total} paragraphs that bind you, {proved} are proved and {attested} attested; {failed} fail and {unknown} are unknown.',
    { total, ...counts },
  )
}

/** An officer is led to what only a person can decide. */
function NextAction({ of: listed, kind }: { of: Listed; kind: Kind | undefined }) {
  const { addressWith } = useWords()
  const undecided = listed.items.filter(isUndecided).length
  if (!useMay()(decide) || undecided === 0 || kind === 'undecided') return undefined
  return (
    <Button component={PageLink} variant="filled" to={addressWith({ kind: 'undecided', status: undefined })}>
      {t('{count, plural, one {Decide on one specification} other {Decide on # specifications}}', { count: undecided })}
    </Button>
  )
}

function Controls({ listed, wanted }: { listed: Listed | undefined; wanted: Wanted }) {
  const { words, set } = useWords()
  const change = (name: string) => (value: string | null | undefined) =>
    set({ [name]: value ?? undefined }, { replace: true })
  const isNarrow = wanted.status !== undefined || wanted.kind !== undefined
  const parts = (listed?.subparts ?? []).map((subpart) => ({
    group: subpart.title,
    items: [
      { value: subpart.citation, label: t('{rule}, all of it', { rule: subpart.title }) },
      ...(listed?.items ?? [])
        .filter(({ parent }) => parent === subpart.citation)
        .map(({ citation, title }) => ({ value: citation, label: t('{title} (§ {citation})', { title, citation }) })),
    ],
  }))
  return (
    <Filters>
      <TextInput
        label={t('Find')}
        placeholder={t('a word or a citation')}
        type="search"
        value={wanted.text ?? ''}
        onChange={(event) => change('text')(event.currentTarget.value)}
        w={208}
      />
      <Select
        label={t('Part of the law')}
        placeholder={t('all of it')}
        data={parts}
        value={wanted.part ?? null}
        onChange={change('part')}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': t('Show all parts of the law') }}
        nothingFoundMessage={t('No part has these words.')}
        w={232}
      />
      <Select
        label={t('How it stands')}
        placeholder={t('all')}
        data={[...statuses]}
        value={wanted.status ?? null}
        onChange={change('status')}
        clearable
        clearButtonProps={{ 'aria-label': t('Show all, however they stand') }}
        w={144}
      />
      <Select
        label={t('How it binds')}
        placeholder={t('all')}
        data={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
        value={wanted.kind ?? null}
        onChange={change('kind')}
        clearable
        clearButtonProps={{ 'aria-label': t('Show all, however they bind') }}
        w={208}
      />
      <div className="switches">
        <Switch
          label={t('Also what only explains')}
          checked={wanted.all}
          disabled={isNarrow}
          onChange={(event) => change('explains')(event.currentTarget.checked ? 'yes' : undefined)}
        />
        <Switch
          label={t('The 2025 proposal (not law)')}
          checked={words.has('proposal')}
          onChange={(event) => change('proposal')(event.currentTarget.checked ? 'yes' : undefined)}
        />
      </div>
    </Filters>
  )
}

function Law({ listed, wanted, chosen }: { listed: Listed; wanted: Wanted; chosen: string | undefined }) {
  const isPrinted = usePrinting()
  const panel = usePanel('paragraph')
  const isFiltered = Boolean(wanted.text) || wanted.status !== undefined || wanted.kind !== undefined
  const folding = useFolding({ isOpen: isFiltered, isPrinted, chosen })
  const parts = listed.subparts
    .map((subpart) => ({ subpart, branches: growTree(listed, subpart.citation, wanted) }))
    .filter(({ branches }) => branches.length > 0)
  if (parts.length === 0) return <NothingLike wanted={wanted} />
  return (
    <div className="stack law-parts">
      <div className="law-tools">
        <Button size="xs" onClick={folding.setAll}>
          {folding.isAllOpen ? t('Fold all') : t('Unfold all')}
        </Button>
        <Button size="xs" leftSection={<IconPrinter size={14} stroke={1.5} />} onClick={() => window.print()}>
          {t('Print')}
        </Button>
      </div>
      {parts.map(({ subpart, branches }) => (
        <Section
          key={subpart.citation}
          title={subpart.title}
          aside={
            <div className="part-counts">
              <StatusBar counts={sumCounts(branches)} of={t('paragraphs')} isSmall />
            </div>
          }
        >
          <LawTree branches={branches} label={subpart.title} folding={folding} panel={panel} />
        </Section>
      ))}
    </div>
  )
}

function NothingLike({ wanted }: { wanted: Wanted }) {
  const { addressWith } = useWords()
  if (wanted.kind === 'undecided' && !wanted.text && wanted.status === undefined) {
    return (
      <EmptyState
        title={t('Every addressable specification is decided on')}
        action={<PageLink to={addressWith({ kind: undefined })}>{t('Show all of the law')}</PageLink>}
      >
        {t('Each decision is looked at again on its day of review; it then stands here.')}
      </EmptyState>
    )
  }
  return <EmptyState title={t('No paragraph is like that')}>{t('Choose less in the filters above.')}</EmptyState>
}

/** Whether the page is being printed: then all of it is unfolded. */
function usePrinting(): boolean {
  const [isPrinted, setPrinted] = useState(false)
  useEffect(() => {
    // At once: the browser prints what stands when the event has been heard.
    const begin = () => flushSync(() => setPrinted(true))
    const end = () => setPrinted(false)
    window.addEventListener('beforeprint', begin)
    window.addEventListener('afterprint', end)
    return () => {
      window.removeEventListener('beforeprint', begin)
      window.removeEventListener('afterprint', end)
    }
  }, [])
  return isPrinted
}

function Proposal({ text }: { text: string | undefined }) {
  const read = useRead(listRequirements, { profile: 'nprm-2025' })
  const panel = usePanel('paragraph')
  const words = text?.trim().toLowerCase() ?? ''
  return (
    <Section title={t('The 2025 proposal')}>
      <Note kind="warning">
        <p>
          {rich(
            '<b>Proposed, not law.</b> The government proposed these changes to the Security Rule in January 2025. They oblige nobody, and have no status here.',
            { b: (said) => <b>{said}</b> },
          )}
        </p>
      </Note>
      <Loading of={read} rows={6}>
        {({ items }) => (
          <ul className="branches proposed" aria-label={t('The 2025 proposal')}>
            {items
              .filter(({ title, statement }) => `${title} ${statement}`.toLowerCase().includes(words))
              .map((paragraph) => (
                <li key={paragraph.citation} data-chosen={panel.value === paragraph.citation || undefined}>
                  <Row of={paragraph} panel={panel} />
                </li>
              ))}
          </ul>
        )}
      </Loading>
    </Section>
  )
}
