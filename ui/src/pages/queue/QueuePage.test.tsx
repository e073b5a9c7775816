import { act, configure, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { tell } from "@/api/live";
import type { Review } from "@/api";
import { createMockData } from "../../../mock/data";
import { installMockApi, renderApp } from "../../../test/render";
import { review as reviewInMock } from "../../../mock/reviews";
import { EMPTY_DESK, desk } from "./desk";

// Names and roles of a whole page take jsdom a while.
configure({ asyncUtilTimeout: 15_000 });
vi.setConfig({ testTimeout: 60_000 });

const installApi = () => installMockApi(createMockData(24, new Date("2026-11-20T12:00:00Z")));
type Api = ReturnType<typeof installMockApi>;

beforeEach(() => {
  desk.set(EMPTY_DESK);
  localStorage.clear();
  sessionStorage.clear();
  localStorage.setItem("logatlas.queue.detail", "false");
});

async function openQueue(api: Api, url = "/queue") {
  const view = renderApp(url);
  await waitFor(() => expect(rows().length).toBeGreaterThan(2));
  await screen.findByText(/^Confirm /, { selector: "button *" });
  return { ...view, api };
}
const rows = () => [...document.querySelectorAll<HTMLElement>("[role=rowgroup] > [role=row]")].slice(1);
function rowAt(index: number): HTMLElement {
  const row = rows()[index];
  if (!row) throw new Error(`there is no row ${index}`);
  return row;
}
const activeRow = () => rows().findIndex((row) => row.getAttribute("data-active") === "true");
const sent = async (api: Api, path = "/api/reviews") => {
  const calls = api.calls.filter((call) => call.method === "POST" && new URL(call.url).pathname === path);
  return Promise.all(calls.map((call) => call.clone().json() as Promise<Record<string, unknown>>));
};

/** Answers the next writes of reviews with `answer`; afterwards the service works again. */
function refuseReviews(status: number, body: unknown, times = 1) {
  let left = times;
  const works = globalThis.fetch;
  vi.stubGlobal("fetch", (input: string, init?: RequestInit) => {
    if (init?.method === "POST" && input === "/api/reviews" && left > 0) {
      left -= 1;
      return Promise.resolve(new Response(JSON.stringify(body), { status }));
    }
    return works(input, init);
  });
}

describe("the queue", () => {
  it("is reviewed with the keyboard: Enter confirms and goes on, u goes back", async () => {
    const { user, api } = await openQueue(installApi());
    expect(activeRow()).toBe(0);
    await user.keyboard("{Enter}");
    await within(rowAt(0)).findByText(/^Confirmed/);
    const first = await sent(api);
    expect(first[0]).toMatchObject({ action: "confirm", target: { event_id: expect.any(String) as string } });
    expect(first[0]).toHaveProperty("decision_id");
    expect(activeRow()).toBeGreaterThan(0);

    await user.keyboard("u");
    await waitFor(() => expect(within(rowAt(0)).queryByText(/Confirmed|Taking back/)).toBeNull());
    expect(activeRow()).toBe(0);
    expect(api.data.reviews[0]?.undone_at).not.toBeNull();
  });

  it("moves with j and k, and skips with s", async () => {
    const { user } = await openQueue(installApi());
    await user.keyboard("jj");
    expect(activeRow()).toBe(2);
    await user.keyboard("k");
    expect(activeRow()).toBe(1);
    await user.keyboard("s");
    expect(within(rowAt(1)).getByText("Skipped")).toBeInTheDocument();
    expect(activeRow()).toBe(2);
    await user.keyboard("u");
    expect(within(rowAt(1)).queryByText("Skipped")).toBeNull();
  });

  it("overrides with another candidate by its number", async () => {
    const { user, api } = await openQueue(installApi());
    await user.keyboard("2");
    expect(screen.getByRole("button", { name: /^Override with/ })).toBeInTheDocument();
    await user.keyboard("{Enter}");
    await within(rowAt(0)).findByText(/^Overridden: /);
    const [body] = await sent(api);
    expect(body).toMatchObject({ action: "override", class_uid: expect.any(Number) as number });
  });

  it("overrides with any class and activity by typing", async () => {
    const { user, api } = await openQueue(installApi());
    await user.keyboard("o");
    const dialog = await screen.findByRole("dialog", { name: "Override" });
    await within(dialog).findByRole("combobox", { name: "Class" });
    await user.keyboard("dns");
    await user.keyboard("{Enter}");
    await within(dialog).findByRole("combobox", { name: /Activity of DNS/ });
    await user.keyboard("{ArrowDown}{Enter}");
    await within(rowAt(0)).findByText(/^Overridden: DNS/);
    const [body] = await sent(api);
    expect(body).toMatchObject({ action: "override", class_uid: 4003, activity_id: expect.any(Number) as number });
  });

  it("settles the other rows of the template, which are then passed over", async () => {
    const api = installApi();
    const [one, two, three] = api.data.events.filter(({ row }) => row.status === "needs_review");
    if (!one || !two || !three) throw new Error("the mock has too few events");
    for (const event of api.data.events) event.queue.template_id = event.row.template_id = event.row.event_id;
    const { user } = await openQueue(api, "/queue?order=newest");
    const listed = rows().length;
    expect(listed).toBeGreaterThan(2);
    const review = reviewInMock(api.data, {
      action: "override",
      class_uid: 4003,
      target: { event_id: two.row.event_id },
    });
    act(() => tell("review", review as Review));
    expect(await screen.findByText(/^DNS Activity, by /)).toBeInTheDocument();
    expect(rows()).toHaveLength(listed);
    await user.keyboard("s");
    expect(within(rowAt(activeRow())).queryByText(/^DNS Activity, by/)).toBeNull();
  });

  it("gives back a review that was not saved, with what was typed", async () => {
    const api = installApi();
    const { user } = await openQueue(api);
    refuseReviews(503, { error: { code: "unavailable", message: "The event store is away", details: {} } });
    await user.keyboard("o");
    const dialog = await screen.findByRole("dialog");
    await user.type(await within(dialog).findByRole("textbox", { name: /Comment/ }), "seen on the resolver");
    await user.click(within(dialog).getByRole("combobox", { name: "Class" }));
    await user.keyboard("dns{Enter}{Enter}");
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("The event store is away");
    expect(within(dialog).getByRole("textbox", { name: /Comment/ })).toHaveValue("seen on the resolver");
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const notice = await screen.findByRole("alert");
    expect(notice).toHaveTextContent("Not saved: DNS Activity");
    expect(notice).toHaveTextContent("seen on the resolver");
    expect(notice).toHaveTextContent("The event store is away");
    await user.click(within(notice).getByRole("button", { name: "Try again" }));
    await screen.findAllByText(/^Overridden: DNS/);
    expect((await sent(api)).at(-1)).toMatchObject({ class_uid: 4003, comment: "seen on the resolver" });
  });

  it("keeps a comment that was typed when its dialog is closed", async () => {
    const { user } = await openQueue(installApi());
    await user.keyboard("o");
    await user.type(await screen.findByRole("textbox", { name: /Comment/ }), "half a tho");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.keyboard("o");
    expect(await screen.findByRole("textbox", { name: /Comment/ })).toHaveValue("half a tho");
  });

  it("shows the second analyst what the first said, and lets them choose", async () => {
    const api = installApi();
    const { user } = await openQueue(api);
    const made = reviewInMock(api.data, { action: "override", class_uid: 4003, target: { event_id: api.data.events[0]?.row.event_id ?? "" } }); // prettier-ignore
    if ("conflict" in made) throw new Error("no conflict expected");
    const theirs = { ...made, reviewer: "bo", comment: "a resolver" };
    refuseReviews(409, { error: { code: "conflict", message: "x", details: { review: theirs, decision: api.data.events[0]?.detail.decisions[0] } } }); // prettier-ignore
    await user.keyboard("{Enter}");
    await user.click(await screen.findByRole("button", { name: "Choose" }));
    const dialog = await screen.findByRole("dialog", { name: "bo has reviewed this event" });
    expect(dialog).toHaveTextContent("a resolver");
    await user.click(within(dialog).getByRole("button", { name: "Replace with yours" }));
    await within(rowAt(0)).findByText(/^Confirmed/);
    expect((await sent(api)).at(-1)).toMatchObject({ replace: true });
  });

  it("counts before it applies to many, and sends the count that was seen", async () => {
    const { user, api } = await openQueue(installApi());
    await user.keyboard("b");
    const dialog = await screen.findByRole("dialog", { name: "Apply to many events" });
    await user.click(await within(dialog).findByRole("button", { name: /^Confirm [\d,]+ events? of/ }));
    await waitFor(async () => expect(await sent(api)).toHaveLength(1));
    const [body] = await sent(api);
    expect(body).toMatchObject({ action: "confirm", preview_token: expect.any(String) as string });
    expect(body?.target).toHaveProperty("template_id");
  });

  it("offers the selected rows to apply to", async () => {
    const { user } = await openQueue(installApi());
    await user.keyboard("xjx");
    await user.click(screen.getByRole("button", { name: /^Review 2 selected/ }));
    const dialog = await screen.findByRole("dialog", { name: "Apply to many events" });
    expect(within(dialog).getByRole("radio", { name: /^The 2 selected/ })).toBeChecked();
  });

  it("lets new rows wait until they are asked for", async () => {
    const api = installApi();
    const { user } = await openQueue(api);
    const before = rows().length;
    const [sample] = api.data.events.filter(({ row }) => row.status === "needs_review");
    if (!sample) throw new Error("the mock has no event");
    const added = structuredClone(sample);
    for (const part of [added.row, added.queue, added.detail]) {
      part.event_id = "new-one";
      part.received_at = new Date("2027-01-01T00:00:00Z").toISOString();
    }
    api.data.events.unshift(added);
    act(() => tell("decisions", { count: 1, needs_review: 1 }));
    const button = await screen.findByRole("button", { name: /^1 new/ });
    expect(rows()).toHaveLength(before);
    await user.click(button);
    await waitFor(() => expect(rows()).toHaveLength(before + 1));
  });

  it("shows the event beside the list, and says so in the address", async () => {
    const { user, router } = await openQueue(installApi());
    await user.keyboard("e");
    expect(await screen.findByRole("complementary", { name: "Event" })).toBeInTheDocument();
    const opened = (router.state.location.search as { event?: string }).event;
    expect(opened).toBeDefined();
    await user.keyboard("j");
    await waitFor(() => expect((router.state.location.search as { event?: string }).event).not.toBe(opened));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("complementary", { name: "Event" })).toBeNull());
  });

  it("tells a viewer why reviewing is refused", async () => {
    const api = installApi();
    api.data.session.permissions["reviews.write"] = false;
    api.data.session.refused["reviews.write"] = "needs role analyst; you are viewer";
    const { user } = await openQueue(api);
    expect(screen.getByRole("button", { name: /^Confirm / })).toBeDisabled();
    expect(screen.getByRole("note", { name: /needs role analyst/ })).toBeInTheDocument();
    await user.keyboard("{Enter}");
    expect(await sent(api)).toHaveLength(0);
  });
});
