import { Modal, Table, Text } from "@mantine/core";
import { SCOPE_LABELS, type Scope } from "./actions";
import { KeyCaps } from "./Keys";
import { useKeymap } from "./keymap";
import classes from "./HelpOverlay.module.css";

/** `?`: every action and its keys, by where it works. */
export function HelpOverlay({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const keymap = useKeymap();
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts" size="xl">
      <div className={classes.columns}>
        {(Object.keys(SCOPE_LABELS) as Scope[]).map((scope) => (
          <section key={scope} className={classes.group} aria-label={SCOPE_LABELS[scope]}>
            <Text size="xs" fw={600} c="dimmed" component="h3" m={0}>
              {SCOPE_LABELS[scope]}
            </Text>
            <Table verticalSpacing={3} withRowBorders={false}>
              <Table.Tbody>
                {keymap
                  .filter((action) => action.scope === scope)
                  .map((action) => (
                    <Table.Tr key={action.id}>
                      <Table.Td>{action.label}</Table.Td>
                      <Table.Td className={classes.cell}>
                        <KeyCaps keys={action.keys} />
                        <span className={classes.spoken}>{action.keys}</span>
                      </Table.Td>
                    </Table.Tr>
                  ))}
              </Table.Tbody>
            </Table>
          </section>
        ))}
      </div>
      <Text size="xs" c="dimmed" mt="sm">
        Shortcuts rest while you type. Change them in Settings, Shortcuts.
      </Text>
    </Modal>
  );
}
