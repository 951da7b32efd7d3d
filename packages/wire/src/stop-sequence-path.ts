/**
 * Where Claude's answers tell which stop sequence ended them, as Converse is asked for it in
 * `additionalModelResponseFieldPaths` (AWS Bedrock API reference, 2026-11: its own example).
 */
export const stopSequencePath = '/stop_sequence'
