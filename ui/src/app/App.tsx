import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app.css";
import { useState } from "react";
import { RouterProvider } from "@tanstack/react-router";
import { createQueryClient } from "@/api/query";
import { Providers } from "./Providers";
import { createAppRouter } from "./router";

export function App() {
  const [client] = useState(createQueryClient);
  const [router] = useState(() => createAppRouter(client));
  return (
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>
  );
}
