import { Button } from "@mantine/core";
import { IconMessageCircle } from "@tabler/icons-react";
import { Suspense, lazy, useEffect, useRef, type ReactNode } from "react";
import { BlockSkeleton, PanelLayout } from "@/components";
import { Keys, runAction, useAction } from "@/shortcuts";
import type { ChatHandle } from "./ChatView";
import classes from "./chat.module.css";

const ChatPanel = lazy(() => import("./ChatPanel"));

interface Props {
  eventId: string;
  /** Whether the chat is open; the page keeps it in its address. */
  isOpen: boolean;
  onOpenChange: (open: boolean) => void;
  /** Shows another event in the place of this one. */
  onOpenEvent: (eventId: string) => void;
  /** `page`: the event fills the page; `panel`: it stands in a panel beside a list, which may be narrow. */
  layout: "page" | "panel";
  children: ReactNode;
}

/** An event with the chat beside it. `c` opens it or goes to its box, Escape closes it and goes back. */
export function EventChat({ eventId, isOpen, onOpenChange, onOpenEvent, layout, children }: Props) {
  const handle = useRef<ChatHandle>(null);
  const returnTo = useRef<Element | null>(null);
  const wantsFocus = useRef(false);
  useAction("chat.open", () => {
    if (isOpen) {
      handle.current?.focus();
      return;
    }
    returnTo.current = document.activeElement;
    wantsFocus.current = true;
    onOpenChange(true);
  });
  const close = () => {
    onOpenChange(false);
    const back = returnTo.current;
    returnTo.current = null;
    if (back instanceof HTMLElement && back.isConnected) back.focus();
  };
  const setHandle = (next: ChatHandle | null) => {
    handle.current = next;
    if (!next || !wantsFocus.current) return;
    wantsFocus.current = false;
    next.focus();
  };
  // Opened by the address the box does not take the focus; closed by it nothing wants it any more.
  useEffect(() => {
    if (!isOpen) wantsFocus.current = false;
  }, [isOpen]);
  const panel = isOpen && (
    <Suspense fallback={<BlockSkeleton height={200} />}>
      <ChatPanel ref={setHandle} eventId={eventId} onClose={close} onOpenEvent={onOpenEvent} />
    </Suspense>
  );
  if (layout === "page") {
    return (
      <PanelLayout name="chat" initial={420} panel={panel}>
        <div className={classes.eventPage}>{children}</div>
      </PanelLayout>
    );
  }
  return (
    <div className={classes.inPanel} data-open={isOpen}>
      <div className={classes.split}>
        <div className={classes.eventPart}>{children}</div>
        {panel && <div className={classes.chatPart}>{panel}</div>}
      </div>
    </div>
  );
}

/** Opens the chat about the event that is shown. */
export function ChatButton({ compact = false }: { compact?: boolean }) {
  return (
    <Button
      size={compact ? "compact-xs" : "xs"}
      variant="default"
      leftSection={<IconMessageCircle size={14} aria-hidden="true" />}
      rightSection={<Keys action="chat.open" />}
      onClick={() => runAction("chat.open")}
    >
      Chat
    </Button>
  );
}
