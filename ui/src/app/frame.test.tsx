import { expect, test, vi } from "vitest";
import { screen, waitFor, within } from "@testing-library/react";
import { markSessionEnded, notReached, reached, sessionRenewed } from "@/api/connection";
import { installMockApi, renderApp } from "../../test/render";
import { safeNext } from "./SignInPage";
import { parseSearch, queueSearch, stringifySearch } from "./search-params";

// The pages have tests of their own; here the frame around them counts.
for (const name of ["Queue", "Search", "Settings", "TryIt"]) {
  vi.doMock(`@/pages/${name}Page`, () => ({ Page: () => <textarea aria-label={`${name} notes`} /> }));
}

test("signed out: the sign-in page, then the page that was asked for", async () => {
  const { data } = installMockApi();
  data.signedIn = false;
  const { user, history } = renderApp("/search?q=4624");
  await user.type(await screen.findByLabelText(/Name/), "ada");
  await user.type(screen.getByLabelText(/Password/, { selector: "input" }), "wrong");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByText(/Name or password is wrong/)).toBeInTheDocument();
  await user.type(screen.getByLabelText(/Password/, { selector: "input" }), "right");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByLabelText("Search notes")).toBeInTheDocument();
  expect(history.location.href).toBe("/search?q=4624");
});

test("a one-time link signs in and asks for a password first", async () => {
  const { data, calls } = installMockApi();
  data.signedIn = false;
  if (data.session.user) Object.assign(data.session.user, { must_set_password: true, method: "link" });
  const { user, history } = renderApp("/signin?link=once");
  await user.type(await screen.findByLabelText(/New password/, { selector: "input" }), "correct horse battery");
  await user.type(screen.getByLabelText(/The same again/, { selector: "input" }), "correct horse battery");
  await user.click(screen.getByRole("button", { name: "Save and go on" }));
  expect(await screen.findByLabelText("Queue notes")).toBeInTheDocument();
  const signIns = calls.filter((call) => call.method === "POST" && call.url.endsWith("/api/session"));
  expect(await Promise.all(signIns.map((call) => call.text()))).toEqual(['{"link":"once"}']);
  expect(history.location.href).toBe("/queue");
});

test("a sign-in leads to Try it as long as nothing was classified, whoever may not classify to the queue", async () => {
  const { data } = installMockApi();
  data.events = [];
  const first = renderApp("/");
  expect(await screen.findByLabelText("TryIt notes")).toBeInTheDocument();
  expect(first.history.location.href).toBe("/try");
  first.unmount();
  data.session.permissions.classify = false;
  renderApp("/");
  expect(await screen.findByLabelText("Queue notes")).toBeInTheDocument();
});

test("a link that passes no longer leads on to the ways that are left", async () => {
  const { data, handle } = installMockApi();
  data.signedIn = false;
  vi.stubGlobal("fetch", (input: string, init?: RequestInit) =>
    init?.method === "POST"
      ? Promise.resolve(
          Response.json({ error: { code: "unauthorized", message: "used already", details: {} } }, { status: 401 }),
        )
      : handle(new Request(new URL(input, "http://localhost"))),
  );
  const { history } = renderApp("/signin?link=old");
  const alert = await screen.findByText("The link was not accepted");
  expect(alert.closest("[role=alert]")).toHaveTextContent(
    /used already\..*prints a new link only while no account has a password/,
  );
  await waitFor(() => expect(history.location.href).toBe("/signin"));
});

test("what the organisation's sign-in led back with is told in words, and nothing else of the address", async () => {
  const { data } = installMockApi();
  data.signedIn = false;
  const known = renderApp("/signin?error=oidc_refused");
  expect(await screen.findByText(/gives you no role here/)).toBeInTheDocument();
  known.unmount();
  renderApp("/signin?error=Call+555-0100");
  expect(await screen.findByLabelText(/Name/)).toBeInTheDocument();
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.queryByText(/555-0100/)).toBeNull();
});

test("an ended session lies over the page; what was typed is there after signing in again", async () => {
  const { data } = installMockApi();
  const { user } = renderApp("/queue");
  const notes = await screen.findByLabelText("Queue notes");
  await user.type(notes, "half a comment");
  data.signedIn = false;
  markSessionEnded();
  const dialog = await screen.findByRole("dialog", { name: "Your session ended" });
  await user.type(await within(dialog).findByLabelText(/Password/, { selector: "input" }), "right");
  await user.click(within(dialog).getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(screen.getByLabelText("Queue notes")).toHaveValue("half a comment");
  sessionRenewed(null);
});

test("an unknown address has an answer with a way on", async () => {
  installMockApi();
  renderApp("/nowhere");
  expect(await screen.findByText("There is no such page")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Go to the queue" })).toHaveAttribute("href", "/queue");
});

test("while the service is away a banner says so and goes by itself", async () => {
  installMockApi();
  renderApp("/queue");
  await screen.findByLabelText("Queue notes");
  notReached();
  expect(await screen.findByText(/may be restarting/)).toBeInTheDocument();
  reached();
  await waitFor(() => expect(screen.queryByText(/may be restarting/)).toBeNull());
});

test("degraded parts are named", async () => {
  const { data, handle } = installMockApi();
  vi.stubGlobal("fetch", (input: string, init?: RequestInit) =>
    input.startsWith("/api/parts")
      ? Promise.resolve(Response.json({ parts: [{ name: "model", state: "down", detail: "", since: null }] }))
      : handle(new Request(new URL(input, "http://localhost"), { method: init?.method ?? "GET" })),
  );
  expect(data.signedIn).toBe(true);
  renderApp("/queue");
  expect(await screen.findByText(/Degraded: model/)).toBeInTheDocument();
});

test("Ctrl+K reaches pages and classes by typing; ? lists the keys", async () => {
  installMockApi();
  const { user, history } = renderApp("/queue");
  const notes = await screen.findByLabelText("Queue notes");
  await user.click(notes);
  await user.keyboard("{Control>}k{/Control}");
  await user.keyboard("authentic");
  await screen.findByRole("option", { name: /Authentication/ });
  await user.keyboard("{Enter}");
  await waitFor(() => expect(history.location.href).toBe("/search?q=class%3A3002"));
  await screen.findByLabelText("Search notes");
  await user.keyboard("?");
  expect(await screen.findByRole("dialog", { name: "Keyboard shortcuts" })).toHaveTextContent("Confirm");
});

test("addresses are plain and forgiving", () => {
  expect(stringifySearch({ q: "status:auto", class_uid: 3002, from: undefined })).toBe(
    "?q=status%3Aauto&class_uid=3002",
  );
  expect(queueSearch(parseSearch("?class_uid=3002&order=sideways&older_than_s=x"))).toEqual({ class_uid: 3002 });
});

test("a sign-in leads only to this site", () => {
  expect(["/search?q=1", "//evil.test", "/\\evil.test", "https://evil.test", undefined].map(safeNext)).toEqual([
    "/search?q=1", "/", "/", "/", "/",
  ]); // prettier-ignore
});
