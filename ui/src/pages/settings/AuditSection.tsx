import { Badge, Button, Group, Table, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconCircleCheck, IconCircleX, IconLock, type Icon } from "@tabler/icons-react";
import { useState } from "react";
import { itemsOf, useAudit, type AuditEntry } from "@/api";
import { Allowed, Empty, ErrorState, RowsSkeleton, TimeText } from "@/components";
import { Section } from "./Section";
import classes from "./settings.module.css";

export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
}
interface Props {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
}

const OUTCOMES: Record<AuditEntry["outcome"], { label: string; color: string; icon: Icon }> = {
  ok: { label: "Done", color: "teal", icon: IconCircleCheck },
  refused: { label: "Refused", color: "orange", icon: IconLock },
  failed: { label: "Failed", color: "red", icon: IconCircleX },
};

export function AuditSection(props: Props) {
  return (
    <Allowed permission="audit.read">
      <Audit {...props} />
    </Allowed>
  );
}

/** Who did what, newest first. */
function Audit({ filter, onFilter }: Props) {
  const audit = useAudit(filter);
  const [actor, setActor] = useState(filter.actor ?? "");
  const [action, setAction] = useState(filter.action ?? "");
  const apply = useDebouncedCallback((next: AuditFilter) => onFilter(next), 300);
  const entries = itemsOf(audit.data);
  const change = (next: { actor: string; action: string }) => {
    setActor(next.actor);
    setAction(next.action);
    apply({ actor: next.actor.trim() || undefined, action: next.action.trim() || undefined });
  };
  return (
    <Section title="Audit" about="Sign-ins, changes and refusals. Nobody can change these entries here.">
      <Group gap="xs" mb="xs">
        <TextInput
          label="Who"
          placeholder="Any account"
          value={actor}
          onChange={(event) => change({ actor: event.currentTarget.value, action })}
        />
        <TextInput
          label="What"
          placeholder="Any action"
          value={action}
          onChange={(event) => change({ actor, action: event.currentTarget.value })}
        />
      </Group>
      {audit.isPending ? (
        <RowsSkeleton rows={10} />
      ) : audit.isError ? (
        <ErrorState error={audit.error} onRetry={() => void audit.refetch()} />
      ) : entries.length === 0 ? (
        <Empty title="Nothing found">
          {filter.actor || filter.action ? "Take a filter off." : "Nothing was done yet."}
        </Empty>
      ) : (
        <div className={classes.scroll}>
          <Table verticalSpacing={3} aria-label="Audit">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>Who</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>On what</Table.Th>
                <Table.Th>Outcome</Table.Th>
                <Table.Th>From</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry, at) => (
                <AuditRow key={`${entry.at}-${at}`} entry={entry} />
              ))}
            </Table.Tbody>
          </Table>
          {audit.hasNextPage && (
            <Button
              variant="default"
              mt="xs"
              loading={audit.isFetchingNextPage}
              onClick={() => void audit.fetchNextPage()}
            >
              Show older entries
            </Button>
          )}
        </div>
      )}
    </Section>
  );
}

function AuditRow({ entry }: { entry: AuditEntry }) {
  const { label, color, icon: OutcomeIcon } = OUTCOMES[entry.outcome];
  const detail = Object.entries(entry.detail);
  return (
    <Table.Tr>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        <TimeText at={entry.at} />
      </Table.Td>
      <Table.Td title={entry.role}>
        <span className={classes.mono}>{entry.actor || "nobody"}</span>
      </Table.Td>
      <Table.Td className={classes.mono}>{entry.action}</Table.Td>
      <Table.Td>
        <div className={classes.mono}>{entry.target}</div>
        {detail.length > 0 && (
          <details>
            <summary>Detail</summary>
            <dl className={classes.facts}>
              {detail.map(([name, value]) => (
                <Detail key={name} name={name} value={value} />
              ))}
            </dl>
          </details>
        )}
      </Table.Td>
      <Table.Td>
        <Badge
          color={color}
          leftSection={<OutcomeIcon size={12} aria-hidden="true" />}
          styles={{ label: { color: "var(--mantine-color-text)" } }}
        >
          {label}
        </Badge>
      </Table.Td>
      <Table.Td className={classes.mono}>{entry.address}</Table.Td>
    </Table.Tr>
  );
}

function Detail({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={classes.mono}>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
    </>
  );
}
