import { startSimulator } from '../simulator.ts'
import type { Simulator, SimulatorOptions } from '../simulator.ts'
import { sampleModels } from './sample-models.ts'

export const anthropicKey = 'sk-ant-simulated'
export const sonnet = 'claude-sonnet-5-5'

/** A PNG of one pixel, and a JPEG's first bytes. */
export const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
export const jpeg = '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP=='
export const pdf = Buffer.from('%PDF-1.7\n%simulated\n%%EOF\n').toString('base64')

/** A simulator as the tests want it: no latency, one key. */
export function startAnthropic(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return startSimulator({
    models: sampleModels,
    credentials: { apiKeys: [anthropicKey], bearerTokens: ['bedrock-token'] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
    ...options,
  })
}

/** A request without any SDK. Headers that are null are left out. */
export function send(
  simulator: Simulator,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string | null>> = {},
): Promise<Response> {
  const all: Readonly<Record<string, string | null>> = {
    'x-api-key': anthropicKey,
    'anthropic-version': '2023-06-01',
    ...headers,
  }
  const given = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
  return fetch(`${simulator.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...(Object.fromEntries(given) as Record<string, string>) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

/** One event of a stream, as it stood on the wire. */
export interface WireEvent {
  readonly name: string
  readonly data: Record<string, unknown>
}

/** The events of a whole stream; throws where one does not hold the form. */
export function wireEvents(text: string): readonly WireEvent[] {
  return text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => {
      const match = /^event: ([a-z_]+)\ndata: (\{.*\})$/.exec(frame)
      if (match === null) throw new Error(`not an event: ${frame}`)
      return { name: match[1] ?? '', data: JSON.parse(match[2] ?? '') as Record<string, unknown> }
    })
}
