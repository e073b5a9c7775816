import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { notifications } from "@mantine/notifications";
import { useEffect, useState, type ReactNode } from "react";

/** Puts `text` on the clipboard; also over plain HTTP, where browsers hide the modern way. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    // The only way without a secure context.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

interface Props {
  /** What is copied; a function when making it costs something. */
  text: string | (() => string);
  /** What the button is called: "Copy raw log". */
  label: string;
  /** With children a button with words, without an icon. */
  children?: ReactNode;
}

export function CopyButton({ text, label, children }: Props) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    const done = await copyText(typeof text === "function" ? text() : text);
    setCopied(done);
    if (!done) notifications.show({ color: "red", message: "The browser did not allow copying." });
  };
  const icon = copied ? <IconCheck size={14} aria-hidden="true" /> : <IconCopy size={14} aria-hidden="true" />;
  if (children) {
    return (
      <Button variant="default" leftSection={icon} onClick={() => void copy()} aria-label={label}>
        {children}
      </Button>
    );
  }
  return (
    <Tooltip label={copied ? "Copied" : label}>
      <ActionIcon size="sm" aria-label={label} onClick={() => void copy()}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
