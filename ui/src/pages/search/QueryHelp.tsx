import { ActionIcon, Popover, Table, Text, UnstyledButton } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { useState } from "react";
import classes from "./search.module.css";

const EXAMPLES: readonly { q: string; about: string }[] = [
  { q: "status:needs_review", about: "A field has a value" },
  { q: 'product:"Windows Security"', about: "A value with blanks stands in quotes" },
  { q: "host:web-*", about: "* stands for anything" },
  { q: "src_ip:*", about: "The field is there at all" },
  { q: '"failed password"', about: "The raw log holds this phrase" },
  { q: "-class:Authentication", about: "Not so; NOT does the same" },
  { q: "vendor:Cisco OR vendor:Fortinet", about: "Either; without OR all must hold" },
  { q: "(vendor:Cisco OR vendor:Fortinet) deny", about: "Parentheses group" },
  { q: "confidence:<0.5", about: "Less; also >, <= and >=" },
  { q: "dst_port:[1 TO 1024]", about: "From … to, both included" },
  { q: "received:>2026-11-01", about: "By time" },
];

const FIELDS =
  "status, class, category, activity, vendor, product, sourcetype, host, format, template, confidence, decided_by, degraded, reviewer, id, raw";

/** How to write a search, with examples that can be taken over. */
export function QueryHelp({ onTake }: { onTake: (q: string) => void }) {
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" withArrow shadow="md" width={520} trapFocus>
      <Popover.Target>
        <ActionIcon aria-label="How to write a search" onClick={() => setOpened((shown) => !shown)}>
          <IconHelpCircle size={18} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label="How to write a search">
        <Table fz="xs" verticalSpacing={2} withRowBorders={false}>
          <Table.Tbody>
            {EXAMPLES.map(({ q, about }) => (
              <Table.Tr key={q}>
                <Table.Td>
                  <UnstyledButton
                    className={classes.example}
                    onClick={() => {
                      onTake(q);
                      setOpened(false);
                    }}
                  >
                    {q}
                  </UnstyledButton>
                </Table.Td>
                <Table.Td>{about}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Text size="xs" c="dimmed" mt="xs">
          Fields of every event: {FIELDS}. Every other name is a field of the log itself.
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}
