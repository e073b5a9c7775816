import { Stack, Text } from "@mantine/core";
import { IconCheck, IconLock } from "@tabler/icons-react";
import { useSession, type Session } from "@/api";
import { TimeText } from "@/components";
import { PasswordForm } from "./PasswordForm";
import { PERMISSION_LABELS } from "./permissions";
import { Section } from "./Section";
import { SessionsTable } from "./SessionsTable";
import classes from "./settings.module.css";

const METHODS: Record<NonNullable<Session["user"]>["method"], string> = {
  password: "with a password",
  oidc: "through your organisation",
  link: "with a one-time link",
  token: "with a token",
};

/** The person signed in: who that is, what they may do and why not, their password and sessions. */
export function YouSection() {
  const session = useSession();
  const user = session.data?.user;
  if (!session.data || !user) return null;
  const { permissions, refused, expires_at } = session.data;
  return (
    <Stack gap="xl">
      <Section title="You">
        <dl className={classes.facts}>
          <dt>Name</dt>
          <dd>{user.display_name || user.name}</dd>
          <dt>Account</dt>
          <dd className={classes.mono}>{user.name}</dd>
          <dt>Role</dt>
          <dd>{user.role}</dd>
          <dt>Signed in</dt>
          <dd>
            {METHODS[user.method]}
            {expires_at && (
              <>
                , until <TimeText at={expires_at} />
              </>
            )}
          </dd>
        </dl>
      </Section>
      <Section title="What you may do">
        <dl className={classes.facts}>
          {Object.entries(permissions).map(([name, allowed]) => (
            <Permission key={name} name={name} allowed={allowed} reason={refused[name]} />
          ))}
        </dl>
      </Section>
      <Section title="Password">
        {user.method === "oidc" ? (
          <Text size="sm">Your organisation keeps your password; change it there.</Text>
        ) : (
          <PasswordForm name={user.name} />
        )}
      </Section>
      <Section title="Sessions" about="Where you are signed in. Administrators see everybody’s.">
        <SessionsTable />
      </Section>
    </Stack>
  );
}

function Permission({ name, allowed, reason }: { name: string; allowed: boolean; reason: string | undefined }) {
  const Mark = allowed ? IconCheck : IconLock;
  return (
    <>
      <dt>{PERMISSION_LABELS[name] ?? name}</dt>
      <dd>
        <Mark size={13} aria-hidden="true" /> {allowed ? "Yes" : `No: ${reason ?? "your role does not include it"}`}
      </dd>
    </>
  );
}
