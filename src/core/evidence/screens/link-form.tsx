/** Saying what a piece of evidence supports: a paragraph of the law or a safeguard, found by its words. */
import { Button, Select } from '@mantine/core'
import { IconLink } from '@tabler/icons-react'
import { useState } from 'react'
import { useChange, useRead } from '#ui/data.ts'
import { Form, useFields } from '#ui/form.tsx'
import { tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { listRequirements } from '../../requirements/contract.ts'
import { linkEvidence } from '../contract.ts'

export function LinkForm({ evidenceId }: { evidenceId: string }) {
  const [isOpen, setOpen] = useState(false)
  if (isOpen) return <Choose evidenceId={evidenceId} onClose={() => setOpen(false)} />
  return (
    <div className="buttons">
      <Button leftSection={<IconLink size={16} stroke={1.5} />} onClick={() => setOpen(true)}>
        {t('Link it to a requirement')}
      </Button>
    </div>
  )
}

function Choose({ evidenceId, onClose }: { evidenceId: string; onClose: () => void }) {
  const law = useRead(listRequirements, { profile: 'hipaa' })
  const link = useChange(linkEvidence, { refreshes: ['ledger', 'requirements'] })
  const form = useFields({ about: null as string | null }, async ({ about }) => {
    await link.run({ evidenceId, about: about ?? '' })
    tell(t('The file supports it from now on.'))
    onClose()
  })
  const binding = (law.data?.items ?? []).filter((item) => item.binding)
  return (
    <Form of={form} does={t('Link it')} onCancel={onClose}>
      <Select
        label={t('What it supports')}
        description={t('Findings, safeguards, tasks and systems are linked from their own pages.')}
        placeholder={t('A word or a citation')}
        searchable
        limit={50}
        nothingFoundMessage={t('No paragraph has these words.')}
        data={binding.map(({ citation, title }) => ({
          value: `requirement:${citation}`,
          label: t('{title} (§ {citation})', { title, citation }),
        }))}
        {...form.field('about')}
      />
    </Form>
  )
}
