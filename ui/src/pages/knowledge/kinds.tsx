import { IconBook, IconCertificate, IconSitemap, type Icon } from "@tabler/icons-react";
import type { ChunkRow } from "@/api";
import classes from "./knowledge.module.css";

export type Kind = ChunkRow["kind"];
const KINDS: Record<Kind, { label: string; icon: Icon }> = {
  class: { label: "Class", icon: IconSitemap },
  guide: { label: "Guide", icon: IconBook },
  example: { label: "Example", icon: IconCertificate },
};

export function KindText({ kind }: { kind: Kind }) {
  const { label, icon: KindIcon } = KINDS[kind];
  return (
    <span className={classes.kind}>
      <KindIcon size={14} stroke={1.6} aria-hidden="true" />
      {label}
    </span>
  );
}
