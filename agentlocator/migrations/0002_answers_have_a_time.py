from django.db import migrations

_TRIGGER = """
DROP TRIGGER note_setting_change ON faq_faqentry;
CREATE TRIGGER note_setting_change AFTER INSERT OR UPDATE OR DELETE ON faq_faqentry
FOR EACH ROW EXECUTE FUNCTION note_setting_change('business_id', '{noise}', '')
"""


class Migration(migrations.Migration):
    """When an answer was saved last is no change of it."""

    dependencies = [("agentlocator", "0001_history_of_settings"), ("faq", "0002_knowledge")]

    operations = [migrations.RunSQL(_TRIGGER.format(noise="updated_at"), _TRIGGER.format(noise=""))]
