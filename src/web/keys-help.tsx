/** What the keys do, in one list. */
import { Modal } from '@mantine/core'
import { t } from '#ui/t.ts'
import { useViewer } from '#ui/viewer.tsx'
import { groupsFor } from './navigation.ts'

export default function KeysHelp({ onClose }: { onClose: () => void }) {
  const { daily, known, grounds } = groupsFor(useViewer().roles)
  const places = [...daily, ...known, ...grounds].flatMap((place) => [place, ...(place.within ?? [])])
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('Keyboard shortcuts')}
      size={640}
      closeButtonProps={{ 'aria-label': t('Close') }}
    >
      <div className="keys">
        <List
          title={t('Everywhere')}
          of={[
            { keys: ['/'], does: t('Search') },
            { keys: ['Ctrl', 'K'], does: t('Search, also while you type') },
            { keys: ['?'], does: t('Show this list') },
            { keys: ['Esc'], does: t('Close what is open') },
          ]}
        />
        <List
          title={t('In a table')}
          of={[
            { keys: ['j'], does: t('Next row') },
            { keys: ['k'], does: t('Row before') },
            { keys: ['Enter'], does: t('Open the row') },
          ]}
        />
        <List
          title={t('Go to a page')}
          of={places.flatMap(({ key, word }) => (key === undefined ? [] : [{ keys: ['g', key], does: word }]))}
        />
      </div>
    </Modal>
  )
}

function List({ title, of }: { title: string; of: readonly { readonly keys: readonly string[]; does: string }[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {of.map(({ keys, does }) => (
          <div key={keys.join(' ')}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
