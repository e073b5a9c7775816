import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState, type Text } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useEffectEvent, useRef } from "react";
import type { GuideCheck } from "@/api";

type Problem = GuideCheck["problems"][number];

const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--mantine-color-brand-text)" },
  { tag: [tags.string, tags.attributeValue], color: "var(--mantine-color-text)" },
  { tag: tags.comment, color: "var(--mantine-color-dimmed)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.meta], color: "var(--la-mark)" },
]);

const look = EditorView.theme({
  "&": { fontSize: "12px", backgroundColor: "var(--mantine-color-body)", color: "var(--mantine-color-text)" },
  "&.cm-focused": { outline: "2px solid var(--mantine-color-brand-6)", outlineOffset: "-2px" },
  ".cm-scroller": {
    fontFamily: "var(--mantine-font-family-monospace)",
    lineHeight: "18px",
    minHeight: "300px",
    maxHeight: "52vh",
  },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": {
    backgroundColor: "var(--la-subtle)",
    color: "var(--mantine-color-dimmed)",
    borderRight: "1px solid var(--la-border)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--la-hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--la-active)",
  },
  ".cm-tooltip": { backgroundColor: "var(--mantine-color-body)", border: "1px solid var(--la-border)" },
});

/** Keys of the page that the editor must leave alone. */
const PAGE_KEYS = new Set(["Mod-Enter", "Mod-s"]);

function diagnosticsOf(text: Text, problems: readonly Problem[]): Diagnostic[] {
  return problems.map(({ line, message }) => {
    const { from, to } = text.line(Math.max(1, Math.min(text.lines, line)));
    return { from, to, severity: "error", message };
  });
}

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  problems: readonly Problem[];
  /** The line to go to; a new object goes there again. */
  goTo: { line: number } | null;
}

/** A YAML editor with problems at their lines. Escape, then Tab, leaves it by keyboard, as CodeMirror does everywhere. */
export default function YamlEditor({ label, value, onChange, problems, goTo }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useEffectEvent((text: string) => onChange(text));
  const first = useEffectEvent(() => value);

  useEffect(() => {
    if (!holder.current) return undefined;
    const editor = new EditorView({
      parent: holder.current,
      state: EditorState.create({
        doc: first(),
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          yaml(),
          syntaxHighlighting(colors),
          look,
          EditorState.tabSize.of(2),
          keymap.of(
            [...defaultKeymap, ...historyKeymap, ...lintKeymap].filter(({ key }) => !key || !PAGE_KEYS.has(key)),
          ),
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, [label]);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor) editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(editor.state.doc, problems)));
  }, [problems]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || !goTo) return;
    const { from } = editor.state.doc.line(Math.max(1, Math.min(editor.state.doc.lines, goTo.line)));
    editor.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    editor.focus();
  }, [goTo]);

  return <div ref={holder} />;
}
