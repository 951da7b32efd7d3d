import type { ErrorCode } from '@pointsman/contract'
import type { VendorAnswer } from './faulty-upstream.ts'

/** One error of a vendor's, as its documentation has it or as it was recorded. */
export interface ErrorCase extends VendorAnswer {
  readonly name: string
  /** Seconds that the caller must be told to wait; left out = none may be told. */
  readonly wait?: string
}

/** What must come of every case of a group, by hand from section 12 of the contract. */
export interface ErrorGroup {
  readonly code: ErrorCode
  readonly next: 'move-on' | 'stop'
  /** To the caller, where no other candidate is left; `own` = the vendor's, but for 403: see its test. */
  readonly status: number | 'own'
  readonly cases: readonly ErrorCase[]
}

type Cases = readonly ErrorCase[]
const group =
  (code: ErrorCode, next: ErrorGroup['next'], status: ErrorGroup['status']) =>
  (...cases: Cases): ErrorGroup => ({ code, next, status, cases })

/** "429 … the plan moves on". */
export const throttled = group('upstream_throttled', 'move-on', 429)
/** "5xx": the vendor has no room. */
export const overloaded = group('upstream_overloaded', 'move-on', 503)
/** "408, 424, 5xx": the vendor, or what stands before it, failed. */
export const failed = group('upstream_error', 'move-on', 502)
/** "No access to it, 404, model identifier invalid, on-demand not supported, end of life." */
export const modelRefused = group('upstream_model_unavailable', 'move-on', 502)
/** "Upstream refuses our credential: … 502 `provider_auth`, never 401." */
export const credentialRefused = group('provider_auth', 'move-on', 502)
/** "400, 413, 422: passed on truthfully; no retry, no fallback." */
export const requestRefused = group('upstream_rejected', 'stop', 'own')
/** "Content policy": likewise. */
export const contentRefused = group('upstream_content_policy', 'stop', 'own')
/** Status 200 with a body that is no answer. */
export const broken = group('upstream_broken', 'move-on', 502)

const withName = (name: string, answer: VendorAnswer): ErrorCase => ({ name, ...answer })

/** A body that is not the vendor's: a load balancer's page, nothing at all, half of something. */
export const html = (status: number, name = 'a page of a load balancer'): ErrorCase =>
  withName(`${status}, ${name}`, {
    status,
    headers: { 'content-type': 'text/html' },
    body: `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`,
  })
export const empty = (status: number): ErrorCase => withName(`${status}, nothing`, { status, body: '' })
export const truncated = (status: number, body: string): ErrorCase =>
  withName(`${status}, half a JSON`, { status, headers: { 'content-type': 'application/json' }, body })
/** The connection is cut within the body. */
export const cutOff = (status: number, body: string): ErrorCase =>
  withName(`${status}, cut within the body`, {
    status,
    headers: { 'content-type': 'application/json', 'content-length': '9999' },
    body,
    breaks: true,
  })
/** Never followed: our credential must not go where a header says. */
export const redirect = (status: number, location: string): ErrorCase =>
  withName(`${status} to ${location}`, { status, headers: { location }, body: '' })
export const json = (
  status: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): VendorAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
