/** Bringing a file of accesses, or of what explains them: it goes in while the page tells how far it is. */
import { FileInput, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { showJob } from '#core/jobs/contract.ts'
import { demand } from '#core/sign-in/screens/flaws.ts'
import { upload } from '#ui/call.ts'
import { useRead } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { PageLink } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { Note, ProblemNote } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { sayNumber } from '#ui/words.ts'
import { importFile, trailFormats } from '../contract.ts'
import './trail.css'

const formatWords: Readonly<Record<(typeof trailFormats)[number], string>> = {
  fhir: t('FHIR AuditEvents'),
  atna: t('ATNA audit messages'),
  csv: t('A table of accesses (CSV)'),
  relations: t('What explains accesses: appointments, staff, patients …'),
}

export function BringTrailScreen() {
  const [jobs, setJobs] = useState<readonly { readonly id: number; readonly file: string }[]>([])
  const form = useFields(
    { file: null as File | null, source: '', format: null as string | null },
    async ({ file, source, format }) => {
      demand({
        file: file === null && t('Choose a file.'),
        source: source.trim() === '' && t('Say which system it is from.'),
      })
      if (file === null) return
      const input = {
        source: source.trim(),
        ...(format === null ? {} : { format: format as (typeof trailFormats)[number] }),
      }
      const { jobId } = await upload(importFile, input, file)
      setJobs((before) => [{ id: jobId, file: file.name }, ...before])
      form.set({ file: null })
    },
  )
  return (
    <Page width="reading">
      <PageHead
        title={t('Bring an access log')}
        says={t(
          'An export of your record system’s access log, and lists that explain accesses. The same file twice changes nothing.',
        )}
      />
      <Form of={form} does={t('Bring it')}>
        <FileInput
          label={t('File')}
          description={t('FHIR (JSON, NDJSON), ATNA (XML), HL7 v2 or CSV, packed by gzip or not')}
          placeholder={t('Choose a file')}
          clearable
          {...form.field('file')}
        />
        <TextInput
          label={t('From')}
          description={t('The system that wrote it. What comes under one name is one source.')}
          maxLength={100}
          {...form.field('source')}
        />
        <Select
          label={t('What it is')}
          placeholder={t('Found out from the file')}
          data={trailFormats.map((value) => ({ value, label: formatWords[value] }))}
          clearable
          {...form.field('format')}
        />
      </Form>
      {jobs.length > 0 ? (
        <Section title={t('Brought')}>
          {jobs.map(({ id, file }) => (
            <Brought key={id} jobId={id} file={file} />
          ))}
        </Section>
      ) : undefined}
      <p>
        <PageLink to="/trail/sources">{t('All sources of the trail')}</PageLink>
      </p>
    </Page>
  )
}

interface Reject {
  readonly where: number
  readonly reason: string
}
/** Mostly they are all rejected for the same. */
const rejectsShown = 5

function Brought({ jobId, file }: { jobId: number; file: string }) {
  const read = useRead(showJob, { jobId }, { everySeconds: 1 })
  const job = read.data
  if (read.problem) return <ProblemNote problem={read.problem} />
  const result = (job?.result ?? {}) as Readonly<Record<string, unknown>>
  const rejects = (Array.isArray(result['rejects']) ? (result['rejects'] as readonly Reject[]) : []).slice(
    0,
    rejectsShown,
  )
  const of = (name: string) => sayNumber(Number(result[name] ?? 0))
  if (job?.state === 'done') {
    return (
      <Note kind={Number(result['rejected'] ?? 0) > 0 ? 'warning' : 'plain'}>
        <p>
          {t('{file}: {accepted} taken in, {duplicates} came twice, {rejected} rejected.', {
            file,
            accepted: of('accepted'),
            duplicates: of('duplicates'),
            rejected: of('rejected'),
          })}
        </p>
        {Number(result['relations'] ?? 0) > 0 ? (
          <p>{t('{relations} lines that explain accesses.', { relations: of('relations') })}</p>
        ) : undefined}
        {rejects.length > 0 ? (
          <ul className="trail-reasons">
            {rejects.map(({ where, reason }) => (
              <li key={where}>{t('Line {where, number}: {reason}', { where, reason })}</li>
            ))}
          </ul>
        ) : undefined}
      </Note>
    )
  }
  if (job?.state === 'failed') {
    return (
      <Note kind="warning">
        <p>
          <b>{t('{file} could not be taken in.', { file })}</b>
        </p>
        {job.failure ? <p>{job.failure.detail}</p> : undefined}
      </Note>
    )
  }
  const { done = 0, total = null } = job?.progress ?? {}
  return (
    <Note>
      {total === null || total === 0
        ? t('{file} is being taken in.', { file })
        : t('{file} is being taken in: {share, number, percent}.', { file, share: Math.min(1, done / total) })}
    </Note>
  )
}
