from django.db import migrations

# What the assistant's voice says is captured by itself, all the time: only recordings of people are decisions.
_WHEN = {
    "insert": "NEW.source = 'recorded'",
    "update": "'recorded' IN (OLD.source, NEW.source)",
    "delete": "OLD.source = 'recorded'",
}


def _attach(event: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER note_setting_{event} AFTER {event.upper()} ON calls_voiceclip
        FOR EACH ROW WHEN ({_WHEN[event]})
        EXECUTE FUNCTION note_setting_change('business_id', 'created_at', 'audio')
        """,
        f"DROP TRIGGER note_setting_{event} ON calls_voiceclip",
    )


class Migration(migrations.Migration):
    """Who recorded a line, and when; the sound itself is not kept there."""

    dependencies = [("agentlocator", "0002_answers_have_a_time"), ("calls", "0001_initial")]

    operations = list(map(_attach, _WHEN))
