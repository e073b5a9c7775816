import { CloseButton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useAction } from "@/shortcuts";
import classes from "./SidePanel.module.css";

const LEAST = 320;
const STEP = 24;

interface LayoutProps {
  children: ReactNode;
  panel: ReactNode;
  name: string;
  /** Pixels, until the analyst chose another width. */
  initial?: number;
}

/** Wide enough to read a log, narrow enough to leave the list more than half of a small window. */
export const usualWidth = (whole: number) => Math.round(Math.max(420, Math.min(560, whole * 0.4)));

/**
 * A page with a detail beside it, never instead of it. `panel` is a <SidePanel>, or null; what is open belongs into
 * the URL, so derive it from the page's search parameters.
 */
export function PanelLayout({ children, panel, name, initial }: LayoutProps) {
  const [width, setWidth] = useLocalStorage({
    key: `logatlas.panel.${name}`,
    defaultValue: initial ?? usualWidth(window.innerWidth),
    getInitialValueInEffect: false,
  });
  const frame = useRef<HTMLDivElement>(null);
  const clamp = (wanted: number) => {
    const whole = frame.current?.clientWidth ?? window.innerWidth;
    return Math.round(Math.max(LEAST, Math.min(whole - LEAST, wanted)));
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => event.currentTarget.setPointerCapture(event.pointerId);
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const right = frame.current?.getBoundingClientRect().right ?? window.innerWidth;
    setWidth(clamp(right - event.clientX));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const change = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (change === undefined) return;
    event.preventDefault();
    setWidth(clamp(width + change));
  };
  return (
    <div className={classes.layout} ref={frame}>
      <div className={classes.main}>{children}</div>
      {panel && (
        <>
          {/* A focusable separator is a widget: https://www.w3.org/TR/wai-aria-1.2/#separator */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
          <div
            className={classes.separator}
            role="separator"
            aria-label="Width of the panel"
            aria-orientation="vertical"
            aria-valuenow={width}
            aria-valuemin={LEAST}
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
            onPointerDown={onPointerDown}
            onPointerMove={onPointerMove}
            onKeyDown={onKeyDown}
            onDoubleClick={() => setWidth(clamp(initial ?? usualWidth(window.innerWidth)))}
          />
          <div className={classes.beside} style={{ width }}>
            {panel}
          </div>
        </>
      )}
    </div>
  );
}

interface PanelProps {
  title: ReactNode;
  /** The title for screen readers, where `title` is more than words. */
  label: string;
  actions?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/** The detail itself. Escape closes it. */
export function SidePanel({ title, label, actions, onClose, children }: PanelProps) {
  useAction("panel.close", onClose);
  return (
    <aside className={classes.panel} aria-label={label}>
      <header className={classes.header}>
        <div className={classes.title}>{title}</div>
        {actions}
        <CloseButton aria-label="Close the panel" size="sm" onClick={onClose} />
      </header>
      {/* Scrolls, so it must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes.content} tabIndex={0} role="group" aria-label={label}>
        {children}
      </div>
    </aside>
  );
}
