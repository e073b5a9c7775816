import { Button, SegmentedControl, Table, Tabs, Text } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight, IconArrowsExchange, IconEqual, type Icon } from "@tabler/icons-react";
import { useState } from "react";
import { useEvalComparison, useEvalRun, type EvalCompare, type EvalRun } from "@/api";
import { Chart, ClassBadge, Empty, ErrorState, RowsSkeleton, TimeText } from "@/components";
import { riskOption } from "./charts";
import { differenceText, figureOf, figureText, verdictOf, type Verdict } from "./figures";
import { Interval } from "./Interval";
import { useClassName } from "./useClassName";
import classes from "./evals.module.css";

const VERDICTS: Record<Verdict, { label: string; icon: Icon | null; color: string }> = {
  better: { label: "B is better", icon: IconArrowUpRight, color: "var(--mantine-color-teal-text)" },
  worse: { label: "B is worse", icon: IconArrowDownRight, color: "var(--mantine-color-orange-text)" },
  unclear: { label: "No clear difference", icon: IconEqual, color: "var(--mantine-color-dimmed)" },
  neither: { label: "", icon: null, color: "inherit" },
};
const TABS = ["figures", "flips", "risk"] as const;

interface Props {
  a: string;
  b: string;
  tab: string | undefined;
  onTab: (tab: string) => void;
  onSwap: () => void;
  onClose: () => void;
}

/** Two runs on the same data: what differs, how certainly, and for which events. */
export function Comparison({ a, b, tab, onTab, onSwap, onClose }: Props) {
  const comparison = useEvalComparison(a, b);
  if (comparison.isPending) return <RowsSkeleton rows={10} />;
  if (comparison.isError) return <ErrorState error={comparison.error} onRetry={() => void comparison.refetch()} />;
  const { data } = comparison;
  return (
    <section aria-label="Comparison">
      <div className={classes.detailHead}>
        <RunName letter="A" run={data.a} />
        <RunName letter="B" run={data.b} />
        <span className={classes.spacer} />
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconArrowsExchange size={14} aria-hidden="true" />}
          onClick={onSwap}
        >
          Swap
        </Button>
        <Button variant="subtle" size="compact-sm" onClick={onClose}>
          End the comparison
        </Button>
      </div>
      <Tabs
        value={TABS.find((id) => id === tab) ?? "figures"}
        onChange={(next) => onTab(next ?? "figures")}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          <Tabs.Tab value="figures">Figures</Tabs.Tab>
          <Tabs.Tab value="flips">Flips ({data.flips.length.toLocaleString()})</Tabs.Tab>
          <Tabs.Tab value="risk">Risk and coverage</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="figures">
          <Differences figures={data.figures} />
        </Tabs.Panel>
        <Tabs.Panel value="flips">
          <Flips flips={data.flips} />
        </Tabs.Panel>
        <Tabs.Panel value="risk">
          <Risks a={a} b={b} />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

function RunName({ letter, run }: { letter: string; run: EvalRun }) {
  return (
    <span>
      <b>{letter}</b> {run.configuration} · {run.data_name} · <TimeText at={run.started_at} />
    </span>
  );
}

function Differences({ figures }: { figures: EvalCompare["figures"] }) {
  return (
    <Table verticalSpacing={3} aria-label="Differences">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Figure</Table.Th>
          <Table.Th className={classes.number}>A</Table.Th>
          <Table.Th className={classes.number}>B</Table.Th>
          <Table.Th className={classes.number}>Difference</Table.Th>
          <Table.Th className={classes.number}>95 % interval</Table.Th>
          <Table.Th aria-label="Drawn" />
          <Table.Th>Verdict</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {figures.map(({ name, a, b, difference, interval }) => {
          const verdict = VERDICTS[verdictOf(name, difference, interval)];
          const VerdictIcon = verdict.icon;
          const reach = Math.max(Math.abs(difference), ...(interval ?? []).map(Math.abs)) * 1.1;
          return (
            <Table.Tr key={name}>
              <Table.Td title={figureOf(name).about}>{figureOf(name).label}</Table.Td>
              <Table.Td className={classes.number}>{figureText(name, a)}</Table.Td>
              <Table.Td className={classes.number}>{figureText(name, b)}</Table.Td>
              <Table.Td className={classes.number}>{differenceText(name, difference)}</Table.Td>
              <Table.Td className={classes.number}>
                {interval ? `${differenceText(name, interval[0])} to ${differenceText(name, interval[1])}` : "–"}
              </Table.Td>
              <Table.Td>
                {interval && <Interval value={difference} interval={interval} from={-reach} to={reach} zero />}
              </Table.Td>
              <Table.Td style={{ color: verdict.color, whiteSpace: "nowrap" }}>
                {VerdictIcon && <VerdictIcon size={14} aria-hidden="true" />} {verdict.label}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

const MOST_FLIPS = 500;
type Shown = "all" | "better" | "worse";

function Flips({ flips }: { flips: EvalCompare["flips"] }) {
  const nameOf = useClassName();
  const [shown, setShown] = useState<Shown>("all");
  const better = flips.filter((flip) => flip.better).length;
  const chosen = shown === "all" ? flips : flips.filter((flip) => flip.better === (shown === "better"));
  if (flips.length === 0) return <Empty title="No event is decided differently" />;
  return (
    <>
      <SegmentedControl
        size="xs"
        mb="xs"
        aria-label="Which flips"
        data={[
          { value: "all", label: `All ${flips.length}` },
          { value: "better", label: `Now right ${better}` },
          { value: "worse", label: `Now wrong ${flips.length - better}` },
        ]}
        value={shown}
        onChange={(value) => setShown(value)}
      />
      <Table verticalSpacing={2} aria-label="Flips">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Event</Table.Th>
            <Table.Th>Right</Table.Th>
            <Table.Th>A decided</Table.Th>
            <Table.Th>B decided</Table.Th>
            <Table.Th>Now</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {chosen.slice(0, MOST_FLIPS).map((flip) => {
            const { icon: FlipIcon, color } = VERDICTS[flip.better ? "better" : "worse"];
            return (
              <Table.Tr key={flip.id}>
                <Table.Td className={classes.mono}>{flip.id}</Table.Td>
                {[flip.class_uid, flip.a, flip.b].map((uid, at) => (
                  <Table.Td key={at}>
                    <ClassBadge uid={uid} name={nameOf(uid)} />
                  </Table.Td>
                ))}
                <Table.Td style={{ color }}>
                  {FlipIcon && <FlipIcon size={14} aria-hidden="true" />} {flip.better ? "right" : "wrong"}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
      {chosen.length > MOST_FLIPS && (
        <Text size="sm" c="dimmed" mt="xs">
          The first {MOST_FLIPS} of {chosen.length.toLocaleString()}.
        </Text>
      )}
    </>
  );
}

function Risks({ a, b }: { a: string; b: string }) {
  const runs = [useEvalRun(a), useEvalRun(b)];
  const loaded = runs.flatMap(({ data }, at) =>
    data ? [{ name: `${at === 0 ? "A" : "B"} ${data.configuration}`, points: data.risk_coverage }] : [],
  );
  if (loaded.length < 2) return <RowsSkeleton rows={8} />;
  const share = (value: number) => `${(value * 100).toFixed(1)} %`;
  return (
    <Chart
      label="Risk by coverage of both runs"
      height={340}
      option={riskOption(loaded)}
      table={{
        columns: ["Run", "Decided", "Wrong"],
        rows: loaded.flatMap((run) => run.points.map((point) => [run.name, share(point.coverage), share(point.risk)])),
      }}
    />
  );
}
