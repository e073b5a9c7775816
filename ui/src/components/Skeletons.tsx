import { Skeleton } from "@mantine/core";
import classes from "./Skeletons.module.css";

/** A page on its way. */
export function PageSkeleton({ label = "Loading" }: { label?: string }) {
  return (
    <div className={classes.page} role="status" aria-label={label} aria-busy="true">
      <Skeleton height={22} width={180} mb="md" />
      <RowsSkeleton rows={12} />
    </div>
  );
}

/** Rows on their way, as high as rows will be, so that nothing jumps. */
export function RowsSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <div aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={classes.row}>
          <Skeleton height={12} width={90} />
          <Skeleton height={12} width={`${60 - ((index * 7) % 30)}%`} />
          <Skeleton height={12} width={70} />
        </div>
      ))}
    </div>
  );
}

export function BlockSkeleton({ height }: { height: number }) {
  return <Skeleton height={height} aria-hidden="true" />;
}
