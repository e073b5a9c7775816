import { screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { installMockApi, renderApp } from "../../../test/render";
import { verbOf } from "./Conditions";
import { webAddress } from "./ChunkPanel";

// What CodeMirror draws needs a real browser; what the page does with its text does not.
vi.mock("./YamlEditor", () => ({
  default: ({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) => (
    <textarea aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} />
  ),
}));

let api: ReturnType<typeof installMockApi>;
beforeEach(() => {
  api = installMockApi();
});
const shown = { timeout: 20_000 };

it("tells problems with their lines, and saves once there are none", async () => {
  const { user, history } = renderApp("/knowledge?edit=guide");
  const editor = await screen.findByRole("textbox", { name: "Guide as YAML" }, shown);
  await user.clear(editor);
  await user.click(editor);
  await user.paste("product: x");
  expect(await screen.findByRole("button", { name: "Line 1 a guide needs a class" }, shown)).toBeVisible();
  expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
  await user.paste("\nclass: Authentication");
  expect(await screen.findByText("Nothing is wrong with it.", {}, shown)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Try" }));
  expect(await screen.findByText(/of \d+ would change/, {}, shown)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(history.location.search).toContain("chunk=guide"), shown);
  const saved = api.calls.find((call) => call.method === "POST" && call.url.endsWith("/api/knowledge"));
  expect(await saved?.json()).toEqual({ kind: "guide", yaml: "product: x\nclass: Authentication" });
});

it("keeps what was written and not saved", async () => {
  const first = renderApp("/knowledge?edit=guide");
  const editor = await screen.findByRole("textbox", { name: "Guide as YAML" }, shown);
  await first.user.clear(editor);
  await first.user.click(editor);
  await first.user.paste("half a guide");
  first.unmount();
  renderApp("/knowledge?edit=guide");
  expect(await screen.findByRole("textbox", { name: "Guide as YAML" }, shown)).toHaveValue("half a guide");
  expect(screen.getByText(/What you wrote earlier/)).toBeVisible();
});

it("shows what an example would change before it is saved", async () => {
  const { user } = renderApp("/knowledge?edit=example");
  expect(await screen.findByRole("button", { name: /^Try/ }, shown)).toBeDisabled();
  await user.click(screen.getByRole("textbox", { name: /Raw log/ }));
  await user.paste("door=12 badge=4711 result=granted");
  await user.type(screen.getByPlaceholderText("Name, uid or category"), "account change{ArrowDown}{Enter}");
  await user.click(screen.getByRole("button", { name: /^Try/ }));
  expect(await screen.findByText(/of \d+ would change/, {}, shown)).toBeVisible();
  const tried = api.calls.filter((call) => call.url.endsWith("/api/knowledge/try"));
  const bodies = (await Promise.all(tried.map((call) => call.json()))) as Record<string, unknown>[];
  const example = { raw: "door=12 badge=4711 result=granted", class_uid: 3001 };
  expect(bodies).toEqual([
    { example, events: [{ raw: example.raw }] },
    { example, recent: 50 },
  ]);
  expect(api.calls.some((call) => call.method === "POST" && call.url.endsWith("/api/knowledge"))).toBe(false);
});

it("opens a guide beside the list with its usage", async () => {
  const id = api.data.chunks.find((chunk) => chunk.kind === "guide")?.chunk_id ?? "";
  renderApp(`/knowledge?chunk=${encodeURIComponent(id)}`);
  expect(await screen.findByRole("region", { name: "Usage" }, shown)).toBeVisible();
  expect(screen.getByRole("grid", { name: "Knowledge" })).toBeVisible();
});

it("says conditions in words and makes links of web addresses only", () => {
  expect(verbOf({ operator: "contains", negated: true })).toBe("does not contain");
  expect(webAddress("javascript:alert(1)")).toBeNull();
  expect(webAddress("https://example.com")).toBe("https://example.com");
});
