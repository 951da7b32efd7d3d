import type { FallbackRule, Key, PartKind, Price, Route, SnapshotPart } from '@pointsman/contract'
import type { CompiledModel } from './compiled-model.ts'
import { SortedMap, type SortedMapEditor } from './sorted-map.ts'

/**
 * What a compiled snapshot stands on. The next one is made from it by what changed, and shares the rest; for that it
 * knows, beside the entries, who refers to whom. Keys of two names are made by `pairOf`.
 */
export interface CompileMaps {
  readonly models: SortedMap<CompiledModel>
  /** Base id and profile → the profile, where it is enabled. */
  readonly profileMembers: SortedMap<CompiledModel>
  /** Base id → calling region (or `*`) → the profile that serves it there. */
  readonly profiles: SortedMap<ReadonlyMap<string, CompiledModel>>
  /** Family group and model → the model, where it may be fallen back to. */
  readonly familyMembers: SortedMap<CompiledModel>
  /** By the group that falls back. */
  readonly rules: SortedMap<FallbackRule>
  readonly pricesById: SortedMap<Price>
  /** Model id → region (or `*`) → rows, oldest first. */
  readonly prices: SortedMap<ReadonlyMap<string, readonly Price[]>>
  readonly keysById: SortedMap<Key>
  readonly keysByDigest: SortedMap<Key>
  /**
   * By route key, as written: what a route takes from the default is filled in when it is looked up, so that a switch of
   * the default changes one entry.
   */
  readonly routes: SortedMap<Route>
  /** Keys of the routes that inherit the default's target. */
  readonly inheritors: SortedMap<true>
  /** Model and route key: the route names the model. */
  readonly modelUsers: SortedMap<true>
  /** Role → its use case. */
  readonly roles: SortedMap<string>
  /** Use case and role. */
  readonly roleUsers: SortedMap<true>
  /** Alias → its target as written. */
  readonly aliases: SortedMap<string>
  /** Target and alias. */
  readonly aliasUsers: SortedMap<true>
}

export interface CompileIndex extends CompileMaps {
  /** Of each kind the parts by their hash. */
  readonly parts: ReadonlyMap<PartKind, ReadonlyMap<string, SnapshotPart>>
}

export type CompileEditors = {
  readonly [Name in keyof CompileMaps]: CompileMaps[Name] extends SortedMap<infer Value>
    ? SortedMapEditor<Value>
    : never
}

/** What is filled while a snapshot is compiled. */
export interface CompileWork {
  readonly edit: CompileEditors
  /** Each one once, in the order in which they were found. */
  readonly problems: Set<string>
  /** Models that were enabled and are not now, or are gone. */
  readonly lostModels: Set<string>
  /** Names that may no longer stand for anything. */
  readonly goneNames: Set<string>
}

/** Work that may be left alone between two of its steps. */
export type Steps<Result = undefined> = Generator<undefined, Result>

/** How many entries are worked through in a step: a fraction of a millisecond. */
export const entriesAStep = 64

/** One key of two names, whatever they hold; those of one `first` begin with `pairOf(first)`. */
export const pairOf = (first: string, second = ''): string => `${first.length}:${first}${second}`

export const emptyMaps = (): CompileMaps => ({
  models: SortedMap.empty(),
  profileMembers: SortedMap.empty(),
  profiles: SortedMap.empty(),
  familyMembers: SortedMap.empty(),
  rules: SortedMap.empty(),
  pricesById: SortedMap.empty(),
  prices: SortedMap.empty(),
  keysById: SortedMap.empty(),
  keysByDigest: SortedMap.empty(),
  routes: SortedMap.empty(),
  inheritors: SortedMap.empty(),
  modelUsers: SortedMap.empty(),
  roles: SortedMap.empty(),
  roleUsers: SortedMap.empty(),
  aliases: SortedMap.empty(),
  aliasUsers: SortedMap.empty(),
})

export const editorsOf = (maps: CompileMaps): CompileEditors => ({
  models: maps.models.edit(),
  profileMembers: maps.profileMembers.edit(),
  profiles: maps.profiles.edit(),
  familyMembers: maps.familyMembers.edit(),
  rules: maps.rules.edit(),
  pricesById: maps.pricesById.edit(),
  prices: maps.prices.edit(),
  keysById: maps.keysById.edit(),
  keysByDigest: maps.keysByDigest.edit(),
  routes: maps.routes.edit(),
  inheritors: maps.inheritors.edit(),
  modelUsers: maps.modelUsers.edit(),
  roles: maps.roles.edit(),
  roleUsers: maps.roleUsers.edit(),
  aliases: maps.aliases.edit(),
  aliasUsers: maps.aliasUsers.edit(),
})

export const mapsOf = (edit: CompileEditors): CompileMaps => ({
  models: edit.models.done(),
  profileMembers: edit.profileMembers.done(),
  profiles: edit.profiles.done(),
  familyMembers: edit.familyMembers.done(),
  rules: edit.rules.done(),
  pricesById: edit.pricesById.done(),
  prices: edit.prices.done(),
  keysById: edit.keysById.done(),
  keysByDigest: edit.keysByDigest.done(),
  routes: edit.routes.done(),
  inheritors: edit.inheritors.done(),
  modelUsers: edit.modelUsers.done(),
  roles: edit.roles.done(),
  roleUsers: edit.roleUsers.done(),
  aliases: edit.aliases.done(),
  aliasUsers: edit.aliasUsers.done(),
})
