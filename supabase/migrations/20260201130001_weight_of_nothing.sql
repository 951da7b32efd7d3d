-- A model of weight 0 gets no share under the strategy `weighted`, and still stands behind the others as a fallback.

ALTER TABLE pointsman.route_candidates
  DROP CONSTRAINT route_candidates_weight_check,
  ADD CONSTRAINT route_candidates_weight_check CHECK (weight >= 0 AND weight < 'infinity');
