/** Who serves the organisation: invited by a link, with roles in words, and turned away at once. */
import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { beside, demand, isEmail } from '#core/sign-in/screens/flaws.ts'
import type { Role, WireOutputOf } from '#platform/contract.ts'
import { Confirm, CopyField } from '#ui/ask.tsx'
import { useChange, usePages } from '#ui/data.ts'
import { Age, DayText, Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { EmptyState, Skeleton, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import {
  changeMember,
  disableMember,
  enableMember,
  endMemberSessions,
  inviteMember,
  listInvitations,
  listMembers,
  recoverMember,
  withdrawInvitation,
} from '../contract.ts'
import { RolePicker, sayRoles } from './roles.tsx'
import '#core/sign-in/screens/rows.css'
import './members.css'

type Member = WireOutputOf<typeof listMembers>['items'][number]
type Link = WireOutputOf<typeof inviteMember>

const states = { active: t('May come in'), disabled: 'Disabled', ended: t('Their time has ended') } as const

export function MembersScreen() {
  const members = usePages(listMembers, {})
  const member = usePanel('member')
  const inviting = usePanel('invite')
  const may = useMay()
  const chosen = members.items.find(({ id }) => String(id) === member.value)
  const without = members.items.filter((one) => one.state === 'active' && !one.hasSecondFactor).length
  return (
    <Page>
      <PageHead
        title={t('Members')}
        says={members.items.length === 0 ? undefined : sayHowItStands(without)}
        action={
          may(inviteMember) ? (
            <Button variant="filled" onClick={() => inviting.open('new')}>
              {t('Invite somebody')}
            </Button>
          ) : undefined
        }
      />
      <DataTable
        label={t('Members')}
        pages={members}
        keyOf={({ id }) => id}
        linkOf={({ id }) => member.addressOf(id)}
        chosen={member.value}
        columns={[
          { head: t('Name'), cell: ({ name }) => name },
          { head: t('E-mail address'), cell: ({ email }) => email, from: 1000 },
          { head: t('Roles'), cell: ({ roles }) => sayRoles(roles) },
          {
            head: t('Second factor'),
            cell: ({ hasSecondFactor }) => (hasSecondFactor ? t('Set up') : 'None'),
            width: '116px',
            from: 1200,
          },
          { head: t('Last here'), cell: ({ lastSeenAt }) => <LastHere at={lastSeenAt} />, width: '116px' },
          { head: t('State'), cell: (one) => sayState(one), width: '148px' },
        ]}
        lines={(one) => ({
          title: one.name,
          detail: `${sayRoles(one.roles)}${one.state === 'active' ? '' : ` · ${states[one.state]}`}`,
        })}
        empty={
          <EmptyState title={t('There is nobody yet')}>
            {t('Invite those who are to work on what Vigil finds.')}
          </EmptyState>
        }
      />
      <Invitations />
      <SidePanel
        isOpen={member.value !== undefined}
        onClose={member.close}
        title={chosen?.name ?? (members.isLoading ? t('Member') : t('There is no such member'))}
      >
        {chosen === undefined ? (
          members.isLoading ? (
            <Skeleton />
          ) : undefined
        ) : (
          <MemberPanel key={chosen.id} member={chosen} />
        )}
      </SidePanel>
      <SidePanel isOpen={inviting.value !== undefined} onClose={inviting.close} title={t('Invite somebody')}>
        {inviting.value === undefined ? undefined : <Inviting onDone={inviting.close} />}
      </SidePanel>
    </Page>
  )
}

function sayHowItStands(without: number): string {
  if (without === 0) return t('Everybody here signs in by two factors.')
  return without === 1
    ? t('One member signs in without a second factor, or has not signed in yet.')
    : t('{without} members sign in without a second factor, or have not signed in yet.', { without })
}

function sayState({ state, untilOn }: Member) {
  if (state === 'active' && untilOn !== null) {
    return <>{rich('Until {dayText}', { dayText: <DayText day={untilOn} /> })}</>
  }
  return states[state]
}

function LastHere({ at }: { at: string | null }) {
  return at === null ? <span className="soft">{t('not yet')}</span> : <Age at={at} />
}

function MemberPanel({ member }: { member: Member }) {
  const may = useMay()
  const [isChanging, setChanging] = useState(false)
  const [link, setLink] = useState<Link>()
  const { id, name, email, roles, state, untilOn, hasSecondFactor, isOnStaffList, lastSeenAt, createdAt } = member
  const disable = useChange(disableMember)
  const enable = useChange(enableMember)
  const recover = useChange(recoverMember)
  const endSessions = useChange(endMemberSessions)
  if (isChanging) return <ChangeRoles member={member} onDone={() => setChanging(false)} />
  return (
    <>
      <FactList>
        <Fact label={t('E-mail address')}>{email}</Fact>
        <Fact label={t('Roles')}>{sayRoles(roles)}</Fact>
        <Fact label={t('State')}>{states[state]}</Fact>
        {untilOn === null ? undefined : (
          <Fact label={t('Last day')}>
            <DayText day={untilOn} isDue />
          </Fact>
        )}
        <Fact label={t('Second factor')}>{hasSecondFactor ? t('Set up') : t('Not set up')}</Fact>
        <Fact label={t('Staff list')}>
          {isOnStaffList ? t('On it, by their address') : t('Not on it by this address')}
        </Fact>
        <Fact label={t('Last here')}>
          <LastHere at={lastSeenAt} />
        </Fact>
        <Fact label={t('Member since')}>
          <Age at={createdAt} />
        </Fact>
      </FactList>
      {roles.includes('manager') && !isOnStaffList ? (
        <p className="soft">
          {t(
            'A manager sees the people who report to them on the staff list. This address is not on the list, so they see nobody yet.',
          )}
        </p>
      ) : undefined}
      {link === undefined ? undefined : <LinkOnce link={link} name={name} />}
      <div className="panel-actions">
        {may(changeMember) && state !== 'disabled' ? (
          <div className="panel-action">
            <p className="soft">{t('What they see and do, and until when.')}</p>
            <Button onClick={() => setChanging(true)}>{t('Change the roles')}</Button>
          </div>
        ) : undefined}
        {may(endMemberSessions) ? (
          <div className="panel-action">
            <p className="soft">{t('They sign in again before they go on.')}</p>
            <Confirm
              trigger={(open) => <Button onClick={open}>{t('Sign them out')}</Button>}
              title={t('Sign {name} out everywhere?', { name })}
              does={t('Sign them out')}
              onConfirm={async () => {
                const { ended } = await endSessions.run({ memberId: id })
                tell(ended === 1 ? t('One session has ended.') : t('{ended} sessions have ended.', { ended }))
              }}
            >
              {t('Every session of theirs ends at once, on every device. They may sign in again.')}
            </Confirm>
          </div>
        ) : undefined}
        {may(recoverMember) && state !== 'disabled' ? (
          <div className="panel-action">
            <p className="soft">{t('They have lost their password or their second factor.')}</p>
            <Confirm
              trigger={(open) => <Button onClick={open}>{t('Give a recovery link')}</Button>}
              title={t('Give {name} a recovery link?', { name })}
              does={t('Make the link')}
              onConfirm={async () => setLink(await recover.run({ memberId: id }))}
            >
              {t(
                'Make sure that it is really them who ask, by a call or in person. Whoever opens the link takes over this sign-in; their password and factors of before end then.',
              )}
            </Confirm>
          </div>
        ) : undefined}
        {may(disableMember) && state !== 'disabled' ? (
          <div className="panel-action">
            <p className="soft">{t('They have left, or must not come in.')}</p>
            <Confirm
              trigger={(open) => <Button onClick={open}>{t('Disable')}</Button>}
              title={t('Disable {name}?', { name })}
              does={t('Disable')}
              onConfirm={async () => {
                const { endedSessions, endedTokens } = await disable.run({ memberId: id })
                tell(
                  t(
                    '{name} is disabled. Ended: {sessions, plural, one {# session} other {# sessions}}, {tokens, plural, one {# token} other {# tokens}}.',
                    { name, sessions: endedSessions, tokens: endedTokens },
                  ),
                )
              }}
            >
              {t(
                'They are refused at once by every way in: their sessions end, the tokens that they made are revoked, and their links stop working. What they did stays on the ledger.',
              )}
            </Confirm>
          </div>
        ) : undefined}
        {may(enableMember) && state === 'disabled' ? (
          <div className="panel-action">
            <p className="soft">{t('They may come in again, with the roles above.')}</p>
            <Confirm
              trigger={(open) => <Button onClick={open}>{t('Let them in again')}</Button>}
              title={t('Let {name} in again?', { name })}
              does={t('Let them in')}
              onConfirm={() => enable.run({ memberId: id })}
            >
              {t('They sign in as before. Tokens that were revoked stay revoked.')}
            </Confirm>
          </div>
        ) : undefined}
      </div>
    </>
  )
}

function ChangeRoles({ member: { id, roles, untilOn }, onDone }: { member: Member; onDone: () => void }) {
  const change = useChange(changeMember, { refreshes: ['me'] })
  const form = useFields({ roles: roles as string[], untilOn: untilOn ?? '' }, async (values) => {
    demandRoles(values)
    await besideRoles(() =>
      change.run({
        memberId: id,
        roles: values.roles as Role[],
        untilOn: values.untilOn === '' ? null : values.untilOn,
      }),
    )
    tell(t('The roles are changed. They hold from the next click.'))
    onDone()
  })
  return (
    <Form of={form} does={t('Save')} onCancel={onDone}>
      <RolePicker {...form.field('roles')} />
      <UntilField isNeeded={form.values.roles.includes('auditor')} {...form.field('untilOn')} />
    </Form>
  )
}

function Inviting({ onDone }: { onDone: () => void }) {
  const invite = useChange(inviteMember)
  const [made, setMade] = useState<{ link: Link; name: string }>()
  const form = useFields({ name: '', email: '', roles: [] as string[], untilOn: '' }, async (values) => {
    const { name, roles, untilOn } = values
    const email = values.email.trim()
    demand({
      name: name.trim() === '' && 'Give their name.',
      email: !isEmail(email) && t('Give their e-mail address, such as name@clinic.example.'),
    })
    demandRoles(values)
    const input = { name, email, roles: roles as Role[], ...(untilOn === '' ? {} : { untilOn }) }
    setMade({ link: await besideRoles(() => invite.run(input)), name: name.trim() })
  })
  if (made !== undefined) {
    return (
      <>
        <LinkOnce link={made.link} name={made.name} />
        <div className="buttons">
          <Button variant="filled" onClick={onDone}>
            {made.link.sentTo === null ? t('I have handed it over') : t('Done')}
          </Button>
        </div>
      </>
    )
  }
  return (
    <Form of={form} does={t('Make the link')} onCancel={onDone}>
      <TextInput label={t('Name')} autoComplete="off" maxLength={200} data-autofocus {...form.field('name')} />
      <TextInput
        label={t('E-mail address')}
        description={t('They sign in by it. Where mail is set up, Vigil sends them the link too.')}
        type="email"
        inputMode="email"
        autoComplete="off"
        maxLength={254}
        {...form.field('email')}
      />
      <RolePicker {...form.field('roles')} />
      <UntilField isNeeded={form.values.roles.includes('auditor')} {...form.field('untilOn')} />
    </Form>
  )
}

function demandRoles({ roles, untilOn }: { roles: readonly string[]; untilOn: string }): void {
  demand({
    roles: roles.length === 0 && t('Choose at least one.'),
    untilOn:
      roles.includes('auditor') && untilOn === '' && t('An auditor reads for a limited time: give the last day.'),
  })
}

function besideRoles<T>(work: () => Promise<T>): Promise<T> {
  const fields = {
    'member-no-end': 'untilOn',
    'member-end-': 'untilOn',
    'member-last-': 'roles',
    'member-yourself': 'roles',
  }
  return beside(fields, work)
}

function UntilField({ isNeeded, ...props }: { isNeeded: boolean } & React.ComponentProps<typeof TextInput>) {
  return (
    <TextInput
      type="date"
      label={isNeeded ? t('Last day') : t('Last day (may be left out)')}
      description={t('After it they are refused. At most a year from today.')}
      classNames={{ input: 'day-field' }}
      {...props}
    />
  )
}

/** A link that is shown once, with what to do with it. */
function LinkOnce({ link, name }: { link: Link; name: string }) {
  return (
    <div className="stack" role="status">
      <CopyField label={t('Link for {name}', { name })} value={link.link} />
      {link.sentTo === null ? (
        <p className="soft">
          {rich(
            'It is shown only now. Hand it to {name} yourself, by a way that only they read. It works once, and stops working {age}.',
            { name, age: <Age at={link.expiresAt} /> },
          )}
        </p>
      ) : (
        <>
          <p>{t('Sent to {address}.', { address: link.sentTo })}</p>
          <p className="soft">
            {rich('It is shown only now, should the mail not arrive. It works once, and stops working {when}.', {
              when: <Age at={link.expiresAt} />,
            })}
          </p>
        </>
      )}
    </div>
  )
}

function Invitations() {
  const invitations = usePages(listInvitations, {})
  const withdraw = useChange(withdrawInvitation)
  const may = useMay()
  if (invitations.items.length === 0) return undefined
  return (
    <Section title={t('Links that wait')} says={t('Handed out and not opened yet.')}>
      <ul className="rows">
        {invitations.items.map(({ id, kind, name, email, roles, expiresAt }) => (
          <li key={id}>
            <div>
              <p>
                <b>{name}</b> <span className="soft">{email}</span>
              </p>
              <p className="soft">
                {rich('{purpose} · ends {age}', {
                  purpose: kind === 'recover' ? t('To set their sign-in up anew') : sayRoles(roles),
                  age: <Age at={expiresAt} />,
                })}
              </p>
            </div>
            {may(withdrawInvitation) ? (
              <Confirm
                trigger={(open) => (
                  <Button onClick={open} aria-label={t('Withdraw the link for {name}', { name })}>
                    {t('Withdraw')}
                  </Button>
                )}
                title={t('Withdraw the link for {name}?', { name })}
                does={t('Withdraw it')}
                onConfirm={() => withdraw.run({ invitationId: id })}
              >
                {t('The link stops working at once. You can make another one.')}
              </Confirm>
            ) : undefined}
          </li>
        ))}
      </ul>
      {invitations.hasMore ? <Button onClick={invitations.more}>{t('Show more')}</Button> : undefined}
    </Section>
  )
}
