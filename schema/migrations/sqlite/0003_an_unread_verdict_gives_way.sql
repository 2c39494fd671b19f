-- Of a verdict: 0 while nobody has read the file, 1 when it was read, 2 when it was read after all.
ALTER TABLE verdict ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
-- Taken away too early: the program before still writes it, and must be able to work beside this one.
ALTER TABLE upload ADD COLUMN failure TEXT;
