import { Alert, Text } from "@mantine/core";
import { isDecision, type Decision } from "@/api";
import { RawLog, VisibleText } from "@/components";
import { Candidates } from "./Candidates";
import { EvidenceList } from "./EvidenceList";
import { DECIDED_BY, msText, spansOf } from "./labels";
import type { Tried } from "./useTryRun";

/** One event with its decision: the raw log with the evidence marked, candidates, evidence, why. */
export function OutcomeDetail({ tried, maxHeight = 160 }: { tried: Tried; maxHeight?: number }) {
  const { raw, outcome } = tried;
  if (outcome === null) return <RawLog raw={raw} maxHeight={maxHeight} />;
  if (!isDecision(outcome)) {
    return (
      <>
        <RawLog raw={raw} maxHeight={maxHeight} />
        <Alert color="red" variant="light" mt="xs" p="xs" title="This event was refused">
          {outcome.error.message}
        </Alert>
      </>
    );
  }
  return (
    <>
      <RawLog raw={raw} {...spansOf(outcome)} maxHeight={maxHeight} />
      <DecisionDetail decision={outcome} />
    </>
  );
}

export function DecisionDetail({ decision }: { decision: Decision }) {
  return (
    <>
      <Candidates decision={decision} />
      {decision.rationale && (
        <Text size="sm">
          <VisibleText text={decision.rationale} />
        </Text>
      )}
      <EvidenceList evidence={decision.evidence} />
      <Text size="xs" c="dimmed">
        Decided by {DECIDED_BY[decision.decided_by]} in {msText(decision.latency_ms.total)}
        {decision.degraded.length > 0 && ` without ${decision.degraded.join(", ")}`}
      </Text>
    </>
  );
}
