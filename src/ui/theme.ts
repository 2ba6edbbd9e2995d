/** Mantine in our look: its variables point at ours (`look.css`), so that a colour is said in one place. */
import {
  Button,
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  defaultVariantColorsResolver,
  Input,
  localStorageColorSchemeManager,
  Menu,
  Modal,
  Tooltip,
} from '@mantine/core'

const motion = { duration: 120, transition: 'fade' as const }

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 8, dark: 4 },
  autoContrast: true,
  black: '#1f1b16',
  white: '#ffffff',
  variantColorResolver: (input) => {
    const colours = defaultVariantColorsResolver(input)
    return input.variant === 'filled' ? { ...colours, color: 'var(--on-accent)' } : colours
  },
  colors: {
    // Mantine draws by these two where it has no variable for it.
    gray: [
      '#fdfcfa',
      '#f6f2ec',
      '#f1ece4',
      '#ddd6cb',
      '#8d8375',
      '#857b6d',
      '#5c554c',
      '#4a443c',
      '#332e28',
      '#1f1b16',
    ],
    dark: [
      '#ece6dc',
      '#d5cdc0',
      '#b0a799',
      '#8c8377',
      '#8c8377',
      '#37322b',
      '#1f1c18',
      '#181613',
      '#141210',
      '#100e0c',
    ],
    accent: [
      '#e6efec',
      '#cfe2de',
      '#aed0ca',
      '#8acdc4',
      '#6fbdb3',
      '#469b92',
      '#277b74',
      '#136560',
      '#0b5351',
      '#08403f',
    ],
  },
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--font-mono)',
  fontSizes: { xs: '13px', sm: '14px', md: '16px', lg: '20px', xl: '28px' },
  lineHeights: { xs: '1.4', sm: '1.43', md: '1.5', lg: '1.4', xl: '1.25' },
  fontWeights: { regular: '400', medium: '600', bold: '600' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '28px', lineHeight: '36px' },
      h2: { fontSize: '20px', lineHeight: '28px' },
      h3: { fontSize: '16px', lineHeight: '24px' },
      h4: { fontSize: '14px', lineHeight: '20px' },
      h5: { fontSize: '14px', lineHeight: '20px' },
      h6: { fontSize: '13px', lineHeight: '20px' },
    },
  },
  spacing: { xs: '4px', sm: '8px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '4px', sm: '6px', md: '6px', lg: '6px', xl: '6px' },
  defaultRadius: 'sm',
  shadows: { xs: 'none', sm: 'none', md: 'var(--shadow)', lg: 'var(--shadow)', xl: 'var(--shadow)' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'sm', variant: 'default' } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 200, transitionProps: motion, withArrow: false } }),
    Menu: Menu.extend({ defaultProps: { transitionProps: motion, shadow: 'md' } }),
    Modal: Modal.extend({
      defaultProps: {
        transitionProps: motion,
        centered: true,
        overlayProps: { color: 'var(--veil)', backgroundOpacity: 1 },
      },
    }),
    Drawer: Drawer.extend({ defaultProps: { transitionProps: { duration: 120, transition: 'slide-left' } } }),
    InputWrapper: Input.Wrapper.extend({
      defaultProps: { inputWrapperOrder: ['label', 'description', 'error', 'input'] },
    }),
  },
})

const ours = {
  '--mantine-color-body': 'var(--ground)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-bright': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--soft)',
  '--mantine-color-placeholder': 'var(--soft)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--failed)',
  '--mantine-color-success': 'var(--proved)',
  '--mantine-color-default': 'var(--raised)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--edge)',
  '--mantine-color-disabled': 'var(--wash)',
  '--mantine-color-disabled-color': 'var(--soft)',
  '--mantine-color-disabled-border': 'var(--line)',
  '--mantine-color-accent-filled': 'var(--accent)',
  '--mantine-color-accent-filled-hover': 'var(--accent-hover)',
  '--mantine-color-accent-light': 'var(--chosen)',
  '--mantine-color-accent-light-hover': 'var(--chosen)',
  '--mantine-color-accent-light-color': 'var(--accent)',
  '--mantine-color-accent-outline': 'var(--accent)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-filled-hover': 'var(--accent-hover)',
  '--mantine-primary-color-light': 'var(--chosen)',
  '--mantine-primary-color-light-color': 'var(--accent)',
  '--mantine-primary-color-contrast': 'var(--on-accent)',
}

export const resolveVariables: CSSVariablesResolver = () => ({ variables: {}, light: ours, dark: ours })

/** Where the choice of light or dark is kept; `scheme.js` reads it before anything is painted. */
export const schemeManager = localStorageColorSchemeManager({ key: 'vigil-scheme' })
