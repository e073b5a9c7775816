import { useEffectEvent, useLayoutEffect } from "react";
import type { ActionId } from "./actions";
import { bind, type Handler } from "./listener";

/**
 * Runs `handler` on the action's keys while the component is shown and `enabled`: from the moment on that it can be seen,
 * so that no key is lost.
 */
export function useAction(id: ActionId, handler: Handler, enabled = true): void {
  const run = useEffectEvent(handler);
  useLayoutEffect(() => (enabled ? bind(id, () => run()) : undefined), [id, enabled]);
}

type Handlers = Partial<Record<ActionId, Handler>>;

/** The same for several at once; an action without a handler is not bound. */
export function useActions(handlers: Handlers, enabled = true): void {
  useBindings(handlers, enabled, false);
}

/** The same for what works on every page: the page's own action of the same name or keys goes before it. */
export function useActionsEverywhere(handlers: Handlers): void {
  useBindings(handlers, true, true);
}

function useBindings(handlers: Handlers, enabled: boolean, everywhere: boolean): void {
  const run = useEffectEvent((id: ActionId) => handlers[id]?.());
  const ids = (Object.keys(handlers) as ActionId[]).filter((id) => handlers[id] !== undefined).join("\n");
  useLayoutEffect(() => {
    if (!enabled || ids === "") return undefined;
    const unbind = (ids.split("\n") as ActionId[]).map((id) => bind(id, () => run(id), everywhere));
    return () => unbind.forEach((stop) => stop());
  }, [ids, enabled, everywhere]);
}
