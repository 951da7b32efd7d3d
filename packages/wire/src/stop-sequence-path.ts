/**
 * Where Claude's answers tell which stop sequence ended them, as Converse is asked for it in
 * `additionalModelResponseFieldPaths`: of a whole answer (AWS Bedrock API reference, 2026-11: its own example), and of a
 * stream, whose last event Claude writes so (vercel/ai pull 11410, run 2025-12). What an answer lacks is not told.
 */
export const stopSequencePath = '/stop_sequence'
export const streamedStopSequencePath = '/delta/stop_sequence'
