import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useLayoutEffect, useState } from "react";
import { HelpOverlay, listenToKeys, useActionsEverywhere } from "@/shortcuts";
import { Palette } from "./Palette";

/** The actions that work on every page, the palette and the help overlay. */
export function GlobalActions() {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme("light");
  const [open, setOpen] = useState<"palette" | "help" | null>(null);
  useLayoutEffect(() => listenToKeys(), []);
  useActionsEverywhere({
    "palette.open": () => setOpen("palette"),
    "help.open": () => setOpen("help"),
    "search.focus": () => void navigate({ to: "/search", search: {} }),
    "go.queue": () => void navigate({ to: "/queue", search: {} }),
    "go.search": () => void navigate({ to: "/search", search: {} }),
    "go.dashboard": () => void navigate({ to: "/dashboard", search: {} }),
    "go.knowledge": () => void navigate({ to: "/knowledge", search: {} }),
    "go.chat": () => void navigate({ to: "/chat", search: {} }),
    "go.try": () => void navigate({ to: "/try", search: {} }),
    "go.evals": () => void navigate({ to: "/evals", search: {} }),
    "go.settings": () => void navigate({ to: "/settings", search: {} }),
    "theme.toggle": () => setColorScheme(shown === "dark" ? "light" : "dark"),
  });
  return (
    <>
      <HelpOverlay opened={open === "help"} onClose={() => setOpen(null)} />
      {open === "palette" && <Palette onClose={() => setOpen(null)} />}
    </>
  );
}
