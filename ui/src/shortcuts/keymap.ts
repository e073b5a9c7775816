/** Which keys each action has: the table's, unless the analyst chose others (kept in this browser). */
import { createStore, useStore } from "@/api/store";
import { ACTIONS, actionOf, type ActionId } from "./actions";

const STORED = "logatlas.keys";
type Chosen = Partial<Record<ActionId, string>>;

function load(): Chosen {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    if (typeof stored !== "object" || stored === null) return {};
    const known = new Set<string>(ACTIONS.map((action) => action.id));
    return Object.fromEntries(Object.entries(stored).filter(([id, keys]) => known.has(id) && typeof keys === "string"));
  } catch {
    return {};
  }
}

const chosen = createStore<Chosen>(load());

function keep(next: Chosen): void {
  chosen.set(next);
  try {
    localStorage.setItem(STORED, JSON.stringify(next));
  } catch {
    // A browser without storage keeps the choice until the page is left.
  }
}

export function keysOf(id: ActionId): string {
  return chosen.get()[id] ?? actionOf(id).keys;
}

export function useKeys(id: ActionId): string {
  return useStore(chosen)[id] ?? actionOf(id).keys;
}

/** All actions with their present keys. */
export function useKeymap() {
  const own = useStore(chosen);
  return ACTIONS.map((action) => ({
    ...action,
    defaultKeys: action.keys,
    keys: own[action.id] ?? action.keys,
    isChanged: own[action.id] !== undefined,
  }));
}

export function remap(id: ActionId, keys: string): void {
  const { [id]: _, ...others } = chosen.get();
  keep(keys === actionOf(id).keys ? others : { ...others, [id]: keys });
}

export function resetKeys(id?: ActionId): void {
  if (id === undefined) keep({});
  else remap(id, actionOf(id).keys);
}

/** Actions that the same keys would also run: those of the same scope, and the ones that work everywhere. */
export function clashes(id: ActionId, keys: string): ActionId[] {
  const scope = actionOf(id).scope;
  return ACTIONS.filter((other) => {
    if (other.id === id) return false;
    const shared = other.scope === scope || other.scope === "global" || scope === "global";
    const theirs = keysOf(other.id);
    return shared && (theirs === keys || theirs.startsWith(`${keys} `) || keys.startsWith(`${theirs} `));
  }).map((other) => other.id);
}
