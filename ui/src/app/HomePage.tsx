import { Navigate } from "@tanstack/react-router";
import { useAnyEvent } from "@/api/events";
import { usePermission } from "@/api/session";
import { PageSkeleton } from "@/components/Skeletons";

/** Where a sign-in leads: to the queue, and as long as nothing was classified to the page where a newcomer tries it. */
export function HomePage() {
  const { allowed } = usePermission("classify");
  const found = useAnyEvent(allowed);
  if (allowed && found.isFetching) return <PageSkeleton />;
  return <Navigate to={allowed && found.data === false ? "/try" : "/queue"} replace />;
}
