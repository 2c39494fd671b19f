-- An upload that cannot be examined gets a verdict that says so: none fails without one.
ALTER TABLE upload DROP COLUMN failure;
