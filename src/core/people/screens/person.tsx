/** One person: how they stand and what to do about it, where they get in, and what every list says. */
import { Button } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { listFindings } from '#core/findings/contract.ts'
import { FindingLink } from '#core/findings/screens/finding-link.tsx'
import { list as listSources } from '#core/intake/contract.ts'
import { listQuestions } from '#core/questions/contract.ts'
import { officers } from '#platform/contract.ts'
import { useRead } from '#ui/data.ts'
import { Age, DayText, Fact, FactList } from '#ui/facts.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { Loading, Note } from '#ui/say.tsx'
import { StatusMark } from '#ui/status.tsx'
import { t } from '#ui/t.ts'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { sayShortDay } from '#ui/words.ts'
import { showPerson } from '../contract.ts'
import { Accounts } from './person-accounts.tsx'
import {
  comparedWords,
  nameOf,
  ownAccounts,
  type PersonShown,
  sayEvent,
  sayPerson,
  standingWords,
} from './person-words.ts'
import './people.css'

export function PersonScreen() {
  const { person = '' } = useParams({ strict: false }) as { readonly person?: string }
  const isNumber = /^[1-9]\d{0,14}$/.test(person)
  const personId = isNumber ? Number(person) : Number.MAX_SAFE_INTEGER
  const read = useRead(showPerson, { personId })
  const { timeZone } = useViewer()
  const may = useMay()
  // What stays of the person before must not stand under the name of this one.
  const data = read.data?.personId === personId ? read.data : undefined
  const count = data?.findings.length ?? 0
  return (
    <Page>
      <PageHead
        title={data ? nameOf(data) : t('Person')}
        says={data ? sayPerson(data, timeZone) : ' '}
        action={
          data && count > 0 && may(listFindings) ? (
            <Button variant="filled" component={PageLink} to={`/findings?person=${personId}`}>
              {t('{count, plural, one {Work on the finding} other {Work on # findings}}', { count })}
            </Button>
          ) : undefined
        }
      />
      <Loading of={{ ...read, data }} rows={10}>
        {(shown) => (
          <div className="person-page">
            <div className="person-main">
              <Doubts of={shown} />
              <Findings of={shown} />
              <Accounts of={shown} />
              <Training of={shown} />
              <Devices of={shown} />
            </div>
            <div className="person-aside">
              <Employment of={shown} />
              <Roles of={shown} />
              <Tasks of={shown} />
              <Timeline of={shown} />
            </div>
          </div>
        )}
      </Loading>
    </Page>
  )
}

/** What is not sure about them, each with what would tell. */
function Doubts({ of: person }: { of: PersonShown }) {
  const may = useMay()
  const { whyUnknown, disagreements, questions } = person
  if (whyUnknown === null && disagreements.length === 0 && questions === 0) return undefined
  return (
    <div className="person-doubts">
      {whyUnknown === null ? undefined : (
        <Note>
          <p>
            <StatusMark status="unknown" word={t('Not known: whether this person still works here')} />
          </p>
          <p>{t('A newer export of the staff list, with people who have left, would tell.')}</p>
          {may({ roles: officers }) ? (
            <Button size="xs" component={PageLink} to="/sources/bring">
              {t('Bring a staff list')}
            </Button>
          ) : undefined}
        </Note>
      )}
      {disagreements.length === 0 ? undefined : (
        <Note kind="warning">
          {disagreements.map((what) => (
            <p key={what}>{comparedWords[what]}</p>
          ))}
          <p className="soft">{t('What each of them says stands under Employment. Correct the one that is wrong.')}</p>
        </Note>
      )}
      {questions > 0 && may(listQuestions) ? (
        <Note>
          <p>
            {t(
              '{count, plural, one {An account may be theirs} other {# accounts may be theirs}}: Vigil asks, rather than guesses.',
              {
                count: questions,
              },
            )}
          </p>
          <Button size="xs" component={PageLink} to="/questions">
            {t('Say who is who')}
          </Button>
        </Note>
      ) : undefined}
    </div>
  )
}

