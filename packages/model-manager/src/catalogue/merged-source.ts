import {
  modelId,
  partKinds,
  type Digests,
  type PartKind,
  type Route,
  type SnapshotEntries,
  type SnapshotManifest,
  type SnapshotPart,
} from '@pointsman/contract'
import { keyedOf, snapshotOfParts, spread, writePart, type WrittenPart } from '@pointsman/core'
import type { SnapshotSource } from '@pointsman/engine'
import type { Configuration } from '../configuration/configuration.ts'
import { agentRoutes } from './agent-routes.ts'
import type { Catalogue } from './local-catalogue.ts'
import type { SignedSnapshotReader } from '@pointsman/engine/signed-snapshot'

export interface MergedSourceParts {
  readonly reader: SignedSnapshotReader
  readonly configuration: Configuration
  readonly catalogue: Catalogue
  readonly digests: Digests
}

type KnownPart = Pick<WrittenPart, 'part' | 'reference'>

const partsAtOnce = 8

/**
 * The server's snapshot with what the configuration says where the server says nothing: agents that the server does not
 * have, the default of such agents, and models of theirs that it does not know. What did not change since is neither read nor
 * written again. A holder of mutable state: the parts of the present manifest.
 */
export function createMergedSource(parts: MergedSourceParts): SnapshotSource {
  let held: ReadonlyMap<string, SnapshotPart> = new Map()
  let last: { readonly of: SnapshotManifest; readonly merged: Merged } | null = null
  return {
    async latest() {
      const manifest = await parts.reader.manifest()
      if (last?.of === manifest) return last.merged.manifest
      const fetched = await fetchParts(manifest, held, parts.reader)
      held = new Map(fetched.map(({ part, reference }) => [reference.hash, part]))
      last = { of: manifest, merged: merge(manifest, fetched, parts) }
      return last.merged.manifest
    },
    parts: async (hashes) => hashes.flatMap((hash) => last?.merged.parts.get(hash) ?? []),
    // It is asked; nobody tells.
    onChange: () => () => undefined,
  }
}

async function fetchParts(
  manifest: SnapshotManifest,
  held: ReadonlyMap<string, SnapshotPart>,
  reader: SignedSnapshotReader,
): Promise<readonly KnownPart[]> {
  const known: KnownPart[] = []
  const { parts } = manifest
  for (let from = 0; from < parts.length; from += partsAtOnce) {
    const some = parts.slice(from, from + partsAtOnce).map(async (reference) => ({
      reference,
      part: held.get(reference.hash) ?? (await reader.part(reference.hash)),
    }))
    known.push(...(await Promise.all(some)))
  }
  return known
}

interface Merged {
  readonly manifest: SnapshotManifest
  readonly parts: ReadonlyMap<string, SnapshotPart>
}

function merge(
  { createdAtMs, revision }: SnapshotManifest,
  served: readonly KnownPart[],
  { catalogue, configuration, digests }: MergedSourceParts,
): Merged {
  const sha256Hex = (text: string): string => digests.sha256Hex(text)
  const write = <Kind extends PartKind>(kind: Kind, entries: SnapshotEntries[Kind]): readonly KnownPart[] =>
    spread(keyedOf(kind, entries)).map((some) => writePart(kind, some, sha256Hex))
  const routes = mergeRoutes(
    served.flatMap(({ part }) => (part.kind === 'routes' ? part.entries : [])),
    configuration,
  )
  const models = missingModels(routes, served, catalogue)
  const missing = new Set<string>(models.map(({ id }) => id))
  const all = [
    ...served.filter(({ part }) => part.kind !== 'routes'),
    ...write('routes', routes),
    ...write('models', models),
    ...write(
      'prices',
      catalogue.prices.filter((price) => missing.has(price.modelId)),
    ),
  ]
  const ordered = partKinds.flatMap((kind) => all.filter(({ part }) => part.kind === kind))
  const { manifest } = snapshotOfParts(ordered, { revision, createdAtMs, sha256Hex })
  return { manifest, parts: new Map(ordered.map(({ part, reference }) => [reference.hash, part])) }
}

/**
 * The server's agents stand as they are, one that inherits with what it inherits there. The default is the file's where it
 * names one: only agents of which the server says nothing come to it.
 */
function mergeRoutes(served: readonly Route[], configuration: Configuration): readonly Route[] {
  const fallback = served.find(({ kind }) => kind === 'default')
  const { defaultModel } = configuration
  const known = new Set(served.filter(({ kind }) => kind === 'agent').map(({ name }) => name))
  const own = agentRoutes(configuration).filter(({ name }) => !known.has(name))
  const settled =
    defaultModel === null || fallback === undefined
      ? served
      : served.map((route) =>
          route === fallback ? withTarget(route, defaultModel) : settle(route, fallback),
        )
  return [...settled, ...own]
}

/** Nothing of the server's default is left in it but its rules; a drill of that one is not this one's. */
const withTarget = ({ drill: _, ...route }: Route, model: string): Route => ({
  ...route,
  target: modelId(model),
  candidates: [],
  strategy: 'priority',
  fallbacks: null,
  switchId: null,
})

/** What a route would inherit, written into it: the default that it stands beside here is another one. */
function settle(route: Route, fallback: Route): Route {
  const picks = route.strategy !== 'priority' && route.candidates.length > 0
  if (route.target !== null || picks) return route
  const inheritsList = route.candidates.length === 0
  return {
    ...route,
    target: fallback.target,
    switchId: fallback.switchId,
    ...(inheritsList
      ? {
          candidates: fallback.candidates,
          strategy: fallback.strategy,
          fallbacks: route.fallbacks ?? fallback.fallbacks,
        }
      : {}),
  }
}

function missingModels(
  routes: readonly Route[],
  served: readonly KnownPart[],
  catalogue: Catalogue,
): Catalogue['models'] {
  const wanted = new Set<string>(routes.flatMap(({ target }) => (target === null ? [] : [target])))
  for (const { part } of served)
    if (part.kind === 'models') for (const { id } of part.entries) wanted.delete(id)
  return catalogue.models.filter(({ id }) => wanted.has(id))
}
