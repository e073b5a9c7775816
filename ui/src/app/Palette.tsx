import { Modal, TextInput } from "@mantine/core";
import { IconArrowRight, IconBolt, IconFileText, IconSearch, IconTag, type Icon } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useEventPage } from "@/api/events";
import { useStore } from "@/api/store";
import { useTaxonomy } from "@/api/taxonomy";
import { fuzzyFilter } from "@/components/fuzzy";
import { KeyCaps, actionOf, keysOf, runAction, useBoundActions } from "@/shortcuts";
import { PAGES } from "./Navigation";
import { recentEvents } from "./recent";
import classes from "./Palette.module.css";

interface Entry {
  id: string;
  group: "Pages" | "Actions" | "Classes" | "Events" | "Search";
  label: string;
  about?: string;
  keys?: string;
  icon: Icon;
  run: () => void;
}
const SHOWN_PER_GROUP = 6;

/** Ctrl/Cmd+K: pages, actions of this page, classes, recent events, and the typed words as a search. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const entries = useEntries(query);
  const listId = useId();
  const list = useRef<HTMLUListElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const current = entries[Math.min(at, entries.length - 1)];

  // At once, not after the dialog's transition: somebody who types fast must not lose letters.
  useLayoutEffect(() => input.current?.focus(), []);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [current?.id]);

  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    // The dialog must be gone before an action of the page below runs.
    setTimeout(entry.run, 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((Math.min(at, entries.length - 1) + step + entries.length) % Math.max(1, entries.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(current);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      size="lg"
      padding={0}
      yOffset="12vh"
      transitionProps={{ duration: 0 }}
      aria-label="Go to anything"
    >
      <TextInput
        ref={input}
        className={classes.input}
        variant="unstyled"
        size="md"
        placeholder="Go to a page, an action, a class, an event, or search…"
        aria-label="Go to anything"
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={current ? `${listId}-${current.id}` : undefined}
        leftSection={<IconSearch size={16} aria-hidden="true" />}
        value={query}
        data-autofocus
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul className={classes.list} role="listbox" id={listId} ref={list} aria-label="Results">
        {entries.map((entry, index) => (
          // The keyboard works on the text box, which points here (aria-activedescendant).
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={entry.id}
            id={`${listId}-${entry.id}`}
            role="option"
            aria-selected={entry === current}
            className={classes.entry}
            onClick={() => choose(entry)}
            onMouseMove={() => setAt(index)}
          >
            <entry.icon size={16} stroke={1.6} aria-hidden="true" />
            <span className={classes.text}>
              {entry.label}
              {entry.about && <span className={classes.about}>{entry.about}</span>}
            </span>
            {entry.keys && <KeyCaps keys={entry.keys} />}
            {entries[index - 1]?.group !== entry.group && <span className={classes.group}>{entry.group}</span>}
          </li>
        ))}
      </ul>
    </Modal>
  );
}

function useEntries(query: string): Entry[] {
  const navigate = useNavigate();
  const bound = useBoundActions();
  const opened = useStore(recentEvents);
  const taxonomy = useTaxonomy().data;
  const latest = useEventPage({ limit: 5 }).data?.items;
  return useMemo(() => {
    const pages: Entry[] = PAGES.map((page) => ({
      id: `page-${page.label}`,
      group: "Pages",
      label: page.label,
      keys: keysOf(page.action),
      icon: IconArrowRight,
      run: () => void navigate({ to: page.to, search: {} }),
    }));
    const actions: Entry[] = bound
      .map(actionOf)
      .filter((action) => !action.id.startsWith("go.") && action.id !== "palette.open")
      .map((action) => ({
        id: `action-${action.id}`,
        group: "Actions",
        label: action.label,
        keys: keysOf(action.id as (typeof bound)[number]),
        icon: IconBolt,
        run: () => void runAction(action.id as (typeof bound)[number]),
      }));
    const classEntries: Entry[] = (taxonomy?.classes ?? []).map((one) => ({
      id: `class-${one.uid}`,
      group: "Classes",
      label: one.caption,
      about: `${one.uid} · ${one.category_name}`,
      icon: IconTag,
      run: () => void navigate({ to: "/search", search: { q: `class:${one.uid}` } }),
    }));
    const known = new Map(opened.map((event) => [event.event_id, event.title]));
    for (const row of latest ?? []) if (!known.has(row.event_id)) known.set(row.event_id, row.raw.slice(0, 120));
    const events: Entry[] = [...known].map(([id, title]) => ({
      id: `event-${id}`,
      group: "Events",
      label: title,
      icon: IconFileText,
      run: () => void navigate({ to: "/events/$eventId", params: { eventId: id } }),
    }));
    const textOf = (entry: Entry) => `${entry.label} ${entry.about ?? ""}`;
    const isBlank = query.trim() === "";
    const found = [pages, actions, isBlank ? [] : classEntries, events].flatMap((group) =>
      fuzzyFilter(query, group, textOf).slice(0, isBlank ? 12 : SHOWN_PER_GROUP),
    );
    if (!isBlank) {
      found.push({
        id: "search",
        group: "Search",
        label: `Search events for ${query.trim()}`,
        icon: IconSearch,
        run: () => void navigate({ to: "/search", search: { q: query.trim() } }),
      });
    }
    return found;
  }, [query, bound, opened, taxonomy, latest, navigate]);
}
