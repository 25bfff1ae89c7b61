from django.db import migrations

NOTE = """
CREATE FUNCTION note_setting_change() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: the column that names the business, or "table.column" where a row of that table does; columns that are
-- noise; columns that are secret (comma lists).
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - string_to_array(TG_ARGV[1], ',') END;
    became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - string_to_array(TG_ARGV[1], ',') END;
    row_ jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    by_ text := current_setting('agentlocator.user_id', true);
    secret text;
    business bigint;
BEGIN
    IF TG_TABLE_NAME = 'crm_business' AND TG_OP = 'DELETE' THEN
        DELETE FROM crm_settingchange WHERE business_id = OLD.id;  -- its history goes with it, this last row too
        RETURN NULL;
    END IF;
    IF position('.' IN TG_ARGV[0]) > 0 THEN
        EXECUTE format('SELECT business_id FROM %I WHERE id = $1', split_part(TG_ARGV[0], '.', 1))
        INTO business USING (row_ ->> split_part(TG_ARGV[0], '.', 2))::bigint;
    ELSE
        business := (row_ ->> TG_ARGV[0])::bigint;
    END IF;
    IF business IS NULL THEN RETURN NULL; END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(old_.key, old_.value), jsonb_object_agg(old_.key, became -> old_.key)
        INTO was, became
        FROM jsonb_each(was) AS old_ WHERE old_.value IS DISTINCT FROM became -> old_.key;
        IF was IS NULL THEN RETURN NULL; END IF;
    END IF;
    FOREACH secret IN ARRAY string_to_array(TG_ARGV[2], ',') LOOP
        IF was ? secret THEN was := jsonb_set(was, ARRAY[secret], '"***"'); END IF;
        IF became ? secret THEN became := jsonb_set(became, ARRAY[secret], '"***"'); END IF;
    END LOOP;
    INSERT INTO crm_settingchange (business_id, "table", row_id, kind, before, after, by_id, at, transaction)
    VALUES (
        business, TG_TABLE_NAME, (row_ ->> 'id')::bigint, TG_OP, was, became,
        nullif(by_, '')::bigint, clock_timestamp(), txid_current()
    );
    RETURN NULL;
END $$
"""

# table -> (column of the business, noise, secrets)
WATCHED = {
    "crm_business": ("id", "created_at", ""),
    "crm_businesssettings": ("business_id", "", ""),
    "crm_membership": ("business_id", "", ""),
    "crm_invitation": ("business_id", "", "secret_hash"),
    "booking_openinghours": ("business_id", "", ""),
    "booking_closure": ("business_id", "", ""),
    "booking_holiday": ("business_id", "", ""),
    "booking_ownerrule": ("business_id", "", ""),
    "booking_resource": ("business_id", "", ""),
    "booking_service": ("business_id", "", ""),
    "booking_service_resources": ("booking_service.service_id", "", ""),
    "booking_calendarfeed": ("business_id", "last_read_at", "digest"),
    "faq_faqentry": ("business_id", "", ""),
    "calls_phoneline": ("business_id", "", ""),
    "calls_twilioaccount": ("business_id", "", "auth_token"),
    "calls_blockednumber": ("business_id", "", ""),
    "calls_promptversion": ("business_id", "", ""),
}


def _attach(table: str) -> migrations.RunSQL:
    column, noise, secrets = WATCHED[table]
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER note_setting_change AFTER INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION note_setting_change('{column}', '{noise}', '{secrets}')
        """,
        f"DROP TRIGGER note_setting_change ON {table}",
    )


class Migration(migrations.Migration):
    """Every change of a setting is noted where it is written: by the admin, a command, a service or by hand."""

    dependencies = [
        ("crm", "0008_setting_changes"),
        ("booking", "0008_completed_appointments_block"),
        ("calls", "0004_staff_and_search"),
        ("faq", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(NOTE, "DROP FUNCTION note_setting_change()"),
        *map(_attach, WATCHED),
    ]
