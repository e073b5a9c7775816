import { Badge, Table } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconHourglass, type Icon } from "@tabler/icons-react";
import { useParts, type Parts } from "@/api";
import { Empty, ErrorState, RowsSkeleton, TimeText } from "@/components";
import { Section } from "./Section";

type State = Parts["parts"][number]["state"];
const STATES: Record<State, { label: string; color: string; icon: Icon }> = {
  ready: { label: "Ready", color: "teal", icon: IconCircleCheck },
  degraded: { label: "Degraded", color: "orange", icon: IconAlertTriangle },
  starting: { label: "Starting", color: "gray", icon: IconHourglass },
  down: { label: "Down", color: "red", icon: IconCircleX },
};

function StateBadge({ state }: { state: State }) {
  const { label, color, icon: StateIcon } = STATES[state];
  return (
    <Badge
      color={color}
      leftSection={<StateIcon size={12} aria-hidden="true" />}
      styles={{ label: { color: "var(--mantine-color-text)" } }}
    >
      {label}
    </Badge>
  );
}

/** What the service runs on, and how each part is; refreshed every half minute. */
export function PartsSection() {
  const parts = useParts();
  return (
    <Section
      title="Parts"
      about="When a part is away, events are still decided by what is left, and each decision names what was missing."
    >
      {parts.isPending ? (
        <RowsSkeleton rows={5} />
      ) : parts.isError ? (
        <ErrorState error={parts.error} onRetry={() => void parts.refetch()} />
      ) : parts.data.parts.length === 0 ? (
        <Empty title="No parts reported">The service is starting.</Empty>
      ) : (
        <Table verticalSpacing={4} aria-label="Parts">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Part</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Detail</Table.Th>
              <Table.Th>Since</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {parts.data.parts.map((part) => (
              <Table.Tr key={part.name}>
                <Table.Td fw={600}>{part.name}</Table.Td>
                <Table.Td>
                  <StateBadge state={part.state} />
                </Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{part.detail}</Table.Td>
                <Table.Td>
                  <TimeText at={part.since} style="ago" />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}
