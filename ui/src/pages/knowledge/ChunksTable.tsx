import type { ChunkRow } from "@/api";
import { ClassBadge, DataTable, VisibleText, safeLine, type Column } from "@/components";
import type { ReactNode } from "react";
import { KindText } from "./kinds";

const COLUMNS: readonly Column<ChunkRow>[] = [
  { id: "kind", header: "Kind", width: 96, cell: (chunk) => <KindText kind={chunk.kind} /> },
  {
    id: "title",
    header: "Title",
    width: 240,
    grow: 1,
    cell: (chunk) => <VisibleText text={safeLine(chunk.title)} />,
  },
  {
    id: "class",
    header: "Class",
    width: 240,
    cell: (chunk) => (
      <ClassBadge uid={chunk.class_uid} name={chunk.class_name} activity={chunk.activity_name || undefined} />
    ),
  },
  { id: "product", header: "Product", width: 150, cell: (chunk) => <VisibleText text={chunk.product} /> },
  {
    id: "origin",
    header: "Origin",
    width: 96,
    cell: (chunk) => (chunk.origin === "packaged" ? "Shipped" : "Your own"),
  },
];

interface Props {
  chunks: readonly ChunkRow[];
  loading: boolean;
  open: string | undefined;
  onOpen: (chunk: ChunkRow) => void;
  onEnd: () => void;
  empty: ReactNode;
  /** j and k move in the list, unless something is being written. */
  keyboard: boolean;
}

/** Classes, guides and examples, one a row. */
export function ChunksTable({ chunks, loading, open, onOpen, onEnd, empty, keyboard }: Props) {
  return (
    <DataTable
      label="Knowledge"
      rows={chunks}
      columns={COLUMNS}
      rowKey={(chunk) => chunk.chunk_id}
      activeKey={open ?? null}
      onActive={onOpen}
      loading={loading}
      onEndReached={onEnd}
      empty={empty}
      keyboard={keyboard}
    />
  );
}
