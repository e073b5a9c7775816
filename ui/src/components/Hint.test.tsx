import { expect, test } from "vitest";
import { screen } from "@testing-library/react";
import { renderPart } from "../../test/render";
import { Hint } from "./Hint";

test("a word explains itself under the pointer, and the word stays the same element", async () => {
  const { user } = await renderPart(<Hint label="What it means">word</Hint>);
  const word = screen.getByText("word");
  expect(screen.queryByRole("tooltip")).toBeNull();
  await user.hover(word);
  expect(await screen.findByRole("tooltip")).toHaveTextContent("What it means");
  expect(screen.getByText("word")).toBe(word);
  await user.unhover(word);
  expect(screen.queryByText("What it means")).toBeNull();
});
