/** What the law asks, as a tree, and how each paragraph stands. The proposal of 2025 is shown apart: it obliges nobody. */
import { Button, Select, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useRead } from '#ui/data.ts'
import { PageLink, useWord } from '#ui/link.tsx'
import { Filters, Page, PageHead, Section } from '#ui/page.tsx'
import { usePanel } from '#ui/panel.tsx'
import { EmptyState, Loading, Note } from '#ui/say.tsx'
import { StatusBar, StatusMark, statuses } from '#ui/status.tsx'
import { listRequirements } from '../contract.ts'
import { RequirementPanel } from './requirement-panel.tsx'
import {
  type Branch,
  growTree,
  type Listed,
  type Paragraph,
  type SectionTree,
  sayCitation,
  statusOf,
  sumCounts,
} from './requirement-words.ts'
import './requirements.css'

export function RequirementsScreen() {
  const read = useRead(listRequirements, { profile: 'hipaa' })
  const [status, setStatus] = useWord('status')
  const [text, setText] = useWord('text')
  const [explains, setExplains] = useWord('explains')
  const [proposal, setProposal] = useWord('proposal')
  const wantedStatus = statuses.find((each) => each === status)
  const wanted = { status: wantedStatus, text, all: explains !== undefined && wantedStatus === undefined }
  return (
    <Page>
      <PageHead
        title="Requirements"
        says={read.data ? sayStanding(read.data) : 'What the law asks of you, and how each paragraph stands.'}
      />
      <Filters>
        <TextInput
          label="Find"
          placeholder="a word or a citation"
          value={text ?? ''}
          onChange={(event) => setText(event.currentTarget.value)}
          w={240}
        />
        <Select
          label="How it stands"
          placeholder="all"
          data={[...statuses]}
          value={wantedStatus ?? null}
          onChange={setStatus}
          clearable
          clearButtonProps={{ 'aria-label': 'Show all, however they stand' }}
          w={160}
        />
        <div className="switches">
          <Switch
            label="Also what only explains"
            checked={wanted.all}
            disabled={wantedStatus !== undefined}
            onChange={(event) => setExplains(event.currentTarget.checked ? 'yes' : undefined)}
          />
          <Switch
            label="The 2025 proposal (not law)"
            checked={proposal !== undefined}
            onChange={(event) => setProposal(event.currentTarget.checked ? 'yes' : undefined)}
          />
        </div>
      </Filters>
      {proposal === undefined ? undefined : <Proposal text={text} />}
      <Loading of={read} rows={12}>
        {(listed) => <Law listed={listed} wanted={wanted} isFiltered={Boolean(text) || wantedStatus !== undefined} />}
      </Loading>
      <RequirementPanel />
    </Page>
  )
}

function sayStanding(listed: Listed): string {
  const counts = sumCounts(listed.subparts.flatMap(({ citation }) => growTree(listed, citation, { all: true })))
  const total = statuses.reduce((sum, status) => sum + counts[status], 0)
  const met = counts.proved + counts.attested
  return `Of ${total} paragraphs that bind you, ${met} are met, ${counts.failed} fail and ${counts.unknown} are unknown.`
}

function Law({
  listed,
  wanted,
  isFiltered,
}: {
  listed: Listed
  wanted: Parameters<typeof growTree>[2]
  isFiltered: boolean
}) {
  const [isAllOpen, setAllOpen] = useState(false)
  const parts = listed.subparts.map((subpart) => ({ subpart, trees: growTree(listed, subpart.citation, wanted) }))
  const shown = parts.filter(({ trees }) => trees.length > 0)
  if (shown.length === 0) {
    return <EmptyState title="No paragraph is like that">Choose less in the filters above.</EmptyState>
  }
  return (
    <div className="stack">
      {shown.map(({ subpart, trees }, at) => (
        <Section
          key={subpart.citation}
          title={subpart.title}
          aside={
            at === 0 && !isFiltered ? (
              <Button size="xs" onClick={() => setAllOpen(!isAllOpen)}>
                {isAllOpen ? 'Fold all' : 'Unfold all'}
              </Button>
            ) : undefined
          }
        >
          <div className="law">
            {trees.map((tree) => (
              <LawSection
                key={`${tree.section.citation} ${isAllOpen || isFiltered}`}
                tree={tree}
                isOpen={isAllOpen || isFiltered}
                isSectionShown={wanted.all || tree.section.binding}
              />
            ))}
          </div>
        </Section>
      ))}
    </div>
  )
}

function LawSection({
  tree: { section, below, counts },
  isOpen,
  isSectionShown,
}: {
  tree: SectionTree
  isOpen: boolean
  isSectionShown: boolean
}) {
  const isBinding = statuses.some((status) => counts[status] > 0)
  return (
    <details className="law-section" open={isOpen}>
      <summary>
        <span className="law-title">
          <b>{section.title}</b>
          <span className="cite">{sayCitation(section)}</span>
        </span>
        {isBinding ? <StatusBar counts={counts} of="paragraphs" isSmall /> : <span className="soft">explains</span>}
      </summary>
      <ul className="paragraphs" aria-label={section.title}>
        {isSectionShown ? <Row branch={{ paragraph: section, depth: 0 }} /> : undefined}
        {below.map((branch) => (
          <Row key={branch.paragraph.citation} branch={branch} />
        ))}
      </ul>
    </details>
  )
}

function Row({ branch: { paragraph, depth } }: { branch: Branch }) {
  const panel = usePanel('paragraph')
  return (
    <li
      data-depth={Math.min(depth, 4)}
      data-chosen={panel.value === paragraph.citation || undefined}
      data-binding={paragraph.binding || undefined}
    >
      <Mark of={paragraph} />
      <div>
        <PageLink to={panel.addressOf(paragraph.citation)} className="row-link">
          {depth === 0 ? 'The section as a whole' : paragraph.title}
        </PageLink>
        <p className="soft">{paragraph.statement}</p>
      </div>
      <span className="paragraph-end">
        {paragraph.required === null ? undefined : <span>{paragraph.required}</span>}
        <span className="cite">{sayCitation(paragraph)}</span>
      </span>
    </li>
  )
}

function Mark({ of: paragraph }: { of: Paragraph }) {
  if (paragraph.proposed) return <span className="no-mark" />
  if (paragraph.binding) return <StatusMark status={statusOf(paragraph)} isBare />
  return <span className="no-mark" />
}

function Proposal({ text }: { text: string | undefined }) {
  const read = useRead(listRequirements, { profile: 'nprm-2025' })
  const words = text?.trim().toLowerCase() ?? ''
  return (
    <Section title="The 2025 proposal">
      <Note kind="warning">
        <p>
          <b>Proposed, not law.</b> The government proposed these changes to the Security Rule in January 2025. They
          oblige nobody, and have no status here.
        </p>
      </Note>
      <Loading of={read} rows={6}>
        {({ items }) => (
          <ul className="paragraphs proposed" aria-label="The 2025 proposal">
            {items
              .filter(({ title, statement }) => `${title} ${statement}`.toLowerCase().includes(words))
              .map((paragraph) => (
                <Row key={paragraph.citation} branch={{ paragraph, depth: 1 }} />
              ))}
          </ul>
        )}
      </Loading>
    </Section>
  )
}
