/** A model as Google's bodies and paths name it: `models/gemini-3-pro`, also where the catalogue has the bare id. */
export const resourceName = (upstreamId: string): string =>
  /^(?:models|tunedModels)\//.test(upstreamId) ? upstreamId : `models/${upstreamId}`
