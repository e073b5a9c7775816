import { Button } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useHistogram } from "@/api";
import type { searchSearch } from "@/app/search-params";
import { Allowed, FilterChips, PageFrame, PanelLayout, safeLine } from "@/components";
import { columnsOf, columnsText, fieldPaths } from "./columns";
import { EventFacets } from "./EventFacets";
import { EventPanel } from "./EventPanel";
import { termsOf, withoutTerm } from "./query-text";
import { useSearchResults } from "./results";
import { SavedSearches } from "./SavedSearches";
import { SearchBox } from "./SearchBox";
import { SearchResults } from "./SearchResults";
import { TimeHistogram } from "./TimeHistogram";
import { TimePicker } from "./TimePicker";
import classes from "./search.module.css";

const route = getRouteApi("/shell/search");

/** Events by text, time and facet; one of them beside the list. The URL says all of it. */
export function SearchPage() {
  return (
    <Allowed permission="events.read">
      <Search />
    </Allowed>
  );
}

function Search() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { q = "", from, to, order = "newest", event } = search;
  const [isPaused, setPaused] = useState(false);
  const [isScrolled, setScrolled] = useState(false);
  const columns = useMemo(() => columnsOf(search.columns), [search.columns]);
  const filter = useMemo(() => ({ q: search.q, from, to }), [search.q, from, to]);
  const params = useMemo(() => ({ ...filter, order, columns: fieldPaths(columns) }), [filter, order, columns]);
  const isOn = search.live === true;
  const histogram = useHistogram(filter);
  const counted = histogram.isPlaceholderData ? undefined : histogram.data?.buckets;
  const results = withTotal(useSearchResults(params, isOn && !isPaused && !isScrolled), counted);

  /** Goes to another search; what is open beside it stays open. */
  const go = (change: Partial<typeof search>, replace = false) =>
    void navigate({ to: "/search", search: { ...search, ...change }, replace });
  const searchFor = (next: string) => {
    if (next === q) results.refresh();
    else go({ q: next === "" ? undefined : next });
  };
  const goToTime = (range: { from?: string | undefined; to?: string | undefined }) => {
    go({ from: range.from, to: range.to, ...(range.to !== undefined && { live: undefined }) });
  };
  const open = (id: string) => go({ event: id }, event !== undefined);
  const toggleTail = () => {
    setPaused(false);
    go({ live: isOn ? undefined : true, ...(!isOn && { order: undefined, to: undefined }) }, true);
  };

  const terms = termsOf(q);
  const chips = terms.map((term, at) => ({
    key: `${at} ${term.text}`,
    label: safeLine(term.text),
    onRemove: () => searchFor(withoutTerm(q, at)),
  }));
  return (
    <PageFrame
      title="Search"
      fill
      actions={<SavedSearches search={savedFrom(search)} />}
      toolbar={
        <>
          <div className={classes.tools}>
            <SearchBox q={q} onSearch={searchFor} error={results.error} />
            <TimePicker range={{ from, to }} onRange={goToTime} />
            <Button size="sm" variant="default" onClick={results.refresh}>
              Refresh
            </Button>
          </div>
          {terms.length > 1 && <FilterChips chips={chips} onClear={() => searchFor("")} />}
        </>
      }
    >
      <TimeHistogram
        histogram={histogram.data}
        error={histogram.error}
        onRetry={() => void histogram.refetch()}
        onRange={goToTime}
      />
      <div className={classes.page} data-open={event !== undefined}>
        <aside className={classes.sidebar} aria-label="Facets">
          <EventFacets filter={filter} onSearch={searchFor} />
        </aside>
        <PanelLayout
          name="search"
          panel={
            event && (
              <EventPanel
                eventId={event}
                onOpen={open}
                onClose={() => go({ event: undefined })}
                chat={{
                  isOpen: search.chat === true,
                  onOpenChange: (isOpen) => go({ chat: isOpen || undefined }, true),
                }}
              />
            )
          }
        >
          <SearchResults
            results={results}
            shown={{ ...filter, order, columns }}
            read={histogram.data}
            openId={event}
            onOpen={open}
            onColumns={(next) => go({ columns: columnsText(next) }, true)}
            onOrder={(next) =>
              go({ order: next === "newest" ? undefined : next, ...(next === "oldest" && { live: undefined }) })
            }
            onScrolled={setScrolled}
            onWiden={() => go({ from: undefined, to: undefined })}
            onClear={() => searchFor("")}
            tail={{ isOn, isPaused: isPaused || isScrolled, toggle: toggleTail, pause: () => setPaused(!isPaused) }}
          />
        </PanelLayout>
      </div>
    </PageFrame>
  );
}

/** A list does not wait for its total where that takes long; the counts over time have all of it. */
function withTotal(results: ReturnType<typeof useSearchResults>, buckets: readonly { count: number }[] | undefined) {
  if (results.isTotalExact || results.isStale || results.total === undefined || !buckets) return results;
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  return total < results.total ? results : { ...results, total, isTotalExact: true };
}

/** What is kept of a search under a name: all but the event that happens to be open. */
function savedFrom({ event: _, chat: __, live, ...kept }: ReturnType<typeof searchSearch>): Record<string, string> {
  const texts = { ...kept, live: live && "true" };
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
