import { configure, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createMockData } from "../../../mock/data";
import { installMockApi, renderApp } from "../../../test/render";
import { EMPTY_DESK, desk } from "../queue/desk";
import { asCurl } from "./exports";
import { filtersOf } from "./terms";

configure({ asyncUtilTimeout: 15_000 });
vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => desk.set(EMPTY_DESK));

function openEvent() {
  const api = installMockApi(createMockData(24, new Date("2026-11-20T12:00:00Z")));
  const [event] = api.data.events.filter(({ row }) => row.status === "needs_review");
  if (!event) throw new Error("the mock has no event to review");
  return { api, event, open: () => renderApp(`/events/${event.row.event_id}`) };
}

describe("the event page", () => {
  it("shows the log with its evidence, candidates, fields, versions and history", async () => {
    const { event, open } = openEvent();
    const { container } = open();
    await screen.findByText(`Candidates (${event.detail.decisions[0]?.candidates.length ?? 0})`);
    expect(container.querySelectorAll("mark").length).toBeGreaterThan(0);
    for (const title of [/^Raw log$/, /^Fields \(/, /^How it was decided$/, /^Decisions \(1\)$/, /^Reviews \(0\)$/]) {
      expect(screen.getByText(title, { selector: "h2" })).toBeInTheDocument();
    }
    expect(screen.getByText("Not from the memo")).toBeInTheDocument();
    const field = event.detail.fields[0];
    const link = container.querySelector(`a[aria-label^="Only events with this ${field?.path ?? ""}"]`);
    expect(decodeURIComponent(link?.getAttribute("href") ?? "")).toContain(`/search?q=${field?.path ?? ""}:`);
  });

  it("shows hostile log text as text", async () => {
    const { event, open } = openEvent();
    const raw = "<img src=x onerror=alert(1)> \u001b[31mred \u202egnp.exe";
    Object.assign(event.detail, { raw, format: "text", fields: [{ path: "a", value: raw, span: null }] });
    const { container } = open();
    await screen.findByText("Fields (1)");
    expect(container.querySelector("img")).toBeNull();
    expect(container.textContent).not.toContain("\u001b");
    expect(container.textContent).not.toContain("\u202e");
    expect(container.textContent).toContain("<img src=x onerror=alert(1)>");
  });

  it("opens evidence without leaving the event, and says so in the address", async () => {
    const { event, open } = openEvent();
    const { user, router } = open();
    const [first] = event.detail.decisions[0]?.evidence ?? [];
    await user.click(await screen.findByText(first?.title ?? "", { selector: "button" }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ chunk: first?.chunk_id }));
    expect(await screen.findByText("Open in Knowledge")).toBeInTheDocument();
  });

  it("is reviewed where it is read", async () => {
    const { api, event, open } = openEvent();
    const { user } = open();
    const bar = await screen.findByRole("group", { name: "Review" });
    await user.keyboard("{Enter}");
    await within(bar).findByText(/^Confirmed/);
    expect(api.data.reviews[0]?.target).toEqual({ event_id: event.row.event_id });
  });

  it("says what to do about an event that is not there", async () => {
    installMockApi(createMockData(4, new Date("2026-11-20T12:00:00Z")));
    renderApp("/events/none");
    expect(await screen.findByText("There is no such event")).toBeInTheDocument();
  });
});

describe("pieces of the event", () => {
  it("quotes the log for the shell", () => {
    const event = openEvent().event.detail;
    const command = asCurl({ ...event, raw: "it's $(id) `x`" }, "http://la");
    expect(command).toContain(`"raw":"it'\\''s $(id) \`x\`"`);
    expect(command).toContain("$LOGATLAS_TOKEN");
  });

  it("makes filters that the search understands, and none where it could not", () => {
    expect(filtersOf("src.ip", "10.0.0.1")).toEqual({ include: "src.ip:10.0.0.1", exclude: "-src.ip:10.0.0.1" });
    expect(filtersOf("msg", 'a "b"')?.include).toBe('msg:"a \\"b\\""');
    expect(filtersOf("msg", "")).toEqual({ include: "-msg:*", exclude: "msg:*" });
    expect(filtersOf("a b", "c")).toBeNull();
  });
});
