import { expect } from 'vitest'
import { controlEndpoints } from '../api/endpoints.ts'
import type { ControlHouse } from '../house.ts'
import type { ReadEvent } from './read-events.ts'

// Only their declarations are read: no handler is called, so that no house is needed.
const endpoints = controlEndpoints({} as ControlHouse)

const basePath = '/api/v1'

/** Holds an answer to the schema that the OpenAPI document tells of it: nothing missing, nothing that it does not name. */
export function expectDocumented(method: string, url: string, status: number, body: unknown): void {
  const { pathname } = new URL(url, 'http://127.0.0.1')
  if (!pathname.startsWith(basePath) || status >= 300) return
  const endpoint = endpoints.find(
    (candidate) =>
      candidate.method === method &&
      new RegExp(
        `^${basePath}${candidate.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`,
      ).test(pathname),
  )
  if (endpoint === undefined)
    throw new Error(`${method} ${pathname} answered ${status} and is not documented`)
  expect(endpoint.schemas.answer.parse(body), `${method} ${pathname}`).toEqual(body)
}

/** Holds the data of an event to the schema that the OpenAPI document tells of its stream. */
export function expectDocumentedEvent(path: string, { data }: ReadEvent): void {
  const schema = endpoints.find((endpoint) => endpoint.path === path)?.schemas.answer
  expect(schema?.parse(data)).toEqual(data)
}
