/** The side panel: how everything unfolds to its ground. The address follows, so that a panel can be sent to somebody. */
import { Drawer } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconArrowLeft, IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from './link.tsx'
import { t } from './t.ts'

/** Whether the window is as narrow as a telephone. */
export function useIsNarrow(): boolean {
  return useMediaQuery('(max-width: 47.99em)', undefined, { getInitialValueInEffect: false }) ?? false
}

/** A panel that is open as long as its word stands in the address: `const panel = usePanel('finding')`. */
export function usePanel(name: string): {
  /** What the panel shows; undefined when it is closed. */
  readonly value: string | undefined
  /** The address that opens it, for `PageLink` and the rows of a `DataTable`. */
  readonly addressOf: (value: string | number) => string
  readonly open: (value: string | number) => void
  readonly close: () => void
} {
  const { words, addressWith, set } = useWords()
  return {
    value: words.get(name) ?? undefined,
    addressOf: (value) => addressWith({ [name]: String(value) }),
    open: (value) => set({ [name]: String(value) }),
    close: () => set({ [name]: undefined }, { replace: true }),
  }
}

/**
 * A panel at the right, a whole page on a telephone. Esc closes it; the focus stays within and goes back where it was.
 * `actions` stand at its foot.
 */
export function SidePanel({
  isOpen,
  onClose,
  title,
  mark,
  actions,
  children,
}: {
  isOpen: boolean
  onClose: () => void
  title: ReactNode
  mark?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  const isNarrow = useIsNarrow()
  return (
    <Drawer.Root
      opened={isOpen}
      onClose={onClose}
      position="right"
      size={isNarrow ? '100%' : 520}
      transitionProps={{ duration: 120, transition: isNarrow ? 'fade' : 'slide-left' }}
    >
      <Drawer.Overlay backgroundOpacity={1} color="var(--veil)" />
      <Drawer.Content classNames={{ content: 'panel' }}>
        <div className="panel-head">
          <Drawer.CloseButton
            aria-label={isNarrow ? t('Back') : t('Close')}
            icon={isNarrow ? <IconArrowLeft size={18} stroke={1.5} /> : <IconX size={18} stroke={1.5} />}
          />
          <div>
            {mark}
            <Drawer.Title className="panel-title" tabIndex={-1} data-autofocus>
              {title}
            </Drawer.Title>
          </div>
        </div>
        <div className="panel-body">{children}</div>
        {actions === undefined ? undefined : <div className="panel-foot">{actions}</div>}
      </Drawer.Content>
    </Drawer.Root>
  )
}
