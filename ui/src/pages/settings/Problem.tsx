import { Alert } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { messageOf } from "@/api";

/** Why the last change was refused, in the service's words; nothing when it was not. */
export function Problem({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <Alert
      color="red"
      variant="light"
      p="xs"
      role="alert"
      icon={<IconAlertCircle size={16} aria-hidden="true" />}
      my="xs"
    >
      {messageOf(error)}
    </Alert>
  );
}
