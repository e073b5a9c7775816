import { Button, PasswordInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type SubmitEvent } from "react";
import { useChangePassword } from "@/api";
import { Problem } from "./Problem";
import classes from "./settings.module.css";

/** The service refuses shorter ones too. */
export const LEAST_PASSWORD = 12;

/** Changes the password of the person signed in; other sessions of that person end. */
export function PasswordForm({ name }: { name: string }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const change = useChangePassword();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    change.mutate(
      { current_password: current, new_password: next },
      {
        onSuccess: () => {
          setCurrent("");
          setNext("");
          setAgain("");
          notifications.show({ message: "Your password is changed." });
        },
      },
    );
  };
  return (
    <form onSubmit={submit} aria-label="Change the password">
      <input type="hidden" name="username" autoComplete="username" value={name} readOnly />
      <div className={classes.form}>
        <PasswordInput
          label="Current password"
          w={200}
          required
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label={`New password (${LEAST_PASSWORD} or more)`}
          w={220}
          required
          minLength={LEAST_PASSWORD}
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <PasswordInput
          label="The same again"
          w={200}
          required
          autoComplete="new-password"
          value={again}
          error={again !== "" && again !== next}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
        <Button type="submit" loading={change.isPending} disabled={next === "" || next !== again}>
          Change
        </Button>
      </div>
      {again !== "" && again !== next && <p role="alert">The two new passwords differ.</p>}
      <Problem error={change.error} />
    </form>
  );
}
