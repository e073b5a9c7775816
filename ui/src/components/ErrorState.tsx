import { Button } from "@mantine/core";
import { IconAlertCircle, IconLock } from "@tabler/icons-react";
import { isApiError, messageOf } from "@/api/errors";
import { Empty } from "./Empty";

interface Props {
  error: unknown;
  title?: string;
  onRetry?: (() => void) | undefined;
}

/** What went wrong, in the service's own words, and a way on. */
export function ErrorState({ error, title, onRetry }: Props) {
  const refused = isApiError(error) && error.status === 403;
  return (
    <div role="alert">
      <Empty
        icon={refused ? IconLock : IconAlertCircle}
        title={title ?? (refused ? "Not allowed for you" : "This could not be loaded")}
        action={
          onRetry &&
          !refused && (
            <Button variant="default" onClick={onRetry}>
              Try again
            </Button>
          )
        }
      >
        {messageOf(error)}
      </Empty>
    </div>
  );
}
