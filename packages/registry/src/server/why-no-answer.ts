/** Node's codes of a certificate that was not taken (`tls`, OpenSSL's `X509_V_ERR_…`; 2026-11). */
const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
])
const otherName = 'ERR_TLS_CERT_ALTNAME_INVALID'

/** What to tell of a connection that did not come about, or broke. */
export function whyNoAnswer(error: unknown): string {
  if (!(error instanceof Error)) return `The database does not answer: ${String(error)}`
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (unknownAuthority.has(code))
    return `The database's certificate is of an authority that is not known here (${code}). Name its file in DATABASE_URL, like …?sslmode=verify-full&sslrootcert=/etc/ssl/database-ca.pem.`
  if (code === otherName)
    return `The database's certificate is for another name: ${error.message.replace(/:?\s*$/, '')}. Name the host in DATABASE_URL as the certificate does.`
  return `The database does not answer: ${error.message}`
}
