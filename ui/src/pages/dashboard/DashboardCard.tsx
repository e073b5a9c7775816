import { Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { BlockSkeleton, ErrorState } from "@/components";
import classes from "./dashboard.module.css";

interface Props<T> {
  title: string;
  /** What the figures are, in one line. */
  about?: string;
  tools?: ReactNode;
  query: UseQueryResult<T>;
  height: number;
  isEmpty?: (data: T) => boolean;
  /** What an empty card says. */
  empty?: string;
  wide?: boolean;
  children: (data: T) => ReactNode;
}

/** One part of the dashboard: a place of fixed height for figures on their way, missing or there. */
export function DashboardCard<T>({ title, about, tools, query, height, isEmpty, empty, wide, children }: Props<T>) {
  return (
    <section className={classes.card} data-wide={wide} aria-label={title} aria-busy={query.isFetching}>
      <header className={classes.head}>
        <div>
          <Title order={2} size="h3">
            {title}
          </Title>
          {about && (
            <Text size="xs" c="dimmed">
              {about}
            </Text>
          )}
        </div>
        {tools}
      </header>
      <div style={{ minHeight: height }}>
        {query.data === undefined ? (
          query.isError ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <BlockSkeleton height={height} />
          )
        ) : isEmpty?.(query.data) ? (
          <Text size="sm" c="dimmed" pt="md">
            {empty ?? "Nothing in this time."}
          </Text>
        ) : (
          children(query.data)
        )}
      </div>
    </section>
  );
}
