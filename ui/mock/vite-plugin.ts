import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { createMockApi, type MockApi } from "./routes.ts";

const SERVED = /^\/(api|classify|ingest|healthz|readyz)(\/|\?|$)/;

/** Answers the routes of the service from memory: `npm run mock` needs no service. */
export function mockApi(): Plugin {
  const api = createMockApi();
  return {
    name: "mock-api",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!SERVED.test(request.url ?? "")) next();
        else if (request.url?.startsWith("/api/live")) live(api, request, response);
        else void answer(api, request, response);
      });
    },
  };
}

async function answer(api: MockApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const method = request.method ?? "GET";
  const init: RequestInit = { method };
  if (method !== "GET" && method !== "HEAD") init.body = Buffer.concat(parts).toString();
  const result = await api.handle(new Request(`http://mock${request.url ?? "/"}`, init));
  response.statusCode = result.status;
  result.headers.forEach((value, name) => response.setHeader(name, value));
  response.end(Buffer.from(await result.arrayBuffer()));
}

/** Server-sent events: greetings, a few decisions now and then, and the reviews made in other tabs. */
function live(api: MockApi, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  let seq = 0;
  let told = api.data.live.length;
  const tell = (name: string, data: unknown) =>
    response.write(`id: ${++seq}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  tell("hello", { seq });
  const decisions = setInterval(() => tell("decisions", { count: 3, needs_review: 1 }), 8000);
  const reviews = setInterval(() => {
    for (; told < api.data.live.length; told += 1) {
      const event = api.data.live[told];
      if (event) tell(event.name, event.data);
    }
  }, 300);
  request.on("close", () => {
    clearInterval(decisions);
    clearInterval(reviews);
  });
}
