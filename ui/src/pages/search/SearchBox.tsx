import { CloseButton, Combobox, Group, Text, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useRef, useState, type KeyboardEvent } from "react";
import { isApiError, useCompletion } from "@/api";
import { Keys, useAction } from "@/shortcuts";
import { toCodePoints, toUnits } from "./code-points";
import { QueryHelp } from "./QueryHelp";
import classes from "./search.module.css";

const KINDS = { field: "field", value: "value", operator: "operator" } as const;

interface Props {
  /** The text that is being searched for, as the URL says it. */
  q: string;
  onSearch: (q: string) => void;
  /** Why the service refused the search, when it did. */
  error: unknown;
}

/** Where the text is wrong, as the service's refusal says it. */
function problemOf(error: unknown, q: string): { message: string; pointer: string | null } | null {
  if (!isApiError(error) || error.status !== 400) return null;
  const { position, hint } = error.details;
  const at = typeof position === "number" ? Math.min(position, Array.from(q).length) : null;
  const message = typeof hint === "string" && hint ? `${error.message} ${hint}` : error.message;
  if (at === null) return { message, pointer: null };
  const from = Math.max(0, at - 24);
  const shown = Array.from(q);
  return { message, pointer: `${shown.slice(from, at).join("")}▸${shown.slice(at, at + 24).join("")}` };
}

/** The one box: text, completion at the cursor, help. Enter searches, Tab takes the first suggestion. */
export function SearchBox({ q, onSearch, error }: Props) {
  const [draft, setDraft] = useState({ of: q, text: q });
  // The address changed under the box (back, a facet, a link): it says what is searched now.
  if (draft.of !== q) setDraft({ of: q, text: q });
  const { text } = draft;
  const [cursor, setCursor] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const at = toCodePoints(text, cursor);
  // One string: an object would be another one with every render, and never come to rest.
  const [resting] = useDebouncedValue(`${at} ${text}`, 120);
  const asked = { at: parseInt(resting), text: resting.slice(resting.indexOf(" ") + 1) };
  const completion = useCompletion(asked.text, asked.at, combobox.dropdownOpened);
  // What was suggested for another text, or another place in it, would replace the wrong part of this one.
  const isCurrent = asked.text === text && asked.at === at && !completion.isPlaceholderData;
  const suggestions = isCurrent ? (completion.data?.suggestions ?? []) : [];
  const problem = text === q ? problemOf(error, q) : null;

  useAction("search.focus", () => {
    input.current?.focus();
    input.current?.select();
  });

  const write = (next: string, at = next.length) => {
    setDraft({ of: q, text: next });
    setCursor(at);
  };
  const search = (next: string) => {
    combobox.closeDropdown();
    onSearch(next.trim());
  };
  const take = (suggestion: string) => {
    const replace = completion.data?.replace;
    if (!replace) return;
    const [start, end] = [toUnits(text, replace[0]), toUnits(text, replace[1])];
    const isDone = !suggestion.endsWith(":") && text.slice(end) === "";
    const inserted = isDone ? `${suggestion} ` : suggestion;
    write(text.slice(0, start) + inserted + text.slice(end), start + inserted.length);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(start + inserted.length, start + inserted.length);
    });
    combobox.resetSelectedOption();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const first = suggestions[0];
    if (event.key === "Tab" && !event.shiftKey && combobox.dropdownOpened && first) {
      event.preventDefault();
      const chosen = suggestions[combobox.getSelectedOptionIndex()] ?? first;
      take(chosen.text);
    } else if (event.key === "Enter" && combobox.getSelectedOptionIndex() < 0) {
      event.preventDefault();
      search(text);
    } else if (event.key === "Escape") {
      if (combobox.dropdownOpened) combobox.closeDropdown();
      else input.current?.blur();
    }
  };

  return (
    <div className={classes.box} role="search">
      <Combobox store={combobox} onOptionSubmit={take} withinPortal position="bottom-start">
        <Combobox.Target withExpandedAttribute>
          <TextInput
            ref={input}
            size="sm"
            aria-label="Search events"
            placeholder="field:value, words of the log, -not, ranges …"
            classNames={{ input: classes.query }}
            leftSection={<IconSearch size={16} />}
            rightSectionWidth={text === "" ? 64 : 72}
            rightSectionPointerEvents="auto"
            rightSection={
              <Group gap={2} wrap="nowrap">
                {text === "" ? (
                  <Keys action="search.focus" />
                ) : (
                  <CloseButton
                    size="sm"
                    aria-label="Clear the search"
                    onClick={() => {
                      write("");
                      search("");
                      input.current?.focus();
                    }}
                  />
                )}
                <QueryHelp
                  onTake={(example) => {
                    write(text.trim() === "" ? example : `${text.trim()} ${example}`);
                    input.current?.focus();
                  }}
                />
              </Group>
            }
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            value={text}
            onChange={(event) => {
              write(event.currentTarget.value, event.currentTarget.selectionStart ?? event.currentTarget.value.length);
              combobox.openDropdown();
            }}
            onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
            onClick={() => combobox.openDropdown()}
            onBlur={() => combobox.closeDropdown()}
            onKeyDown={onKeyDown}
            error={
              problem && (
                <span>
                  {problem.message} {problem.pointer && <code className={classes.pointer}>{problem.pointer}</code>}
                </span>
              )
            }
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={suggestions.length === 0}>
          <Combobox.Options mah={320} style={{ overflowY: "auto" }} aria-label="Suggestions">
            {suggestions.map((suggestion) => (
              <Combobox.Option key={`${suggestion.kind} ${suggestion.text}`} value={suggestion.text}>
                <Group gap="sm" wrap="nowrap" justify="space-between">
                  <span className={classes.suggestion}>{suggestion.text}</span>
                  <Text size="xs" c="dimmed" span truncate>
                    {suggestion.about || KINDS[suggestion.kind]}
                    {suggestion.count !== null && ` · ${suggestion.count.toLocaleString()}`}
                  </Text>
                </Group>
              </Combobox.Option>
            ))}
          </Combobox.Options>
          <Combobox.Footer>
            <Text size="xs" c="dimmed">
              Tab takes the first, arrows choose, Enter searches
            </Text>
          </Combobox.Footer>
        </Combobox.Dropdown>
      </Combobox>
    </div>
  );
}
