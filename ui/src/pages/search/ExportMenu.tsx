import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { exportUrl, type ExportFormat } from "@/api";
import { RefusalTooltip } from "@/components";

const FORMATS: readonly { format: ExportFormat; label: string; about: string }[] = [
  { format: "jsonl", label: "JSONL", about: "one JSON object a line" },
  { format: "csv", label: "CSV", about: "for spreadsheets" },
  { format: "parquet", label: "Parquet", about: "for data frames" },
];

interface Props {
  /** What is shown: the search with its time, columns and order. */
  shown: Parameters<typeof exportUrl>[1];
  total: number | undefined;
}

/** Files with exactly the events and columns that are shown. */
export function ExportMenu({ shown, total }: Props) {
  return (
    <RefusalTooltip permission="export">
      {(disabled) => (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button variant="default" leftSection={<IconDownload size={14} />} disabled={disabled || total === 0}>
              Export
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {total !== undefined && <Menu.Label>{total.toLocaleString()} events, the columns shown</Menu.Label>}
            {FORMATS.map(({ format, label, about }) => (
              <Menu.Item key={format} component="a" href={exportUrl(format, shown)} download>
                {label}, {about}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </RefusalTooltip>
  );
}
