import { ModelManagerError } from '../model-manager-error.ts'
import type { AgentConfiguration, Configuration } from './configuration.ts'
import { parseConfiguration } from './parse-configuration.ts'
import { readConfigurationFile } from './read-configuration-file.ts'

export interface ConfigurationOptions {
  /** Where the files are; `config` below the working folder unless set. */
  readonly folder?: string
  /** The file's text, where there is no file to read. */
  readonly text?: string
}

/** Used where neither an agent nor the file says. */
const usualTimeoutMs = 60_000
const usualContextWindowSize = 10

/** The server's short name of an environment, and the file's. */
const longNames: { readonly [name: string]: string } = { prod: 'production' }
const environmentForm = /^[\w-]{1,64}$/

/**
 * The configuration of one environment, `config/{environment}.yaml`, read and checked once. Throws ModelManagerError
 * `invalid_configuration` that names the line of each mistake.
 */
export class ConfigurationManager {
  readonly environment: string
  readonly configuration: Configuration

  constructor(environment = 'dev', options: ConfigurationOptions = {}) {
    if (!environmentForm.test(environment)) {
      throw new ModelManagerError(
        'invalid_configuration',
        `The environment "${environment.slice(0, 64)}" should be letters, digits, - and _, such as dev, staging or production.`,
      )
    }
    this.environment = environment
    const { folder = 'config', text } = options
    this.configuration =
      text === undefined
        ? readEnvironment(environment, folder)
        : parseConfiguration(text, `${environment}.yaml`)
  }

  get projectPrefix(): string {
    return this.configuration.projectPrefix
  }

  /** The region of the file; null = it names none. */
  get region(): string | null {
    return this.configuration.region
  }

  /** Null = the catalogue's default, or the server's. */
  get defaultModel(): string | null {
    return this.configuration.defaultModel
  }

  get agentNames(): readonly string[] {
    return [...this.configuration.agents.keys()]
  }

  /** What holds for an agent, what it inherits filled in; one that the file does not name has the defaults. */
  getAgentConfig(
    agentName: string,
  ): AgentConfiguration & { readonly timeoutMs: number; readonly contextWindowSize: number } {
    const { agents, defaults } = this.configuration
    const agent = agents.get(agentName)
    return {
      name: agentName,
      enabled: agent?.enabled ?? true,
      model: agent?.model ?? null,
      timeoutMs: agent?.timeoutMs ?? defaults.timeoutMs ?? usualTimeoutMs,
      maxTokens: agent?.maxTokens ?? defaults.maxTokens,
      temperature: agent?.temperature ?? defaults.temperature,
      contextWindowSize: agent?.contextWindowSize ?? defaults.contextWindowSize ?? usualContextWindowSize,
    }
  }
}

function readEnvironment(environment: string, folder: string): Configuration {
  const names = [environment, longNames[environment]].filter((name) => name !== undefined)
  const paths = names.map((name) => `${folder}/${name}.yaml`)
  for (const path of paths) {
    const text = readConfigurationFile(path)
    if (text !== null) return parseConfiguration(text, path)
  }
  throw new ModelManagerError(
    'invalid_configuration',
    `There is no ${paths.join(' and no ')}. Write it, or name its folder: new ConfigurationManager('${environment}', { folder: '…' }).`,
  )
}
