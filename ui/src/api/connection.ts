/** Whether the service can be reached and whether its session still counts: what the banners and overlays watch. */
import { createStore } from "./store";

export interface Connection {
  /** `unreachable`: no answer, or only a proxy's; `offline`: the browser itself says it has no network. */
  service: "reachable" | "unreachable" | "offline";
  since: number;
}

export const connection = createStore<Connection>({ service: "reachable", since: Date.now() });

export function reached(): void {
  if (connection.get().service !== "reachable") connection.set({ service: "reachable", since: Date.now() });
}

export function notReached(): void {
  const service = navigator.onLine ? "unreachable" : "offline";
  if (connection.get().service !== service) connection.set({ service, since: Date.now() });
}

/** How often something was refused for want of a permission: what the page believes to be allowed is then old. */
export const refusals = createStore(0);

let forgetful: (() => void)[] = [];

/** Calls `forget` when somebody else takes over this tab; returns the function that stops it. */
export function onAnotherPerson(forget: () => void): () => void {
  forgetful.push(forget);
  return () => {
    forgetful = forgetful.filter((one) => one !== forget);
  };
}

/** What one person did and typed in this tab must not stay for the next: called when they sign out or change. */
export function anotherPerson(): void {
  forgetful.forEach((forget) => forget());
}

/** `ended` is set when a request is refused for want of a session while a page is open. */
export const sessionState = createStore<{ ended: boolean }>({ ended: false });

type Waiter = (signedInAs: string | null) => void;
let waiters: Waiter[] = [];

/** Ends the session on screen; the promise gives the name of who signed in next, null when somebody gave up. */
export function waitForSignIn(): Promise<string | null> {
  sessionState.set({ ended: true });
  return new Promise((resolve) => waiters.push(resolve));
}

export function markSessionEnded(): void {
  sessionState.set({ ended: true });
}

/** Called once a person is signed in again (or gave up, with null): held requests go on. */
export function sessionRenewed(name: string | null): void {
  sessionState.set({ ended: false });
  const held = waiters;
  waiters = [];
  held.forEach((resolve) => resolve(name));
}
