import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from 'yaml'
import type { z } from 'zod'
import { ModelManagerError } from '../model-manager-error.ts'
import type { AgentConfiguration, Configuration } from './configuration.ts'
import {
  configurationSchema,
  sharedSettings,
  type AgentSection,
  type ConfigurationFile,
} from './configuration-schema.ts'

/** A larger file is no configuration: it is refused before it is parsed. */
export const maxConfigurationBytes = 1_048_576
const defaultPrefix = 'pointsman'

type Path = readonly (string | number)[]

/**
 * The text of a configuration file. `name` is what the file is called in messages. Throws ModelManagerError
 * `invalid_configuration` that names the line and what should stand there; of several mistakes each has its line.
 */
export function parseConfiguration(text: string, name: string): Configuration {
  const lines = new LineCounter()
  const size = new TextEncoder().encode(text).byteLength
  if (size > maxConfigurationBytes)
    throw wrong([`${name} has ${size} bytes; a configuration has at most ${maxConfigurationBytes}`])
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => `${name}:${lines.linePos(offset).line}`
  const broken = document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`)
  if (broken.length > 0) throw wrong(broken)
  refuseAliases(document, at)
  const place = (path: Path): string => placeOf(document, path, { at, name })
  const checked = configurationSchema.safeParse(document.toJS({ maxAliasCount: 0 }))
  if (!checked.success)
    throw wrong(
      checked.error.issues.map((issue) => `${placeOfIssue(issue, place)}: ${wordsOf(issue, document)}`),
    )
  return configurationOf(checked.data, place)
}

const wrong = (mistakes: readonly string[]): ModelManagerError =>
  new ModelManagerError('invalid_configuration', mistakes.map((mistake) => `${mistake}.`).join('\n'))

/** A few lines of aliases within aliases unfold to gigabytes; a configuration of agents needs none. */
function refuseAliases(document: Document, at: (offset: number) => string): void {
  visit(document, {
    Alias: (_key, alias) => {
      const where = at(alias.range?.[0] ?? 0)
      throw wrong([`${where}: the alias *${alias.source} is not taken here; write out what it stands for`])
    },
  })
}

/** Of the value, or where it is missing of the nearest section that stands. */
function placeOf(
  document: Document,
  path: Path,
  { at, name }: { readonly at: (offset: number) => string; readonly name: string },
): string {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(document, path.slice(0, length))
    if (offset !== null) return at(offset)
  }
  return name
}

/** Where the name of a member stands, so that a section is told by its first line; an item by itself. */
function offsetOf(document: Document, path: Path): number | null {
  const parent = document.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === last)
    return isPair(pair) && isNode(pair.key) ? (pair.key.range?.[0] ?? null) : null
  }
  const node = document.getIn(path, true)
  return isNode(node) ? (node.range?.[0] ?? null) : null
}

type Issue = z.core.$ZodIssue

function pathOf(issue: Issue): Path {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  return issue.code === 'unrecognized_keys' ? [...path, issue.keys[0] ?? ''] : path
}

const placeOfIssue = (issue: Issue, place: (path: Path) => string): string => place(pathOf(issue))

function wordsOf(issue: Issue, document: Document): string {
  const path = issue.path.map(String)
  const named = path.length === 0 ? 'the file' : path.join('.')
  if (issue.code === 'unrecognized_keys') return `${named}: ${issue.message}`
  const node = document.getIn(issue.path.map(stepOf), true)
  return `${named} ${issue.message}, not ${shown(node)}`
}

const stepOf = (step: PropertyKey): string | number => (typeof step === 'number' ? step : String(step))

const shownCharacters = 60

function shown(node: unknown): string {
  if (node === undefined || node === null) return 'missing'
  if (isAlias(node) || !isScalar(node)) return isMap(node) ? 'a mapping' : 'a list'
  if (node.value === null) return 'empty'
  const text = JSON.stringify(node.value)
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text
}

function configurationOf(file: ConfigurationFile, place: Configuration['place']): Configuration {
  const { default_model: defaultModel, ...sections } = file.agents
  const agents = new Map<string, AgentConfiguration>()
  for (const [name, section] of Object.entries(sections)) {
    if (!sharedSettings.has(name) && isAgent(section)) agents.set(name, agentOf(name, section))
  }
  return {
    projectPrefix: file.projectPrefix ?? file.project_prefix ?? defaultPrefix,
    region: file.region ?? null,
    defaultModel: defaultModel ?? null,
    defaults: settingsOf(file.agents),
    agents,
    place,
  }
}

const isAgent = (section: unknown): section is AgentSection => typeof section === 'object' && section !== null

const agentOf = (name: string, section: AgentSection): AgentConfiguration => ({
  name,
  enabled: section.enabled,
  model: section.model ?? null,
  ...settingsOf(section),
})

const settingsOf = (
  section: Pick<AgentSection, 'timeout_seconds' | 'max_tokens' | 'temperature' | 'context_window_size'>,
): Configuration['defaults'] => ({
  timeoutMs: section.timeout_seconds == null ? null : Math.round(section.timeout_seconds * 1_000),
  maxTokens: section.max_tokens ?? null,
  temperature: section.temperature ?? null,
  contextWindowSize: section.context_window_size ?? null,
})
