/** Recovery codes, shown once: to copy, to keep as a file, to print. */
import { Button } from '@mantine/core'
import { IconCopy, IconDownload, IconPrinter } from '@tabler/icons-react'
import { useState } from 'react'
import { useCopying } from './copying.ts'
import './sign-in.css'
import { t } from '#ui/t.ts'

export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { copied, copy } = useCopying()
  const [isDownloaded, setDownloaded] = useState(false)
  const said = t('Recovery codes for Vigil at {host}. Each works once, in place of the second factor.', {
    host: window.location.host,
  })
  const text = `${said}\n\n${codes.join('\n')}\n`
  const download = () => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    link.download = 'vigil-recovery-codes.txt'
    link.click()
    // The browser needs the address until it has begun to save.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
    setDownloaded(true)
  }
  return (
    <div className="stack printed">
      <p className="only-printed">{said}</p>
      <ol className="codes box" aria-label={t('Recovery codes')}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="buttons">
        <Button onClick={() => copy(text)} leftSection={<IconCopy size={16} stroke={1.5} />}>
          {t('Copy')}
        </Button>
        <Button onClick={download} leftSection={<IconDownload size={16} stroke={1.5} />}>
          {t('Download')}
        </Button>
        <Button onClick={() => window.print()} leftSection={<IconPrinter size={16} stroke={1.5} />}>
          {t('Print')}
        </Button>
      </div>
      <p className="soft codes-said" role="status">
        {sayKept(copied, isDownloaded)}
      </p>
      <div className="buttons">
        <Button variant="filled" onClick={onKept}>
          {t('I have kept them')}
        </Button>
      </div>
    </div>
  )
}

function sayKept(copied: boolean | undefined, isDownloaded: boolean): string {
  if (copied === false) return t('The browser does not allow to copy. Download or print them.')
  if (isDownloaded) return t('Downloaded. Keep the file apart from this device.')
  return copied ? t('Copied. Paste them where you keep passwords.') : ''
}
