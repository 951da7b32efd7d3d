const encoder = new TextEncoder()

/**
 * Google ends the lines of its streams in CR LF, and so does all that goes out beside frames that pass as they came: its SDK
 * for Go cuts what it has read at the first LF LF, wherever that is, and events of both kinds in one read become one that is
 * not JSON (google.golang.org/genai 1.77, `scan` in api_client.go, 2026-11).
 */
const eventEnd = '\r\n\r\n'

/** One event. `json` must hold no line end: JSON texts never do. */
export function encodeEvent(json: string): Uint8Array {
  return encoder.encode(`data: ${json}${eventEnd}`)
}

/**
 * Blank lines, which Google's present SDKs pass over. A comment is a broken answer to those for Python (google-genai 2.34,
 * `_iter_response_stream`) and for Go (`iterateResponseStream`): they read each line that is no `data:` as an error. To the two
 * for JavaScript that Google has given up, so is whatever stands before a `data:`: they look for it at the very beginning of
 * what they have not used (`responseLineRE` in @google-cloud/vertexai 1.12 and @google/generative-ai 0.24), and end in an
 * error (2026-11).
 */
export const heartbeat: Uint8Array = encoder.encode(eventEnd)
