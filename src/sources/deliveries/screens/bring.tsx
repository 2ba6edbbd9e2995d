/**
 * Bringing files: dropped, looked at, corrected, taken in. The delivery stands in the address, so that who leaves and comes
 * back finds it as it is; the server keeps it for a day.
 */
import { Button, Progress } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconFile, IconSettings, IconX } from '@tabler/icons-react'
import { useId } from 'react'
import { asSentence } from '#core/intake/screens/source-words.ts'
import { showStart } from '#core/start/contract.ts'
import { Confirm } from '#ui/ask.tsx'
import { useChange, useRead } from '#ui/data.ts'
import { Age } from '#ui/facts.tsx'
import { PageLink, useGo, useWord } from '#ui/link.tsx'
import { Page, PageHead, Section } from '#ui/page.tsx'
import { usePanel } from '#ui/panel.tsx'
import { rich } from '#ui/rich.tsx'
import { EmptyState, Loading, ProblemNote, tell } from '#ui/say.tsx'
import { useMay } from '#ui/viewer.tsx'
import { discard, importDelivery, list, open, show } from '../contract.ts'
import { type FileShown, lostColumns, needsCare, sayColumns, sayDelivery, sayFile, saySize } from './delivery-words.ts'
import { DropPlace } from './drop-place.tsx'
import { FilePanel } from './file-panel.tsx'
import { Taking } from './taking.tsx'
import { type Sending, useUploads } from './use-uploads.ts'
import '#core/intake/screens/intake.css'
import './deliveries.css'
import { t } from '#ui/t.ts'

