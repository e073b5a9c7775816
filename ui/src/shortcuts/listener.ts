/**
 * From a press to an action. Handlers are bound while their component is shown; of several for one action the latest
 * counts, and of several actions with the same keys the one bound last, so that a dialog or panel goes before its page.
 * What works everywhere gives way to all of them, whichever was there first: a page may appear before the frame around it.
 */
import { createStore, useStore } from "@/api/store";
import type { ActionId } from "./actions";
import { keyOf } from "./keys";
import { keysOf } from "./keymap";

export type Handler = () => void;
interface Binding {
  id: ActionId;
  run: Handler;
}

const SEQUENCE_MS = 1200;
const bindings = createStore<readonly Binding[]>([]);
let typed: string[] = [];
let typedAt = 0;

export function bind(id: ActionId, run: Handler, everywhere = false): () => void {
  const binding = { id, run };
  bindings.set((all) => (everywhere ? [binding, ...all] : [...all, binding]));
  return () => bindings.set((all) => all.filter((other) => other !== binding));
}

/** What can be done on this page right now. */
export function useBoundActions(): ActionId[] {
  return [...new Set(useStore(bindings).map((binding) => binding.id))];
}

export function runAction(id: ActionId): boolean {
  const binding = bindings.get().findLast((candidate) => candidate.id === id);
  binding?.run();
  return binding !== undefined;
}

const TYPING =
  "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]:not([contenteditable=false]), [data-shortcuts=off]";
const PRESSABLE =
  "button, a[href], summary, [role=button], [role=option], [role=menuitem], [role=tab], [role=checkbox], input";

/** Whether `key`, pressed on `target`, belongs to that element and not to the page. */
export function belongsToElement(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest(TYPING)) return !key.startsWith("Mod+") || /^Mod\+(Shift\+)?[acvxzy]$/.test(key);
  return (key === "Enter" || key === "Space") && target.closest(PRESSABLE) !== null;
}

const inDialog = () => document.querySelector("[role=dialog][aria-modal=true]") !== null;

export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  const key = keyOf(event);
  if (key === null || belongsToElement(event.target, key)) {
    if (key !== null) typed = [];
    return;
  }
  // Behind a dialog the page rests; keys with Ctrl or Cmd still reach it.
  if (inDialog() && !key.startsWith("Mod+")) return;
  const now = event.timeStamp;
  const previous = now - typedAt < SEQUENCE_MS ? typed : [];
  typedAt = now;
  for (const attempt of previous.length > 0 ? [[...previous, key], [key]] : [[key]]) {
    const wanted = attempt.join(" ");
    const all = bindings.get();
    const match = all.findLast((binding) => keysOf(binding.id) === wanted);
    if (match) {
      typed = [];
      event.preventDefault();
      match.run();
      return;
    }
    if (all.some((binding) => keysOf(binding.id).startsWith(`${wanted} `))) {
      typed = attempt;
      event.preventDefault();
      return;
    }
  }
  typed = [];
}

/** Starts listening; returns the function that stops it. */
export function listenToKeys(target: Window = window): () => void {
  target.addEventListener("keydown", onKeyDown);
  return () => target.removeEventListener("keydown", onKeyDown);
}
