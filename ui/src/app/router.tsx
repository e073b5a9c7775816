import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Shell } from "./Shell";
import { HomePage } from "./HomePage";
import { NotFoundPage } from "./NotFoundPage";
import { PageError } from "./PageError";
import { PageSkeleton } from "@/components/Skeletons";
import * as search from "./search-params";
import { SignInPage } from "./SignInPage";

const root = createRootRouteWithContext<{ client: QueryClient }>()({ notFoundComponent: NotFoundPage });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/signin",
  validateSearch: search.signInSearch,
  component: SignInPage,
});

/** Everything behind the sign-in: navigation, banners, palette. */
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: HomePage,
});
const queue = createRoute({
  getParentRoute: () => shell,
  path: "/queue",
  validateSearch: search.queueSearch,
  component: lazyRouteComponent(() => import("@/pages/QueuePage"), "Page"),
});
const event = createRoute({
  getParentRoute: () => shell,
  path: "/events/$eventId",
  validateSearch: search.eventSearch,
  component: lazyRouteComponent(() => import("@/pages/EventPage"), "Page"),
});
const searchPage = createRoute({
  getParentRoute: () => shell,
  path: "/search",
  validateSearch: search.searchSearch,
  component: lazyRouteComponent(() => import("@/pages/SearchPage"), "Page"),
});
const dashboard = createRoute({
  getParentRoute: () => shell,
  path: "/dashboard",
  validateSearch: search.dashboardSearch,
  component: lazyRouteComponent(() => import("@/pages/DashboardPage"), "Page"),
});
const knowledge = createRoute({
  getParentRoute: () => shell,
  path: "/knowledge",
  validateSearch: search.knowledgeSearch,
  component: lazyRouteComponent(() => import("@/pages/KnowledgePage"), "Page"),
});
const chat = createRoute({
  getParentRoute: () => shell,
  path: "/chat",
  validateSearch: search.chatSearch,
  component: lazyRouteComponent(() => import("@/pages/ChatPage"), "Page"),
});
/** Shown by the page of the chat itself, which stays when a new conversation gets its address. */
const conversation = createRoute({ getParentRoute: () => chat, path: "$conversationId" });
const tryIt = createRoute({
  getParentRoute: () => shell,
  path: "/try",
  validateSearch: search.trySearch,
  component: lazyRouteComponent(() => import("@/pages/TryItPage"), "Page"),
});
const evals = createRoute({
  getParentRoute: () => shell,
  path: "/evals",
  validateSearch: search.evalsSearch,
  component: lazyRouteComponent(() => import("@/pages/EvalsPage"), "Page"),
});
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  validateSearch: search.settingsSearch,
  component: lazyRouteComponent(() => import("@/pages/SettingsPage"), "Page"),
});

const routeTree = root.addChildren([
  signIn,
  shell.addChildren([
    home,
    queue,
    event,
    searchPage,
    dashboard,
    chat.addChildren([conversation]),
    knowledge,
    tryIt,
    evals,
    settings,
  ]),
]);

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    parseSearch: search.parseSearch,
    stringifySearch: search.stringifySearch,
    defaultPreload: "intent",
    defaultPendingComponent: PageSkeleton,
    defaultPendingMs: 200,
    defaultErrorComponent: PageError,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
