/** What a configuration file says of one agent; null = it does not say. */
export interface AgentConfiguration {
  readonly name: string
  /** An agent that is switched off is not answered. */
  readonly enabled: boolean
  /** Null = the default. */
  readonly model: string | null
  readonly timeoutMs: number | null
  /** Of an answer, in tokens. */
  readonly maxTokens: number | null
  readonly temperature: number | null
  /** How many of a session's last exchanges go along with a new question. */
  readonly contextWindowSize: number | null
}

/** A configuration file, checked. */
export interface Configuration {
  /** First part of the CloudWatch namespace, `{projectPrefix}/Models`. */
  readonly projectPrefix: string
  /** The region that models are called from; null = the environment says. */
  readonly region: string | null
  /** Null = the catalogue's default. */
  readonly defaultModel: string | null
  /** For agents that say nothing of their own. */
  readonly defaults: Omit<AgentConfiguration, 'name' | 'enabled' | 'model'>
  readonly agents: ReadonlyMap<string, AgentConfiguration>
  /** Where a value stands, `config/dev.yaml:7`; the file alone where it has no line. */
  readonly place: (path: readonly (string | number)[]) => string
}
