import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Nearer to the end than this counts as at the end (pixels). */
const NEAR = 48;

/** Keeps a scrolled list at its end while it grows, until the reader scrolls up. */
export function useStickToEnd(...grows: readonly unknown[]) {
  const scroller = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);
  const toEnd = useCallback(() => {
    sticks.current = true;
    setAtEnd(true);
    const list = scroller.current;
    if (list) list.scrollTop = list.scrollHeight;
  }, []);
  useEffect(() => {
    const list = scroller.current;
    if (!list) return undefined;
    const onScroll = () => {
      sticks.current = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
      setAtEnd(sticks.current);
    };
    list.addEventListener("scroll", onScroll, { passive: true });
    // The panel may become smaller, and answers open and close their steps.
    const observer = new ResizeObserver(() => {
      if (sticks.current) list.scrollTop = list.scrollHeight;
    });
    observer.observe(list);
    return () => {
      list.removeEventListener("scroll", onScroll);
      observer.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const list = scroller.current;
    if (list && sticks.current) list.scrollTop = list.scrollHeight;
    // What grows is told by the caller.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, grows);
  return { scroller, isAtEnd, toEnd };
}
