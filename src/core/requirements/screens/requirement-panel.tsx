/** One paragraph: what it asks, what meets it and how that stands, what was decided, and what else it serves. */
import { IconExternalLink } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { open } from '#sources/deliveries/contract.ts'
import { useRead } from '#ui/data.ts'
import { Age, Cite, DayText } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { Loading, Note } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { EvidenceFor } from '../../evidence/screens/evidence-for.tsx'
import { placeOf } from '../../evidence/screens/evidence-words.ts'
import { decide, showRequirement } from '../contract.ts'
import '#core/intake/screens/intake.css'
import { Decide } from './decide-form.tsx'
import {
  asSentence,
  type Decision,
  decisionStates,
  decisionWords,
  lawAddress,
  type Shown,
  sayCitation,
  statusOf,
} from './requirement-words.ts'

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

const kindWords = {
  required: t('Required: it has to be met.'),
  addressable: t('Addressable: you decide how, and write down why.'),
}

function Paragraph({ page }: { page: Shown }) {
  const { requirement, children, safeguards } = page
  const may = useMay()
  const panel = usePanel('paragraph')
  return (
    <div className="stack">
      {requirement.proposed ? (
        <Note kind="warning">
          {rich('<b>Proposed, not law.</b> It obliges nobody.', { b: (said) => <b>{said}</b> })}
        </Note>
      ) : undefined}
      <p>{requirement.statement}</p>
      <p className="soft">
        {requirement.required === null ? undefined : <>{kindWords[requirement.required]} </>}
        {requirement.proposed ? undefined : <Cite of={[requirement.citation]} />}{' '}
        <a href={lawAddress(requirement)} target="_blank" rel="noreferrer" className="outward">
          {requirement.proposed ? t('Read the proposal') : t('Read the law')}
          <IconExternalLink size={14} stroke={1.5} aria-hidden="true" />
          <span className="only-read">{t('(opens another site)')}</span>
        </a>
      </p>
      {requirement.whyUnknown === null ? undefined : (
        <Note>
          <p>
            <b>{t('Why it is unknown')}</b>
          </p>
          <p>{asSentence(withoutName(requirement.whyUnknown))}</p>
          {may(open) && safeguards.some(({ status }) => status === 'unknown') ? (
            <PageLink to="/sources/bring">{t('Bring what would tell')}</PageLink>
          ) : undefined}
        </Note>
      )}
      {safeguards.length > 0 ? (
        <Part title={t('What meets it')}>
          <ul className="plain-list">
            {safeguards.map((safeguard) => (
              <li key={safeguard.name}>
                <StatusMark status={safeguard.status} isBare />
                <div>
                  <PageLink to={placeOf(`safeguard:${safeguard.name}`) ?? '/posture'}>{safeguard.title}</PageLink>
                  {safeguard.whyUnknown === null ? undefined : (
                    <p className="soft">{asSentence(safeguard.whyUnknown)}</p>
                  )}
                  {safeguard.status === 'failed' ? (
                    <p>
                      <PageLink to={`/findings?safeguard=${safeguard.name}`}>{t('See what fails')}</PageLink>
                    </p>
                  ) : undefined}
                </div>
              </li>
            ))}
          </ul>
        </Part>
      ) : undefined}
      {requirement.required === 'addressable' && !requirement.proposed ? <Decisions page={page} /> : undefined}
      {requirement.binding && !requirement.proposed ? <Evidence page={page} /> : undefined}
      {children.length > 0 ? (
        <Part title={t('Below it')}>
          <ul className="plain-list">
            {children.map((child) => (
              <li key={child.citation}>
                {child.status === null ? <span className="no-mark" /> : <StatusMark status={child.status} isBare />}
                <div>
                  <PageLink to={panel.addressOf(child.citation)}>{child.title}</PageLink>{' '}
                  <span className="cite">{sayCitation({ citation: child.citation, proposed: false })}</span>
                </div>
              </li>
            ))}
          </ul>
        </Part>
      ) : undefined}
      {requirement.amends.length > 0 ? (
        <Part title={t('What it would change')}>
          <ul className="plain-list">
            {requirement.amends.map((citation) => (
              <li key={citation}>
                <PageLink to={panel.addressOf(citation)}>{sayCitation({ citation, proposed: false })}</PageLink>
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

/** The files that support the paragraph itself, and those that support what meets it. */
function Evidence({ page: { requirement, evidence, safeguards } }: { page: Shown }) {
  const about = `requirement:${requirement.citation}`
  const others = evidence.filter((item) => item.about !== about)
  const titleOf = (of: string) => safeguards.find(({ name }) => `safeguard:${name}` === of)?.title ?? of
  return (
    <Part title={t('Evidence')}>
      <EvidenceFor about={about} />
      {others.length > 0 ? (
        <>
          <p className="soft">{t('Evidence of what meets it:')}</p>
          <ul className="plain-list">
            {others.map((item) => (
              <li key={`${item.id} ${item.about}`}>
                <div>
                  <PageLink to={`/evidence?evidence=${item.id}`}>{item.title}</PageLink>
                  <p className="soft">
                    {item.isLinked
                      ? t('for “{safeguard}”', { safeguard: titleOf(item.about) })
                      : t('behind what somebody stated of “{safeguard}”', { safeguard: titleOf(item.about) })}
                  </p>
                </div>
                <Age at={item.keptAt} word={t('kept')} />
              </li>
            ))}
          </ul>
        </>
      ) : undefined}
    </Part>
  )
}

function Decisions({ page: { requirement, decisions, safeguards } }: { page: Shown }) {
  const may = useMay()
  const [newest, ...former] = decisions
  return (
    <Part title={t('What was decided')}>
      {newest === undefined ? (
        <p className="soft">{t('Nothing yet.')}</p>
      ) : (
        <>
          <OneDecision of={newest} />
          {former.length > 0 ? (
            <details className="unfold">
              <summary>{t('{count, plural, one {One before} other {# before}}', { count: former.length })}</summary>
              {former.map((decision) => (
                <OneDecision key={decision.id} of={decision} />
              ))}
            </details>
          ) : undefined}
        </>
      )}
      {safeguards.length > 0 ? (
        <p className="soft">{t('A safeguard measures it: what was measured speaks, whatever was decided.')}</p>
      ) : undefined}
      {may(decide) ? <Decide citation={requirement.citation} isFirst={newest === undefined} /> : undefined}
    </Part>
  )
}

function OneDecision({ of: decision }: { of: Decision }) {
  const days = { on: <DayText day={decision.decidedOn} />, again: <DayText day={decision.reviewOn} isDue /> }
  const said = { who: decision.approvedBy, state: decisionStates[decision.state], ...days }
  return (
    <div className="decision">
      <b>{decisionWords[decision.decision]}</b>
      <p>{decision.why}</p>
      <p className="soft">
        {decision.state === 'superseded'
          ? rich('Approved by {who} on {on}, {state}.', said)
          : rich('Approved by {who} on {on}, {state}, to be looked at again on {again}.', said)}
      </p>
    </div>
  )
}

const bases: Readonly<Record<Shown['crosswalk'][number]['basis'], string>> = {
  derived: t('derived'),
  judged: t('our own judgement'),
}

function Crosswalk({ of: codes }: { of: Shown['crosswalk'] }) {
  const frameworks = [...new Set(codes.map(({ title }) => title))]
  if (frameworks.length === 0) return undefined
  return (
    <details className="unfold">
      <summary>{t('What else this serves')}</summary>
      <div className="stack">
        <p className="soft">
          {t(
            'None of it is official. “Derived” rests on a mapping of whole standards that others published, narrowed to paragraphs by us; the rest is our own judgement.',
          )}
        </p>
        {frameworks.map((framework) => (
          <section key={framework}>
            <h4>{framework}</h4>
            <ul className="plain-list">
              {codes
                .filter(({ title }) => title === framework)
                .map(({ code, name, basis }) => (
                  <li key={code}>
                    <div>
                      <span className="mono">{code}</span> {name} <span className="basis">{bases[basis]}</span>
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
