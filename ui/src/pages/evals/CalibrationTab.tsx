import { Text, Title } from "@mantine/core";
import type { EvalDetail } from "@/api";
import { Chart, Empty } from "@/components";
import { reliabilityOption, riskOption } from "./charts";
import { figureText } from "./figures";
import classes from "./evals.module.css";

const share = (value: number) => `${(value * 100).toFixed(1)} %`;

/** Whether probabilities mean what they say, and what deciding more costs. */
export function CalibrationTab({ run }: { run: EvalDetail }) {
  if (run.reliability.length === 0 && run.risk_coverage.length === 0) {
    return <Empty title="No predictions were kept for this run" />;
  }
  return (
    <div className={classes.charts}>
      <section aria-label="Reliability">
        <Title order={3}>Reliability</Title>
        <Text size="sm" c="dimmed">
          Of events decided with a confidence, how many are right. On the dashed line a probability means what it says.
          Calibration error {figureText("ece", run.figures.ece)}.
        </Text>
        <Chart
          label="Reliability: accuracy by confidence"
          height={320}
          option={reliabilityOption(run.reliability)}
          table={{
            columns: ["Confidence", "Right", "Events"],
            rows: run.reliability.map((bin) => [
              share(bin.confidence),
              share(bin.accuracy),
              bin.count.toLocaleString(),
            ]),
          }}
        />
      </section>
      <section aria-label="Risk and coverage">
        <Title order={3}>Risk and coverage</Title>
        <Text size="sm" c="dimmed">
          Deciding the most certain share of events, how many of those are wrong. At most 5 % wrong:{" "}
          {figureText("coverage_at_95", run.figures.coverage_at_95)} of events.
        </Text>
        <Chart
          label="Risk by coverage"
          height={320}
          option={riskOption([{ name: "Risk", points: run.risk_coverage }])}
          table={{
            columns: ["Decided", "Wrong"],
            rows: run.risk_coverage.map((point) => [share(point.coverage), share(point.risk)]),
          }}
        />
      </section>
    </div>
  );
}
