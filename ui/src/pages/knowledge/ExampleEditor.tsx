import { Button, Group, Select, Text, TextInput, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useAddKnowledge, useTaxonomyClass, type NewExample } from "@/api";
import { RefusalTooltip, SidePanel } from "@/components";
import { Keys, useAction } from "@/shortcuts";
import { Problem } from "../settings/Problem";
import { keepDraft, loadDraft } from "./drafts";
import { ClassSelect } from "./Toolbar";
import { WhatWouldChange } from "./WhatWouldChange";
import classes from "./knowledge.module.css";

export interface ExampleDraft {
  raw: string;
  class_uid: number | null;
  activity_id: number | null;
  vendor: string;
  product: string;
  sourcetype: string;
}
export const NEW_EXAMPLE: ExampleDraft = {
  raw: "",
  class_uid: null,
  activity_id: null,
  vendor: "",
  product: "",
  sourcetype: "",
};

function kept(name: string): ExampleDraft | null {
  try {
    const draft: unknown = JSON.parse(loadDraft(name) ?? "null");
    return typeof draft === "object" && draft !== null ? { ...NEW_EXAMPLE, ...draft } : null;
  } catch {
    return null;
  }
}

/** What is sent; null while event or class are missing. */
function exampleOf({ raw, class_uid, activity_id, vendor, product, sourcetype }: ExampleDraft): NewExample | null {
  if (raw.trim() === "" || class_uid === null) return null;
  const source = Object.fromEntries(
    Object.entries({ vendor, product, sourcetype }).filter(([, value]) => value !== ""),
  );
  return {
    raw,
    class_uid,
    ...(activity_id !== null && { activity_id }),
    ...(Object.keys(source).length > 0 && { source }),
  };
}

interface Props {
  /** What the draft is kept under. */
  name: string;
  title: string;
  initial: ExampleDraft;
  onClose: () => void;
  onSaved: (chunkId: string | null) => void;
}

/** An event whose class is certain. */
export function ExampleEditor({ name, title, initial, onClose, onSaved }: Props) {
  const [draft, setDraft] = useState(() => kept(name) ?? initial);
  const [tried, setTried] = useState(false);
  const save = useAddKnowledge();
  const known = useTaxonomyClass(draft.class_uid);
  const change = (fields: Partial<ExampleDraft>) => setDraft({ ...draft, ...fields });
  const changed = JSON.stringify(draft) !== JSON.stringify(initial);
  useEffect(() => keepDraft(name, changed ? JSON.stringify(draft) : null), [name, draft, changed]);

  const missing = { raw: draft.raw.trim() === "", class_uid: draft.class_uid === null };
  const example = exampleOf(draft);
  const store = () => {
    setTried(true);
    if (!example) return;
    save.mutate(example, {
      onSuccess: (chunk) => {
        keepDraft(name, null);
        notifications.show({ message: "Saved: it speaks for every event that resembles it." });
        onSaved(typeof chunk.chunk_id === "string" ? chunk.chunk_id : null);
      },
    });
  };
  useAction("writing.save", store, !save.isPending);
  return (
    <SidePanel title={title} label={title} onClose={onClose}>
      <Textarea
        label="Raw log"
        description="One event, exactly as it is received."
        withAsterisk
        classNames={{ input: classes.logs }}
        rows={8}
        spellCheck={false}
        value={draft.raw}
        error={tried && missing.raw ? "Paste the event" : undefined}
        onChange={(event) => change({ raw: event.currentTarget.value })}
      />
      <Group grow mt="sm" align="flex-start">
        <ClassSelect
          label="Class"
          required
          value={draft.class_uid}
          error={tried && missing.class_uid ? "Choose the class" : undefined}
          onChange={(class_uid) => change({ class_uid, activity_id: null })}
        />
        <Select
          label="Activity"
          placeholder="Worked out"
          data={(known?.activities ?? []).map((activity) => ({
            value: String(activity.activity_id),
            label: `${activity.caption} (${activity.activity_id})`,
          }))}
          disabled={!known}
          clearable
          value={draft.activity_id === null ? null : String(draft.activity_id)}
          onChange={(value) => change({ activity_id: value === null ? null : Number(value) })}
        />
      </Group>
      <Group grow mt="sm">
        {(["vendor", "product", "sourcetype"] as const).map((field) => (
          <TextInput
            key={field}
            label={{ vendor: "Vendor", product: "Product", sourcetype: "Source type" }[field]}
            placeholder="Not known"
            value={draft[field]}
            onChange={(event) => change({ [field]: event.currentTarget.value })}
          />
        ))}
      </Group>
      <Problem error={save.error} />
      <div className={classes.bar}>
        <RefusalTooltip permission="knowledge.write">
          {(disabled) => (
            <Button
              leftSection={<IconDeviceFloppy size={14} aria-hidden="true" />}
              rightSection={<Keys action="writing.save" />}
              disabled={disabled}
              loading={save.isPending}
              onClick={store}
            >
              Save
            </Button>
          )}
        </RefusalTooltip>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        {changed && (
          <Button variant="subtle" onClick={() => setDraft(initial)}>
            Begin anew
          </Button>
        )}
      </div>
      <Text size="sm" c="dimmed">
        An event of the same template gets this class from then on; others that resemble it lean towards it.
      </Text>
      <WhatWouldChange tried={example && { example }} waitsFor="Once there is an event and its class." />
    </SidePanel>
  );
}
