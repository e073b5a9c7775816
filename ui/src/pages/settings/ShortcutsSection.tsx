import { Button, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { KeyCaps, SCOPE_LABELS, resetKeys, useKeymap, type ActionId, type Scope } from "@/shortcuts";
import { KeyRecorder } from "./KeyRecorder";
import { Section } from "./Section";
import classes from "./settings.module.css";

/** Every action with its keys; each can be given others, kept in this browser. */
export function ShortcutsSection() {
  const keymap = useKeymap();
  const [recording, setRecording] = useState<ActionId | null>(null);
  const changed = keymap.some((action) => action.isChanged);
  return (
    <Section
      title="Shortcuts"
      about="Kept in this browser. Shortcuts rest while you type. One key, or two after another."
      actions={
        <Button variant="default" disabled={!changed} onClick={() => resetKeys()}>
          Reset all
        </Button>
      }
    >
      <Stack gap="md">
        {(Object.keys(SCOPE_LABELS) as Scope[]).map((scope) => (
          <div key={scope}>
            <Title order={3} mb={4}>
              {SCOPE_LABELS[scope]}
            </Title>
            <Table verticalSpacing={2} aria-label={`Shortcuts: ${SCOPE_LABELS[scope]}`}>
              <Table.Tbody>
                {keymap
                  .filter((action) => action.scope === scope)
                  .map((action) => (
                    <Table.Tr key={action.id}>
                      <Table.Td>
                        {action.label}
                        {action.isChanged && (
                          <Text span size="xs" c="dimmed">
                            {" "}
                            · changed
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td>
                        <div className={classes.keys}>
                          {recording === action.id ? (
                            <KeyRecorder action={action.id} onDone={() => setRecording(null)} />
                          ) : (
                            <>
                              <KeyCaps keys={action.keys} />
                              <span className="visually-hidden">{action.keys}</span>
                              {action.isChanged && (
                                <Button
                                  size="compact-xs"
                                  variant="subtle"
                                  aria-label={`Reset the keys for ${action.label}`}
                                  onClick={() => resetKeys(action.id)}
                                >
                                  Reset
                                </Button>
                              )}
                              <Button
                                size="compact-xs"
                                variant="default"
                                aria-label={`Change the keys for ${action.label}`}
                                onClick={() => setRecording(action.id)}
                              >
                                Change
                              </Button>
                            </>
                          )}
                        </div>
                      </Table.Td>
                    </Table.Tr>
                  ))}
              </Table.Tbody>
            </Table>
          </div>
        ))}
      </Stack>
    </Section>
  );
}
