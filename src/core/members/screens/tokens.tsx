/** The programs that act in the organisation's name, each by a token with no more rights than it needs. */
import { Button, Checkbox, TextInput } from '@mantine/core'
import { useState } from 'react'
import { beside, demand } from '#core/sign-in/screens/flaws.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { addDays, dayOf } from '#platform/days.ts'
import { Confirm, CopyField } from '#ui/ask.tsx'
import { useChange, usePages, useRead } from '#ui/data.ts'
import { Age, DayText, Fact, FactList, useMinute } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, Loading, Skeleton, tell } from '#ui/say.tsx'
import { DataTable } from '#ui/table.tsx'
import { useMay, useViewer } from '#ui/viewer.tsx'
import { createToken, listScopes, listTokens, revokeToken } from '../contract.ts'
import type { PickerProps } from './roles.tsx'
import './members.css'
import { rich } from '#ui/rich.tsx'
import { t } from '#ui/t.ts'

type Token = WireOutputOf<typeof listTokens>['items'][number]
type Made = WireOutputOf<typeof createToken>

const states = { works: t('Works'), lapsed: t('Has run out'), revoked: t('Revoked') } as const

export function TokensScreen() {
  const tokens = usePages(listTokens, {})
  const token = usePanel('token')
  const making = usePanel('new')
  const may = useMay()
  const chosen = tokens.items.find(({ id }) => String(id) === token.value)
  const make = may(createToken) ? (
    <Button variant="filled" onClick={() => making.open('token')}>
      {t('Make a token')}
    </Button>
  ) : undefined
  return (
    <Page>
      <PageHead
        title={t('API tokens')}
        says={t('Programs sign in with a token: it opens what you choose, until a day that you choose.')}
        action={tokens.items.length > 0 ? make : undefined}
      />
      <DataTable
        label={t('Tokens')}
        pages={tokens}
        keyOf={({ id }) => id}
        linkOf={({ id }) => token.addressOf(id)}
        chosen={token.value}
        columns={[
          { head: t('Name'), cell: ({ name }) => name },
          { head: t('May'), cell: ({ scopes }) => sayScopes(scopes), from: 1000 },
          { head: t('Used'), cell: ({ usedAt }) => <Used at={usedAt} />, width: '132px' },
          { head: t('Last day'), cell: (one) => <Ends token={one} />, width: '132px', from: 1000 },
          { head: t('State'), cell: ({ state }) => states[state], width: '120px' },
        ]}
        lines={(one) => ({ title: one.name, detail: `${states[one.state]} · ${sayScopes(one.scopes)}` })}
        empty={
          <EmptyState title={t('No program has a token')} action={make}>
            {t('A script that hands in exports, or a dashboard that reads findings, needs one.')}
          </EmptyState>
        }
      />
      <SidePanel
        isOpen={token.value !== undefined}
        onClose={token.close}
        title={chosen?.name ?? (tokens.isLoading ? t('Token') : t('There is no such token'))}
      >
        {chosen === undefined ? tokens.isLoading ? <Skeleton /> : undefined : <TokenPanel token={chosen} />}
      </SidePanel>
      <SidePanel isOpen={making.value !== undefined} onClose={making.close} title={t('Make a token')}>
        {making.value === undefined ? undefined : <Making onDone={making.close} />}
      </SidePanel>
    </Page>
  )
}

function Used({ at }: { at: string | null }) {
  return at === null ? <span className="soft">{t('not yet')}</span> : <Age at={at} />
}

function Ends({ token: { state, expiresAt } }: { token: Token }) {
  return state === 'revoked' ? <span className="soft">{t('ended')}</span> : <DayText day={lastDay(expiresAt)} />
}

function TokenPanel({ token: { id, name, scopes, state, createdAt, expiresAt, usedAt } }: { token: Token }) {
  const may = useMay()
  const revoke = useChange(revokeToken)
  return (
    <>
      <FactList>
        <Fact label={t('State')}>{states[state]}</Fact>
        <Fact label={t('May')}>
          {scopes.map((scope) => (
            <div key={scope}>{sayScope(scope)}</div>
          ))}
        </Fact>
        <Fact label={t('Made')}>
          <Age at={createdAt} />
        </Fact>
        <Fact label={t('Last used')}>
          <Used at={usedAt} />
        </Fact>
        <Fact label={t('Last day')}>
          <DayText day={lastDay(expiresAt)} isDue />
        </Fact>
      </FactList>
      {state === 'works' && may(revokeToken) ? (
        <div className="panel-action">
          <p className="soft">{t('It is no longer needed, or somebody else may know it.')}</p>
          <Confirm
            trigger={(open) => <Button onClick={open}>{t('Revoke')}</Button>}
            title={t('Revoke the token {name}?', { name })}
            does={t('Revoke it')}
            onConfirm={async () => {
              await revoke.run({ tokenId: id })
              tell(t('The token is revoked.'))
            }}
          >
            {t('The program that uses it is refused from its next request on. A revoked token cannot be brought back.')}
          </Confirm>
        </div>
      ) : undefined}
    </>
  )
}

