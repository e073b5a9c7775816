import { Button, Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { itemsOf, useChunk, useChunks } from "@/api";
import { Empty, ErrorState, PageFrame, PanelLayout, RefusalTooltip, RowsSkeleton, SidePanel } from "@/components";
import { ChunkPanel } from "./knowledge/ChunkPanel";
import { ChunksTable } from "./knowledge/ChunksTable";
import { ExampleCorrection } from "./knowledge/ExampleCorrection";
import { ExampleEditor, NEW_EXAMPLE } from "./knowledge/ExampleEditor";
import { GuideEditor } from "./knowledge/GuideEditor";
import { NEW_GUIDE } from "./knowledge/new-guide";
import { Toolbar } from "./knowledge/Toolbar";
import classes from "./knowledge/knowledge.module.css";

const PAGE = 100;

export function Page() {
  const search = useSearch({ from: "/shell/knowledge" });
  const { chunk, edit, ...filter } = search;
  const navigate = useNavigate();
  const chunks = useChunks({ ...filter, limit: PAGE });
  const go = (change: Partial<typeof search>, replace = false) =>
    void navigate({ to: "/knowledge", search: { ...search, ...change }, replace });
  const narrowed = Object.keys(filter).length > 0;

  const panel =
    edit !== undefined ? (
      <EditPanel
        key={edit}
        edit={edit}
        onClose={() => go({ edit: undefined })}
        onSaved={(saved) => go({ edit: undefined, chunk: saved ?? chunk })}
      />
    ) : (
      chunk !== undefined && (
        <ChunkPanel
          key={chunk}
          chunkId={chunk}
          onClose={() => go({ chunk: undefined })}
          onEdit={({ chunk_id }) => go({ edit: chunk_id })}
        />
      )
    );
  return (
    <PageFrame
      title="Knowledge"
      fill
      actions={
        <RefusalTooltip permission="knowledge.write">
          {(disabled) => (
            <Group gap="xs" wrap="nowrap">
              <Button
                leftSection={<IconPlus size={14} aria-hidden="true" />}
                disabled={disabled}
                onClick={() => go({ edit: "guide" })}
              >
                New guide
              </Button>
              <Button variant="default" disabled={disabled} onClick={() => go({ edit: "example" })}>
                New example
              </Button>
            </Group>
          )}
        </RefusalTooltip>
      }
    >
      <PanelLayout name="knowledge" panel={panel}>
        <Toolbar filter={filter} onFilter={(change) => go(change, true)} />
        <div className={classes.table}>
          {chunks.isError ? (
            <ErrorState error={chunks.error} onRetry={() => void chunks.refetch()} />
          ) : (
            <ChunksTable
              chunks={itemsOf(chunks.data)}
              loading={chunks.isPending}
              open={chunk}
              keyboard={edit === undefined}
              onOpen={({ chunk_id }) => go({ chunk: chunk_id, edit: undefined }, chunk !== undefined)}
              onEnd={() => {
                if (chunks.hasNextPage && !chunks.isFetchingNextPage) void chunks.fetchNextPage();
              }}
              empty={
                <Empty title={narrowed ? "Nothing found" : "The knowledge base is being filled"}>
                  {narrowed
                    ? "Other words, or one filter less, may find it. What is missing can be added as a guide."
                    : "Classes and guides appear here in a moment."}
                </Empty>
              }
            />
          )}
        </div>
      </PanelLayout>
    </PageFrame>
  );
}

interface EditProps {
  edit: string;
  onClose: () => void;
  onSaved: (chunkId: string | null) => void;
}

/** A new guide or example, or the correction of one that is there. */
function EditPanel({ edit, onClose, onSaved }: EditProps) {
  const isNew = edit === "guide" || edit === "example";
  const chunk = useChunk(isNew ? undefined : edit);
  const both = { name: edit, onClose, onSaved };
  if (edit === "guide") return <GuideEditor {...both} title="New guide" initial={NEW_GUIDE} />;
  if (edit === "example") return <ExampleEditor {...both} title="New example" initial={NEW_EXAMPLE} />;
  if (chunk.data?.kind === "example") {
    return <ExampleCorrection {...both} chunk={chunk.data} />;
  }
  if (chunk.data?.yaml != null) {
    return <GuideEditor {...both} title={`Correct: ${chunk.data.title}`} initial={chunk.data.yaml} />;
  }
  return (
    <SidePanel title="Correct" label="Correct" onClose={onClose}>
      {chunk.isPending ? (
        <RowsSkeleton rows={8} />
      ) : chunk.isError ? (
        <ErrorState error={chunk.error} onRetry={() => void chunk.refetch()} />
      ) : (
        <Empty title="This cannot be corrected here">Classes come from the taxonomy.</Empty>
      )}
    </SidePanel>
  );
}
