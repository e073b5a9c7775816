import { Button, Group, Modal, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { useCreateAccount, type Role } from "@/api";
import { CopyButton } from "@/components";
import { LEAST_PASSWORD } from "./PasswordForm";
import { ROLES } from "./permissions";
import { Problem } from "./Problem";

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** A random password of 100 bits in groups that can be read out. */
export function suggestPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  // 31 letters: the remainder favours none of them by more than one part in 31.
  const letters = Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]);
  return [0, 5, 10, 15].map((start) => letters.slice(start, start + 5).join("")).join("-");
}

export function NewAccountForm({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="New account">
      <Fields onClose={onClose} />
    </Modal>
  );
}

function Fields({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [role, setRole] = useState<Role>("analyst");
  const [password, setPassword] = useState("");
  const create = useCreateAccount();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    create.mutate(
      { name: name.trim(), role, password, ...(displayName.trim() && { display_name: displayName.trim() }) },
      { onSuccess: onClose },
    );
  };
  return (
    <form onSubmit={submit} aria-label="New account">
      <Stack gap="sm">
        <TextInput
          label="Account"
          description="What the person signs in with."
          required
          data-autofocus
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Name"
          description="As colleagues read it; may be left out."
          autoComplete="off"
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
        />
        <RoleSelect label="Role" value={role} onChange={setRole} />
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <PasswordInput
            label="First password"
            description={`At least ${LEAST_PASSWORD} characters. Hand it over; the person changes it under You.`}
            required
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
        <Problem error={create.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Make the account
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface RoleProps {
  label: string;
  value: Role;
  onChange: (role: Role) => void;
  /** Without a printed label, for table cells. */
  bare?: boolean;
  disabled?: boolean;
}

export function RoleSelect({ label, value, onChange, bare = false, disabled = false }: RoleProps) {
  return (
    <Select
      {...(bare ? { "aria-label": label, w: 120 } : { label })}
      data={ROLES.map((role) => ({ value: role.value, label: role.label }))}
      description={bare ? undefined : ROLES.find((role) => role.value === value)?.about}
      allowDeselect={false}
      disabled={disabled}
      value={value}
      onChange={(chosen) => {
        if (chosen) onChange(chosen);
      }}
    />
  );
}
