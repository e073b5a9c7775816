import {
  ActionIcon,
  Menu,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import {
  IconBook2,
  IconChartBar,
  IconCommand,
  IconFlask,
  IconInbox,
  IconKeyboard,
  IconLogout,
  IconMessageCircle,
  IconMoon,
  IconScale,
  IconSearch,
  IconSettings,
  IconSun,
  IconUser,
  type Icon,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useSignOut } from "@/api/session";
import type { Session } from "@/api/types";
import { Keys, runAction, type ActionId } from "@/shortcuts";
import { LiveIndicator } from "./LiveIndicator";
import classes from "./Navigation.module.css";

export const PAGES = [
  { to: "/queue", label: "Queue", icon: IconInbox, action: "go.queue" },
  { to: "/search", label: "Search", icon: IconSearch, action: "go.search" },
  { to: "/dashboard", label: "Dashboard", icon: IconChartBar, action: "go.dashboard" },
  { to: "/chat", label: "Chat", icon: IconMessageCircle, action: "go.chat" },
  { to: "/knowledge", label: "Knowledge", icon: IconBook2, action: "go.knowledge" },
  { to: "/try", label: "Try it", icon: IconFlask, action: "go.try" },
  { to: "/evals", label: "Evals", icon: IconScale, action: "go.evals" },
  { to: "/settings", label: "Settings", icon: IconSettings, action: "go.settings" },
] as const satisfies readonly { to: string; label: string; icon: Icon; action: ActionId }[];

export function Navigation({ user }: { user: NonNullable<Session["user"]> }) {
  return (
    <nav className={classes.rail} aria-label="Pages">
      <Link to="/queue" className={classes.brand} aria-label="Logatlas, go to the queue">
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="#1c6b74" />
          <path d="M8 8v16h16" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" />
          <path d="M13 18l4-5 3 3 4-6" fill="none" stroke="#9fe3d6" strokeWidth="2.6" strokeLinecap="round" />
        </svg>
        <span className={classes.label}>Logatlas</span>
      </Link>
      {PAGES.map(({ to, label, icon: PageIcon, action }) => (
        <Tooltip
          key={to}
          position="right"
          label={
            <>
              {label} <Keys action={action} />
            </>
          }
        >
          <Link to={to} className={classes.page} activeProps={{ className: classes.current, "aria-current": "page" }}>
            <PageIcon size={18} stroke={1.6} aria-hidden="true" />
            <span className={classes.label}>{label}</span>
          </Link>
        </Tooltip>
      ))}
      <div className={classes.rest} />
      <UnstyledButton className={classes.page} onClick={() => runAction("palette.open")} title="Go to anything">
        <IconCommand size={18} stroke={1.6} aria-hidden="true" />
        <span className={classes.label}>
          Go to <Keys action="palette.open" />
        </span>
      </UnstyledButton>
      <LiveIndicator />
      <div className={classes.tools}>
        <ThemeButton />
        <Tooltip label="Keyboard shortcuts" position="right">
          <ActionIcon aria-label="Keyboard shortcuts" onClick={() => runAction("help.open")}>
            <IconKeyboard size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <UserMenu user={user} />
      </div>
    </nav>
  );
}

function ThemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme("light");
  const other = shown === "dark" ? "light" : "dark";
  return (
    <Tooltip label={`Use the ${other} theme`} position="right">
      <ActionIcon aria-label={`Use the ${other} theme`} onClick={() => setColorScheme(other)}>
        {shown === "dark" ? <IconSun size={18} stroke={1.6} /> : <IconMoon size={18} stroke={1.6} />}
      </ActionIcon>
    </Tooltip>
  );
}

function UserMenu({ user }: { user: NonNullable<Session["user"]> }) {
  const signOut = useSignOut();
  const shownName = user.display_name || user.name;
  return (
    <Menu position="right-end">
      <Menu.Target>
        <ActionIcon aria-label={`Account of ${shownName}`}>
          <IconUser size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {shownName} · {user.role}
        </Menu.Label>
        <Menu.Item
          leftSection={<IconSettings size={16} />}
          renderRoot={(props: object) => <Link to="/settings" search={{}} {...props} />}
        >
          Settings
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
