import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fireEvent, screen } from "@testing-library/react";
import { renderPart } from "../../test/render";
import { useAction, useActionsEverywhere } from "./hooks";
import { Keys } from "./Keys";
import { clashes, keysOf, remap, resetKeys } from "./keymap";
import { bind, listenToKeys } from "./listener";

const press = (key: string, init: KeyboardEventInit = {}, target: Element = document.body) =>
  fireEvent.keyDown(target, { key, bubbles: true, ...init });
let stop: (() => void)[] = [];
const bound = (id: Parameters<typeof bind>[0]) => {
  const run = vi.fn();
  stop.push(bind(id, run));
  return run;
};

beforeEach(() => (stop = [listenToKeys()]));
afterEach(() => {
  stop.forEach((end) => end());
  resetKeys();
});

test("sequences, single keys and Ctrl run their actions", () => {
  const queue = bound("go.queue");
  const next = bound("list.next");
  const palette = bound("palette.open");
  press("g");
  expect(queue).not.toHaveBeenCalled();
  press("q");
  press("j");
  press("k", { ctrlKey: true });
  expect([queue, next, palette].map((run) => run.mock.calls.length)).toEqual([1, 1, 1]);
});

test("the page's own action goes before the one that works everywhere, also when both appear at once", async () => {
  const [focus, navigate] = [vi.fn(), vi.fn()];
  const Page = () => (useAction("search.focus", focus), null);
  const Frame = () => (useActionsEverywhere({ "search.focus": navigate }), null);
  const { unmount } = await renderPart(
    <>
      <Page />
      <Frame />
    </>,
  );
  press("/");
  expect([focus, navigate].map((run) => run.mock.calls.length)).toEqual([1, 0]);
  unmount();
  await renderPart(<Frame />);
  press("/");
  expect(navigate).toHaveBeenCalledTimes(1);
});

test("a broken sequence still lets its last key count", () => {
  bound("go.queue");
  const next = bound("list.next");
  press("g");
  press("j");
  expect(next).toHaveBeenCalledTimes(1);
});

test("keys rest inside inputs, Enter on a button is the button's", () => {
  const next = bound("list.next");
  const confirm = bound("review.confirm");
  const palette = bound("palette.open");
  document.body.innerHTML = "<input id=i /><button id=b></button>";
  const [input, button] = [document.querySelector("#i")!, document.querySelector("#b")!];
  press("j", {}, input);
  press("Enter", {}, button);
  press("k", { ctrlKey: true }, input);
  expect(next).not.toHaveBeenCalled();
  expect(confirm).not.toHaveBeenCalled();
  expect(palette).toHaveBeenCalledTimes(1);
});

test("the page rests behind a dialog", () => {
  const confirm = bound("review.confirm");
  document.body.innerHTML = '<div role="dialog" aria-modal="true"></div>';
  press("Enter");
  expect(confirm).not.toHaveBeenCalled();
  document.body.innerHTML = "";
  press("Enter");
  expect(confirm).toHaveBeenCalledTimes(1);
});

test("a remapped key works, is kept, printed on buttons, and clashes are found", async () => {
  const confirm = bound("review.confirm");
  remap("review.confirm", "c");
  press("Enter");
  press("c");
  expect(confirm).toHaveBeenCalledTimes(1);
  expect(localStorage.getItem("logatlas.keys")).toContain('"review.confirm":"c"');
  expect(clashes("review.confirm", "o")).toEqual(["review.override"]);
  await renderPart(<Keys action="review.confirm" />);
  expect(screen.getByText("C")).toBeInTheDocument();
  resetKeys("review.confirm");
  expect(keysOf("review.confirm")).toBe("Enter");
});
