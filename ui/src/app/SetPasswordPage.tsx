import { Alert, Button, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { messageOf } from "@/api/errors";
import { useChangePassword } from "@/api/session";
import type { Session } from "@/api/types";
import classes from "./SignInPage.module.css";

/** The service refuses shorter ones too. */
const LEAST_LENGTH = 12;

/** For somebody who came by a one-time link, or whose password an administrator chose. */
export function SetPasswordPage({ user }: { user: NonNullable<Session["user"]> }) {
  const { name } = user;
  const byLink = user.method === "link";
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const change = useChangePassword();
  const differs = again !== "" && again !== password;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (password !== again) return;
    change.mutate({ new_password: password, ...(!byLink && { current_password: current }) });
  };
  return (
    <main className={classes.page}>
      <Paper withBorder p="lg" className={classes.card}>
        <Title order={1} mb="xs">
          Choose a password
        </Title>
        <Text size="sm" mb="md">
          You are signed in as {name}.{" "}
          {byLink
            ? "The link worked once; from now on you sign in with this password."
            : "The password you have was chosen by somebody else."}
        </Text>
        <form onSubmit={submit} aria-label="Choose a password">
          <Stack gap="sm">
            <input type="hidden" name="username" autoComplete="username" value={name} readOnly />
            {!byLink && (
              <PasswordInput
                label="Present password"
                autoComplete="current-password"
                required
                size="sm"
                value={current}
                onChange={(event) => setCurrent(event.currentTarget.value)}
              />
            )}
            <PasswordInput
              label="New password"
              description={`At least ${LEAST_LENGTH} characters; several words are easy to remember.`}
              autoComplete="new-password"
              required
              minLength={LEAST_LENGTH}
              size="sm"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <PasswordInput
              label="The same again"
              autoComplete="new-password"
              required
              size="sm"
              value={again}
              error={differs ? "The two differ" : undefined}
              onChange={(event) => setAgain(event.currentTarget.value)}
            />
            {change.isError && (
              <Alert color="red" p="xs" role="alert">
                {messageOf(change.error)}
              </Alert>
            )}
            <Button type="submit" size="sm" loading={change.isPending} disabled={password !== again}>
              Save and go on
            </Button>
          </Stack>
        </form>
      </Paper>
    </main>
  );
}
