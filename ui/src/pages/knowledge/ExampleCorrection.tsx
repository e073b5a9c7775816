import { RowsSkeleton, SidePanel } from "@/components";
import { useEvent, useEventPage, useTaxonomyClass, type ChunkDetail } from "@/api";
import { ExampleEditor, NEW_EXAMPLE } from "./ExampleEditor";

interface Props {
  chunk: ChunkDetail;
  name: string;
  onClose: () => void;
  onSaved: (chunkId: string | null) => void;
}
const TITLE = "Correct the example";

/** An example keeps words and template of its event; the event itself is looked up by the template. */
export function ExampleCorrection({ chunk, ...rest }: Props) {
  const template = chunk.chunk_id.replace(/^example:/, "");
  const found = useEventPage({ q: `template:${template}`, limit: 1 });
  const eventId = found.data?.items[0]?.event_id;
  const event = useEvent(found.isPending ? undefined : eventId);
  const activities = useTaxonomyClass(chunk.class_uid)?.activities;
  if (found.isPending || (eventId !== undefined && event.isPending)) {
    return (
      <SidePanel title={TITLE} label={TITLE} onClose={rest.onClose}>
        <RowsSkeleton rows={8} />
      </SidePanel>
    );
  }
  const initial = {
    ...NEW_EXAMPLE,
    raw: event.data?.raw ?? chunk.samples[0] ?? "",
    class_uid: chunk.class_uid,
    activity_id: activities?.find(({ caption }) => caption === chunk.activity_name)?.activity_id ?? null,
    ...event.data?.source,
  };
  return <ExampleEditor {...rest} title={TITLE} initial={initial} />;
}
