/**
 * Every action that has a key: one table, from which the pages bind, buttons print, the help overlay lists and the
 * settings remap. A page that needs another action adds its line here.
 *
 * Keys: `j`, `Enter`, `Mod+k` (Ctrl, on a Mac Cmd), `Shift+x`, sequences with a space (`g q`). Printed characters are
 * written as they are typed (`?`, `/`), without Shift.
 */
export type Scope = "global" | "list" | "review" | "event" | "chat" | "search" | "panel" | "writing";

export interface Action {
  id: string;
  label: string;
  keys: string;
  scope: Scope;
}

const table = [
  { id: "palette.open", label: "Go to anything", keys: "Mod+k", scope: "global" },
  { id: "help.open", label: "Show keyboard shortcuts", keys: "?", scope: "global" },
  { id: "search.focus", label: "Search events", keys: "/", scope: "global" },
  { id: "go.queue", label: "Go to the queue", keys: "g q", scope: "global" },
  { id: "go.search", label: "Go to search", keys: "g s", scope: "global" },
  { id: "go.dashboard", label: "Go to the dashboard", keys: "g d", scope: "global" },
  { id: "go.knowledge", label: "Go to knowledge", keys: "g k", scope: "global" },
  { id: "go.chat", label: "Go to the chat", keys: "g c", scope: "global" },
  { id: "go.try", label: "Go to try it", keys: "g t", scope: "global" },
  { id: "go.evals", label: "Go to evals", keys: "g e", scope: "global" },
  { id: "go.settings", label: "Go to settings", keys: "g ,", scope: "global" },
  { id: "theme.toggle", label: "Switch between light and dark", keys: "g l", scope: "global" },

  { id: "list.next", label: "Next row", keys: "j", scope: "list" },
  { id: "list.previous", label: "Previous row", keys: "k", scope: "list" },
  { id: "list.open", label: "Open the row", keys: "Enter", scope: "list" },
  { id: "list.select", label: "Select the row", keys: "x", scope: "list" },
  { id: "list.refresh", label: "Show new rows", keys: "r", scope: "list" },

  { id: "review.confirm", label: "Confirm", keys: "Enter", scope: "review" },
  { id: "review.override", label: "Override", keys: "o", scope: "review" },
  { id: "review.skip", label: "Skip", keys: "s", scope: "review" },
  { id: "review.undo", label: "Undo the last review", keys: "u", scope: "review" },
  { id: "review.bulk", label: "Apply to all of this template or filter", keys: "b", scope: "review" },
  { id: "review.detail", label: "Open the event beside the list", keys: "e", scope: "review" },
  { id: "review.candidate.1", label: "Choose candidate 1", keys: "1", scope: "review" },
  { id: "review.candidate.2", label: "Choose candidate 2", keys: "2", scope: "review" },
  { id: "review.candidate.3", label: "Choose candidate 3", keys: "3", scope: "review" },
  { id: "review.candidate.4", label: "Choose candidate 4", keys: "4", scope: "review" },
  { id: "review.candidate.5", label: "Choose candidate 5", keys: "5", scope: "review" },
  { id: "review.candidate.6", label: "Choose candidate 6", keys: "6", scope: "review" },
  { id: "review.candidate.7", label: "Choose candidate 7", keys: "7", scope: "review" },
  { id: "review.candidate.8", label: "Choose candidate 8", keys: "8", scope: "review" },
  { id: "review.candidate.9", label: "Choose candidate 9", keys: "9", scope: "review" },

  { id: "event.copy", label: "Copy the raw log", keys: "y r", scope: "event" },
  { id: "event.copy-json", label: "Copy as JSON", keys: "y j", scope: "event" },
  { id: "event.copy-curl", label: "Copy as curl", keys: "y u", scope: "event" },
  { id: "event.copy-link", label: "Copy the link", keys: "y l", scope: "event" },

  { id: "chat.open", label: "Ask about this event", keys: "c", scope: "chat" },
  { id: "chat.stop", label: "Stop the answer", keys: "Escape", scope: "chat" },
  { id: "chat.ask.1", label: "Ask suggested question 1", keys: "a 1", scope: "chat" },
  { id: "chat.ask.2", label: "Ask suggested question 2", keys: "a 2", scope: "chat" },
  { id: "chat.ask.3", label: "Ask suggested question 3", keys: "a 3", scope: "chat" },
  { id: "chat.ask.4", label: "Ask suggested question 4", keys: "a 4", scope: "chat" },

  { id: "search.pause", label: "Pause or go on with the live tail", keys: "p", scope: "search" },
  { id: "search.columns", label: "Choose columns", keys: "v", scope: "search" },

  { id: "writing.run", label: "Decide or try what is written", keys: "Mod+Enter", scope: "writing" },
  { id: "writing.save", label: "Save what is written", keys: "Mod+s", scope: "writing" },

  { id: "panel.close", label: "Close the panel", keys: "Escape", scope: "panel" },
] as const satisfies readonly Action[];

export type ActionId = (typeof table)[number]["id"];
export const ACTIONS: readonly (Action & { id: ActionId })[] = table;

export const SCOPE_LABELS: Record<Scope, string> = {
  global: "Everywhere",
  list: "Lists",
  review: "Review",
  event: "Event",
  chat: "Chat",
  search: "Search",
  panel: "Panel",
  writing: "Writing",
};

const byId = new Map<string, Action>(table.map((action) => [action.id, action]));

export function actionOf(id: ActionId): Action {
  const action = byId.get(id);
  if (!action) throw new Error(`no action ${id}`);
  return action;
}
