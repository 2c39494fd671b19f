//! Column lists that several queries share. Macros, because a query is a literal: nothing else can be executed.

macro_rules! verdict_columns {
    () => {
        "v.id AS verdict_id, v.sha256, v.project, v.version, v.filename, v.packagetype, v.outcome, v.score, v.summary, \
         v.rulebook, v.engine, v.took_ms, v.recorded_at, v.case_id, \
         (SELECT s.status FROM review_case s WHERE s.id = v.case_id) AS case_status "
    };
}

macro_rules! case_columns {
    () => {
        "c.id AS case_id, c.revision, c.status, c.rank, c.uploaded_by, c.uploaded_at, c.opened_at, c.decided_at, \
         c.decided_by, c.project_key, v.outcome, v.score, v.summary, v.project, v.version, v.filename, v.sha256, \
         v.packagetype, v.id AS verdict_id, \
         (SELECT COUNT(*) FROM review_case s WHERE s.project_key = c.project_key AND s.status = 'open' \
          AND s.id <> c.id) AS siblings_open "
    };
}

/// How often something was said of the file of `o`: once a verdict, twice where one that was read took the place of one
/// that was not.
macro_rules! revisions {
    () => {
        "CAST(COALESCE(SUM(CASE WHEN o.revision > 1 THEN o.revision ELSE 1 END), 0) AS BIGINT) FROM verdict o "
    };
}
