/** One endpoint: who may call it, what it takes and gives, the command for it, and a form to call it from here. */
import { Button, Select, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { roles as roleTitles } from '#platform/contract.ts'
import { chosenOrganisation, makeKey } from '#ui/call.ts'
import { Fact, FactList } from '#ui/facts.tsx'
import { Note } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { type Field, makeRequest, type Operation, type Request, sayCurl, saySchema } from './document.ts'

interface Answer {
  readonly status: number
  readonly took: number
  readonly text: string
}

const audiences: Readonly<Record<string, string>> = {
  nobody: t('Everybody, without signing in'),
  arriving: t('Whoever has begun to sign in'),
  anyone: t('Whoever is signed in'),
}

export function TryIt({ operation }: { operation: Operation }) {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [answer, setAnswer] = useState<Answer>()
  const [isBusy, setBusy] = useState(false)
  const { request, fault } = attempt(operation, typed)
  const isWhole = operation.fields.every(({ name, isRequired }) => !isRequired || (typed[name] ?? '').trim() !== '')

  const send = async (event: FormEvent) => {
    event.preventDefault()
    if (request === undefined || !isWhole || isBusy) return
    setBusy(true)
    const begun = performance.now()
    setAnswer(await ask(request, begun))
    setBusy(false)
  }

  return (
    <>
      <FactList>
        <Fact label={t('Request')}>
          <code>
            {operation.method} {operation.path}
          </code>
        </Fact>
        <Fact label={t('Who may')}>{sayRoles(operation.roles)}</Fact>
        {operation.output === undefined ? undefined : <Fact label={t('Answers')}>{saySchema(operation.output)}</Fact>}
        {operation.carriage === 'upload' ? <Fact label={t('Takes')}>{t('the bytes of one file')}</Fact> : undefined}
        {operation.carriage === 'download' ? <Fact label={t('Answers')}>{t('a file')}</Fact> : undefined}
        {operation.carriage === 'events' ? <Fact label={t('Answers')}>{t('server-sent events')}</Fact> : undefined}
      </FactList>
      <form className="stack" onSubmit={(event) => void send(event)}>
        {operation.fields.length === 0 ? <p className="soft">{t('It takes nothing.')}</p> : undefined}
        {operation.fields.map((field) => (
          <Input
            key={`${field.place} ${field.name}`}
            field={field}
            value={typed[field.name] ?? ''}
            onChange={(value) => setTyped({ ...typed, [field.name]: value })}
          />
        ))}
        {fault === undefined ? undefined : <Note kind="warning">{fault}</Note>}
        {request === undefined ? undefined : (
          <pre className="api-text">
            <code>{sayCurl(request, window.location.origin, operation.carriage)}</code>
          </pre>
        )}
        {operation.carriage === 'json' ? (
          <div className="buttons">
            <Button type="submit" variant="filled" loading={isBusy} disabled={request === undefined || !isWhole}>
              {t('Send')}
            </Button>
            {operation.method === 'GET' ? undefined : (
              <span className="soft api-caution">{t('It is done for real, in your name.')}</span>
            )}
          </div>
        ) : (
          <p className="soft">{t('Use the command: this one does not speak JSON both ways.')}</p>
        )}
      </form>
      <div aria-live="polite">
        {answer === undefined ? undefined : (
          <div className="stack">
            <h3>
              {answer.status === 0 ? t('No answer') : t('HTTP {status}', { status: String(answer.status) })}{' '}
              <span className="soft api-took">{t('in {took} ms', { took: answer.took })}</span>
            </h3>
            <pre className="api-text">
              <code>{answer.text}</code>
            </pre>
          </div>
        )}
      </div>
    </>
  )
}

function Input({ field, value, onChange }: { field: Field; value: string; onChange: (value: string) => void }) {
  const { name, place, isRequired, schema } = field
  const common = {
    label: name,
    description: [
      saySchema(schema),
      place,
      ...(schema.default === undefined ? [] : [t('{value} if left out', { value: JSON.stringify(schema.default) })]),
    ].join(' · '),
    withAsterisk: isRequired,
  }
  const choices = schema.enum?.map(String) ?? (schema.type === 'boolean' ? ['true', 'false'] : undefined)
  if (choices)
    return (
      <Select {...common} data={choices} value={value || null} onChange={(next) => onChange(next ?? '')} clearable />
    )
  return (
    <TextInput
      {...common}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      type={/password|secret/i.test(name) ? 'password' : 'text'}
      autoComplete="off"
      spellCheck={false}
    />
  )
}

function attempt(operation: Operation, typed: Readonly<Record<string, string>>): { request?: Request; fault?: string } {
  try {
    return { request: makeRequest(operation, typed) }
  } catch (thrown) {
    return { fault: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

/** Sends it as any program would, and shows what comes back, refusals too. */
async function ask({ method, address, body }: Request, begun: number): Promise<Answer> {
  const headers = new Headers({ accept: 'application/json' })
  const organisation = chosenOrganisation()
  if (organisation !== undefined) headers.set('vigil-organisation', organisation)
  if (method !== 'GET') headers.set('idempotency-key', makeKey())
  if (body !== undefined) headers.set('content-type', 'application/json')
  try {
    const answer = await fetch(address, { method, headers, ...(body === undefined ? {} : { body }) })
    const text = await answer.text()
    return { status: answer.status, took: Math.round(performance.now() - begun), text: indent(text) }
  } catch {
    return { status: 0, took: Math.round(performance.now() - begun), text: t('Vigil cannot be reached.') }
  }
}

function indent(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function sayRoles(roles: Operation['roles']): string {
  if (typeof roles === 'string') return audiences[roles] ?? roles
  const titles: Readonly<Record<string, string>> = roleTitles
  return roles.map((role) => titles[role] ?? role).join(', ')
}
