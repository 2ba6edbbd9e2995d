/** What is due, in a person's own calendar. */
import { Button } from '@mantine/core'
import { Confirm, CopyField } from '#ui/ask.tsx'
import { useChange, useRead } from '#ui/data.ts'
import { Age, Fact, FactList } from '#ui/facts.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { EmptyState, Loading, ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { endFeed, makeFeed, showFeed } from '../contract.ts'

export function CalendarScreen() {
  const read = useRead(showFeed, {})
  const make = useChange(makeFeed)
  const end = useChange(endFeed)
  return (
    <Page width="reading">
      <PageHead
        title={t('Calendar')}
        says={t('Your own calendar can show what is due and when. It is told numbers and days, no names.')}
      />
      <Loading of={read}>
        {({ feed }) =>
          make.output !== undefined ? (
            <div className="stack">
              <CopyField label={t('Address of your calendar')} value={make.output.url} isSecret />
              <Section title={t('Where to put it')}>
                <ul>
                  <li>{t('Outlook: Add calendar, Subscribe from web.')}</li>
                  <li>{t('Google Calendar: Other calendars, From URL.')}</li>
                  <li>{t('Apple Calendar: File, New calendar subscription.')}</li>
                </ul>
                <p className="soft">{t('Calendars look again when they choose to, often once a day.')}</p>
              </Section>
            </div>
          ) : feed === null ? (
            <EmptyState
              title={t('Your calendar reads nothing from here')}
              action={
                <Button variant="filled" loading={make.isBusy} onClick={() => make.start({})}>
                  {t('Make an address')}
                </Button>
              }
            >
              {t('Whoever knows the address can read it, without a sign-in. So it is shown once, and you can end it.')}
            </EmptyState>
          ) : (
            <div className="stack">
              <FactList>
                <Fact label={t('Made')}>
                  <Age at={feed.madeAt} />
                </Fact>
                <Fact label={t('Last read')}>
                  {feed.readAt === null ? <span className="soft">{t('not yet')}</span> : <Age at={feed.readAt} />}
                </Fact>
              </FactList>
              <div className="buttons">
                <Confirm
                  trigger={(open) => <Button onClick={open}>{t('Make another address')}</Button>}
                  title={t('Make another address?')}
                  does={t('Make it')}
                  onConfirm={() => make.run({})}
                >
                  {t('The one that you have ends. Your calendar shows what it has until it is told the new one.')}
                </Confirm>
                <Confirm
                  trigger={(open) => <Button onClick={open}>{t('End it')}</Button>}
                  title={t('End the address?')}
                  does={t('End it')}
                  onConfirm={async () => {
                    await end.run({})
                    tell(t('The address has ended.'))
                  }}
                >
                  {t('Your calendar reads nothing from here any more.')}
                </Confirm>
              </div>
            </div>
          )
        }
      </Loading>
      <ProblemNote problem={make.problem} />
    </Page>
  )
}
