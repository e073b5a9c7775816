import { memo, type ReactNode } from "react";
import classes from "./DataTable.module.css";

/** A column. `width` in pixels; what is left is shared by `grow`, and none gets less than its width. */
export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  width: number;
  grow?: number;
  /** Numbers stand at the end. */
  align?: "start" | "end";
  /** Cannot be hidden. */
  fixed?: boolean;
}

interface Props<T> {
  id: string;
  row: T;
  /** Its place among all rows, from 0. */
  index: number;
  top: number;
  height: number;
  columns: readonly Column<T>[];
  /** The widths of the columns, as CSS. */
  template: string;
  isActive: boolean;
  /** Undefined where rows cannot be selected. */
  isSelected: boolean | undefined;
  tone: "unsure" | "muted" | undefined;
}

function Row<T extends object>(props: Props<T>) {
  const { id, row, index, top, height, columns, template, isActive, isSelected, tone } = props;
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected ?? isActive}
      className={classes.row}
      data-active={isActive}
      data-tone={tone}
      style={{ gridTemplateColumns: template, height, transform: `translateY(${top}px)` }}
    >
      {isSelected !== undefined && (
        <span role="gridcell" className={classes.cell}>
          <input type="checkbox" aria-label="Select the row" checked={isSelected} tabIndex={-1} readOnly />
        </span>
      )}
      {columns.map((column) => (
        <span key={column.id} role="gridcell" className={classes.cell} data-align={column.align}>
          {column.cell(row)}
        </span>
      ))}
    </div>
  );
}

/** A row of a table; drawn again only when something of it changes, not when the table scrolls. */
export const DataRow = memo(Row) as typeof Row;
