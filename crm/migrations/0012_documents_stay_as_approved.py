from django.db import migrations

KEEP = """
CREATE FUNCTION keep_approved_document() RETURNS trigger LANGUAGE plpgsql AS $$
-- What a numbered document says never changes; only its way to the customer does, and its end.
BEGIN
    IF OLD.number IS NOT NULL AND (
        NEW.kind, NEW.number, NEW.customer_name, NEW.lines, NEW.vat_percent, NEW.includes_vat, NEW.note,
        NEW.payment_link, NEW.valid_until, NEW.pdf, NEW.decided_at, NEW.business_id
    ) IS DISTINCT FROM (
        OLD.kind, OLD.number, OLD.customer_name, OLD.lines, OLD.vat_percent, OLD.includes_vat, OLD.note,
        OLD.payment_link, OLD.valid_until, OLD.pdf, OLD.decided_at, OLD.business_id
    ) THEN
        RAISE EXCEPTION 'an approved document is not changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_approved_document BEFORE UPDATE ON crm_salesdocument
    FOR EACH ROW EXECUTE FUNCTION keep_approved_document();
"""
DROP = "DROP TRIGGER keep_approved_document ON crm_salesdocument; DROP FUNCTION keep_approved_document();"


class Migration(migrations.Migration):

    dependencies = [
        ("crm", "0011_sales_documents"),
    ]

    operations = [
        migrations.RunSQL(KEEP, DROP),
    ]
