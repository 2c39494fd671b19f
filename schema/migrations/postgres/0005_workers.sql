-- The processes of the fleet, as they say it themselves: one row each, the newest of what it said. For the fleet's page;
-- nothing else reads it. Rows of processes that have long ended are removed.
CREATE TABLE worker (
    name TEXT COLLATE "C" PRIMARY KEY,
    role TEXT NOT NULL,
    engine TEXT NOT NULL,
    rulebook TEXT NOT NULL,
    in_flight BIGINT NOT NULL,
    slots BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended BOOLEAN NOT NULL
);
CREATE INDEX worker_seen ON worker (seen_at);
