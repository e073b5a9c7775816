import { useState } from "react";
import { expect, test, vi } from "vitest";
import { screen, within } from "@testing-library/react";
import { renderPart } from "../../test/render";
import type { Column } from "./DataRow";
import { DataTable } from "./DataTable";

interface Row {
  id: string;
  name: string;
}
const ROWS: Row[] = Array.from({ length: 100_000 }, (_, at) => ({ id: `r${at}`, name: `row ${at}` }));
const name = vi.fn((row: Row) => row.name);
const COLUMNS: Column<Row>[] = [
  { id: "id", header: "Id", width: 80, cell: (row) => row.id },
  { id: "name", header: "Name", width: 100, grow: 1, cell: name },
];
const SHOWN = ["name"];
const onOpen = vi.fn();

function Example() {
  const [selected, setSelected] = useState(new Set<string>());
  return (
    <DataTable
      label="Rows"
      rows={ROWS}
      columns={COLUMNS}
      rowKey={(row) => row.id}
      visible={SHOWN}
      onOpen={onOpen}
      selected={selected}
      onSelect={(_, key) => setSelected(new Set([...selected, key]))}
    />
  );
}

test("a hundred thousand rows: those in view are there, keys move, select and open", async () => {
  const { user } = await renderPart(<Example />);
  const grid = screen.getByRole("grid", { name: "Rows" });
  expect(grid).toHaveAttribute("aria-rowcount", "100001");
  expect(screen.getAllByRole("row").length).toBeLessThan(80);
  expect(screen.queryByRole("columnheader", { name: "Id" })).toBeNull();

  await user.keyboard("jjx{Enter}");
  expect(grid).toHaveAttribute("aria-activedescendant", expect.stringContaining("r1") as string);
  expect(screen.getByRole("row", { selected: true })).toHaveTextContent("row 1");
  expect(onOpen).toHaveBeenCalledWith(ROWS[1]);
  await user.keyboard("k");
  expect(grid).toHaveAttribute("aria-activedescendant", expect.stringContaining("r0") as string);
});

test("only rows that change are drawn again", async () => {
  const { user } = await renderPart(<Example />);
  expect(screen.getAllByRole("row").length).toBeGreaterThan(10);
  name.mockClear();
  await user.keyboard("j");
  expect(name.mock.calls).toEqual([[ROWS[0]]]);
  name.mockClear();
  await user.keyboard("jx");
  expect(new Set(name.mock.calls.map(([row]) => row.id))).toEqual(new Set(["r0", "r1"]));
});

test("a click makes a row the active one, on its box it only selects, twice opens it", async () => {
  const { user } = await renderPart(<Example />);
  const second = screen.getByRole("row", { name: /row 1$/ });
  await user.click(within(second).getByRole("checkbox"));
  expect(within(second).getByRole("checkbox")).toBeChecked();
  expect(screen.getByRole("grid")).not.toHaveAttribute("aria-activedescendant");
  await user.click(within(second).getByText("row 1"));
  expect(screen.getByRole("grid")).toHaveAttribute("aria-activedescendant", second.id);
  onOpen.mockClear();
  await user.dblClick(within(second).getByText("row 1"));
  expect(onOpen).toHaveBeenCalledWith(ROWS[1]);
});

test("no rows: what to do next", async () => {
  await renderPart(
    <DataTable label="Rows" rows={[]} columns={COLUMNS} rowKey={(row) => row.id} empty={<p>Send some events</p>} />,
  );
  expect(screen.getByText("Send some events")).toBeInTheDocument();
});
