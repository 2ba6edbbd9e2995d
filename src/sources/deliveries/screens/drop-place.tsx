/** Where files and folders are dropped; two buttons do the same for who uses the keyboard. */
import { Button } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import '@mantine/dropzone/styles.layer.css'
import { IconFiles, IconFolder } from '@tabler/icons-react'
import { type ChangeEvent, useRef } from 'react'
import { type Brought, nameFiles } from './delivery-words.ts'
import './deliveries.css'
import { t } from '#ui/t.ts'

export function DropPlace({ isFirst, onFiles }: { isFirst: boolean; onFiles: (files: readonly Brought[]) => void }) {
  const folder = useRef<HTMLInputElement>(null)
  const files = useRef<HTMLInputElement>(null)
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = [...(event.currentTarget.files ?? [])]
    // So that the same file can be chosen once more.
    event.currentTarget.value = ''
    bring(chosen.map((file) => ({ file, path: file.webkitRelativePath || file.name })))
  }
  const bring = (found: readonly { readonly file: File; readonly path: string }[]) => {
    if (found.length > 0) onFiles(nameFiles(found))
  }
  return (
    <Dropzone
      onDrop={(dropped) => bring(dropped.map((file) => ({ file, path: file.path ?? file.name })))}
      activateOnClick={false}
      activateOnKeyboard={false}
      enablePointerEvents
      className="drop"
      data-small={!isFirst || undefined}
      inputProps={{ 'aria-label': t('Files that were dropped'), tabIndex: -1 }}
    >
      <div className="drop-words">
        <p>
          <b>{isFirst ? t('Drop files or a folder here') : t('Drop more here')}</b>
        </p>
        {isFirst ? (
          <p className="soft">
            {t(
              'Spreadsheets (CSV, Excel), directory exports (LDIF), software inventories (SBOM). Nothing is taken in before you have seen what was recognised.',
            )}
          </p>
        ) : undefined}
        <div className="buttons">
          <Button leftSection={<IconFiles size={16} stroke={1.5} />} onClick={() => files.current?.click()}>
            {t('Choose files')}
          </Button>
          <Button leftSection={<IconFolder size={16} stroke={1.5} />} onClick={() => folder.current?.click()}>
            {t('Choose a folder')}
          </Button>
        </div>
        <input ref={files} type="file" multiple hidden aria-label={t('Files')} onChange={take} />
        <input
          ref={(input) => {
            input?.setAttribute('webkitdirectory', '')
            folder.current = input
          }}
          type="file"
          multiple
          hidden
          aria-label={t('Folder')}
          onChange={take}
        />
      </div>
    </Dropzone>
  )
}
