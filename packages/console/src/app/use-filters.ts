import { useNavigate, useParams, useRouterState } from '@tanstack/react-router'

type Filters = { readonly [name: string]: string }

/**
 * What a page is filtered by, kept in its address, so that a link shows the same and going back undoes: names with their
 * defaults in, the present values and a setter out.
 */
export function useFilters<const Defaults extends Filters>(
  defaults: Defaults,
): readonly [
  { readonly [Name in keyof Defaults]: string },
  (changed: { readonly [Name in keyof Defaults]?: string }) => void,
] {
  const navigate = useNavigate()
  const search = useRouterState({
    select: (state): { readonly [name: string]: unknown } =>
      state.location.search as { readonly [name: string]: unknown },
  })
  const values = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, name in search ? String(search[name]) : value]),
  ) as { readonly [Name in keyof Defaults]: string }
  const set = (changed: { readonly [Name in keyof Defaults]?: string }): void => {
    // Other parts of the page have names of their own there.
    const withChanges = (present: object): object =>
      Object.fromEntries(
        Object.entries({ ...present, ...changed }).filter(
          ([name, value]) => String(value) !== defaults[name],
        ),
      )
    void navigate({ to: '.', search: withChanges, replace: true })
  }
  return [values, set]
}

/**
 * What stands in the address below the page's own path: of `/switches/sw-1` it is `sw-1`; empty = the page itself. As the router
 * read it: of an address with a broken escape (`/switches/50%`) that is none, and the page for it is shown.
 */
export const useBelow = (): string =>
  useParams({ strict: false, select: ({ _splat: below }: { readonly _splat?: string }) => below ?? '' })
