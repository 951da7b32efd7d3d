import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { RouteItem, Tagged } from '@pointsman/sdk'
import { useState } from 'react'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { useKeptFocus } from '../../parts/keep-focus.ts'
import { LeaveDialog } from '../../parts/leaving.tsx'
import { PageFrame } from '../../parts/page.tsx'
import { Empty, Loaded, Problem } from '../../parts/states.tsx'
import { SwitchDialog } from '../../parts/switching/switch-dialog.tsx'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { path } from './path.ts'
import { PlanPicture } from './plan-picture.tsx'
import { RankEditor } from './rank-editor.tsx'
import { RulesEditor } from './rules-editor.tsx'
import { text } from './text.ts'
import { isStale, useRouteDraft, type RouteEditing } from './use-route-draft.ts'

/** One route: `use-case/clinical`, `agent/sql_agent`. */
export function RouteDetail({ routeKey }: { readonly routeKey: string }) {
  const client = useClient()
  const [kind, ...rest] = routeKey.split('/')
  const name = rest.join('/')
  const isKnown = (kind === 'use-case' || kind === 'agent') && name !== ''
  const query = useQuery({
    queryKey: ['routes', 'one', routeKey],
    queryFn: ({ signal }) => (kind === 'agent' ? client.agents : client.useCases).show(name, { signal }),
    enabled: isKnown,
  })
  if (!isKnown)
    return (
      <PageFrame title={routeKey}>
        <Empty title={text.missing} action={<Link to={path}>{text.back}</Link>} />
      </PageFrame>
    )
  if (query.data !== undefined) return <Detail key={query.data.key} route={query.data} />
  return (
    <PageFrame title={routeKey} hint={<Link to={path}>{text.back}</Link>}>
      <Loaded query={query}>{() => null}</Loaded>
    </PageFrame>
  )
}

function Detail({ route }: { readonly route: Tagged<RouteItem> }) {
  const editing = useRouteDraft(route)
  const refusal = useRefusal('switch')
  const [isSwitching, setSwitching] = useState(false)
  const scope = route.kind === 'agent' ? { agent: route.name } : { useCase: route.name }
  return (
    <PageFrame
      title={route.key}
      hint={<Link to={path}>{text.back}</Link>}
      actions={
        <>
          {route.drill === null ? null : <Badge tone="warn">{text.drill}</Badge>}
          <Button kind="primary" icon="switches" refusedBecause={refusal} onPress={() => setSwitching(true)}>
            {text.switchTo}
          </Button>
        </>
      }
    >
      <PlanPicture route={route} />
      <RankEditor editing={editing} />
      <RulesEditor editing={editing} />
      {editing.isChanged ? <SaveBar editing={editing} /> : null}
      <LeaveDialog what={route.key} leaving={editing.leaving} />
      <SwitchDialog
        isOpen={isSwitching}
        onClose={() => setSwitching(false)}
        scope={scope}
        label={route.key}
      />
    </PageFrame>
  )
}

/** Stands at the foot of the page as long as something is not saved. */
function SaveBar({ editing }: { readonly editing: RouteEditing }) {
  const { discard, problem, refusal, save } = editing
  useKeptFocus()
  return (
    <div className="routes-save" role="region" aria-label={text.unsaved}>
      {save.error === null ? (
        <span className="soft">{text.unsaved}</span>
      ) : (
        <Problem error={isStale(save.error) ? new Error(text.stale) : save.error} />
      )}
      <Button onPress={discard}>{text.discard}</Button>
      <Button
        kind="primary"
        isPending={save.isPending}
        refusedBecause={refusal ?? problem}
        onPress={() => save.mutate()}
      >
        {text.save}
      </Button>
    </div>
  )
}
