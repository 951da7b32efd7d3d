import { PointsmanError, toPointsmanError } from '@pointsman/contract'
import { createFetchHandler, preflightHeaders } from '@pointsman/gateway'
import { systemClock } from '../serve/clock.ts'
import { createClosers } from '../serve/closers.ts'
import { createLog, type Log } from '../serve/log.ts'
import { openServerDatabase, type OpenDatabase } from './edge-registry.ts'
import { readEdgeSettings, type Environment } from './edge-settings.ts'
import { openHouse, type House } from './open-house.ts'

export interface EdgeParts {
  readonly environment: Environment
  readonly schemaVersion: string
  /** Lines of the log; absent = the console's errors, where platforms look for them. */
  readonly write?: (line: string) => void
  readonly openDatabase?: OpenDatabase
}

/** One function each, as platforms call them. They never reject. */
export interface Edge {
  readonly orchestrate: (request: Request) => Promise<Response>
  readonly manage: (request: Request) => Promise<Response>
  readonly chat: (request: Request) => Promise<Response>
  /** For tests: a platform ends a process by itself. Waits for what was still to be done. */
  close(): Promise<void>
}

/** The seeds' three functions. Nothing is opened before the first request. */
export function createEdge(parts: EdgeParts): Edge {
  const log = createLog('info', parts.write ?? ((line) => console.error(line.trimEnd())))
  const closers = createClosers(log)
  const works = new Set<Promise<unknown>>()
  const background = (work: Promise<unknown>): void => {
    works.add(work)
    void work.finally(() => works.delete(work))
    waitUntil(work)
  }
  const house = opening(parts, { log, closers, background })
  const serveChat = createFetchHandler({
    handle: async (exchange) => (await house()).gateway.handle(exchange),
    nowUs: systemClock.nowUs,
    onFailure: (error) => log('error', 'request_failed', { error }),
    pathOf: () => pathOf('bedrock-ai-chat'),
    onWork: background,
  })
  const serveControl = (name: string) => async (request: Request) => {
    const { control } = await house()
    return control.app.fetch(movedTo(request, pathOf(name)))
  }
  const door = (name: string, serve: (request: Request) => Promise<Response>) => {
    return async (request: Request): Promise<Response> => {
      // Needs neither a key nor a database, and a browser tells nothing of what went wrong with it.
      if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: preflightHeaders })
      try {
        requireOwnPath(request, name)
        await (await house()).freshen()
        return await serve(request)
      } catch (thrown) {
        return refuse(toPointsmanError(thrown), log)
      }
    }
  }
  return {
    orchestrate: door('orchestrate-bedrock-models', serveControl('orchestrate-bedrock-models')),
    manage: door('manage-bedrock-models', serveControl('manage-bedrock-models')),
    chat: door('bedrock-ai-chat', serveChat),
    async close() {
      while (works.size > 0) await Promise.allSettled(works)
      await closers.closeAll()
    },
  }
}

const pathOf = (name: string): string => `/functions/v1/${name}`

interface OpeningParts {
  readonly log: Log
  readonly closers: ReturnType<typeof createClosers>
  readonly background: (work: Promise<unknown>) => void
}

/** Opened once, by the first request; what failed to open is tried again by the next one. A holder of mutable state. */
function opening(parts: EdgeParts, { background, closers, log }: OpeningParts): () => Promise<House> {
  const { environment, openDatabase = openServerDatabase, schemaVersion } = parts
  const open = async (): Promise<House> => {
    const own = createClosers(log)
    try {
      const settings = readEdgeSettings(environment)
      const opened = await openHouse({
        ...{ settings, environment, log, schemaVersion, openDatabase, background, closers: own },
      })
      closers.add('house', () => own.closeAll())
      return opened
    } catch (error) {
      await own.closeAll()
      throw error
    }
  }
  let present: Promise<House> | null = null
  return () => {
    present ??= open().catch((error: unknown) => {
      present = null
      throw error
    })
    return present
  }
}

/** The platform's own word for work that outlasts an answer; elsewhere a process simply lives on. */
function waitUntil(work: Promise<unknown>): void {
  const { EdgeRuntime: platform } = globalThis as {
    readonly EdgeRuntime?: { readonly waitUntil?: (work: Promise<unknown>) => void }
  }
  platform?.waitUntil?.(work)
}

/** The platform calls a function with what comes after `/functions/v1`; before it others put more. */
function requireOwnPath(request: Request, name: string): void {
  const { pathname } = new URL(request.url)
  // No expression for the slashes at its end: it would begin anew at each slash of a path that is nothing else.
  const last = pathname.split('/').findLast((part) => part !== '')
  if (pathname === '/' || last === name) return
  throw new PointsmanError(
    'not_found',
    `Nothing answers at ${pathname}. This function answers at ${pathOf(name)}.`,
  )
}

function movedTo(request: Request, path: string): Request {
  const url = new URL(request.url)
  url.pathname = path
  return new Request(url, request)
}

/** In the form of the seeds' endpoints, readable by pages: nothing is open that could tell it better. */
function refuse(error: PointsmanError, log: Log): Response {
  log('error', 'not_answered', { error: error.cause instanceof Error ? error.cause : error })
  const { code, details, message, status } = error
  const retryAfterMs = details.retryAfterMs
  return Response.json(
    { success: false, action: null, error: { code, message } },
    {
      status,
      headers: {
        'access-control-allow-origin': '*',
        ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
      },
    },
  )
}
