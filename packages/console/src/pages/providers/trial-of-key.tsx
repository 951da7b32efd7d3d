import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ProviderItem, ProviderTest } from '@pointsman/sdk'
import { span } from '../../format/numbers.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Problem } from '../../parts/states.tsx'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { keyWords } from './provider-words.ts'
import { text } from './text.ts'

/** Tries the key that requests are called with, by a call of one token. */
export function TrialOfKey({ item }: { readonly item: ProviderItem }) {
  const client = useClient()
  const queries = useQueryClient()
  const refusal = useRefusal('admin')
  const trial = useMutation({
    mutationFn: () => client.providers.test(item.id),
    onSettled: () => queries.invalidateQueries({ queryKey: ['providers'] }),
  })
  return (
    <div className="trial" role="status">
      <Button
        icon="check"
        isPending={trial.isPending}
        refusedBecause={refusal}
        onPress={() => trial.mutate()}
      >
        {text.tryKey}
      </Button>
      {trial.error === null ? null : <Problem error={trial.error} />}
      {trial.data === undefined ? null : <Came test={trial.data} />}
    </div>
  )
}

const Came = ({ test }: { readonly test: ProviderTest }) =>
  test.ok ? (
    <p className="good-text trial-told">
      <Icon name="check" size={16} />
      {fill(text.testOk, { model: test.modelId, span: span(test.latencyMs), key: keyWords(test) })}
    </p>
  ) : (
    <div className="trial-failed">
      <p className="bad-text">{test.problem ?? text.testFailed}</p>
      {test.vendorSays === null ? null : <p>{fill(text.vendorSays, { words: test.vendorSays })}</p>}
      {test.mend === null ? null : <p>{test.mend}</p>}
    </div>
  )
