import {
  BaseAgent,
  type AgentAnswer,
  type PlatformModelManager,
  type Session,
} from '@pointsman/model-manager'

/** What the orchestrator hands an agent beside the question. */
export interface AgentContext {
  /** The words in which the one who asks is to be answered. */
  readonly tone: string
  readonly session: Session
}

/** An agent of the supply chain: what it is asked about, and how its model is told what it is. */
export class SupplyChainAgent extends BaseAgent<AgentContext> {
  readonly #systemPrompt: string
  readonly #topics: readonly string[]

  constructor(
    agentName: string,
    modelManager: PlatformModelManager,
    { systemPrompt, topics }: { readonly systemPrompt: string; readonly topics: readonly string[] },
  ) {
    super(agentName, modelManager)
    this.#systemPrompt = systemPrompt
    this.#topics = topics
  }

  /** How many of its topics a question names. */
  concerns(query: string): number {
    const words = query.toLowerCase()
    return this.#topics.filter((topic) => words.includes(topic)).length
  }

  async processQuery(query: string, _sessionId: string, context?: AgentContext): Promise<AgentAnswer> {
    const tone = context === undefined ? '' : ` ${context.tone}`
    const response = await this.invokeBedrockModel({
      prompt: query,
      systemPrompt: `${this.#systemPrompt}${tone}`,
      ...(context === undefined ? {} : { session: context.session }),
    })
    return { response }
  }

  /** What was said to this agent in one session. */
  openSession(sessionId: string): Session {
    return this.newSession(sessionId)
  }
}

export const supplyChainAgents = (modelManager: PlatformModelManager): readonly SupplyChainAgent[] => [
  new SupplyChainAgent('sql_agent', modelManager, {
    systemPrompt: 'You write SQL for a supply chain database.',
    topics: ['sql', 'query', 'table', 'report', 'how many'],
  }),
  new SupplyChainAgent('inventory_optimizer', modelManager, {
    systemPrompt: 'You optimize stock: reorder points, safety stock, turnover.',
    topics: ['inventory', 'stock', 'reorder', 'turnover'],
  }),
  new SupplyChainAgent('logistics_planner', modelManager, {
    systemPrompt: 'You plan routes, loads and deliveries.',
    topics: ['route', 'delivery', 'truck', 'shipment', 'logistics'],
  }),
  new SupplyChainAgent('supplier_analyzer', modelManager, {
    systemPrompt: 'You judge suppliers: quality, lead times, risk.',
    topics: ['supplier', 'vendor', 'lead time', 'risk'],
  }),
]
