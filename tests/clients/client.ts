/** One client as its users use it: the vendor's own package, unchanged, with base URL and key. */
export interface Client {
  readonly name: string
  /** Asks in one turn. */
  plain(ask: Ask): Promise<Said>
  /** The same, streamed. */
  stream(ask: Ask): Promise<Said>
  /** Offers `weatherTool`, answers its call with `toolResult`, and gives what the model then says. */
  tools(ask: Ask): Promise<ToolTurn>
  /** The same with both turns streamed. */
  streamTools(ask: Ask): Promise<ToolTurn>
  /** Sends `pixel` with the question. */
  image(ask: Ask): Promise<Said>
  /** Asks for JSON of `citySchema`. */
  structured(ask: Ask): Promise<Said>
  /** Asks for a model that does not exist; gives what the client threw. */
  error(ask: Ask): Promise<Thrown>
}

export interface Ask {
  readonly model: string
  readonly text: string
}

export interface Said {
  readonly text: string
  /** Null where this client tells none. */
  readonly outputTokens: number | null
  /** The client's own word for the end. */
  readonly finish: string | null
}

export interface ToolTurn extends Said {
  readonly tool: string
  readonly arguments: unknown
}

export interface Thrown {
  readonly status: number | undefined
  readonly message: string
  /** The class of what was thrown. */
  readonly type: string
}

/** Where a client is pointed. */
export interface Place {
  /** Without a path. */
  readonly url: string
  readonly key: string
}

export const cells = ['plain', 'stream', 'tools', 'streamTools', 'image', 'structured', 'error'] as const
export type Cell = (typeof cells)[number]

export const toolQuestion = 'What is the weather in Berlin? Use the get_weather tool.'
export const toolResult = 'It has 21 degrees in Berlin.'
export const weather = {
  name: 'get_weather',
  description: 'The weather of a city',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
} as const

export const citySchema = {
  type: 'object',
  properties: { city: { type: 'string' }, inhabitants: { type: 'integer' } },
  required: ['city', 'inhabitants'],
  additionalProperties: false,
} as const

/** One red pixel. */
export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='

/** What a client threw, whatever its class. Fails where nothing was thrown. */
export async function thrownBy(call: () => Promise<unknown>): Promise<Thrown> {
  try {
    await call()
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown
    const { status, statusCode, $metadata } = thrown as {
      readonly status?: number
      readonly statusCode?: number
      readonly $metadata?: { readonly httpStatusCode?: number }
    }
    return {
      status: status ?? statusCode ?? $metadata?.httpStatusCode,
      message: thrown.message,
      type: thrown.constructor.name,
    }
  }
  throw new Error('the client threw nothing')
}
