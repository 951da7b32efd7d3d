import type { Alias } from '@pointsman/contract'
import type { CompiledModel, CompiledRoute, Named } from './compiled-snapshot.ts'
import type { CompiledRoutes } from './compile-routes.ts'

/** What every name without an alias stands for: route names, then model ids, then bare use cases, then bare agents. */
function ownNames(
  models: ReadonlyMap<string, CompiledModel>,
  compiled: CompiledRoutes,
  roles: ReadonlyMap<string, CompiledRoute>,
): Map<string, Named> {
  const names = new Map<string, Named>()
  const add = (name: string, named: Named): void => {
    if (!names.has(name)) names.set(name, named)
  }
  for (const [key, route] of compiled.routes)
    add(key, { kind: 'route', route, by: route.kind, viaAlias: false })
  for (const [role, route] of roles)
    add(`role/${role}`, { kind: 'route', route, by: 'role', viaAlias: false })
  for (const [id, model] of models) add(id, { kind: 'model', model, viaAlias: false })
  for (const [name, route] of compiled.useCases)
    add(name, { kind: 'route', route, by: 'use-case', viaAlias: false })
  for (const [name, route] of compiled.agents)
    add(name, { kind: 'route', route, by: 'agent', viaAlias: false })
  return names
}

/** Alias → target as written, with doubles told. */
export function compileAliases(entries: readonly Alias[], problems: string[]): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>()
  for (const { name, target } of entries) {
    if (aliases.has(name)) problems.push(`alias ${name} stands twice`)
    if (name === '') problems.push('an alias has an empty name')
    aliases.set(name, target)
  }
  return aliases
}

/**
 * Every name that may stand in a request. Aliases come first and may shadow any other name, so an alias whose
 * target is shadowed leads on to where that alias leads. Each chain is walked once.
 */
export function compileNames(
  models: ReadonlyMap<string, CompiledModel>,
  compiled: CompiledRoutes,
  roles: ReadonlyMap<string, CompiledRoute>,
  chain: { readonly aliases: ReadonlyMap<string, string>; readonly problems: string[] },
): ReadonlyMap<string, Named> {
  const own = ownNames(models, compiled, roles)
  const reached = new Map<string, Named | null>()
  for (const start of chain.aliases.keys()) followAlias(start, { own, reached, ...chain })
  for (const [name, named] of reached) {
    if (named !== null) own.set(name, named)
  }
  return own
}

interface Walk {
  readonly aliases: ReadonlyMap<string, string>
  readonly own: ReadonlyMap<string, Named>
  /** Where each alias ends; null = nowhere, and told. Filled while walking. */
  readonly reached: Map<string, Named | null>
  readonly problems: string[]
}

function followAlias(start: string, walk: Walk): void {
  const path = new Set<string>()
  let name = start
  for (;;) {
    const known = walk.reached.get(name)
    const target = walk.aliases.get(name)
    if (known !== undefined) return settle(path, known, walk)
    if (path.has(name)) {
      walk.problems.push(`alias ${name} leads back to itself: ${[...path, name].join(' → ')}`)
      return settle(path, null, walk)
    }
    if (target === undefined) {
      const named = walk.own.get(name)
      if (named === undefined)
        walk.problems.push(`alias ${start} leads to ${name}, which is no model and no route`)
      return settle(path, named === undefined ? null : { ...named, viaAlias: true }, walk)
    }
    path.add(name)
    name = target
  }
}

function settle(path: ReadonlySet<string>, named: Named | null, walk: Walk): void {
  for (const name of path) walk.reached.set(name, named)
}
