-- The store's first schema. The other database's file says the same; `workers/store/tests/contract.rs` runs both.
--
-- Times are milliseconds since 1970, UTC. Digests are 64 hex digits. Hostile text is cut to 512 characters in columns
-- (an index row is bounded); the whole text is in the JSON. JSON is kept as the text that was written.

-- Every upload event that was accepted. `key` is the sha256 of its source, id, file and context: a publisher that uses
-- an id twice does not hide the second file. `file_key` is the sha256 of project, version and file name.
CREATE TABLE upload (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    event_id TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    file_key TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'judged', 'failed')),
    seen_at BIGINT NOT NULL,
    judged_at BIGINT,
    verdict_id BIGINT,
    failure TEXT,
    event TEXT NOT NULL
);
CREATE INDEX upload_state ON upload (state, id);
CREATE INDEX upload_event ON upload (event_id);
CREATE INDEX upload_file ON upload (file_key);

-- One verdict per artifact, rulebook and context: the invariant that makes doubled events harmless.
CREATE TABLE verdict (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 TEXT COLLATE "C" NOT NULL,
    rulebook TEXT COLLATE "C" NOT NULL,
    context TEXT COLLATE "C" NOT NULL,
    file_key TEXT COLLATE "C" NOT NULL,
    project TEXT NOT NULL,
    project_key TEXT COLLATE "C" NOT NULL,
    version TEXT NOT NULL,
    filename TEXT COLLATE "C" NOT NULL,
    packagetype TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('clear', 'incomplete', 'review', 'hold')),
    score DOUBLE PRECISION NOT NULL,
    summary TEXT NOT NULL,
    engine TEXT NOT NULL,
    took_ms BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    upload_key TEXT COLLATE "C" NOT NULL,
    case_id BIGINT,
    body TEXT NOT NULL,
    UNIQUE (sha256, rulebook, context)
);
CREATE INDEX verdict_file ON verdict (file_key, id);
CREATE INDEX verdict_project ON verdict (project_key, id);
CREATE INDEX verdict_filename ON verdict (filename);
CREATE INDEX verdict_case ON verdict (case_id);

CREATE TABLE finding (
    verdict_id BIGINT NOT NULL REFERENCES verdict (id),
    position BIGINT NOT NULL,
    rule TEXT COLLATE "C" NOT NULL,
    title TEXT NOT NULL,
    level TEXT NOT NULL,
    status TEXT NOT NULL,
    member TEXT NOT NULL,
    line BIGINT NOT NULL,
    phase TEXT,
    weight DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (verdict_id, position)
);
CREATE INDEX finding_rule ON finding (rule, verdict_id);

-- Small sources that the case page shows whole. `text` is JSON text: a source may hold NUL, a column may not.
CREATE TABLE source_text (
    verdict_id BIGINT NOT NULL REFERENCES verdict (id),
    position BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (verdict_id, position)
);

-- A case is a file: bytes, project and file name. `key` is the sha256 of the three.
CREATE TABLE review_case (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    verdict_id BIGINT NOT NULL REFERENCES verdict (id),
    file_key TEXT COLLATE "C" NOT NULL,
    project_key TEXT COLLATE "C" NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'confirmed', 'dismissed')),
    outcome TEXT NOT NULL,
    rank BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    uploaded_by TEXT,
    uploaded_at BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT
);
CREATE INDEX review_case_rank ON review_case (status, rank DESC, id);
CREATE INDEX review_case_rank_any ON review_case (rank DESC, id);
CREATE INDEX review_case_project ON review_case (project_key, status);
CREATE INDEX review_case_file ON review_case (file_key);

CREATE TABLE decision (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id BIGINT NOT NULL REFERENCES review_case (id),
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    cited TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    waited_ms BIGINT NOT NULL,
    undoes BIGINT UNIQUE REFERENCES decision (id),
    UNIQUE (case_id, revision)
);
CREATE INDEX decision_time ON decision (decided_at);

-- Events that wait for the broker. `available_at` is when one may leave, or when a claim on it ends.
CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    case_id BIGINT,
    revision BIGINT,
    created_at BIGINT NOT NULL,
    available_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    sent_at BIGINT,
    cancelled_at BIGINT
);
CREATE INDEX outbox_waiting ON outbox (available_at, id) WHERE sent_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX outbox_case ON outbox (case_id, revision);

-- Signed statements, by the verdict's key: one may come before its verdict.
CREATE TABLE attestation (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id TEXT COLLATE "C" NOT NULL UNIQUE,
    sha256 TEXT COLLATE "C" NOT NULL,
    rulebook TEXT COLLATE "C" NOT NULL,
    context TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    body TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX attestation_verdict ON attestation (sha256, rulebook, context, revision);

-- Secrets are kept as sha256 only: whoever reads this table logs in nowhere.
CREATE TABLE login_token (
    hash TEXT COLLATE "C" PRIMARY KEY,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE TABLE session (
    hash TEXT COLLATE "C" PRIMARY KEY,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- The audit log: hash = sha256(previous, seq, at, actor, action, subject, detail). Rows are never changed.
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL UNIQUE
);
CREATE INDEX audit_subject ON audit (subject, seq);

-- The newest row, apart from it: locks the chain while a row is added, and shows when rows at its end are missing.
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit is append-only';
END
$$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
