import { Badge, Table } from "@mantine/core";
import { useEndSession, useSessions, type SessionInfo } from "@/api";
import { ErrorState, RowsSkeleton, TimeText } from "@/components";
import { ConfirmButton } from "./ConfirmButton";
import { Problem } from "./Problem";
import classes from "./settings.module.css";

const BROWSERS = [
  ["Edg/", "Edge"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
] as const;

/** `Firefox`, or the first word of what the browser said it is. */
export function browserOf(agent: string): string {
  const known = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  if (known) return known;
  return /^[^\s/]+/.exec(agent)?.[0] ?? "Unknown";
}

/** Open sessions: one's own, of everybody for an administrator. Each can be ended. */
export function SessionsTable() {
  const sessions = useSessions();
  const end = useEndSession();
  if (sessions.isPending) return <RowsSkeleton rows={3} />;
  if (sessions.isError) return <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />;
  const row = (session: SessionInfo) => (
    <Table.Tr key={session.session_id}>
      <Table.Td>{session.user}</Table.Td>
      <Table.Td title={session.agent}>{browserOf(session.agent)}</Table.Td>
      <Table.Td className={classes.mono}>{session.address}</Table.Td>
      <Table.Td>
        <TimeText at={session.created_at} />
      </Table.Td>
      <Table.Td>
        <TimeText at={session.last_seen_at} style="ago" />
      </Table.Td>
      <Table.Td align="right">
        {session.current ? (
          <Badge color="gray">This one</Badge>
        ) : (
          <ConfirmButton
            label="End"
            name={`End the session of ${session.user} at ${session.address}`}
            question="Whoever uses it is asked to sign in again."
            pending={end.isPending && end.variables === session.session_id}
            onConfirm={() => end.mutate(session.session_id)}
          />
        )}
      </Table.Td>
    </Table.Tr>
  );
  return (
    <div className={classes.scroll}>
      <Problem error={end.error} />
      <Table verticalSpacing={4} aria-label="Sessions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Account</Table.Th>
            <Table.Th>Browser</Table.Th>
            <Table.Th>Address</Table.Th>
            <Table.Th>Signed in</Table.Th>
            <Table.Th>Last seen</Table.Th>
            <Table.Th aria-label="End" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{sessions.data.map(row)}</Table.Tbody>
      </Table>
    </div>
  );
}
