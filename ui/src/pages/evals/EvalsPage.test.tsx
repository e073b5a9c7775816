import { screen, within } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { installMockApi, renderApp } from "../../../test/render";

beforeEach(() => {
  installMockApi();
});
const shown = { timeout: 20_000 };

it("opens a run from the list and leads from a cell of the matrix to its events", async () => {
  const { user, history } = renderApp("/evals?run=run-1&tab=confusion");
  await user.click(await screen.findByRole("button", { name: /4 of Authentication decided as/ }, shown));
  expect(history.location.search).toContain("tab=mistakes");
  expect(history.location.search).toContain("truth=3002");
  expect(await screen.findByText(/Authentication decided as/)).toBeVisible();
});

it("compares two runs, saying where there is no clear difference, and which events flipped", async () => {
  const { user } = renderApp("/evals?a=run-1&b=run-2");
  const table = await screen.findByRole("table", { name: "Differences" }, shown);
  expect(within(table).getAllByText(/B is worse|B is better|No clear difference/).length).toBeGreaterThan(3);
  await user.click(screen.getByRole("tab", { name: "Flips (2)" }));
  const flips = await screen.findByRole("table", { name: "Flips" });
  expect(within(flips).getByText("ev-2")).toBeVisible();
  await user.click(screen.getByRole("radio", { name: "Now wrong 1" }));
  expect(within(flips).queryByText("ev-2")).toBeNull();
});
