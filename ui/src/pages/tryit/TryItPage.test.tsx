import { screen, within } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { installMockApi, renderApp } from "../../../test/render";

let api: ReturnType<typeof installMockApi>;
beforeEach(() => {
  api = installMockApi();
});

const shown = { timeout: 20_000 };

it("decides a sample and shows the decisions side by side, each with a link to its event", async () => {
  const { user } = renderApp("/try");
  await user.click(await screen.findByRole("button", { name: "One of each" }, shown));
  await user.click(await screen.findByRole("button", { name: /Decide 8 events/ }));
  expect(await screen.findByText("8 of 8 decided", {}, shown)).toBeVisible();
  const card = within(screen.getByRole("article", { name: "Event 1" }));
  expect(card.getByRole("link", { name: /Open the event/ })).toHaveAttribute(
    "href",
    expect.stringMatching(/^\/events\//),
  );
  const sent = api.calls.find((call) => call.url.endsWith("/classify"));
  expect(sent?.headers.get("Content-Type")).toBe("application/x-ndjson");
  expect((await sent?.text())?.trim().split("\n")).toHaveLength(8);
});

it("keeps what was pasted, and brings it back after a sample", async () => {
  const { user, unmount } = renderApp("/try");
  const area = await screen.findByRole("textbox", { name: "Raw logs" }, shown);
  await user.click(area);
  await user.paste("my own <script>alert(1)</script>");
  await user.click(screen.getByRole("button", { name: "SSH login" }));
  expect((area as HTMLTextAreaElement).value).toContain("sshd");
  await user.click(screen.getByRole("button", { name: "Put my text back" }));
  expect(area).toHaveValue("my own <script>alert(1)</script>");
  unmount();
  renderApp("/try");
  expect(await screen.findByRole("textbox", { name: "Raw logs" }, shown)).toHaveValue(
    "my own <script>alert(1)</script>",
  );
});
