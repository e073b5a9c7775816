/** For component tests: the real providers and router over the mock API. */
import { QueryClient } from "@tanstack/react-query";
import {
  RouterProvider,
  createMemoryHistory,
  createRootRoute,
  createRouter,
  type AnyRouter,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { vi } from "vitest";
import { Providers } from "@/app/Providers";
import { createAppRouter } from "@/app/router";
import { listenToKeys } from "@/shortcuts";
import { createMockData, type MockData } from "../mock/data";
import { createMockApi, type MockApi } from "../mock/routes";

const NOW = new Date("2026-11-20T12:00:00Z");

/** Replaces fetch by a mock API; `api.data` is its state and may be changed. */
export function installMockApi(data: MockData = createMockData(60, NOW)): MockApi & { calls: Request[] } {
  const api = createMockApi(data);
  const calls: Request[] = [];
  vi.stubGlobal("fetch", async (input: string, init?: RequestInit) => {
    const { signal: _, ...rest } = init ?? {};
    const request = new Request(new URL(input, "http://localhost"), rest);
    calls.push(request.clone());
    return api.handle(request);
  });
  return { ...api, calls };
}

const testClient = () =>
  new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Infinity }, mutations: { retry: false } } });

/** The whole workbench at `url`, as an analyst opens it. */
export function renderApp(url: string) {
  const client = testClient();
  const history = createMemoryHistory({ initialEntries: [url] });
  const router = createAppRouter(client);
  router.update({ ...router.options, history, context: { client } });
  const view = render(
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...view, user: userEvent.setup(), client, router, history };
}

/** One component with providers, a router that knows no pages, and working keys. */
export async function renderPart(part: ReactElement) {
  const client = testClient();
  const root = createRootRoute({ component: () => part });
  const router: AnyRouter = createRouter({ routeTree: root, history: createMemoryHistory() });
  await router.load();
  listenToKeys();
  const view = render(
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...view, user: userEvent.setup(), client };
}
