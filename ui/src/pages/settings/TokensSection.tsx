import { Badge, Button, Group, Switch, Table } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useRevokeToken, useTokens, type Token } from "@/api";
import { Allowed, Empty, ErrorState, RowsSkeleton, TimeText } from "@/components";
import { ConfirmButton } from "./ConfirmButton";
import { NewTokenForm } from "./NewTokenForm";
import { Problem } from "./Problem";
import { Section } from "./Section";
import classes from "./settings.module.css";

type TokenState = "valid" | "expired" | "revoked";

export function tokenState(token: Token, now = Date.now()): TokenState {
  if (token.revoked_at) return "revoked";
  return token.expires_at && Date.parse(token.expires_at) <= now ? "expired" : "valid";
}

export function TokensSection() {
  return (
    <Allowed permission="tokens.manage">
      <Tokens />
    </Allowed>
  );
}

/** Service tokens, without their secrets. */
function Tokens() {
  const tokens = useTokens();
  const revoke = useRevokeToken();
  const [adding, setAdding] = useState(false);
  const [all, setAll] = useState(false);
  const past = tokens.data?.filter((token) => tokenState(token) !== "valid").length ?? 0;
  const shown = tokens.data?.filter((token) => all || tokenState(token) === "valid") ?? [];
  return (
    <Section
      title="Tokens"
      about="For scripts and pipelines that have no person to sign in. Each may only do what its scopes say."
      actions={
        <Group gap="sm" wrap="nowrap">
          {past > 0 && (
            <Switch
              size="xs"
              label={`Show ${past} no longer valid`}
              checked={all}
              onChange={(event) => setAll(event.currentTarget.checked)}
            />
          )}
          <Button leftSection={<IconPlus size={14} aria-hidden="true" />} onClick={() => setAdding(true)}>
            New token
          </Button>
        </Group>
      }
    >
      <Problem error={revoke.error} />
      {tokens.isPending ? (
        <RowsSkeleton rows={3} />
      ) : tokens.isError ? (
        <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />
      ) : shown.length === 0 ? (
        <Empty title="No tokens">Make one for each pipeline that sends logs here.</Empty>
      ) : (
        <div className={classes.scroll}>
          <Table verticalSpacing={4} aria-label="Tokens">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Scopes</Table.Th>
                <Table.Th>Made</Table.Th>
                <Table.Th>Valid until</Table.Th>
                <Table.Th aria-label="Revoke" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((token) => (
                <TokenRow
                  key={token.token_id}
                  token={token}
                  pending={revoke.isPending && revoke.variables === token.token_id}
                  onRevoke={() => revoke.mutate(token.token_id)}
                />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <NewTokenForm opened={adding} onClose={() => setAdding(false)} />
    </Section>
  );
}

function TokenRow({ token, pending, onRevoke }: { token: Token; pending: boolean; onRevoke: () => void }) {
  const state = tokenState(token);
  return (
    <Table.Tr className={state === "valid" ? undefined : classes.disabled}>
      <Table.Td className={classes.mono}>{token.name}</Table.Td>
      <Table.Td>
        <Group gap={4}>
          {token.scopes.map((scope) => (
            <Badge key={scope} color="gray" variant="outline" autoContrast>
              {scope}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>
        <TimeText at={token.created_at} />
      </Table.Td>
      <Table.Td>
        {state === "revoked" ? (
          <>
            Revoked <TimeText at={token.revoked_at} style="ago" />
          </>
        ) : token.expires_at ? (
          <TimeText at={token.expires_at} />
        ) : (
          "It is revoked"
        )}
      </Table.Td>
      <Table.Td align="right">
        {state === "valid" && (
          <ConfirmButton
            label="Revoke"
            name={`Revoke the token ${token.name}`}
            question="Whatever uses it is refused from now on. This cannot be undone."
            pending={pending}
            onConfirm={onRevoke}
          />
        )}
      </Table.Td>
    </Table.Tr>
  );
}
