from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0002_trouble_people_and_truth"),
    ]

    operations = [
        migrations.AddField(
            model_name="callsession",
            name="account_sid",
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="callsession",
            name="look_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="callsession",
            name="next_step",
            field=models.CharField(
                blank=True,
                choices=[
                    ("transfer", "hand over to a person"),
                    ("voicemail", "take a message"),
                    ("taken", "a person has the caller"),
                ],
                editable=False,
                max_length=10,
            ),
        ),
    ]
