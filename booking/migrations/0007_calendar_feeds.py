import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0006_appointment_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('last_read_at', models.DateTimeField(editable=False, null=True, verbose_name='last read')),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.business')),
                ('resource', models.ForeignKey(blank=True, help_text='Empty: the whole business.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='booking.resource', verbose_name='resource')),
            ],
            options={
                'verbose_name': 'calendar feed',
                'verbose_name_plural': 'calendar feeds',
                'constraints': [models.UniqueConstraint(fields=('business', 'resource'), name='feed_once', nulls_distinct=False)],
            },
        ),
    ]
