/** The law as nested lists that fold: sections, standards, specifications, each with how it and all below it stands. */
import { IconChevronRight } from '@tabler/icons-react'
import { type CSSProperties, type ReactNode, useId, useState } from 'react'
import { PageLink } from '#ui/link.tsx'
import type { usePanel } from '#ui/panel.tsx'
import { StatusBar, StatusMark, statuses } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { type Branch, type Paragraph, sayCitation, sayDecision, statusOf } from './requirement-words.ts'

type Panel = Pick<ReturnType<typeof usePanel>, 'value' | 'addressOf'>

export interface Folding {
  readonly isAllOpen: boolean
  readonly setAll: () => void
  readonly isOpen: (branch: Branch) => boolean
  readonly fold: (branch: Branch) => void
}

/** Which branches are unfolded: those that somebody unfolded, what is chosen, or all. */
/** What was chosen last stays in sight when its panel is closed, also where that was before the law was there. */
export function useLast(chosen: string | undefined): string | undefined {
  const [last, setLast] = useState(chosen)
  if (chosen !== undefined && chosen !== last) setLast(chosen)
  return chosen ?? last
}

export function useFolding({
  isOpen: isOpenAtFirst,
  isPrinted,
  chosen,
}: {
  readonly isOpen: boolean
  readonly isPrinted: boolean
  readonly chosen: string | undefined
}): Folding {
  const [all, setAll] = useState<boolean>()
  const [each, setEach] = useState<ReadonlyMap<string, boolean>>(new Map())
  const isAllOpen = all ?? isOpenAtFirst
  const isOpen = (branch: Branch) =>
    isPrinted || (each.get(branch.paragraph.citation) ?? (isAllOpen || holds(branch, chosen)))
  return {
    isAllOpen,
    setAll: () => {
      setAll(!isAllOpen)
      setEach(new Map())
    },
    isOpen,
    fold: (branch) => setEach(new Map(each).set(branch.paragraph.citation, !isOpen(branch))),
  }
}

function holds({ below }: Branch, citation: string | undefined): boolean {
  return below.some((branch) => branch.paragraph.citation === citation || holds(branch, citation))
}

export function LawTree({
  branches,
  label,
  folding,
  panel,
  depth = 0,
  id,
}: {
  branches: readonly Branch[]
  label: string
  folding: Folding
  panel: Panel
  depth?: number
  id?: string
}) {
  return (
    <ul
      className="branches"
      aria-label={label}
      style={{ '--depth': depth } as CSSProperties}
      {...(id === undefined ? {} : { id })}
    >
      {branches.map((branch) => (
        <Limb key={branch.paragraph.citation} branch={branch} folding={folding} panel={panel} depth={depth} />
      ))}
    </ul>
  )
}

function Limb({ branch, folding, panel, depth }: { branch: Branch; folding: Folding; panel: Panel; depth: number }) {
  const { paragraph, below, counts } = branch
  const isOpen = below.length > 0 && folding.isOpen(branch)
  const id = useId()
  const isBinding = statuses.some((status) => counts[status] > 0)
  const isHead = paragraph.kind === 'section'
  const fold =
    below.length === 0 ? undefined : (
      <button
        type="button"
        className="fold"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={
          isOpen ? t('Fold {title}', { title: paragraph.title }) : t('Unfold {title}', { title: paragraph.title })
        }
        onClick={() => folding.fold(branch)}
      >
        <IconChevronRight size={16} stroke={1.5} aria-hidden="true" />
      </button>
    )
  return (
    <li data-kind={isHead ? 'section' : undefined} data-chosen={panel.value === paragraph.citation || undefined}>
      <Row
        of={paragraph}
        panel={panel}
        fold={fold}
        isShort={isHead}
        counts={
          below.length > 0 && isBinding ? (
            <div className="branch-counts">
              <StatusBar counts={counts} of={t('paragraphs')} isSmall />
            </div>
          ) : undefined
        }
      />
      {isOpen ? (
        <LawTree id={id} branches={below} label={paragraph.title} folding={folding} panel={panel} depth={depth + 1} />
      ) : undefined}
    </li>
  )
}

export function Row({
  of: paragraph,
  panel,
  fold,
  counts,
  isShort,
}: {
  of: Paragraph
  panel: Panel
  fold?: ReactNode
  counts?: ReactNode
  /** Without what it asks: the paragraphs below it say that. */
  isShort?: boolean
}) {
  return (
    <div className="branch">
      {fold ?? <span className="fold" />}
      {paragraph.binding && !paragraph.proposed ? <StatusMark status={statusOf(paragraph)} isBare /> : undefined}
      <div className="branch-words">
        <PageLink to={panel.addressOf(paragraph.citation)} className="row-link">
          {paragraph.title}
        </PageLink>{' '}
        <span className="cite">{sayCitation(paragraph)}</span>
        {isShort ? undefined : <p className="soft">{paragraph.statement}</p>}
      </div>
      {counts}
      {paragraph.required === null ? undefined : (
        <span className="branch-end">
          {paragraph.required === 'required' ? t('required') : t('addressable')}
          {paragraph.required === 'addressable' ? <span className="soft">{sayDecision(paragraph)}</span> : undefined}
        </span>
      )}
    </div>
  )
}
