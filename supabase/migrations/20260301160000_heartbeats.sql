-- Heartbeats: what a route's streams are told while the model is silent.

ALTER TABLE pointsman.routes
  ADD COLUMN heartbeat_ms integer CHECK (heartbeat_ms = 0 OR heartbeat_ms BETWEEN 1000 AND 600000);
COMMENT ON COLUMN pointsman.routes.heartbeat_ms IS
  'Silence after which a stream of server-sent events gets a comment, in milliseconds. 0: never. Null: as the default.';
