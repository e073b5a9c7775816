export { ACTIONS, SCOPE_LABELS, actionOf, type Action, type ActionId, type Scope } from "./actions";
export { HelpOverlay } from "./HelpOverlay";
export { useAction, useActions, useActionsEverywhere } from "./hooks";
export { KeyCaps, Keys } from "./Keys";
export { keyOf, printed } from "./keys";
export { clashes, keysOf, remap, resetKeys, useKeymap, useKeys } from "./keymap";
export { listenToKeys, runAction, useBoundActions } from "./listener";
