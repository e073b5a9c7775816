import { Button, Group, Modal, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { sessionRenewed, sessionState } from "@/api/connection";
import { recheckSession, useSession } from "@/api/session";
import { useStore } from "@/api/store";
import { SignInForm } from "./SignInForm";

/** A dialog that was open when the session ended stays where it is, below. */
const ABOVE_DIALOGS = 1000;

/**
 * Lies over the page when the session ended. The page and all that was typed stay below it; a write that was refused
 * waits and is sent after the sign-in.
 */
export function SessionEndedOverlay({ name }: { name: string }) {
  const { ended } = useStore(sessionState);
  const session = useSession();
  const client = useQueryClient();
  useEffect(() => {
    if (!ended) return undefined;
    const recheck = () => void recheckSession(client);
    recheck();
    window.addEventListener("focus", recheck);
    return () => window.removeEventListener("focus", recheck);
  }, [ended, client]);
  return (
    <Modal
      opened={ended}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      zIndex={ABOVE_DIALOGS}
      title="Your session ended"
      size="sm"
    >
      <Text size="sm" mb="md">
        Sign in again to go on where you were. Nothing on this page is lost.
      </Text>
      <SignInForm options={session.data?.sign_in ?? { password: true, oidc: null }} next="/queue" name={name} />
      <Group justify="flex-end" mt="md">
        <Button
          variant="subtle"
          onClick={() => {
            sessionRenewed(null);
            window.location.assign("/signin");
          }}
        >
          Leave this page and sign in as somebody else
        </Button>
      </Group>
    </Modal>
  );
}
