import { Badge, Group, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useParts, useSummary, type StatsSummary } from "@/api";
import { TimeText } from "@/components";
import { termOf } from "../search/query-text";
import type { TimeRange } from "../search/time-range";
import { DashboardCard } from "./DashboardCard";
import { EventsLink } from "./EventsLink";
import { whole } from "./figures";
import { events } from "./links";

const STATES = { ready: "Ready", degraded: "Degraded", down: "Down", starting: "Starting" } as const;

/** Which parts are missing now, and how many events had to do without. */
export function DegradedCard({ range }: { range: TimeRange }) {
  const summary = useSummary(range);
  return (
    <DashboardCard
      title="Parts"
      about="Their state now, and the events decided without them"
      query={summary}
      height={160}
    >
      {(data) => <PartsTable degraded={data.degraded} range={range} />}
    </DashboardCard>
  );
}

function PartsTable({ degraded, range }: { degraded: StatsSummary["degraded"]; range: TimeRange }) {
  const parts = useParts().data?.parts ?? [];
  const names = [...new Set([...parts.map((part) => part.name), ...Object.keys(degraded)])];
  if (names.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No event had to do without a part.
      </Text>
    );
  }
  return (
    <Table verticalSpacing={3}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Part</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th ta="end">Events without it</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {names.map((name) => {
          const part = parts.find((candidate) => candidate.name === name);
          const count = degraded[name] ?? 0;
          return (
            <Table.Tr key={name}>
              <Table.Td title={part?.detail}>{name}</Table.Td>
              <Table.Td>
                {part ? (
                  <Group gap={6}>
                    <Badge
                      color={part.state === "ready" ? "gray" : "orange"}
                      leftSection={
                        part.state === "ready" ? <IconCircleCheck size={12} /> : <IconAlertTriangle size={12} />
                      }
                      styles={{ label: { color: "var(--mantine-color-text)" } }}
                    >
                      {STATES[part.state]}
                    </Badge>
                    {part.state !== "ready" && part.since && <TimeText at={part.since} style="ago" />}
                  </Group>
                ) : (
                  "–"
                )}
              </Table.Td>
              <Table.Td ta="end">
                {count === 0 ? (
                  "0"
                ) : (
                  <EventsLink
                    to={events(termOf("degraded", name), range)}
                    label={`${whole(count)} events without ${name}`}
                  >
                    {whole(count)}
                  </EventsLink>
                )}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
