import { modelId, type Route, type SnapshotEntries } from '@pointsman/contract'

/** One model of each vendor, and one that stands in where it fails. */
export const vendors = {
  bedrock: 'eu.anthropic.claude-sonnet-5-5',
  openai: 'gpt-4.1',
  anthropic: 'claude-sonnet-5-5',
  google: 'gemini-3.5-flash',
} as const
export type VendorName = keyof typeof vendors
export const vendorNames = Object.keys(vendors) as readonly VendorName[]

/** Routes whose model is a vendor's: `openai-alone` has no fallback, `openai-backed` has the spare one. */
export const aloneRoute = (vendor: VendorName): string => `${vendor}-alone`
export const backedRoute = (vendor: VendorName): string => `${vendor}-backed`

export function withVendorRoutes(entries: SnapshotEntries, spare: string): SnapshotEntries {
  const like = entries.routes.find(({ name }) => name === 'operations')
  if (like === undefined) throw new Error('the catalogue has no route operations')
  const routes = vendorNames.flatMap((vendor): readonly Route[] => {
    const target = modelId(vendors[vendor])
    const route = { ...like, target, candidates: [{ modelId: target, weight: 1 }], residency: null }
    return [
      { ...route, name: aloneRoute(vendor), fallbacks: [] },
      { ...route, name: backedRoute(vendor), fallbacks: [modelId(spare)] },
    ]
  })
  return { ...entries, routes: [...entries.routes, ...routes] }
}
