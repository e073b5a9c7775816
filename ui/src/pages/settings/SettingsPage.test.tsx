import { screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keysOf, resetKeys } from "@/shortcuts";
import { installMockApi, renderApp } from "../../../test/render";
import { withPress } from "./KeyRecorder";
import { suggestPassword } from "./NewAccountForm";
import { browserOf } from "./SessionsTable";
import { tokenState } from "./TokensSection";

let api: ReturnType<typeof installMockApi>;
beforeEach(() => {
  api = installMockApi();
});
afterEach(() => resetKeys());
const shown = { timeout: 20_000 };

it("shows the secret of a new token once", async () => {
  const { user } = renderApp("/settings?section=tokens");
  await user.click(await screen.findByRole("button", { name: "New token" }, shown));
  const dialog = within(await screen.findByRole("dialog", { name: "New token" }, shown));
  await user.type(dialog.getByRole("textbox", { name: /Name/ }), "nightly");
  await user.click(dialog.getByRole("button", { name: "Make the token" }));
  const secret = await screen.findByTestId("token-secret", {}, shown);
  const text = secret.textContent;
  expect(text).not.toBe("");
  await user.click(screen.getByRole("button", { name: "I have copied it" }));
  expect(await screen.findByText("nightly")).toBeVisible();
  expect(screen.queryByText(text)).toBeNull();
});

it("says why somebody may not see the audit", async () => {
  api.data.session.permissions["audit.read"] = false;
  api.data.session.refused["audit.read"] = "needs role admin; you are analyst";
  renderApp("/settings?section=audit");
  expect(await screen.findByText(/needs role admin; you are analyst/, {}, shown)).toBeVisible();
  expect(api.calls.some((call) => call.url.includes("/api/audit"))).toBe(false);
});

it("gives an action other keys, and swaps those that are taken", async () => {
  const { user } = renderApp("/settings?section=shortcuts");
  await user.click(await screen.findByRole("button", { name: "Change the keys for Skip" }, shown));
  await user.keyboard("z");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(keysOf("review.skip")).toBe("z");
  await user.click(screen.getByRole("button", { name: "Change the keys for Skip" }));
  await user.keyboard("u");
  expect(await screen.findByText(/Taken by “Undo the last review”/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Swap" }));
  expect([keysOf("review.skip"), keysOf("review.undo")]).toEqual(["u", "z"]);
});

it("knows presses, tokens, browsers and good passwords", () => {
  expect(withPress(withPress(["g"], "x"), "y")).toEqual(["y"]);
  const token = {
    token_id: "1",
    name: "a",
    scopes: [],
    created_at: "",
    expires_at: "2026-01-01T00:00:00Z",
    revoked_at: null,
  };
  expect(tokenState(token, Date.parse("2026-02-01"))).toBe("expired");
  expect(tokenState({ ...token, revoked_at: "2026-01-01" })).toBe("revoked");
  expect(browserOf("curl/8")).toBe("curl");
  expect(browserOf("Mozilla/5.0 Chrome/1 Safari/1")).toBe("Chrome");
  expect(suggestPassword()).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
});
