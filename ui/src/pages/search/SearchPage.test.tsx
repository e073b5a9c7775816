import { configure, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
// Loaded here, so that no test waits for it.
import "../SearchPage";
import { tell } from "@/api/live";
import { createMockData } from "../../../mock/data";
import { installMockApi, renderApp } from "../../../test/render";

// Whether an element is hidden takes jsdom seconds to find out in a page with a table.
configure({ asyncUtilTimeout: 20_000, defaultHidden: true });
vi.setConfig({ testTimeout: 60_000 });
const NOW = new Date("2026-11-20T12:00:00Z");

function open(url: string, prepare?: (data: ReturnType<typeof createMockData>) => void) {
  const data = createMockData(12, NOW);
  prepare?.(data);
  const api = installMockApi(data);
  return { api, ...renderApp(url) };
}

const grid = () => screen.findByRole("grid", { name: "Events" });
const rowsOf = async () =>
  within(await grid())
    .getAllByRole("row")
    .slice(1);
const asked = (calls: readonly Request[], path: string) =>
  calls.map((call) => new URL(call.url)).filter((url) => url.pathname === path);

describe("Search", () => {
  it("shows events, how many there are, and facets with counts", async () => {
    open("/search");
    expect((await rowsOf()).length).toBeGreaterThan(5);
    expect(await screen.findByText("12")).toBeVisible();
    expect(await screen.findByRole("region", { name: "Vendor" })).toBeVisible();
    expect(screen.getByRole("region", { name: "Events over time" })).toHaveTextContent("12 events");
  });

  it("searches what was typed on Enter and says so in the URL", async () => {
    const { user, history } = open("/search");
    await grid();
    const box = screen.getByRole("combobox", { name: "Search events" });
    await user.type(box, "status:needs_review{Enter}");
    await waitFor(() => expect(history.location.search).toBe("?q=status%3Aneeds_review"));
    expect(box).toHaveValue("status:needs_review");
  });

  it("completes with Tab what is at the cursor", async () => {
    const { user } = open("/search");
    await grid();
    const box = screen.getByRole("combobox", { name: "Search events" });
    await user.type(box, "x ven");
    expect(await screen.findByRole("option", { name: /vendor:/ })).toBeInTheDocument();
    await user.keyboard("{Tab}");
    expect(box).toHaveValue("x vendor:");
  });

  it("takes no suggestion that was made for another text", async () => {
    const { user } = open("/search");
    await grid();
    const answer = fetch;
    const late: (() => void)[] = [];
    vi.stubGlobal("fetch", (input: string, init?: RequestInit) =>
      input.includes("complete") && input.includes("q=ven")
        ? new Promise((resolve) => late.push(() => resolve(answer(input, init))))
        : answer(input, init),
    );
    const box = screen.getByRole("combobox", { name: "Search events" });
    await user.click(box);
    expect(await screen.findByRole("option", { name: /status:/ })).toBeInTheDocument();
    await user.type(box, "ven");
    await waitFor(() => expect(late).toHaveLength(1));
    expect(screen.queryByRole("option", { name: /status:/ })).toBeNull();
    late[0]?.();
    expect(await screen.findByRole("option", { name: /vendor:/ })).toBeInTheDocument();
    await user.keyboard("{Tab}");
    expect(box).toHaveValue("vendor:");
  });

  it("tells what is wrong with a search, and where, and keeps the text", async () => {
    const data = createMockData(5, NOW);
    const api = installMockApi(data);
    const answer = fetch;
    vi.stubGlobal("fetch", (input: string, init?: RequestInit) =>
      input.includes("q=")
        ? Promise.resolve(
            Response.json(
              {
                error: {
                  code: "query_syntax",
                  message: "a parenthesis is not closed",
                  details: { position: 0, hint: "close it, or put it in quotes" },
                },
              },
              { status: 400 },
            ),
          )
        : answer(input, init),
    );
    renderApp("/search?q=(a");
    expect((await screen.findAllByText(/a parenthesis is not closed/)).length).toBeGreaterThan(0);
    expect(await screen.findByText("▸(a")).toBeVisible();
    expect(screen.getByRole("combobox", { name: "Search events" })).toHaveValue("(a");
    expect(api.calls.length).toBeGreaterThan(0);
  });

  it("includes, excludes and singles out a value", async () => {
    const { user, router } = open("/search?q=status:auto");
    const facet = within(await screen.findByRole("region", { name: "Format" }));
    const q = () => (router.state.location.search as { q?: string }).q;
    await user.click((await facet.findAllByRole("button", { name: /^Exclude / }))[0]!);
    await waitFor(() => expect(q()).toMatch(/^status:auto -format:/));
    const status = within(screen.getByRole("region", { name: "Status" }));
    await user.click((await status.findAllByRole("button", { name: /^Only / }))[0]!);
    await waitFor(() => expect(q()).toMatch(/^-format:\S+ status:\w+$/));
  });

  it("searches in the stretch of time that was marked by key", async () => {
    const { user, router } = open("/search");
    const stretch = await screen.findByRole("slider", { name: /Stretch of time/ });
    stretch.focus();
    await user.keyboard("{ArrowRight}{Shift>}{ArrowRight}{ArrowRight}{/Shift}{Enter}");
    await waitFor(() => expect(router.state.location.search).toHaveProperty("to"));
    const { from, to } = router.state.location.search as { from: string; to: string };
    expect(Date.parse(to)).toBeGreaterThan(Date.parse(from));
  });

  it("exports exactly what is shown", async () => {
    const { user } = open(
      "/search?q=status:auto&order=newest&columns=received_at,user.name,raw&from=2026-11-01T00:00:00Z",
    );
    await grid();
    await user.click(await screen.findByRole("button", { name: "Export" }));
    const link = await screen.findByRole("menuitem", { name: /^CSV/ });
    const url = new URL(link.getAttribute("href") ?? "", "http://localhost");
    expect(url.pathname).toBe("/api/events/export");
    expect(url.searchParams.get("q")).toBe("status:auto");
    expect(url.searchParams.get("columns")).toBe("received_at,user.name,raw");
    expect(url.searchParams.get("from")).toBe("2026-11-01T00:00:00Z");
    // Events that come later are not in it.
    expect(Date.parse(url.searchParams.get("to") ?? "")).toBeLessThanOrEqual(NOW.getTime() + 1);
  });

  it("opens an event beside the list on click, moves with j and closes with Escape", async () => {
    const { user, router } = open("/search");
    const event = () => (router.state.location.search as { event?: string }).event;
    const rows = await rowsOf();
    await user.click(rows[1]!);
    await waitFor(() => expect(event()).toBeDefined());
    const first = event();
    expect(await screen.findByRole("complementary", { name: "Event" })).toBeVisible();
    await user.keyboard("j");
    await waitFor(() => expect(event()).not.toBe(first));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(event()).toBeUndefined());
    expect(await grid()).toBeVisible();
  });

  it("lets new rows wait until they are asked for", async () => {
    const { api, user } = open("/search");
    const before = (await rowsOf())[0];
    api.data.events.unshift(...later(api.data, 3));
    tell("decisions", { count: 3, needs_review: 0 });
    const button = await screen.findByRole("button", { name: /3 new/ });
    expect((await rowsOf())[0]).toBe(before);
    await user.click(button);
    await waitFor(() => expect(screen.queryByRole("button", { name: /3 new/ })).toBeNull());
    expect(await screen.findByText("15")).toBeVisible();
  });

  it("follows new events live, and holds them while paused", async () => {
    const { api, user } = open("/search?live=true");
    await grid();
    expect(await screen.findByText("12")).toBeVisible();
    api.data.events.unshift(...later(api.data, 2));
    tell("decisions", { count: 2, needs_review: 0 });
    expect(await screen.findByText("14")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Pause" }));
    api.data.events.unshift(...later(api.data, 1));
    tell("decisions", { count: 1, needs_review: 0 });
    expect(await screen.findByRole("button", { name: /1 new/ })).toBeVisible();
  });

  it("asks for chosen fields and shows them", async () => {
    const { api } = open("/search?columns=received_at,EventID,raw");
    expect(await screen.findByRole("columnheader", { name: "EventID" })).toBeVisible();
    expect(asked(api.calls, "/api/events")[0]?.searchParams.get("columns")).toBe("EventID");
  });

  it("says what to do when nothing is found", async () => {
    const { user, router } = open("/search?q=nothing-has-this&from=now-1h");
    await user.click(await screen.findByRole("button", { name: "Search all time" }));
    await waitFor(() => expect(router.state.location.search).not.toHaveProperty("from"));
    expect(await screen.findByText(/check the spelling/)).toBeVisible();
  });

  it("keeps a search under a name", async () => {
    const { user, router } = open("/search?q=status:auto&from=now-1h");
    await user.click(await screen.findByRole("button", { name: "Saved" }));
    await user.type(await screen.findByRole("textbox", { name: "Save this search as" }), "Morning round{Enter}");
    await router.navigate({ to: "/search", search: {} });
    if (!screen.queryByRole("button", { name: "Morning round" }))
      await user.click(screen.getByRole("button", { name: "Saved" }));
    await user.click(await screen.findByRole("button", { name: "Morning round" }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ q: "status:auto", from: "now-1h" }));
  });

  it("shows log text as text", async () => {
    open("/search", (data) => {
      const row = data.events[0]?.row;
      if (row) row.raw = '<img src=x onerror="alert(1)"> \u202Eevil \u001b[31m';
    });
    const cell = await screen.findByText(/<img src=x/);
    expect(cell).toHaveTextContent("RLO");
    expect(document.querySelector("img")).toBeNull();
  });
});

function later(data: ReturnType<typeof createMockData>, count: number) {
  return createMockData(count, NOW).events.map((event, at) => {
    const event_id = `later-${data.events.length}-${at}`;
    const received_at = new Date(NOW.getTime() + (data.events.length + at) * 1000).toISOString();
    return {
      ...event,
      row: { ...event.row, event_id, received_at },
      detail: { ...event.detail, event_id, received_at },
    };
  });
}
