-- Rows of lists that could not be read, as they were written, so that they can be corrected and brought again.
alter table source_reject add column cells jsonb; -- an array of texts; null where it is no row of a list, or too long to keep
