-- Names are found in any letter case, whatever the letters are. A PostgreSQL database of the locale C knows no letters but
-- those of ASCII, so that the function has to name a locale that does.
--! postgres
DO $$ BEGIN
    IF reeve_fold(U&'\00C4') <> U&'\00E4' AND EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'C.utf8') THEN
        EXECUTE 'CREATE OR REPLACE FUNCTION reeve_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE '
            'RETURN lower(value COLLATE "C.utf8")';
    END IF;
END $$;
--! both