export function BringScreen() {
  const [deliveryId, setDelivery] = useWord('delivery')
  const may = useMay()
  const [mayBring, mayStart] = [may(open), may(showStart)]
  const uploads = useUploads(deliveryId, setDelivery)
  const first = useRead(show, { deliveryId: deliveryId ?? '', limit: 200 }, { when: deliveryId !== undefined })
  // A delivery holds at most 500 files.
  const second = useMore(deliveryId, first.data?.files.next)
  const third = useMore(deliveryId, second?.next)
  if (deliveryId === undefined) {
    return (
      <Page>
        <PageHead
          title={t('Bring files')}
          says={t('Lists that you have, or exports of your systems. Vigil says what it recognises first.')}
        />
        {mayBring ? (
          <>
            <DropPlace isFirst onFiles={uploads.bring} />
            {mayStart ? (
              <p className="soft">
                {rich('Not sure what to bring? <link>Four questions</link> tell which three files say most.', {
                  link: (words) => <PageLink to="/start">{words}</PageLink>,
                })}
              </p>
            ) : undefined}
            <SendingRows sending={uploads.sending} onForget={uploads.forget} />
            <Former />
          </>
        ) : (
          <EmptyState
            title={t('Files are brought by others')}
            action={<PageLink to="/sources">{t('See what is known')}</PageLink>}
          >
            {t('Officers and administrators bring files. You can read all that came of them.')}
          </EmptyState>
        )}
      </Page>
    )
  }
  if (first.data === undefined) {
    return (
      <Page>
        <PageHead title={t('Bring files')} />
        <Loading of={first}>{() => undefined}</Loading>
      </Page>
    )
  }
  const { delivery } = first.data
  const files = [...first.data.files.items, ...(second?.items ?? []), ...(third?.items ?? [])]
  if (delivery.state === 'discarded') {
    return (
      <Page>
        <PageHead title={t('Bring files')} />
        <EmptyState
          title={t('These files were thrown away')}
          action={<PageLink to="/sources/bring">{t('Bring files')}</PageLink>}
        >
          {t('They were discarded, or left for more than a day without being taken in. Nothing of them was kept.')}
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page>
      {delivery.state === 'open' ? (
        <OpenDelivery deliveryId={deliveryId} files={files} uploads={uploads} mayBring={mayBring} />
      ) : (
        <Taking delivery={delivery} files={files} />
      )}
    </Page>
  )
}

function useMore(deliveryId: string | undefined, after: string | null | undefined) {
  const read = useRead(
    show,
    { deliveryId: deliveryId ?? '', limit: 200, after: after ?? '' },
    { when: deliveryId !== undefined && typeof after === 'string' },
  )
  return typeof after === 'string' ? read.data?.files : undefined
}

function OpenDelivery({
  deliveryId,
  files,
  uploads,
  mayBring,
}: {
  deliveryId: string
  files: readonly FileShown[]
  uploads: ReturnType<typeof useUploads>
  mayBring: boolean
}) {
  const go = useGo()
  const take = useChange(importDelivery, { refreshes: ['jobs'] })
  const away = useChange(discard, {
    onDone: () => {
      tell(t('The files were thrown away.'))
      go('/sources/bring', { replace: true })
    },
  })
  return (
    <>
      <PageHead
        title={t('Bring files')}
        says={
          uploads.isBusy
            ? t('The files are on their way.')
            : files.length === 0
              ? t('No file is here yet.')
              : sayDelivery(files)
        }
        action={
          mayBring ? (
            <Button
              variant="filled"
              disabled={files.length === 0 || uploads.isBusy}
              loading={take.isBusy}
              onClick={() => take.start({ deliveryId })}
            >
              {t('Take these in')}
            </Button>
          ) : undefined
        }
      />
      <ProblemNote problem={take.problem} />
      <SendingRows sending={uploads.sending} onForget={uploads.forget} />
      <Files files={files} />
      {mayBring ? (
        <>
          <DropPlace isFirst={files.length === 0} onFiles={uploads.bring} />
          <Confirm
            trigger={(ask) => (
              <div className="buttons">
                <Button onClick={ask}>{t('Throw these away')}</Button>
              </div>
            )}
            title={t('Throw these files away?')}
            does={t('Throw them away')}
            onConfirm={() => away.run({ deliveryId })}
          >
            {t('Nothing of them is taken in. Your own copies stay where they are.')}
          </Confirm>
        </>
      ) : undefined}
      <FilePanel deliveryId={deliveryId} isOpen={mayBring} />
    </>
  )
}

function Files({ files }: { files: readonly FileShown[] }) {
  const panel = usePanel('file')
  if (files.length === 0) return undefined
  const sorted = files.toSorted((a, b) => Number(needsCare(b)) - Number(needsCare(a)) || a.name.localeCompare(b.name))
  return (
    <Section title={t('{count, plural, one {# file} other {# files}}', { count: files.length })}>
      <ul className="rows files" aria-label={t('Files')}>
        {sorted.map((file) => {
          const lost = file.summary.parts.reduce((sum, part) => sum + lostColumns(part), 0)
          return (
            <li key={file.id}>
              <div>
                <FileMark file={file} />
                <div>
                  <PageLink to={panel.addressOf(file.id)} className="row-link">
                    {file.name}
                  </PageLink>
                  <p>{sayFile(file)}</p>
                </div>
              </div>
              <span className={lost > 0 && !needsCare(file) ? 'aside care' : 'aside'}>
                {sayColumns(file) ?? saySize(file.bytes)}
              </span>
            </li>
          )
        })}
      </ul>
    </Section>
  )
}

function FileMark({ file: { summary } }: { file: FileShown }) {
  const { state } = summary
  if (state === 'recognised') return <IconCheck className="well" size={18} stroke={1.5} aria-label={t('Recognised')} />
  if (state === 'unrecognised') {
    return <IconAlertTriangle className="care" size={18} stroke={1.5} aria-label={t('Not recognised')} />
  }
  if (state === 'settings') return <IconSettings size={18} stroke={1.5} aria-label={t('Settings')} />
  return <IconFile size={18} stroke={1.5} aria-label={state === 'ignored' ? t('Left out') : t('Read when taken in')} />
}

function SendingRows({ sending, onForget }: { sending: readonly Sending[]; onForget: (name: string) => void }) {
  const id = useId()
  if (sending.length === 0) return undefined
  return (
    <ul className="rows files" aria-label={t('On their way')}>
      {sending.map(({ name, bytes, share, problem }, at) => (
        <li key={name} data-care={problem === undefined ? undefined : true}>
          <div>
            {problem === undefined ? (
              <IconFile size={18} stroke={1.5} aria-hidden="true" />
            ) : (
              <IconAlertTriangle size={18} stroke={1.5} aria-label={t('Refused')} />
            )}
            <div>
              <b id={`${id}-${at}`}>{name}</b>
              {problem === undefined ? (
                <Progress
                  className="sent"
                  size="sm"
                  value={100 * (share ?? 0)}
                  aria-labelledby={`${id}-${at}`}
                  transitionDuration={120}
                />
              ) : (
                <p role="alert">
                  {problem.message} {problem.hint === undefined ? '' : asSentence(problem.hint)}
                </p>
              )}
            </div>
          </div>
          {problem === undefined ? (
            <span className="aside">
              {share === undefined
                ? t('waits')
                : share < 1
                  ? t('{value} % of {size}', { value: Math.round(share * 100), size: saySize(bytes) })
                  : t('is looked at')}
            </span>
          ) : (
            <Button
              size="xs"
              leftSection={<IconX size={14} stroke={1.5} />}
              aria-label={t('Leave {name} out', { name })}
              onClick={() => onForget(name)}
            >
              {t('Leave out')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}

const deliveryWords = {
  open: t('waits to be taken in'),
  importing: t('is being taken in'),
  done: t('was taken in'),
  discarded: t('was thrown away'),
} as const

/** Deliveries that were begun before: those that wait can be gone on with. */
function Former() {
  const read = useRead(list, { limit: 10 })
  if (read.data?.items.length === 0) return undefined
  return (
    <Section title={t('Brought before')}>
      <Loading of={read} rows={3}>
        {({ items }) => (
          <ul className="rows">
            {items.map((delivery) => (
              <li key={delivery.id}>
                <div>
                  <PageLink to={`/sources/bring?delivery=${delivery.id}`} className="row-link">
                    {t('{count, plural, one {# file} other {# files}}', { count: delivery.files })}
                  </PageLink>{' '}
                  <span className={delivery.state === 'open' ? undefined : 'soft'}>
                    {deliveryWords[delivery.state]}
                  </span>
                </div>
                <Age at={delivery.madeAt} word={t('begun')} />
              </li>
            ))}
          </ul>
        )}
      </Loading>
    </Section>
  )
}
