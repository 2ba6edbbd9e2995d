/** Patients whose records are watched: who they are, since when, and taking them off again. */
import { Button, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { demand } from '#core/sign-in/screens/flaws.ts'
import { useChange, usePages } from '#ui/data.ts'
import { Age, Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Section } from '#ui/page.tsx'
import { SidePanel, usePanel } from '#ui/panel.tsx'
import { ProblemNote, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { DataTable } from '#ui/table.tsx'
import { useMay } from '#ui/viewer.tsx'
import { listWatched, unwatch, watch } from '../contract.ts'
import './trail.css'

export function Watched() {
  const pages = usePages(listWatched, {})
  const may = useMay()
  const add = useChange(watch)
  const panel = usePanel('watched')
  const chosen = pages.items.find(({ id }) => String(id) === panel.value)
  const remove = useChange(unwatch, {
    onDone: () => {
      panel.close()
      tell(t('The record is watched no more.'))
    },
  })
  const [isAdding, setAdding] = useState(false)
  const form = useFields({ patients: '', note: '' }, async ({ patients, note }) => {
    const named = patients.split(/[\s,;]+/).filter((word) => word !== '')
    demand({ patients: named.length === 0 && t('Say which patients.') })
    const { added } = await add.run({ patients: named, ...(note.trim() ? { note: note.trim() } : {}) })
    tell(
      t(
        '{added, plural, =0 {They were watched already.} one {One record is watched.} other {# records are watched.}}',
        { added },
      ),
    )
    form.reset()
    setAdding(false)
  })
  return (
    <Section
      title={t('Watched records')}
      says={t('Of people whom many would be curious about. Every access to them that nothing explains becomes a case.')}
      aside={
        may(watch) && !isAdding ? (
          <Button variant="subtle" className="trail-aside" onClick={() => setAdding(true)}>
            {t('Watch a record')}
          </Button>
        ) : undefined
      }
    >
      {isAdding ? (
        <Form of={form} does={t('Watch')} onCancel={() => setAdding(false)}>
          <Textarea
            label={t('Patients')}
            description={t('By the numbers of your record system, as many as you like')}
            autosize
            minRows={2}
            {...form.field('patients')}
          />
          <TextInput label={t('Why')} maxLength={300} {...form.field('note')} />
        </Form>
      ) : undefined}
      <DataTable
        label={t('Watched records')}
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          { head: t('Patient'), cell: ({ patient }) => patient, width: '30%' },
          { head: t('Why'), cell: ({ note }) => note ?? '' },
          { head: t('Since'), cell: ({ addedAt }) => <Age at={addedAt} />, width: '148px' },
        ]}
        linkOf={({ id }) => panel.addressOf(id)}
        chosen={panel.value}
        lines={({ patient, note, addedAt }) => ({
          title: patient,
          detail: (
            <>
              {note ? `${note}, ` : undefined}
              <Age at={addedAt} />
            </>
          ),
        })}
        empty={<p className="soft">{t('No record is watched.')}</p>}
      />
      <SidePanel isOpen={chosen !== undefined} onClose={panel.close} title={chosen?.patient ?? ''}>
        {chosen ? (
          <div className="stack">
            <FactList>
              <Fact label={t('Why')}>{chosen.note ?? undefined}</Fact>
              <Fact label={t('Watched since')}>
                <Age at={chosen.addedAt} />
              </Fact>
            </FactList>
            <ProblemNote problem={remove.problem} />
            {may(unwatch) ? (
              <div className="buttons">
                <Button loading={remove.isBusy} onClick={() => remove.start({ watchedId: chosen.id })}>
                  {t('Watch no more')}
                </Button>
              </div>
            ) : undefined}
          </div>
        ) : undefined}
      </SidePanel>
    </Section>
  )
}
