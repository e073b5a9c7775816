import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { Empty } from "@/components/Empty";

export function NotFoundPage() {
  const { pathname } = useLocation();
  return (
    <Empty
      icon={IconMapOff}
      title="There is no such page"
      action={
        <Button renderRoot={(props: object) => <Link to="/queue" search={{}} {...props} />}>Go to the queue</Button>
      }
    >
      Nothing lives at <code>{pathname}</code>. The address may be old or mistyped.
    </Empty>
  );
}
