import {
  createTheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

// Own palettes: the library's fail WCAG AA (white on shade 6, shade 9 on 1). Here white on 7 and 9 on 1 pass.
const iris: MantineColorsTuple = ['#f3f2fd', '#e5e3fa', '#cbc7f3', '#aca5ea', '#9088e1', '#7a70d8', '#675cce', '#5a4fc4', '#473d9f', '#352d7a'];
const gray: MantineColorsTuple = ['#fafafb', '#f4f4f6', '#e9e9ed', '#dcdce2', '#c4c4cd', '#9b9ba7', '#6f6f7c', '#565663', '#3a3a45', '#202028'];
const dark: MantineColorsTuple = ['#e6e6ea', '#b4b5bf', '#9a9ba8', '#6d6e7c', '#383a45', '#2a2c35', '#1d1e25', '#131419', '#0e0f13', '#090a0d'];
const green: MantineColorsTuple = ['#eefbf4', '#d7f5e5', '#aeebcb', '#79dbab', '#45c288', '#24a76c', '#158d59', '#0e7a4c', '#0d613e', '#0b4a31'];
const red: MantineColorsTuple = ['#fef2f2', '#fde3e3', '#fac5c5', '#f49c9c', '#ea6d6d', '#dc4848', '#c93232', '#b42626', '#941f1f', '#721717'];
const orange: MantineColorsTuple = ['#fff6ec', '#fee9d0', '#fcd09f', '#f8b067', '#ee8e36', '#d97417', '#b85d0c', '#9d4e0a', '#7f3f0a', '#5f2f08'];
const blue: MantineColorsTuple = ['#eff6ff', '#dcebfe', '#bcd8fc', '#8fbcf8', '#5d9bf1', '#3a7ee6', '#2767d2', '#2057b3', '#1d488f', '#173566'];

export const theme = createTheme({
  primaryColor: 'iris',
  primaryShade: 7,
  colors: { iris, gray, dark, green, red, orange, blue },
  white: '#ffffff',
  black: '#17171d',
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.5' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.0625rem', lineHeight: '1.4' },
      h2: { fontSize: '0.9375rem', lineHeight: '1.4' },
      h3: { fontSize: '0.8125rem', lineHeight: '1.4' },
    },
  },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'md',
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  autoContrast: false,
  components: {
    Button: { defaultProps: { size: 'xs', fz: 'sm' }, styles: { root: { fontWeight: 600 } } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Menu: { defaultProps: { shadow: 'md', radius: 'md' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false } },
    Badge: { defaultProps: { variant: 'light', tt: 'none', fw: 500, radius: 'xl' } },
    Modal: { defaultProps: { centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.45 } } },
    Table: { defaultProps: { verticalSpacing: 10 } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#17171d',
    '--mantine-color-dimmed': '#5f5f6c',
    '--mantine-color-placeholder': '#6f6f7c',
    '--mantine-color-default-border': '#d7d7de',
    '--mantine-color-error': '#b42626',
    '--mantine-color-anchor': '#5a4fc4',
    '--mantine-color-gray-light': '#efeff2',
    '--mantine-color-gray-light-color': '#3a3a45',
    '--mantine-color-iris-light': '#e5e3fa',
    '--mantine-color-iris-light-color': '#352d7a',
    '--mantine-color-green-light': '#d7f5e5',
    '--mantine-color-green-light-color': '#0b4a31',
    '--mantine-color-red-light': '#fde3e3',
    '--mantine-color-red-light-color': '#941f1f',
    '--mantine-color-orange-light': '#fee9d0',
    '--mantine-color-orange-light-color': '#7f3f0a',
    '--mantine-color-blue-light': '#dcebfe',
    '--mantine-color-blue-light-color': '#1d488f',
  },
  dark: {
    '--mantine-color-body': '#16171c',
    '--mantine-color-text': '#e6e6ea',
    '--mantine-color-dimmed': '#a2a3b0',
    '--mantine-color-placeholder': '#9a9ba8',
    '--mantine-color-default': '#1d1e25',
    '--mantine-color-default-hover': '#262831',
    '--mantine-color-default-border': '#3a3c47',
    '--mantine-color-error': '#f49c9c',
    '--mantine-color-anchor': '#aca5ea',
    '--mantine-color-gray-light': '#2a2c35',
    '--mantine-color-gray-light-color': '#d3d4db',
    '--mantine-color-gray-light-hover': '#30323c',
    '--mantine-color-iris-light': '#2c2850',
    '--mantine-color-iris-light-color': '#cbc7f3',
    '--mantine-color-iris-light-hover': '#352f60',
    '--mantine-color-green-light': '#123326',
    '--mantine-color-green-light-color': '#8fe3b8',
    '--mantine-color-red-light': '#3c1c1f',
    '--mantine-color-red-light-color': '#f7b3b3',
    '--mantine-color-red-light-hover': '#472125',
    '--mantine-color-orange-light': '#38260f',
    '--mantine-color-orange-light-color': '#f8c184',
    '--mantine-color-blue-light': '#172a45',
    '--mantine-color-blue-light-color': '#a9cdfb',
    '--mantine-color-red-filled': '#b42626',
  },
});
