-- What stood when, read fast: the newest judgement of a safeguard as of any moment, and the subjects that do not pass, which
-- are looked for among very many that do.

create index coverage_when on coverage (organisation_id, safeguard_id, covers_from, id);
create index observation_failing on observation (organisation_id, safeguard_id, subject_id)
  where observed_until is null and verdict = 'fail';
create index observation_unknown on observation (organisation_id, safeguard_id, subject_id)
  where observed_until is null and verdict = 'unknown';
