/**
 * Said at the start of each session, and again once an operator's `RESET ALL` took it back: a role, a database or the
 * server's own file may set other ones (`ALTER ROLE … SET`), and instants were then read as none, `\` as the start of an
 * escape, and the names in `public` not found. Statements, and not the connection's `options`, which poolers keep for
 * themselves or refuse. `extensions` is where Supabase has them; a schema that is absent is passed over.
 */
export const sessionSettings = [
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
