import { Button } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { QueueFilter } from "@/api";
import { Empty } from "@/components";
import { isFiltered } from "./targets";

interface Props {
  filter: QueueFilter;
  fresh: number;
  onClear: () => void;
}

/** Nothing waits: because all is done, because of the filter, or because nothing has come yet. */
export function QueueEmpty({ filter, fresh, onClear }: Props) {
  if (isFiltered(filter)) {
    return (
      <Empty title="Nothing in this part of the queue" action={<Button onClick={onClear}>Show the whole queue</Button>}>
        No event that waits for review matches the filter.
      </Empty>
    );
  }
  return (
    <Empty icon={IconCircleCheck} title={fresh > 0 ? "All of these are done" : "Nothing waits for review"}>
      Events come here when Logatlas is not sure of their class. <Link to="/try">Try it</Link> with a log of your own,
      or <Link to="/search">look at what was decided</Link>.
    </Empty>
  );
}
