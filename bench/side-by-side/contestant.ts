/** One of those that are measured side by side: it stands between the load and the upstream. */
export interface Contestant {
  readonly name: string
  /** Where its OpenAI chat completions are: `http://127.0.0.1:1234/v1`. */
  readonly baseUrl: string
  /** What it wants beside content type and body. */
  readonly headers: { readonly [name: string]: string }
  /** Its processes by what they do; the first is the one that carries requests. Empty = there is none in between. */
  readonly parts: readonly Part[]
  /** What a load names as the model. */
  readonly model: string
  /** Resolves once it has no work left over from the requests before. */
  settled(): Promise<void>
  stop(): Promise<void>
}

export interface Part {
  readonly name: string
  readonly pids: readonly number[]
}

export const nothingLeft = (): Promise<void> => Promise.resolve()
