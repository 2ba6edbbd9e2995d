/** On a telephone: the pages that do not stand in the bar below. */
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { useViewer } from '#ui/viewer.tsx'
import { grounds, known, mayOpen, practices, practicesPlace } from './navigation.ts'

export function MorePage() {
  const { roles } = useViewer()
  const places = [...known, ...grounds].filter((place) => mayOpen(place, roles))
  return (
    <Page width="reading">
      <PageHead title="More" />
      <ul className="places">
        {places.map(({ to, word, icon: Icon }) => (
          <li key={to}>
            <PageLink to={to}>
              <Icon size={18} stroke={1.5} aria-hidden="true" />
              {word}
            </PageLink>
          </li>
        ))}
      </ul>
      {mayOpen(practicesPlace, roles) ? (
        <Section title="Practices">
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
