import { Table, Text, Title } from "@mantine/core";
import type { EvalDetail } from "@/api";
import { figureOf, figureText, orderedFigures } from "./figures";
import { Interval } from "./Interval";
import classes from "./evals.module.css";

/** Every figure with its 95 % interval, and the versions that made it. */
export function FiguresTab({ run }: { run: EvalDetail }) {
  return (
    <div className={classes.columns}>
      <Table verticalSpacing={3} aria-label="Figures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Figure</Table.Th>
            <Table.Th className={classes.number}>Value</Table.Th>
            <Table.Th className={classes.number}>95 % interval</Table.Th>
            <Table.Th aria-label="Drawn" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {orderedFigures(Object.keys(run.figures)).map((name) => (
            <FigureRow key={name} name={name} value={run.figures[name] ?? Number.NaN} interval={run.intervals[name]} />
          ))}
        </Table.Tbody>
      </Table>
      <div>
        <Title order={3}>Versions</Title>
        <dl className={classes.facts}>
          {Object.entries(run.versions).map(([name, version]) => (
            <Version key={name} name={name} version={version} />
          ))}
        </dl>
      </div>
    </div>
  );
}

function FigureRow({ name, value, interval }: { name: string; value: number; interval: [number, number] | undefined }) {
  const { label, about, unit } = figureOf(name);
  return (
    <Table.Tr>
      <Table.Td>
        {label}
        <Text size="xs" c="dimmed">
          {about}
        </Text>
      </Table.Td>
      <Table.Td className={classes.number}>{figureText(name, value)}</Table.Td>
      <Table.Td className={classes.number}>
        {interval ? `${figureText(name, interval[0])} to ${figureText(name, interval[1])}` : "–"}
      </Table.Td>
      <Table.Td>{unit === "percent" && <Interval value={value} interval={interval} from={0} to={1} />}</Table.Td>
    </Table.Tr>
  );
}

function Version({ name, version }: { name: string; version: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={classes.mono}>{version || "–"}</dd>
    </>
  );
}
