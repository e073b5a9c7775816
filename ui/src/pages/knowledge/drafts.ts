/** What is being written, kept in this browser until it is saved or thrown away. */
const PREFIX = "logatlas.draft.";

export function loadDraft(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function keepDraft(name: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    // Without storage it is kept while the page is open.
  }
}
