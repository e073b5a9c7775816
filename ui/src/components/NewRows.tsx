import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { Keys, useAction } from "@/shortcuts";

/** "12 new": rows that arrived wait here until they are asked for, so that nothing moves while being read. */
export function NewRows({ count, onShow }: { count: number; onShow: () => void }) {
  useAction("list.refresh", onShow, count > 0);
  if (count === 0) return null;
  return (
    <Button
      variant="light"
      size="compact-xs"
      leftSection={<IconArrowUp size={12} aria-hidden="true" />}
      onClick={onShow}
    >
      {count.toLocaleString()} new <Keys action="list.refresh" />
    </Button>
  );
}
