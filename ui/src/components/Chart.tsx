import { ActionIcon, Table, Tooltip, useComputedColorScheme } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { IconChartBar, IconTable } from "@tabler/icons-react";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useEffectEvent, useRef, useState, type ReactNode } from "react";
import { BlockSkeleton } from "./Skeletons";
import { chartTheme } from "./chart-theme";
import classes from "./Chart.module.css";

/** What was clicked: names and numbers of ECharts' own click event. */
export interface ChartClick {
  seriesName: string | undefined;
  seriesIndex: number;
  dataIndex: number;
  name: string;
  value: unknown;
}

/** As ECharts tells it: what is no part of a series has no place in one. */
type ClickEvent = Omit<ChartClick, "seriesIndex" | "dataIndex"> & { seriesIndex?: number; dataIndex?: number };

/** The same figures as a table, for whoever does not see or point at the chart. Cells may be links. */
export interface ChartTable {
  columns: readonly string[];
  rows: readonly (readonly ReactNode[])[];
}

interface Props {
  label: string;
  option: EChartsCoreOption;
  height: number;
  table: ChartTable;
  onClick?: ((click: ChartClick) => void) | undefined;
  /** Dragging over the horizontal axis chooses a range: its first and last value on that axis. */
  onBrush?: ((from: number, to: number) => void) | undefined;
}

export function Chart({ label, option, height, table, onClick, onBrush }: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={classes.figure} aria-label={label}>
      {asTable ? (
        <FiguresTable table={table} height={height} label={label} />
      ) : (
        <Canvas label={label} option={option} height={height} onClick={onClick} onBrush={onBrush} />
      )}
      <Tooltip label={asTable ? "Show as chart" : "Show as table"}>
        <ActionIcon
          className={classes.switch}
          size="sm"
          aria-label={`${asTable ? "Show as chart" : "Show as table"}: ${label}`}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? <IconChartBar size={14} /> : <IconTable size={14} />}
        </ActionIcon>
      </Tooltip>
    </figure>
  );
}

function Canvas({ label, option, height, onClick, onBrush }: Omit<Props, "table">) {
  const scheme = useComputedColorScheme("light");
  const still = useReducedMotion();
  const holder = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType | null>(null);

  useEffect(() => {
    let gone = false;
    let made: EChartsType | null = null;
    let observer: ResizeObserver | null = null;
    void import("./chart-engine").then(({ init }) => {
      if (gone || !holder.current) return;
      made = init(holder.current, chartTheme(scheme), { renderer: "canvas" });
      observer = new ResizeObserver(() => made?.resize());
      observer.observe(holder.current);
      setChart(made);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      made?.dispose();
      setChart(null);
    };
  }, [scheme]);

  const brushes = onBrush !== undefined;
  useEffect(() => {
    if (!chart) return;
    chart.setOption(
      {
        animation: !still,
        animationDuration: 200,
        aria: { enabled: true },
        ...(brushes && { brush: { xAxisIndex: 0, brushType: "lineX", toolbox: [], throttleType: "debounce" } }),
        ...option,
        // Drawn on the canvas: labels come from logs and must never become markup.
        tooltip: { renderMode: "richText", confine: true, ...(option.tooltip as object | undefined) },
      },
      { notMerge: true },
    );
    if (brushes) {
      chart.dispatchAction({
        type: "takeGlobalCursor",
        key: "brush",
        brushOption: { brushType: "lineX", brushMode: "single" },
      });
    }
  }, [chart, option, still, brushes]);

  const clicked = useEffectEvent((click: ChartClick) => onClick?.(click));
  const brushed = useEffectEvent((areas: { coordRange?: [number, number] }[]) => {
    const range = areas[0]?.coordRange;
    if (range) onBrush?.(range[0], range[1]);
  });
  useEffect(() => {
    if (!chart) return;
    chart.on("click", (event) => {
      const { seriesName, seriesIndex, dataIndex, name, value } = event as unknown as ClickEvent;
      clicked({ seriesName, seriesIndex: seriesIndex ?? 0, dataIndex: dataIndex ?? 0, name, value });
    });
    chart.on("brushEnd", (event) => brushed((event as { areas: { coordRange?: [number, number] }[] }).areas));
  }, [chart]);

  return (
    <div className={classes.canvas} style={{ height }}>
      {!chart && <BlockSkeleton height={height} />}
      <div ref={holder} role="img" aria-label={label} className={classes.holder} data-ready={chart !== null} />
    </div>
  );
}

function FiguresTable({ table, height, label }: { table: ChartTable; height: number; label: string }) {
  return (
    // It scrolls, so it must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.table} style={{ height }} tabIndex={0} role="group" aria-label={label}>
      <Table verticalSpacing={2} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {table.columns.map((column) => (
              <Table.Th key={column}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {table.rows.map((row, index) => (
            <Table.Tr key={index}>
              {row.map((cell, at) => (
                <Table.Td key={at}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
