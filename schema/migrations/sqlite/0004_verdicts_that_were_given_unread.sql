-- Apart from 0003, which locks whole tables: this changes rows, and holds up nobody who reads or adds.
UPDATE verdict SET revision = 0 WHERE outcome = 'incomplete' AND EXISTS (
    SELECT 1 FROM finding f WHERE f.verdict_id = verdict.id AND (f.rule LIKE 'fetch-%' OR f.rule LIKE 'examination-%'));
-- What was signed about them has the revision that a verdict on the file itself will have.
UPDATE attestation SET revision = 0, message_id = 'unread:' || message_id WHERE revision = 1 AND EXISTS (
    SELECT 1 FROM verdict v WHERE v.revision = 0 AND v.sha256 = attestation.sha256
    AND v.rulebook = attestation.rulebook AND v.context = attestation.context);
