/** Recovery codes, shown once: to copy, to keep as a file, to print. */
import { Button } from '@mantine/core'
import { IconCopy, IconDownload, IconPrinter } from '@tabler/icons-react'
import { useState } from 'react'
import { useCopying } from './copying.ts'
import './sign-in.css'

export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { copied, copy } = useCopying()
  const [isDownloaded, setDownloaded] = useState(false)
  const text = `Recovery codes for Vigil at ${window.location.host}\nEach works once, in place of the second factor.\n\n${codes.join('\n')}\n`
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
      <p className="only-printed">
        Recovery codes for Vigil at {window.location.host}. Each works once, in place of the second factor.
      </p>
      <ol className="codes box" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="buttons">
        <Button onClick={() => copy(text)} leftSection={<IconCopy size={16} stroke={1.5} />}>
          Copy
        </Button>
        <Button onClick={download} leftSection={<IconDownload size={16} stroke={1.5} />}>
          Download
        </Button>
        <Button onClick={() => window.print()} leftSection={<IconPrinter size={16} stroke={1.5} />}>
          Print
        </Button>
      </div>
      <p className="soft codes-said" role="status">
        {sayKept(copied, isDownloaded)}
      </p>
      <div className="buttons">
        <Button variant="filled" onClick={onKept}>
          I have kept them
        </Button>
      </div>
    </div>
  )
}

function sayKept(copied: boolean | undefined, isDownloaded: boolean): string {
  if (copied === false) return 'The browser does not allow to copy. Download or print them.'
  if (isDownloaded) return 'Downloaded. Keep the file apart from this device.'
  return copied ? 'Copied. Paste them where you keep passwords.' : ''
}
