import { PageFrame } from '../../parts/page.tsx'
import { GatewayKeys } from './gateway-keys.tsx'
import { ProviderTable } from './provider-table.tsx'
import { text } from './text.ts'
import '../../parts/switching/switching.css'
import './providers.css'

const ProvidersPage = () => (
  <PageFrame title={text.title} hint={text.hint}>
    <ProviderTable />
    <GatewayKeys />
  </PageFrame>
)

export default ProvidersPage
