import { Button, Group, Modal, PasswordInput, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type SubmitEvent } from "react";
import { useSetPassword } from "@/api";
import { CopyButton } from "@/components";
import { suggestPassword } from "./NewAccountForm";
import { LEAST_PASSWORD } from "./PasswordForm";
import { Problem } from "./Problem";

/** An administrator sets the password of `name`; closed when it is null. */
export function SetPasswordForm({ name, onClose }: { name: string | null; onClose: () => void }) {
  return (
    <Modal opened={name !== null} onClose={onClose} title={`New password for ${name ?? ""}`}>
      {name !== null && <Fields name={name} onClose={onClose} />}
    </Modal>
  );
}

function Fields({ name, onClose }: { name: string; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const set = useSetPassword();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    set.mutate(
      { name, new_password: password },
      {
        onSuccess: () => {
          notifications.show({ message: `${name} signs in with the new password from now on.` });
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={submit} aria-label={`New password for ${name}`}>
      <Stack gap="sm">
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <PasswordInput
            label="New password"
            description={`At least ${LEAST_PASSWORD} characters. Open sessions of ${name} end.`}
            required
            data-autofocus
            minLength={LEAST_PASSWORD}
            autoComplete="new-password"
            flex={1}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button variant="default" onClick={() => setPassword(suggestPassword())}>
            Suggest
          </Button>
          {password !== "" && <CopyButton text={password} label="Copy the password" />}
        </Group>
        <Problem error={set.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={set.isPending}>
            Set the password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
