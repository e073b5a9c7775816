import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { mockApi } from "./mock/vite-plugin.ts";

const service = process.env.LOGATLAS_URL ?? "http://127.0.0.1:8000";
const proxied = ["/api", "/auth", "/classify", "/ingest", "/healthz", "/readyz", "/openapi.json", "/docs"];

/** The script that sets the theme before the first paint is no module, which Vite would leave out of the build. */
function beforePaint(): Plugin {
  const path = "src/app/before-paint.js";
  const source = readFileSync(new URL(path, import.meta.url), "utf8");
  const fileName = `assets/before-paint-${createHash("sha256").update(source).digest("hex").slice(0, 8)}.js`;
  return {
    name: "before-paint",
    apply: "build",
    transformIndexHtml: { order: "pre", handler: (html) => html.replace(`/${path}`, `/${fileName}`) },
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source });
    },
  };
}

export default defineConfig(({ mode }) => ({
  plugins: [react(), beforePaint(), ...(mode === "mock" ? [mockApi()] : [])],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy:
      mode === "mock"
        ? {}
        : {
            ...Object.fromEntries(proxied.map((path) => [path, { target: service }])),
            "/ws": { target: service, ws: true },
          },
  },
  build: { target: "es2023", sourcemap: false, chunkSizeWarningLimit: 700, assetsInlineLimit: 0, manifest: true },
  test: {
    environment: "jsdom",
    setupFiles: ["./test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "mock/**/*.test.ts"],
    css: false,
    restoreMocks: true,
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 60_000,
  },
}));
