from django.db import migrations

# Of a channel its owner decides little; the rest is told by the provider, all the time.
_STATES = "state,reason,restriction,profile_name,epoch,last_seq,last_event_at,last_inbound_at,widget_key"
WATCHED = {
    "whatsapp_channel": _STATES,
    "whatsapp_quickreply": "",
    "whatsapp_flowrule": "",
    "whatsapp_flowsettings": "",
}


def _attach(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER note_setting_change AFTER INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION note_setting_change('business_id', '{WATCHED[table]}', '')
        """,
        f"DROP TRIGGER note_setting_change ON {table}",
    )


class Migration(migrations.Migration):
    """Channels and automatic messages are settings, and have a history like the others."""

    dependencies = [("agentlocator", "0003_recorded_lines_have_a_history"), ("whatsapp", "0003_flows")]

    operations = list(map(_attach, WATCHED))
