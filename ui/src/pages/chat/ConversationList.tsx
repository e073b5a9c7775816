import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPlus, IconSearch, IconUsers } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { itemsOf } from "@/api";
import { useConversations, type ConversationRow } from "@/api/chat";
import type { chatSearch } from "@/app/search-params";
import classes from "@/chat/chat.module.css";
import { ErrorState, RowsSkeleton, TimeText, safeLine } from "@/components";

type Search = ReturnType<typeof chatSearch>;

interface Props {
  current: string | null;
  search: Search;
  /** An event is open beside the conversation: a narrow page then leaves the list out. */
  isBeside: boolean;
  onSearch: (change: Pick<Search, "q" | "scope">) => void;
}

/** One's own conversations, with those that others share where wanted, the latest first. */
export function ConversationList({ current, search, isBeside, onSearch }: Props) {
  const [typed, setTyped] = useState(search.q ?? "");
  const look = useDebouncedCallback((q: string) => onSearch({ q: q.trim() || undefined }), 250);
  const list = useConversations({ q: search.q, mine: search.scope !== "all" });
  const rows = itemsOf(list.data);
  return (
    <nav className={classes.conversations} aria-label="Conversations" data-beside={isBeside}>
      <Button
        variant="default"
        leftSection={<IconPlus size={14} aria-hidden="true" />}
        renderRoot={(props) => <Link to="/chat" search={{ ...search, event: undefined }} {...props} />}
      >
        New conversation
      </Button>
      <TextInput
        aria-label="Search conversations"
        placeholder="Search conversations"
        leftSection={<IconSearch size={14} aria-hidden="true" />}
        value={typed}
        onChange={(change) => {
          setTyped(change.currentTarget.value);
          look(change.currentTarget.value);
        }}
      />
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label="Whose conversations"
        value={search.scope ?? "mine"}
        onChange={(scope) => onSearch({ scope: scope === "all" ? "all" : undefined })}
        data={[
          { value: "mine", label: "Mine" },
          { value: "all", label: "And shared" },
        ]}
      />
      {list.isPending && <RowsSkeleton rows={6} />}
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && (
        <p className={classes.note}>
          {search.q ? `No conversation has “${search.q}”.` : "None yet. Open an event and press c, or ask here."}
        </p>
      )}
      <ul className={classes.list}>
        {rows.map((row) => (
          <li key={row.conversation_id}>
            <Row row={row} isCurrent={row.conversation_id === current} search={search} />
          </li>
        ))}
        {list.hasNextPage && (
          <li>
            <Button
              variant="subtle"
              fullWidth
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              Show more
            </Button>
          </li>
        )}
      </ul>
    </nav>
  );
}

function Row({ row, isCurrent, search }: { row: ConversationRow; isCurrent: boolean; search: Search }) {
  return (
    <Link
      className={classes.row}
      to="/chat/$conversationId"
      params={{ conversationId: row.conversation_id }}
      search={{ q: search.q, scope: search.scope }}
      aria-current={isCurrent ? "page" : undefined}
      activeProps={{}}
    >
      <span className={classes.rowTitle}>{safeLine(row.title || "Without a title")}</span>
      <span className={classes.rowAbout}>
        {row.shared && <IconUsers size={12} aria-label="Shared" />}
        {!row.mine && <span>{row.owner}</span>}
        <TimeText at={row.updated_at} style="ago" />
        <span>
          {row.turns.toLocaleString()} {row.turns === 1 ? "question" : "questions"}
        </span>
      </span>
      {row.match !== null && <span className={classes.rowAbout}>{safeLine(row.match)}</span>}
    </Link>
  );
}
