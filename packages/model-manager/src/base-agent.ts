import type { InvokeRequest, Message, ModelResponse, StreamEvent } from './invocation/messages.ts'
import type { PlatformModelManager } from './model-manager.ts'
import { joined, resultsOfUncalled, Session } from './session.ts'

export interface AgentRequest extends Omit<InvokeRequest, 'agentName' | 'messages' | 'sessionId'> {
  readonly prompt: string
  /** The session's last exchanges go along, and this one is added to it. */
  readonly session?: Session
}

export interface AgentAnswer {
  readonly response: string
}

/** An agent: its name decides which model answers it. Extend it with a `processQuery` of your own. */
export abstract class BaseAgent<Context = unknown> {
  readonly agentName: string
  protected readonly modelManager: PlatformModelManager

  constructor(agentName: string, modelManager: PlatformModelManager) {
    this.agentName = agentName
    this.modelManager = modelManager
  }

  /** Answers one query of a session. */
  abstract processQuery(query: string, sessionId: string, context?: Context): Promise<AgentAnswer>

  /** The model's answer as text. Rejects with ModelManagerError. */
  protected async invokeBedrockModel(request: AgentRequest): Promise<string> {
    return (await this.invokeModel(request)).text
  }

  /** The same with usage, cost and all blocks of the answer. */
  protected async invokeModel({ prompt, session, ...rest }: AgentRequest): Promise<ModelResponse> {
    const turn = turnOf(prompt, session)
    const response = await this.modelManager.invokeModel({
      ...rest,
      ...this.#asked(turn, session),
    })
    remember(session, turn, response)
    return response
  }

  /** The same piece by piece. */
  protected async *streamModel({
    prompt,
    session,
    ...rest
  }: AgentRequest): AsyncGenerator<StreamEvent, void, undefined> {
    const turn = turnOf(prompt, session)
    for await (const event of this.modelManager.streamModel({ ...rest, ...this.#asked(turn, session) })) {
      if (event.type === 'end') remember(session, turn, event.response)
      yield event
    }
  }

  /** A session that remembers as many exchanges as are configured for this agent. */
  protected newSession(sessionId: string): Session {
    const { contextWindowSize } = this.modelManager.config.getAgentConfig(this.agentName)
    return new Session(sessionId, contextWindowSize)
  }

  #asked(
    turn: readonly Message[],
    session?: Session,
  ): Pick<InvokeRequest, 'agentName' | 'messages' | 'sessionId'> {
    return {
      agentName: this.agentName,
      messages: joined([...(session?.messages ?? []), ...turn]),
      ...(session === undefined ? {} : { sessionId: session.sessionId }),
    }
  }
}

const turnOf = (prompt: string, session: Session | undefined): readonly Message[] => [
  ...resultsOfUncalled(session?.messages ?? []),
  { role: 'user', content: [{ text: prompt }] },
]

/** Vendors refuse a message without blocks and a blank block of text: kept, it would fail every later call of the session. */
function remember(session: Session | undefined, turn: readonly Message[], { content }: ModelResponse): void {
  const said = content.filter(({ text }) => text === undefined || text.trim() !== '')
  if (said.length > 0) session?.add([...turn, { role: 'assistant', content: said }])
}
