import { SegmentedControl, Stack, Text, useMantineColorScheme } from "@mantine/core";
import { Keys } from "@/shortcuts";
import { Section } from "./Section";

const THEMES = [
  { value: "auto", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;

/** Theme; kept in this browser. */
export function AppearanceSection() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Section title="Appearance" about="Kept in this browser.">
      <Stack gap="xs" align="flex-start">
        <SegmentedControl
          aria-label="Theme"
          data={THEMES.map(({ value, label }) => ({ value, label }))}
          value={colorScheme}
          onChange={setColorScheme}
        />
        <Text size="sm" c="dimmed" component="div">
          <Keys action="theme.toggle" /> switches between light and dark on any page. Motion is kept to what the system
          asks for.
        </Text>
      </Stack>
    </Section>
  );
}
