import { notSupported } from "../../kernel/errors.ts";
import type { FilterCriteria } from "./mapping.ts";

/** Whether a function is to get a record. */
export type RecordFilter = (record: { readonly body?: string }) => boolean;

export function compileFilters(criteria: FilterCriteria | undefined): RecordFilter {
  const { Filters = [] } = criteria ?? {};
  if (Filters.length === 0) return () => true;
  throw notSupported("filters of mappings (FilterCriteria)", "Leave it out.");
}
