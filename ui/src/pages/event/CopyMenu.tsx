import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCopy } from "@tabler/icons-react";
import type { EventDetail } from "@/api";
import { copyText } from "@/components";
import { Keys, useActions, type ActionId } from "@/shortcuts";
import { asCurl, asJson, permalink } from "./exports";

/** The event for use elsewhere: the log, JSON, a command that decides it again, its link. */
export function CopyMenu({ event }: { event: EventDetail }) {
  const origin = window.location.origin;
  const choices: { action: ActionId; label: string; text: () => string }[] = [
    { action: "event.copy", label: "Raw log", text: () => event.raw },
    { action: "event.copy-json", label: "JSON", text: () => asJson(event) },
    { action: "event.copy-curl", label: "curl", text: () => asCurl(event, origin) },
    { action: "event.copy-link", label: "Link", text: () => permalink(event.event_id, origin) },
  ];
  const copy = async ({ label, text }: { label: string; text: () => string }) => {
    const done = await copyText(text());
    notifications.show(
      done
        ? { message: `${label} copied`, autoClose: 1500 }
        : { color: "red", message: "The browser did not allow copying." },
    );
  };
  useActions(Object.fromEntries(choices.map((choice) => [choice.action, () => void copy(choice)])));
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconCopy size={14} aria-hidden="true" />}>
          Copy
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map((choice) => (
          <Menu.Item
            key={choice.action}
            rightSection={<Keys action={choice.action} />}
            onClick={() => {
              void copy(choice);
            }}
          >
            {choice.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
