import { Button, Group } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { CopyButton } from "@/components";

/** To the stored event, and its address for others. */
export function EventLinks({ eventId }: { eventId: string }) {
  return (
    <Group gap={4} mt="xs">
      <Button
        variant="default"
        size="compact-xs"
        leftSection={<IconExternalLink size={13} aria-hidden="true" />}
        renderRoot={(props: object) => <Link to="/events/$eventId" params={{ eventId }} {...props} />}
      >
        Open the event
      </Button>
      <CopyButton
        label="Copy the link to the event"
        text={() => `${window.location.origin}/events/${encodeURIComponent(eventId)}`}
      />
    </Group>
  );
}
