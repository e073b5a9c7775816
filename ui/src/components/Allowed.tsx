import { Tooltip } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { ReactElement, ReactNode } from "react";
import { usePermission, useSession, type PermissionName } from "@/api/session";
import { Empty } from "./Empty";
import { PageSkeleton } from "./Skeletons";

/** Shows `children` to those who may; tells everybody else why not, in the words of the service. */
export function Allowed({ permission, children }: { permission: PermissionName; children: ReactNode }) {
  const session = useSession();
  const { allowed, reason } = usePermission(permission);
  if (session.isPending) return <PageSkeleton />;
  if (allowed) return children;
  return (
    <Empty icon={IconLock} title="Not allowed for you">
      {reason} Ask an administrator if you need it.
    </Empty>
  );
}

/**
 * A button that somebody may not press is shown disabled, with the reason on hover and focus.
 * `children` gets `disabled` and puts it on the button.
 */
export function RefusalTooltip({
  permission,
  children,
}: {
  permission: PermissionName;
  children: (disabled: boolean) => ReactElement;
}) {
  const { allowed, reason } = usePermission(permission);
  if (allowed || reason === null) return children(!allowed);
  return (
    <Tooltip label={reason} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      {/* A disabled button hears no pointer; what lies around it does. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <span tabIndex={0} role="note" aria-label={reason}>
        {children(true)}
      </span>
    </Tooltip>
  );
}
