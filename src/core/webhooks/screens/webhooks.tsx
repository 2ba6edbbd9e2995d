/** Programs that are told what happens: who they are, how they fare, and one more. */
import { Button, Checkbox, MultiSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { beside, demand } from '#core/sign-in/screens/flaws.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { Confirm, CopyField } from '#ui/ask.tsx'
import { type Pages, useChange, usePages, useRead } from '#ui/data.ts'
import { Age, Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, Note, ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import {
  addWebhook,
  changeWebhook,
  listAttempts,
  listWebhooks,
  pauseWebhook,
  removeWebhook,
  renewSecret,
  resumeWebhook,
  tryWebhook,
} from '../contract.ts'
import './webhooks.css'

type Webhook = WireOutputOf<typeof listWebhooks>['items'][number]

export function WebhooksScreen() {
  const read = useRead(listWebhooks, {}, { everySeconds: 15 })
  const panel = usePanel('webhook')
  const adding = usePanel('new')
  const may = useMay()
  const items = read.data?.items ?? []
  const chosen = items.find(({ id }) => String(id) === panel.value)
  const add = may(addWebhook) ? (
    <Button variant="filled" onClick={() => adding.open('webhook')}>
      {t('Add a webhook')}
    </Button>
  ) : undefined
  return (
    <Page>
      <PageHead
        title={t('Webhooks')}
        says={t(
          'A program elsewhere is told what happens here, signed, within seconds. It is told numbers and no names.',
        )}
        action={items.length > 0 ? add : undefined}
      />
      <DataTable
        label={t('Webhooks')}
        pages={pagesOf(read, items)}
        keyOf={({ id }) => id}
        linkOf={({ id }) => panel.addressOf(id)}
        chosen={panel.value}
        columns={[
          { head: t('Name'), cell: ({ name }) => name },
          { head: t('Is told of'), cell: ({ slices }) => saySlices(slices), from: 1000 },
          { head: t('State'), cell: (webhook) => <State webhook={webhook} />, width: '240px' },
          { head: t('Last message'), cell: ({ last }) => <Last last={last} />, width: '160px', from: 1000 },
        ]}
        lines={(webhook) => ({ title: webhook.name, detail: <State webhook={webhook} /> })}
        empty={
          <EmptyState title={t('No program is told')} action={add}>
            {t('A ticket system, a chat or a monitor can follow what happens here as it happens.')}
          </EmptyState>
        }
      />
      <SidePanel
        isOpen={panel.value !== undefined && (chosen !== undefined || read.data !== undefined)}
        onClose={panel.close}
        title={chosen?.name ?? t('There is no such webhook')}
      >
        {chosen === undefined ? undefined : (
          <WebhookPanel key={chosen.id} webhook={chosen} slices={read.data?.slices ?? []} onGone={panel.close} />
        )}
      </SidePanel>
      <SidePanel isOpen={adding.value !== undefined} onClose={adding.close} title={t('Add a webhook')}>
        {adding.value === undefined ? undefined : <Adding slices={read.data?.slices ?? []} onDone={adding.close} />}
      </SidePanel>
    </Page>
  )
}

function pagesOf(read: ReturnType<typeof useRead<typeof listWebhooks>>, items: readonly Webhook[]): Pages<Webhook> {
  return {
    items,
    isLoading: read.isLoading,
    isOld: read.isOld,
    hasMore: false,
    isLoadingMore: false,
    more: () => undefined,
    again: read.again,
    problem: read.problem,
  }
}

function State({ webhook: { state, whyPaused, behind } }: { webhook: Webhook }) {
  if (state === 'paused') {
    return {
      'by-hand': t('Paused'),
      gone: t('Paused: it wants no more messages'),
      failing: t('Paused: it failed for three days'),
    }[whyPaused ?? 'by-hand']
  }
  if (state === 'failing')
    return t('Not reached, {behind, plural, one {one entry} other {# entries}} behind', { behind })
  return behind === 0
    ? t('Told of everything')
    : t('{behind, plural, one {One entry} other {# entries}} behind', { behind })
}

function Last({ last }: { last: Webhook['last'] }) {
  return last === null ? <span className="soft">{t('none yet')}</span> : <Age at={last.at} />
}

function WebhookPanel({
  webhook,
  slices,
  onGone,
}: {
  webhook: Webhook
  slices: readonly string[]
  onGone: () => void
}) {
  const { id, name, url, state, failingSince, dueAt, madeAt } = webhook
  const may = useMay()
  const [isChanging, setChanging] = useState(false)
  const trial = useChange(tryWebhook)
  const pause = useChange(pauseWebhook)
  const resume = useChange(resumeWebhook)
  const renew = useChange(renewSecret)
  const remove = useChange(removeWebhook)
  const isKeeper = may(changeWebhook)
  if (isChanging) {
    return <Changing webhook={webhook} slices={slices} onDone={() => setChanging(false)} />
  }
  return (
    <div className="stack">
      <FactList>
        <Fact label={t('State')}>
          <State webhook={webhook} />
        </Fact>
        {failingSince === null ? undefined : (
          <Fact label={t('Fails since')}>
            <Age at={failingSince} />
          </Fact>
        )}
        {state === 'failing' ? (
          <Fact label={t('Tried again')}>
            <Age at={dueAt} />
          </Fact>
        ) : undefined}
        <Fact label={t('Address')}>
          <span className="mono webhook-url">{url}</span>
        </Fact>
        <Fact label={t('Is told of')}>{saySlices(webhook.slices)}</Fact>
        <Fact label={t('Added')}>
          <Age at={madeAt} />
        </Fact>
      </FactList>
      {isKeeper ? (
        <>
          <div className="buttons">
            <Button variant="filled" loading={trial.isBusy} onClick={() => trial.start({ webhookId: id })}>
              {t('Send a message to try')}
            </Button>
            <Button onClick={() => setChanging(true)}>{t('Change')}</Button>
            {state === 'works' ? (
              <Button loading={pause.isBusy} onClick={() => pause.start({ webhookId: id })}>
                {t('Pause')}
              </Button>
            ) : (
              <>
                <Button loading={resume.isBusy} onClick={() => resume.start({ webhookId: id, from: 'where-it-stood' })}>
                  {t('Resume where it stood')}
                </Button>
                <Button loading={resume.isBusy} onClick={() => resume.start({ webhookId: id, from: 'now' })}>
                  {t('Resume from now on')}
                </Button>
              </>
            )}
          </div>
          <ProblemNote problem={trial.problem ?? pause.problem ?? resume.problem} />
          {trial.output === undefined ? undefined : (
            <Note kind={trial.output.isTold ? 'plain' : 'warning'}>
              {trial.output.isTold
                ? t('It answered {status} within {tookMs} ms.', {
                    status: String(trial.output.status),
                    tookMs: trial.output.tookMs,
                  })
                : t('It was not told: {problem}.', { problem: trial.output.problem ?? '' })}
            </Note>
          )}
        </>
      ) : undefined}
      <Attempts webhookId={id} />
      {isKeeper ? (
        <div className="panel-action">
          {renew.output === undefined ? undefined : (
            <CopyField label={t('New secret')} value={renew.output.secret} isSecret />
          )}
          <div className="buttons">
            <Confirm
              trigger={(open) => <Button onClick={open}>{t('Renew the secret')}</Button>}
              title={t('Renew the secret of {name}?', { name })}
              does={t('Renew it')}
              onConfirm={() => renew.run({ webhookId: id })}
            >
              {t('Messages are signed with the new one at once. The program refuses them until it knows it.')}
            </Confirm>
            <Confirm
              trigger={(open) => <Button onClick={open}>{t('Remove')}</Button>}
              title={t('Remove {name}?', { name })}
              does={t('Remove it')}
              onConfirm={async () => {
                await remove.run({ webhookId: id })
                tell(t('The webhook is removed.'))
                onGone()
              }}
            >
              {t('It is told nothing more, also not of what has happened already.')}
            </Confirm>
          </div>
        </div>
      ) : undefined}
    </div>
  )
}

function Attempts({ webhookId }: { webhookId: number }) {
  const attempts = usePages(listAttempts, { webhookId, limit: 20 })
  if (attempts.items.length === 0) return undefined
  return (
    <section className="stack">
      <h3>{t('Messages')}</h3>
      <ul className="webhook-attempts">
        {attempts.items.map(({ id, seq, at, status, problem, tookMs }) => (
          <li key={id}>
            <PageLink to={`/ledger?entry=${seq}`}>{t('Entry {seq}', { seq: String(seq) })}</PageLink>
            <span>
              {problem === null
                ? t('answered {status} within {tookMs} ms', { status: String(status), tookMs })
                : t('not told: {problem}', { problem })}
            </span>
            <Age at={at} />
          </li>
        ))}
      </ul>
      {attempts.hasMore ? <Button onClick={attempts.more}>{t('Show more')}</Button> : undefined}
    </section>
  )
}

const refused = {
  'webhook-name': 'name',
  'webhook-url': 'url',
  'webhook-not-safe': 'url',
  'webhook-not-reached': 'url',
} as const

interface Values {
  readonly name: string
  readonly url: string
  readonly isAll: boolean
  readonly slices: string[]
}

function Adding({ slices, onDone }: { slices: readonly string[]; onDone: () => void }) {
  const add = useChange(addWebhook)
  const first: Values = { name: '', url: '', isAll: true, slices: [] }
  const form = useFields(first, async (values) => {
    check(values)
    await beside(refused, () => add.run(inputOf(values)))
  })
  if (add.output !== undefined) {
    return (
      <div className="stack">
        <CopyField label={t('Secret')} value={add.output.secret} isSecret />
        <p>
          {t(
            'Messages follow the Standard Webhooks specification: most languages have a library that verifies them by this secret.',
          )}
        </p>
        <div className="buttons">
          <Button variant="filled" onClick={onDone}>
            {t('I have kept it')}
          </Button>
        </div>
      </div>
    )
  }
  return (
    <Form of={form} does={t('Add it')} onCancel={onDone}>
      <Fields form={form} slices={slices} />
    </Form>
  )
}

function Changing({ webhook, slices, onDone }: { webhook: Webhook; slices: readonly string[]; onDone: () => void }) {
  const change = useChange(changeWebhook)
  const { id, name, url } = webhook
  const first: Values = { name, url, isAll: webhook.slices.length === 0, slices: webhook.slices }
  const form = useFields(first, async (values) => {
    check(values)
    await beside(refused, () => change.run({ webhookId: id, ...inputOf(values) }))
    tell(t('The webhook is changed.'))
    onDone()
  })
  return (
    <Form of={form} does={t('Save')} onCancel={onDone}>
      <Fields form={form} slices={slices} />
    </Form>
  )
}

function Fields({ form, slices }: { form: ReturnType<typeof useFields<Values>>; slices: readonly string[] }) {
  return (
    <>
      <TextInput
        label={t('Name')}
        description={t('The program that is told.')}
        autoComplete="off"
        maxLength={100}
        data-autofocus
        {...form.field('name')}
      />
      <TextInput
        label={t('Address')}
        description={t('Where it takes messages: https, without a name or a password in it.')}
        type="url"
        autoComplete="off"
        placeholder="https://desk.example/vigil"
        {...form.field('url')}
      />
      <Checkbox label={t('Tell it everything that stands on the ledger')} {...form.field('isAll', 'checkbox')} />
      {form.values.isAll ? undefined : (
        <MultiSelect
          label={t('Tell it of')}
          data={slices.map((slice) => ({ value: slice, label: saySlice(slice) }))}
          searchable
          comboboxProps={{ withinPortal: false }}
          {...form.field('slices')}
        />
      )}
    </>
  )
}

function check({ name, url, isAll, slices }: Values): void {
  demand({
    name: name.trim() === '' && t('Give the name of the program.'),
    url: url.trim() === '' && t('Give the address of the program.'),
    slices: !isAll && slices.length === 0 && t('Choose at least one.'),
  })
}

function inputOf({ name, url, isAll, slices }: Values) {
  return { name, url, slices: isAll ? [] : slices }
}

function saySlice(slice: string): string {
  const words = slice.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function saySlices(slices: readonly string[]): string {
  return slices.length === 0 ? t('Everything') : slices.map(saySlice).join(', ')
}
