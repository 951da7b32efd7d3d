import { routeKey, type Alias } from '@pointsman/contract'
import {
  entriesAStep,
  pairOf,
  type CompileEditors,
  type CompileMaps,
  type CompileWork,
  type Steps,
} from './compile-index.ts'
import type { CompiledRoute, Named } from './compiled-snapshot.ts'
import type { EntryChange } from './entry-changes.ts'
import { LookedUp } from './looked-up.ts'

const rolePrefix = 'role/'

export function* compileAliases(changes: readonly EntryChange<Alias>[], work: CompileWork): Steps {
  const { edit, goneNames, problems } = work
  for (const [place, { key, before, after }] of changes.entries()) {
    if (place % entriesAStep === 0) yield
    if (before !== undefined) edit.aliasUsers.delete(pairOf(before.target, key))
    if (after === undefined) {
      edit.aliases.delete(key)
      goneNames.add(key)
      continue
    }
    if (key === '') problems.add('an alias has an empty name')
    edit.aliases.set(key, after.target)
    edit.aliasUsers.set(pairOf(after.target, key), true)
  }
}

/**
 * Aliases that changed, and those that lead to a name that is gone, must lead somewhere. They come first and may shadow
 * any other name, so an alias whose target is shadowed leads on to where that alias leads; a circle that is new has one
 * in it that changed. Each chain is walked once.
 */
export function* checkAliases(changes: readonly EntryChange<Alias>[], work: CompileWork): Steps {
  const { edit, goneNames, problems } = work
  for (const name of goneNames) {
    if (isName(edit, name)) continue
    const users = pairOf(name)
    for (const [pair] of edit.aliasUsers.beginning(users))
      problems.add(leadsNowhere(pair.slice(users.length), name))
    yield
  }
  const walked = new Set<string>()
  for (const [place, { key, after }] of changes.entries()) {
    if (place % entriesAStep === 0) yield
    if (after === undefined) continue
    if (!isName(edit, after.target)) problems.add(leadsNowhere(key, after.target))
    const circle = circleFrom(key, edit, walked)
    if (circle !== null) problems.add(`alias ${circle[0] ?? key} leads back to itself: ${circle.join(' → ')}`)
  }
}

const leadsNowhere = (alias: string, target: string): string =>
  `alias ${alias} leads to ${target}, which is no model and no route`

/** The circle to which an alias leads, from its least name back to it; null = none, or it was walked before. */
function circleFrom(start: string, edit: CompileEditors, walked: Set<string>): readonly string[] | null {
  const path: string[] = []
  const own = new Set<string>()
  let name = start
  for (;;) {
    const target = edit.aliases.get(name)
    if (target === undefined || walked.has(name)) break
    if (own.has(name)) {
      const circle = path.slice(path.indexOf(name))
      const least = circle.reduce((a, b) => (b < a ? b : a))
      const from = circle.indexOf(least)
      for (const passed of path) walked.add(passed)
      return [...circle.slice(from), ...circle.slice(0, from), least]
    }
    path.push(name)
    own.add(name)
    name = target
  }
  for (const passed of path) walked.add(passed)
  return null
}

type Has = Pick<ReadonlyMap<string, unknown>, 'has'>
type NameMaps = { readonly [Map in 'aliases' | 'models' | 'roles' | 'routes']: Has }

/** Whether a request may name this. */
function isName({ aliases, models, roles, routes }: NameMaps, name: string): boolean {
  if (aliases.has(name) || routes.has(name) || models.has(name)) return true
  if (name.startsWith(rolePrefix) && roles.has(name.slice(rolePrefix.length))) return true
  return routes.has(routeKey('use-case', name)) || routes.has(routeKey('agent', name))
}

/** What a name stands for that is no alias: route names, then model ids, then bare use cases, then bare agents. */
function ownNamed(
  maps: CompileMaps,
  routeOf: (key: string) => CompiledRoute | undefined,
  name: string,
): Named | undefined {
  const named = (
    route: CompiledRoute | undefined,
    by: (Named & { kind: 'route' })['by'],
  ): Named | undefined => (route === undefined ? undefined : { kind: 'route', route, by, viaAlias: false })
  const route = routeOf(name)
  if (route !== undefined) return named(route, route.kind)
  if (name.startsWith(rolePrefix)) {
    const useCase = maps.roles.get(name.slice(rolePrefix.length))
    if (useCase !== undefined) return named(routeOf(routeKey('use-case', useCase)), 'role')
  }
  const model = maps.models.get(name)
  if (model !== undefined) return { kind: 'model', model, viaAlias: false }
  return (
    named(routeOf(routeKey('use-case', name)), 'use-case') ?? named(routeOf(routeKey('agent', name)), 'agent')
  )
}

/** Every name that may stand in a request, followed to what it stands for. */
export function namesOf(
  maps: CompileMaps,
  routeOf: (key: string) => CompiledRoute | undefined,
): ReadonlyMap<string, Named> {
  const find = (written: string): Named | undefined => {
    let name = written
    // No circle was let through.
    for (let next = maps.aliases.get(name); next !== undefined; next = maps.aliases.get(name)) name = next
    const own = ownNamed(maps, routeOf, name)
    return own === undefined || name === written ? own : { ...own, viaAlias: true }
  }
  return new LookedUp(() => everyName(maps), find)
}

/** Each name once: a bare one is told with its longer form unless something stands before it. */
function* everyName(maps: CompileMaps): Generator<string, undefined> {
  yield* maps.aliases.keys()
  for (const key of maps.routes.keys()) if (!maps.aliases.has(key)) yield key
  for (const role of maps.roles.keys()) {
    const name = `${rolePrefix}${role}`
    if (!maps.aliases.has(name) && !maps.routes.has(name)) yield name
  }
  for (const id of maps.models.keys()) {
    const isRole = id.startsWith(rolePrefix) && maps.roles.has(id.slice(rolePrefix.length))
    if (!maps.aliases.has(id) && !maps.routes.has(id) && !isRole) yield id
  }
  for (const { kind, name } of maps.routes.values()) {
    if (kind === 'default' || maps.aliases.has(name) || maps.routes.has(name) || maps.models.has(name))
      continue
    if (kind === 'agent' && maps.routes.has(routeKey('use-case', name))) continue
    yield name
  }
}
