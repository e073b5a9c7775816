import { expect, test } from "vitest";
import { screen } from "@testing-library/react";
import { renderPart } from "../../test/render";
import { RawLog } from "./RawLog";
import { segmentsOf } from "./raw-segments";
import { safeLine } from "./visible-text";

test("evidence is marked by code points, also behind characters outside the basic plane", async () => {
  const { container } = await renderPart(
    <RawLog raw="😀😀 EventID=4624 ok" spans={[[3, 15]]} titles={["guide 4624"]} />,
  );
  const mark = container.querySelector("mark");
  expect(mark).toHaveTextContent("EventID=4624");
  expect(mark).toHaveAttribute("title", "guide 4624");
});

test("markup stays text; escapes and direction marks are shown as signs", async () => {
  const hostile = "<img src=x onerror=alert(1)>\u001b[31m\u202Egnp.exe\u0000";
  const { container } = await renderPart(<RawLog raw={hostile} />);
  expect(container.querySelector("img")).toBeNull();
  const log = screen.getByRole("group", { name: "Raw log" });
  expect(log).toHaveTextContent("<img src=x onerror=alert(1)>␛[31mRLOgnp.exe␀");
  expect(log.textContent).not.toMatch(/[\u001b\u202e\u0000]/); // eslint-disable-line no-control-regex
  expect(screen.getByTitle("U+202E RIGHT-TO-LEFT OVERRIDE")).toBeInTheDocument();
});

test("a line of a megabyte renders a window of it, and whole when put together", async () => {
  const raw = "x".repeat(1_000_000);
  const { container } = await renderPart(<RawLog raw={raw} />);
  expect(container.textContent.length).toBeLessThan(400_000);
  expect(container.querySelectorAll("*").length).toBeLessThan(1000);
  expect(segmentsOf(raw).map((segment) => segment.text).join("")).toBe(raw); // prettier-ignore
});

test("spans go over cuts and lines; overlaps keep the first", () => {
  const raw = "a".repeat(3998) + "BCDE\nF";
  const segments = segmentsOf(raw, [[3998, 4002], [4000, 4004]]); // prettier-ignore
  const marked = segments.flatMap(({ text, spans }) =>
    spans.map(({ start, end, index }) => [text.slice(start, end), index]),
  );
  expect(marked).toEqual([["BC", 0], ["DE", 0], ["F", 1]]); // prettier-ignore
  expect(segments.map((segment) => segment.line)).toEqual([1, null, 2]);
});

test("one-line text is safe for cells and titles", () => {
  expect(safeLine("a\nb\u001b\u200bc")).toBe("a b␛ZWSPc");
});
