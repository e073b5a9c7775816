import { Alert, Button, Checkbox, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useState, type SubmitEvent } from "react";
import { useCreateToken, type NewToken, type Scope } from "@/api";
import { CopyButton } from "@/components";
import { SCOPES } from "./permissions";
import { Problem } from "./Problem";
import classes from "./settings.module.css";

const LIFETIMES = [
  { value: "never", label: "Until it is revoked" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "One year" },
];
const DAY_MS = 86_400_000;

/** Makes a token, then shows its secret, which is nowhere to be seen again once this is closed. */
export function NewTokenForm({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [made, setMade] = useState<NewToken | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  // A click beside it must not throw the secret away.
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={made ? `Token ${made.name}` : "New token"}
      size="lg"
      closeOnClickOutside={made === null}
      closeOnEscape={made === null}
    >
      {made ? <Secret token={made} onClose={close} /> : <Fields onMade={setMade} onClose={close} />}
    </Modal>
  );
}

function Fields({ onMade, onClose }: { onMade: (token: NewToken) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["classify", "read"]);
  const [lifetime, setLifetime] = useState("90");
  const create = useCreateToken();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const expires = lifetime === "never" ? {} : { expires_at: inDays(Number(lifetime)) };
    create.mutate({ name: name.trim(), scopes, ...expires }, { onSuccess: onMade });
  };
  return (
    <form onSubmit={submit} aria-label="New token">
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="Where it is used, so that it can be found and revoked."
          placeholder="vector-edge-3"
          required
          data-autofocus
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox.Group label="Scopes" value={scopes} onChange={(chosen) => setScopes(chosen)}>
          <Stack gap={6} mt={4}>
            {SCOPES.map((scope) => (
              <Checkbox key={scope.value} size="xs" value={scope.value} label={scope.label} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Select
          label="Valid"
          data={LIFETIMES}
          allowDeselect={false}
          value={lifetime}
          onChange={(value) => setLifetime(value ?? "90")}
        />
        <Problem error={create.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={scopes.length === 0}>
            Make the token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}

function Secret({ token, onClose }: { token: NewToken; onClose: () => void }) {
  return (
    <Stack gap="sm">
      <Alert color="orange" variant="light" icon={<IconKey size={16} aria-hidden="true" />}>
        Copy it now: it is shown this once and kept nowhere.
      </Alert>
      <div className={classes.secret}>
        <span data-testid="token-secret">{token.token}</span>
        <CopyButton text={token.token} label="Copy the token" />
      </div>
      <Text size="sm" c="dimmed">
        Send it as <span className={classes.mono}>Authorization: Bearer …</span>. Scopes: {token.scopes.join(", ")}.
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>I have copied it</Button>
      </Group>
    </Stack>
  );
}
