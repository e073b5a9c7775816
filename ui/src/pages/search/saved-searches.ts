/** Searches that the analyst gave a name: kept in this browser; shared with others by their address. */
import { createStore, useStore } from "@/api";

const STORED = "logatlas.searches";

/** What the URL says of a search, without the open event. */
export interface SavedSearch {
  name: string;
  search: Record<string, string>;
}

function isSaved(value: unknown): value is SavedSearch {
  if (typeof value !== "object" || value === null || !("name" in value) || !("search" in value)) return false;
  const { name, search } = value;
  if (typeof name !== "string" || typeof search !== "object" || search === null) return false;
  return Object.values(search).every((part) => typeof part === "string");
}

function load(): SavedSearch[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isSaved) : [];
  } catch {
    return [];
  }
}

const saved = createStore<readonly SavedSearch[]>(load());

function keep(next: readonly SavedSearch[]): void {
  saved.set(next);
  try {
    localStorage.setItem(STORED, JSON.stringify(next));
  } catch {
    // A browser without storage keeps them until the page is left.
  }
}

export function useSavedSearches(): readonly SavedSearch[] {
  return useStore(saved);
}

/** Keeps a search under its name, in place of an earlier one of that name. */
export function saveSearch(entry: SavedSearch): void {
  keep(
    [...saved.get().filter((other) => other.name !== entry.name), entry].sort((a, b) => a.name.localeCompare(b.name)),
  );
}

export function forgetSearch(name: string): void {
  keep(saved.get().filter((other) => other.name !== name));
}
