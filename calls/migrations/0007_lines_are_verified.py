import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0006_deleted_recordings_and_persons")]

    operations = [
        # What is answered until now stays so: the lines that are there get a time by the column's first default,
        # which, unlike an update, is no change of a setting that the history would tell of.
        migrations.AddField(
            model_name="phoneline",
            name="verified_at",
            field=models.DateTimeField(
                blank=True, default=django.utils.timezone.now, null=True, verbose_name="ownership shown"
            ),
        ),
        migrations.AlterField(
            model_name="phoneline",
            name="verified_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="ownership shown"),
        ),
    ]
