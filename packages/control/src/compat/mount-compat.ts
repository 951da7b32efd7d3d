import { PointsmanError, type Principal } from '@pointsman/contract'
import type { Hono } from 'hono'
import { z } from 'zod'
import type { ControlHouse } from '../house.ts'
import { caught, errorHeaders } from '../http/error-answer.ts'
import { check } from '../http/check.ts'
import { crossOrigin, preflightFor } from '../http/cross-origin.ts'
import type { MountParts } from '../http/mount.ts'
import { readJson } from '../http/read-body.ts'
import { authorize } from '../keys/authenticate.ts'
import type { Action, ActionAnswer, Actions } from './action.ts'
import { manageActions } from './manage-actions.ts'
import { orchestrateActions } from './orchestrate-actions.ts'
import { respell } from './spellings.ts'

const methods = ['POST', 'OPTIONS']
const preflight = preflightFor(methods.join(', '))

interface CompatParts extends Omit<MountParts, 'basePath'> {
  /** What stands in front of their paths; nothing unless set. */
  readonly below?: string
}

/** The seeds' two endpoints, thin over the same services as the control API. */
export function mountCompat(app: Hono, house: ControlHouse, parts: CompatParts): void {
  const { below = '' } = parts
  const endpoints = {
    'orchestrate-bedrock-models': orchestrateActions(house),
    'manage-bedrock-models': manageActions(house),
  }
  for (const [name, actions] of Object.entries(endpoints)) {
    app.all(`${below}/functions/v1/${name}`, (context) => {
      const request = context.req.raw
      if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: preflight })
      return answer(request, actions, parts)
    })
  }
  app.all(`${below}/functions/v1/*`, (context) => answer(context.req.raw, null, parts))
}

async function answer(request: Request, actions: Actions | null, parts: CompatParts): Promise<Response> {
  let named: string | null = null
  try {
    const principal = await parts.entrance.authenticate(request.headers)
    if (actions === null)
      throw new PointsmanError(
        'not_found',
        `Nothing answers at ${new URL(request.url).pathname}. There are /functions/v1/orchestrate-bedrock-models and /functions/v1/manage-bedrock-models.`,
      )
    if (request.method !== 'POST')
      throw new PointsmanError('method_not_allowed', `This endpoint takes POST, not ${request.method}.`, {
        data: { methods },
      })
    const sent = await readJson(request, parts.maxBodyBytes)
    // `sent ?? {}` would take a null for an empty body, of which is told what is missing.
    const given = sent === undefined ? {} : sent
    const { action: name, ...body } = check(z.looseObject({ action: z.string() }), given, 'body')
    named = name
    const chosen = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (chosen === undefined) throw unknownAction(name, actions)
    authorize(principal, chosen.operation)
    const { data, notification } = await runRespelt(chosen, body, principal)
    return Response.json(
      { success: true, action: name, data, ...(notification == null ? {} : { notification }) },
      { headers: crossOrigin },
    )
  } catch (thrown) {
    const error = caught(thrown, parts.log, { operation: 'compat', action: named })
    return failure(error, named)
  }
}

async function runRespelt(chosen: Action, body: unknown, principal: Principal): Promise<ActionAnswer> {
  const respelt = respell(body)
  try {
    return await chosen.run(respelt.body, principal)
  } catch (thrown) {
    throw thrown instanceof PointsmanError ? respelt.original(thrown) : thrown
  }
}

function failure(error: PointsmanError, named: string | null): Response {
  const { code, message, details } = error
  const told = {
    code,
    message,
    ...(details.field === undefined ? {} : { field: details.field }),
    ...(details.suggestions === undefined || details.suggestions.length === 0
      ? {}
      : { suggestions: details.suggestions }),
    ...(details.data === undefined ? {} : { data: details.data }),
  }
  return Response.json(
    { success: false, action: named, error: told },
    { status: error.status, headers: { ...crossOrigin, ...errorHeaders(error) } },
  )
}

const unknownAction = (name: string, actions: Actions): PointsmanError =>
  new PointsmanError(
    'unknown_action',
    `Unknown action: ${name.slice(0, 100)}. "action" should be one of ${Object.keys(actions).join(', ')}.`,
    { field: 'action', suggestions: Object.keys(actions) },
  )
