from django.db import migrations


class Migration(migrations.Migration):
    """Until now only the key told which call a follow-up is about."""

    dependencies = [("crm", "0006_staff_and_people")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE crm_followup SET call_sid = split_part(key, ':', 2)
            WHERE key LIKE 'call:%' OR key LIKE 'false-claim:%'
            """,
            migrations.RunSQL.noop,
        )
    ]
