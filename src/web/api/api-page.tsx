/** Everything that Vigil does, as a program asks for it: read here, and tried with one's own rights. */
import { Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem, problemOf } from '#ui/call.ts'
import { PageLink, useWord } from '#ui/link.tsx'
import { Filters, Page, PageHead, Section } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { EmptyState, Loading } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { type ApiDocument, type Operation, readOperations } from './document.ts'
import { TryIt } from './try-it.tsx'
import './api.css'

async function fetchDocument(): Promise<readonly Operation[]> {
  const answer = await fetch('/api/openapi.json')
  if (answer.ok) return readOperations((await answer.json()) as ApiDocument)
  throw new Problem({
    status: answer.status,
    code: 'openapi-missing',
    message: t('The description of the API cannot be read.'),
  })
}

export function ApiPage() {
  const query = useQuery({ queryKey: ['openapi'], queryFn: fetchDocument, staleTime: Number.POSITIVE_INFINITY })
  const read = {
    data: query.data,
    problem: query.error ? problemOf(query.error) : undefined,
    isOld: false,
    again: () => void query.refetch(),
  }
  return (
    <Page>
      <PageHead
        title={t('API')}
        says={t(
          'Whatever these pages do, a program can do too: over HTTPS with a token, or by vigil call on the machine itself.',
        )}
      />
      <Loading of={read} rows={10}>
        {(operations) => <Operations all={operations} />}
      </Loading>
    </Page>
  )
}

function Operations({ all }: { all: readonly Operation[] }) {
  const [slice, setSlice] = useWord('slice')
  const [words, setWords] = useState('')
  const panel = usePanel('call')
  const slices = [...new Set(all.map((operation) => operation.slice))].sort()
  const wanted = words.trim().toLowerCase()
  const shown = all.filter(
    (operation) =>
      (slice === undefined || operation.slice === slice) &&
      `${operation.name} ${operation.path} ${operation.summary}`.toLowerCase().includes(wanted),
  )
  const chosen = all.find(({ name }) => name === panel.value)
  return (
    <div className="stack api">
      <Filters>
        <TextInput
          label={t('Find')}
          placeholder={t('a word of its name or of what it does')}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          w={280}
        />
        <Select
          label={t('Part')}
          placeholder={t('all')}
          data={slices}
          value={slice ?? null}
          onChange={setSlice}
          clearable
          w={180}
        />
        <a className="api-document" href="/api/openapi.json">
          {t('OpenAPI document')}
        </a>
      </Filters>
      {shown.length === 0 ? (
        <EmptyState title={t('Nothing goes by that name')}>{t('Try fewer letters.')}</EmptyState>
      ) : undefined}
      {slices.map((name) => {
        const within = shown.filter((operation) => operation.slice === name)
        return within.length === 0 ? undefined : (
          <Section key={name} title={name}>
            <ul className="api-list">
              {within.map((operation) => (
                <li key={operation.name} data-chosen={operation.name === panel.value || undefined}>
                  <code className="api-method">{operation.method}</code>
                  <PageLink to={panel.addressOf(operation.name)} className="row-link">
                    <code>{operation.path}</code>
                  </PageLink>
                  <span className="soft">{operation.summary}</span>
                </li>
              ))}
            </ul>
          </Section>
        )
      })}
      <SidePanel
        isOpen={chosen !== undefined}
        onClose={panel.close}
        title={chosen?.summary ?? ''}
        mark={<code className="soft">{chosen?.name}</code>}
      >
        {chosen === undefined ? undefined : <TryIt key={chosen.name} operation={chosen} />}
      </SidePanel>
    </div>
  )
}
