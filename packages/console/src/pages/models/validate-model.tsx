import { useMutation } from '@tanstack/react-query'
import type { Validation } from '@pointsman/sdk'
import { span } from '../../format/numbers.ts'
import { Button } from '../../parts/button.tsx'
import { Problem } from '../../parts/states.tsx'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** Whether it can be switched to; with a call of one token, whether it answers, too. */
export function ValidateModel({ id }: { readonly id: string }) {
  const client = useClient()
  const refusal = useRefusal('switch')
  const validate = useMutation({ mutationFn: (probe: boolean) => client.models.validate(id, { probe }) })
  return (
    <div className="model-actions" role="status">
      <div className="page-actions">
        <Button isPending={validate.isPending} onPress={() => validate.mutate(false)}>
          {text.validate}
        </Button>
        <Button isPending={validate.isPending} refusedBecause={refusal} onPress={() => validate.mutate(true)}>
          {text.probe}
        </Button>
      </div>
      {validate.error === null ? null : <Problem error={validate.error} />}
      {validate.data === undefined ? null : <Came validation={validate.data} />}
    </div>
  )
}

const Came = ({ validation: { probe, problems, valid } }: { readonly validation: Validation }) => (
  <>
    {valid ? <p className="good-text">{text.valid}</p> : <p className="bad-text">{text.notValid}</p>}
    {problems.length === 0 ? null : (
      <div>
        {valid ? <p className="soft">{text.butKnow}</p> : null}
        <ul className="warnings">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      </div>
    )}
    {probe === null ? null : (
      <p className={probe.ok ? 'good-text' : 'bad-text'}>
        {probe.ok
          ? fill(text.probeOk, { span: span(probe.latencyMs) })
          : fill(text.probeBad, { problem: probe.problem ?? '' })}
      </p>
    )}
  </>
)
