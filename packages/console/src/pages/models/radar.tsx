import { useQuery } from '@tanstack/react-query'
import type { EndingModel, ScopeNames } from '@pointsman/sdk'
import { useState } from 'react'
import { useFilters } from '../../app/use-filters.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { SelectField, Tick } from '../../parts/field.tsx'
import { Card } from '../../parts/page.tsx'
import { Empty, Loaded } from '../../parts/states.tsx'
import { costWords } from '../../parts/switching/outcome-preview.tsx'
import { SwitchDialog } from '../../parts/switching/switch-dialog.tsx'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { scopeOfRoute } from './scope-of-route.ts'
import { text } from './text.ts'

const horizons = ['30', '90', '180', '365'] as const
/** Models of one look; more are told of by their number. */
const mostRows = 200

type Risk = EndingModel['routes'][number]

interface Chosen {
  readonly route: string
  readonly scope: ScopeNames
  readonly replacement: string | null
}

/** What ends, when, what hangs on it, and whether the way out was tried. */
export function Radar({ onOpen }: { readonly onOpen: (id: string) => void }) {
  const client = useClient()
  const refusal = useRefusal('switch')
  const [{ ahead, unused }, setFilters] = useFilters({ ahead: '90', unused: '' })
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const days = Number(ahead) > 0 ? Number(ahead) : 90
  const query = useQuery({
    queryKey: ['lifecycle', days],
    queryFn: ({ signal }) => client.lifecycle.list({ days, limit: mostRows }, { signal }),
    staleTime: 60_000,
  })
  const columns = columnsOf((route, replacement) => {
    setChosen({ route, replacement, scope: scopeOfRoute(route) })
  }, refusal)
  return (
    <Card
      title={text.radar}
      padded={false}
      actions={
        <SelectField
          label={text.horizon}
          isCompact
          value={String(days)}
          onChange={(value) => setFilters({ ahead: value })}
          choices={horizons.map((id) => ({ id, label: fill(text.days, { days: Number(id) }) }))}
        />
      }
    >
      <Loaded query={query} lines={3}>
        {({ data }) => (
          <div className="radar">
            <Unused
              count={data.filter(({ routes }) => routes.length === 0).length}
              isShown={unused === 'true'}
              onChange={(shown) => setFilters({ unused: shown ? 'true' : '' })}
            />
            <DataTable
              label={text.radar}
              columns={columns}
              rows={unused === 'true' ? data : data.filter(({ routes }) => routes.length > 0)}
              rowKey={({ modelId }) => modelId}
              onOpen={({ modelId }) => onOpen(modelId)}
              empty={<Empty title={text.radarEmpty} />}
            />
          </div>
        )}
      </Loaded>
      {chosen === null ? null : (
        <SwitchDialog
          isOpen
          onClose={() => setChosen(null)}
          scope={chosen.scope}
          label={chosen.route}
          {...(chosen.replacement === null ? {} : { suggested: chosen.replacement })}
        />
      )}
    </Card>
  )
}

/** Most that end serve nothing here: they stand aside unless they are asked for. */
const Unused = ({
  count,
  isShown,
  onChange,
}: {
  readonly count: number
  readonly isShown: boolean
  readonly onChange: (shown: boolean) => void
}) =>
  count === 0 ? null : (
    <div className="table-bar">
      <Tick isSelected={isShown} onChange={onChange}>
        {fill(text.unusedToo, { count })}
      </Tick>
    </div>
  )

type Choose = (route: string, replacement: string | null) => void

const columnsOf = (choose: Choose, refusal: string | null): readonly Column<EndingModel>[] => [
  {
    key: 'model',
    title: text.model,
    onPhone: 'title',
    cell: ({ modelId, name }) => (
      <span className="model-name">
        {name}
        <span className="mono soft small">{modelId}</span>
      </span>
    ),
  },
  {
    key: 'ends',
    title: text.ends,
    width: '150px',
    cell: (model) => <Ends model={model} />,
    sortBy: ({ daysLeft }) => daysLeft,
  },
  {
    key: 'routes',
    title: text.routesAtRisk,
    cell: ({ routes }) =>
      routes.length === 0 ? (
        <span className="soft">{text.noRoutes}</span>
      ) : (
        <Risks routes={routes} choose={choose} refusal={refusal} />
      ),
    sortBy: ({ routes }) => -routes.length,
  },
  {
    key: 'replacement',
    title: text.replacement,
    width: '260px',
    cell: ({ replacement }) =>
      replacement === null ? (
        <span className="soft">{text.noReplacement}</span>
      ) : (
        <span className="mono small">{replacement}</span>
      ),
  },
]

function Ends({ model: { daysLeft, endsOn, status } }: { readonly model: EndingModel }) {
  if (daysLeft === null || endsOn === null)
    return (
      <span className="model-life">
        <Badge tone="warn">{text[status]}</Badge>
        <span className="small soft">{text.noDate}</span>
      </span>
    )
  const tone: Tone = daysLeft <= 0 ? 'bad' : daysLeft <= 30 ? 'warn' : 'neutral'
  return (
    <span className="model-life">
      <Badge tone={tone}>
        {daysLeft <= 0 ? fill(text.daysPast, { count: -daysLeft }) : fill(text.daysLeft, { count: daysLeft })}
      </Badge>
      <span className="small soft">{endsOn}</span>
    </span>
  )
}

const as = { target: text.asTarget, candidate: text.asCandidate, fallback: text.asFallback } as const
const shownRoutes = 6

const Risks = ({
  choose,
  refusal,
  routes,
}: {
  readonly routes: readonly Risk[]
  readonly choose: Choose
  readonly refusal: string | null
}) => (
  <ul role="list" className="risks">
    {routes.slice(0, shownRoutes).map((risk) => (
      <li key={risk.route}>
        <span className="risk-route">
          <span className="mono">{risk.route}</span>
          <Badge tone={risk.as === 'target' ? 'bad' : 'neutral'}>{as[risk.as]}</Badge>
          {risk.as === 'target' ? (
            <Button
              size="small"
              refusedBecause={refusal}
              onPress={() => choose(risk.route, risk.rehearsal?.replacement ?? null)}
            >
              {text.switchNow}
            </Button>
          ) : null}
        </span>
        {risk.rehearsal === null ? null : <RehearsalWords rehearsal={risk.rehearsal} />}
      </li>
    ))}
    {routes.length <= shownRoutes ? null : (
      <li className="soft">{fill(text.moreRoutes, { count: routes.length - shownRoutes })}</li>
    )}
  </ul>
)

const RehearsalWords = ({ rehearsal }: { readonly rehearsal: NonNullable<Risk['rehearsal']> }) => (
  <span className="small soft">
    → <span className="mono">{rehearsal.replacement}</span>:{' '}
    <span className={rehearsal.passes ? 'good-text' : 'bad-text'}>
      {rehearsal.passes ? text.rehearsalPasses : `${text.rehearsalFails}: ${rehearsal.problems.join('; ')}`}
    </span>
    {rehearsal.costImpactEstimated === null ? null : ` · ${costWords(rehearsal.costImpactEstimated)}`}
    {rehearsal.warnings.length === 0 ? null : (
      <span className="warn-text">{` · ${rehearsal.warnings.join('; ')}`}</span>
    )}
  </span>
)
