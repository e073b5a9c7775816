import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useEffect, useState, type SubmitEvent } from "react";
import { isApiError, messageOf } from "@/api/errors";
import { useSignIn } from "@/api/session";
import type { Session } from "@/api/types";

interface Props {
  options: Session["sign_in"];
  /** Where to go afterwards; needed by sign-in over the organisation's provider, which leaves the page. */
  next: string;
  /** The person whose session ended: only the password is asked. */
  name?: string;
  onSignedIn?: () => void;
}

export function SignInForm({ options, next, name, onSignedIn }: Props) {
  const [typedName, setTypedName] = useState(name ?? "");
  const [password, setPassword] = useState("");
  const signIn = useSignIn();
  const wait = useCountdown(isApiError(signIn.error) ? signIn.error.retryAfterS : null);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    signIn.mutate(
      { name: typedName.trim(), password },
      {
        onSuccess: () => onSignedIn?.(),
        onSettled: () => setPassword(""),
      },
    );
  };
  const inPlace = name !== undefined;
  return (
    <Stack gap="sm">
      {options.oidc && (
        <Button
          component="a"
          size="sm"
          variant={options.password ? "default" : "filled"}
          href={`${options.oidc.url}?next=${encodeURIComponent(inPlace ? "/signin" : next)}`}
          // What was typed on the page lives on in this tab.
          {...(inPlace && { target: "_blank", rel: "opener" })}
        >
          Sign in with {options.oidc.name}
          {inPlace && " (new tab)"}
        </Button>
      )}
      {options.oidc && options.password && <Divider label="or" />}
      {options.password && (
        <form onSubmit={submit} aria-label="Sign in">
          <Stack gap="sm">
            <TextInput
              label="Name"
              name="username"
              autoComplete="username"
              required
              size="sm"
              value={typedName}
              onChange={(event) => setTypedName(event.currentTarget.value)}
              readOnly={inPlace}
              autoCapitalize="none"
              spellCheck={false}
              data-autofocus={inPlace ? undefined : true}
            />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              size="sm"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              data-autofocus={inPlace ? true : undefined}
            />
            {signIn.isError && (
              <Alert color="red" p="xs" role="alert">
                {messageOf(signIn.error)}
                {wait > 0 && ` Try again in ${wait} s.`}
              </Alert>
            )}
            <Button type="submit" size="sm" loading={signIn.isPending} disabled={wait > 0}>
              Sign in
            </Button>
          </Stack>
        </form>
      )}
    </Stack>
  );
}

/** Seconds left of a refusal that says when to come back. */
function useCountdown(seconds: number | null): number {
  const [left, setLeft] = useState(0);
  const [from, setFrom] = useState<number | null>(null);
  if (seconds !== from) {
    setFrom(seconds);
    setLeft(Math.ceil(seconds ?? 0));
  }
  useEffect(() => {
    if (left <= 0) return undefined;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}
