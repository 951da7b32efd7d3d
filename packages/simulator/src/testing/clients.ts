import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import type { ConverseStreamCommandInput, ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { startSimulator } from '../simulator.ts'
import type { Simulator, SimulatorOptions } from '../simulator.ts'
import { sampleModels } from './sample-models.ts'

export const accessKey = { accessKeyId: 'AKIASIMULATED0000001', secretAccessKey: 'secret/of+the+simulator' }
export const bearerToken = 'ABSKsimulated-token'

/** A simulator as the tests want it: no latency, one key pair, one token. */
export function startForTest(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return startSimulator({
    models: sampleModels,
    credentials: { accessKeys: [accessKey], bearerTokens: [bearerToken] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
    ...options,
  })
}

/** The official client over HTTP/2 (its default on plain http) or HTTP/1.1, without its own retries. */
export function awsClient(
  simulator: Simulator,
  options: { readonly http1?: boolean; readonly region?: string } = {},
): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint: simulator.url,
    region: options.region ?? 'eu-central-1',
    credentials: accessKey,
    maxAttempts: 1,
    ...(options.http1 === true ? { requestHandler: new NodeHttpHandler() } : {}),
  })
}

/** All events of a stream until it ends, with the error that ended it, if one did. */
export async function streamEvents(
  client: BedrockRuntimeClient,
  input: ConverseStreamCommandInput,
): Promise<{ readonly events: readonly ConverseStreamOutput[]; readonly error: Error | null }> {
  const { stream } = await client.send(new ConverseStreamCommand(input))
  const events: ConverseStreamOutput[] = []
  try {
    for await (const event of stream ?? []) events.push(event)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { events, error }
  }
  return { events, error: null }
}

/** The text that a stream's deltas spell. */
export function streamedText(events: readonly ConverseStreamOutput[]): string {
  return events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('')
}

/** The names of the events, in order. */
export function eventNames(events: readonly ConverseStreamOutput[]): readonly string[] {
  return events.map((event) => Object.keys(event).find((key) => key !== '$unknown') ?? 'unknown')
}

/** A bearer call by plain HTTP/1.1. */
export function post(
  simulator: Simulator,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${simulator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearerToken}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** One user message. */
export function said(text: string): { role: 'user'; content: { text: string }[] }[] {
  return [{ role: 'user', content: [{ text }] }]
}