function Findings({ of: { findings } }: { of: PersonShown }) {
  if (findings.length === 0) return undefined
  return (
    <Section title={t('What to do')}>
      <ul className="person-things">
        {findings.map((finding) => (
          <li key={finding.id}>
            <FindingLink finding={finding} />
            <p className="soft person-finding">
              {finding.remedy === null ? '' : `${finding.remedy} `}
              {finding.owner === null ? t('Nobody owns it.') : t('{owner} owns it.', { owner: finding.owner })}{' '}
              {finding.exceptedUntil === null ? (
                <>
                  {t('Due:')} <DayText day={finding.dueOn} isDue />
                </>
              ) : (
                t('Excepted until {day}.', { day: sayShortDay(new Date(`${finding.exceptedUntil}T00:00:00Z`)) })
              )}
            </p>
          </li>
        ))}
      </ul>
    </Section>
  )
}

const courseStatus = { done: 'proved', overdue: 'failed', open: 'unknown', unknown: 'unknown' } as const

function Training({ of: { training } }: { of: PersonShown }) {
  return (
    <Section title={t('Training')}>
      {training.length === 0 ? (
        <p className="soft">
          {t('No training record speaks of this person. An export of the courses done would tell.')}
        </p>
      ) : (
        <ul className="person-things">
          {training.map((record, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: records have no number
            <li key={at}>
              <div className="person-pair">
                <span>{record.course ?? t('A course without a name')}</span>
                <Course of={record} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

function Course({ of: { state, dueOn, completedOn, basis, isCurrent } }: { of: PersonShown['training'][number] }) {
  if (state === 'done') {
    const word = completedOn === null ? t('done') : t('done on {day}', { day: sayDay(completedOn) })
    if (!isCurrent)
      return <StatusMark status="unknown" word={t('{done}, by a record that has lapsed', { done: word })} />
    return <StatusMark status={basis === 'measured' ? 'proved' : 'attested'} word={word} />
  }
  if (state === 'unknown') return <StatusMark status="unknown" word={t('not known: the record has lapsed')} />
  if (state === 'overdue' && dueOn !== null) {
    return <StatusMark status={courseStatus[state]} word={t('overdue since {day}', { day: sayDay(dueOn) })} />
  }
  return <span>{dueOn === null ? t('open') : t('due on {day}', { day: sayDay(dueOn) })}</span>
}

const sayDay = (day: string) => sayShortDay(new Date(`${day}T00:00:00Z`))

function Devices({ of: { devices, namesakes } }: { of: PersonShown }) {
  if (devices.length === 0) {
    return (
      <Section title={t('Devices')}>
        <p className="soft">{t('No inventory assigns a device to this person.')}</p>
      </Section>
    )
  }
  return (
    <Section title={t('Devices')}>
      <ul className="person-things">
        {devices.map((device) => (
          <li key={device.deviceId}>
            <div className="person-pair">
              <span>
                {device.name}
                {device.isLost ? ` ${t('(lost)')}` : ''}
              </span>
              <Encryption of={device} />
            </div>
            <span className="soft">
              {device.operatingSystem ?? device.kind ?? t('kind not known')}
              {device.by === 'name'
                ? ` · ${
                    namesakes > 0
                      ? t('by name, which others have too: it may be somebody else’s')
                      : t('by name alone: it may be somebody else’s')
                  }`
                : device.by === 'username'
                  ? ` · ${t('by user name')}`
                  : ` · ${t('by address')}`}
              {device.lastSeenAt === null ? undefined : (
                <>
                  {' · '}
                  <Age at={device.lastSeenAt} word={t('seen')} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Encryption({ of: { encrypted, basis } }: { of: PersonShown['devices'][number] }) {
  if (encrypted === null) return <StatusMark status="unknown" word={t('encryption not known')} />
  if (!encrypted) return <StatusMark status="failed" word={t('not encrypted')} />
  return <StatusMark status={basis === 'measured' ? 'proved' : 'attested'} word={t('encrypted')} />
}

function Employment({ of: person }: { of: PersonShown }) {
  const may = useMay()
  const { title, department, employeeNumber, email, manager, standing, hiredOn, leftOn, employment } = person
  return (
    <Section title={t('Employment')}>
      <FactList>
        <Fact label={t('Standing')}>
          {standing === 'unknown' ? (
            <StatusMark status="unknown" word={standingWords.unknown} />
          ) : (
            standingWords[standing]
          )}
        </Fact>
        <Fact label={t('Work')}>{title}</Fact>
        <Fact label={t('Department')}>{department}</Fact>
        <Fact label={t('First day')}>{hiredOn === null ? undefined : <DayText day={hiredOn} />}</Fact>
        {leftOn === null ? undefined : (
          <Fact label={t('Last day')}>
            <DayText day={leftOn} />
          </Fact>
        )}
        <Fact label={t('Number')}>{employeeNumber}</Fact>
        <Fact label={t('Address')}>{email}</Fact>
        <Fact label={t('Reports to')}>
          {manager === null ? undefined : manager.personId !== null && may({ roles: ['auditor', ...officers] }) ? (
            <PageLink to={`/people/${manager.personId}`}>{manager.name}</PageLink>
          ) : (
            manager.name
          )}
        </Fact>
      </FactList>
      <ul className="person-things person-said">
        {employment.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list may name somebody in several rows
          <li key={at}>
            <span>
              {may(listSources) ? (
                <PageLink to={`/sources/${row.source.sourceId}`}>{row.source.name}</PageLink>
              ) : (
                row.source.name
              )}
            </span>
            <span>{saySaid(row)}</span>
            <span className="soft">
              {row.source.basis === 'measured' ? t('measured') : t('stated')}
              {row.source.collectedAt === null ? undefined : (
                <>
                  {' · '}
                  <Age at={row.source.collectedAt} />
                </>
              )}
              {row.source.isCurrent ? '' : ` · ${t('lapsed')}`}
              {row.absentFrom === null ? '' : ` · ${t('names this person no more')}`}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** What one list says of whether they work here. */
function saySaid({ saysLeft, leftOn, hiredOn, department, title }: PersonShown['employment'][number]): string {
  const where = [title, department].filter((word) => word !== null).join(', ')
  const standing =
    saysLeft === null
      ? t('says nothing of the standing')
      : saysLeft
        ? leftOn === null
          ? t('left')
          : t('left on {day}', { day: sayDay(leftOn) })
        : hiredOn === null
          ? t('here')
          : t('here since {day}', { day: sayDay(hiredOn) })
  return where === '' ? standing : `${where} · ${standing}`
}

function Roles({ of: { roles } }: { of: PersonShown }) {
  if (roles.length === 0) return undefined
  return (
    <Section title={t('Roles in response plans')}>
      <ul className="person-things">
        {roles.map(({ role, confirmedOn, isCurrent }) => (
          <li key={role}>
            <span>{role}</span>
            <span className="soft">
              {confirmedOn === null ? t('never confirmed') : t('confirmed on {day}', { day: sayDay(confirmedOn) })}
              {isCurrent ? '' : ` · ${t('the list has lapsed')}`}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Tasks({ of: { tasks } }: { of: PersonShown }) {
  if (tasks.length === 0) return undefined
  return (
    <Section title={t('Open tasks')}>
      <ul className="person-things">
        {tasks.map(({ id, title, dueOn, assignee }) => (
          <li key={id}>
            <span>{title}</span>
            <span className="soft">
              {assignee ?? t('nobody has it')}
              {dueOn === null ? undefined : (
                <>
                  {' · '}
                  <DayText day={dueOn} isDue />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Timeline({ of: { timeline, ...person } }: { of: PersonShown }) {
  const { timeZone } = useViewer()
  return (
    <Section title={t('What happened')}>
      {timeline.length === 0 ? (
        <p className="soft">
          {ownAccounts(person).length === 0
            ? t('No list says when anything happened.')
            : t('The lists of accounts do not say when anything happened.')}
        </p>
      ) : (
        <ol className="person-past">
          {timeline.map((event) => (
            <li key={`${event.kind} ${event.at ?? event.on} ${event.what} ${event.findingId}`}>
              <time className="day" dateTime={event.at ?? event.on ?? ''}>
                {event.at === null ? sayDay(event.on ?? '') : sayShortDay(new Date(event.at), timeZone)}
              </time>
              {event.findingId === null ? (
                <span>{sayEvent(event)}</span>
              ) : (
                <PageLink to={`/findings?person=${person.personId}&state=all&finding=${event.findingId}`}>
                  {sayEvent(event)}
                </PageLink>
              )}
            </li>
          ))}
        </ol>
      )}
    </Section>
  )
}
