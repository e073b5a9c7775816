import { expect, test } from "vitest";
import { sourceName } from "./source-name";
import { agoText } from "./TimeText";

test("a product is named with its vendor, once", () => {
  expect(sourceName({ vendor: "Linux", product: "Linux Audit (auditd)" })).toBe("Linux Audit (auditd)");
  expect(sourceName({ vendor: "Cisco", product: "ASA", sourcetype: "cisco:asa" })).toBe("Cisco ASA");
  expect(sourceName({ vendor: "Acme", product: "", sourcetype: "acme:door" })).toBe("Acme");
  expect(sourceName({ vendor: "", product: "", sourcetype: "acme:door" })).toBe("acme:door");
});

test("no minute has sixty seconds", () => {
  const now = new Date("2026-01-02T03:04:05Z");
  const before = (seconds: number) => agoText(new Date(now.getTime() - seconds * 1000), now);
  expect([59.7, 119, 3599, 86_399].map(before)).toEqual(["1 min. ago", "1 min. ago", "59 min. ago", "23 hr. ago"]);
});
