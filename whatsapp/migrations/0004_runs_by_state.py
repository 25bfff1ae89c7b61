from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0003_flows")]

    operations = [
        migrations.AddIndex(
            model_name="agentrun",
            index=models.Index(fields=["business", "status", "-id"], name="run_of_state"),
        ),
        migrations.AddIndex(
            model_name="agenttrace",
            index=models.Index(
                condition=models.Q(("kind", "guard")), fields=["business", "-run"], name="trace_of_guards"
            ),
        ),
    ]
