import type { JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'

/*
 * Codex groups tools under namespaces, one for each MCP server, and adds tools in items of the conversation (openai SDK
 * 6.49, `NamespaceTool`, `AdditionalTools`). Others know single tools alone: these are called by both names joined. A call
 * must come back with the two apart: Codex takes no joined name (openai/codex issue 23186, run 2026-08).
 */

/** All names of tools must fit what every vendor takes: at most 64 letters, digits, `_` and `-`. */
const longestName = 64
const between = '__'

export interface OwnName {
  readonly namespace: string
  readonly name: string
}

export interface DeclaredTool {
  readonly tool: JsonObject
  readonly path: string
  /** What it stands in; null = by itself. */
  readonly group: JsonObject | null
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (isJsonArray(value) ? value : [])

const isFunction = (tool: JsonValue): tool is JsonObject => isJsonObject(tool) && tool['type'] === 'function'

/** Tools that are not called with JSON make a group OpenAI's own, whole. */
const isGroup = (tool: JsonObject): boolean =>
  tool['type'] === 'namespace' &&
  typeof tool['name'] === 'string' &&
  isJsonArray(tool['tools']) &&
  tool['tools'].every(isFunction)

function* ungrouped(tools: JsonValue | undefined, path: string): Generator<DeclaredTool> {
  for (const [index, tool] of listOf(tools).entries()) {
    const place = `${path}[${index}]`
    if (!isJsonObject(tool)) continue
    if (!isGroup(tool)) yield { tool, path: place, group: null }
    else {
      for (const [at, member] of listOf(tool['tools']).entries()) {
        if (isJsonObject(member)) yield { tool: member, path: `${place}.tools[${at}]`, group: tool }
      }
    }
  }
}

/** Whatever of a request has `tools`: itself, and items of it. `path`: of what has them. */
export function* holdersOfTools(
  body: JsonObject,
): Generator<{ readonly holder: JsonObject; readonly path: string }> {
  yield { holder: body, path: '' }
  for (const [index, item] of listOf(body['input']).entries()) {
    if (isJsonObject(item) && item['type'] === 'additional_tools')
      yield { holder: item, path: `input[${index}]` }
  }
}

/** Every tool that a request declares, of its items too. */
export function* declaredTools(body: JsonObject): Generator<DeclaredTool> {
  for (const { holder, path } of holdersOfTools(body))
    yield* ungrouped(holder['tools'], path === '' ? 'tools' : `${path}.tools`)
}

const joined = (namespace: string, name: string): string =>
  `${namespace}${namespace.endsWith(between) ? '' : between}${name}`.replace(/[^A-Za-z0-9_-]/g, '_')

const keyOf = ({ namespace, name }: OwnName): string => JSON.stringify([namespace, name])

/** The names under which other vendors know a request's tools: the same in every turn, as long as the tools are. */
export class ToolNames {
  readonly #joined = new Map<string, string>()
  readonly #own = new Map<string, OwnName>()

  constructor(body: JsonObject) {
    const grouped: OwnName[] = []
    const taken = new Set<string>()
    for (const { tool, group } of declaredTools(body)) {
      const name = tool['name']
      if (typeof name !== 'string') continue
      if (group === null) taken.add(name)
      else if (typeof group['name'] === 'string') grouped.push({ namespace: group['name'], name })
    }
    for (const own of grouped) this.#add(own, taken)
  }

  #add(own: OwnName, taken: Set<string>): void {
    const key = keyOf(own)
    if (this.#joined.has(key)) return
    const whole = joined(own.namespace, own.name)
    let made = whole.slice(0, longestName)
    for (let count = 2; taken.has(made); count += 1) {
      const ending = `_${count}`
      made = whole.slice(0, longestName - ending.length) + ending
    }
    taken.add(made)
    this.#joined.set(key, made)
    this.#own.set(made, own)
  }

  /** Of one that is no longer declared, too. */
  joined(own: OwnName): string {
    return this.#joined.get(keyOf(own)) ?? joined(own.namespace, own.name).slice(0, longestName)
  }

  /** As a call is told to the caller. */
  toldAs(name: string): { readonly name: string; readonly namespace?: string } {
    return this.#own.get(name) ?? { name }
  }
}
