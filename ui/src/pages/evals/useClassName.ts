import { useTaxonomy } from "@/api";

/** Gives the name of a class by its uid; the uid itself for one that the taxonomy does not know. */
export function useClassName(): (uid: number) => string {
  const classes = useTaxonomy().data?.classes;
  return (uid) => classes?.find((known) => known.uid === uid)?.caption ?? String(uid);
}
