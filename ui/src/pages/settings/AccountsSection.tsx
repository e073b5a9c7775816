import { Badge, Button, Group, Table, Text } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useAccounts, useChangeAccount, useRemoveAccount, useSession, type Account } from "@/api";
import { Allowed, Empty, ErrorState, RowsSkeleton, TimeText } from "@/components";
import { ConfirmButton } from "./ConfirmButton";
import { NewAccountForm, RoleSelect } from "./NewAccountForm";
import { Problem } from "./Problem";
import { Section } from "./Section";
import { SetPasswordForm } from "./SetPasswordForm";
import classes from "./settings.module.css";

export function AccountsSection() {
  return (
    <Allowed permission="accounts.manage">
      <Accounts />
    </Allowed>
  );
}

/** Who may sign in, with which role. */
function Accounts() {
  const accounts = useAccounts();
  const [adding, setAdding] = useState(false);
  const [renewing, setRenewing] = useState<string | null>(null);
  const change = useChangeAccount();
  const remove = useRemoveAccount();
  const me = useSession().data?.user?.name;
  return (
    <Section
      title="Accounts"
      about="Each role may do what the ones before it may: viewer, analyst, engineer, admin."
      actions={
        <Button leftSection={<IconUserPlus size={14} aria-hidden="true" />} onClick={() => setAdding(true)}>
          New account
        </Button>
      }
    >
      <Problem error={change.error ?? remove.error} />
      {accounts.isPending ? (
        <RowsSkeleton rows={4} />
      ) : accounts.isError ? (
        <ErrorState error={accounts.error} onRetry={() => void accounts.refetch()} />
      ) : accounts.data.length === 0 ? (
        <Empty title="No accounts yet">Make one for each colleague.</Empty>
      ) : (
        <div className={classes.scroll}>
          <Table verticalSpacing={4} aria-label="Accounts">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Account</Table.Th>
                <Table.Th>Role</Table.Th>
                <Table.Th>Signs in</Table.Th>
                <Table.Th>Last sign-in</Table.Th>
                <Table.Th aria-label="Actions" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {accounts.data.map((account) => (
                <AccountRow
                  key={account.name}
                  account={account}
                  isMe={account.name === me}
                  pending={
                    (change.isPending && change.variables.name === account.name) ||
                    (remove.isPending && remove.variables === account.name)
                  }
                  onChange={(fields) => {
                    remove.reset();
                    change.mutate({ name: account.name, ...fields });
                  }}
                  onRemove={() => {
                    change.reset();
                    remove.mutate(account.name);
                  }}
                  onPassword={() => setRenewing(account.name)}
                />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <NewAccountForm opened={adding} onClose={() => setAdding(false)} />
      <SetPasswordForm name={renewing} onClose={() => setRenewing(null)} />
    </Section>
  );
}

interface RowProps {
  account: Account;
  isMe: boolean;
  pending: boolean;
  onChange: (fields: Partial<Pick<Account, "role" | "disabled">>) => void;
  onRemove: () => void;
  onPassword: () => void;
}

function AccountRow({ account, isMe, pending, onChange, onRemove, onPassword }: RowProps) {
  const { name } = account;
  return (
    <Table.Tr className={account.disabled ? classes.disabled : undefined}>
      <Table.Td>
        <span className={classes.mono}>{name}</span>
        {account.display_name && account.display_name !== name && (
          <Text span size="sm" c="dimmed">
            {" "}
            {account.display_name}
          </Text>
        )}
        {isMe && (
          <Badge color="gray" ml={6}>
            You
          </Badge>
        )}
        {account.disabled && (
          <Badge color="orange" ml={6} styles={{ label: { color: "var(--mantine-color-text)" } }}>
            Disabled
          </Badge>
        )}
      </Table.Td>
      <Table.Td>
        <RoleSelect
          bare
          label={`Role of ${name}`}
          value={account.role}
          disabled={pending}
          onChange={(role) => onChange({ role })}
        />
      </Table.Td>
      <Table.Td>{account.method === "oidc" ? "Organisation" : "Password"}</Table.Td>
      <Table.Td>{account.last_sign_in_at ? <TimeText at={account.last_sign_in_at} style="ago" /> : "Never"}</Table.Td>
      <Table.Td>
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {account.method === "password" && (
            <Button variant="subtle" size="compact-xs" aria-label={`Set the password of ${name}`} onClick={onPassword}>
              Set password
            </Button>
          )}
          <Button
            variant="subtle"
            size="compact-xs"
            disabled={isMe || pending}
            aria-label={`${account.disabled ? "Enable" : "Disable"} ${name}`}
            onClick={() => onChange({ disabled: !account.disabled })}
          >
            {account.disabled ? "Enable" : "Disable"}
          </Button>
          <ConfirmButton
            label="Remove"
            name={`Remove the account ${name}`}
            question={`${name} can no longer sign in. Reviews and the audit keep the name.`}
            disabled={isMe}
            pending={pending}
            onConfirm={onRemove}
          />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
