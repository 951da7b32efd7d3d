import { PointsmanError } from '@pointsman/contract'
import { parseBaseUrl, type CompatibleServer } from '@pointsman/providers'

/** An operator's own server that speaks OpenAI's API, with the key that it takes. Models name it as their provider. */
export interface ConfiguredServer {
  readonly server: CompatibleServer
  /** The variable that holds its key; null = it takes none. */
  readonly keyVariable: string | null
  readonly key: string | null
}

const variable = 'POINTSMAN_OPENAI_COMPATIBLE'
const example = `[{"id":"vllm","baseUrl":"http://127.0.0.1:8000/v1","keyVariable":"VLLM_API_KEY"}]`
const members = ['id', 'baseUrl', 'keyVariable', 'keyHeader', 'query', 'deployments', 'responses']
const reserved = ['bedrock', 'openai', 'anthropic', 'google']

const wrong = (what: string): PointsmanError =>
  new PointsmanError('invalid_request', `${variable}: ${what} It takes a list like ${example}.`)

/** Keys stand in variables of their own, so that this one may be shown. */
export function readCompatibleServers(
  text: string | null,
  valueOf: (name: string) => string | null,
): readonly ConfiguredServer[] {
  if (text === null) return []
  let list: unknown
  try {
    // oxlint-disable-next-line no-restricted-properties -- the operator's own setting, and each member is checked below
    list = JSON.parse(text)
  } catch {
    throw wrong('this is not JSON.')
  }
  if (!Array.isArray(list)) throw wrong('this is not a list.')
  const servers = list.map((entry: unknown, index) => readServer(entry, index, valueOf))
  const ids = servers.map(({ server }) => server.id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw wrong(`the id "${twice}" stands twice.`)
  return servers
}

/** As the provider itself will read it: what it refuses must not pass the start. */
function isAddress(text: string): boolean {
  try {
    return parseBaseUrl(text, variable).origin !== 'null'
  } catch (error) {
    if (error instanceof PointsmanError) return false
    throw error
  }
}

function readServer(
  entry: unknown,
  index: number,
  valueOf: (name: string) => string | null,
): ConfiguredServer {
  if (typeof entry !== 'object' || entry === null) throw wrong(`entry ${index} is not an object.`)
  const unknown = Object.keys(entry).find((name) => !members.includes(name))
  if (unknown !== undefined) throw wrong(`entry ${index} has a member "${unknown}", which does not exist.`)
  const read = (name: string): string | null => {
    const value = (entry as { readonly [name: string]: unknown })[name]
    if (value === undefined || value === null) return null
    if (typeof value !== 'string' || value === '') throw wrong(`${name} of entry ${index} must be a text.`)
    return value
  }
  const id = read('id')
  if (id === null || !/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id) || reserved.includes(id)) {
    throw wrong(`id of entry ${index} must be a name in small letters, and none of ${reserved.join(', ')}.`)
  }
  const baseUrl = read('baseUrl')
  if (baseUrl === null || !isAddress(baseUrl)) {
    throw wrong(
      `baseUrl of "${id}" must be a URL without user, query and fragment; "query" has a place of its own.`,
    )
  }
  const keyHeader = read('keyHeader') ?? 'authorization'
  if (keyHeader !== 'authorization' && keyHeader !== 'api-key') {
    throw wrong(`keyHeader of "${id}" must be "authorization" or "api-key".`)
  }
  const flag = (name: string): boolean => {
    const value = (entry as { readonly [name: string]: unknown })[name] ?? false
    if (typeof value !== 'boolean') throw wrong(`${name} of "${id}" must be true or false.`)
    return value
  }
  const keyVariable = read('keyVariable')
  const server = {
    id,
    baseUrl: baseUrl.replace(/\/$/, ''),
    keyHeader,
    query: Object.fromEntries(new URLSearchParams(read('query') ?? '')),
    deployments: flag('deployments'),
    responses: flag('responses'),
    ...(keyVariable === null ? {} : { credentialHint: keyVariable }),
  } as const
  return { server, keyVariable, key: keyVariable === null ? null : valueOf(keyVariable) }
}
