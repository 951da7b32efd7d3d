import {
  ConfigurationManager,
  ModelManager,
  type PlatformModelManager,
  type Session,
} from '@pointsman/model-manager'
import { supplyChainAgents, type SupplyChainAgent } from './agents.ts'

/** Who asks: in which words they are answered, and whom they ask where the question does not say. */
const personas = {
  warehouse_manager: { tone: 'Answer in short steps for the floor.', agent: 'inventory_optimizer' },
  field_engineer: { tone: 'Answer with what to do on site.', agent: 'logistics_planner' },
  procurement_specialist: { tone: 'Answer with figures and terms.', agent: 'supplier_analyzer' },
  analyst: { tone: 'Answer with the data behind it.', agent: 'sql_agent' },
} as const

export type Persona = keyof typeof personas

export interface OrchestratedQuery {
  readonly query: string
  readonly persona: Persona
  readonly sessionId: string
}

export interface OrchestratedAnswer {
  readonly agentName: string
  readonly response: string
}

/** Sessions that are remembered; the one that was not used for the longest goes. */
const maxSessions = 1_000

/** Hands each question to the agent that it concerns, with what was said before in its session. */
export class SupplyChainOrchestrator {
  readonly modelManager: PlatformModelManager
  readonly #agents: readonly SupplyChainAgent[]
  readonly #sessions = new Map<string, Session>()

  constructor(modelManager: PlatformModelManager = new ModelManager(new ConfigurationManager('dev'))) {
    this.modelManager = modelManager
    this.#agents = supplyChainAgents(modelManager)
  }

  async processQuery({ persona, query, sessionId }: OrchestratedQuery): Promise<OrchestratedAnswer> {
    const { agent: usual, tone } = personas[persona]
    const agent = this.#agentFor(query, usual)
    const session = this.#sessionOf(agent, sessionId)
    const { response } = await agent.processQuery(query, sessionId, { tone, session })
    return { agentName: agent.agentName, response }
  }

  /** The agent whose topics the question names most, else the persona's own. */
  #agentFor(query: string, usual: string): SupplyChainAgent {
    const [best] = this.#agents.toSorted((one, other) => other.concerns(query) - one.concerns(query))
    const own = this.#agents.find(({ agentName }) => agentName === usual)
    const chosen = best !== undefined && best.concerns(query) > 0 ? best : own
    if (chosen === undefined) throw new Error(`there is no agent ${usual}`)
    return chosen
  }

  #sessionOf(agent: SupplyChainAgent, sessionId: string): Session {
    const key = JSON.stringify([agent.agentName, sessionId])
    const session = this.#sessions.get(key) ?? agent.openSession(sessionId)
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#sessions.delete(oldest)
    return session
  }
}
