import { Alert, Button, Group, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPencil } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { messageOf, useChunk, useDeleteChunk, useTaxonomyClass, type ChunkDetail } from "@/api";
import {
  ClassBadge,
  ErrorState,
  RawLog,
  RefusalTooltip,
  RowsSkeleton,
  SidePanel,
  TimeText,
  VisibleText,
} from "@/components";
import { ConfirmButton } from "../settings/ConfirmButton";
import { Conditions } from "./Conditions";
import { KindText } from "./kinds";
import { Usage } from "./Usage";
import classes from "./knowledge.module.css";

/** Told beside the contract: who wrote it, and the guide of one's own that stands in its place. */
type Shown = ChunkDetail & { written_by?: string; written_at?: string | null; replaced_by?: string | null };

interface Props {
  chunkId: string;
  onClose: () => void;
  onEdit: (chunk: ChunkDetail) => void;
}

/** One class, guide or example: what it says, and which decisions rest on it. */
export function ChunkPanel({ chunkId, onClose, onEdit }: Props) {
  const chunk = useChunk(chunkId);
  const title = chunk.data?.title ?? chunkId;
  return (
    <SidePanel
      title={<VisibleText text={title} />}
      label={title}
      onClose={onClose}
      actions={chunk.data && <Actions chunk={chunk.data} onEdit={() => onEdit(chunk.data)} onGone={onClose} />}
    >
      {chunk.isPending ? (
        <RowsSkeleton rows={10} />
      ) : chunk.isError ? (
        <ErrorState error={chunk.error} onRetry={() => void chunk.refetch()} />
      ) : (
        <Content chunk={chunk.data} />
      )}
    </SidePanel>
  );
}

function Actions({ chunk, onEdit, onGone }: { chunk: ChunkDetail; onEdit: () => void; onGone: () => void }) {
  const remove = useDeleteChunk();
  const editable = chunk.kind === "example" || (chunk.kind === "guide" && chunk.yaml !== null);
  if (!editable) return null;
  return (
    <Group gap={4} wrap="nowrap">
      <RefusalTooltip permission="knowledge.write">
        {(disabled) => (
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconPencil size={13} aria-hidden="true" />}
            disabled={disabled}
            onClick={onEdit}
          >
            Correct
          </Button>
        )}
      </RefusalTooltip>
      {chunk.origin === "custom" && (
        <RefusalTooltip permission="knowledge.write">
          {(disabled) => (
            <ConfirmButton
              label="Remove"
              name={`Remove ${chunk.title}`}
              question="New events are decided without it. Decisions made with it stay."
              disabled={disabled}
              pending={remove.isPending}
              onConfirm={() =>
                remove.mutate(chunk.chunk_id, {
                  onSuccess: onGone,
                  onError: (error) =>
                    notifications.show({ color: "red", title: "It was not removed", message: messageOf(error) }),
                })
              }
            />
          )}
        </RefusalTooltip>
      )}
    </Group>
  );
}

/** Only addresses of the web become links. */
export function webAddress(text: string): string | null {
  return /^https?:\/\//i.test(text) ? text : null;
}

function Content({ chunk }: { chunk: Shown }) {
  const address = webAddress(chunk.reference);
  return (
    <>
      <Group gap="sm" mb="xs">
        <KindText kind={chunk.kind} />
        <ClassBadge uid={chunk.class_uid} name={chunk.class_name} activity={chunk.activity_name || undefined} withUid />
        <span className={classes.dimmed}>{chunk.origin === "packaged" ? "Shipped with Logatlas" : "Your own"}</span>
      </Group>
      {chunk.replaced_by && (
        <Alert color="orange" variant="light" p="xs" mb="xs" className={classes.section}>
          Not asked any more:{" "}
          <Link to="/knowledge" search={{ chunk: chunk.replaced_by }}>
            a guide of your own
          </Link>{" "}
          stands in its place.
        </Alert>
      )}
      {chunk.meaning && (
        <Text>
          <VisibleText text={chunk.meaning} />
        </Text>
      )}
      <dl className={classes.facts}>
        {chunk.why && (
          <>
            <dt>Why this class</dt>
            <dd>
              <VisibleText text={chunk.why} />
            </dd>
          </>
        )}
        {chunk.product && (
          <>
            <dt>Product</dt>
            <dd>
              <Link to="/knowledge" search={{ product: chunk.product, kind: "guide" }}>
                {[chunk.vendor, chunk.product].filter(Boolean).join(" · ")}
              </Link>
            </dd>
          </>
        )}
        {address && (
          <>
            <dt>Documented at</dt>
            <dd>
              <a href={address} target="_blank" rel="noreferrer noopener">
                {address}
              </a>
            </dd>
          </>
        )}
        {chunk.written_by && (
          <>
            <dt>Written by</dt>
            <dd>
              {chunk.written_by} <TimeText at={chunk.written_at} style="ago" />
            </dd>
          </>
        )}
        <dt>Id</dt>
        <dd className={classes.mono}>{chunk.chunk_id}</dd>
      </dl>
      {chunk.kind === "class" && <ClassSection uid={chunk.class_uid} />}
      {chunk.conditions.length > 0 && (
        <section className={classes.section} aria-label="Conditions">
          <Title order={3}>Conditions</Title>
          <Text size="sm" c="dimmed">
            All must hold for an event.
          </Text>
          <Conditions conditions={chunk.conditions} />
        </section>
      )}
      <Usage chunk={chunk} />
      {chunk.samples.length > 0 && (
        <section className={classes.section} aria-label="Samples">
          <Title order={3} mb={4}>
            {chunk.kind === "example" ? "Event" : "Samples"}
          </Title>
          {chunk.samples.map((sample, at) => (
            <RawLog key={at} raw={sample} maxHeight={120} label={`Sample ${at + 1}`} />
          ))}
        </section>
      )}
      {chunk.text && (
        <details className={classes.section}>
          <summary>As it is searched</summary>
          <pre className={classes.pre}>
            <VisibleText text={chunk.text} />
          </pre>
        </details>
      )}
      {chunk.yaml && (
        <details className={classes.section}>
          <summary>YAML</summary>
          <pre className={classes.pre}>
            <VisibleText text={chunk.yaml} />
          </pre>
        </details>
      )}
    </>
  );
}

function ClassSection({ uid }: { uid: number }) {
  const known = useTaxonomyClass(uid);
  return (
    <section className={classes.section} aria-label="Activities">
      <Group gap="sm">
        <Link to="/knowledge" search={{ class_uid: uid, kind: "guide" }}>
          Guides of this class
        </Link>
        <Link to="/knowledge" search={{ class_uid: uid, kind: "example" }}>
          Examples
        </Link>
        <Link to="/search" search={{ q: `class:${uid}` }}>
          Events
        </Link>
      </Group>
      {known && known.activities.length > 0 && (
        <>
          <Title order={3} mt="sm">
            Activities
          </Title>
          <dl className={classes.facts}>
            {known.activities.map((activity) => (
              <ActivityFact key={activity.activity_id} {...activity} />
            ))}
          </dl>
        </>
      )}
    </section>
  );
}

function ActivityFact({
  activity_id,
  caption,
  description,
}: {
  activity_id: number;
  caption: string;
  description: string;
}) {
  return (
    <>
      <dt>
        {activity_id} {caption}
      </dt>
      <dd>{description}</dd>
    </>
  );
}
