import { Modal } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useChunk, type ChunkDetail } from "@/api";
import { BlockSkeleton, ClassBadge, ErrorState, RawLog, VisibleText, sourceName } from "@/components";
import { KIND_LABELS } from "./evidence";
import classes from "./event.module.css";

/** A piece of knowledge that a decision rests on, without leaving the event. */
export function ChunkModal({ chunkId, onClose }: { chunkId: string | undefined; onClose: () => void }) {
  return (
    <Modal opened={chunkId !== undefined} onClose={onClose} title="Evidence" size="lg">
      {chunkId !== undefined && <Chunk chunkId={chunkId} />}
    </Modal>
  );
}

function Chunk({ chunkId }: { chunkId: string }) {
  const chunk = useChunk(chunkId);
  if (chunk.isPending) return <BlockSkeleton height={220} />;
  if (chunk.isError) {
    return (
      <ErrorState
        error={chunk.error}
        title="This evidence cannot be opened"
        onRetry={() => {
          void chunk.refetch();
        }}
      />
    );
  }
  return <ChunkBody chunk={chunk.data} />;
}

function ChunkBody({ chunk }: { chunk: ChunkDetail }) {
  return (
    <div className={classes.detail}>
      <div className={classes.line}>
        <b>
          <VisibleText text={chunk.title} />
        </b>
        <span className={classes.note}>
          {KIND_LABELS[chunk.kind]} · {sourceName(chunk) || "any product"} ·{" "}
          {chunk.origin === "packaged" ? "ships with Logatlas" : "added here"}
        </span>
      </div>
      <ClassBadge uid={chunk.class_uid} name={chunk.class_name} activity={chunk.activity_name} withUid />
      {chunk.meaning && <p className={classes.chunkText}>{chunk.meaning}</p>}
      {chunk.why && <p className={classes.chunkText}>{chunk.why}</p>}
      {chunk.conditions.length > 0 && (
        <table className={classes.table}>
          <caption className="visually-hidden">Conditions</caption>
          <thead>
            <tr>
              <th>Field</th>
              <th style={{ width: 110 }}>Must</th>
              <th>Value</th>
            </tr>
          </thead>
          <tbody>
            {chunk.conditions.map((condition, at) => (
              <tr key={at}>
                <td className={classes.mono}>{condition.paths.join(" or ")}</td>
                <td>
                  {condition.negated ? "not " : ""}
                  {condition.operator}
                </td>
                <td className={classes.mono}>{condition.values.join(" or ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {chunk.samples.map((sample, at) => (
        <RawLog key={at} raw={sample} label={`Sample ${at + 1}`} maxHeight={160} lineNumbers={false} />
      ))}
      {chunk.samples.length === 0 && !chunk.meaning && <RawLog raw={chunk.text} label="Text" lineNumbers={false} />}
      <div className={classes.line}>
        <Link className={classes.link} to="/knowledge" search={{ chunk: chunk.chunk_id }}>
          Open in Knowledge
        </Link>
        {/^https?:\/\//.test(chunk.reference) && (
          <a className={classes.link} href={chunk.reference} target="_blank" rel="noreferrer noopener">
            Documentation of the vendor
          </a>
        )}
        <span className={classes.note}>Used by {chunk.usage.decisions.toLocaleString()} decisions</span>
      </div>
    </div>
  );
}
