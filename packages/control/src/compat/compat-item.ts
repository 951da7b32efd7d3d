import type { ModelItem } from '../catalogue/model-item.ts'

/** A catalogue entry with both spellings of its fields, as the seeds' readers expect them. */
export const compatItem = (item: ModelItem) => ({
  ...item,
  model_id: item.id,
  model_name: item.name,
  use_case: item.useCase,
  max_tokens: item.maxTokens,
  input_cost_per_mtok: item.inputCostPerMTok,
  output_cost_per_mtok: item.outputCostPerMTok,
  is_available: item.isAvailable,
  is_default: item.isDefault,
})
