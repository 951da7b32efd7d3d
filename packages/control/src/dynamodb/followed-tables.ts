import type { FollowedTable } from '@pointsman/registry'

/** What is followed, and how. */
export interface FollowedTables {
  /** A table `LLMModels-{env}`; null = none is followed. */
  readonly models: string | null
  /** A table `AgentRegistry-{env}`. */
  readonly agents: string | null
  /** Where they are, unless their name is an ARN. */
  readonly region: string
  /** Switches that are made here go into the tables. */
  readonly writeBack: boolean
}

export const tablesOf = ({ agents, models }: FollowedTables): readonly FollowedTable[] => [
  ...(models === null ? [] : [{ kind: 'models', name: models } as const]),
  ...(agents === null ? [] : [{ kind: 'agents', name: agents } as const]),
]
