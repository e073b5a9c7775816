import { Alert, Loader, Paper, Title } from "@mantine/core";
import { Navigate, getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { isApiError, messageOf } from "@/api/errors";
import { useSession, useSignIn } from "@/api/session";
import { ErrorState } from "@/components/ErrorState";
import { PageSkeleton } from "@/components/Skeletons";
import { SignInForm } from "./SignInForm";
import classes from "./SignInPage.module.css";

const route = getRouteApi("/signin");

/** What the organisation's provider led back with; nothing else in an address becomes text of this page. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  [
    "oidc_refused",
    "Your organisation knows you, but gives you no role here, or your account is disabled. Ask an admin.",
  ],
  ["oidc_failed", "The sign-in with your organisation was not completed. Try again."],
  ["oidc_unavailable", "Your organisation's sign-in cannot be reached right now. Try again in a moment."],
]);

/** Only addresses of this site: a crafted link must not lead elsewhere after the sign-in. */
export function safeNext(next: string | undefined): string {
  return next?.startsWith("/") && !/^\/[/\\]/.test(next) && !next.startsWith("/signin") ? next : "/";
}

export function SignInPage() {
  const { link, next, error } = route.useSearch();
  const refusal = error === undefined ? undefined : REFUSALS.get(error);
  const session = useSession();
  const byLink = useSignIn();
  const used = useRef(false);

  useEffect(() => {
    document.title = "Sign in · Logatlas";
  }, []);
  const { mutate } = byLink;
  const navigate = useNavigate();
  useEffect(() => {
    // A link works once: React may run an effect twice.
    if (link === undefined || used.current) return;
    used.current = true;
    // Once it has been answered it goes out of the address; while the service is away a reload tries it again.
    const onError = (refused: unknown) => {
      if (isApiError(refused)) void navigate({ to: "/signin", search: { next }, replace: true });
    };
    mutate({ link }, { onError });
  }, [link, mutate, navigate, next]);

  if (session.isPending) return <PageSkeleton label="Sign in" />;
  if (session.isError) {
    return (
      <ErrorState error={session.error} title="Logatlas cannot be reached" onRetry={() => void session.refetch()} />
    );
  }
  if (session.data.user && !byLink.isPending) return <Navigate to={safeNext(next)} replace />;
  return (
    <main className={classes.page}>
      <Paper withBorder p="lg" className={classes.card}>
        <Title order={1} mb="md">
          Sign in to Logatlas
        </Title>
        {byLink.isPending && (
          <p role="status">
            <Loader size="xs" /> Signing in with the link…
          </p>
        )}
        {byLink.isError && (
          <Alert color="red" mb="md" title="The link was not accepted">
            <p>{messageOf(byLink.error)}.</p>
            <p>
              Restarting <code>logatlas serve</code> prints a new link only while no account has a password or signs in
              with the organisation. After that an admin resets passwords in Settings; whoever has a shell on the server
              does so with <code>logatlas account password NAME</code>.
            </p>
          </Alert>
        )}
        {refusal !== undefined && (
          <Alert color="red" mb="md" title="You are not signed in">
            {refusal}
          </Alert>
        )}
        {!byLink.isPending && <SignInForm options={session.data.sign_in} next={safeNext(next)} />}
      </Paper>
    </main>
  );
}
