import { useEffect } from "react";
import { Outlet, useNavigate, useRouter } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { refusals } from "@/api/connection";
import { openLive, useLiveState } from "@/api/live";
import { followOtherTabs, useSession } from "@/api/session";
import { useStore } from "@/api/store";
import { ErrorState } from "@/components/ErrorState";
import { PageSkeleton } from "@/components/Skeletons";
import { Banners } from "./Banners";
import { GlobalActions } from "./GlobalActions";
import { Navigation } from "./Navigation";
import { SessionEndedOverlay } from "./SessionEndedOverlay";
import { SetPasswordPage } from "./SetPasswordPage";
import { useConnectionWatch } from "./useConnectionWatch";
import classes from "./Shell.module.css";

/** What stands around every page: navigation, banners, palette, the overlay of an ended session. */
export function Shell() {
  const session = useSession();
  const client = useQueryClient();
  const user = session.data?.user ?? null;
  useConnectionWatch();
  useEffect(() => followOtherTabs(client), [client]);
  const name = user?.must_set_password === false ? user.name : undefined;
  useEffect(() => (name === undefined ? undefined : openLive()), [name]);

  // What is refused, a request or the live connection, may be so because the session ended or the role changed.
  const live = useLiveState();
  const refused = useStore(refusals);
  useEffect(() => {
    if (live === "polling" || refused > 0) void client.invalidateQueries({ queryKey: ["session"] });
  }, [live, refused, client]);

  if (session.isPending) return <PageSkeleton label="Logatlas" />;
  // A later look that fails does not take the page away.
  if (session.data === undefined) {
    return (
      <ErrorState error={session.error} title="Logatlas cannot be reached" onRetry={() => void session.refetch()} />
    );
  }
  if (!user) return <ToSignIn />;
  if (user.must_set_password) return <SetPasswordPage user={user} />;
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        Skip to the page
      </a>
      <Navigation user={user} />
      <div className={classes.main}>
        <Banners />
        <main id="content" className={classes.content} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <GlobalActions />
      <SessionEndedOverlay name={user.name} />
    </div>
  );
}

function ToSignIn() {
  const navigate = useNavigate();
  const router = useRouter();
  useEffect(() => {
    // Read once: the address changes with this very navigation.
    const next = router.state.location.href;
    void navigate({ to: "/signin", search: { next }, replace: true });
  }, [navigate, router]);
  return <PageSkeleton label="Sign in" />;
}