function Making({ onDone }: { onDone: () => void }) {
  const { timeZone } = useViewer()
  const today = dayOf(useMinute(), timeZone)
  const scopes = useRead(listScopes, {})
  const create = useChange(createToken)
  const [made, setMade] = useState<Made & { readonly scopes: readonly string[] }>()
  const first = { name: '', expiresOn: addDays(today, 90) as string, scopes: [] as string[] }
  const form = useFields(first, async ({ name, expiresOn, scopes: chosen }) => {
    demand({
      name: name.trim() === '' && 'Give it the name of the program, or of what it is for.',
      expiresOn: expiresOn === '' && t('Give the last day.'),
      scopes: chosen.length === 0 && t('Choose at least one.'),
    })
    const input = { name, expiresOn, scopes: chosen }
    setMade({ ...(await beside({ 'token-ends-': 'expiresOn' }, () => create.run(input))), scopes: chosen })
  })
  if (made !== undefined) return <TokenOnce made={made} onDone={onDone} />
  return (
    <Form of={form} does={t('Make the token')} onCancel={onDone}>
      <TextInput
        label={t('Name')}
        description={t('The program that gets it, or what it is for.')}
        autoComplete="off"
        maxLength={200}
        data-autofocus
        {...form.field('name')}
      />
      <TextInput
        type="date"
        label={t('Last day')}
        description={t('At most a year from today.')}
        classNames={{ input: 'day-field' }}
        {...form.field('expiresOn')}
      />
      <Loading of={scopes}>{(data) => <ScopePicker all={data.scopes} {...form.field('scopes')} />}</Loading>
    </Form>
  )
}

type Scope = WireOutputOf<typeof listScopes>['scopes'][number]

/** A row for each part of Vigil, with a tick for reading and one for changing. */
function ScopePicker({ all, 'data-path': path, value = [], onChange, error }: PickerProps & { all: readonly Scope[] }) {
  const slices = [...new Set(all.map(({ name }) => sliceOf(name)))].sort()
  const tick = (slice: string, effect: 'read' | 'change', isFirst: boolean) => {
    const scope = all.find(({ name }) => name === `${slice}:${effect}`)
    if (scope === undefined)
      return (
        <span className="soft" aria-hidden="true">
          –
        </span>
      )
    return (
      <Checkbox
        value={scope.name}
        aria-label={sayScope(scope.name)}
        title={scope.endpoints.join(', ')}
        {...(isFirst ? { 'data-path': path } : {})}
      />
    )
  }
  return (
    <Checkbox.Group
      label={t('What it may do')}
      description={t('As little as the program needs. Changing does not include reading.')}
      value={value}
      onChange={onChange}
      error={error}
    >
      <table className="scopes">
        <thead>
          <tr>
            <th scope="col">{t('Part')}</th>
            <th scope="col">{t('Read')}</th>
            <th scope="col">{t('Change')}</th>
          </tr>
        </thead>
        <tbody>
          {slices.map((slice, at) => (
            <tr key={slice}>
              <th scope="row">{sayPart(slice)}</th>
              <td>{tick(slice, 'read', at === 0)}</td>
              <td>{tick(slice, 'change', false)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Checkbox.Group>
  )
}

function TokenOnce({ made, onDone }: { made: Made & { readonly scopes: readonly string[] }; onDone: () => void }) {
  // What a program may read is listed under the name of its part; a practice is named besides.
  const readable = made.scopes.find((scope) => scope.endsWith(':read') && sliceOf(scope) !== 'practices')
  return (
    <div className="stack">
      <CopyField label={t('Token')} value={made.token} isSecret />
      {readable === undefined ? undefined : (
        <>
          <p>
            {rich('The program sends it with each request. To try it, put the token in <code>VIGIL_TOKEN</code>:', {
              code: (words) => <code>{words}</code>,
            })}
          </p>
          <pre className="command">
            <code>{commandOf(sliceOf(readable))}</code>
          </pre>
        </>
      )}
      <p className="soft">
        {rich('It works until {dayText}. What programs can ask for stands under <link>API</link>.', {
          dayText: <DayText day={lastDay(made.expiresAt)} />,
          link: (words) => <PageLink to="/settings/api">{words}</PageLink>,
        })}
      </p>
      <div className="buttons">
        <Button variant="filled" onClick={onDone}>
          {t('I have kept it')}
        </Button>
      </div>
    </div>
  )
}

// A command is not translated.
function commandOf(slice: string): string {
  return `curl -H "authorization: Bearer $VIGIL_TOKEN" ${window.location.origin}/api/${slice}`
}

/** Tokens end with a day of UTC. */
function lastDay(expiresAt: string): string {
  return expiresAt.slice(0, 10)
}

function sliceOf(scope: string): string {
  return scope.split(':')[0] ?? scope
}

function sayPart(slice: string): string {
  const words = slice.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** "Read findings". */
function sayScope(scope: string): string {
  const slice = sliceOf(scope).replaceAll('-', ' ')
  return scope.endsWith(':change') ? t('Change {slice}', { slice }) : t('Read {slice}', { slice })
}

function sayScopes(scopes: readonly string[]): string {
  const [first, second, ...rest] = scopes.map(sayScope)
  const shown = [first, second].filter((words) => words !== undefined).join(', ')
  return rest.length === 0 ? shown : t('{shown} and {length} more', { shown, length: rest.length })
}
