/** What a request carries beside text; `mediaCharacters` is the base64 text of all media, which is no prompt text. */
export interface MediaCounts {
  images: number
  documents: number
  mediaCharacters: number
}

/** The same while it is counted. */
export interface MediaTally extends MediaCounts {
  /** As `RequestBody.charactersOf`. */
  readonly charactersOf: (value: string) => number
}

/** Bytes of JSON a token, for English text and for JSON alike; an estimate that leans to too few tokens. */
const bytesPerToken = 4
/** What one image or document costs at least with the vendors that tell (1,000–1,600 an image, 2026-11). */
const tokensPerImage = 1_000
const tokensPerDocument = 2_000

/** Tokens of a text, by its bytes in UTF-8. */
export const estimateTextTokens = (textBytes: number): number => Math.ceil(textBytes / bytesPerToken)

/**
 * Input tokens from sizes alone: nothing is tokenised while a caller waits. The whole body counts as text, less
 * the media in it.
 */
export function estimateInputTokens(bodyBytes: number, media: Readonly<MediaCounts>): number {
  const textBytes = Math.max(0, bodyBytes - media.mediaCharacters)
  return estimateTextTokens(textBytes) + media.images * tokensPerImage + media.documents * tokensPerDocument
}
