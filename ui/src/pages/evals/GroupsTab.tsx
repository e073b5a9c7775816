import { SegmentedControl, Table } from "@mantine/core";
import { useState } from "react";
import type { EvalDetail } from "@/api";
import { Empty } from "@/components";
import { figureOf, figureText, orderedFigures } from "./figures";
import { useClassName } from "./useClassName";
import classes from "./evals.module.css";

const GROUPS = [
  { value: "by_vendor", label: "By vendor" },
  { value: "by_format", label: "By format" },
  { value: "by_class", label: "By class" },
] as const;
type Group = (typeof GROUPS)[number]["value"];

const SUPPORT = ["n", "support", "events"];

/** The figures of parts of the data: where it is good, and where not. */
export function GroupsTab({ run }: { run: EvalDetail }) {
  const [group, setGroup] = useState<Group>("by_vendor");
  const nameOf = useClassName();
  const rows = Object.entries(run[group]);
  const columns = orderedFigures([...new Set(rows.flatMap(([, figures]) => Object.keys(figures)))]);
  const size = (figures: Record<string, number>) =>
    SUPPORT.map((name) => figures[name]).find((n) => n !== undefined) ?? 0;
  return (
    <>
      <SegmentedControl
        size="xs"
        mb="xs"
        aria-label="Parts of the data"
        data={GROUPS.map(({ value, label }) => ({ value, label }))}
        value={group}
        onChange={(value) => setGroup(value)}
      />
      {rows.length === 0 ? (
        <Empty title="Nothing to show by this" />
      ) : (
        <div className={classes.scroll}>
          <Table verticalSpacing={2} aria-label={GROUPS.find(({ value }) => value === group)?.label}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{group === "by_class" ? "Class" : group === "by_vendor" ? "Vendor" : "Format"}</Table.Th>
                {columns.map((name) => (
                  <Table.Th key={name} className={classes.number} title={figureOf(name).about}>
                    {figureOf(name).label}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows
                .sort(([, a], [, b]) => size(b) - size(a))
                .map(([key, figures]) => (
                  <Table.Tr key={key}>
                    <Table.Td>
                      {group === "by_class" && /^\d+$/.test(key) ? nameOf(Number(key)) : key || "not known"}
                    </Table.Td>
                    {columns.map((name) => (
                      <Table.Td key={name} className={classes.number}>
                        {figureText(SUPPORT.includes(name) ? "n" : name, figures[name])}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </>
  );
}
