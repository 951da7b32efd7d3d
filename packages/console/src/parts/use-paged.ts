import { keepPreviousData, useInfiniteQuery, type QueryKey } from '@tanstack/react-query'
import type { Page } from '@pointsman/sdk'
import { useMemo } from 'react'
import type { More } from './data-table.tsx'

export interface Paged<Item> {
  readonly rows: readonly Item[]
  readonly more: More
  readonly isFirstLoad: boolean
  readonly error: unknown
  readonly retry: () => void
}

/** What is read anew after a change is bounded, unless somebody asked for more. */
const pagesByThemselves = 40

/**
 * A list of the server, page by page: `useClient().switches.list({ cursor, limit })`. The key begins with the resource, so that
 * the registry's changes have it read anew. `keepsRows`: those of the key before stand until the first of the new one come, so
 * that a heading which was pressed keeps the focus; not where the key says whose rows they are.
 */
export function usePaged<Item>(
  key: QueryKey,
  list: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
  { keepsRows = false }: { readonly keepsRows?: boolean } = {},
): Paged<Item> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => list(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    ...(keepsRows ? { placeholderData: keepPreviousData } : {}),
  })
  const {
    data,
    error,
    fetchNextPage,
    hasNextPage,
    isFetchingNextPage,
    isFetchNextPageError,
    isPending,
    isPlaceholderData,
    refetch,
  } = query
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data])
  return {
    rows,
    more: {
      hasMore: hasNextPage,
      isLoading: isFetchingNextPage || isPlaceholderData,
      isByButton: (data?.pages.length ?? 0) >= pagesByThemselves,
      problem: isFetchNextPageError ? error : null,
      load: () => void fetchNextPage(),
    },
    isFirstLoad: isPending,
    error,
    retry: () => void refetch(),
  }
}
