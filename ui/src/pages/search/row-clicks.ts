import { useRef, type MouseEvent } from "react";

/**
 * Tells a click on a row from a move by key: a click opens the event, j and k only move until one is open. Marking
 * text in a row is no click.
 */
export function useRowClicks() {
  const clicked = useRef(false);
  return {
    note: (event: MouseEvent) => {
      const isRow = event.target instanceof Element && event.target.closest("[role=row][aria-selected]") !== null;
      clicked.current = isRow && (window.getSelection()?.isCollapsed ?? true);
      setTimeout(() => {
        clicked.current = false;
      });
    },
    isClick: () => clicked.current,
  };
}
