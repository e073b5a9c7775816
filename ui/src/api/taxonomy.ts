import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "./client";
import type { Taxonomy, TaxonomyClass } from "./types";

export const taxonomyQuery = queryOptions({
  queryKey: ["taxonomy"],
  queryFn: ({ signal }) => api.get<Taxonomy>("/api/taxonomy", undefined, signal),
  staleTime: Infinity,
  gcTime: Infinity,
});

export function useTaxonomy() {
  return useQuery(taxonomyQuery);
}

export function useTaxonomyClass(uid: number | null | undefined): TaxonomyClass | undefined {
  return useTaxonomy().data?.classes.find((candidate) => candidate.uid === uid);
}
