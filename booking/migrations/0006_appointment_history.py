import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('booking', '0005_owner_rules'),
    ]

    operations = [
        migrations.CreateModel(
            name='AppointmentChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('created', 'booked'), ('attendance', 'attendance confirmed'), ('rescheduled', 'moved'), ('cancelled', 'cancelled'), ('completed', 'took place'), ('no_show', 'no-show')], max_length=12, verbose_name='what')),
                ('medium', models.CharField(choices=[('phone', 'Call'), ('whatsapp', 'WhatsApp'), ('web', 'Website'), ('staff', 'Staff'), ('api', 'API')], max_length=10, verbose_name='medium')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='time')),
                ('old_starts_at', models.DateTimeField(null=True, verbose_name='from')),
                ('new_starts_at', models.DateTimeField(null=True, verbose_name='to')),
                ('overrode', models.CharField(blank=True, max_length=20, verbose_name='against the rule')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='booking.appointment')),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.business')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'change',
                'verbose_name_plural': 'history',
                'ordering': ['at', 'pk'],
            },
        ),
    ]
