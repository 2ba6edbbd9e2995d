/** One file before it is taken in: what it was recognised as, its columns and first rows, and how to correct that. */
import { Box, Button, Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { useMemo } from 'react'
import { sayBasis, sayWhat } from '#core/intake/screens/source-words.ts'
import { dayOf } from '#platform/days.ts'
import { useChange, useRead } from '#ui/data.ts'
import { DayText, Fact, FactList } from '#ui/facts.tsx'
import { useFields } from '#ui/form.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { Loading, Note, ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { look, map, remove, tables } from '../contract.ts'
import { type FileLooked, lostColumns, type PartLooked, sayFile } from './delivery-words.ts'
import { fieldWords } from './field-words.ts'

export function FilePanel({ deliveryId, isOpen }: { deliveryId: string; isOpen: boolean }) {
  const panel = usePanel('file')
  const fileId = panel.value
  const read = useRead(look, { deliveryId, fileId: fileId ?? '' }, { when: isOpen && fileId !== undefined })
  const file = read.data?.id === fileId ? read.data : undefined
  const leave = useChange(remove, { onDone: panel.close })
  const ignore = useChange(map, { onDone: panel.close })
  return (
    <SidePanel
      isOpen={isOpen && fileId !== undefined}
      onClose={panel.close}
      title={file?.name ?? t('File')}
      actions={
        file ? (
          <>
            {file.summary.state === 'settings' || file.mapping?.ignore ? undefined : (
              <Button
                loading={ignore.isBusy}
                onClick={() => ignore.start({ deliveryId, fileId: file.id, mapping: { ignore: true } })}
              >
                {t('Always leave it out')}
              </Button>
            )}
            <Button loading={leave.isBusy} onClick={() => leave.start({ deliveryId, fileId: file.id })}>
              {t('Take it out of this delivery')}
            </Button>
          </>
        ) : undefined
      }
    >
      <Loading of={{ ...read, data: file }} rows={8}>
        {(looked) => (
          <div className="stack">
            <ProblemNote problem={leave.problem ?? ignore.problem} />
            {looked.summary.state === 'recognised' ? undefined : (
              <Note kind={looked.summary.state === 'unrecognised' ? 'warning' : 'plain'}>{sayFile(looked)}</Note>
            )}
            {looked.summary.state === 'settings' ? undefined : (
              <Correct key={`${looked.id} ${JSON.stringify(looked.mapping)}`} deliveryId={deliveryId} file={looked} />
            )}
            {looked.preview.hasMore ? (
              <p className="soft">{t('There are more sheets; the first are shown.')}</p>
            ) : undefined}
          </div>
        )}
      </Loading>
    </SidePanel>
  )
}

/** What a select says for "as it was recognised". */
const asIs = ''

interface Said {
  format: string
  system: string
  basis: string
  collectedOn: string
  complete: string
  keep: boolean
  columns: Readonly<Record<string, string>>
}

function Correct({ deliveryId, file }: { deliveryId: string; file: FileLooked }) {
  const { mapping } = file
  const change = useChange(map)
  const form = useFields<Said>(
    {
      format: mapping?.format ?? asIs,
      system: mapping?.system ?? '',
      basis: mapping?.basis ?? asIs,
      collectedOn: mapping?.collectedOn ?? '',
      complete: mapping?.complete === undefined ? asIs : String(mapping.complete),
      keep: true,
      columns: mapping?.columns ?? {},
    },
    async (said) => {
      await change.run({ deliveryId, fileId: file.id, mapping: mappingOf(said, mapping), keep: said.keep })
      tell(t('The file was read anew.'))
    },
  )
  const takeBack = useChange(map)
  const set = (header: string, field: string) => {
    const columns = { ...form.values.columns }
    if (field === asIs) delete columns[header]
    else columns[header] = field
    form.set({ columns })
  }
  // Where it was not recognised, all begins with what it is.
  const isLost = file.summary.state === 'unrecognised'
  const kindField = (
    <NativeSelect label={t('What it is')} {...form.field('format')}>
      <option value={asIs}>{t('as recognised')}</option>
      {Object.entries(tables).map(([format, { title }]) => (
        <option key={format} value={format}>
          {title}
        </option>
      ))}
    </NativeSelect>
  )
  return (
    <form className="stack" onSubmit={form.onSubmit} noValidate>
      {isLost ? kindField : undefined}
      {file.preview.parts.map((part) => (
        <Part
          key={part.part ?? ''}
          part={part}
          isOnly={file.preview.parts.length === 1}
          format={form.values.format || part.format}
          said={form.values.columns}
          onSaid={set}
        />
      ))}
      {isLost ? undefined : kindField}
      <details className="unfold">
        <summary>{t('Say more about it')}</summary>
        <div className="stack">
          <TextInput
            label={t('System')}
            description={t('The system whose accounts these are, where the file does not say it.')}
            {...form.field('system')}
          />
          <NativeSelect label={t('How it is known')} {...form.field('basis')}>
            <option value={asIs}>{t('as recognised')}</option>
            <option value="measured">{sayBasis('measured')}</option>
            <option value="stated">{sayBasis('stated')}</option>
          </NativeSelect>
          <TextInput
            type="date"
            label={t('Collected on')}
            description={t('The day on which the list was made. It speaks for some weeks from then.')}
            {...form.field('collectedOn')}
          />
          <NativeSelect
            label={t('Whether it is the whole list')}
            description={t('Who is missing on a whole list is gone; what is missing on a part of it says nothing.')}
            {...form.field('complete')}
          >
            <option value={asIs}>{t('as recognised')}</option>
            <option value="true">{t('the whole list')}</option>
            <option value="false">{t('a part of it')}</option>
          </NativeSelect>
        </div>
      </details>
      {form.isChanged ? (
        <Checkbox label={t('Read next month’s file of this name the same way')} {...form.field('keep', 'checkbox')} />
      ) : undefined}
      <ProblemNote problem={form.problem ?? takeBack.problem} />
      <div className="buttons">
        <Button type="submit" variant="filled" loading={form.isBusy} disabled={!form.isChanged}>
          {t('Read it this way')}
        </Button>
        {mapping === null ? undefined : (
          <Button
            loading={takeBack.isBusy}
            onClick={() => takeBack.start({ deliveryId, fileId: file.id, mapping: null })}
          >
            {t('Take back what was said')}
          </Button>
        )}
      </div>
    </form>
  )
}

type Mapping = NonNullable<FileLooked['mapping']>

function mappingOf(said: Said, former: Mapping | null): Mapping | null {
  const { sheet } = former ?? {}
  const mapping: Mapping = {
    ...(sheet === undefined ? {} : { sheet }),
    ...(said.format === asIs ? {} : { format: said.format }),
    ...(said.system.trim() === '' ? {} : { system: said.system.trim() }),
    ...(said.basis === 'measured' || said.basis === 'stated' ? { basis: said.basis } : {}),
    ...(said.collectedOn === '' ? {} : { collectedOn: said.collectedOn }),
    ...(said.complete === asIs ? {} : { complete: said.complete === 'true' }),
    ...(Object.keys(said.columns).length === 0 ? {} : { columns: said.columns }),
  }
  return Object.keys(mapping).length === 0 ? null : mapping
}

function Part({
  part,
  isOnly,
  format,
  said,
  onSaid,
}: {
  part: PartLooked
  isOnly: boolean
  format: string
  said: Readonly<Record<string, string>>
  onSaid: (header: string, field: string) => void
}) {
  const { timeZone } = useViewer()
  const lost = lostColumns(part)
  const isKnown = part.format !== 'unrecognised'
  return (
    <section className="part" aria-label={part.part ?? t('The file')}>
      {isOnly && part.part === null ? undefined : <h3>{part.part ?? t('The file')}</h3>}
      {isKnown ? (
        <FactList>
          <Fact label={t('Recognised as')}>{sayWhat(part)}</Fact>
          {part.basis === null ? undefined : <Fact label={t('How it is known')}>{sayBasis(part.basis)}</Fact>}
          {part.collectedAt === null ? undefined : (
            <Fact label={t('Collected')}>
              <DayText day={dayOf(new Date(part.collectedAt), timeZone)} />
            </Fact>
          )}
          {part.isComplete === null ? undefined : (
            <Fact label={t('Whole list')}>{part.isComplete ? t('yes') : t('no, a part of it')}</Fact>
          )}
        </FactList>
      ) : undefined}
      {part.columns.length === 0 ? undefined : (
        <>
          <h3>
            {t('Columns')}{' '}
            {lost > 0 && isKnown ? <span className="soft">{t('{lost} not understood', { lost })}</span> : undefined}
          </h3>
          <Columns part={part} format={format} said={said} onSaid={onSaid} />
        </>
      )}
      <Rows part={part} />
    </section>
  )
}

function Columns({
  part,
  format,
  said,
  onSaid,
}: {
  part: PartLooked
  format: string
  said: Readonly<Record<string, string>>
  onSaid: (header: string, field: string) => void
}) {
  const fields = tables[format]?.fields ?? []
  const examples = useMemo(() => examplesOf(part), [part])
  const columns = part.columns.map((column, at) => ({ key: `${at} ${column.header}`, at, column }))
  return (
    <table className="columns said">
      <thead>
        <tr>
          <th scope="col">{t('In the file')}</th>
          <th scope="col">{t('Read as')}</th>
        </tr>
      </thead>
      <tbody>
        {columns.map(({ key, at, column: { header, field, isSaid } }) => {
          const isLost = field === null && !isSaid && said[header] === undefined && part.format !== 'unrecognised'
          return (
            <tr key={key} data-lost={isLost || undefined}>
              <td>
                {header === '' ? <span className="soft">{t('no name')}</span> : header}
                {examples[at] ? <div className="example">{examples[at]}</div> : undefined}
              </td>
              <td>
                {header === '' || fields.length === 0 ? (
                  <span className="soft">{field === null ? t('not used') : fieldWords(field)}</span>
                ) : (
                  <NativeSelect
                    aria-label={t('Read {header} as', { header })}
                    value={said[header] ?? asIs}
                    onChange={(event) => onSaid(header, event.currentTarget.value)}
                  >
                    <option value={asIs}>{field === null || isSaid ? t('not understood') : fieldWords(field)}</option>
                    <option value="ignore">{t('leave it out')}</option>
                    {fields.map((name) =>
                      name === field && !isSaid ? undefined : (
                        <option key={name} value={name}>
                          {fieldWords(name)}
                        </option>
                      ),
                    )}
                  </NativeSelect>
                )}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** Headers may be repeated: each with a key of its own, and its place. */
function keyed(
  texts: readonly string[],
): readonly { readonly key: string; readonly text: string; readonly at: number }[] {
  return texts.map((text, at) => ({ key: `${at} ${text}`, text, at }))
}

/** The first values of each column, a few and short. */
function examplesOf({ columns, rows }: PartLooked): readonly string[] {
  return columns.map((_, at) => {
    const values = rows.map(({ cells }) => cells?.[at]?.trim() ?? '').filter((value) => value !== '')
    const text = [...new Set(values)].slice(0, 3).join(', ')
    return text.length > 60 ? `${text.slice(0, 59)}…` : text
  })
}

/** The first rows, as the file has them; those that cannot be read say why. */
function Rows({ part }: { part: PartLooked }) {
  if (part.rows.length === 0) return undefined
  const hasCells = part.rows.some(({ cells }) => cells !== null)
  const fields = hasCells ? [] : [...new Set(part.rows.flatMap(({ understood }) => Object.keys(understood ?? {})))]
  const heads = keyed(hasCells ? part.columns.map(({ header }) => header) : fields.map(fieldWords))
  const rejects = part.rows.filter(({ reason }) => reason !== null)
  return (
    <>
      <h3>{t('First rows')}</h3>
      {rejects.length === 0 ? undefined : (
        <Note kind="warning">
          {rejects.slice(0, 3).map(({ line, reason }) => (
            <p key={line}>{rich('Line {line}: {reason}.', { line, reason })}</p>
          ))}
        </Note>
      )}
      {/* What can be scrolled must be reached by the keyboard. */}
      <Box
        component="section"
        className="sideways"
        aria-label={part.part === null ? t('First rows') : t('First rows of {part}', { part: part.part })}
        tabIndex={0}
      >
        <table>
          <thead>
            <tr>
              <th scope="col">{t('Line')}</th>
              {heads.map(({ key, text }) => (
                <th key={key} scope="col">
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {part.rows.slice(0, 8).map(({ line, cells, understood, reason }) => (
              <tr key={line} data-reject={reason !== null || undefined}>
                <td>{line}</td>
                {heads.map(({ key, at }) => (
                  <td key={key}>{hasCells ? cells?.[at] : understood?.[fields[at] ?? '']}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Box>
    </>
  )
}
