import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0001_conversations")]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(
                    ("state", "waiting"), models.Q(("state", "staff"), ("unread__gt", 0)), _connector="OR"
                ),
                fields=["business", "-last_message_at"],
                name="conversation_waits",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("assigned_to__isnull", False)),
                fields=["assigned_to", "-last_message_at"],
                name="conversation_of_member",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("business_id"),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("text"), "gin_trgm_ops"
                ),
                name="message_by_text",
            ),
        ),
    ]
