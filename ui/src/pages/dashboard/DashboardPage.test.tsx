import { configure, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
// Loaded here, so that no test waits for it.
import "../DashboardPage";
import { createMockData } from "../../../mock/data";
import { installMockApi, renderApp } from "../../../test/render";

// Whether an element is hidden takes jsdom seconds to find out in a large page.
configure({ asyncUtilTimeout: 20_000, defaultHidden: true });
vi.setConfig({ testTimeout: 60_000 });

const NOW = new Date("2026-11-20T12:00:00Z");

function open(url: string, events = 12) {
  const api = installMockApi(createMockData(events, NOW));
  return { api, ...renderApp(url) };
}

function searchOf(link: HTMLElement) {
  const url = new URL(link.getAttribute("href") ?? "", "http://localhost");
  return { path: url.pathname, ...Object.fromEntries(url.searchParams) } as Partial<Record<string, string>>;
}

describe("Dashboard", () => {
  it("leads from each figure to its events of the same time", async () => {
    open("/dashboard?from=now-7d");
    const summary = within(await screen.findByRole("list", { name: "Summary" }));
    const link = (name: RegExp) => searchOf(summary.getByRole("link", { name }));
    expect(link(/^Events: 12/)).toEqual({ path: "/search", from: "now-7d" });
    expect(link(/^Need review/)).toMatchObject({ q: "status:needs_review", order: "oldest", from: "now-7d" });
    expect(link(/^Memo hit rate: 87/)).toMatchObject({ q: "decided_by:memo" });
    expect(link(/^Override rate: 6/)).toMatchObject({ q: "status:overridden decided_by:analyst" });
  });

  it("shows the last day where the address says no time", async () => {
    const { api } = open("/dashboard");
    await screen.findByRole("list", { name: "Summary" });
    const asked = api.calls.map((call) => new URL(call.url)).find((url) => url.pathname === "/api/stats/summary");
    expect(asked?.searchParams.get("from")).toBe("now-24h");
  });

  it("leads from a source's figures to its events", async () => {
    open("/dashboard?from=now-7d");
    const sources = within(await screen.findByRole("region", { name: "Sources" }));
    const [first] = await sources.findAllByRole("link", { name: /, Need review: / });
    expect(searchOf(first!)).toMatchObject({
      path: "/search",
      q: expect.stringMatching(/^product:\S+ status:needs_review$/) as unknown,
    });
  });

  it("gives the figures of a chart as a table of links", async () => {
    const { user } = open("/dashboard?from=now-7d");
    await user.click(await screen.findByRole("button", { name: "Show as table: Confidence" }));
    const card = within(screen.getByRole("region", { name: "Confidence" }));
    const links = await card.findAllByRole("link");
    expect(links.map(searchOf).some(({ q }) => q?.includes("status:needs_review"))).toBe(true);
  });

  it("keeps in the URL by what events are split", async () => {
    const { user, router } = open("/dashboard");
    await user.click(await screen.findByRole("combobox", { name: "Events over time, by what" }));
    await user.click(await screen.findByRole("option", { name: "by class" }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ by: "class" }));
  });

  it("says what to do where there are no events", async () => {
    open("/dashboard", 0);
    expect(await screen.findByText("No events in this time")).toBeVisible();
    expect(screen.getByRole("link", { name: "Try a log" })).toHaveAttribute("href", "/try");
  });
});
