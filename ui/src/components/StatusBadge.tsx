import { Badge } from "@mantine/core";
import { IconCircleCheck, IconCpu, IconHelpCircle, IconPencilCheck, type Icon } from "@tabler/icons-react";
import type { Status } from "@/api/types";
import { STATUS_COLORS } from "@/app/theme";

export const STATUS_LABELS: Record<Status, string> = {
  auto: "Automatic",
  needs_review: "Needs review",
  confirmed: "Confirmed",
  overridden: "Overridden",
};
const ICONS: Record<Status, Icon> = {
  auto: IconCpu,
  needs_review: IconHelpCircle,
  confirmed: IconCircleCheck,
  overridden: IconPencilCheck,
};

/** A decision's status as icon and word; null is an event that waits to be decided. */
export function StatusBadge({ status, size = "sm" }: { status: Status | null; size?: "xs" | "sm" | "md" }) {
  if (status === null) {
    return (
      <Badge color="gray" size={size} variant="outline" autoContrast>
        Waiting
      </Badge>
    );
  }
  const StatusIcon = ICONS[status];
  return (
    <Badge
      color={STATUS_COLORS[status]}
      size={size}
      leftSection={<StatusIcon size={12} aria-hidden="true" />}
      styles={{ root: { verticalAlign: "middle" }, label: { color: "var(--mantine-color-text)" } }}
    >
      {STATUS_LABELS[status]}
    </Badge>
  );
}
