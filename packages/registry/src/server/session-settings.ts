const lockTimeoutMs = 2_000

/**
 * Said at the start of each session, and again once an operator's `RESET ALL` took it back: a role, a database or the
 * server's own file may set other ones (`ALTER ROLE … SET`), and instants were then read as none, `\` as the start of an
 * escape, and the names in `public` not found. Statements, and not parameters of the connection's start, which poolers keep for
 * themselves or refuse. `extensions` is where Supabase has them; a schema that is absent is passed over.
 */
export const sessionSettings = (statementTimeoutMs: number): string =>
  [
    `SET statement_timeout = ${statementTimeoutMs}`,
    // A read waits for nobody's lock longer than a write does.
    `SET lock_timeout = ${lockTimeoutMs}`,
    'SET idle_in_transaction_session_timeout = 60000',
    // Compiling a report's statement takes PostgreSQL seconds, and running it milliseconds.
    'SET jit = off',
    // In which order days and months are read is left as it is.
    'SET datestyle = ISO',
    'SET intervalstyle = postgres',
    "SET timezone = 'UTC'",
    'SET search_path = "$user", public, extensions',
    'SET standard_conforming_strings = on',
    "SET default_transaction_isolation = 'read committed'",
  ].join('; ')
