import { columnOrderingFeature, columnVisibilityFeature, tableFeatures, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from "react";
import { useAction } from "@/shortcuts";
import { DataRow, type Column } from "./DataRow";
import { RowsSkeleton } from "./Skeletons";
import classes from "./DataTable.module.css";

interface Props<T> {
  /** What the rows are, for screen readers. */
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  /** Ids of the columns shown, in order; all when left out. */
  visible?: readonly string[] | undefined;
  activeKey?: string | null | undefined;
  onActive?: (row: T, key: string) => void;
  /** Enter or a double click on a row. */
  onOpen?: ((row: T) => void) | undefined;
  selected?: ReadonlySet<string> | undefined;
  /** `x` on the active row, or its check box. */
  onSelect?: ((row: T, key: string) => void) | undefined;
  rowHeight?: number;
  loading?: boolean;
  /** Shown in place of rows; say what to do next. */
  empty?: ReactNode;
  /** The last rows came into view: load more. */
  onEndReached?: (() => void) | undefined;
  /** Of all rows there are, where more can be loaded. */
  total?: number | undefined;
  /** j and k move, Enter opens, x selects: off while another part of the page has the keys. */
  keyboard?: boolean;
  rowTone?: (row: T) => "unsure" | "muted" | undefined;
}

const features = tableFeatures({ columnVisibilityFeature, columnOrderingFeature });
/** The table orders and hides columns. Rows go past it: a model of each would take long with a hundred thousand. */
const NO_ROWS: never[] = [];
const SELECT_WIDTH = 30;

/** Rows by the hundred thousand, read with the keyboard. */
export function DataTable<T extends object>(props: Props<T>) {
  const { label, rows, columns, rowKey, visible, onOpen, onSelect, selected, rowHeight = 30 } = props;
  const { loading = false, empty, onEndReached, total, keyboard = true, rowTone } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [ownActive, setOwnActive] = useState<string | null>(null);
  const activeKey = props.activeKey === undefined ? ownActive : props.activeKey;

  const table = useTable({
    features,
    data: NO_ROWS,
    columns: useMemo(
      () => columns.map((column) => ({ id: column.id, header: column.header, accessorFn: () => null })),
      [columns],
    ),
    state: useMemo(
      () => ({
        columnOrder: visible ? [...visible] : columns.map((column) => column.id),
        columnVisibility: Object.fromEntries(
          columns.map(({ id, fixed }) => [id, fixed ?? visible?.includes(id) ?? true]),
        ),
      }),
      [columns, visible],
    ),
  });
  const leaves = table.getVisibleLeafColumns();
  const shown = useMemo(() => {
    const byId = new Map(columns.map((column) => [column.id, column]));
    return leaves.flatMap((column) => byId.get(column.id) ?? []);
  }, [columns, leaves]);

  const keyAt = useCallback(
    (index: number) => {
      const row = rows[index];
      return row ? rowKey(row) : index;
    },
    [rows, rowKey],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: keyAt,
    overscan: 12,
    scrollPaddingStart: rowHeight,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? -1;
  useEffect(() => {
    // Early enough that scrolling seldom waits, late enough that a first page alone asks for no second.
    const ahead = Math.max(10, Math.min(150, rows.length / 4));
    if (rows.length > 0 && lastShown >= rows.length - ahead) onEndReached?.();
  }, [lastShown, rows.length, onEndReached]);

  const activeIndex = useMemo(
    () => (activeKey === null ? -1 : rows.findIndex((row) => rowKey(row) === activeKey)),
    [rows, rowKey, activeKey],
  );
  useEffect(() => {
    if (activeIndex >= 0) virtual.scrollToIndex(activeIndex, { align: "auto" });
  }, [activeIndex, virtual]);

  const activate = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    setOwnActive(rowKey(row));
    props.onActive?.(row, rowKey(row));
  };
  const active = rows[activeIndex];
  useAction("list.next", () => activate(activeIndex + 1), keyboard);
  useAction("list.previous", () => activate(activeIndex < 0 ? 0 : activeIndex - 1), keyboard);
  useAction("list.open", () => active && onOpen?.(active), keyboard && onOpen !== undefined);
  useAction("list.select", () => active && onSelect?.(active, rowKey(active)), keyboard && onSelect !== undefined);

  const onKeyDown = (event: KeyboardEvent) => {
    const pageful = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 300) / rowHeight) - 2);
    const target = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + pageful,
      PageUp: activeIndex - pageful,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (target === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    activate(target);
  };

  // The rows themselves hear nothing, so that one that has not changed need not be drawn again.
  const rowOf = (event: MouseEvent) => {
    const element = (event.target as Element).closest("[role=row]");
    return element ? Number(element.getAttribute("aria-rowindex")) - 2 : -1;
  };
  const onClick = (event: MouseEvent) => {
    const index = rowOf(event);
    const row = rows[index];
    if (!row) return;
    if (event.target instanceof HTMLInputElement) onSelect?.(row, rowKey(row));
    else activate(index);
  };
  const onDoubleClick = (event: MouseEvent) => {
    const row = rows[rowOf(event)];
    if (row && !(event.target instanceof HTMLInputElement)) onOpen?.(row);
  };

  const template = [
    ...(onSelect ? [`${SELECT_WIDTH}px`] : []),
    ...shown.map((column) => (column.grow ? `minmax(${column.width}px, ${column.grow}fr)` : `${column.width}px`)),
  ].join(" ");
  const minWidth = shown.reduce((sum, column) => sum + column.width, onSelect ? SELECT_WIDTH : 0);

  if (rows.length === 0) return <div className={classes.scroller}>{loading ? <RowsSkeleton rows={14} /> : empty}</div>;
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={(total ?? rows.length) + 1}
      aria-multiselectable={onSelect ? true : undefined}
      aria-activedescendant={active ? `${id}-${rowKey(active)}` : undefined}
      aria-busy={loading}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div className={classes.head} role="rowgroup" style={{ minWidth }}>
        <div
          className={classes.row}
          role="row"
          aria-rowindex={1}
          style={{ gridTemplateColumns: template, height: rowHeight }}
        >
          {onSelect && <span role="columnheader" className={classes.cell} aria-label="Selected" />}
          {shown.map((column) => (
            <span key={column.id} role="columnheader" className={classes.cell} data-align={column.align}>
              {column.header}
            </span>
          ))}
        </div>
      </div>
      {/* Keys work on the grid, which points to the active row (aria-activedescendant). */}
      {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions */}
      <div
        className={classes.body}
        role="rowgroup"
        style={{ height: virtual.getTotalSize(), minWidth }}
        onClick={onClick}
        onDoubleClick={onDoubleClick}
      >
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const key = rowKey(row);
          return (
            <DataRow
              key={key}
              id={`${id}-${key}`}
              row={row}
              index={item.index}
              top={item.start}
              height={item.size}
              columns={shown}
              template={template}
              isActive={key === activeKey}
              isSelected={onSelect ? (selected?.has(key) ?? false) : undefined}
              tone={rowTone?.(row)}
            />
          );
        })}
      </div>
    </div>
  );
}
