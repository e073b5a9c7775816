import { createTheme, localStorageColorSchemeManager, type MantineColorsTuple } from "@mantine/core";

const teal: MantineColorsTuple = [
  "#e9f7f6", "#d3ebe9", "#a6d7d3", "#74c2bc", "#4db0a9", "#34a59d", "#24a096", "#138b82", "#007369", "#006a61",
]; // prettier-ignore

/** Colours carry meaning and never carry it alone: an icon and a word stand beside each. */
export const STATUS_COLORS = {
  auto: "gray",
  needs_review: "orange",
  confirmed: "teal",
  overridden: "violet",
} as const;

export const theme = createTheme({
  primaryColor: "brand",
  colors: { brand: teal },
  primaryShade: { light: 9, dark: 8 },
  autoContrast: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Consolas, monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "1.125rem" }, h2: { fontSize: "1rem" }, h3: { fontSize: "0.875rem" } },
  },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    Badge: { defaultProps: { variant: "light", radius: "sm", tt: "none" } },
    Modal: { defaultProps: { transitionProps: { duration: 80 }, closeButtonProps: { "aria-label": "Close" } } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, transitionProps: { duration: 80 } } },
    Menu: { defaultProps: { transitionProps: { duration: 80 }, shadow: "md" } },
  },
});

/** The same key as before-paint.js, which sets the theme before the first paint. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: "logatlas.theme" });
