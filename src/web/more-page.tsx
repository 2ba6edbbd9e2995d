/** On a telephone: the pages that do not stand in the bar below. */
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { groupsFor, mayOpen, practices, practicesPlace } from './navigation.ts'

export function MorePage() {
  const { roles } = useViewer()
  const { daily, known, grounds } = groupsFor(roles)
  const places = [...daily.filter(({ isInBar }) => !isInBar), ...known, ...grounds]
  return (
    <Page width="reading">
      <PageHead title={t('More')} />
      <ul className="places">
        {places.flatMap(({ to, word, icon: Icon, within = [] }) => [
          <li key={to}>
            <PageLink to={to}>
              <Icon size={18} stroke={1.5} aria-hidden="true" />
              {word}
            </PageLink>
          </li>,
          ...within
            .filter((one) => mayOpen(one, roles))
            .map((one) => (
              <li key={one.to} className="places-inner">
                <PageLink to={one.to}>{one.word}</PageLink>
              </li>
            )),
        ])}
      </ul>
      {mayOpen(practicesPlace, roles) ? (
        <Section title={practicesPlace.word}>
          <ul className="places">
            {practices.map(({ name, title }) => (
              <li key={name}>
                <PageLink to={`/practices/${name}`}>{title}</PageLink>
              </li>
            ))}
          </ul>
        </Section>
      ) : undefined}
    </Page>
  )
}
