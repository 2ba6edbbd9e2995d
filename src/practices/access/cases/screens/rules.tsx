/** What makes a case: each rule in plain words, with its figures and what became of its cases. */
import { useRead } from '#ui/data.ts'
import { Fact, FactList } from '#ui/facts.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { sayNumber } from '#ui/words.ts'
import { pagesOf } from '../../trail/screens/pages.ts'
import { listRules } from '../contract.ts'
import { type Rule, RuleFigures } from './rule-figures.tsx'
import './cases.css'

export function RulesScreen() {
  const read = useRead(listRules, {})
  const panel = usePanel('rule')
  const items = read.data?.items ?? []
  const chosen = items.find(({ kind }) => kind === panel.value)
  return (
    <Page>
      <PageHead
        title={t('What makes a case')}
        says={t('Each rule names what it looks for. What people decide of its cases lowers or keeps its weight.')}
      />
      <DataTable
        label={t('Rules')}
        pages={{ ...pagesOf(items), isLoading: read.isLoading, problem: read.problem, again: read.again }}
        keyOf={({ kind }) => kind}
        linkOf={({ kind }) => panel.addressOf(kind)}
        chosen={panel.value}
        columns={[
          { head: t('Rule'), cell: ({ title }) => title, width: '24%', isLink: true },
          { head: t('Looks for'), cell: ({ text }) => <span title={text}>{text}</span>, from: 1000 },
          { head: t('Cases'), cell: ({ history }) => sayNumber(history.cases), width: '88px', isNumber: true },
          {
            head: t('Violations'),
            cell: ({ history }) => sayNumber(history.violation),
            width: '104px',
            isNumber: true,
          },
          { head: t('Right in'), cell: (rule) => <Precision of={rule} />, width: '120px', isNumber: true },
        ]}
        lines={(rule) => ({
          title: rule.title,
          detail: t('{cases, plural, one {one case} other {# cases}}', { cases: rule.history.cases }),
        })}
        empty={<EmptyState title={t('No rule is known')} />}
      />
      <SidePanel isOpen={chosen !== undefined} onClose={panel.close} title={chosen?.title ?? ''}>
        {chosen ? <RulePanel key={chosen.kind} of={chosen} /> : undefined}
      </SidePanel>
    </Page>
  )
}

function Precision({ of: { history } }: { of: Rule }) {
  return history.precision === null ? (
    <span className="soft">{t('not known')}</span>
  ) : (
    t('{share, number, percent}', { share: history.precision })
  )
}

function RulePanel({ of: rule }: { of: Rule }) {
  const { text, why, parameters, history } = rule
  return (
    <div className="stack">
      <p>{text}</p>
      <p className="soft">{why}</p>
      {parameters.length === 0 ? undefined : <RuleFigures of={rule} />}
      <Section title={t('What became of its cases')}>
        <FactList>
          <Fact label={t('Cases')}>{sayNumber(history.cases)}</Fact>
          <Fact label={t('Not decided')}>{sayNumber(history.undecided)}</Fact>
          <Fact label={t('Appropriate')}>{sayNumber(history.appropriate)}</Fact>
          <Fact label={t('Violations')}>{sayNumber(history.violation)}</Fact>
          <Fact label={t('Explained since')}>{sayNumber(history.explained)}</Fact>
        </FactList>
      </Section>
    </div>
  )
}
