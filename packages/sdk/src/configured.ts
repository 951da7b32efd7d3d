import { PointsmanApiError } from './api-error.ts'
import { connect, type CallOptions, type ConnectionOptions } from './connection.ts'
import {
  orchestrationOf,
  type Action,
  type Envelope,
  type ListedModel,
  type Order,
  type Orchestration,
  type RankedModel,
} from './orchestration.ts'

/*
 * The seeds' functions as they are written there, without a client in hand: `await orchestrate({ action: 'switch', … })`.
 * They speak to the server of the last `configure`, or to one named in their options.
 */

/** Mutable: the one server of the functions below. Owner: the program, which calls `configure` at its start. */
let configured: Orchestration | null = null

/** Names the server for the functions of this module. `createClient` needs none of it. */
export function configure(options: ConnectionOptions): void {
  configured = orchestrationOf(connect(options))
}

/** A call's own server; absent = the configured one. */
export type ServerOptions = CallOptions & { readonly server?: ConnectionOptions | undefined }

function orchestrationFor(options: ServerOptions | undefined): Orchestration {
  if (options?.server !== undefined) return orchestrationOf(connect(options.server))
  if (configured !== null) return configured
  const message = 'No server was named. Call configure({ url, key }) first, or pass { server: { url, key } }.'
  throw new PointsmanApiError(message, { statusCode: 0, code: 'not_configured' })
}

/** One action of `/functions/v1/orchestrate-bedrock-models`. Rejects with PointsmanApiError, which has `statusCode`. */
export const orchestrate = async <Name extends Action>(
  order: Order<Name>,
  options?: ServerOptions,
): Promise<Envelope<Name>> => orchestrationFor(options).orchestrate(order, options)

export async function orchestrateModelSwitch(
  useCase: string,
  options?: ServerOptions,
): Promise<Envelope<'auto-switch'>>
export async function orchestrateModelSwitch<Name extends Action>(
  order: Order<Name>,
  options?: ServerOptions,
): Promise<Envelope<Name>>
/** With a use case's name: its auto-switch. With an order: that action. */
export async function orchestrateModelSwitch(
  order: string | Order,
  options?: ServerOptions,
): Promise<Envelope> {
  const orchestration = orchestrationFor(options)
  return typeof order === 'string'
    ? orchestration.orchestrateModelSwitch(order, options)
    : orchestration.orchestrateModelSwitch(order, options)
}

/** The models that can be switched to now for a use case, best first; each has `model_id` and `why`. */
export const getModelsForUseCase = async (
  useCase: string,
  options?: ServerOptions,
): Promise<readonly RankedModel[]> => orchestrationFor(options).getModelsForUseCase(useCase, options)

/** Every enabled model; those past their end of life last and marked. */
export const getAvailableModels = async (options?: ServerOptions): Promise<readonly ListedModel[]> =>
  orchestrationFor(options).getAvailableModels(options)
