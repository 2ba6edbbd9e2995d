/** One paragraph: what it asks, what meets it and how that stands, what was decided, and what else it serves. */
import type { ReactNode } from 'react'
import { open } from '#sources/deliveries/contract.ts'
import { useRead } from '#ui/data.ts'
import { Age, Cite, DayText } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { Loading, Note } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { useMay } from '#ui/viewer.tsx'
import { decide, showRequirement } from '../contract.ts'
import '#core/intake/screens/intake.css'
import { Decide } from './decide-form.tsx'
import { asSentence, type Decision, decisionStates, decisionWords, type Shown, statusOf } from './requirement-words.ts'

export function RequirementPanel() {
  const panel = usePanel('paragraph')
  const citation = panel.value
  const read = useRead(showRequirement, { citation: citation ?? '' }, { when: citation !== undefined })
  const shown = read.data?.requirement.citation === citation ? read.data : undefined
  return (
    <SidePanel
      isOpen={citation !== undefined}
      onClose={panel.close}
      title={shown?.requirement.title ?? citation ?? ''}
      mark={shown?.requirement.binding ? <StatusMark status={statusOf(shown.requirement)} /> : undefined}
    >
      <Loading of={{ ...read, data: shown }} rows={8}>
        {(page) => <Paragraph key={page.requirement.citation} page={page} />}
      </Loading>
    </SidePanel>
  )
}

const kinds = {
  required: 'Required: it has to be met.',
  addressable: 'Addressable: you decide how, and write down why.',
}

function Paragraph({ page }: { page: Shown }) {
  const { requirement, children, safeguards, evidence } = page
  const may = useMay()
  const panel = usePanel('paragraph')
  return (
    <div className="stack">
      {requirement.proposed ? (
        <Note kind="warning">
          <b>Proposed, not law.</b> It obliges nobody.
        </Note>
      ) : (
        <Cite of={[requirement.citation]} />
      )}
      <p>{requirement.statement}</p>
      {requirement.required === null ? undefined : <p className="soft">{kinds[requirement.required]}</p>}
      {requirement.whyUnknown === null ? undefined : (
        <Note>
          <p>
            <b>Why it is unknown</b>
          </p>
          <p>{asSentence(withoutName(requirement.whyUnknown))}</p>
          {may(open) && safeguards.some(({ status }) => status === 'unknown') ? (
            <PageLink to="/sources/bring">Bring what would tell</PageLink>
          ) : undefined}
        </Note>
      )}
      {safeguards.length > 0 ? (
        <Part title="What meets it">
          <ul className="plain-list">
            {safeguards.map((safeguard) => (
              <li key={safeguard.name}>
                <StatusMark status={safeguard.status} isBare />
                <div>
                  <PageLink to={`/practices/${safeguard.practice}`}>{safeguard.title}</PageLink>
                  {safeguard.whyUnknown === null ? undefined : (
                    <p className="soft">{asSentence(safeguard.whyUnknown)}</p>
                  )}
                  {safeguard.status === 'failed' ? (
                    <p>
                      <PageLink to={`/findings?safeguard=${safeguard.name}`}>See what fails</PageLink>
                    </p>
                  ) : undefined}
                </div>
              </li>
            ))}
          </ul>
        </Part>
      ) : undefined}
      {requirement.required === 'addressable' && !requirement.proposed ? <Decisions page={page} /> : undefined}
      {children.length > 0 ? (
        <Part title="Below it">
          <ul className="plain-list">
            {children.map((child) => (
              <li key={child.citation}>
                {child.status === null ? <span className="no-mark" /> : <StatusMark status={child.status} isBare />}
                <div>
                  <PageLink to={panel.addressOf(child.citation)}>{child.title}</PageLink>{' '}
                  <span className="cite">§ {child.citation}</span>
                </div>
              </li>
            ))}
          </ul>
        </Part>
      ) : undefined}
      {requirement.amends.length > 0 ? (
        <Part title="What it would change">
          <ul className="plain-list">
            {requirement.amends.map((citation) => (
              <li key={citation}>
                <PageLink to={panel.addressOf(citation)}>§ {citation}</PageLink>
              </li>
            ))}
          </ul>
        </Part>
      ) : undefined}
      {evidence.length > 0 ? (
        <Part title="Evidence">
          <ul className="plain-list">
            {evidence.map(({ id, title, keptAt }) => (
              <li key={id}>
                <div>
                  <PageLink to={`/evidence?evidence=${id}`}>{title}</PageLink>
                </div>
                <Age at={keptAt} word="kept" />
              </li>
            ))}
          </ul>
        </Part>
      ) : undefined}
      <Crosswalk of={page.crosswalk} />
    </div>
  )
}

/** A reason begins with the name of the safeguard, which stands below in words. */
const withoutName = (text: string) => text.replace(/^[a-z-]+\.[a-z0-9.-]+: /, '')

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="part-of-it">
      <h3>{title}</h3>
      {children}
    </section>
  )
}

function Decisions({ page: { requirement, decisions, safeguards } }: { page: Shown }) {
  const may = useMay()
  const [newest, ...former] = decisions
  return (
    <Part title="What was decided">
      {newest === undefined ? (
        <p className="soft">Nothing yet.</p>
      ) : (
        <>
          <OneDecision of={newest} />
          {former.length > 0 ? (
            <details className="unfold">
              <summary>{former.length === 1 ? 'One before' : `${former.length} before`}</summary>
              {former.map((decision) => (
                <OneDecision key={decision.id} of={decision} />
              ))}
            </details>
          ) : undefined}
        </>
      )}
      {safeguards.length > 0 ? (
        <p className="soft">A safeguard measures it: what was measured speaks, whatever was decided.</p>
      ) : undefined}
      {may(decide) ? <Decide citation={requirement.citation} isFirst={newest === undefined} /> : undefined}
    </Part>
  )
}

function OneDecision({ of: decision }: { of: Decision }) {
  return (
    <div className="decision">
      <b>{decisionWords[decision.decision]}</b>
      <p>{decision.why}</p>
      <p className="soft">
        Approved by {decision.approvedBy} on <DayText day={decision.decidedOn} />, {decisionStates[decision.state]}
        {decision.state === 'superseded' ? (
          '.'
        ) : (
          <>
            , to be looked at again on <DayText day={decision.reviewOn} />.
          </>
        )}
      </p>
    </div>
  )
}

function Crosswalk({ of: codes }: { of: Shown['crosswalk'] }) {
  const frameworks = [...new Set(codes.map(({ title }) => title))]
  if (frameworks.length === 0) return undefined
  return (
    <details className="unfold">
      <summary>What else this serves</summary>
      <div className="stack">
        {frameworks.map((framework) => (
          <section key={framework}>
            <h4>{framework}</h4>
            <ul className="plain-list">
              {codes
                .filter(({ title }) => title === framework)
                .map(({ code, name, basis }) => (
                  <li key={code}>
                    <div>
                      <span className="mono">{code}</span> {name}
                      {basis === 'judged' ? <span className="soft"> (our judgement)</span> : undefined}
                    </div>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
    </details>
  )
}
