import { Alert, Button, Modal, Radio, Stack, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import {
  api,
  isApiError,
  messageOf,
  useReview,
  useStore,
  type QueueFilter,
  type QueueItem,
  type ReviewPreview,
  type ReviewTarget,
  type TaxonomyClass,
} from "@/api";
import { sessionState } from "@/api/connection";
import { BlockSkeleton, ErrorState } from "@/components";
import { ClassChooser, type ChosenActivity } from "./ClassChooser";
import { desk, withStep } from "./desk";
import { draftOf, keepDraft } from "./drafts";
import { isFiltered, targetOfFilter, targetOfSelection } from "./targets";
import classes from "./queue.module.css";

/** Where the comment is kept that is no single event's. */
const MANY = "many";

type Scope = "selected" | "template" | "filter";

interface Props {
  current: QueueItem | null;
  selected: readonly string[];
  filter: QueueFilter;
  /** Taken when the dialog opened, so that the bound of an age does not move while it is open. */
  openedAt: Date;
  /** A class that was chosen for the current row: offered for all. */
  preset: { class_uid: number; class_name: string } | null;
  onClose: () => void;
}

interface Wanted {
  class_uid: number;
  class_name: string;
  activity: ChosenActivity;
}

/** One word on many events: what it would touch is counted first, and exactly that is then done, or nothing. */
export function BulkDialog({ current, selected, filter, openedAt, preset, onClose }: Props) {
  const client = useQueryClient();
  const targets = targetsOf(current, selected, filter, openedAt);
  const [scope, setScope] = useState<Scope>(targets[0]?.scope ?? "filter");
  const [verdict, setVerdict] = useState<"confirm" | "override">(preset ? "override" : "confirm");
  const [chosen, setChosen] = useState<TaxonomyClass | null>(null);
  const [wanted, setWanted] = useState<Wanted | null>(preset && { ...preset, activity: {} });
  const [comment, setComment] = useState(draftOf(MANY));
  const review = useReview();
  // Escape in the sign-in above must not close what lies below it.
  const { ended } = useStore(sessionState);

  const target = targets.find((one) => one.scope === scope)?.target;
  const previewKey = ["review-preview", target];
  const preview = useQuery({
    queryKey: previewKey,
    queryFn: ({ signal }) => api.post<ReviewPreview>("/api/reviews/preview", { target }, { signal }),
    enabled: target !== undefined,
    gcTime: 0,
    retry: false,
  });
  const counted = preview.isFetching ? undefined : preview.data;
  const isReady = counted !== undefined && counted.events > 0 && (verdict === "confirm" || wanted !== null);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!isReady || !target || review.isPending) return;
    const label =
      verdict === "confirm"
        ? `Confirmed ${eventsText(counted.events)}`
        : `Overrode ${eventsText(counted.events)} with ${wanted?.class_name ?? ""}`;
    review.mutate(
      {
        action: verdict,
        target,
        preview_token: counted.token,
        ...(verdict === "override" && wanted && { class_uid: wanted.class_uid }),
        ...(verdict === "override" &&
          wanted?.activity.activity_id !== undefined && {
            activity_id: wanted.activity.activity_id,
          }),
        ...(comment.trim() && { comment: comment.trim() }),
      },
      {
        onSuccess: ({ review_id }) => {
          keepDraft(MANY, "");
          desk.set((state) => ({
            ...withStep(state, { review_id, label }),
            running: [...state.running, { review_id, label }],
            selected: new Set(),
          }));
          onClose();
        },
        onError: (error) => {
          if (!isApiError(error, "preview_changed")) return;
          client.setQueryData(previewKey, error.details.preview);
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} closeOnEscape={!ended} title="Apply to many events" size="lg">
      <form onSubmit={submit} className={classes.stack} aria-label="Apply to many events">
        <Radio.Group label="Which events" value={scope} onChange={(value) => setScope(value)}>
          <Stack gap={4}>
            {targets.map((one, at) => (
              <Radio
                key={one.scope}
                size="xs"
                value={one.scope}
                label={one.label}
                data-autofocus={at === 0 || undefined}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Radio.Group
          label="What they are"
          value={verdict}
          onChange={(value) => setVerdict(value === "override" ? "override" : "confirm")}
        >
          <Stack gap={4}>
            <Radio size="xs" value="confirm" label="Each what is proposed for it" />
            <Radio size="xs" value="override" label={wanted ? `All ${nameOf(wanted)}` : "All one class"} />
          </Stack>
        </Radio.Group>
        {verdict === "override" && wanted === null && (
          <ClassChooser
            candidates={current?.candidates ?? []}
            chosen={chosen}
            onClass={setChosen}
            onActivity={(activity) =>
              chosen && setWanted({ class_uid: chosen.uid, class_name: chosen.caption, activity })
            }
          />
        )}
        {verdict === "override" && wanted !== null && (
          <div>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => {
                setChosen(null);
                setWanted(null);
              }}
            >
              Another class
            </Button>
          </div>
        )}
        {preview.isError ? (
          <ErrorState error={preview.error} title="This cannot be counted" onRetry={() => void preview.refetch()} />
        ) : counted ? (
          <Counted preview={counted} />
        ) : (
          <BlockSkeleton height={84} />
        )}
        <Textarea
          label="Comment (optional)"
          value={comment}
          rows={2}
          onChange={(change) => {
            setComment(change.currentTarget.value);
            keepDraft(MANY, change.currentTarget.value);
          }}
        />
        {review.isError && (
          <Alert color="red" p="xs" role="alert">
            {messageOf(review.error)}. Nothing was changed.
            {isApiError(review.error, "preview_changed") && " The count above is new: look at it and apply again."}
          </Alert>
        )}
        <div className={classes.barLine}>
          <span className={classes.grow} />
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!isReady} loading={review.isPending}>
            {counted
              ? `${verdict === "confirm" ? "Confirm" : "Override"} ${eventsText(counted.events)} of ${templatesText(counted.templates)}`
              : "Counting…"}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Counted({ preview }: { preview: ReviewPreview }) {
  return (
    <div role="status" aria-live="polite">
      <b>
        {eventsText(preview.events)} of {templatesText(preview.templates)}
      </b>
      <table className={classes.numbers} aria-label="What they are today">
        <tbody>
          {preview.by_class.slice(0, 6).map((row) => (
            <tr key={row.class_uid}>
              <td>{row.class_name}</td>
              <td>{row.events.toLocaleString()}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {preview.by_class.length > 6 && (
        <span className={classes.dimmed}>and {preview.by_class.length - 6} classes more</span>
      )}
    </div>
  );
}

function targetsOf(
  current: QueueItem | null,
  selected: readonly string[],
  filter: QueueFilter,
  openedAt: Date,
): { scope: Scope; label: string; target: ReviewTarget }[] {
  const found: { scope: Scope; label: string; target: ReviewTarget }[] = [];
  if (selected.length > 0) {
    found.push({
      scope: "selected",
      label: `The ${selected.length.toLocaleString()} selected, and the events of their templates`,
      target: targetOfSelection(selected),
    });
  }
  if (current) {
    found.push({
      scope: "template",
      label: "All of the current event’s template",
      target: { template_id: current.template_id },
    });
  }
  const whole = targetOfFilter(filter, openedAt);
  if (whole) {
    found.push({
      scope: "filter",
      label: isFiltered(filter) ? "All that match the filter, and their templates" : "All that wait for review",
      target: whole,
    });
  }
  return found;
}

const nameOf = ({ class_name, activity }: Wanted) =>
  activity.activity_name ? `${class_name}, ${activity.activity_name}` : class_name;
export const eventsText = (count: number) => `${count.toLocaleString()} ${count === 1 ? "event" : "events"}`;
const templatesText = (count: number) => `${count.toLocaleString()} ${count === 1 ? "template" : "templates"}`;
